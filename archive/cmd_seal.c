/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/cmd_seal.h"

#include <string.h>
#include <unistd.h>

#include "archive/layout.h"
#include "archive/receipts.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "base/version.h"
#include "capture/cmd_redecode.h"
#include "nfseal.h"

/* A key in memory ends with the process, so here there would be nothing to hand over. */
static enum status
take_storage(const char *value, struct fault *f)
{
	if (strcmp(value, "file") == 0)
		return STATUS_OK;
	if (strcmp(value, "memory") == 0)
		return fault_set(f, STATUS_USAGE, NULL, "--key-storage memory: such a key ends with its "
		    "process; it is an option of the commands that write, which also create the archive");
	return fault_set(f, STATUS_USAGE, NULL, "--key-storage %s: file or memory is expected", value);
}

static enum status
take(struct seal_arguments *a, int id, const char *value, struct fault *f)
{
	uint64_t n;

	switch (id) {
	case SEAL_OPTION_STATE:
		a->state = value;
		break;
	case SEAL_OPTION_JSON:
		a->json = true;
		break;
	case SEAL_OPTION_HELP:
		a->help = true;
		break;
	case SEAL_OPTION_KEY_STORAGE:
		return take_storage(value, f);
	case SEAL_OPTION_CONTINUES:
		a->continues = value;
		break;
	case SEAL_OPTION_LAYOUT:
		if (!text_parse_u64(value, LAYOUT_MAX, &n))
			return fault_set(f, STATUS_USAGE, NULL, "-S %s: a layout is a number from 0 to %d",
			    value, LAYOUT_MAX);
		a->layout = (int)n;
		break;
	case OPTION_OPERAND:
		if (a->archive != NULL)
			return fault_set(f, STATUS_USAGE, NULL, "one archive, not also %s", value);
		a->archive = value;
		break;
	default:
		return STATUS_USAGE;
	}
	return STATUS_OK;
}

enum status
seal_arguments_read(struct seal_arguments *a, const struct option *table, int argc, char **argv,
    struct fault *f)
{
	struct options o;
	const char *value;
	int id;

	*a = (struct seal_arguments) { .layout = 1 };
	option_init(&o, table, argc, argv);
	while ((id = option_next(&o, &value, f)) != OPTION_END) {
		enum status rc = take(a, id, value, f);

		if (rc != STATUS_OK)
			return rc;
	}
	if (a->archive == NULL && !a->help)
		return fault_set(f, STATUS_USAGE, NULL, "which archive? --help tells more");
	return STATUS_OK;
}

static void
notice(void *ctx, const char *text)
{
	(void)ctx;
	log_notice("%s", text);
}

enum status
seal_open(const struct seal_arguments *a, bool create, struct writer **out, struct fault *f)
{
	const struct writer_options o = { .archive = a->archive, .state = a->state,
		.layout = a->layout, .must_exist = !create, .must_create = create, .continues = a->continues,
		.now = clock_wall_nanos, .clock_state = clock_state, .version = VERSION_TEXT,
		.build = version_build(), .redecode = redecode };

	return writer_open(&o, notice, NULL, out, f);
}

static void
print_json(const struct receipt *r, struct buf *out)
{
	struct receipt segment = *r;
	struct receipts sealed = { .head = *r, .list = &segment, .count = r->sequence > 0 };
	struct jsonw j;

	jsonw_init(&j, out);
	jsonw_object(&j);
	receipts_json(&sealed, &j);
	jsonw_object_end(&j);
	buf_u8(out, '\n');
}

static void
print_text(const struct receipt *r, struct buf *out)
{
	buf_printf(out, "archive %s\n", r->archive_id);
	buf_printf(out, "genesis %s\n", r->genesis);
	buf_printf(out, "head    %llu:%s\n", (unsigned long long)r->sequence, r->manifest_sha256);
	if (r->closed)
		buf_str(out, "closed: nothing can follow\n");
}

enum status
seal_print(const struct receipt *r, bool json, struct fault *f)
{
	struct buf out = { 0 };
	enum status rc;

	if (json)
		print_json(r, &out);
	else
		print_text(r, &out);
	rc = file_print(STDOUT_FILENO, &out, f);
	buf_free(&out);
	return rc;
}
