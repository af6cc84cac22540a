/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A library for LD_PRELOAD under which the MEM_AT-th allocation fails, and with MEM_ALL set all
 * that follow.  At the end it writes their number to MEM_COUNT, where that is set.  A program that
 * crashes inside libcrypto or jansson, which do not survive each want of memory (the one while it
 * starts, the other while it reads a word), exits with 99.  For glibc, whose own functions it calls.
 */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);

static atomic_ulong calls;
static atomic_ulong fails_at; /* 0: not known yet; ULONG_MAX: never */
static atomic_bool fails_on;
static int count_fd = -1; /* opened before the program confines itself */

enum { FRAMES = 32, IN_THE_LIBRARY = 99 };

/* Whose call it was: the C library's frames are anybody's, and so is the shim's. */
static void
crashed(int number)
{
	void *frames[FRAMES];
	int n = backtrace(frames, FRAMES);
	Dl_info at;

	for (int i = 0; i < n; i++) {
		if (dladdr(frames[i], &at) == 0 || at.dli_fname == NULL ||
		    strstr(at.dli_fname, "libc.so") != NULL || strstr(at.dli_fname, "memshim") != NULL)
			continue;
		if (strstr(at.dli_fname, "libcrypto") != NULL ||
		    strstr(at.dli_fname, "libjansson") != NULL)
			_exit(IN_THE_LIBRARY);
		break;
	}
	(void)signal(number, SIG_DFL);
	(void)raise(number);
}

__attribute__((constructor)) static void
begin(void)
{
	void *frames[FRAMES];
	const char *at = getenv("MEM_AT");
	const char *path = getenv("MEM_COUNT");

	if (path != NULL)
		count_fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	(void)backtrace(frames, FRAMES); /* what it needs is loaded now */
	(void)signal(SIGSEGV, crashed);
	(void)signal(SIGABRT, crashed);
	fails_on = getenv("MEM_ALL") != NULL;
	calls = 0;
	fails_at = at == NULL ? 0 : strtoul(at, NULL, 10);
}

__attribute__((destructor)) static void
end(void)
{
	char text[32];
	int n;

	if (count_fd < 0)
		return;
	n = snprintf(text, sizeof text, "%lu\n", (unsigned long)calls);
	if (write(count_fd, text, (size_t)n) != n)
		abort();
}

static bool
fails(void)
{
	unsigned long k = ++calls;

	if (fails_at == 0 || k < fails_at || (k > fails_at && !fails_on))
		return false;
	errno = ENOMEM;
	return true;
}

void *
malloc(size_t n)
{
	return fails() ? NULL : __libc_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
	return fails() ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *p, size_t n)
{
	return fails() ? NULL : __libc_realloc(p, n);
}
