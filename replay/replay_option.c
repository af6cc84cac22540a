/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/replay_option.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "flow/announce.h"
#include "flow/sender_option.h"
#include "replay/filter.h"

enum {
	OPT_TO = 1,
	OPT_FORMAT,
	OPT_EXACT,
	OPT_FILTER,
	OPT_WINDOW,
	OPT_RATE,
	OPT_SPEED,
	OPT_LOOP,
	OPT_MTU,
	OPT_REFRESH,
	OPT_LEAD,
	OPT_OPTIONS,
	OPT_PATIENCE,
	OPT_PROFILE,
	OPT_SOURCE,
	OPT_SPOOF,
	OPT_TIME,
	OPT_SHIFT,
	OPT_SYSLOG,
	OPT_BATCH,
	OPT_ACK,
	OPT_TOKEN,
	OPT_KAFKA,
	OPT_CA,
	OPT_CERT,
	OPT_KEY,
	OPT_INSECURE,
	OPT_DRY,
	OPT_RECEIPT,
	OPT_CUSTODY,
	OPT_RESUME,
	OPT_UNVERIFIED,
	OPT_STATE,
	OPT_GENESIS,
	OPT_LOG_JSON,
	OPT_JSON,
	OPT_QUIET,
	OPT_HELP
};

#define SECOND    INT64_C(1000000000)
#define LEAD_MOST (60 * SECOND)
#define PATIENCE_LEAST   (SECOND / 10)
#define PATIENCE_MOST    (24 * 3600 * SECOND)
#define PATIENCE_DEFAULT (60 * SECOND)

const struct option replay_option_table[] = {
	{ OPT_TO, '\0', "to", "URL", "where to: udp://, tcp://, syslog://HOST:PORT, a file or -; may be given several times" },
	{ OPT_FORMAT, '\0', "format", "NAME", "netflow5, netflow9 or ipfix (default)" },
	{ OPT_EXACT, '\0', "exact", NULL, "the datagrams as they were received; the same as --format exact" },
	{ OPT_FILTER, '\0', "filter", "TEXT", "of the flows that match the filter, these" },
	{ OPT_WINDOW, 't', "window", "SPAN", "flows of a time: 2026/11/23.07:44:00-2026/11/23.08, or A..B" },
	{ OPT_RATE, '\0', "rate", "N/s", "flows a second (100000), Nd datagrams, Nbit; 0 is no limit" },
	{ OPT_SPEED, '\0', "speed", "Nx", "follow the archive's own time: 1x, 10x; max (default) does not" },
	{ OPT_LOOP, '\0', "loop", "[=N]", "send the selection N times; without N until interrupted" },
	{ OPT_MTU, '\0', "mtu", "N", "octets of a datagram's payload at most (1400)" },
	{ OPT_REFRESH, '\0', "refresh", "N,TIME", "send the templates again so often (256,60s)" },
	{ OPT_LEAD, '\0', "lead", "TIME", "new templates go so long before their records (0)" },
	{ OPT_OPTIONS, '\0', "options", "LIST", "tell by option records: all (default), none, sampling, names, exporter" },
	{ OPT_PATIENCE, '\0', "patience", "TIME", "how long a connection may take nothing before it is given up (60s)" },
	{ OPT_PROFILE, '\0', "profile", "NAME", "what a receiver of this kind needs; help lists them" },
	{ OPT_SOURCE, '\0', "source", "ADDR", "the address that UDP comes from; exporter: the flow's (needs CAP_NET_RAW)" },
	{ OPT_SPOOF, '\0', "spoof", NULL, "the same as --source exporter" },
	{ OPT_TIME, '\0', "time", "WHEN", "the flows' times: original (default), or now: each ends as it is sent" },
	{ OPT_SHIFT, '\0', "shift", "TIME", "move the flows' times: +3d, -90s" },
	{ OPT_SYSLOG, '\0', "syslog", "RFC", "the form of syslog messages: 5424 (default) or 3164" },
	{ OPT_BATCH, '\0', "batch", "N", "events of an HTTP request (500)" },
	{ OPT_ACK, '\0', "ack", NULL, "of hec: a flow is sent when the indexer has acknowledged it" },
	{ OPT_TOKEN, '\0', "token-file", "FILE", "of HTTP: the token that lets us in" },
	{ OPT_KAFKA, '\0', "kafka-config", "FILE", "NAME=VALUE lines for librdkafka, passwords among them" },
	{ OPT_CA, '\0', "ca", "FILE", "of TLS: PEM of those whose signature makes a server credible" },
	{ OPT_CERT, '\0', "cert", "FILE", "of TLS: our certificate, PEM" },
	{ OPT_KEY, '\0', "key", "FILE", "of TLS: its key, PEM" },
	{ OPT_INSECURE, '\0', "insecure", NULL, "of TLS: any server will do" },
	{ OPT_DRY, '\0', "dry-run", NULL, "send nothing: say what would go, what cannot, and how long it takes" },
	{ OPT_RECEIPT, '\0', "receipt", "FILE", "keep there what was done so far, as JSON" },
	{ OPT_CUSTODY, '\0', "custody", "[=FILE]", "append the receipt to the custody log (ARCHIVE.custody)" },
	{ OPT_RESUME, '\0', "resume", "FILE", "go on where the run stopped that left this receipt" },
	{ OPT_UNVERIFIED, '\0', "unverified", NULL, "send also what is not as it was sealed" },
	{ OPT_STATE, '\0', "state", "DIR", "the state directory" },
	{ OPT_GENESIS, '\0', "genesis", "HEX", "the archive's genesis fingerprint" },
	{ OPT_LOG_JSON, '\0', "log-json", NULL, "messages and progress as lines of JSON" },
	{ OPT_JSON, '\0', "json", NULL, "print the summary as one JSON document" },
	{ OPT_QUIET, 'q', "quiet", NULL, "no notices, no progress and no summary" },
	{ OPT_HELP, 'h', "help", NULL, "print this" },
	{ 0, '\0', NULL, NULL, NULL },
};

