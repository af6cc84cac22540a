/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/icmp.h"

#include "flow/protocol.h"

bool
icmp_of_row(const struct table *t, size_t row, uint8_t *type, uint8_t *code)
{
	int64_t protocol = table_int(t, COLUMN_PROTOCOL, row), port = table_int(t, COLUMN_DST_PORT, row);

	if (protocol != PROTOCOL_ICMP && protocol != PROTOCOL_ICMPV6)
		return false;
	if (table_has(t, COLUMN_ICMP_TYPE, row)) {
		*type = (uint8_t)table_int(t, COLUMN_ICMP_TYPE, row);
		*code = (uint8_t)table_int(t, COLUMN_ICMP_CODE, row);
		return true;
	}
	if (!table_has(t, COLUMN_DST_PORT, row) || table_int(t, COLUMN_SRC_PORT, row) != 0)
		return false;
	if (port == 0 && protocol == PROTOCOL_ICMPV6)
		return false; /* type 0 is reserved there; of ICMP it is the answer to an echo */
	*type = (uint8_t)(port >> 8);
	*code = (uint8_t)port;
	return true;
}
