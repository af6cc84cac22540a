/* SPDX-License-Identifier: BSD-2-Clause */
/* bench_source [-n] FILE...: reads captures as nfseal does and counts; -n leaves out the hash. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "capture/source.h"

enum { BATCH = 256 };

static void
tell(struct source *s)
{
	const struct source_finding *g;
	const struct source_input *in;
	size_t n;

	in = source_inputs(s, &n);
	for (size_t i = 0; i < n; i++)
		printf("%s %s size %llu packets %llu%s\n", in[i].format, in[i].name,
		    (unsigned long long)in[i].size, (unsigned long long)in[i].packets,
		    in[i].hashed ? " hashed" : "");
	g = source_findings(s, &n);
	for (size_t i = 0; i < n; i++) {
		char text[2048];

		fault_print(&g[i].fault, text, sizeof(text));
		printf("finding %d: %s\n", (int)g[i].code, text);
	}
}

int
main(int argc, char **argv)
{
	struct source_options o = { .hash = true };
	struct packet batch[BATCH];
	uint64_t packets = 0, wire = 0;
	struct fault f = { 0 };
	int64_t start = clock_monotonic_nanos();
	struct source *s;
	enum status st;
	size_t n;

	if (argc > 1 && strcmp(argv[1], "-n") == 0) {
		o.hash = false;
		argv++;
		argc--;
	}
	o.paths = (const char *const *)(argv + 1);
	o.path_count = (size_t)argc - 1;
	if (source_open(&o, &s, &f) != STATUS_OK)
		return 2;
	while ((st = source_next(s, batch, BATCH, &n, &f)) == STATUS_OK) {
		packets += n;
		for (size_t i = 0; i < n; i++)
			wire += batch[i].wire;
	}
	tell(s);
	source_close(s);
	printf("packets %llu wire %llu in %.3f s\n", (unsigned long long)packets,
	    (unsigned long long)wire, (double)(clock_monotonic_nanos() - start) / 1e9);
	return st == STATUS_END ? 0 : 2;
}