void
replay_options_init(struct replay_options *o)
{
	struct sender_options sender;

	*o = (struct replay_options){ .defaults = { .window = WINDOW_ALL, .loop = 1 } };
	sender_defaults(&sender);
	o->defaults.mtu = sender.pack.max_octets;
	o->defaults.refresh = sender.pack.refresh;
	o->defaults.refresh_time = sender.refresh;
	o->defaults.announce = ANNOUNCE_ALL;
	o->defaults.patience = PATIENCE_DEFAULT;
	o->defaults.batch = REPLAY_BATCH_DEFAULT;
	o->reader.columns = column_set_all();
	o->reader.from = INT64_MIN;
	o->reader.to = INT64_MAX;
	buf_init(&o->filter, FILTER_TEXT_MAX + 1); /* and a NUL */
}

void
replay_options_free(struct replay_options *o)
{
	buf_free(&o->filter);
}

bool
target_is_exact(const struct target_options *o)
{
	return o->format != NULL && strcmp(o->format, "exact") == 0;
}

uint64_t
target_rate(const struct target_options *o, bool apart)
{
	if (o->rate_given || o->speed != 0)
		return o->rate;
	return apart || target_is_exact(o) ? REPLAY_DATAGRAMS_DEFAULT : REPLAY_RATE_DEFAULT;
}

enum schedule_unit
target_unit(const struct target_options *o)
{
	return target_is_exact(o) && o->unit == SCHEDULE_FLOWS ? SCHEDULE_DATAGRAMS : o->unit;
}

static enum status
add_target(struct replay_options *o, const char *url, struct fault *f)
{
	if (o->target_count == REPLAY_TARGETS_MAX)
		return fault_set(f, STATUS_USAGE, NULL, "more than %d --to", REPLAY_TARGETS_MAX);
	o->targets[o->target_count] = o->defaults;
	o->targets[o->target_count++].url = url;
	return STATUS_OK;
}

/* The target that an option is for: the one before it, or all those behind it. */
static struct target_options *
present(struct replay_options *o)
{
	return o->target_count > 0 ? &o->targets[o->target_count - 1] : &o->defaults;
}

static void
add_operand(struct replay_options *o, const char *value)
{
	if (o->path == NULL) {
		o->path = value;
		return;
	}
	if (o->filter.len > 0)
		buf_str(&o->filter, " ");
	buf_str(&o->filter, value);
}

/* "k", "M", "G": powers of a thousand; what is none is one. */
static uint64_t
take_factor(const char **s)
{
	static const struct {
		char letter;
		uint64_t factor;
	} factors[] = { { 'k', 1000 }, { 'K', 1000 }, { 'M', 1000000 }, { 'G', 1000000000 } };

	for (size_t i = 0; i < sizeof factors / sizeof *factors; i++) {
		if (**s == factors[i].letter) {
			(*s)++;
			return factors[i].factor;
		}
	}
	return 1;
}

