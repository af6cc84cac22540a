/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Damage by the thousand, checked in one process.
 *   tamper bits ARCHIVE GENESIS SEQUENCE:HEAD|- PART PARTS   every bit flipped, every length cut
 *   tamper edits COUNT SEED [DIRECTORY EVERY]                random edits of archives made here
 * Of the edits every EVERYth tree is kept in DIRECTORY, with the anchors in NAME.anchors.
 * The last line has the figures; exit 1 where anything was accepted or wrongly refused.
 */
#include <fcntl.h>

#include "tests/tamper/edits.h"

enum { NO_ANCHOR_EVERY = 16 }; /* without any anchor nothing is VERIFIED whatever the bytes are */

struct tally {
	uint64_t done;
	uint64_t accepted; /* changed, and VERIFIED nevertheless */
	uint64_t refused;  /* whole, and not VERIFIED */
	uint64_t verdicts[VERDICT_COUNT];
};

static enum verdict
verdict_of(const struct check_options *o)
{
	struct result r = { .count = 0 };
	enum verdict v;

	assert_int_equal(check_archive(o, &r, NULL), STATUS_OK);
	v = r.verdict;
	result_free(&r);
	return v;
}

/* --- every bit, every length */

struct victim {
	struct check_options o;
	const char *archive;
	unsigned part, parts;
	uint64_t next; /* counts what is to be done, of which every parts-th is this process's */
	struct tally t;
};

static void
judge_change(struct victim *v, const char *path, const char *what, size_t at)
{
	enum verdict got = verdict_of(&v->o);

	v->t.done++;
	v->t.verdicts[got]++;
	if (got == VERDICT_MODIFIED)
		return;
	v->t.accepted++;
	printf("%s, %s %zu: %s\n", path, what, at, verdict_name(got));
}

static void
put_at(int fd, const uint8_t *data, size_t len, size_t at)
{
	assert_int_equal(pwrite(fd, data, len, (off_t)at), (ssize_t)len);
}

static void
harm(struct victim *v, const struct file *f)
{
	char place[FILE_PATH_MAX];
	int fd;

	assert_int_equal(file_join(place, v->archive, f->path, NULL), STATUS_OK);
	fd = open(place, O_RDWR);
	assert_true(fd >= 0);
	for (size_t i = 0; i < f->data.len * 8; i++) {
		uint8_t changed = f->data.data[i / 8] ^ (uint8_t)(1 << i % 8);

		if (v->next++ % v->parts != v->part)
			continue;
		put_at(fd, &changed, 1, i / 8);
		judge_change(v, f->path, "bit", i);
		put_at(fd, f->data.data + i / 8, 1, i / 8);
	}
	for (size_t len = 0; len < f->data.len; len++) {
		if (v->next++ % v->parts != v->part)
			continue;
		assert_int_equal(ftruncate(fd, (off_t)len), 0);
		judge_change(v, f->path, "cut to", len);
		put_at(fd, f->data.data + len, f->data.len - len, len);
	}
	assert_int_equal(close(fd), 0);
}

static void
print_tally(const char *what, const struct tally *t, const char *source)
{
	printf("%s: %llu done, %llu accepted, %llu wrongly refused (%s):", what,
	    (unsigned long long)t->done, (unsigned long long)t->accepted,
	    (unsigned long long)t->refused, source);
	for (unsigned v = 0; v < VERDICT_COUNT; v++)
		if (t->verdicts[v] > 0)
			printf(" %s %llu", verdict_name((enum verdict)v), (unsigned long long)t->verdicts[v]);
	putchar('\n');
}

static int
bits(char **argv)
{
	struct victim v = { .archive = argv[2], .part = (unsigned)atoi(argv[5]),
		.parts = (unsigned)atoi(argv[6]) };
	struct image m = { .count = 0 };
	char *colon = strchr(argv[4], ':');

	v.o = (struct check_options) { .archive = argv[2], .state = "none", .genesis_given = true,
		.threads = 1 };
	assert_true(text_parse_hex(argv[3], v.o.genesis, SHA256_SIZE));
	if (colon != NULL) {
		v.o.head.known = true;
		v.o.head.sequence = strtoull(argv[4], NULL, 10);
		assert_true(text_parse_hex(colon + 1, v.o.head.sha256, SHA256_SIZE));
	}
	image_load_dir(&m, argv[2], "");
	assert_int_equal(verdict_of(&v.o), VERDICT_VERIFIED);
	for (size_t i = 0; i < m.count; i++)
		harm(&v, &m.files[i]);
	assert_int_equal(verdict_of(&v.o), VERDICT_VERIFIED);
	image_free(&m);
	print_tally("bits and cuts", &v.t, argv[2]);
	return v.t.accepted > 0;
}

