/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/http.h"

#ifdef HAVE_LIBCURL

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "base/file.h"

enum {
	CONNECT_SECONDS = 10,
	ANSWER_SECONDS = 120,
	HURRY_SECONDS = 5, /* once interrupted */
	TOKEN_MAX = 8192
};

struct http {
	CURL *curl;
	struct curl_slist *headers;
	const volatile int *interrupt;
	struct buf *reply;
	curl_off_t interrupted; /* microseconds of the request when that was seen, 0: not yet */
	char error[CURL_ERROR_SIZE];
};

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
global_init(void)
{
	(void)curl_global_init(CURL_GLOBAL_DEFAULT);
}

static size_t
take_reply(char *data, size_t one, size_t n, void *ctx)
{
	struct http *h = ctx;

	(void)one; /* is 1 */
	buf_put(h->reply, data, n);
	return buf_ok(h->reply) ? n : 0;
}

/* Once interrupted, a request gets little time more. */
static int
look(void *ctx, curl_off_t down, curl_off_t got, curl_off_t up, curl_off_t put)
{
	struct http *h = ctx;
	curl_off_t spent = 0;

	(void)down, (void)got, (void)up, (void)put;
	if (h->interrupt == NULL || *h->interrupt == 0)
		return 0;
	(void)curl_easy_getinfo(h->curl, CURLINFO_TOTAL_TIME_T, &spent);
	if (h->interrupted == 0)
		h->interrupted = spent + 1;
	return spent - h->interrupted > (curl_off_t)HURRY_SECONDS * 1000000;
}

/* A header that holds no other. */
static enum status
add_header(struct http *h, const char *line, struct fault *f)
{
	struct curl_slist *more;

	if (strpbrk(line, "\r\n") != NULL)
		return fault_set(f, STATUS_USAGE, NULL, "a header is one line");
	more = curl_slist_append(h->headers, line);
	if (more == NULL)
		return fault_memory(f);
	h->headers = more;
	return STATUS_OK;
}

static enum status
add_named(struct http *h, const char *name, const char *word, const char *value, struct fault *f)
{
	struct buf line;
	enum status st;

	buf_init(&line, 0);
	buf_printf(&line, "%s: %s%s%s", name, word, word[0] != '\0' ? " " : "", value);
	st = buf_ok(&line) ? add_header(h, buf_cstr(&line), f) : fault_memory(f);
	if (line.data != NULL)
		memset(line.data, 0, line.len);
	buf_free(&line);
	return st;
}

/* It is read from a file, since a command line is seen by everybody. */
static enum status
add_token(struct http *h, const struct http_options *o, struct fault *f)
{
	struct buf text;
	enum status st;
	char *token;

	buf_init(&text, 0);
	st = file_slurp(o->token_file, TOKEN_MAX, &text, f);
	if (st == STATUS_OK) {
		(void)buf_cstr(&text);
		token = (char *)text.data;
		token[strcspn(token, "\r\n")] = '\0';
		st = token[0] == '\0' ? fault_set(f, STATUS_MALFORMED, o->token_file, "there is no token in it") :
		    add_named(h, "Authorization", o->authorization, token, f);
		memset(text.data, 0, text.len);
	}
	buf_free(&text);
	return st;
}

static enum status
set_headers(struct http *h, const struct http_options *o, struct fault *f)
{
	enum status st = add_named(h, "Content-Type", "", o->content_type, f);

	/* What is posted is wanted: nothing is asked for first. */
	if (st == STATUS_OK)
		st = add_header(h, "Expect:", f);
	if (st == STATUS_OK && o->extra != NULL)
		st = add_header(h, o->extra, f);
	if (st == STATUS_OK && o->token_file != NULL)
		st = add_token(h, o, f);
	return st;
}

