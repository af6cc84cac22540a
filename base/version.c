/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/version.h"

#ifndef VERSION_BUILD
#define VERSION_BUILD VERSION_TEXT
#endif

const char *
version_build(void)
{
	return VERSION_BUILD;
}
