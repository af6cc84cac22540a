/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_CLIENT_HELLO_H
#define CAPTURE_CLIENT_HELLO_H

/*
 * The ClientHello and ServerHello of TLS (RFC 8446 sections 4.1.2 and 4.1.3, RFC 5246) as it
 * stands in a handshake message, and what the columns take from it.  Borrowed, no state.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "capture/app_found.h"

enum {
	TLS_CLIENT_HELLO = 1,
	TLS_SERVER_HELLO = 2,
	TLS_HANDSHAKE_HEADER = 4 /* type, length in three octets */
};

/* Whose hello it is: JA4's first letter. */
enum hello_kind { HELLO_TLS = 't', HELLO_QUIC = 'q', HELLO_DTLS = 'd' };

struct client_hello {
	enum hello_kind kind;
	uint16_t legacy_version;
	uint16_t version;         /* the highest of supported_versions, else legacy_version; 0: cut before */
	bool named;               /* there is a server_name extension */
	bool whole;               /* not cut: the lists are complete */
	struct cursor ciphers;    /* two octets each */
	struct cursor extensions; /* all of them: type, length, body */
	struct cursor name;       /* host name, empty if there is none */
	struct cursor alpn;       /* its list: length in one octet, name */
	struct cursor algorithms; /* signature algorithms, two octets each */
};

/* RFC 8701: 0x0a0a, 0x1a1a ... 0xfafa mean nothing. */
static inline bool
tls_is_grease(uint16_t v)
{
	return (v & 0x0f0f) == 0x0a0a && v >> 8 == (v & 0xff);
}

/*
 * The message behind its header, of which `len` octets are here; cut: it goes on behind them.
 * False where it cannot be a ClientHello.
 */
bool client_hello_read(struct client_hello *h, enum hello_kind kind, const uint8_t *body, size_t len,
    bool cut);
/* Its columns.  JA4 only of a whole one. */
void client_hello_found(const struct client_hello *h, struct app_found *f);
/*
 * The version that a ServerHello (also a HelloRetryRequest) chose, 0 where it was cut before that can
 * be told; false where it is none.
 */
bool server_hello_version(enum hello_kind kind, const uint8_t *body, size_t len, bool cut,
    uint16_t *version);

#endif
