/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

/* The two variables at file scope that STYLE.md allows: the name and the level of the log. */
static const char *log_subcommand = "";
static int log_silent;

void
log_name(const char *subcommand)
{
	log_subcommand = subcommand;
}

void
log_quiet(int quiet)
{
	log_silent = quiet;
}

static void PRINTF_LIKE(1, 0)
print(const char *fmt, va_list ap)
{
	char line[2048];

	(void)vsnprintf(line, sizeof line, fmt, ap);
	fprintf(stderr, "nfseal%s%s: %s\n", log_subcommand[0] != '\0' ? " " : "", log_subcommand,
	    line);
}

void
log_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print(fmt, ap);
	va_end(ap);
}

void
log_notice(const char *fmt, ...)
{
	va_list ap;

	if (log_silent)
		return;
	va_start(ap, fmt);
	print(fmt, ap);
	va_end(ap);
}

void
log_status(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print(fmt, ap);
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
