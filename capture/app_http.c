/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HTTP/1 on a stream, RFC 9112: the request's method and the host that it names.  A response
 * tells that it is HTTP, HTTP/2 with prior knowledge (RFC 9113 section 3.4) that it is that.
 */
#include <string.h>
#include <strings.h>

#include "base/cursor.h"
#include "capture/app_reader.h"

enum {
	HTTP_METHOD_MAX = 24, /* UPDATEREDIRECTREF of the registry has 17 */
	HTTP_METHOD_MIN = 2
};

static const char version_prefix[] = "HTTP/";
static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

enum { VERSION_PREFIX = sizeof(version_prefix) - 1, PREFACE = sizeof(preface) - 1 };

/* The methods of IANA's registry are capitals and hyphens; so is what others invented. */
static bool
is_method(int c)
{
	return (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
}

static size_t
method_length(const uint8_t *data, size_t len)
{
	size_t n = 0;

	while (n < len && n <= HTTP_METHOD_MAX && is_method(data[n]))
		n++;
	return n;
}

static bool
begins(const uint8_t *data, size_t len, const char *with, size_t size)
{
	return memcmp(data, with, len < size ? len : size) == 0;
}

bool
app_http_probe(const uint8_t *data, size_t len)
{
	size_t n = method_length(data, len);

	if (begins(data, len, version_prefix, VERSION_PREFIX))
		return true;
	return n <= HTTP_METHOD_MAX && (n == len || (n >= HTTP_METHOD_MIN && data[n] == ' '));
}

/* The next line without its end (CR LF, or LF as RFC 9112 section 2.2 lets a reader do). */
static bool
next_line(struct cursor *c, struct cursor *line)
{
	const uint8_t *end = cursor_left(c) == 0 ? NULL : memchr(c->at, '\n', cursor_left(c));
	size_t len;

	if (end == NULL)
		return false;
	len = (size_t)(end - c->at);
	*line = cursor_over(c->at, len > 0 && end[-1] == '\r' ? len - 1 : len);
	cursor_skip(c, len + 1);
	return true;
}

struct request {
	size_t method; /* octets of the line */
	const uint8_t *target;
	size_t target_len;
};

/* RFC 9112 section 3: method SP request-target SP HTTP-version. */
static bool
read_request_line(const struct cursor *line, struct request *r)
{
	size_t len = cursor_left(line), version = VERSION_PREFIX + 3;
	const uint8_t *tail;

	r->method = method_length(line->at, len);
	if (r->method > HTTP_METHOD_MAX || len < r->method + 3 + version)
		return false;
	tail = line->at + len - version;
	r->target = line->at + r->method + 1;
	r->target_len = (size_t)(tail - r->target) - 1;
	return tail[-1] == ' ' && memcmp(tail, version_prefix, VERSION_PREFIX) == 0 &&
	    tail[VERSION_PREFIX + 1] == '.' && r->target_len > 0;
}

/*
 * A request line that the snap length cut: one of the usual methods and a target that is a path or
 * of HTTP's scheme.  Other protocols' targets look otherwise.
 */
static bool
is_cut_request(const uint8_t *data, size_t len, size_t *method)
{
	static const char *const usual[] = { "GET", "POST", "HEAD", "PUT", "DELETE", "PATCH", "PROPFIND" };
	size_t n = method_length(data, len), left;
	bool known = false;

	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		known |= strlen(usual[i]) == n && memcmp(usual[i], data, n) == 0;
	if (!known || len < n + 2 || data[n] != ' ')
		return false;
	left = len - n - 1;
	*method = n;
	return data[n + 1] == '/' || (left >= 7 && strncasecmp((const char *)data + n + 1, "http://", 7) == 0);
}

static void
trim(const uint8_t **p, size_t *len)
{
	while (*len > 0 && ((*p)[0] == ' ' || (*p)[0] == '\t')) {
		(*p)++;
		(*len)--;
	}
	while (*len > 0 && ((*p)[*len - 1] == ' ' || (*p)[*len - 1] == '\t'))
		(*len)--;
}

/* The authority of an absolute target, or CONNECT's whole one; RFC 9112 section 3.2. */
static void
found_authority(const struct app_input *in, const struct request *r)
{
	const uint8_t *p = r->target, *end = p + r->target_len, *at;
	const char *const schemes[] = { "http://", "https://", "ws://" };
	bool absolute = false;
	size_t len;

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]) && !absolute; i++) {
		len = strlen(schemes[i]);
		absolute = r->target_len > len && strncasecmp((const char *)p, schemes[i], len) == 0;
		if (absolute)
			p += len;
	}
	if (!absolute && (r->method != 7 || memcmp(in->data, "CONNECT", 7) != 0))
		return;
	for (at = p; at < end && *at != '/' && *at != '?' && *at != '#'; at++)
		if (*at == '@')
			p = at + 1;
	app_found_text(in->found, COLUMN_HTTP_HOST, p, (size_t)(at - p));
}

static bool
is_host(const struct cursor *line)
{
	return cursor_left(line) >= 5 && strncasecmp((const char *)line->at, "Host:", 5) == 0;
}

static enum app_verdict
read_headers(const struct app_input *in, struct cursor *c, const struct request *r)
{
	struct cursor line;

	while (next_line(c, &line)) {
		if (is_host(&line)) {
			const uint8_t *p = line.at + 5;
			size_t len = cursor_left(&line) - 5;

			trim(&p, &len);
			app_found_text(in->found, COLUMN_HTTP_HOST, p, len);
			return APP_OVER;
		}
		if (cursor_left(&line) == 0) {
			found_authority(in, r);
			return APP_OVER;
		}
	}
	if (!in->cut)
		return APP_SEEN;
	found_authority(in, r);
	return APP_OVER;
}

static enum app_verdict
read_response(const struct app_input *in)
{
	const uint8_t *p = in->data + VERSION_PREFIX;

	if (in->len < VERSION_PREFIX + 5)
		return in->cut ? APP_NO : APP_MORE;
	/* "1.1 2": the status begins with 1 to 5 */
	return p[0] == '1' && p[1] == '.' && (p[2] == '0' || p[2] == '1') && p[3] == ' ' &&
	        p[4] >= '1' && p[4] <= '5' ? APP_DONE : APP_NO;
}

enum app_verdict
app_http_feed(const struct app_input *in)
{
	struct cursor c = cursor_over(in->data, in->len), line;
	struct request r;

	if (begins(in->data, in->len, version_prefix, VERSION_PREFIX))
		return read_response(in);
	if (begins(in->data, in->len, preface, PREFACE))
		return in->len >= PREFACE ? APP_OVER : in->cut ? APP_NO : APP_MORE;
	if (!next_line(&c, &line)) {
		if (!in->cut)
			return APP_MORE;
		if (!is_cut_request(in->data, in->len, &r.method))
			return APP_NO;
		app_found_plain(in->found, COLUMN_HTTP_METHOD, (const char *)in->data, r.method);
		return APP_OVER;
	}
	if (!read_request_line(&line, &r))
		return APP_NO;
	app_found_plain(in->found, COLUMN_HTTP_METHOD, (const char *)in->data, r.method);
	return read_headers(in, &c, &r);
}
