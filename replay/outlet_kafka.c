/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/outlet_kafka.h"

#ifdef HAVE_RDKAFKA

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <librdkafka/rdkafka.h>

#include "base/file.h"
#include "base/text.h"
#include "replay/event_text.h"

enum {
	BROKERS_MAX = 512,
	CONFIG_MAX = 64 << 10, /* octets of --kafka-config */
	PENDING = 4096,        /* messages whose word is awaited; a power of two */
	POLL_MILLIS = 50,
	ERROR_MAX = 256
};

#define PATIENCE INT64_C(60000000000) /* nanoseconds for the last acknowledgements */

struct kafka {
	struct outlet_env env;
	struct event_text *events;
	rd_kafka_t *producer;
	rd_kafka_topic_t *topic;
	char address[OUTLET_ADDRESS_MAX];
	struct outlet_counts counts;
	uint64_t produced;     /* messages, numbered from 0 */
	uint64_t settled;      /* of these, from the first on, those with the brokers' word */
	uint64_t flow_of[PENDING]; /* of message n % PENDING: flows that are complete with it */
	size_t octets_of[PENDING];
	bool heard[PENDING];
	uint64_t settled_flows;
	bool stuck;            /* a message did not go that might another time: it stays unsettled */
	char error[ERROR_MAX]; /* the last */
};

static void
note_error(struct kafka *o, const char *text)
{
	text_escape(o->error, sizeof o->error, text, strlen(text));
}

/* What no broker will ever take; all else is the brokers' state, or ours. */
static bool
is_final(rd_kafka_resp_err_t error)
{
	return error == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE || error == RD_KAFKA_RESP_ERR_INVALID_MSG ||
	    error == RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE || error == RD_KAFKA_RESP_ERR_INVALID_RECORD;
}

/* The brokers' word on message n, which is what its opaque pointer says. */
static void
delivered(rd_kafka_t *producer, const rd_kafka_message_t *m, void *ctx)
{
	struct kafka *o = ctx;
	uint64_t n = (uint64_t)(uintptr_t)m->_private;

	(void)producer;
	if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
		o->counts.records++;
		o->counts.datagrams++;
		o->counts.octets += o->octets_of[n % PENDING];
	} else {
		o->counts.unsent++;
		o->counts.unsent_records++;
		note_error(o, rd_kafka_err2str(m->err));
		if (!is_final(m->err)) {
			o->stuck = true;
			return;
		}
	}
	o->heard[n % PENDING] = true;
	while (o->settled < o->produced && o->heard[o->settled % PENDING])
		o->settled_flows = o->flow_of[o->settled++ % PENDING];
}

/* Brokers that are not there are the library's business to find again; it is told how often. */
static void
troubled(rd_kafka_t *producer, int error, const char *reason, void *ctx)
{
	struct kafka *o = ctx;

	(void)producer, (void)error;
	o->counts.refused++;
	note_error(o, reason);
}

static void
quiet(const rd_kafka_t *producer, int level, const char *facility, const char *text)
{
	(void)producer, (void)level, (void)facility, (void)text;
}

static enum status
set(rd_kafka_conf_t *conf, const char *name, const char *value, struct fault *f)
{
	char why[ERROR_MAX];

	if (rd_kafka_conf_set(conf, name, value, why, sizeof why) == RD_KAFKA_CONF_OK)
		return STATUS_OK;
	return fault_set(f, STATUS_USAGE, NULL, "%s", why);
}

/* "name=value" lines, as librdkafka's own tools read them; # begins a comment. */
static enum status
read_config(rd_kafka_conf_t *conf, const char *path, struct fault *f)
{
	struct buf text;
	enum status st;
	char *line, *next;

	buf_init(&text, 0);
	st = file_slurp(path, CONFIG_MAX, &text, f);
	if (st == STATUS_OK)
		(void)buf_cstr(&text);
	for (line = (char *)text.data; st == STATUS_OK && line != NULL && *line != '\0'; line = next) {
		size_t len = strcspn(line, "\r\n");
		char *equals;

		next = line + len + (line[len] != '\0');
		line[len] = '\0';
		line += strspn(line, " \t");
		equals = strchr(line, '=');
		if (*line == '#' || *line == '\0')
			continue;
		if (equals == NULL) {
			st = fault_set(f, STATUS_MALFORMED, path, "a line has no NAME=VALUE");
			break;
		}
		*equals = '\0';
		st = set(conf, line, equals + 1, f);
	}
	if (text.data != NULL)
		memset(text.data, 0, text.len); /* there are passwords in it */
	buf_free(&text);
	return st;
}

