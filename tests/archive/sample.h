/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_ARCHIVE_SAMPLE_H
#define TESTS_ARCHIVE_SAMPLE_H

/* A manifest and a genesis filled in by hand, for the tests of this directory. */

#include <string.h>

#include "archive/genesis.h"
#include "archive/manifest.h"

#define SAMPLE_ID "00112233445566778899aabbccddeeff"

struct sample {
	struct manifest m;
	struct manifest_input inputs[2];
	struct manifest_option options[1];
	struct manifest_rejected rejected[2];
	struct manifest_count losses[1];
	struct manifest_finding findings[1];
	struct manifest_file files[2];
	uint8_t chunks[2 * SHA256_SIZE];
	struct manifest_leftover leftovers[1];
	struct manifest_recovery recovery[1];
	struct manifest_attachment attachments[1];
	struct manifest_expired expired[1];
};

static inline void
sample_lists(struct sample *s)
{
	s->inputs[0] = (struct manifest_input) { .name = "a.tar", .size = (uint64_t)1 << 60,
		.format = "tar" };
	s->inputs[1] = (struct manifest_input) { .name = "a.tar/\xc3\xa9 \"1\"\n.pcap", .size = 24,
		.hashed = true, .contained = true, .container = 0, .capture = true, .packets = 7 };
	s->options[0] = (struct manifest_option) { .name = "active", .value = "300s" };
	s->rejected[0] = (struct manifest_rejected) { "filtered", 1, 60 };
	s->rejected[1] = (struct manifest_rejected) { "not_ip", 2, 84 };
	s->losses[0] = (struct manifest_count) { "evicted", 0 };
	s->findings[0] = (struct manifest_finding) { "truncated", "a.pcap", true, 99, "it ends" };
	s->files[0] = (struct manifest_file) { .name = "20261123T070000Z-00000003.a.zst", .size = 5 };
	s->files[1] = (struct manifest_file) { .name = "20261123T070000Z-00000003.flows.parquet",
		.size = SHA256_CHUNK + 1, .chunks = s->chunks, .chunk_count = 2 };
	s->leftovers[0] = (struct manifest_leftover) { .name = "x.part", .size = 1, .hashed = true };
	s->recovery[0] = (struct manifest_recovery) { .action = "quarantined", .has_sequence = true,
		.sequence = 3, .span = { true, false, -5, 0 }, .files = s->leftovers, .file_count = 1,
		.text = "left" };
	s->attachments[0] = (struct manifest_attachment) { .role = "tsa", .name = "x.tsr", .size = 9 };
	s->expired[0] = (struct manifest_expired) { .sequence = 1, .reason = "retention" };
}

static inline void
sample_fill(struct sample *s)
{
	struct manifest *m = &s->m;

	memset(s, 0, sizeof *s);
	sample_lists(s);
	memcpy(m->archive, SAMPLE_ID, sizeof m->archive);
	m->sequence = 3;
	m->opened = (struct manifest_time) { 1790000000000000000, "synchronised" };
	m->sealed = (struct manifest_time) { 1790000000000000001, "unknown" };
	m->interval = (struct manifest_span) { true, true, -1, 5 };
	m->source = "files";
	m->inputs = s->inputs, m->input_count = 2;
	m->options = s->options, m->option_count = 1;
	m->rows = 2;
	m->read.packets = 10, m->read.wire_bytes = 1144;
	m->metered.packets = 7, m->metered.wire_bytes = 1000;
	m->rejected = s->rejected, m->rejected_count = 2;
	m->ip_bytes = (struct manifest_sum) { 100, 900, 1000, 0 };
	m->flow_packets = (struct manifest_sum) { 1, 7, 6, 2 };
	m->flows = (struct manifest_sum) { 1, 2, 2, 1 };
	m->losses = s->losses, m->loss_count = 1;
	m->findings = s->findings, m->finding_count = 1;
	m->files = s->files, m->file_count = 2;
	memset(m->next_key, 0x55, KEY_SIZE);
	m->key_storage = "file";
	m->recovery = s->recovery, m->recovery_count = 1;
	m->decoder_version = "1", m->libzstd = "1.5.4";
	m->software = (struct software) { "nfseal", "0.1.0", "test" };
	m->attachments = s->attachments, m->attachment_count = 1;
	m->expired = s->expired, m->expired_count = 1;
}

static inline struct genesis
sample_genesis(void)
{
	struct genesis g = { .archive = SAMPLE_ID, .created = { 1790000000000000000, "unknown" },
		.key_storage = "file", .layout = 1, .software = { "nfseal", "0.1.0", "test" } };

	memset(g.key, 0x33, KEY_SIZE);
	memset(g.next_key, 0x55, KEY_SIZE);
	return g;
}

#endif
