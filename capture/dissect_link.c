/* SPDX-License-Identifier: BSD-2-Clause */
/* The headers below IP, but those of 802.11 (dissect_wlan.c). */
#include "capture/dissect_walk.h"

enum {
	MAC_OCTETS = 6,
	ETHERTYPE_MIN = 0x600,  /* below: the length of an LLC frame (IEEE 802.3) */
	ETHERNET_LENGTH_MAX = 1500,
	VLAN_ID = 0xfff,
	SAP_SNAP = 0xaa,
	LLC_UI = 0x03,          /* unnumbered information */
	PPPOE_SESSION_11 = 0x1100,
	HDLC_CONTROL = 0x03,
	SLL_PROTOCOL_LLC = 4,
	ARPHRD_NETLINK = 824,
	NFLOG_PAYLOAD = 9,
	NSH_LENGTH = 0x3f,
	NSH_OCTETS = 8,
	CONTROL_WORD_MAX = 0x0fffffff
};

static void
take_macs(struct walk *w)
{
	w->d->dst_mac = cursor_bytes(&w->c, MAC_OCTETS);
	w->d->src_mac = cursor_bytes(&w->c, MAC_OCTETS);
}

static enum layer
ethertype(unsigned type)
{
	if (type >= ETHERTYPE_MIN)
		return next_layer(NEXT_ETHERTYPE, type);
	return type <= ETHERNET_LENGTH_MAX ? LAYER_LLC : LAYER_NOT_IP;
}

enum layer
dissect_ethernet(struct walk *w)
{
	take_macs(w);
	return ethertype(cursor_be16(&w->c));
}

/* IEEE 802.1Q section 9.6: priority, drop eligibility and id; then the next EtherType. */
enum layer
dissect_vlan(struct walk *w)
{
	unsigned id = cursor_be16(&w->c) & VLAN_ID;

	if (!cursor_ok(&w->c)) /* who looks at what was rejected finds no VLAN 0 */
		return LAYER_NOT_IP;
	if (!(KEY_VLAN(w->d->key.w[4]) & KEY_VLAN_TAGGED))
		w->d->key.w[4] |= (uint64_t)(KEY_VLAN_TAGGED | id) << KEY_VLAN_SHIFT;
	else if (w->d->inner_vlan == 0)
		w->d->inner_vlan = (uint16_t)(KEY_VLAN_TAGGED | id);
	return ethertype(cursor_be16(&w->c));
}

/* Direction, source and destination interface; then the next EtherType. */
enum layer
dissect_vntag(struct walk *w)
{
	cursor_skip(&w->c, 4);
	return ethertype(cursor_be16(&w->c));
}

/* IEEE 802.1Q section 9.7: flags and service id, then the customer's frame. */
enum layer
dissect_pbb(struct walk *w)
{
	cursor_skip(&w->c, 4);
	return LAYER_ETHERNET;
}

/*
 * Behind the last label nothing says what follows (RFC 4928): IP by its first four bits, if
 * it is plausible; a pseudowire's Ethernet frame (RFC 4448), with its control word (RFC
 * 4385: four bits of 0, often all 32) or without.
 */
static enum layer
below_mpls(struct walk *w, uint32_t label)
{
	uint64_t left = walk_left(w, cursor_offset(&w->c));
	struct cursor c = w->c, behind = w->c;
	bool ethernet = walk_plausible_ethernet(c, left);
	unsigned version = c.at[0] >> 4;

	if ((version == 4 || version == 6) && (walk_plausible_ip(&c, left) || !ethernet))
		return version == 4 ? LAYER_IPV4 : LAYER_IPV6;
	if (version == 0 && left >= 4 && cursor_be32(&behind) <= CONTROL_WORD_MAX &&
	    (!ethernet || load_be32(c.at) == 0) && walk_plausible_ethernet(behind, left - 4))
		w->c = behind;
	else if (!ethernet)
		return LAYER_NOT_IP;
	walk_carried(w, TUNNEL_PSEUDOWIRE, label);
	return LAYER_ETHERNET;
}

