/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_SHA1_H
#define BASE_SHA1_H

/*
 * SHA-1 (FIPS 180-4) for names that other tools make by it, such as Community ID; for nothing that
 * must withstand anybody.  OpenSSL may refuse it where a policy forbids weak hashes.
 */

#include <stddef.h>
#include <stdint.h>

enum { SHA1_SIZE = 20 };

void sha1(const void *data, size_t len, uint8_t digest[SHA1_SIZE]);

#endif
