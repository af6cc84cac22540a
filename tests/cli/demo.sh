#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The demo says what it is there to show.
. "$NFSEAL_SOURCE/tests/cli/lib.sh"
NO_COLOR=1 "$NFSEAL_SOURCE/fixtures/demo.sh" "$(dirname "$NFSEAL")" >out 2>&1 || fail "the demo ended with $?"
for line in '^VERIFIED case42' '^10\.20\.3\.7 ' '203\.0\.113\.99:8443' '^MODIFIED copy' \
	'CHUNK_HASH 2025/11/23/.*chunk 0, bytes 0 to ' '^exit status 1$' 'flows\.parquet: OK$' '^== Done'; do
	grep -q "$line" out || fail "no line '$line'"
done
[ "$(grep -c '^Signature Verified Successfully$' out)" = 2 ] || fail "openssl did not verify two signatures"
[ "$failures" = 0 ] || cat out
finish
