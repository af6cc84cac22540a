/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs a fuzz target over the files named, so that the corpora are part of `make check`. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SPECIMEN_MAX = 1 << 22 };

static int
run_file(const char *path, uint8_t *data)
{
	FILE *in = fopen(path, "rb");
	uint8_t *exact;
	size_t len;

	if (in == NULL) {
		perror(path);
		return 1;
	}
	len = fread(data, 1, SPECIMEN_MAX, in);
	fclose(in);
	/* An allocation of the exact size lets the sanitizer see a read behind the end. */
	exact = malloc(len + (len == 0));
	if (exact == NULL)
		return 1;
	for (size_t i = 0; i < len; i++)
		exact[i] = data[i];
	(void)LLVMFuzzerTestOneInput(exact, len);
	free(exact);
	return 0;
}

int
main(int argc, char **argv)
{
	uint8_t *data = malloc(SPECIMEN_MAX);
	int bad = data == NULL;

	for (int i = 1; i < argc && data != NULL; i++)
		bad |= run_file(argv[i], data);
	printf("%d specimens\n", argc - 1);
	free(data);
	return bad || argc < 2;
}
