/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DNS, RFC 1035, over datagrams and over streams (RFC 7766 section 8); multicast DNS (RFC 6762)
 * and LLMNR (RFC 4795) are the same on the wire.  The flow's first question counts, and
 * the response with its id.
 */
#include <string.h>

#include "base/cursor.h"
#include "capture/app_reader.h"

enum {
	DNS_HEADER = 12,
	DNS_NAME_MAX = 255,    /* RFC 1035 section 2.3.4, with the root's zero */
	DNS_LABEL_MAX = 63,
	DNS_JUMPS_MAX = 64,    /* compression pointers of one name */
	DNS_RECORDS_MAX = 128, /* that are looked at */
	DNS_QUESTIONS_MAX = 32, /* multicast queries ask many */
	DNS_TEXT_MAX = 4 * DNS_NAME_MAX,
	DNS_QR = 0x8000,
	DNS_OPCODE = 0x7800,
	DNS_RCODE = 0x000f,
	DNS_CLASS_TOP = 0x8000, /* RFC 6762: unicast response wanted, or cache flush */
	DNS_TYPE_NB = 32,
	DNS_TYPE_NBSTAT = 33,
	DNS_TYPE_OPT = 41,
	NETBIOS_NAME = 32, /* octets of its only label, RFC 1001 section 14.1 */
	RR_MIN = 11        /* octets: root, type, class, TTL, length */
};

enum { COUNT_QUESTIONS, COUNT_ANSWERS, COUNT_AUTHORITIES, COUNT_ADDITIONAL, COUNTS };

struct dns {
	uint16_t id;
	uint16_t flags;
	uint16_t counts[COUNTS];
	char name[DNS_TEXT_MAX];
	size_t name_len;
	uint16_t type;
	unsigned rcode; /* with OPT's upper eight bits, RFC 6891 section 6.1.3 */
	bool whole;     /* all that it counts is there, and nothing behind it */
};

/* RFC 1035 section 5.1: a dot or backslash within a label gets a backslash before it. */
static size_t
put_octet(char *out, uint8_t c)
{
	if (c == '.' || c == '\\') {
		out[0] = '\\';
		out[1] = (char)c;
		return 2;
	}
	return app_escape(out, &c, 1);
}

static size_t
put_label(char *out, const uint8_t *label, size_t len, bool first)
{
	size_t n = 0;

	if (!first)
		out[n++] = '.';
	for (size_t i = 0; i < len; i++)
		n += put_octet(out + n, label[i]);
	return n;
}

/*
 * The name at c, which goes on behind it; the text into out (DNS_TEXT_MAX) unless NULL.  A
 * pointer leads to what stands before itself, RFC 1035 section 4.1.4: there are no loops.
 */
static bool
read_name(struct cursor *c, char *out, size_t *out_len)
{
	struct cursor at = *c;
	size_t wire = 1, text = 0;
	bool jumped = false;

	for (unsigned jumps = 0; jumps <= DNS_JUMPS_MAX;) {
		size_t here = cursor_offset(&at), target;
		uint8_t len = cursor_u8(&at);

		if (!jumped)
			*c = at;
		if (!cursor_ok(&at) || (len > DNS_LABEL_MAX && len < 0xc0))
			break;
		if (len == 0) {
			if (out != NULL && text == 0)
				out[text++] = '.';
			*out_len = text;
			return true;
		}
		if (len <= DNS_LABEL_MAX) {
			const uint8_t *label = cursor_bytes(&at, len);

			wire += (size_t)len + 1;
			if (label == NULL || wire > DNS_NAME_MAX)
				break;
			if (out != NULL)
				text += put_label(out + text, label, len, text == 0);
			if (!jumped)
				*c = at;
			continue;
		}
		target = (size_t)(len & 0x3f) << 8 | cursor_u8(&at);
		if (!jumped)
			*c = at;
		if (!cursor_ok(&at) || target >= here)
			break;
		at.at = at.start + target;
		jumped = true;
		jumps++;
	}
	cursor_fail(c);
	return false;
}

static bool
is_class(unsigned class)
{
	class &= ~(unsigned)DNS_CLASS_TOP;
	return class == 1 || class == 3 || class == 4 || class == 254 || class == 255;
}

/* The first question's name and type; the others must be right. */
static bool
read_questions(struct dns *d, struct cursor *c)
{
	for (unsigned i = 0; i < d->counts[COUNT_QUESTIONS]; i++) {
		size_t unused;
		bool first = i == 0;
		uint16_t type, class;

		if (!read_name(c, first ? d->name : NULL, first ? &d->name_len : &unused))
			return false;
		type = cursor_be16(c);
		class = cursor_be16(c);
		if (!cursor_ok(c) || !is_class(class))
			return false;
		if (first)
			d->type = type;
	}
	return true;
}

static bool
read_record(struct dns *d, struct cursor *c)
{
	size_t unused;
	uint16_t type;
	uint32_t ttl;

	if (!read_name(c, NULL, &unused))
		return false;
	type = cursor_be16(c);
	cursor_skip(c, 2);
	ttl = cursor_be32(c);
	cursor_skip(c, cursor_be16(c));
	if (cursor_ok(c) && type == DNS_TYPE_OPT)
		d->rcode |= ttl >> 24 << 4;
	return cursor_ok(c);
}

