/* SPDX-License-Identifier: BSD-2-Clause */
#include "nfseal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/option.h"
#include "base/text.h"
#include "flow/ipfix_file.h"
#include "verify/cmd_info.h"

enum { OPT_JSON = 1, OPT_VERBOSE, OPT_STATE, OPT_NO_HASH, OPT_HELP };

static const struct option table_of_options[] = {
	{ OPT_JSON, '\0', "json", NULL, "one JSON document" },
	{ OPT_VERBOSE, 'v', "verbose", NULL, "every segment of an archive, and its files" },
	{ OPT_STATE, '\0', "state", "DIR", "the state directory" },
	{ OPT_NO_HASH, '\0', "no-input-hash", NULL, "leave out the SHA-256 of captures" },
	{ OPT_HELP, 'h', "help", NULL, "print this" },
	{ 0, '\0', NULL, NULL, NULL },
};

static const char synopsis[] = "nfseal info [options] ARCHIVE|MANIFEST|FILE|-\n"
    "  nfseal info case42\n"
    "  nfseal info evidence.pcap.gz --json\n"
    "  nfseal info flows.parquet";

void
info_line(struct buf *out, const char *name, const char *fmt, ...)
{
	char value[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(value, sizeof(value), fmt, ap);
	va_end(ap);
	buf_printf(out, "%-19s %s\n", name, value);
}

void
info_text(struct buf *out, const char *name, const char *text)
{
	char escaped[512];

	text_escape(escaped, sizeof(escaped), text, strlen(text));
	buf_printf(out, "%-19s %s\n", name, escaped);
}

void
info_hex(struct buf *out, const char *name, const void *data, size_t len)
{
	char hex[2 * SHA256_SIZE + 1];

	text_hex(hex, data, len < SHA256_SIZE ? len : SHA256_SIZE);
	buf_printf(out, "%-19s %s\n", name, hex);
}

void
info_time(struct buf *out, const char *name, bool known, int64_t nanos)
{
	char text[TEXT_TIME_MAX] = "unknown";

	if (known)
		text_time_nanos(text, nanos);
	buf_printf(out, "%-19s %s\n", name, text);
}

void
info_drain(struct buf *text)
{
	enum { MUCH = 1 << 20 };

	if (text->len < MUCH || !buf_ok(text))
		return;
	if (file_write_all(STDOUT_FILENO, text->data, text->len, "standard output", NULL) == STATUS_OK)
		buf_reset(text);
}

int
info_print(struct buf *text, int status)
{
	struct fault fault = { 0 };
	enum status st = file_print(STDOUT_FILENO, text, &fault);

	buf_free(text);
	return st == STATUS_OK ? status : log_exit(&fault);
}

/* Enough of a file's beginning to tell what it is. */
static enum status
read_head(const char *path, char head[32], size_t *len, struct fault *f)
{
	size_t got = 1;
	enum status st;
	int fd;

	*len = 0;
	st = file_open_read(path, &fd, f);
	if (st != STATUS_OK)
		return st;
	while (st == STATUS_OK && got > 0 && *len < 32) {
		st = file_read(fd, head + *len, 32 - *len, &got, path, f);
		if (st == STATUS_OK)
			*len += got;
	}
	(void)close(fd);
	return st;
}

static bool
begins(const char *head, size_t len, const char *with)
{
	return len >= strlen(with) && memcmp(head, with, strlen(with)) == 0;
}

static int
dispatch(const struct info_options *o)
{
	struct fault fault = { 0 };
	struct stat st;
	char head[32];
	size_t len;

	if (strcmp(o->path, "-") == 0)
		return info_capture(o);
	if (stat(o->path, &st) == 0 && S_ISDIR(st.st_mode))
		return info_archive(o);
	if (stat(o->path, &st) == 0 && !S_ISREG(st.st_mode))
		return info_capture(o);
	if (read_head(o->path, head, &len, &fault) != STATUS_OK)
		return log_exit(&fault);
	if (begins(head, len, "PAR1"))
		return info_parquet(o);
	if (begins(head, len, "{\"format\":\"nfseal-manifest/"))
		return info_manifest(o);
	if (ipfix_file_probe(head, len))
		return info_ipfix(o);
	return info_capture(o);
}

int
cmd_info(int argc, char **argv)
{
	struct info_options o = { .hash = true };
	struct fault fault = { 0 };
	struct options options;
	const char *value;
	int id;

	interrupt_install();
	option_init(&options, table_of_options, argc, argv);
	while ((id = option_next(&options, &value, &fault)) != OPTION_END) {
		if (id == OPT_HELP) {
			option_usage(table_of_options, synopsis, stdout);
			return 0;
		}
		if (id == OPTION_BAD)
			return log_exit(&fault);
		o.json = o.json || id == OPT_JSON;
		o.verbose = o.verbose || id == OPT_VERBOSE;
		o.hash = o.hash && id != OPT_NO_HASH;
		if (id == OPT_STATE)
			o.state = value;
		if (id == OPTION_OPERAND && o.path != NULL)
			(void)fault_set(&fault, STATUS_USAGE, NULL, "one archive or file at a time");
		if (id == OPTION_OPERAND)
			o.path = value;
	}
	if (o.path == NULL)
		(void)fault_set(&fault, STATUS_USAGE, NULL,
		    "no archive and no file is given; --help tells more");
	return fault.status != STATUS_OK ? log_exit(&fault) : dispatch(&o);
}
