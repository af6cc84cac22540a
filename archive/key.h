/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCHIVE_KEY_H
#define ARCHIVE_KEY_H

/*
 * Ed25519 (RFC 8032, pure) through OpenSSL's EVP, keys and signatures as raw bytes.  It is
 * stricter than the library: public keys whose y is not below p, the eight points of small
 * order (under which a signature of any text can be made), and signatures whose S is zero
 * or not below the group's order are refused (nfseal-archive(5), SIGNATURES).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

enum { KEY_SIZE = 32, SIGNATURE_SIZE = 64 };

/* A new pair from the library's random numbers; secret is the seed of RFC 8032 5.1.5. */
MUST_USE enum status key_generate(uint8_t secret[KEY_SIZE], uint8_t public[KEY_SIZE],
    struct fault *f);
MUST_USE enum status key_public(const uint8_t secret[KEY_SIZE], uint8_t public[KEY_SIZE],
    struct fault *f);
MUST_USE enum status key_sign(const uint8_t secret[KEY_SIZE], const void *data, size_t len,
    uint8_t signature[SIGNATURE_SIZE], struct fault *f);
/* STATUS_KEY where the key is weak, STATUS_DIFFERS where the signature is not of this text. */
MUST_USE enum status key_verify(const uint8_t public[KEY_SIZE], const void *data, size_t len,
    const uint8_t signature[SIGNATURE_SIZE], struct fault *f);
/*
 * As key_verify, of the first `size` octets of a regular file, in the memory of one piece; slow.  For texts
 * that are above every limit: it tells what is refused as properly signed from what is no signature's.
 */
MUST_USE enum status key_verify_file(const uint8_t public[KEY_SIZE], const char *path, uint64_t size,
    const uint8_t signature[SIGNATURE_SIZE], struct fault *f);
/* As key_verify, before the text is looked at: neither the key nor the signature is weak. */
MUST_USE enum status key_check(const uint8_t public[KEY_SIZE], const uint8_t signature[SIGNATURE_SIZE],
    struct fault *f);
/* What is wrong with a public key ("a point of small order", ...), or NULL: WEAK_KEY. */
const char *key_weakness(const uint8_t public[KEY_SIZE]);
/*
 * A copy for as long as the caller needs it, in the library's locked memory, where that was set up
 * (keyring_protect_process); NULL without memory.  key_drop overwrites it and takes NULL.
 */
uint8_t *key_keep(const uint8_t secret[KEY_SIZE]);
void key_drop(uint8_t *kept);
/* Overwrites a secret so that the compiler does not leave it out. */
void key_wipe(uint8_t secret[KEY_SIZE]);

#endif
