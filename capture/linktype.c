/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/linktype.h"

/* https://www.tcpdump.org/linktypes.html */
static const struct linktype linktypes[] = {
	{ 1, LAYER_ETHERNET, "ETHERNET" },
	{ 0, LAYER_NULL, "NULL" },
	{ 9, LAYER_PPP_HDLC, "PPP" },
	{ 10, LAYER_FDDI, "FDDI" },
	{ 12, LAYER_RAW, "RAW" }, /* DLT_RAW of most systems */
	{ 14, LAYER_RAW, "RAW" }, /* DLT_RAW of OpenBSD */
	{ 50, LAYER_PPP_HDLC, "PPP_HDLC" },
	{ 51, LAYER_PPPOE, "PPP_ETHER" },
	{ 100, LAYER_LLC, "ATM_RFC1483" },
	{ 101, LAYER_RAW, "RAW" },
	{ 104, LAYER_CHDLC, "C_HDLC" },
	{ 105, LAYER_WLAN, "IEEE802_11" },
	{ 107, LAYER_FRELAY, "FRELAY" },
	{ 108, LAYER_LOOP, "LOOP" },
	{ 109, LAYER_ENC, "ENC" },
	{ 113, LAYER_SLL, "LINUX_SLL" },
	{ 117, LAYER_PFLOG, "PFLOG" },
	{ 119, LAYER_PRISM, "IEEE802_11_PRISM" },
	{ 127, LAYER_RADIOTAP, "IEEE802_11_RADIOTAP" },
	{ 163, LAYER_AVS, "IEEE802_11_AVS" },
	{ 166, LAYER_PPP_DIRECTION, "PPP_PPPD" },
	{ 192, LAYER_PPI, "PPI" },
	{ 204, LAYER_PPP_DIRECTION, "PPP_WITH_DIR" },
	{ 219, LAYER_MPLS, "MPLS" },
	{ 228, LAYER_IPV4, "IPV4" },
	{ 229, LAYER_IPV6, "IPV6" },
	{ 276, LAYER_SLL2, "LINUX_SLL2" },
	{ 239, LAYER_NFLOG, "NFLOG" },
};

const struct linktype *
linktype_find(uint16_t value)
{
	for (size_t i = 0; i < sizeof(linktypes) / sizeof(linktypes[0]); i++)
		if (linktypes[i].value == value)
			return &linktypes[i];
	return NULL;
}

const struct linktype *
linktype_table(size_t *count)
{
	*count = sizeof(linktypes) / sizeof(linktypes[0]);
	return linktypes;
}