/* --- random edits */

struct base {
	struct forge forge;
	struct image image;
	bool closed;
};

static void
make_base(struct base *b, const char *id, bool closed)
{
	struct forge *g = &b->forge;

	memset(b, 0, sizeof *b);
	b->closed = closed;
	forge_open(g, id);
	g->big = 200;
	g->small = 40;
	for (int i = 0; i < 3; i++)
		forge_segment(g, closed && i == 2 ? forge_close_tweak : NULL);
	image_load_dir(&b->image, g->archive, "");
}

static const struct file *
sealed(struct base *b, uint64_t n, const char *suffix)
{
	return image_find(&b->image, forge_name(&b->forge, n, suffix));
}

/* The directory part, with its slash; "" for the archive itself. */
static void
dir_of(const char *path, char out[IMAGE_NAME_MAX])
{
	const char *slash = strrchr(path, '/');

	snprintf(out, IMAGE_NAME_MAX, "%.*s", slash == NULL ? 0 : (int)(slash - path + 1), path);
}

static bool
has_in_dir(struct image *m, const char *dir, const struct file *wanted)
{
	const char *base = strrchr(wanted->path, '/') + 1;
	char path[2 * IMAGE_NAME_MAX];
	const struct file *f;

	snprintf(path, sizeof path, "%s%s", dir, base);
	f = image_find(m, path);
	return f != NULL && same_bytes(f, wanted);
}

/* Segment n stands somewhere: its manifest, signed, and in such a place each of its files. */
static bool
segment_stands(struct base *b, struct image *m, uint64_t n)
{
	static const char *const data[] = { ".flows.parquet", ".datagrams.pcapng.zst" };
	bool found[ARRAY_LEN(data)] = { false };
	bool is_signed = false;

	for (size_t i = 0; i < m->count; i++) {
		struct file *f = &m->files[i];
		char dir[IMAGE_NAME_MAX];
		char path[IMAGE_NAME_MAX + 8];
		const struct file *s;

		if (!has_end(f->path, ".manifest.json") || !same_bytes(f, sealed(b, n, ".manifest.json")))
			continue;
		snprintf(path, sizeof path, "%.*s.sig", (int)(strlen(f->path) - 5), f->path);
		s = image_find(m, path);
		is_signed |= s != NULL && same_bytes(s, sealed(b, n, ".manifest.sig"));
		dir_of(f->path, dir);
		for (size_t k = 0; k < ARRAY_LEN(data); k++)
			found[k] |= has_in_dir(m, dir, sealed(b, n, data[k]));
	}
	return is_signed && found[0] && found[1];
}

static bool
genesis_stands(struct base *b, struct image *m)
{
	static const char *const names[] = { "genesis.json", "genesis.sig" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct file *f = image_find(m, names[i]);

		if (f == NULL || !same_bytes(f, image_find(&b->image, names[i])))
			return false;
	}
	return true;
}

/* All that was sealed is still to be found, and could be proven. */
static bool
stands(struct base *b, struct image *m)
{
	bool all = genesis_stands(b, m);

	for (uint64_t n = 1; all && n <= b->forge.count; n++)
		all = segment_stands(b, m, n);
	return all;
}

/* ... and where it was: whatever lies beside it, it must verify. */
static bool
is_untouched(struct base *b, struct image *m)
{
	for (size_t i = 0; i < b->image.count; i++) {
		struct file *f = image_find(m, b->image.files[i].path);

		if (f == NULL || !same_bytes(f, &b->image.files[i]))
			return false;
	}
	return true;
}

