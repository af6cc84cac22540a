/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/members.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

struct members {
	enum format format;
	struct feed *in;
	uint64_t size;
	const volatile int *interrupted;
	struct archive *archive;
	locale_t utf8;       /* libarchive converts names to the thread's character set */
	uint64_t index;      /* of the current member, from 1 */
	unsigned reopened;
	bool header;         /* is being read: header_left counts */
	uint64_t header_left;
	bool broken;         /* libarchive will say nothing but failure */
	bool unread;         /* the current member may have octets left */
	const uint8_t *data; /* of the current member, not yet handed on */
	size_t len;
	uint64_t zeros;      /* of a hole, to be handed on before them */
	uint64_t at;         /* offset behind what was handed on or is in data */
	enum status end;     /* what the next read returns, once it is not STATUS_OK */
	struct fault fault;
};

static bool
stopped(const struct members *m)
{
	return m->interrupted != NULL && __atomic_load_n(m->interrupted, __ATOMIC_RELAXED) != 0;
}

static la_ssize_t
read_more(struct archive *a, void *ctx, const void **data)
{
	struct members *m = ctx;
	struct feed *in = m->in;
	enum status st = stopped(m) ? STATUS_INTERRUPTED : feed_need(in, 1);
	size_t len;

	if (st == STATUS_END)
		return 0;
	if (st != STATUS_OK) {
		archive_set_error(a, EIO, "%s", in->fault.text);
		return ARCHIVE_FATAL;
	}
	len = feed_left(in);
	if (m->header && len > m->header_left) {
		archive_set_error(a, ERANGE, "a header is larger than the limit");
		return ARCHIVE_FATAL;
	}
	m->header_left -= m->header ? len : 0;
	*data = in->at;
	in->at = in->end;
	return (la_ssize_t)len;
}

static la_int64_t
seek_to(struct archive *a, void *ctx, la_int64_t offset, int whence)
{
	struct members *m = ctx;
	struct fault f = { 0 };
	int64_t from = 0, size = (int64_t)m->size;

	if (whence == SEEK_CUR)
		from = (int64_t)m->in->end_offset;
	else if (whence == SEEK_END)
		from = size;
	if (offset < -from || offset > size - from) {
		archive_set_error(a, EINVAL, "an offset outside the file");
		return ARCHIVE_FATAL;
	}
	if (feed_seek(m->in, (uint64_t)(from + offset), &f) != STATUS_OK) {
		archive_set_error(a, EIO, "%s", f.text);
		return ARCHIVE_FATAL;
	}
	return from + offset;
}

static void
format_enable(struct archive *a, enum format format)
{
	switch (format) {
	case FORMAT_ZIP:
		archive_read_support_format_zip(a);
		break;
	case FORMAT_7ZIP:
		archive_read_support_format_7zip(a);
		break;
	case FORMAT_TAR:
		archive_read_support_format_tar(a);
		break;
	case FORMAT_CPIO:
		archive_read_support_format_cpio(a);
		break;
	case FORMAT_LZ4:
		archive_read_support_filter_lz4(a);
		archive_read_support_format_raw(a);
		break;
	default:
		archive_read_support_filter_compress(a);
		archive_read_support_format_raw(a);
		break;
	}
}

/* zip and 7z have their directory at the end; the others are read in order. */
static bool
wants_seek(const struct members *m)
{
	return m->size > 0 && m->in->origin.seek != NULL &&
	    (m->format == FORMAT_ZIP || m->format == FORMAT_7ZIP);
}

static enum status
archive_fault(const struct members *m, enum status st, struct fault *f)
{
	const char *text = m->archive == NULL ? NULL : archive_error_string(m->archive);

	return fault_set(f, st, NULL, "%s: %s", format_info(m->format)->name,
	    text != NULL ? text : "broken");
}

