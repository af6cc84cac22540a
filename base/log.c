/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <syslog.h>

#include "base/clock.h"
#include "base/jsonw.h"
#include "base/text.h"

/* The two variables at file scope that STYLE.md allows: the name and the mode of the log. */
static const char *log_subcommand = "";
static unsigned log_mode;

enum { MODE_SILENT = 1, MODE_SYSTEM = 2, MODE_LINE = 4, MODE_JSON = 8 };

void
log_name(const char *subcommand)
{
	log_subcommand = subcommand;
}

void
log_quiet(int quiet)
{
	log_mode = quiet ? log_mode | MODE_SILENT : log_mode & ~(unsigned)MODE_SILENT;
}

void
log_to_system(void)
{
	/* At once: what is opened later may be forbidden by then. */
	openlog("nfseal", LOG_PID | LOG_NDELAY, LOG_DAEMON);
	log_mode |= MODE_SYSTEM;
}

void
log_progress(const char *line)
{
	if (line != NULL)
		fprintf(stderr, "\r%s\033[K", line);
	else if (log_mode & MODE_LINE)
		fputs("\r\033[K", stderr);
	log_mode = line != NULL ? log_mode | MODE_LINE : log_mode & ~(unsigned)MODE_LINE;
}

void
log_as_json(void)
{
	log_mode |= MODE_JSON;
}

static void
print_json(int level, const char *line)
{
	char when[TEXT_TIME_MAX];
	struct buf b = { 0 };
	struct jsonw j;

	text_time_nanos(when, clock_wall_nanos());
	jsonw_init(&j, &b);
	jsonw_object(&j);
	jsonw_key_str(&j, "time", when);
	jsonw_key_str(&j, "level", level == LOG_ERR ? "error" : "notice");
	jsonw_key_str(&j, "text", line);
	jsonw_object_end(&j);
	fprintf(stderr, "%s\n", buf_cstr(&b));
	buf_free(&b);
}

static void PRINTF_LIKE(2, 0)
print(int level, const char *fmt, va_list ap)
{
	char line[2048];

	(void)vsnprintf(line, sizeof line, fmt, ap);
	if (log_mode & MODE_SYSTEM) {
		syslog(level, "%s", line);
		return;
	}
	if (log_mode & MODE_JSON) {
		print_json(level, line);
		return;
	}
	log_progress(NULL);
	fprintf(stderr, "nfseal%s%s: %s\n", log_subcommand[0] != '\0' ? " " : "", log_subcommand,
	    line);
}

void
log_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print(LOG_ERR, fmt, ap);
	va_end(ap);
}

void
log_notice(const char *fmt, ...)
{
	va_list ap;

	if (log_mode & MODE_SILENT)
		return;
	va_start(ap, fmt);
	print(LOG_NOTICE, fmt, ap);
	va_end(ap);
}

void
log_status(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print(LOG_NOTICE, fmt, ap);
	va_end(ap);
}

void
log_fault(const struct fault *f)
{
	char line[1536];

	fault_print(f, line, sizeof line);
	log_error("%s", line);
}

int
log_exit(const struct fault *f)
{
	log_fault(f);
	return status_exit(f->status);
}
