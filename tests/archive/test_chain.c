/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/chain.h"

#include "sample.h"
#include "unit.h"

struct signed_text {
	struct buf text;
	uint8_t signature[SIGNATURE_SIZE];
};

/* Keys 0 to 2 of a chain made here. */
struct keys {
	uint8_t secret[3][KEY_SIZE];
	uint8_t public[3][KEY_SIZE];
};

static struct keys
new_keys(void)
{
	struct keys k;

	for (size_t i = 0; i < 3; i++)
		assert_int_equal(key_generate(k.secret[i], k.public[i], NULL), STATUS_OK);
	return k;
}

static void
sign(struct signed_text *t, const uint8_t secret[KEY_SIZE])
{
	assert_int_equal(key_sign(secret, t->text.data, t->text.len, t->signature, NULL), STATUS_OK);
}

static struct signed_text
make_genesis(const struct keys *k)
{
	struct genesis g = sample_genesis();
	struct signed_text t = { .signature = { 0 } };

	memcpy(g.key, k->public[0], KEY_SIZE);
	memcpy(g.next_key, k->public[1], KEY_SIZE);
	genesis_write(&g, &t.text);
	sign(&t, k->secret[0]);
	return t;
}

/* The sample as segment 1 behind c, changed by the caller through `s` first. */
static struct signed_text
make_manifest(struct sample *s, const uint8_t secret[KEY_SIZE])
{
	struct signed_text t = { .signature = { 0 } };

	manifest_write(&s->m, &t.text);
	sign(&t, secret);
	return t;
}

static void
fill_first(struct sample *s, const struct chain *c, const struct keys *k)
{
	sample_fill(s);
	s->m.sequence = 1;
	s->m.file_count = 0;
	s->m.expired_count = 0;
	memcpy(s->m.previous, c->sha256, SHA256_SIZE);
	memcpy(s->m.next_key, k->public[2], KEY_SIZE);
}

static struct chain
start(const struct keys *k)
{
	struct signed_text t = make_genesis(k);
	struct genesis *g = NULL;
	struct chain c;

	assert_int_equal(chain_start(t.text.data, t.text.len, t.signature, "g", &c, &g, NULL, NULL),
	    STATUS_OK);
	assert_string_equal(g->archive, SAMPLE_ID);
	genesis_free(g);
	buf_free(&t.text);
	return c;
}

static void
test_start_and_follow(void **state)
{
	struct keys k = new_keys();
	struct chain c = start(&k);
	struct manifest *m = NULL;
	struct signed_text t;
	struct sample s;

	(void)state;
	assert_true(c.sequence == 0);
	fill_first(&s, &c, &k);
	t = make_manifest(&s, k.secret[1]);
	assert_int_equal(chain_follow(&c, t.text.data, t.text.len, t.signature, "m", &m, NULL, NULL),
	    STATUS_OK);
	assert_true(c.sequence == 1 && m->sequence == 1);
	assert_memory_equal(c.next_key, k.public[2], KEY_SIZE);
	manifest_free(m);
	buf_free(&t.text);
}

static void
refused(struct chain c, struct sample *s, const uint8_t secret[KEY_SIZE], const char *want)
{
	struct signed_text t = make_manifest(s, secret);
	struct chain before = c;
	const char *code = NULL;

	assert_int_not_equal(
	    chain_follow(&c, t.text.data, t.text.len, t.signature, "m", NULL, &code, NULL), STATUS_OK);
	assert_string_equal(code, want);
	assert_memory_equal(&c, &before, sizeof c);
	buf_free(&t.text);
}

static void
test_refusals(void **state)
{
	struct keys k = new_keys();
	struct chain c = start(&k);
	struct sample s;

	(void)state;
	fill_first(&s, &c, &k);
	refused(c, &s, k.secret[0], "SIGNATURE");
	refused(c, &s, k.secret[2], "SIGNATURE");
	s.m.sequence = 2;
	refused(c, &s, k.secret[1], "CHAIN");
	fill_first(&s, &c, &k);
	s.m.previous[0] ^= 1;
	refused(c, &s, k.secret[1], "CHAIN");
	fill_first(&s, &c, &k);
	s.m.archive[0] = 'f';
	refused(c, &s, k.secret[1], "CHAIN");
	fill_first(&s, &c, &k);
	memcpy(s.m.next_key, k.public[1], KEY_SIZE);
	refused(c, &s, k.secret[1], "CHAIN");
	fill_first(&s, &c, &k);
	s.m.rows = 0;
	s.m.source = "";
	refused(c, &s, k.secret[1], "SCHEMA");
	fill_first(&s, &c, &k);
	c.closed = true;
	refused(c, &s, k.secret[1], "CHAIN");
}

static void
test_genesis_refusals(void **state)
{
	struct keys k = new_keys();
	struct signed_text t = make_genesis(&k);
	const char *code = NULL;
	struct chain c;

	(void)state;
	for (size_t i = 0; i < t.text.len; i++) {
		t.text.data[i] ^= 1;
		assert_int_not_equal(chain_start(t.text.data, t.text.len, t.signature, "g", &c, NULL, &code,
		    NULL), STATUS_OK);
		assert_non_null(code);
		t.text.data[i] ^= 1;
	}
	sign(&t, k.secret[1]);
	assert_int_equal(chain_start(t.text.data, t.text.len, t.signature, "g", &c, NULL, &code, NULL),
	    STATUS_DIFFERS);
	assert_string_equal(code, "SIGNATURE");
	buf_free(&t.text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_start_and_follow),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_genesis_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
