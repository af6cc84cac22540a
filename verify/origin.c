/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/origin.h"

#include <string.h>

#define GENESIS_FILE "genesis.json"

static void
learn(struct origin *o)
{
	struct genesis *g = NULL;
	enum status rc = genesis_parse(o->page.bytes.data, o->page.bytes.len, GENESIS_FILE, &g, NULL,
	    NULL);

	o->no_memory |= rc == STATUS_NO_MEMORY;
	if (rc != STATUS_OK)
		return;
	o->parsed = true;
	memcpy(o->archive, g->archive, sizeof o->archive);
	memcpy(o->key, g->key, KEY_SIZE);
	memcpy(o->next_key, g->next_key, KEY_SIZE);
	o->is_continuation = g->is_continuation;
	o->layout = (unsigned)g->layout;
	o->continues = g->continues;
	o->key_in_file = strcmp(g->key_storage, "file") == 0;
	genesis_free(g);
}

void
origin_read(struct origin *o, const char *archive)
{
	*o = (struct origin) { .there = false };
	page_read(&o->page, archive, GENESIS_FILE, GENESIS_SIZE_MAX);
	page_look_large(&o->page);
	o->there = o->page.read;
	o->no_memory = page_no_memory(&o->page);
	if (o->there && o->page.large == 0)
		learn(o);
}

/* The bytes broke a rule: tell which. */
static void
tell_parse(const struct origin *o, bool proven, struct findings *out)
{
	struct fault f = { .status = STATUS_OK };
	const char *code = NULL;
	struct genesis *g = NULL;

	if (o->page.large > 0)
		findings_add_as(out, FINDING_LIMIT, proven ? VERDICT_MALFORMED : VERDICT_MODIFIED, GENESIS_FILE,
		    "%llu bytes are above the limit of %d",
		    (unsigned long long)o->page.large, (int)GENESIS_SIZE_MAX);
	else if (genesis_parse(o->page.bytes.data, o->page.bytes.len, GENESIS_FILE, &g, &code, &f) ==
	    STATUS_OK)
		genesis_free(g);
	else
		findings_refused(out, code, GENESIS_FILE, f.text);
}

/* The signature by the key that the genesis itself names; true where it holds. */
static bool
check_signature(const struct origin *o, struct findings *out, bool *no_memory)
{
	uint8_t key[KEY_SIZE];
	enum status rc = genesis_claimed_key(o->page.bytes.data, o->page.bytes.len, key, NULL, NULL);
	bool is_signed = rc == STATUS_OK && page_signed_by(&o->page, key, no_memory);

	*no_memory |= rc == STATUS_NO_MEMORY;
	if (!o->page.sealed)
		page_tell_signature(&o->page, out);
	else if (rc == STATUS_OK && !is_signed && !*no_memory)
		findings_add(out, FINDING_SIGNATURE, "genesis.sig",
		    "it does not sign genesis.json with the key that this names");
	return is_signed;
}

static void
check_there(const struct origin *o, struct result *r, struct segment *s)
{
	bool same = memcmp(o->page.sha256, r->genesis, SHA256_SIZE) == 0;
	bool is_signed;

	memcpy(s->sha256, o->page.sha256, SHA256_SIZE);
	if (r->genesis_known && !same) {
		findings_add(&s->findings, FINDING_WRONG_GENESIS, GENESIS_FILE,
		    "it is not the genesis that was %s", anchor_name(r->genesis_anchor));
		return;
	}
	is_signed = check_signature(o, &s->findings, &r->no_memory);
	if (is_signed || r->genesis_known ||
	    s->findings.verdict == VERDICT_VERIFIED)
		tell_parse(o, r->genesis_known, &s->findings);
	if (!is_signed && s->findings.verdict == VERDICT_VERIFIED)
		findings_add(&s->findings, FINDING_IO, "genesis.sig", "it could not be checked");
	if (!o->parsed)
		return;
	s->manifest = strdup(GENESIS_FILE);
	r->no_memory |= s->manifest == NULL;
	s->parsed = true;
	memcpy(s->next_key, o->next_key, KEY_SIZE);
	r->first_key_known = true;
	r->is_continuation = o->is_continuation;
	r->continues = o->continues;
	memcpy(r->first_key, o->key, KEY_SIZE);
}

void
origin_check(const struct origin *o, struct result *r, bool some_manifests, struct known *known)
{
	struct segment *s = result_add(r, 0);

	if (s == NULL)
		return;
	r->no_memory |= o->no_memory;
	known_add(known, GENESIS_FILE);
	known_add(known, "genesis.sig");
	if (o->there) {
		check_there(o, r, s);
		r->keys_in_files |= o->key_in_file;
	} else if (!r->genesis_known && !some_manifests && o->page.fault.status == STATUS_ABSENT) {
		findings_add(&s->findings, FINDING_VERSION, GENESIS_FILE,
		    "not there: this is no archive of a known version");
	} else {
		page_tell_bytes(&o->page, &s->findings);
	}
}

void
origin_free(struct origin *o)
{
	page_free(&o->page);
}