/* With both anchors, with the genesis alone, with neither. */
static bool
judge(struct base *b, struct image *m, const struct forger *x, struct tally *t)
{
	struct check_options o = forge_options(&b->forge);
	enum verdict both;
	enum verdict one;
	bool whole = stands(b, m);
	bool bad;

	o.state = "none";
	o.threads = 1;
	both = verdict_of(&o);
	o.head.known = false;
	one = verdict_of(&o);
	/*
	 * Who has the very keys can make the archive anew from there on: against that there is the
	 * head, and that the keys are destroyed.
	 */
	bad = !whole && (both == VERDICT_VERIFIED ||
	    (one == VERDICT_VERIFIED && !x->used_right_key));
	bad |= !b->closed && one == VERDICT_VERIFIED;
	o.genesis_given = false;
	if (t->done % NO_ANCHOR_EVERY == 0)
		bad |= verdict_of(&o) == VERDICT_VERIFIED;
	t->accepted += bad;
	t->verdicts[both]++;
	t->done++;
	if (is_untouched(b, m) && both != VERDICT_VERIFIED && !x->used_next_key &&
	    !(both == VERDICT_FORKED && x->used_right_key)) {
		t->refused++;
		return false;
	}
	return !bad;
}

/* A tree of which other verifiers shall judge. */
static void
keep_tree(const struct base *b, struct image *m, const char *dir, uint64_t i)
{
	struct image nothing = { .count = 0 };
	char place[FILE_PATH_MAX];
	char path[FILE_PATH_MAX];
	char genesis[SHA256_HEX];
	char head[SHA256_HEX];
	FILE *f;

	snprintf(place, sizeof place, "%s/%llu", dir, (unsigned long long)i);
	snprintf(path, sizeof path, "%s/%llu/2026/11/23", dir, (unsigned long long)i);
	assert_int_equal(file_make_dirs(path, 0755, NULL), STATUS_OK);
	image_write(place, &nothing, m);
	text_hex(genesis, b->forge.sha256[0], SHA256_SIZE);
	text_hex(head, b->forge.sha256[b->forge.count], SHA256_SIZE);
	snprintf(path, sizeof path, "%s/%llu.anchors", dir, (unsigned long long)i);
	f = fopen(path, "w");
	assert_non_null(f);
	fprintf(f, "%s %llu:%s\n", genesis, (unsigned long long)b->forge.count, head);
	assert_int_equal(fclose(f), 0);
}

static int
edits(int argc, char **argv)
{
	uint64_t count = strtoull(argv[2], NULL, 10);
	uint64_t seed = strtoull(argv[3], NULL, 10);
	uint64_t every = argc > 5 ? strtoull(argv[5], NULL, 10) : 0;
	struct base bases[3];
	struct image m = { .count = 0 };
	struct tally t = { .done = 0 };
	char source[64];

	make_base(&bases[0], "00112233445566778899aabbccddeeff", false);
	make_base(&bases[1], "11112233445566778899aabbccddee11", true);
	make_base(&bases[2], "22112233445566778899aabbccddee22", false);
	for (uint64_t i = 0; i < count; i++) {
		struct base *b = &bases[i % 2];
		struct forger x = { .seed = seed + i, .mine = &b->forge,
			.other = &bases[2].forge, .theirs = &bases[2].image };

		image_copy(&m, &b->image);
		edit(&x, &m);
		image_write(b->forge.archive, &b->image, &m);
		if (!judge(b, &m, &x, &t))
			printf("edit %llu: accepted, or refused without a reason\n",
			    (unsigned long long)(seed + i));
		if (every > 0 && i % every == 0)
			keep_tree(b, &m, argv[4], i);
		image_write(b->forge.archive, &m, &b->image);
	}
	for (size_t i = 0; i < ARRAY_LEN(bases); i++) {
		forge_free(&bases[i].forge);
		image_free(&bases[i].image);
	}
	image_free(&m);
	snprintf(source, sizeof source, "seed %llu", (unsigned long long)seed);
	print_tally("random edits", &t, source);
	return t.accepted + t.refused > 0;
}

int
main(int argc, char **argv)
{
	if (argc == 7 && strcmp(argv[1], "bits") == 0)
		return bits(argv);
	if ((argc == 4 || argc == 6) && strcmp(argv[1], "edits") == 0)
		return edits(argc, argv);
	fputs("usage: tamper bits ARCHIVE GENESIS HEAD|- PART PARTS | edits COUNT SEED [DIR EVERY]\n",
	    stderr);
	return 2;
}
