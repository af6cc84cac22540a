/* SPDX-License-Identifier: BSD-2-Clause */
/* IEEE 802.11 data frames, and the headers that capture cards put before them. */
#include "capture/dissect_walk.h"
#include "capture/linktype.h"

enum {
	MAC_OCTETS = 6,
	/* frame control, as a little-endian word (IEEE 802.11 section 9.2.4.1) */
	WLAN_TYPE = 0x000c,
	WLAN_TYPE_DATA = 0x0008,
	WLAN_VERSION = 0x0003,
	WLAN_NO_DATA = 0x0040, /* of the subtypes of data: null functions */
	WLAN_QOS = 0x0080,
	WLAN_TO_DS = 0x0100,
	WLAN_FROM_DS = 0x0200,
	WLAN_PROTECTED = 0x4000,
	WLAN_ORDER = 0x8000, /* in QoS frames: an HT control field follows */
	WLAN_FRAGMENT = 0x000f, /* of the sequence control */
	WLAN_AMSDU = 0x0080,    /* of the QoS control */
	RADIOTAP_TSFT = 1 << 0,
	RADIOTAP_FLAGS = 1 << 1,
	RADIOTAP_HAS_FCS = 0x10,
	RADIOTAP_HAS_PAD = 0x20,
	RADIOTAP_WORDS_MAX = 32,
	FCS_OCTETS = 4,
	PRISM_OCTETS = 144,
	DLT_PPI = 192
};

#define RADIOTAP_MORE   0x80000000u
#define AVS_MAGIC       0x80211000u

struct wlan {
	unsigned control;
	const uint8_t *a1, *a2, *a3, *a4;
	unsigned sequence;
	unsigned qos;
};

/* Source and destination by the direction bits (IEEE 802.11 table 9-60). */
static void
take_addresses(struct walk *w, const struct wlan *h)
{
	bool to = h->control & WLAN_TO_DS, from = h->control & WLAN_FROM_DS;

	w->d->dst_mac = to ? h->a3 : h->a1;
	w->d->src_mac = from ? (to ? h->a4 : h->a3) : h->a2;
}

static void
read_header(struct walk *w, struct wlan *h)
{
	h->control = cursor_le16(&w->c);
	cursor_skip(&w->c, 2);
	h->a1 = cursor_bytes(&w->c, MAC_OCTETS);
	h->a2 = cursor_bytes(&w->c, MAC_OCTETS);
	h->a3 = cursor_bytes(&w->c, MAC_OCTETS);
	h->sequence = cursor_le16(&w->c);
	h->a4 = NULL;
	if ((h->control & WLAN_TO_DS) && (h->control & WLAN_FROM_DS))
		h->a4 = cursor_bytes(&w->c, MAC_OCTETS);
	h->qos = 0;
	if (h->control & WLAN_QOS) {
		h->qos = cursor_le16(&w->c);
		if (h->control & WLAN_ORDER)
			cursor_skip(&w->c, 4);
	}
}

/*
 * Later fragments have no LLC header and an A-MSDU has several packets: neither is
 * an IP packet that could be metered.
 */
static enum layer
wlan(struct walk *w, bool padded)
{
	unsigned control = cursor_left(&w->c) < 2 ? 0 : load_le16(w->c.at);
	size_t start = cursor_offset(&w->c);
	struct wlan h;

	if (cursor_left(&w->c) >= 2 &&
	    ((control & (WLAN_TYPE | WLAN_VERSION)) != WLAN_TYPE_DATA || (control & WLAN_NO_DATA)))
		return LAYER_NOT_IP;
	read_header(w, &h);
	if (!cursor_ok(&w->c))
		return LAYER_NOT_IP;
	if (h.control & WLAN_PROTECTED)
		return walk_reject(w, REJECT_ENCRYPTED);
	if ((h.sequence & WLAN_FRAGMENT) || (h.qos & WLAN_AMSDU))
		return LAYER_NOT_IP;
	if (padded && (cursor_offset(&w->c) - start) % 4 != 0)
		cursor_skip(&w->c, 4 - (cursor_offset(&w->c) - start) % 4);
	take_addresses(w, &h);
	return LAYER_LLC;
}

enum layer
dissect_wlan(struct walk *w)
{
	return wlan(w, false);
}

/* The flags field of a radiotap header (radiotap.org); 0 if there is none. */
static unsigned
radiotap_flags(struct cursor *c)
{
	uint32_t present = cursor_le32(c), more = present;

	for (unsigned i = 0; i < RADIOTAP_WORDS_MAX && (more & RADIOTAP_MORE); i++)
		more = cursor_le32(c);
	if (present & RADIOTAP_TSFT)
		cursor_skip(c, (8 - cursor_offset(c) % 8) % 8 + 8);
	return present & RADIOTAP_FLAGS ? cursor_u8(c) : 0;
}

enum layer
dissect_radiotap(struct walk *w)
{
	size_t left = cursor_left(&w->c);
	unsigned len = left < 4 ? 0 : load_le16(w->c.at + 2), flags;
	struct cursor header;

	if (left >= 4 && (w->c.at[0] != 0 || len < 8))
		return walk_reject(w, REJECT_BAD_HEADER);
	header = cursor_sub(&w->c, len < 4 ? left + 1 : len);
	cursor_skip(&header, 4);
	flags = radiotap_flags(&header);
	if ((flags & RADIOTAP_HAS_FCS) && w->trailer == 0)
		w->trailer = FCS_OCTETS;
	return wlan(w, flags & RADIOTAP_HAS_PAD);
}

/* version 0x80211001 or so, then the header's length. */
enum layer
dissect_avs(struct walk *w)
{
	uint32_t len;

	cursor_skip(&w->c, 4);
	len = cursor_be32(&w->c);
	if (cursor_ok(&w->c) && len < 8)
		return walk_reject(w, REJECT_BAD_HEADER);
	cursor_skip(&w->c, cursor_ok(&w->c) ? len - 8 : 0);
	return LAYER_WLAN;
}

/* 144 octets of Prism's, or AVS under the same link type. */
enum layer
dissect_prism(struct walk *w)
{
	if (cursor_left(&w->c) >= 4 && (load_be32(w->c.at) & 0xfffff000u) == AVS_MAGIC)
		return LAYER_AVS;
	cursor_skip(&w->c, PRISM_OCTETS);
	return LAYER_WLAN;
}

/* CACE's per-packet information: version, flags, length, then the link type within. */
enum layer
dissect_ppi(struct walk *w)
{
	const struct linktype *t;
	uint32_t dlt;
	unsigned len;

	cursor_skip(&w->c, 2);
	len = cursor_le16(&w->c);
	dlt = cursor_le32(&w->c);
	if (!cursor_ok(&w->c))
		return LAYER_NOT_IP;
	if (len < 8)
		return walk_reject(w, REJECT_BAD_HEADER);
	cursor_skip(&w->c, len - 8);
	t = dlt > UINT16_MAX || dlt == DLT_PPI ? NULL : linktype_find((uint16_t)dlt);
	if (t == NULL)
		return walk_reject(w, REJECT_LINK_TYPE);
	return (enum layer)t->layer;
}
