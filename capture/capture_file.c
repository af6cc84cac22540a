/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/capture_file.h"

enum status
capture_file_open(struct capture_file *c, enum format format, struct feed *in, struct fault *f)
{
	c->format = format;
	switch (format) {
	case FORMAT_PCAP:
		return pcap_file_open(&c->pcap, in, f);
	case FORMAT_PCAPNG:
		return pcapng_file_open(in, &c->pcapng, f);
	default:
		ipfix_stream_open(&c->ipfix, in);
		return STATUS_OK;
	}
}

enum status
capture_file_next(struct capture_file *c, struct packet *batch, size_t max, size_t *count,
    bool *over, struct fault *f)
{
	enum status st;

	*over = true;
	switch (c->format) {
	case FORMAT_PCAP:
		return pcap_file_next(&c->pcap, batch, max, count, f);
	case FORMAT_PCAPNG:
		return pcapng_file_next(c->pcapng, batch, max, count, f);
	default:
		st = ipfix_stream_next(&c->ipfix, batch, max, count, f);
		*over = !c->ipfix.goes_on;
		return st;
	}
}

void
capture_file_free(struct capture_file *c)
{
	pcapng_file_free(c->pcapng);
}
