/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/cmd_input.h"

#include <string.h>

#include "base/log.h"
#include "base/text.h"

void
input_say_trust(const struct input *in, const char *path)
{
	char shown[FAULT_FILE_MAX];

	text_escape(shown, sizeof shown, path, strlen(path));
	if (!input_is_archive(in))
		log_notice("%s: no archive: nothing vouches for these flows", shown);
	else if (strcmp(input_anchor(in), "none") == 0)
		log_notice("%s: UNTRUSTED: its genesis was neither given nor is it remembered here; "
		    "it is consistent in itself at best", shown);
}

void
input_say_fault(void *ctx, const struct fault *fault)
{
	(void)ctx;
	log_fault(fault);
}