static bool
take_unit(const char *s, enum schedule_unit *out)
{
	static const struct {
		const char *name;
		enum schedule_unit unit;
	} units[] = { { "", SCHEDULE_FLOWS }, { "f", SCHEDULE_FLOWS }, { "flows", SCHEDULE_FLOWS },
		{ "d", SCHEDULE_DATAGRAMS }, { "datagrams", SCHEDULE_DATAGRAMS },
		{ "bit", SCHEDULE_BITS }, { "bits", SCHEDULE_BITS } };
	size_t len = strcspn(s, "/");

	if (s[len] == '/' && strcmp(s + len, "/s") != 0)
		return false;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		if (strlen(units[i].name) == len && memcmp(units[i].name, s, len) == 0) {
			*out = units[i].unit;
			return true;
		}
	}
	return false;
}

static enum status
take_rate(struct target_options *t, const char *value, struct fault *f)
{
	const uint64_t most = UINT64_C(1000000000000);
	enum schedule_unit unit;
	const char *s = value;
	uint64_t v = 0, factor;

	while (*s >= '0' && *s <= '9' && v <= most)
		v = v * 10 + (uint64_t)(*s++ - '0');
	factor = take_factor(&s);
	if (s == value || *value < '0' || *value > '9' || v > most / factor || !take_unit(s, &unit))
		return fault_set(f, STATUS_USAGE, NULL, "--rate %s: a number of flows a second is expected, "
		    "or one of datagrams (300d) or bits (20Mbit)", value);
	t->rate = v * factor;
	t->unit = unit;
	t->rate_given = true;
	t->flows_named = *s == 'f';
	return STATUS_OK;
}

/* "10x", "0.5x", "10"; three digits behind the point. */
static bool
take_thousandths(const char *s, uint64_t *out)
{
	uint64_t v = 0;
	int behind = -1;

	if (*s < '0' || *s > '9')
		return false;
	for (; (*s >= '0' && *s <= '9') || (*s == '.' && behind < 0); s++) {
		if (*s == '.') {
			behind = 0;
			continue;
		}
		if (v > 1000000 || behind == 3)
			return false;
		v = v * 10 + (uint64_t)(*s - '0');
		behind += behind >= 0;
	}
	for (int i = behind < 0 ? 0 : behind; i < 3; i++)
		v *= 10;
	if ((*s != '\0' && strcmp(s, "x") != 0) || v == 0)
		return false;
	*out = v;
	return true;
}

static enum status
take_speed(struct target_options *t, const char *value, struct fault *f)
{
	if (strcmp(value, "max") == 0) {
		t->speed = 0;
		return STATUS_OK;
	}
	if (take_thousandths(value, &t->speed))
		return STATUS_OK;
	return fault_set(f, STATUS_USAGE, NULL, "--speed %s: 1x, 10x, 0.5x or max is expected", value);
}

static enum status
take_loop(struct target_options *t, const char *value, struct fault *f)
{
	if (value == NULL) {
		t->loop = REPLAY_LOOP_FOREVER;
		return STATUS_OK;
	}
	if (text_parse_u64(value, UINT32_MAX, &t->loop) && t->loop > 0)
		return STATUS_OK;
	return fault_set(f, STATUS_USAGE, NULL, "--loop=%s: a number from 1 on is expected", value);
}

static enum status
take_window(struct target_options *t, const char *value, struct fault *f)
{
	enum status st = window_parse(value, &t->window, f);

	if (st == STATUS_OK && t->window.to <= t->window.from)
		return fault_set(f, STATUS_USAGE, NULL, "--window %s: it ends before it begins", value);
	return st;
}

/* Of the templates, as capture's senders take them. */
static enum status
take_packing(struct target_options *t, int id, const char *value, struct fault *f)
{
	struct sender_options s = { .pack = { .max_octets = t->mtu, .refresh = t->refresh },
		.refresh = t->refresh_time };
	enum status st = id == OPT_MTU ? sender_option_mtu(&s, value, f) :
	    sender_option_refresh(&s, value, f);

	t->mtu = s.pack.max_octets;
	t->mtu_given |= id == OPT_MTU;
	t->refresh = s.pack.refresh;
	t->refresh_time = s.refresh;
	t->refresh_given |= id == OPT_REFRESH;
	return st;
}

