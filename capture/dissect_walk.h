/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_DISSECT_WALK_H
#define CAPTURE_DISSECT_WALK_H

/*
 * What the decoders of one frame share.  A decoder reads its header at the cursor and
 * returns the layer behind it; one that runs out of octets leaves the cursor failed and
 * dissect.c says what that means.  Internal to the dissect_ files.
 */

#include <stdint.h>

#include "base/cursor.h"
#include "capture/dissect.h"
#include "capture/nexthdr.h"

/* To go back to when the inside of a tunnel proves to be none. */
struct walk_outside {
	struct dissected d;
	uint64_t segments;
	uint8_t depth;
	bool has_outer;
};

struct walk {
	const struct dissector *x;
	const struct packet *packet;
	struct dissected *d;
	struct tunnelled *t;
	struct cursor c;     /* the captured octets */
	uint64_t ip_end;     /* offset where the IP packet ends by its own length */
	uint64_t limit;      /* inside a tunnel: where what carries it ends */
	uint32_t trailer;    /* octets behind the packet that belong to the link (FCS) */
	unsigned steps;
	uint8_t protocol;    /* of the header at the cursor, above IP */
	bool cut_ok;         /* a header that is cut by IP's own length is no contradiction */
	bool inside;         /* of an IP packet that carries a tunnel; outside holds */
	bool partial;        /* ... of which the end is in other fragments */
	enum reject reject;  /* with LAYER_REJECTED */
	struct walk_outside outside;
};

static inline enum layer
walk_reject(struct walk *w, enum reject r)
{
	w->reject = r;
	return LAYER_REJECTED;
}

/* Octets from `start` to the end of the frame, without the link's trailer, or of the tunnel. */
static inline uint64_t
walk_left(const struct walk *w, size_t start)
{
	uint64_t wire = w->packet->wire;
	uint64_t end = w->inside ? w->limit : wire > w->trailer ? wire - w->trailer : 0;

	return end > start ? end - start : 0;
}

enum layer dissect_ethernet(struct walk *w);
enum layer dissect_vlan(struct walk *w);
enum layer dissect_vntag(struct walk *w);
enum layer dissect_pbb(struct walk *w);
enum layer dissect_mpls(struct walk *w);
enum layer dissect_pppoe(struct walk *w);
enum layer dissect_ppp(struct walk *w);
enum layer dissect_ppp_hdlc(struct walk *w);
enum layer dissect_ppp_direction(struct walk *w);
enum layer dissect_chdlc(struct walk *w);
enum layer dissect_llc(struct walk *w);
enum layer dissect_sll(struct walk *w);
enum layer dissect_sll2(struct walk *w);
enum layer dissect_null(struct walk *w);
enum layer dissect_loop(struct walk *w);
enum layer dissect_enc(struct walk *w);
enum layer dissect_pflog(struct walk *w);
enum layer dissect_nflog(struct walk *w);
enum layer dissect_frelay(struct walk *w);
enum layer dissect_fddi(struct walk *w);

enum layer dissect_radiotap(struct walk *w);
enum layer dissect_prism(struct walk *w);
enum layer dissect_avs(struct walk *w);
enum layer dissect_ppi(struct walk *w);
enum layer dissect_wlan(struct walk *w);

enum layer dissect_raw(struct walk *w);
enum layer dissect_ipv4(struct walk *w);
enum layer dissect_ipv6(struct walk *w);
enum layer dissect_options(struct walk *w);
enum layer dissect_terminal(struct walk *w);
enum layer dissect_fragment(struct walk *w);
enum layer dissect_auth(struct walk *w);
enum layer dissect_ports(struct walk *w);
enum layer dissect_tcp(struct walk *w);
enum layer dissect_icmp(struct walk *w);
enum layer dissect_udp(struct walk *w);

/* dissect_tunnel.c */

/* What an IP packet carries, up to its end; reading beyond fails. */
struct cursor walk_payload(const struct walk *w);
/* Octets that it has behind c; no limit where its end is in other fragments. */
uint64_t walk_carried_left(const struct walk *w, const struct cursor *c);
/*
 * The packet of *w carries a tunnel of this kind, whose header ended at *c; what is inside
 * begins with `inside` (LAYER_NOT_IP: nothing to look at).  Returns the layer to go on with.
 */
enum layer walk_enter(struct walk *w, const struct cursor *c, const struct tunnel_layer *kind,
    enum layer inside);
/* The packet of *w, as far as it was read, is what is metered. */
enum layer walk_stay(struct walk *w, const struct cursor *c);
/* Something that is no IP packet carries what follows: only said. */
void walk_carried(struct walk *w, enum tunnel_kind kind, uint32_t id);
/* PPP in a tunnel: with address and control (FF 03), or with both compressed away. */
enum layer walk_inside_ppp(struct cursor *c);
/* A whole IP packet of no more octets than are left could begin at *c. */
bool walk_plausible_ip(const struct cursor *c, uint64_t left);
/* Ethernet, its tags, and a plausible IP packet. */
bool walk_plausible_ethernet(struct cursor c, uint64_t left);

enum layer dissect_ipip(struct walk *w);
enum layer dissect_gre(struct walk *w);
enum layer dissect_etherip(struct walk *w);
enum layer dissect_mpls_in_ip(struct walk *w);
enum layer dissect_l2tpv3(struct walk *w);

/* dissect_overlay.c: what UDP carries */

enum layer dissect_vxlan(struct walk *w);
enum layer dissect_geneve(struct walk *w);
enum layer dissect_gtpu(struct walk *w);
enum layer dissect_teredo(struct walk *w);
enum layer dissect_ayiya(struct walk *w);
enum layer dissect_l2tp(struct walk *w);

enum layer dissect_nsh(struct walk *w);
enum layer dissect_cmd(struct walk *w);

#endif
