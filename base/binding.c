/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/binding.h"

#include <errno.h>
#include <netdb.h>
#include <stddef.h>
#include <sys/socket.h>

static enum status
bind_first(const struct addrinfo *list, binding_try bind_one, void *ctx, struct fault *f)
{
	enum status st = STATUS_IO;

	for (int pass = 0; pass < 2 && st != STATUS_OK; pass++) {
		for (const struct addrinfo *a = list; a != NULL && st != STATUS_OK; a = a->ai_next) {
			struct fault one = { 0 };

			if ((a->ai_family == AF_INET6) != (pass == 0))
				continue;
			st = bind_one(ctx, a, &one);
			if (st != STATUS_OK && (pass == 1 || one.err != EAFNOSUPPORT))
				*f = one;
		}
	}
	return st;
}

enum status
binding_any(const char *host, const char *port, int type, int family, binding_try bind_one,
    void *ctx, struct fault *f)
{
	const struct addrinfo hints = { .ai_flags = AI_PASSIVE | AI_NUMERICSERV, .ai_socktype = type,
		.ai_family = family };
	struct fault why = { 0 };
	struct addrinfo *list;
	int failed = getaddrinfo(host, port, &hints, &list);
	enum status st;

	if (failed != 0)
		return fault_set(f, STATUS_USAGE, NULL, "%s port %s: %s", host == NULL ? "" : host, port,
		    gai_strerror(failed));
	st = bind_first(list, bind_one, ctx, &why);
	freeaddrinfo(list);
	if (st != STATUS_OK && f != NULL && f->status == STATUS_OK)
		*f = why;
	return st;
}
