/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_VERSION_H
#define BASE_VERSION_H

/* The software's version, as in NEWS, and the build: what git describe said of the tree. */

#define VERSION_TEXT "0.1.0"

/* In one object only, so that every part of a program names the same build. */
const char *version_build(void);

#endif
