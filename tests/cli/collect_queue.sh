#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A decoder that has to wait for its disk: what is received meanwhile waits in memory, up to
# --queue; what comes beyond that is the kernel's to drop, and the ledger says exactly how much.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/collector.sh"
[ -r /proc/net/udp ] || skip "the system does not tell what waits in a socket"
shim=$(dirname "$NFSEAL")/tests/cli/slowshim.so
FLOWS=30 exporter=$(port)

# slow NAME OPTIONS...: a collector whose every fsync takes a second
slow() {
	export SLOWSHIM=$PWD/slowness
	name=$1
	shift
	p=$(port)
	ASAN_OPTIONS="${ASAN_OPTIONS:-}:verify_asan_link_order=0" LD_PRELOAD="$shim" "$NFSEAL" collect -4 -p "$p" -B 1048576 -w "$name" --json "$@" >"$name.out" 2>"$name.err" &
	pid=$!
	until_true 20 grep -q ":$(printf %04X "$p") " /proc/net/udp
	unset SLOWSHIM
	heard '0 datagrams' # it has begun
	rm -f slowness.seen
	: >slowness
	python3 -c "from exporter import *
sender($p, source_port=$exporter)(v5(0, $FLOWS))" # what is to be made durable
	until_true 20 test -e slowness.seen
}
# sends what the collector takes while the decoder waits, few at a time, as long as the kernel's
# buffer empties; then `beyond` more, and the sums of datagrams
cat >fill.py <<'EOP'
import sys, time
from exporter import *
port, exporter, most, beyond, flows = (int(a) for a in sys.argv[1:])
put = sender(port, source_port=exporter)
def waits():
    for line in open("/proc/net/udp"):
        words = line.split()
        if words[1].endswith(":%04X" % port):
            return int(words[4].split(":")[1], 16)
sent = 1 # the first one is there
message = v5(0, flows)
def send(count):
    global sent
    for i in range(count):
        put(message[:16] + (flows * sent).to_bytes(4, "big") + message[20:])
        sent += 1
full = False
while sent < most and not full:
    send(32)
    until = time.monotonic() + 1.5
    while waits() > 0 and not full:
        time.sleep(0.001)
        full = time.monotonic() > until
send(beyond)
print(sent, int(full))
EOP

echo "16 MiB while the disk is slow: none is lost"
slow held
read -r sent full < <(python3 fill.py "$p" "$exporter" 12000 0 $FLOWS)
[ "$full" = 0 ] || fail "the queue was full after $sent datagrams"
heard ' of [0-9]+ MiB wait'
rm slowness
stopped 0
jq -e --argjson n "$sent" --argjson flows $FLOWS '.datagrams.received == $n and .datagrams.kept == $n and .datagrams.kernel_dropped == 0
	and .records.decoded == $flows * $n and ([.exporters[].missed] | add) == 0' held.out >nul || fail "$(jq -c '[.datagrams, .records]' held.out)"

echo "the bound is reached: what the kernel drops is what the ledger misses"
slow full --queue 1048576
read -r sent full < <(python3 fill.py "$p" "$exporter" 12000 6000 $FLOWS)
[ "$full" = 1 ] || fail "12000 datagrams found room in 1 MiB"
rm slowness
until_true 20 sh -c "! grep ':$(printf %04X "$p") ' /proc/net/udp | grep -qv ' 00000000:00000000 '"
python3 -c "from exporter import *
sender($p, source_port=$exporter)(v5($FLOWS * $sent, $FLOWS))"
sent=$((sent + 1))
until_true 20 sh -c "! grep ':$(printf %04X "$p") ' /proc/net/udp | grep -qv ' 00000000:00000000 '"
stopped 3
jq -e --argjson sent "$sent" --argjson flows $FLOWS '.datagrams.kernel_dropped as $lost | $lost > 0 and .datagrams.received == $sent - $lost
	and .datagrams.kept == .datagrams.received and .records.decoded == $flows * .datagrams.received
	and ([.exporters[].missed] | add) == $flows * $lost' full.out >nul ||
	fail "of $sent: $(jq -c '[.datagrams, .records, [.exporters[].missed]]' full.out)"
grep -qF '"name":"queue","value":"1048576"' full/*/*/*/*-00000001.manifest.json || fail "the manifest does not say --queue"
verdict VERIFIED full
refused=$(nfseal collect -p 9 --queue 5 -w x 2>&1) && fail "--queue 5"
grep -q -- '--queue' <<<"$refused" || fail "--queue 5: $refused"
finish