static enum status
configure(struct kafka *o, rd_kafka_conf_t *conf, const char *brokers, struct fault *f)
{
	const struct target_options *t = o->env.options;
	enum status st = set(conf, "bootstrap.servers", brokers, f);

	if (st == STATUS_OK)
		st = set(conf, "client.id", "nfseal", f);
	if (st == STATUS_OK)
		st = set(conf, "enable.idempotence", "true", f);
	if (st == STATUS_OK)
		st = set(conf, "linger.ms", "20", f);
	if (st == STATUS_OK)
		st = set(conf, "message.timeout.ms", "30000", f);
	if (st == STATUS_OK)
		st = set(conf, "compression.codec", "zstd", f);
	if (st == STATUS_OK && t->kafka_config != NULL)
		st = read_config(conf, t->kafka_config, f);
	rd_kafka_conf_set_dr_msg_cb(conf, delivered);
	rd_kafka_conf_set_error_cb(conf, troubled);
	rd_kafka_conf_set_log_cb(conf, quiet);
	rd_kafka_conf_set_opaque(conf, o);
	return st;
}

static enum status
open_producer(struct kafka *o, const char *brokers, const char *topic, struct fault *f)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	enum status st = configure(o, conf, brokers, f);
	char why[ERROR_MAX];

	if (st == STATUS_OK) {
		o->producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
		if (o->producer != NULL)
			conf = NULL; /* the producer's */
		else
			st = fault_set(f, STATUS_USAGE, NULL, "%s", why);
	}
	if (conf != NULL)
		rd_kafka_conf_destroy(conf);
	if (st == STATUS_OK)
		o->topic = rd_kafka_topic_new(o->producer, topic, NULL);
	if (st == STATUS_OK && o->topic == NULL)
		st = fault_set(f, STATUS_USAGE, NULL, "topic %s: %s", topic, rd_kafka_err2str(rd_kafka_last_error()));
	return st;
}

