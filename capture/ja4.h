/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_JA4_H
#define CAPTURE_JA4_H

/* JA4, FoxIO's fingerprint of a TLS client: t13d1516h2_8daaf6152771_b186095e22b6. */

#include <stdbool.h>

#include "capture/client_hello.h"

enum { JA4_SIZE = 37 }; /* with the NUL: 10 + 1 + 12 + 1 + 12 */

/* False where there is no memory for the hash. */
bool ja4_text(const struct client_hello *h, char out[JA4_SIZE]);

#endif