/* Why libarchive failed: what ended the feed below it says more than libarchive does. */
static enum status
failure(const struct members *m)
{
	if (stopped(m))
		return STATUS_INTERRUPTED;
	if (m->archive != NULL && archive_errno(m->archive) == ENOMEM)
		return STATUS_IO; /* that memory is short is no damage, what a header claims may be */
	if (m->in->ended == STATUS_OK)
		return STATUS_MALFORMED;
	if (m->in->ended == STATUS_END)
		return wants_seek(m) ? STATUS_MALFORMED : STATUS_TRUNCATED;
	return m->in->ended;
}

static enum status
archive_begin(struct members *m, struct fault *f)
{
	struct archive *a = archive_read_new();
	locale_t old;
	int r;

	if (a == NULL)
		return fault_memory(f);
	m->archive = a;
	format_enable(a, m->format);
	archive_read_set_read_callback(a, read_more);
	if (wants_seek(m))
		archive_read_set_seek_callback(a, seek_to);
	archive_read_set_callback_data(a, m);
	old = uselocale(m->utf8);
	r = archive_read_open1(a);
	uselocale(old);
	m->broken = r != ARCHIVE_OK && r != ARCHIVE_WARN;
	return m->broken ? archive_fault(m, failure(m), f) : STATUS_OK;
}

enum status
members_open(enum format format, struct feed *in, uint64_t size,
    const volatile int *interrupted, struct members **out, struct fault *f)
{
	struct members *m;
	enum status st;

	if (format == FORMAT_7ZIP && (size == 0 || in->origin.seek == NULL))
		return fault_set(f, STATUS_UNSUPPORTED, NULL,
		    "7z can only be read from a file of its own, not from a pipe or an archive");
	m = calloc(1, sizeof(*m));
	if (m == NULL)
		return fault_memory(f);
	m->format = format;
	m->in = in;
	m->size = size;
	m->interrupted = interrupted;
	m->end = STATUS_END;
	m->utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	st = archive_begin(m, f);
	if (st != STATUS_OK) {
		members_free(m);
		return st;
	}
	*out = m;
	return STATUS_OK;
}

/* One header, again where libarchive asks for it. */
static int
header_read(struct members *m, struct archive_entry **e)
{
	locale_t old = uselocale(m->utf8);
	int r;

	m->header = true;
	m->header_left = wants_seek(m) ? MEMBERS_DIRECTORY_MAX : MEMBERS_HEADER_MAX;
	do
		r = archive_read_next_header(m->archive, e);
	while (r == ARCHIVE_RETRY && !stopped(m));
	m->header = false;
	uselocale(old);
	return r;
}

/* After a member that libarchive gave up at: opens anew and goes to it, not into it. */
static enum status
archive_again(struct members *m, struct fault *f)
{
	struct archive_entry *e;
	enum status st;
	int r;

	if (!wants_seek(m) || m->reopened == MEMBERS_REOPEN_MAX)
		return fault_set(f, STATUS_MALFORMED, NULL,
		    "%s: what follows the broken member cannot be reached",
		    format_info(m->format)->name);
	m->reopened++;
	archive_read_free(m->archive);
	m->archive = NULL;
	st = feed_seek(m->in, 0, f);
	if (st == STATUS_OK)
		st = archive_begin(m, f);
	if (st != STATUS_OK)
		return st;
	for (uint64_t i = 0; i < m->index; i++) {
		r = header_read(m, &e);
		if (r != ARCHIVE_OK && r != ARCHIVE_WARN) {
			m->broken = true;
			return archive_fault(m, failure(m), f);
		}
	}
	return STATUS_OK;
}

/*
 * Passes over what is left of the current member, apart from the next header, whose size is
 * limited.  A 7z member is read: libarchive would decode it in one call that nothing
 * interrupts.  The other formats pass over it without decoding.
 */
static enum status
member_skip(struct members *m, struct fault *f)
{
	const void *data;
	size_t len;
	la_int64_t at;
	int r = ARCHIVE_OK;

	if (!m->unread || m->broken)
		return STATUS_OK;
	m->unread = false;
	if (m->format != FORMAT_7ZIP)
		r = archive_read_data_skip(m->archive);
	while (m->format == FORMAT_7ZIP && r == ARCHIVE_OK && !stopped(m))
		r = archive_read_data_block(m->archive, &data, &len, &at);
	m->broken = r == ARCHIVE_FATAL;
	return m->broken && !wants_seek(m) ? archive_fault(m, failure(m), f) : STATUS_OK;
}

