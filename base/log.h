/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_LOG_H
#define BASE_LOG_H

/*
 * Messages on stderr, or in the system's log, for the command files only: "nfseal capture: file: ...".  Text from
 * outside must have been escaped (text_escape; a fault's fields are).
 */

#include "base/status.h"

void log_name(const char *subcommand); /* shown before each message */
void log_quiet(int quiet);             /* 1: notices are left out; errors never are */
/* From here on each message is a line of JSON on stderr: time, level (error or notice), text. */
void log_as_json(void);
void log_to_system(void);              /* to syslog(3), where standard error is gone */
void log_error(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_notice(const char *fmt, ...) PRINTF_LIKE(1, 2);
/* What somebody asked for: shown also where notices are left out. */
void log_status(const char *fmt, ...) PRINTF_LIKE(1, 2);
/* A line on a terminal that the next one, or the next message, replaces; NULL takes it away. */
void log_progress(const char *line);
void log_fault(const struct fault *f);
/* Prints the fault and returns status_exit() of it. */
int log_exit(const struct fault *f);

#endif