static enum status
take_lead(struct target_options *t, const char *value, struct fault *f)
{
	t->lead_given = true;
	if (text_parse_duration(value, &t->lead) && t->lead <= LEAD_MOST)
		return STATUS_OK;
	return fault_set(f, STATUS_USAGE, NULL, "--lead %s: a time such as 250ms is expected, a minute at most",
	    value);
}

static enum status
take_options(struct target_options *t, const char *value, struct fault *f)
{
	static const struct {
		const char *name;
		unsigned what;
	} names[] = { { "all", ANNOUNCE_ALL }, { "none", 0 }, { "sampling", ANNOUNCE_SAMPLING },
		{ "names", ANNOUNCE_NAMES }, { "exporter", ANNOUNCE_EXPORTER } };
	const size_t count = sizeof names / sizeof *names;
	const char *s = value;

	t->announce = 0;
	t->announce_given = true;
	for (;;) {
		size_t len = strcspn(s, ","), i = 0;

		while (i < count && (strlen(names[i].name) != len || memcmp(names[i].name, s, len) != 0))
			i++;
		if (i == count)
			return fault_set(f, STATUS_USAGE, NULL, "--options %s: all, none, or sampling, names and "
			    "exporter, with commas between them, are expected", value);
		t->announce |= names[i].what;
		if (s[len] == '\0')
			return STATUS_OK;
		s += len + 1;
	}
}

static enum status
take_patience(struct target_options *t, const char *value, struct fault *f)
{
	if (text_parse_duration(value, &t->patience) && t->patience >= PATIENCE_LEAST &&
	    t->patience <= PATIENCE_MOST)
		return STATUS_OK;
	return fault_set(f, STATUS_USAGE, NULL, "--patience %s: a time such as 60s is expected, from 100ms to a day",
	    value);
}

static enum status
take_profile(struct target_options *t, const char *value, struct fault *f)
{
	t->profile = profile_find(value);
	if (t->profile != NULL)
		return STATUS_OK;
	return fault_set(f, STATUS_USAGE, NULL, "--profile %s: there is none; --profile help lists them", value);
}

static enum status
take_source(struct target_options *t, const char *value, struct fault *f)
{
	t->source = (struct address){ .family = 0 };
	t->source_exporter = strcmp(value, "exporter") == 0;
	if (t->source_exporter || text_parse_address(value, &t->source))
		return STATUS_OK;
	return fault_set(f, STATUS_USAGE, NULL, "--source %s: an address is expected, or exporter", value);
}

/* What a profile says of that which nobody has said otherwise. */
static void
apply_profile(struct target_options *t)
{
	const struct profile *p = t->profile;

	if (p == NULL)
		return;
	if (t->format == NULL)
		t->format = p->format;
	if (!t->refresh_given) {
		t->refresh = p->refresh;
		t->refresh_time = (int64_t)p->refresh_seconds * SECOND;
	}
	if (!t->announce_given)
		t->announce = p->announce;
	if (!t->lead_given)
		t->lead = (int64_t)p->lead_millis * (SECOND / 1000);
}

static enum status
take_syslog(struct target_options *t, const char *value, struct fault *f)
{
	const char *number = strncmp(value, "rfc", 3) == 0 ? value + 3 : value;

	t->syslog_3164 = strcmp(number, "3164") == 0;
	if (t->syslog_3164 || strcmp(number, "5424") == 0)
		return STATUS_OK;
	return fault_set(f, STATUS_USAGE, NULL, "--syslog %s: it is 5424 or 3164", value);
}

static enum status
take_batch(struct target_options *t, const char *value, struct fault *f)
{
	uint64_t n;

	if (!text_parse_u64(value, REPLAY_BATCH_MAX, &n) || n == 0)
		return fault_set(f, STATUS_USAGE, NULL, "--batch %s: a number from 1 to %d is expected", value,
		    REPLAY_BATCH_MAX);
	t->batch = (size_t)n;
	return STATUS_OK;
}

/* Files and switches, which are only kept. */
static void
keep_option(struct target_options *t, int id, const char *value)
{
	t->ack |= id == OPT_ACK;
	t->insecure |= id == OPT_INSECURE;
	if (id == OPT_TOKEN)
		t->token_file = value;
	if (id == OPT_KAFKA)
		t->kafka_config = value;
	if (id == OPT_CA)
		t->ca = value;
	if (id == OPT_CERT)
		t->certificate = value;
	if (id == OPT_KEY)
		t->key = value;
}

