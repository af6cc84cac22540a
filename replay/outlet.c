/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/outlet.h"

#include <string.h>
#include <strings.h>

#include "replay/outlet_exact.h"
#include "replay/outlet_export.h"
#include "replay/outlet_file.h"
#include "replay/outlet_http.h"
#include "replay/outlet_kafka.h"
#include "replay/outlet_syslog.h"

static const struct outlet_kind *const kinds[] = {
	&outlet_export,
	&outlet_export_stream,
	&outlet_exact,
	&outlet_exact_stream,
	&outlet_file,
	&outlet_http,
	&outlet_kafka,
	&outlet_syslog,
	&outlet_syslog_stream,
};

enum { KINDS = sizeof kinds / sizeof *kinds };

/* Whether the word stands in the list; of a list of schemes in either case (RFC 3986, 3.1). */
static bool
has_word(const char *list, const char *word, size_t len)
{
	while (*list != '\0') {
		size_t n = strcspn(list, " ");

		if (n == len && strncasecmp(list, word, len) == 0)
			return true;
		list += n + (list[n] == ' ');
	}
	return false;
}

/* "udp" of "udp://host:port"; what has no scheme is a file, or "-". */
static const char *
scheme_of(const char *url, size_t *len)
{
	const char *end = strstr(url, "://");

	*len = end != NULL ? (size_t)(end - url) : strlen("file");
	return end != NULL ? url : "file";
}

enum status
outlet_find(const struct target_options *o, const struct outlet_kind **out, struct fault *f)
{
	size_t len;
	const char *scheme = scheme_of(o->url, &len);
	char formats[FAULT_TEXT_MAX] = "";

	for (size_t i = 0; i < KINDS; i++) {
		if (!has_word(kinds[i]->schemes, scheme, len))
			continue;
		if (o->format == NULL || has_word(kinds[i]->formats, o->format, strlen(o->format))) {
			*out = kinds[i];
			return STATUS_OK;
		}
		if (strlen(formats) + strlen(kinds[i]->formats) + 2 < sizeof formats)
			strcat(strcat(formats, " "), kinds[i]->formats);
	}
	if (formats[0] != '\0')
		return fault_set(f, STATUS_USAGE, NULL, "--format %s: to %s it is one of%s", o->format,
		    o->url, formats);
	return fault_set(f, STATUS_USAGE, NULL, "--to %s: it is udp://, tcp://, tls:// or sctp://HOST:PORT, syslog://HOST, "
	    "http(s)://HOST, kafka://BROKER/TOPIC, a file's name, or - for standard output", o->url);
}

const char *
outlet_format(const struct outlet_kind *kind, const struct target_options *o)
{
	return o->format != NULL ? o->format : kind->format;
}
