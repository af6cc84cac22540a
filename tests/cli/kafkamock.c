/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A Kafka cluster that lives in librdkafka, for the tests of replay.
 *
 * kafkamock TOPIC MESSAGES OUT: prints the brokers' address, waits for so many messages, and writes
 * each to OUT: the length of its key, the key, the length of the value (four octets each, the
 * highest first), the value.  Ends with 1 after a minute.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifdef HAVE_RDKAFKA

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

enum { POLL_MILLIS = 100, SECONDS = 60 };

static rd_kafka_t *
client(rd_kafka_type_t type, const char *const settings[][2], size_t n)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char why[256];

	for (size_t i = 0; i < n; i++)
		if (rd_kafka_conf_set(conf, settings[i][0], settings[i][1], why, sizeof why) != RD_KAFKA_CONF_OK)
			exit(2);
	return rd_kafka_new(type, conf, why, sizeof why);
}

static void
put_sized(FILE *out, const void *data, size_t len)
{
	unsigned char head[4] = { (unsigned char)(len >> 24), (unsigned char)(len >> 16),
		(unsigned char)(len >> 8), (unsigned char)len };

	fwrite(head, 1, sizeof head, out);
	if (len > 0)
		fwrite(data, 1, len, out);
}

static long
take(rd_kafka_t *consumer, FILE *out)
{
	rd_kafka_message_t *m = rd_kafka_consumer_poll(consumer, POLL_MILLIS);
	long got = 0;

	if (m == NULL)
		return 0;
	if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
		put_sized(out, m->key, m->key_len);
		put_sized(out, m->payload, m->len);
		fflush(out);
		got = 1;
	}
	rd_kafka_message_destroy(m);
	return got;
}

int
main(int argc, char **argv)
{
	const char *const none[][2] = { { "client.id", "mock" } };
	rd_kafka_mock_cluster_t *cluster;
	rd_kafka_t *owner;
	time_t end = time(NULL) + SECONDS;
	long wanted, got = 0;
	FILE *out;

	if (argc != 4)
		return 2;
	owner = client(RD_KAFKA_PRODUCER, none, 1);
	cluster = owner == NULL ? NULL : rd_kafka_mock_cluster_new(owner, 3);
	if (cluster == NULL)
		return 2;
	wanted = atol(argv[2]);
	out = fopen(argv[3], "wb");
	if (out == NULL || rd_kafka_mock_topic_create(cluster, argv[1], 2, 1) != RD_KAFKA_RESP_ERR_NO_ERROR)
		return 2;
	{
		const char *const settings[][2] = { { "group.id", "test" }, { "auto.offset.reset", "earliest" },
			{ "bootstrap.servers", rd_kafka_mock_cluster_bootstraps(cluster) } };
		rd_kafka_t *consumer = client(RD_KAFKA_CONSUMER, settings, 3);
		rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);

		if (consumer == NULL)
			return 2;
		rd_kafka_topic_partition_list_add(topics, argv[1], RD_KAFKA_PARTITION_UA);
		if (rd_kafka_subscribe(consumer, topics) != RD_KAFKA_RESP_ERR_NO_ERROR)
			return 2;
		rd_kafka_topic_partition_list_destroy(topics);
		printf("%s\n", rd_kafka_mock_cluster_bootstraps(cluster));
		fflush(stdout);
		while (got < wanted && time(NULL) < end)
			got += take(consumer, out);
		rd_kafka_destroy(consumer);
	}
	rd_kafka_mock_cluster_destroy(cluster);
	rd_kafka_destroy(owner);
	return fclose(out) == 0 && got == wanted ? 0 : 1;
}

#else

int
main(void)
{
	return 77;
}

#endif
