/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mkchain DIRECTORY COUNT: an archive of COUNT properly signed segments without files, a thousand to
 * a directory.  Prints the genesis fingerprint and the head.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/genesis.h"
#include "archive/manifest.h"
#include "base/file.h"
#include "base/text.h"

struct chain_maker {
	const char *dir;
	uint8_t secret[KEY_SIZE]; /* of the text to come */
	uint8_t public[KEY_SIZE];
	uint8_t next_secret[KEY_SIZE];
	uint8_t next_public[KEY_SIZE];
	uint8_t last[SHA256_SIZE];
};

static void
must(enum status rc)
{
	if (rc == STATUS_OK)
		return;
	fprintf(stderr, "mkchain: %s\n", status_text(rc));
	exit(1);
}

/* Not durable: nothing depends on it. */
static void
put_file(const char *dir, const char *name, const void *data, size_t len)
{
	char path[FILE_PATH_MAX];
	int fd;

	must(file_join(path, dir, name, NULL));
	must(file_create(path, 0644, &fd, NULL));
	must(file_write_all(fd, data, len, path, NULL));
	must(file_close(fd, path, NULL));
}

/* Signs the text, puts both files there, and moves on to the next key. */
static void
put_signed(struct chain_maker *c, const char *name, const struct buf *text)
{
	uint8_t signature[SIGNATURE_SIZE];
	char file[200];

	must(sha256_of(text->data, text->len, c->last, NULL));
	must(key_sign(c->secret, text->data, text->len, signature, NULL));
	(void)snprintf(file, sizeof file, "%s.json", name);
	put_file(c->dir, file, text->data, text->len);
	(void)snprintf(file, sizeof file, "%s.sig", name);
	put_file(c->dir, file, signature, sizeof signature);
	memcpy(c->secret, c->next_secret, KEY_SIZE);
	memcpy(c->public, c->next_public, KEY_SIZE);
	must(key_generate(c->next_secret, c->next_public, NULL));
}

static void
make_genesis(struct chain_maker *c, struct buf *text)
{
	struct genesis g = { .archive = "00000000000000000000000000000001", .created = { 0, "unknown" },
		.key_storage = "memory", .software = { "mkchain", "1", "test" } };

	memcpy(g.key, c->public, KEY_SIZE);
	memcpy(g.next_key, c->next_public, KEY_SIZE);
	genesis_write(&g, text);
	put_signed(c, "genesis", text);
}

static void
make_segment(struct chain_maker *c, uint64_t n, struct buf *text)
{
	struct manifest m = { .archive = "00000000000000000000000000000001", .sequence = n,
		.opened = { (int64_t)n, "unknown" }, .sealed = { (int64_t)n, "unknown" },
		.source = "files", .key_storage = "memory", .decoder_version = "1", .libzstd = "1",
		.software = { "mkchain", "1", "test" } };
	char name[120];

	memcpy(m.previous, c->last, SHA256_SIZE);
	memcpy(m.next_key, c->next_public, KEY_SIZE);
	buf_reset(text);
	manifest_write(&m, text);
	(void)snprintf(name, sizeof name, "%04llu/20261123T070000Z-%08llu.manifest",
	    (unsigned long long)(n / 1000), (unsigned long long)n);
	put_signed(c, name, text);
}

int
main(int argc, char **argv)
{
	struct chain_maker c = { .dir = argc == 3 ? argv[1] : NULL };
	uint64_t count = argc == 3 ? strtoull(argv[2], NULL, 10) : 0;
	char hex[SHA256_HEX];
	struct buf text;

	if (count == 0)
		return 2;
	buf_init(&text, 0);
	must(key_generate(c.secret, c.public, NULL));
	must(key_generate(c.next_secret, c.next_public, NULL));
	must(file_make_dirs(c.dir, 0755, NULL));
	make_genesis(&c, &text);
	text_hex(hex, c.last, SHA256_SIZE);
	printf("%s ", hex);
	for (uint64_t n = 1; n <= count; n++) {
		char dir[FILE_PATH_MAX];

		if (n == 1 || n % 1000 == 0) {
			(void)snprintf(dir, sizeof dir, "%s/%04llu", c.dir, (unsigned long long)(n / 1000));
			must(file_make_dirs(dir, 0755, NULL));
		}
		make_segment(&c, n, &text);
	}
	text_hex(hex, c.last, SHA256_SIZE);
	printf("%llu:%s\n", (unsigned long long)count, hex);
	buf_free(&text);
	return 0;
}
