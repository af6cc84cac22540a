/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/keyring.h"

#include <openssl/crypto.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
#elif defined(__FreeBSD__)
#include <sys/procctl.h>
#endif

/* A sanitizer looks into its own process as a debugger does. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

enum { LIBRARY_HEAP = 64 << 10, LIBRARY_HEAP_LEAST = 64 };

struct keyring {
	struct {
		bool used;
		uint64_t sequence;
		uint8_t secret[KEY_SIZE];
	} keys[KEYRING_MAX];
};

static size_t
ring_size(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (sizeof(struct keyring) + page - 1) / page * page;
}

/* No dump, no child has it: beside the lock, as far as the system can. */
static void
keep_private(void *memory, size_t size)
{
#ifdef MADV_DONTDUMP
	(void)madvise(memory, size, MADV_DONTDUMP);
#elif defined(MADV_NOCORE)
	(void)madvise(memory, size, MADV_NOCORE);
#endif
#ifdef MADV_DONTFORK
	(void)madvise(memory, size, MADV_DONTFORK);
#elif defined(INHERIT_NONE)
	(void)minherit(memory, size, INHERIT_NONE);
#endif
}

enum status
keyring_open(struct keyring **out, struct fault *f)
{
	size_t size = ring_size();
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);

	if (memory == MAP_FAILED)
		return fault_memory(f);
	if (mlock(memory, size) != 0) {
		(void)fault_errno(f, NULL, "memory for the keys cannot be locked; ulimit -l tells how much "
		    "may be");
		(void)munmap(memory, size);
		return STATUS_IO;
	}
	keep_private(memory, size);
	*out = memory;
	return STATUS_OK;
}

bool
keyring_get(const struct keyring *r, uint64_t sequence, uint8_t secret[KEY_SIZE])
{
	for (size_t i = 0; r != NULL && i < KEYRING_MAX; i++) {
		if (!r->keys[i].used || r->keys[i].sequence != sequence)
			continue;
		if (secret != NULL)
			memcpy(secret, r->keys[i].secret, KEY_SIZE);
		return true;
	}
	return false;
}

bool
keyring_has(const struct keyring *r, uint64_t sequence)
{
	return keyring_get(r, sequence, NULL);
}

enum status
keyring_put(struct keyring *r, uint64_t sequence, const uint8_t secret[KEY_SIZE], struct fault *f)
{
	keyring_drop(r, sequence);
	for (size_t i = 0; i < KEYRING_MAX; i++) {
		if (r->keys[i].used)
			continue;
		r->keys[i].used = true;
		r->keys[i].sequence = sequence;
		memcpy(r->keys[i].secret, secret, KEY_SIZE);
		return STATUS_OK;
	}
	return fault_set(f, STATUS_LIMIT, NULL, "more than %d keys at a time", KEYRING_MAX);
}

void
keyring_drop(struct keyring *r, uint64_t sequence)
{
	for (size_t i = 0; r != NULL && i < KEYRING_MAX; i++)
		if (r->keys[i].used && r->keys[i].sequence == sequence)
			OPENSSL_cleanse(&r->keys[i], sizeof r->keys[i]);
}

void
keyring_free(struct keyring *r)
{
	if (r == NULL)
		return;
	OPENSSL_cleanse(r, sizeof *r);
	(void)munlock(r, ring_size());
	(void)munmap(r, ring_size());
}

void
keyring_protect_process(void)
{
	const struct rlimit none = { 0, 0 };

#ifndef SANITIZED
	(void)setrlimit(RLIMIT_CORE, &none);
#ifdef __linux__
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#elif defined(__FreeBSD__)
	int off = PROC_TRACE_CTL_DISABLE;

	(void)procctl(P_PID, getpid(), PROC_TRACE_CTL, &off);
#endif
#else
	(void)none;
#endif
	/* The library's own copies of secrets: locked and overwritten too.  Once; then it stays. */
	if (CRYPTO_secure_malloc_initialized() == 0)
		(void)CRYPTO_secure_malloc_init(LIBRARY_HEAP, LIBRARY_HEAP_LEAST);
}
