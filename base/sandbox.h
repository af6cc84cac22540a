/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_SANDBOX_H
#define BASE_SANDBOX_H

/*
 * A process that reads hostile bytes gives up what it does not need, before it parses any.  On Linux
 * the two are independent of each other, and the process gains no rights by set-user-ID programs
 * either; on FreeBSD the first is all, capability mode, and files are opened by base/place.h.  What is
 * open stays open.  Where the system has none of this they do nothing.
 */

#include <stdbool.h>
#include <stddef.h>

/*
 * Landlock (5.13, more with newer kernels), for this thread and those that it starts, or Capsicum, for the
 * process: only what lies below the directories can be opened, only to read; no TCP.  A path that is not
 * there allows nothing.
 * True if files are confined; false where the system cannot, which is no error.
 */
bool sandbox_read_only(const char *const *directories, size_t count);
/*
 * seccomp, for this thread and those that it starts: nothing can be opened to write, made, renamed,
 * removed or changed; no program, process or socket, no signal to others.  Any file can be read.
 */
bool sandbox_calls(void);

#endif
