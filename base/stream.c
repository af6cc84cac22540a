/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/sockios.h>
#endif
#ifdef IPPROTO_SCTP
#ifdef __linux__
#include <linux/sctp.h>
#else
#include <netinet/sctp.h>
#endif
#endif

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0 /* the caller ignores the signal */
#endif

#include "base/text.h"

enum state { STATE_CONNECTING, STATE_HANDSHAKE, STATE_OPEN };

struct stream {
	enum state state;
	int fd;
	const struct tls *tls;
	SSL *ssl;
	short read_wants;  /* what the last read waits for */
	short write_wants;
	bool finished;     /* the close was told */
	struct addrinfo *list;       /* of a client */
	const struct addrinfo *next; /* to be tried if this one fails */
	int protocol;                /* 0: TCP */
	char host[SOCKET_HOST_MAX];
	char port[8];
	char peer[SOCKET_ADDRESS_MAX];
};

static struct stream *
make(int fd, const struct tls *tls)
{
	struct stream *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->fd = fd;
	s->tls = tls;
	s->read_wants = POLLIN;
	s->write_wants = POLLOUT;
	return s;
}

/* What is small goes at once, and a dead peer is noticed one day. */
static void
set_options(int fd)
{
	int one = 1;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
#ifdef SCTP_NODELAY
	(void)setsockopt(fd, IPPROTO_SCTP, SCTP_NODELAY, &one, sizeof one); /* of one of the two kinds it is */
#endif
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
#ifdef SO_NOSIGPIPE
	(void)setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &one, sizeof one);
#endif
}

static enum status
begin_handshake(struct stream *s, struct fault *f)
{
	socket_address(s->fd, s->peer);
	s->state = s->tls == NULL ? STATE_OPEN : STATE_HANDSHAKE;
	return s->tls == NULL ? STATUS_OK : tls_connection(s->tls, s->fd, s->host, &s->ssl, f);
}

enum status
stream_adopt(int fd, const struct tls *tls, struct stream **out, struct fault *f)
{
	struct stream *s = make(fd, tls);
	int flags = fcntl(fd, F_GETFL);
	enum status st;

	if (s == NULL) {
		close(fd);
		return fault_memory(f);
	}
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		st = fault_errno(f, NULL, "cannot set up a connection");
	else
		st = begin_handshake(s, f);
	set_options(fd);
	if (st != STATUS_OK) {
		stream_close(s);
		return st;
	}
	*out = s;
	return STATUS_OK;
}

/* Begins to connect to the next address that allows it. */
static enum status
connect_next(struct stream *s, struct fault *f)
{
	while (s->next != NULL) {
		const struct addrinfo *a = s->next;

		s->next = a->ai_next;
		socket_close(s->fd);
		s->fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
		    s->protocol != 0 ? s->protocol : a->ai_protocol);
		if (s->fd < 0)
			continue;
		set_options(s->fd);
		if (connect(s->fd, a->ai_addr, a->ai_addrlen) == 0 || errno == EINPROGRESS ||
		    errno == EINTR)
			return STATUS_OK;
	}
	if (s->fd < 0 && s->protocol != 0 && (errno == EPROTONOSUPPORT || errno == ESOCKTNOSUPPORT))
		return fault_set(f, STATUS_UNSUPPORTED, NULL, "cannot connect to %s: this system's kernel has no "
		    "SCTP", s->host);
	(void)fault_errno(f, NULL, "cannot connect to %s port %s", s->host, s->port);
	return STATUS_ABSENT;
}

/* What stream sockets are made of: STATUS_UNSUPPORTED where the system never heard of it. */
static enum status
protocol_of(const struct endpoint *to, int *out, struct fault *f)
{
	*out = 0;
	if (to->scheme != ENDPOINT_SCTP)
		return STATUS_OK;
#ifdef IPPROTO_SCTP
	(void)f;
	*out = IPPROTO_SCTP;
	return STATUS_OK;
#else
	return fault_set(f, STATUS_UNSUPPORTED, NULL, "cannot connect to %s: this system has no SCTP", to->host);
#endif
}