static enum status
set_options(struct http *h, const struct http_options *o, struct fault *f)
{
	CURL *c = h->curl;
	bool ok = curl_easy_setopt(c, CURLOPT_POST, 1L) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_HTTPHEADER, h->headers) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_PROXY, "") == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)ANSWER_SECONDS) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_ERRORBUFFER, h->error) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_reply) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_WRITEDATA, h) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, look) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_XFERINFODATA, h) == CURLE_OK;

	if (ok && o->insecure)
		ok = curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 0L) == CURLE_OK &&
		    curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 0L) == CURLE_OK;
	if (ok && o->ca != NULL)
		ok = curl_easy_setopt(c, CURLOPT_CAINFO, o->ca) == CURLE_OK;
	if (ok && o->certificate != NULL)
		ok = curl_easy_setopt(c, CURLOPT_SSLCERT, o->certificate) == CURLE_OK;
	if (ok && o->key != NULL)
		ok = curl_easy_setopt(c, CURLOPT_SSLKEY, o->key) == CURLE_OK;
	return ok ? STATUS_OK : fault_set(f, STATUS_UNSUPPORTED, NULL, "this libcurl lacks what is needed");
}

enum status
http_open(const struct http_options *o, struct http **out, struct fault *f)
{
	struct http *h = calloc(1, sizeof *h);
	enum status st;

	if (h == NULL)
		return fault_memory(f);
	(void)pthread_once(&once, global_init);
	h->interrupt = o->interrupt;
	h->curl = curl_easy_init();
	st = h->curl == NULL ? fault_memory(f) : set_headers(h, o, f);
	if (st == STATUS_OK)
		st = set_options(h, o, f);
	if (st != STATUS_OK) {
		http_free(h);
		return st;
	}
	*out = h;
	return STATUS_OK;
}

void
http_free(struct http *h)
{
	if (h == NULL)
		return;
	for (struct curl_slist *p = h->headers; p != NULL; p = p->next)
		memset(p->data, 0, strlen(p->data)); /* there is a token in one */
	curl_slist_free_all(h->headers);
	if (h->curl != NULL)
		curl_easy_cleanup(h->curl);
	free(h);
}

static enum status
why(struct http *h, const char *url, CURLcode code, struct fault *f)
{
	enum status st = code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE ||
	    code == CURLE_SSL_CERTPROBLEM ? STATUS_KEY : STATUS_ABSENT;

	if (code == CURLE_OUT_OF_MEMORY)
		return fault_memory(f);
	if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL)
		st = STATUS_USAGE;
	return fault_set(f, st, url, "%s", h->error[0] != '\0' ? h->error : curl_easy_strerror(code));
}

enum status
http_post(struct http *h, const char *url, const void *body, size_t len, long *status,
    struct buf *reply, struct fault *f)
{
	CURLcode code;

	buf_reset(reply);
	reply->limit = HTTP_REPLY_MAX;
	h->reply = reply;
	h->error[0] = '\0';
	h->interrupted = 0;
	code = curl_easy_setopt(h->curl, CURLOPT_URL, url);
	if (code == CURLE_OK)
		code = curl_easy_setopt(h->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)len);
	if (code == CURLE_OK)
		code = curl_easy_setopt(h->curl, CURLOPT_POSTFIELDS, (const char *)body);
	if (code == CURLE_OK)
		code = curl_easy_perform(h->curl);
	if (code == CURLE_OK)
		code = curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, status);
	return code == CURLE_OK ? STATUS_OK : why(h, url, code, f);
}

#else

enum status
http_open(const struct http_options *o, struct http **out, struct fault *f)
{
	(void)o, (void)out;
	return fault_set(f, STATUS_UNSUPPORTED, NULL, "this nfseal was built without libcurl: it speaks no HTTP");
}

enum status
http_post(struct http *h, const char *url, const void *body, size_t len, long *status,
    struct buf *reply, struct fault *f)
{
	(void)h, (void)url, (void)body, (void)len, (void)status, (void)reply, (void)f;
	return STATUS_UNSUPPORTED;
}

void
http_free(struct http *h)
{
	(void)h;
}

#endif
