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

struct walk {
	const struct packet *packet;
	struct dissected *d;
	struct cursor c;     /* the captured octets */
	uint64_t ip_end;     /* offset where the IP packet ends by its own length */
	uint32_t trailer;    /* octets behind the packet that belong to the link (FCS) */
	uint8_t protocol;    /* of the header at the cursor, above IP */
	bool cut_ok;         /* a header that is cut by IP's own length is no contradiction */
	enum reject reject;  /* with LAYER_REJECTED */
};

static inline enum layer
walk_reject(struct walk *w, enum reject r)
{
	w->reject = r;
	return LAYER_REJECTED;
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

#endif
