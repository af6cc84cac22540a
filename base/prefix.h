/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_PREFIX_H
#define BASE_PREFIX_H

/* Address prefixes, as people write them: "192.0.2.0/24", "2001:db8::/32", "192.0.2.1". */

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

struct prefix {
	struct address address; /* bits behind the prefix are zero */
	unsigned bits;          /* 0 to 32 or 128 */
};

enum { PREFIX_TEXT_MAX = TEXT_ADDRESS_MAX + 4 };

/* The first len octets of text: an address, then '/' or ';' (nfcapd's) and a length, or the whole of
 * it.  False for anything else; bits of the address behind the prefix are cleared. */
bool prefix_parse(const char *text, size_t len, struct prefix *out);
bool prefix_has(const struct prefix *p, const struct address *a);
/* "192.0.2.0/24"; a whole address stands alone. */
void prefix_text(char out[PREFIX_TEXT_MAX], const struct prefix *p);

#endif