/* RFC 3032 section 2.1: label, class, bottom of stack, TTL.  What follows is guessed. */
enum layer
dissect_mpls(struct walk *w)
{
	uint32_t entry = cursor_be32(&w->c);

	if (!cursor_ok(&w->c))
		return LAYER_NOT_IP;
	if (!(w->d->marks & DISSECT_LABEL)) {
		w->d->label = entry >> 12;
		w->d->marks |= DISSECT_LABEL;
	}
	if (!(entry >> 8 & 1))
		return LAYER_MPLS;
	if (!cursor_ok(&w->c) || cursor_left(&w->c) == 0) {
		cursor_fail(&w->c);
		return LAYER_NOT_IP;
	}
	return below_mpls(w, entry >> 12);
}

/* RFC 2516 section 4: version 1, type 1, code 0 (session), session id, length. */
enum layer
dissect_pppoe(struct walk *w)
{
	unsigned code = cursor_be16(&w->c), session = cursor_be16(&w->c);

	cursor_skip(&w->c, 2);
	if (code != PPPOE_SESSION_11)
		return LAYER_NOT_IP;
	walk_carried(w, TUNNEL_PPPOE, session);
	return LAYER_PPP;
}

/* RFC 8300 section 2.2: lengths in units of four octets; the next protocol of section 2.1. */
enum layer
dissect_nsh(struct walk *w)
{
	static const uint8_t next[] = { LAYER_NOT_IP, LAYER_IPV4, LAYER_IPV6, LAYER_ETHERNET,
		LAYER_NSH, LAYER_MPLS };
	unsigned first = cursor_be16(&w->c), octets = (first & NSH_LENGTH) * 4, protocol;

	cursor_skip(&w->c, 1);
	protocol = cursor_u8(&w->c);
	if (octets < NSH_OCTETS)
		return LAYER_NOT_IP;
	cursor_skip(&w->c, octets - 4);
	return protocol < sizeof(next) ? (enum layer)next[protocol] : LAYER_NOT_IP;
}

/* Version, length in units of four octets, options (a security group's tag), EtherType. */
enum layer
dissect_cmd(struct walk *w)
{
	cursor_skip(&w->c, 1);
	cursor_skip(&w->c, cursor_u8(&w->c) * (size_t)4);
	return ethertype(cursor_be16(&w->c));
}

/* RFC 1661 section 2; an odd first octet is a compressed protocol (section 6.5). */
enum layer
dissect_ppp(struct walk *w)
{
	unsigned protocol = cursor_u8(&w->c);

	if (!(protocol & 1))
		protocol = protocol << 8 | cursor_u8(&w->c);
	return next_layer(NEXT_PPP, protocol);
}

/* RFC 1662 section 3.1: FF 03, which may have been compressed away; or Cisco's HDLC. */
enum layer
dissect_ppp_hdlc(struct walk *w)
{
	const uint8_t *at = w->c.at;

	if (cursor_left(&w->c) < 2) {
		cursor_fail(&w->c);
		return LAYER_NOT_IP;
	}
	if ((at[0] == 0x0f || at[0] == 0x8f) && at[1] == 0)
		return LAYER_CHDLC;
	if (at[0] == 0xff && at[1] == HDLC_CONTROL)
		cursor_skip(&w->c, 2);
	return LAYER_PPP;
}

/* One octet of direction, which pppd puts in the place of FF (LINKTYPE_PPP_PPPD). */
enum layer
dissect_ppp_direction(struct walk *w)
{
	cursor_skip(&w->c, 1);
	if (cursor_left(&w->c) > 0 && w->c.at[0] == HDLC_CONTROL) {
		cursor_skip(&w->c, 1);
		return LAYER_PPP;
	}
	return LAYER_PPP_HDLC;
}

/* Cisco: address, control, EtherType (RFC 1547 section 4.3.1). */
enum layer
dissect_chdlc(struct walk *w)
{
	cursor_skip(&w->c, 2);
	return next_layer(NEXT_ETHERTYPE, cursor_be16(&w->c));
}

/* IEEE 802.2; SNAP with the OUI of EtherTypes, or of 802.1H (RFC 1042). */
enum layer
dissect_llc(struct walk *w)
{
	unsigned dsap = cursor_u8(&w->c);
	unsigned ssap = cursor_u8(&w->c);
	unsigned control = cursor_u8(&w->c);
	uint32_t oui;

	if (!cursor_ok(&w->c) || control != LLC_UI)
		return LAYER_NOT_IP;
	if (dsap != SAP_SNAP || ssap != SAP_SNAP)
		return next_layer(NEXT_SAP, dsap);
	oui = (uint32_t)cursor_uint(&w->c, 3);
	if (oui != 0 && oui != 0x0000f8)
		return LAYER_NOT_IP;
	return next_layer(NEXT_ETHERTYPE, cursor_be16(&w->c));
}