static void
read_records(struct dns *d, struct cursor *c)
{
	unsigned count = 0;

	for (unsigned s = COUNT_ANSWERS; s < COUNTS; s++)
		count += d->counts[s];
	for (unsigned i = 0; i < count; i++) {
		if (i == DNS_RECORDS_MAX) {
			d->whole = true;
			return;
		}
		if (!read_record(d, c))
			return;
	}
	d->whole = cursor_done(c);
}

/*
 * NetBIOS names have DNS's form (RFC 1002 section 4.2): their type 32 is nobody else's, and their
 * type 33 comes with a first label of 32 letters, where SRV's begins with an underscore.
 */
static bool
is_netbios(const struct dns *d)
{
	size_t n = 0;

	if (d->type != DNS_TYPE_NBSTAT)
		return d->type == DNS_TYPE_NB;
	while (n < d->name_len && d->name[n] >= 'A' && d->name[n] <= 'Z')
		n++;
	return n == NETBIOS_NAME && (n == d->name_len || d->name[n] == '.');
}

/* Opcodes 0 to 6 are assigned; a query has an rcode of zero and the Z bit is always zero. */
static bool
is_header(const struct dns *d, size_t len)
{
	size_t records = (size_t)d->counts[COUNT_ANSWERS] + d->counts[COUNT_AUTHORITIES] +
	    d->counts[COUNT_ADDITIONAL];

	if ((d->flags & DNS_OPCODE) > 6 << 11 || (d->flags & 0x0040) != 0)
		return false;
	if (d->counts[COUNT_QUESTIONS] > DNS_QUESTIONS_MAX || records > len / RR_MIN)
		return false;
	if (!(d->flags & DNS_QR))
		return d->counts[COUNT_QUESTIONS] > 0 && (d->flags & DNS_RCODE) == 0;
	return d->counts[COUNT_QUESTIONS] > 0 || records > 0;
}

/* total: octets of the message, of which len are here. */
static bool
read_message(struct dns *d, const uint8_t *data, size_t len, size_t total)
{
	struct cursor c = cursor_over(data, len);

	d->id = cursor_be16(&c);
	d->flags = cursor_be16(&c);
	for (unsigned i = 0; i < COUNTS; i++)
		d->counts[i] = cursor_be16(&c);
	d->name_len = 0;
	d->type = 0;
	d->rcode = d->flags & DNS_RCODE;
	d->whole = false;
	if (!cursor_ok(&c) || !is_header(d, total) || !read_questions(d, &c) || is_netbios(d))
		return false;
	read_records(d, &c);
	return true;
}

static void
found_question(const struct app_input *in, const struct dns *d)
{
	if (d->counts[COUNT_QUESTIONS] == 0)
		return;
	app_found_plain(in->found, COLUMN_DNS_QUERY, d->name, d->name_len);
	app_found_number(in->found, COLUMN_DNS_TYPE, d->type, false);
}

static enum app_verdict
feed_message(const struct app_input *in, const struct dns *d)
{
	if (!(d->flags & DNS_QR)) {
		if (!in->known) {
			found_question(in, d);
			*in->memo = d->id;
		}
		return APP_SEEN;
	}
	if (in->known && *in->memo != d->id)
		return APP_SEEN;
	found_question(in, d);
	app_found_number(in->found, COLUMN_DNS_RCODE, d->rcode, false);
	return APP_OVER;
}

bool
app_dns_probe(const uint8_t *data, size_t len)
{
	return len >= DNS_HEADER && (data[2] & 0x78) <= 6 << 3 && (data[3] & 0x40) == 0 &&
	    data[4] == 0 && data[5] <= DNS_QUESTIONS_MAX;
}

/* A response whose rest is broken or left out, as some are to a query that is not understood. */
static enum app_verdict
feed_broken(const struct app_input *in)
{
	uint16_t flags = load_be16(in->data + 2);

	if (!in->known || !(flags & DNS_QR) || load_be16(in->data) != *in->memo)
		return APP_NO;
	app_found_number(in->found, COLUMN_DNS_RCODE, flags & DNS_RCODE, false);
	return APP_OVER;
}

/* What is whole is DNS; what the snap length cut is believed by its question alone. */
enum app_verdict
app_dns_feed(const struct app_input *in)
{
	struct dns d;

	if (!app_dns_probe(in->data, in->len))
		return APP_NO;
	if (!read_message(&d, in->data, in->len, in->cut ? UINT16_MAX : in->len))
		return feed_broken(in);
	if (in->cut ? d.counts[COUNT_QUESTIONS] == 0 : !d.whole)
		return feed_broken(in);
	return feed_message(in, &d);
}

bool
app_dns_stream_probe(const uint8_t *data, size_t len)
{
	if (len >= 2 && load_be16(data) < DNS_HEADER)
		return false;
	return len < DNS_HEADER + 2 || app_dns_probe(data + 2, len - 2);
}

/* The first message of each direction. */
enum app_verdict
app_dns_stream_feed(const struct app_input *in)
{
	size_t total, here;
	enum app_verdict v;
	struct dns d;

	if (!app_dns_stream_probe(in->data, in->len))
		return APP_NO;
	if (in->len < DNS_HEADER + 2)
		return APP_MORE;
	total = load_be16(in->data);
	here = in->len - 2 < total ? in->len - 2 : total;
	if (here < total && !in->cut)
		return in->known ? APP_SEEN : APP_MORE;
	if (!read_message(&d, in->data + 2, here, total) || (here == total && !d.whole))
		return APP_NO;
	v = feed_message(in, &d);
	return v == APP_SEEN ? APP_DONE : v;
}
