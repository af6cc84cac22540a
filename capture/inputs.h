/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_INPUTS_H
#define CAPTURE_INPUTS_H

/*
 * What a source tells of its inputs: the list of them and the findings, both bounded.  An
 * archive with a million members that are no captures makes INPUTS_SKIPPED_MAX notices
 * and one that counts the rest; one with a million broken ones, INPUTS_DAMAGED_MAX findings
 * and one that counts the rest.
 */

#include <stddef.h>

#include "capture/format.h"
#include "capture/source.h"

enum {
	INPUTS_MAX = 10000,         /* as many as a manifest lists; struct packet has 16 bits */
	INPUTS_SKIPPED_MAX = 1000,  /* notices of members that are no captures */
	INPUTS_DAMAGED_MAX = 10000, /* findings of any other kind */
	INPUTS_NAME_MAX = 8192      /* of a name with its members' */
};

struct inputs {
	struct source_input *list;
	size_t count;
	size_t room;
	struct source_finding *findings;
	size_t finding_count;
	size_t finding_room;
	uint64_t skipped; /* members that are no captures */
	uint64_t damaged; /* all other findings */
};

/* One name more of a command line, borrowed; the list is freed with free.  STATUS_LIMIT as below. */
MUST_USE enum status inputs_name(const char ***list, size_t *count, const char *name, struct fault *f);
/* name is copied; *index is untouched on failure: STATUS_LIMIT above INPUTS_MAX. */
MUST_USE enum status inputs_add(struct inputs *in, const char *name, int container,
    enum format format, int *index, struct fault *f);
/* found is copied, with its file set to name (escaped). */
MUST_USE enum status inputs_find(struct inputs *in, enum source_finding_code code, int input,
    const char *name, const struct fault *found, struct fault *f);
/* Says how many findings were left out, if any were; once, at the end. */
MUST_USE enum status inputs_close(struct inputs *in, struct fault *f);
void inputs_free(struct inputs *in);

/*
 * The name of what is inside `container`: "CONTAINER:MEMBER", the member's name escaped.
 * Without one it is the container's own last part less the ending of its format, or "data".
 */
void inputs_member_name(char out[INPUTS_NAME_MAX], const char *container, const char *member);

#endif
