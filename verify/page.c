/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/page.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LARGE_PIECE = 1 << 16 };

static void
read_bytes(struct page *p, const char *archive, size_t limit)
{
	buf_reset(&p->bytes);
	if (file_join(p->place, archive, p->path, &p->fault) != STATUS_OK ||
	    file_slurp(p->place, limit, &p->bytes, &p->fault) != STATUS_OK)
		return;
	p->read = sha256_of(p->bytes.data, p->bytes.len, p->sha256, &p->fault) == STATUS_OK;
}

static void
read_signature(struct page *p, const char *archive)
{
	char place[FILE_PATH_MAX];
	struct buf b;

	buf_init(&b, SIGNATURE_SIZE + 1);
	if (file_join(place, archive, p->signature_path, &p->signature_fault) == STATUS_OK &&
	    file_slurp(place, SIGNATURE_SIZE, &b, &p->signature_fault) == STATUS_OK) {
		p->sealed = b.len == SIGNATURE_SIZE;
		if (p->sealed)
			memcpy(p->signature, b.data, SIGNATURE_SIZE);
		else
			(void)fault_set(&p->signature_fault, STATUS_LIMIT, NULL,
			    "%zu bytes, a signature has %d", b.len, SIGNATURE_SIZE);
	}
	buf_free(&b);
}

void
page_read(struct page *p, const char *archive, const char *path, size_t limit)
{
	size_t stem = strlen(path) - strlen(".json");

	p->read = p->sealed = false;
	p->large = 0;
	p->fault = p->signature_fault = (struct fault) { .status = STATUS_OK };
	p->bytes.limit = limit + 1;
	(void)snprintf(p->path, sizeof p->path, "%s", path);
	(void)snprintf(p->signature_path, sizeof p->signature_path, "%.*s.sig", (int)stem, path);
	read_bytes(p, archive, limit);
	read_signature(p, archive);
}

static enum status
hash_large(int fd, const char *path, uint64_t size, uint8_t out[SHA256_SIZE])
{
	uint8_t piece[LARGE_PIECE];
	struct sha256 *h = NULL;
	enum status rc = sha256_open(&h, NULL);

	for (uint64_t at = 0; at < size && rc == STATUS_OK;) {
		size_t n = size - at > LARGE_PIECE ? LARGE_PIECE : (size_t)(size - at);

		rc = file_read_at(fd, piece, n, at, path, NULL);
		if (rc == STATUS_OK)
			rc = sha256_update(h, piece, n, NULL);
		at += n;
	}
	if (rc == STATUS_OK)
		rc = sha256_finish(h, out, NULL);
	sha256_free(h);
	return rc;
}

void
page_look_large(struct page *p)
{
	struct stat st;
	int fd;

	if (p->fault.status != STATUS_LIMIT || p->looked == PAGE_LOOKS_MAX ||
	    file_open_regular(p->place, &fd, &st, NULL) != STATUS_OK)
		return;
	if (st.st_size > 0 && st.st_size <= PAGE_LARGE_MAX) {
		p->looked++;
		p->read = hash_large(fd, p->path, (uint64_t)st.st_size, p->sha256) == STATUS_OK;
		p->large = p->read ? (uint64_t)st.st_size : 0;
	}
	(void)close(fd);
}

bool
page_signed_by(const struct page *p, const uint8_t key[KEY_SIZE], bool *no_memory)
{
	enum status rc = STATUS_DIFFERS;

	if (p->read && p->sealed && p->large > 0)
		rc = key_verify_file(key, p->place, p->large, p->signature, NULL);
	else if (p->read && p->sealed)
		rc = key_verify(key, p->bytes.data, p->bytes.len, p->signature, NULL);
	*no_memory |= rc == STATUS_NO_MEMORY;
	return rc == STATUS_OK;
}

bool
page_no_memory(const struct page *p)
{
	return p->fault.status == STATUS_NO_MEMORY || p->signature_fault.status == STATUS_NO_MEMORY;
}

static void
tell(const struct fault *f, const char *path, enum finding_code limit, struct findings *out)
{
	if (f->status == STATUS_ABSENT || f->err == ENOTDIR)
		findings_add(out, FINDING_FILE_MISSING, path, "not there");
	else if (f->status == STATUS_UNSUPPORTED)
		findings_add(out, FINDING_FILE_TYPE, path, "%s", f->text);
	else if (f->status == STATUS_LIMIT)
		findings_add_as(out, limit, VERDICT_MODIFIED, path, "%s", f->text);
	else
		findings_add(out, FINDING_IO, path, "%s: %s", f->text,
		    f->err != 0 ? strerror(f->err) : status_text(f->status));
}

/* What is above the format's limit cannot be what was sealed. */
void
page_tell_bytes(const struct page *p, struct findings *out)
{
	tell(&p->fault, p->path, FINDING_LIMIT, out);
}

void
page_tell_signature(const struct page *p, struct findings *out)
{
	tell(&p->signature_fault, p->signature_path, FINDING_SIGNATURE, out);
}

void
page_free(struct page *p)
{
	buf_free(&p->bytes);
}