static void
kafka_free(void *ctx)
{
	struct kafka *o = ctx;

	if (o == NULL)
		return;
	if (o->topic != NULL)
		rd_kafka_topic_destroy(o->topic);
	if (o->producer != NULL) {
		(void)rd_kafka_purge(o->producer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
		(void)rd_kafka_poll(o->producer, 0);
		rd_kafka_destroy(o->producer);
	}
	event_text_free(o->events);
	free(o);
}

static enum status
open_url(struct kafka *o, struct fault *f)
{
	const char *url = o->env.options->url;
	const char *place = strstr(url, "://") + 3;
	size_t len = strcspn(place, "/");
	char brokers[BROKERS_MAX];

	if (len == 0 || len >= sizeof brokers || place[len] == '\0' || place[len + 1] == '\0')
		return fault_set(f, STATUS_USAGE, NULL,
		    "--to %s: the form is kafka://BROKER:PORT[,BROKER:PORT]/TOPIC", url);
	snprintf(brokers, sizeof brokers, "%.*s", (int)len, place);
	text_escape(o->address, sizeof o->address, place, strlen(place));
	return o->env.dry ? STATUS_OK : open_producer(o, brokers, place + len + 1, f);
}

static enum status
kafka_open(const struct outlet_env *env, void **out, struct fault *f)
{
	struct kafka *o = calloc(1, sizeof *o);
	enum status st;

	if (o == NULL)
		return fault_memory(f);
	o->env = *env;
	st = event_text_open(outlet_format(&outlet_kafka, env->options), &o->events, f);
	if (st == STATUS_OK)
		st = open_url(o, f);
	if (st != STATUS_OK) {
		kafka_free(o);
		return st;
	}
	*out = o;
	return STATUS_OK;
}

static enum status
say_stuck(const struct kafka *o, struct fault *f)
{
	return fault_set(f, STATUS_ABSENT, o->address, "the brokers take nothing: %s; --resume goes on here", o->error);
}

/* Waits until there is room for one message more, and as long as there is hope. */
static enum status
make_room(struct kafka *o, struct fault *f)
{
	while (!o->stuck && o->produced - o->settled == PENDING)
		if (rd_kafka_poll(o->producer, POLL_MILLIS) == 0 && schedule_interrupted(o->env.schedule))
			return STATUS_INTERRUPTED;
	return o->stuck ? say_stuck(o, f) : STATUS_OK;
}

static size_t
key_of(const struct outlet_rows *r, size_t row, char out[TEXT_ADDRESS_MAX])
{
	if (!table_has(r->t, COLUMN_EXPORTER_IP, row))
		return 0;
	return text_address(out, &r->t->columns[COLUMN_EXPORTER_IP].v.address[row]);
}

static void
note_refused(struct kafka *o, const char *why)
{
	o->counts.unsent++;
	o->counts.unsent_records++;
	note_error(o, why);
}

struct message {
	const uint8_t *data;
	size_t len;
	const char *key;
	size_t key_len;
	bool last; /* of its flow */
};

static enum status
produce(struct kafka *o, const struct message *m, struct fault *f)
{
	uint64_t n = o->produced;
	enum status st;

	schedule_admit(o->env.schedule, 1, m->len);
	if (o->env.dry) {
		o->counts.records++;
		o->counts.datagrams++;
		o->counts.octets += m->len;
		return o->env.tap.write == NULL ? STATUS_OK : sink_write(&o->env.tap, m->data, m->len, f);
	}
	st = make_room(o, f);
	if (st != STATUS_OK)
		return st;
	o->flow_of[n % PENDING] = o->counts.flows - !m->last;
	o->octets_of[n % PENDING] = m->len;
	o->heard[n % PENDING] = false;
	o->produced++;
	/* The library copies the message, and does not change it. */
	if (rd_kafka_produce(o->topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, (void *)(uintptr_t)m->data,
	        m->len, m->key_len > 0 ? m->key : NULL, m->key_len, (void *)(uintptr_t)n) != 0) {
		o->produced--;
		note_refused(o, rd_kafka_err2str(rd_kafka_last_error()));
		return STATUS_OK;
	}
	(void)rd_kafka_poll(o->producer, 0);
	return o->env.tap.write == NULL ? STATUS_OK : sink_write(&o->env.tap, m->data, m->len, f);
}

/* A biflow may be two messages, and is settled with the second. */
static enum status
put_row(struct kafka *o, const struct outlet_rows *r, size_t row, struct fault *f)
{
	char key[TEXT_ADDRESS_MAX];
	struct message m = { .key = key, .key_len = key_of(r, row, key) };
	enum status st = event_text_row(o->events, r, row, f);
	bool more = st == STATUS_OK && event_text_next(o->events, &m.data, &m.len);

	while (more && st == STATUS_OK) {
		struct message next = m;

		more = event_text_next(o->events, &next.data, &next.len);
		m.last = !more;
		st = produce(o, &m, f);
		m = next;
	}
	return st;
}

static enum status
kafka_put(void *ctx, const struct outlet_rows *r, struct fault *f)
{
	struct kafka *o = ctx;
	enum status st = STATUS_OK;

	for (size_t row = r->from; row < r->to && st == STATUS_OK; row++) {
		if (r->matched[row] == 0)
			continue;
		o->counts.flows++;
		st = put_row(o, r, row, f);
	}
	return st;
}

static enum status
kafka_flush(void *ctx, struct fault *f)
{
	struct kafka *o = ctx;

	(void)f;
	if (o->producer != NULL)
		(void)rd_kafka_poll(o->producer, 0);
	return STATUS_OK;
}

/* Until the brokers' word on each message has come, or each message's time is over. */
static enum status
kafka_finish(void *ctx, struct fault *f)
{
	struct kafka *o = ctx;
	int64_t end = schedule_now(o->env.schedule) + PATIENCE;

	if (o->producer == NULL)
		return STATUS_OK;
	while (rd_kafka_outq_len(o->producer) > 0 && schedule_now(o->env.schedule) < end &&
	    !schedule_interrupted(o->env.schedule))
		(void)rd_kafka_flush(o->producer, POLL_MILLIS);
	if (rd_kafka_outq_len(o->producer) > 0) {
		(void)rd_kafka_purge(o->producer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
		(void)rd_kafka_flush(o->producer, POLL_MILLIS);
	}
	return o->stuck && !schedule_interrupted(o->env.schedule) ? say_stuck(o, f) : STATUS_OK;
}

static void
kafka_counts(const void *ctx, struct outlet_counts *out)
{
	const struct kafka *o = ctx;

	*out = o->counts;
	out->settled = o->env.dry ? o->counts.flows : o->settled_flows;
	strcpy(out->address, o->address);
}

static void
kafka_say(const void *ctx, struct buf *out)
{
	const struct kafka *o = ctx;

	if (o->error[0] != '\0')
		buf_printf(out, "  its last reason: %s\n", o->error);
}

static void
kafka_json(const void *ctx, struct jsonw *j)
{
	const struct kafka *o = ctx;

	if (o->error[0] != '\0')
		jsonw_key_str(j, "reason", o->error);
}

static bool
kafka_complete(const void *ctx)
{
	const struct kafka *o = ctx;

	return o->counts.unsent == 0 && (o->env.dry || o->settled == o->produced);
}

#else

static enum status
kafka_open(const struct outlet_env *env, void **out, struct fault *f)
{
	(void)env, (void)out;
	return fault_set(f, STATUS_UNSUPPORTED, NULL,
	    "this nfseal was built without librdkafka: it speaks no Kafka");
}

#endif

const struct outlet_kind outlet_kafka = {
	.schemes = "kafka",
	.formats = "goflow2-json goflow2-pb json ndjson ecs",
	.format = "goflow2-json",
	.unpaced = true,
	.open = kafka_open,
#ifdef HAVE_RDKAFKA /* nothing else is called where it did not open */
	.put = kafka_put,
	.flush = kafka_flush,
	.finish = kafka_finish,
	.counts = kafka_counts,
	.say = kafka_say,
	.json = kafka_json,
	.complete = kafka_complete,
	.free = kafka_free,
#endif
};