static void
member_fill(struct members *m, struct archive_entry *e, struct member *out)
{
	locale_t old = uselocale(m->utf8);
	const char *name = archive_entry_pathname(e);

	if (name == NULL)
		name = archive_entry_pathname_utf8(e);
	uselocale(old);
	if (name == NULL || format_info(m->format)->kind != FORMAT_ARCHIVE ||
	    m->format == FORMAT_LZ4 || m->format == FORMAT_COMPRESS)
		name = "";
	*out = (struct member){ .name = name };
	out->directory = archive_entry_filetype(e) == AE_IFDIR;
	out->file = (archive_entry_filetype(e) == AE_IFREG || archive_entry_filetype(e) == 0) &&
	    archive_entry_hardlink(e) == NULL;
	out->encrypted = archive_entry_is_data_encrypted(e) == 1;
}

enum status
members_next(struct members *m, struct member *out, struct fault *f)
{
	struct archive_entry *e;
	enum status st;
	int r;

	st = member_skip(m, f);
	if (st != STATUS_OK)
		return st;
	if (m->broken) {
		st = archive_again(m, f);
		if (st != STATUS_OK)
			return st;
	}
	r = header_read(m, &e);
	if (r == ARCHIVE_EOF)
		return STATUS_END;
	if (r != ARCHIVE_OK && r != ARCHIVE_WARN) {
		m->broken = true;
		return archive_fault(m, failure(m), f);
	}
	m->index++;
	m->unread = true;
	m->data = NULL;
	m->len = 0;
	m->at = m->zeros = 0;
	m->end = STATUS_OK;
	memset(&m->fault, 0, sizeof(m->fault));
	member_fill(m, e, out);
	return STATUS_OK;
}

/* More of the member into m->data, or m->end says why not. */
static void
member_fetch(struct members *m)
{
	const void *data = NULL;
	size_t len = 0;
	la_int64_t at = 0;
	int r;

	r = archive_read_data_block(m->archive, &data, &len, &at);
	if (r == ARCHIVE_RETRY)
		return;
	if (r == ARCHIVE_EOF) {
		m->end = STATUS_END;
		m->unread = false;
		return;
	}
	if (r != ARCHIVE_OK && r != ARCHIVE_WARN) {
		m->end = archive_fault(m, failure(m), &m->fault);
		m->broken = r == ARCHIVE_FATAL;
	}
	/* A check that failed (ARCHIVE_FAILED) may come with the last octets. */
	if (m->broken || data == NULL || len == 0)
		return;
	if (at > 0 && (uint64_t)at > m->at)
		m->zeros = (uint64_t)at - m->at;
	m->data = data;
	m->len = len;
	m->at += m->zeros + len;
}

enum status
members_read(void *ctx, uint8_t *buf, size_t cap, size_t *got, struct fault *f)
{
	struct members *m = ctx;
	size_t n;

	while (m->end == STATUS_OK && m->zeros == 0 && m->len == 0) {
		if (stopped(m))
			return STATUS_INTERRUPTED;
		member_fetch(m);
	}
	if (m->zeros > 0) {
		n = m->zeros < cap ? (size_t)m->zeros : cap;
		memset(buf, 0, n);
		m->zeros -= n;
		*got = n;
		return STATUS_OK;
	}
	if (m->len > 0) {
		n = m->len < cap ? m->len : cap;
		memcpy(buf, m->data, n);
		m->data += n;
		m->len -= n;
		*got = n;
		return STATUS_OK;
	}
	if (m->end != STATUS_END && f != NULL && f->status == STATUS_OK)
		*f = m->fault;
	return m->end;
}

void
members_free(struct members *m)
{
	if (m == NULL)
		return;
	if (m->archive != NULL)
		archive_read_free(m->archive);
	if (m->utf8 != (locale_t)0)
		freelocale(m->utf8);
	free(m);
}
