/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_TAMPER_EDITS_H
#define TESTS_TAMPER_EDITS_H

/*
 * The edits: of octets, of whole files, of what a manifest says with a signature made anew by a
 * key that the forger has, old or new, this archive's or another's, and rewritten ends of a chain.
 */

#include "tests/tamper/image.h"

/* Who forges has another archive, and all secret keys of both that ever were. */
struct forger {
	uint64_t seed;
	const struct forge *mine;  /* the archive that is edited */
	const struct forge *other;
	struct image *theirs;      /* the other archive's files */
	bool used_right_key;       /* some text was signed by a key of the edited archive */
	bool used_next_key;        /* ... the one that may sign behind its head */
};

static inline struct file *
any_file(struct forger *x, struct image *m)
{
	return m->count == 0 ? NULL : &m->files[random_below(&x->seed, m->count)];
}

static inline bool
has_end(const char *s, const char *end)
{
	size_t len = strlen(s);

	return len >= strlen(end) && strcmp(s + len - strlen(end), end) == 0;
}

/* One whose path ends so; NULL if none. */
static inline struct file *
any_ending(struct forger *x, struct image *m, const char *end)
{
	size_t start = random_below(&x->seed, m->count);

	for (size_t i = 0; i < m->count; i++) {
		struct file *f = &m->files[(start + i) % m->count];

		if (has_end(f->path, end))
			return f;
	}
	return NULL;
}

/* Octets from..from+cut of f are replaced by the given ones. */
static inline void
replace_octets(struct file *f, size_t from, size_t cut, const void *data, size_t len)
{
	struct buf b;

	buf_init(&b, 0);
	buf_put(&b, f->data.data, from);
	buf_put(&b, data, len);
	buf_put(&b, f->data.data + from + cut, f->data.len - from - cut);
	assert_true(buf_ok(&b));
	buf_free(&f->data);
	f->data = b;
}

static inline void
edit_octets(struct forger *x, struct image *m)
{
	struct file *f = any_file(x, m);
	struct file *from = random_below(&x->seed, 2) == 0 ? any_file(x, m) : any_file(x, x->theirs);
	size_t len = f == NULL ? 0 : f->data.len;
	size_t at = random_below(&x->seed, len + 1);
	size_t n = random_below(&x->seed, 1 + (len - at < 64 ? len - at : 64));
	uint8_t fresh[64];
	size_t src;

	if (f == NULL || from == NULL)
		return;
	for (size_t i = 0; i < sizeof fresh; i++)
		fresh[i] = (uint8_t)random_next(&x->seed);
	src = random_below(&x->seed, from->data.len);
	switch (random_below(&x->seed, 6)) {
	case 0: /* a bit */
		if (at < len)
			f->data.data[at] ^= (uint8_t)(1 << random_below(&x->seed, 8));
		break;
	case 1: /* deleted */
		replace_octets(f, at, n, NULL, 0);
		break;
	case 2: /* inserted */
		replace_octets(f, at, 0, fresh, 1 + n % 63);
		break;
	case 3: /* replaced */
		replace_octets(f, at, n, fresh, n);
		break;
	case 4: { /* from elsewhere */
		size_t room = from->data.len - src;
		struct buf b;

		buf_init(&b, 0);
		buf_put(&b, from->data.data + src, room < 64 ? room : 64);
		replace_octets(f, at, n, b.data, b.len);
		buf_free(&b);
		break;
	}
	default: /* cut */
		f->data.len = at;
		break;
	}
}

static inline void
swap_contents(struct file *a, struct file *b)
{
	struct buf t = a->data;

	a->data = b->data;
	b->data = t;
}

static inline void
random_name(struct forger *x, const char *like, char out[IMAGE_NAME_MAX])
{
	static const char *const dirs[] = { "", "2026/11/23/" };
	const char *slash = strrchr(like, '/');
	const char *base = slash == NULL ? like : slash + 1;
	const char *dot = strchr(base, '.');
	unsigned n = (unsigned)random_below(&x->seed, 6);

	snprintf(out, IMAGE_NAME_MAX, "%s20261123T07%02u%02uZ-%08u%s",
	    dirs[random_below(&x->seed, 2)], n, (unsigned)random_below(&x->seed, 60), n,
	    dot == NULL ? ".x" : dot);
}

