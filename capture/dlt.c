/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/dlt.h"

#include <pcap.h>
#include <stddef.h>

static const struct {
	uint16_t link_type;
	int dlt;
} differing[] = { { 50, DLT_PPP_SERIAL }, { 51, DLT_PPP_ETHER }, { 100, DLT_ATM_RFC1483 },
	{ 101, DLT_RAW }, { 104, DLT_C_HDLC }, { 106, DLT_ATM_CLIP }, { 107, DLT_FRELAY },
	{ 108, DLT_LOOP } };

int
dlt_of_linktype(uint16_t link_type)
{
	for (size_t i = 0; i < sizeof differing / sizeof *differing; i++)
		if (differing[i].link_type == link_type)
			return differing[i].dlt;
	return link_type;
}

uint16_t
dlt_to_linktype(int dlt)
{
	for (size_t i = 0; i < sizeof differing / sizeof *differing; i++)
		if (differing[i].dlt == dlt)
			return differing[i].link_type;
	return (uint16_t)dlt;
}
