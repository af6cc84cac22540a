/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_SANDBOX_H
#define BASE_SANDBOX_H

/*
 * A process that reads hostile bytes gives up what it does not need, before it parses any:
 * on Linux with Landlock (5.13, more with newer ones) it can from then on open only what lies
 * below the named directories, only to read, can run no program and make no TCP connection, and
 * gains no rights by set-user-ID programs.  What it holds open stays open.  Where the system
 * has none of this it does nothing: Capsicum would forbid to open by path at all.
 */

#include <stdbool.h>
#include <stddef.h>

/*
 * For this thread and those that it starts.  A path that is not there allows nothing.  True if
 * files are confined; false where the system cannot, which is no error.
 */
bool sandbox_read_only(const char *const *directories, size_t count);

#endif
