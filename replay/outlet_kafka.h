/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPLAY_OUTLET_KAFKA_H
#define REPLAY_OUTLET_KAFKA_H

/*
 * Flows as messages of a Kafka topic, "kafka://BROKER:PORT[,BROKER:PORT]/TOPIC": goflow2's JSON or
 * protobuf, or nfseal's own.  A message counts as gone when the brokers have acknowledged it; the
 * producer is idempotent, so that one which was sent again is there once.  A message's key is the
 * exporter, so that an exporter's flows keep their order.
 */

#include "replay/outlet.h"

extern const struct outlet_kind outlet_kafka;

#endif
