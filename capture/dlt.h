/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CAPTURE_DLT_H
#define CAPTURE_DLT_H

/*
 * A link type has a LINKTYPE_ value in files and a DLT_ value in libpcap on this system; they
 * differ for a few (pcap-linktype(7)), and libpcap's own table for that is not public.
 */

#include <stdint.h>

int dlt_of_linktype(uint16_t link_type);
uint16_t dlt_to_linktype(int dlt);

#endif