static inline void
edit_files(struct forger *x, struct image *m)
{
	struct file *f = any_file(x, m);
	struct file *g = any_file(x, m);
	struct file *t = any_file(x, x->theirs);
	char name[IMAGE_NAME_MAX];

	if (f == NULL)
		return;
	random_name(x, f->path, name);
	switch (random_below(&x->seed, 7)) {
	case 0:
		image_remove(m, f);
		break;
	case 1:
		if (f != g)
			swap_contents(f, g);
		break;
	case 2: /* another name */
		if (image_find(m, name) == NULL)
			snprintf(f->path, sizeof f->path, "%s", name);
		break;
	case 3: /* a copy */
		(void)image_put(m, name, f->data.data, f->data.len);
		break;
	case 4: /* the other archive's, under its name or in this one's place */
		(void)image_put(m, random_below(&x->seed, 2) == 0 ? t->path : f->path, t->data.data,
		    t->data.len);
		break;
	case 5: /* of the same kind */
		g = any_ending(x, m, strchr(f->path, '.') == NULL ? f->path : strchr(f->path, '.'));
		if (g != NULL && g != f)
			swap_contents(f, g);
		break;
	default: /* another's content */
		if (f != g)
			file_set(f, g->data.data, g->data.len);
		break;
	}
}

/* The newest segments go. */
static inline void
edit_rollback(struct forger *x, struct image *m)
{
	uint64_t keep = random_below(&x->seed, x->mine->count);

	for (uint64_t n = keep + 1; n <= x->mine->count; n++)
		for (size_t i = m->count; i-- > 0;)
			if (strncmp(m->files[i].path, x->mine->stem[n], strlen(x->mine->stem[n])) == 0)
				image_remove(m, &m->files[i]);
}

/* The octets of key K in the canonical text: "K":"VALUE; NULL if it is not there. */
static inline uint8_t *
value_of(const struct file *f, const char *key)
{
	char want[80];
	int n = snprintf(want, sizeof want, "\"%s\":\"", key);

	for (size_t i = 0; i + (size_t)n + 64 <= f->data.len; i++)
		if (memcmp(f->data.data + i, want, (size_t)n) == 0)
			return f->data.data + i + n;
	return NULL;
}

static inline void
put_hex(uint8_t *at, const uint8_t *bytes, size_t len)
{
	char hex[2 * SHA256_SIZE + 1];

	if (at == NULL)
		return;
	text_hex(hex, bytes, len);
	memcpy(at, hex, 2 * len);
}

static inline void
replace_text(struct file *f, const char *old, const char *new)
{
	size_t n = strlen(old);

	for (size_t i = 0; i + n <= f->data.len; i++) {
		if (memcmp(f->data.data + i, old, n) != 0)
			continue;
		replace_octets(f, i, n, new, strlen(new));
		return;
	}
}

/* Something else is said. */
static inline void
edit_text(struct forger *x, struct file *f)
{
	static const char *const words[][2] = { { "\"rows\":0", "\"rows\":1" },
		{ "\"time\":\"1", "\"time\":\"2" }, { "\"interrupted\":false", "\"interrupted\":true" },
		{ "\"expired\":[]", "\"expired\":[{\"sequence\":1,\"manifest_sha256\":\"00\",\"reason\":\"\"}]" },
		{ "\"findings\":[]", "\"findings\": []" }, { "}\n", "}" }, { "\"files\":[{", "\"files\":[],\"x\":[{" },
		{ "\"kind\":\"files\"", "\"kind\":\"close\"" }, { "\"size\":", "\"size\":1" } };
	static const char *const keys[] = { "previous", "archive", "next_key", "sha256", "elements" };
	const char *key = keys[random_below(&x->seed, ARRAY_LEN(keys))];
	const uint8_t *public = x->mine->public[random_below(&x->seed, x->mine->count + 2)];
	size_t i = random_below(&x->seed, ARRAY_LEN(words));
	uint8_t *at = value_of(f, key);

	switch (random_below(&x->seed, 6)) {
	case 0:
		replace_text(f, words[i][0], words[i][1]);
		break;
	case 1:
		put_hex(value_of(f, "next_key"), public, KEY_SIZE);
		break;
	case 2:
		put_hex(value_of(f, "previous"),
		    x->mine->sha256[random_below(&x->seed, x->mine->count + 1)], SHA256_SIZE);
		break;
	case 3: {
		char old[32];
		char new[32];

		snprintf(old, sizeof old, "\"sequence\":%u", 1 + (unsigned)random_below(&x->seed, 4));
		snprintf(new, sizeof new, "\"sequence\":%u", (unsigned)random_below(&x->seed, 6));
		replace_text(f, old, new);
		break;
	}
	default:
		if (at != NULL)
			at[random_below(&x->seed, 32)] = (uint8_t)"0123456789abcdef"[random_below(&x->seed, 16)];
		break;
	}
}

