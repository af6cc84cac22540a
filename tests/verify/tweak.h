/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_VERIFY_TWEAK_H
#define TESTS_VERIFY_TWEAK_H

/* What no writer would seal: see forge_tweak. */

#include "tests/verify/forge.h"

static inline void
weak_key_tweak(struct forge *g, struct manifest *m)
{
	(void)g;
	memset(m->next_key, 0, KEY_SIZE);
	m->next_key[0] = 1; /* the identity */
}

static inline void
reuse_tweak(struct forge *g, struct manifest *m)
{
	memcpy(m->next_key, g->public[1], KEY_SIZE);
	memcpy(g->secret[m->sequence + 1], g->secret[1], KEY_SIZE);
}

static inline void
first_key_tweak(struct forge *g, struct manifest *m)
{
	memcpy(m->next_key, g->public[0], KEY_SIZE);
	memcpy(g->secret[m->sequence + 1], g->secret[0], KEY_SIZE);
}

static inline void
counts_tweak(struct forge *g, struct manifest *m)
{
	(void)g;
	m->read.packets = 1;
}

static inline void
sequence_tweak(struct forge *g, struct manifest *m)
{
	(void)g;
	m->file_count = 0;
	m->sequence = 7;
}

static inline void
previous_tweak(struct forge *g, struct manifest *m)
{
	(void)g;
	m->previous[0] ^= 1;
}

static inline void
archive_tweak(struct forge *g, struct manifest *m)
{
	(void)g;
	memcpy(m->archive, "ffeeddccbbaa99887766554433221100", sizeof m->archive);
}

static inline void
late_expiry_tweak(struct forge *g, struct manifest *m)
{
	static struct manifest_expired gone;

	gone = (struct manifest_expired) { .sequence = 1, .reason = "retention" };
	memcpy(gone.manifest_sha256, g->sha256[1], SHA256_SIZE);
	m->expired = &gone;
	m->expired_count = 1;
}

#endif
