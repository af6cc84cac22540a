/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/look.h"
#include "archive/receipts.h"
#include "archive/recovery_json.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/jsonw.h"
#include "base/log.h"
#include "base/option.h"
#include "base/text.h"
#include "base/version.h"
#include "capture/cmd_redecode.h"
#include "nfseal.h"

enum { OPT_STATE = 1, OPT_DRY, OPT_JSON, OPT_HELP };

static const struct option table[] = {
	{ OPT_DRY, 'n', "dry-run", NULL, "say what would be done, and change nothing" },
	{ OPT_STATE, '\0', "state", "DIR", "the state directory: keys and remembered heads" },
	{ OPT_JSON, '\0', "json", NULL, "what was found and done as one JSON document" },
	{ OPT_HELP, 'h', "help", NULL, "this text" },
	{ 0, '\0', NULL, NULL, NULL },
};

struct recover_command {
	const char *archive;
	const char *state;
	bool dry;
	bool json;
	bool help;
	size_t found;
	struct buf text; /* the list, as text or as JSON */
	struct jsonw j;
};

static enum status
parse(struct recover_command *c, int argc, char **argv, struct fault *f)
{
	struct options o;
	const char *value;
	int id;

	option_init(&o, table, argc, argv);
	while ((id = option_next(&o, &value, f)) != OPTION_END) {
		if (id == OPTION_BAD)
			return STATUS_USAGE;
		if (id == OPTION_OPERAND && c->archive != NULL)
			return fault_set(f, STATUS_USAGE, NULL, "one archive, not also %s", value);
		if (id == OPTION_OPERAND)
			c->archive = value;
		if (id == OPT_STATE)
			c->state = value;
		c->dry |= id == OPT_DRY;
		c->json |= id == OPT_JSON;
		c->help |= id == OPT_HELP;
	}
	if (c->archive == NULL && !c->help)
		return fault_set(f, STATUS_USAGE, NULL, "which archive? --help tells more");
	return STATUS_OK;
}

static void
text_found(struct buf *out, const struct manifest_recovery *r)
{
	char escaped[2048];
	char from[TEXT_TIME_MAX], to[TEXT_TIME_MAX];

	text_escape(escaped, sizeof escaped, r->text, strlen(r->text));
	buf_printf(out, "%s", r->action);
	if (r->has_sequence)
		buf_printf(out, " (segment %llu)", (unsigned long long)r->sequence);
	buf_printf(out, ": %s\n", escaped);
	if (r->span.has_from && r->span.has_to) {
		(void)text_time_nanos(from, r->span.from);
		(void)text_time_nanos(to, r->span.to);
		buf_printf(out, "  between %s and %s something may be missing\n", from, to);
	}
	for (size_t i = 0; i < r->file_count; i++) {
		char hex[SHA256_HEX] = "no regular file";

		if (r->files[i].hashed)
			text_hex(hex, r->files[i].sha256, SHA256_SIZE);
		text_escape(escaped, sizeof escaped, r->files[i].name, strlen(r->files[i].name));
		buf_printf(out, "  %s  %12llu  quarantine/%s\n", hex, (unsigned long long)r->files[i].size,
		    escaped);
	}
}

static void
found(void *ctx, const struct manifest_recovery *r)
{
	struct recover_command *c = ctx;

	c->found++;
	if (c->json)
		recovery_json(r, jsonw_key_time_if, &c->j);
	else
		text_found(&c->text, r);
}

static void
begin_list(struct recover_command *c)
{
	if (!c->json)
		return;
	jsonw_init(&c->j, &c->text);
	jsonw_object(&c->j);
	jsonw_key_bool(&c->j, "dry_run", c->dry);
	jsonw_key(&c->j, "found");
	jsonw_array(&c->j);
}

static void
end_json(struct recover_command *c, const struct receipt *r)
{
	jsonw_array_end(&c->j);
	receipts_head_json(r, &c->j);
	jsonw_object_end(&c->j);
	buf_u8(&c->text, '\n');
}

static void
end_text(struct recover_command *c, const struct receipt *r)
{
	if (c->found == 0)
		buf_str(&c->text, "nothing was left to recover\n");
	else if (c->dry)
		buf_str(&c->text, "nothing was changed: --dry-run\n");
	buf_printf(&c->text, "archive %s\ngenesis %s\nhead    %llu:%s\n", r->archive_id, r->genesis,
	    (unsigned long long)r->sequence, r->manifest_sha256);
}

/* Opening an archive to write is its recovery; nothing is written after that. */
static enum status
recover(struct recover_command *c, struct receipt *r, struct fault *f)
{
	const struct writer_options o = { .archive = c->archive, .state = c->state, .must_exist = true,
		.only_recover = true,
		.now = clock_wall_nanos, .clock_state = clock_state, .version = VERSION_TEXT,
		.build = version_build(), .redecode = redecode, .found = found, .found_ctx = c };
	struct writer *w = NULL;
	enum status rc;

	begin_list(c);
	if (c->dry)
		return look(&o, r, f);
	rc = writer_open(&o, NULL, NULL, &w, f);
	if (rc == STATUS_OK)
		writer_receipt(w, r);
	writer_free(w);
	return rc;
}

static enum status
print(struct recover_command *c, const struct receipt *r, struct fault *f)
{
	if (c->json)
		end_json(c, r);
	else
		end_text(c, r);
	return file_print(STDOUT_FILENO, &c->text, f);
}

int
cmd_recover(int argc, char **argv)
{
	struct recover_command c = { .found = 0 };
	struct receipt r;
	struct fault f = { 0 };
	enum status rc = parse(&c, argc, argv, &f);

	if (rc == STATUS_OK && c.help) {
		option_usage(table, "nfseal recover [-n] [--state DIR] [--json] ARCHIVE", stdout);
		return 0;
	}
	if (rc == STATUS_OK)
		rc = recover(&c, &r, &f);
	if (rc == STATUS_OK)
		rc = print(&c, &r, &f);
	buf_free(&c.text);
	return rc == STATUS_OK ? 0 : log_exit(&f);
}