static enum layer
sll_protocol(unsigned arphrd, unsigned protocol)
{
	if (arphrd == ARPHRD_NETLINK)
		return LAYER_NOT_IP;
	if (protocol == SLL_PROTOCOL_LLC)
		return LAYER_LLC;
	return next_layer(NEXT_ETHERTYPE, protocol);
}

/* LINKTYPE_LINUX_SLL: type, ARPHRD, address length, address, protocol. */
enum layer
dissect_sll(struct walk *w)
{
	unsigned arphrd, len;
	const uint8_t *address;

	cursor_skip(&w->c, 2);
	arphrd = cursor_be16(&w->c);
	len = cursor_be16(&w->c);
	address = cursor_bytes(&w->c, 8);
	if (len == MAC_OCTETS)
		w->d->src_mac = address;
	return sll_protocol(arphrd, cursor_be16(&w->c));
}

/* LINKTYPE_LINUX_SLL2: protocol, reserved, interface, ARPHRD, type, address. */
enum layer
dissect_sll2(struct walk *w)
{
	unsigned protocol = cursor_be16(&w->c);
	unsigned arphrd, len;
	const uint8_t *address;

	cursor_skip(&w->c, 6);
	arphrd = cursor_be16(&w->c);
	cursor_skip(&w->c, 1);
	len = cursor_u8(&w->c);
	address = cursor_bytes(&w->c, 8);
	if (len == MAC_OCTETS)
		w->d->src_mac = address;
	return sll_protocol(arphrd, protocol);
}

/* An AF_ number in the byte order of the machine that captured: whichever is small. */
enum layer
dissect_null(struct walk *w)
{
	uint32_t family = cursor_be32(&w->c);

	if (family > 0xffff)
		family = family >> 24 | (family >> 8 & 0xff00);
	return next_layer(NEXT_FAMILY, family);
}

/* The same, always in network order; some files have it the other way round. */
enum layer
dissect_loop(struct walk *w)
{
	return dissect_null(w);
}

/* OpenBSD's enc(4): family, SPI, flags. */
enum layer
dissect_enc(struct walk *w)
{
	enum layer next = dissect_null(w);

	cursor_skip(&w->c, 8);
	return next;
}

/* pflog(4): its length without padding, the family, and much that is no matter here. */
enum layer
dissect_pflog(struct walk *w)
{
	unsigned len = cursor_u8(&w->c);
	unsigned family = cursor_u8(&w->c);
	unsigned padded = (len + 3) & ~3u;

	if (padded < 4)
		return LAYER_NOT_IP;
	cursor_skip(&w->c, padded - 2);
	return next_layer(NEXT_FAMILY, family);
}

/*
 * Linux' nflog: family, version, resource; then attributes in the byte order of the machine
 * that captured (little-endian ones, where it is to be guessed), of which one is the packet.
 */
enum layer
dissect_nflog(struct walk *w)
{
	unsigned family = cursor_u8(&w->c);

	cursor_skip(&w->c, 3);
	for (;;) {
		unsigned len = cursor_le16(&w->c), type = cursor_le16(&w->c);

		if (len < 4)
			return LAYER_NOT_IP;
		if (type == NFLOG_PAYLOAD)
			return next_layer(NEXT_FAMILY, family);
		cursor_skip(&w->c, ((len + 3) & ~3u) - 4);
	}
}

/* RFC 2427: a Q.922 address of two octets, then UI and NLPID, or Cisco's EtherType. */
enum layer
dissect_frelay(struct walk *w)
{
	unsigned control, nlpid;

	cursor_skip(&w->c, 2);
	control = cursor_u8(&w->c);
	nlpid = cursor_u8(&w->c);
	if (control != LLC_UI)
		return next_layer(NEXT_ETHERTYPE, control << 8 | nlpid);
	return next_layer(NEXT_NLPID, nlpid);
}

/* Frame control, addresses, then LLC (RFC 1390). */
enum layer
dissect_fddi(struct walk *w)
{
	unsigned control = cursor_u8(&w->c);

	take_macs(w);
	return (control & 0xf0) == 0x50 ? LAYER_LLC : LAYER_NOT_IP;
}