enum status
stream_connect(const struct endpoint *to, const struct tls *tls, struct stream **out,
    struct fault *f)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
	struct stream *s = make(-1, tls);
	enum status st;
	int rc;

	if (s == NULL)
		return fault_memory(f);
	st = protocol_of(to, &s->protocol, f);
	if (st != STATUS_OK) {
		stream_close(s);
		return st;
	}
	memcpy(s->host, to->host, sizeof s->host);
	memcpy(s->port, to->port, sizeof s->port);
	rc = getaddrinfo(to->host, to->port, &hints, &s->list);
	s->next = s->list;
	if (rc != 0)
		st = fault_set(f, STATUS_IO, NULL, "%s: %s", to->host, gai_strerror(rc));
	else
		st = connect_next(s, f);
	if (st != STATUS_OK) {
		stream_close(s);
		return st;
	}
	*out = s;
	return STATUS_OK;
}

/* Whether the kernel has connected it; 0, EINPROGRESS, or why not. */
static int
connect_result(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	int err = 0;
	socklen_t len = sizeof err;

	if (poll(&p, 1, 0) == 0)
		return EINPROGRESS;
	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) == 0 ? err : errno;
}

static enum status
finish_connect(struct stream *s, struct fault *f)
{
	int err = connect_result(s->fd);

	if (err == EINPROGRESS || err == EALREADY)
		return STATUS_LIMIT;
	if (err == 0)
		return begin_handshake(s, f);
	if (s->next != NULL && connect_next(s, NULL) == STATUS_OK)
		return STATUS_LIMIT;
	errno = err;
	(void)fault_errno(f, NULL, "cannot connect to %s port %s", s->host, s->port);
	return STATUS_ABSENT;
}

static enum status
not_believed(struct stream *s, const char *during, struct fault *f)
{
	long verdict = SSL_get_verify_result(s->ssl);
	char why[128];

	tls_reason(why, sizeof why, "no reason given");
	if (verdict != X509_V_OK)
		return fault_set(f, STATUS_KEY, NULL, "%s: TLS %s: the peer's certificate: %s", s->peer,
		    during, X509_verify_cert_error_string(verdict));
	return fault_set(f, STATUS_MALFORMED, NULL, "%s: TLS %s: %s", s->peer, during, why);
}

/* What a call of the library came to: rc is its result, wants the side that called. */
static enum status
tls_status(struct stream *s, int rc, int err, short *wants, const char *during, struct fault *f)
{
	switch (SSL_get_error(s->ssl, rc)) {
	case SSL_ERROR_NONE:
		return STATUS_OK;
	case SSL_ERROR_WANT_READ:
		*wants = POLLIN;
		return STATUS_LIMIT;
	case SSL_ERROR_WANT_WRITE:
		*wants = POLLOUT;
		return STATUS_LIMIT;
	case SSL_ERROR_ZERO_RETURN:
		return STATUS_END;
	case SSL_ERROR_SYSCALL:
		tls_reason(NULL, 0, "");
		errno = err != 0 ? err : ECONNRESET;
		(void)fault_errno(f, NULL, "%s: TLS %s", s->peer, during);
		return STATUS_IO;
	default:
		if (ERR_GET_REASON(ERR_peek_last_error()) != SSL_R_UNEXPECTED_EOF_WHILE_READING)
			return not_believed(s, during, f);
		tls_reason(NULL, 0, "");
		return fault_set(f, STATUS_TRUNCATED, NULL, "%s: TLS %s: the peer hung up", s->peer,
		    during);
	}
}

static enum status
shake_hands(struct stream *s, struct fault *f)
{
	enum status st;
	int rc;

	ERR_clear_error();
	errno = 0;
	rc = SSL_do_handshake(s->ssl);
	st = tls_status(s, rc, errno, &s->read_wants, "handshake", f);
	if (st == STATUS_END)
		return fault_set(f, STATUS_TRUNCATED, NULL, "%s: TLS handshake: the peer hung up", s->peer);
	if (st == STATUS_OK) {
		s->state = STATE_OPEN;
		s->read_wants = POLLIN;
	}
	return st;
}

enum status
stream_open(struct stream *s, struct fault *f)
{
	enum status st = s->state == STATE_CONNECTING ? finish_connect(s, f) : STATUS_OK;

	return st == STATUS_OK && s->state == STATE_HANDSHAKE ? shake_hands(s, f) : st;
}

int
stream_fd(const struct stream *s)
{
	return s->fd;
}

