/* SPDX-License-Identifier: BSD-2-Clause */
/* What else people give nfcapd: left out with a word, or refused with one that names ours. */
#include "capture/cmd_collect.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"

static const struct {
	char letter;
	bool refused;
	const char *word;
} words[] = {
	{ 'z', false, "compression: an archive is always compressed with zstd" },
	{ 'j', false, "compression: an archive is always compressed with zstd" },
	{ 'y', false, "compression: an archive is always compressed with zstd" },
	{ 'T', false, "extensions: every element is kept" },
	{ 'X', false, "extensions: every element is kept" },
	{ 'v', false, "verbose: kill -USR1 prints a line of status, --metrics FILE has the numbers" },
	{ 'W', false, "workers: as many threads as are of use are there" },
	{ 'Z', false, "time zone: names and times are UTC" },
	{ 'e', true, "a collector that deletes what it has sealed keeps no evidence: nothing here expires" },
	{ 'E', true, "-o - --format table prints the flows" },
	{ 's', true, "nothing is multiplied: packets and octets are archived as the exporter told them, "
	             "with its own interval in the column sampling_interval" },
	{ 'A', true, "-R sends from this machine's address, never from the exporter's" },
	{ 'd', true, "nfseal capture -i meters an interface, through ERSPAN and other tunnels" },
	{ 'm', true, "--metrics FILE has the numbers in the Prometheus text format" },
	{ 'i', true, "--metrics FILE has the numbers, written anew each second" },
	{ 'C', true, "there is no configuration file: options, a unit's or rc.conf's variables" },
	{ 'Y', true, "nfseal archive -w ARCHIVE FILE seals an IPFIX file" },
};

enum status
collect_nfcapd_option(struct collect_settings *s, char letter, const char *value, struct fault *f)
{
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (words[i].letter != letter)
			continue;
		if (words[i].refused)
			return fault_set(f, STATUS_USAGE, NULL, "nfcapd's -%c%s%s: %s", letter,
			    value != NULL ? " " : "", value != NULL ? value : "", words[i].word);
		s->nfcapd = true;
		s->left_out |= UINT64_C(1) << i;
		return STATUS_OK;
	}
	return fault_set(f, STATUS_USAGE, NULL, "option -%c is unknown; --help lists the options", letter);
}

static size_t
put_ports(const struct collect_settings *s, char *out, size_t size)
{
	size_t at = 0;

	for (size_t i = 0; i < s->port_count && at < size; i++)
		at += (size_t)snprintf(out + at, size - at, "%s%s", i > 0 ? ", " : "", s->ports[i].port);
	return at;
}

void
collect_nfcapd_tell(const struct collect_settings *s)
{
	char ports[8 * COLLECT_PORTS_MAX] = "";

	if (put_ports(s, ports, sizeof ports) > 0)
		log_notice("listening on UDP port %s; sealing into %s %s, a segment every %lld s by the clock, "
		           "in directories as nfcapd -S %d", ports,
		    s->per_exporter > 0 ? "an archive per exporter below" : "the archive",
		    s->archive == NULL ? "-" : s->archive, (long long)(s->rotate / 1000000000), s->layout);
	for (size_t i = 0; i < s->route_count; i++) {
		char from[PREFIX_TEXT_MAX];

		prefix_text(from, &s->routes[i].from);
		log_notice("datagrams of %s, called %s, go into the archive %s", from, s->routes[i].ident,
		    s->routes[i].archive);
	}
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (s->left_out >> i & 1)
			log_notice("nfcapd's -%c is without meaning here; %s", words[i].letter, words[i].word);
}
