/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Octets of the character at p (len > 0 left), 1 to 4, or 0 where it is not UTF-8. */
size_t utf8_length(const uint8_t *p, size_t len);
/* The code point of a character that utf8_length found to be n octets long. */
uint32_t utf8_code(const uint8_t *p, size_t n);
bool utf8_valid(const void *data, size_t len);

#endif