short
stream_events(const struct stream *s, bool read, bool write)
{
	if (s->state == STATE_CONNECTING)
		return POLLOUT;
	if (s->state == STATE_HANDSHAKE)
		return s->read_wants;
	return (short)((read ? s->read_wants : 0) | (write ? s->write_wants : 0));
}

bool
stream_pending(const struct stream *s)
{
	return s->ssl != NULL && s->state == STATE_OPEN && SSL_pending(s->ssl) > 0;
}

static enum status
plain_status(const struct stream *s, const char *what, struct fault *f)
{
	if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
		return STATUS_LIMIT;
	(void)fault_errno(f, NULL, "%s: cannot %s", s->peer, what);
	return STATUS_IO;
}

enum status
stream_read(struct stream *s, void *data, size_t len, size_t *got, struct fault *f)
{
	ssize_t n;
	size_t count = 0;
	enum status st;
	int rc;

	if (s->ssl == NULL) {
		n = recv(s->fd, data, len, 0);
		if (n < 0)
			return plain_status(s, "read", f);
		if (n == 0)
			return STATUS_END;
		*got = (size_t)n;
		return STATUS_OK;
	}
	ERR_clear_error();
	errno = 0;
	s->read_wants = POLLIN;
	rc = SSL_read_ex(s->ssl, data, len, &count);
	st = tls_status(s, rc, errno, &s->read_wants, "read", f);
	if (st == STATUS_OK)
		*got = count;
	return st;
}

enum status
stream_write(struct stream *s, const void *data, size_t len, size_t *put, struct fault *f)
{
	ssize_t n;
	size_t count = 0;
	enum status st;
	int rc;

	if (s->ssl == NULL) {
		n = send(s->fd, data, len, MSG_NOSIGNAL);
		if (n < 0)
			return plain_status(s, "write", f);
		*put = (size_t)n;
		return STATUS_OK;
	}
	ERR_clear_error();
	errno = 0;
	s->write_wants = POLLOUT;
	rc = SSL_write_ex(s->ssl, data, len, &count);
	st = tls_status(s, rc, errno, &s->write_wants, "write", f);
	if (st == STATUS_OK)
		*put = count;
	return st == STATUS_END
	    ? fault_set(f, STATUS_IO, NULL, "%s: TLS write: the peer has ended", s->peer) : st;
}

size_t
stream_unacknowledged(const struct stream *s)
{
	int octets = 0;

#if defined(SIOCOUTQ)
	if (ioctl(s->fd, SIOCOUTQ, &octets) != 0)
		return 0;
#elif defined(FIONWRITE)
	if (ioctl(s->fd, FIONWRITE, &octets) != 0)
		return 0;
#endif
	return octets < 0 ? 0 : (size_t)octets;
}

enum status
stream_finish(struct stream *s, struct fault *f)
{
	enum status st;
	int rc;

	if (s->ssl != NULL && s->state == STATE_OPEN && !s->finished) {
		ERR_clear_error();
		errno = 0;
		rc = SSL_shutdown(s->ssl);
		st = rc >= 0 ? STATUS_OK
		             : tls_status(s, rc, errno, &s->write_wants, "close", f);
		if (st != STATUS_OK && st != STATUS_END)
			return st;
	}
	s->finished = true;
	if (shutdown(s->fd, SHUT_WR) != 0 && errno != ENOTCONN)
		return fault_errno(f, NULL, "%s: cannot end the connection", s->peer);
	return STATUS_OK;
}

const char *
stream_peer(const struct stream *s)
{
	return s->peer;
}

void
stream_certificate(const struct stream *s, char out[STREAM_NAME_MAX])
{
	X509 *peer = s->ssl == NULL ? NULL : SSL_get1_peer_certificate(s->ssl);

	out[0] = '\0';
	if (peer != NULL)
		(void)X509_NAME_oneline(X509_get_subject_name(peer), out, STREAM_NAME_MAX);
	X509_free(peer);
}

const char *
stream_version(const struct stream *s)
{
	return s->ssl == NULL ? NULL : SSL_get_version(s->ssl);
}

void
stream_close(struct stream *s)
{
	if (s == NULL)
		return;
	SSL_free(s->ssl);
	socket_close(s->fd);
	if (s->list != NULL)
		freeaddrinfo(s->list);
	free(s);
}