/* Any of the keys that the forger has. */
static inline void
any_key(struct forger *x, uint8_t secret[KEY_SIZE])
{
	size_t n = random_below(&x->seed, x->mine->count + 2);

	switch (random_below(&x->seed, 4)) {
	case 0:
		memcpy(secret, x->other->secret[n], KEY_SIZE);
		break;
	case 1:
		for (size_t i = 0; i < KEY_SIZE; i++)
			secret[i] = (uint8_t)random_next(&x->seed);
		break;
	default:
		memcpy(secret, x->mine->secret[n], KEY_SIZE);
		x->used_right_key = true;
		x->used_next_key |= n == x->mine->count + 1;
		break;
	}
}

/* The signature of f, a *.json, beside it. */
static inline void
sign_again(struct image *m, struct file *f, const uint8_t secret[KEY_SIZE])
{
	uint8_t signature[SIGNATURE_SIZE];
	char path[IMAGE_NAME_MAX];

	assert_int_equal(key_sign(secret, f->data.data, f->data.len, signature, NULL), STATUS_OK);
	snprintf(path, sizeof path, "%.*s.sig", (int)(strlen(f->path) - 5), f->path);
	(void)image_put(m, path, signature, sizeof signature);
}

/* A text, perhaps at another place, says something else and is signed again. */
static inline void
edit_resign(struct forger *x, struct image *m)
{
	struct file *f = any_ending(x, m, random_below(&x->seed, 8) == 0 ? "genesis.json" :
	    ".manifest.json");
	char name[IMAGE_NAME_MAX];
	uint8_t secret[KEY_SIZE];

	if (f == NULL || f->data.len < 10)
		return;
	random_name(x, f->path, name);
	if (random_below(&x->seed, 3) == 0)
		f = image_put(m, name, f->data.data, f->data.len);
	if (f == NULL || f->data.len < 10 || !has_end(f->path, ".json"))
		return;
	for (size_t i = random_below(&x->seed, 4); i > 0; i--)
		edit_text(x, f);
	any_key(x, secret);
	sign_again(m, f, secret);
}

/* Data are changed and all that follows is made to fit, with the right keys: a thief of key n. */
static inline void
edit_rewrite(struct forger *x, struct image *m)
{
	uint64_t n = 1 + random_below(&x->seed, x->mine->count);
	uint8_t previous[SHA256_SIZE] = { 0 };
	bool first = true;

	for (; n <= x->mine->count; n++, first = false) {
		struct file *data = image_find(m, forge_name(x->mine, n, ".flows.parquet"));
		struct file *text = image_find(m, forge_name(x->mine, n, ".manifest.json"));
		char old[SHA256_HEX];
		char new[SHA256_HEX];
		uint8_t sha256[SHA256_SIZE];

		if (data == NULL || text == NULL || data->data.len == 0)
			return;
		assert_int_equal(sha256_of(data->data.data, data->data.len, sha256, NULL), STATUS_OK);
		text_hex(old, sha256, SHA256_SIZE);
		data->data.data[random_below(&x->seed, data->data.len)] ^= 0x41;
		assert_int_equal(sha256_of(data->data.data, data->data.len, sha256, NULL), STATUS_OK);
		text_hex(new, sha256, SHA256_SIZE);
		replace_text(text, old, new);
		if (!first)
			put_hex(value_of(text, "previous"), previous, SHA256_SIZE);
		assert_int_equal(sha256_of(text->data.data, text->data.len, previous, NULL), STATUS_OK);
		x->used_right_key = true;
		sign_again(m, text, x->mine->secret[n]);
	}
}

/* One to four edits. */
static inline void
edit(struct forger *x, struct image *m)
{
	for (size_t i = 1 + random_below(&x->seed, 4); i > 0; i--) {
		switch (random_below(&x->seed, 12)) {
		case 0:
			edit_rollback(x, m);
			break;
		case 1:
			edit_rewrite(x, m);
			break;
		case 2:
		case 3:
		case 4:
			edit_resign(x, m);
			break;
		case 5:
		case 6:
		case 7:
			edit_files(x, m);
			break;
		default:
			edit_octets(x, m);
			break;
		}
	}
}

#endif
