/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive/keyring.h"

#include <openssl/crypto.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
#elif defined(__FreeBSD__)
#include <sys/procctl.h>
#endif

#include "base/sanitized.h"

enum { LIBRARY_HEAP = 64 << 10, LIBRARY_HEAP_LEAST = 64 };

struct keyring {
	pthread_mutex_t lock; /* a segment is sealed in a thread while the next is written */
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
	(void)pthread_mutex_init(&(*out)->lock, NULL);
	return STATUS_OK;
}

/* The place of that key, or KEYRING_MAX. */
static size_t
find(const struct keyring *r, uint64_t sequence)
{
	size_t i = 0;

	while (i < KEYRING_MAX && (!r->keys[i].used || r->keys[i].sequence != sequence))
		i++;
	return i;
}

bool
keyring_get(struct keyring *r, uint64_t sequence, uint8_t secret[KEY_SIZE])
{
	size_t i;

	if (r == NULL)
		return false;
	(void)pthread_mutex_lock(&r->lock);
	i = find(r, sequence);
	if (i < KEYRING_MAX && secret != NULL)
		memcpy(secret, r->keys[i].secret, KEY_SIZE);
	(void)pthread_mutex_unlock(&r->lock);
	return i < KEYRING_MAX;
}

bool
keyring_has(struct keyring *r, uint64_t sequence)
{
	return keyring_get(r, sequence, NULL);
}

enum status
keyring_put(struct keyring *r, uint64_t sequence, const uint8_t secret[KEY_SIZE], struct fault *f)
{
	size_t i;

	keyring_drop(r, sequence);
	(void)pthread_mutex_lock(&r->lock);
	for (i = 0; i < KEYRING_MAX && r->keys[i].used; i++)
		;
	if (i < KEYRING_MAX) {
		r->keys[i].used = true;
		r->keys[i].sequence = sequence;
		memcpy(r->keys[i].secret, secret, KEY_SIZE);
	}
	(void)pthread_mutex_unlock(&r->lock);
	return i < KEYRING_MAX ? STATUS_OK :
	    fault_set(f, STATUS_LIMIT, NULL, "more than %d keys at a time", KEYRING_MAX);
}

void
keyring_drop(struct keyring *r, uint64_t sequence)
{
	size_t i;

	if (r == NULL)
		return;
	(void)pthread_mutex_lock(&r->lock);
	i = find(r, sequence);
	if (i < KEYRING_MAX)
		OPENSSL_cleanse(&r->keys[i], sizeof r->keys[i]);
	(void)pthread_mutex_unlock(&r->lock);
}

void
keyring_free(struct keyring *r)
{
	if (r == NULL)
		return;
	(void)pthread_mutex_destroy(&r->lock);
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