static enum status
take_target_option(struct target_options *t, int id, const char *value, struct fault *f)
{
	switch (id) {
	case OPT_FORMAT:
		t->format = value;
		return STATUS_OK;
	case OPT_EXACT:
		t->format = "exact";
		return STATUS_OK;
	case OPT_FILTER:
		t->filter = value;
		return STATUS_OK;
	case OPT_WINDOW:
		return take_window(t, value, f);
	case OPT_RATE:
		return take_rate(t, value, f);
	case OPT_SPEED:
		return take_speed(t, value, f);
	case OPT_LOOP:
		return take_loop(t, value, f);
	case OPT_MTU:
	case OPT_REFRESH:
		return take_packing(t, id, value, f);
	case OPT_LEAD:
		return take_lead(t, value, f);
	case OPT_OPTIONS:
		return take_options(t, value, f);
	case OPT_PATIENCE:
		return take_patience(t, value, f);
	case OPT_SOURCE:
		return take_source(t, value, f);
	case OPT_SPOOF:
		return take_source(t, "exporter", f);
	case OPT_TIME:
		return retime_parse(value, &t->retime, f);
	case OPT_SHIFT:
		return retime_parse_shift(value, &t->retime, f);
	case OPT_SYSLOG:
		return take_syslog(t, value, f);
	case OPT_BATCH:
		return take_batch(t, value, f);
	case OPT_ACK:
	case OPT_TOKEN:
	case OPT_KAFKA:
	case OPT_CA:
	case OPT_CERT:
	case OPT_KEY:
	case OPT_INSECURE:
		keep_option(t, id, value);
		return STATUS_OK;
	default:
		return STATUS_USAGE;
	}
}

/* Of the run; false where it is none of these. */
static bool
take_switch(struct replay_options *o, int id)
{
	const struct {
		int id;
		bool *on;
	} switches[] = { { OPT_DRY, &o->dry }, { OPT_UNVERIFIED, &o->reader.unverified },
		{ OPT_LOG_JSON, &o->log_json }, { OPT_JSON, &o->json }, { OPT_QUIET, &o->quiet },
		{ OPT_HELP, &o->help } };

	for (size_t i = 0; i < sizeof switches / sizeof *switches; i++) {
		if (switches[i].id == id) {
			*switches[i].on = true;
			return true;
		}
	}
	return false;
}

static enum status
take_option(struct replay_options *o, int id, const char *value, struct fault *f)
{
	switch (id) {
	case OPTION_OPERAND:
		add_operand(o, value);
		break;
	case OPT_TO:
		return add_target(o, value, f);
	case OPT_PROFILE:
		o->profiles |= strcmp(value, "help") == 0;
		return o->profiles ? STATUS_OK : take_profile(present(o), value, f);
	case OPT_RECEIPT:
		o->receipt = value;
		break;
	case OPT_CUSTODY:
		o->custody = true;
		o->custody_file = value;
		break;
	case OPT_RESUME:
		o->resume = value;
		break;
	case OPT_STATE:
		o->reader.state = value;
		break;
	case OPT_GENESIS:
		o->reader.genesis = value;
		break;
	default:
		return take_switch(o, id) ? STATUS_OK : take_target_option(present(o), id, value, f);
	}
	return STATUS_OK;
}

enum status
replay_options_parse(struct replay_options *o, int argc, char **argv, struct fault *f)
{
	enum status st = STATUS_OK;
	struct options options;
	const char *value;
	int id;

	option_init(&options, replay_option_table, argc, argv);
	while (st == STATUS_OK && (id = option_next(&options, &value, f)) != OPTION_END)
		st = id == OPTION_BAD ? STATUS_USAGE : take_option(o, id, value, f);
	if (st != STATUS_OK || o->help || o->profiles)
		return st;
	if (o->path == NULL)
		return fault_set(f, STATUS_USAGE, NULL, "no archive or file is named");
	if (o->custody && o->custody_file == NULL && strcmp(o->path, "-") == 0)
		return fault_set(f, STATUS_USAGE, NULL, "--custody: standard input has no place; --custody=FILE");
	if (o->target_count == 0)
		return fault_set(f, STATUS_USAGE, NULL, "no --to says where the flows go");
	for (size_t i = 0; i < o->target_count; i++)
		apply_profile(&o->targets[i]);
	(void)buf_cstr(&o->filter); /* it is read as a string from here on */
	if (!buf_ok(&o->filter))
		return fault_set(f, STATUS_LIMIT, NULL, "the filter is longer than %d octets",
		    FILTER_TEXT_MAX);
	return STATUS_OK;
}
