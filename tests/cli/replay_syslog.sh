#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# nfseal replay as syslog: both forms, each format, the flow's own time and exporter; files.
set -u
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || skip "python3 is not installed"
command -v jq >/dev/null || skip "jq is not installed"

"$fixtures/mkcapture" -c 150 in.pcap
nfseal capture -q -r in.pcap -w case
nfseal show -q case -o ndjson >flows.ndjson
flows=$(wc -l <flows.ndjson)
trap 'kill $(cat ./*.pid 2>/dev/null) 2>/dev/null' EXIT

# received NAME ARGUMENTS...: what a replay to a port sends, a message a line, in NAME
received() {
	local name=$1
	shift
	rm -f "$name.port"
	python3 - "$flows" >"$name.port" 2>"$name.log" <<-'END' &
		import os, socket, sys
		s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
		s.bind(("127.0.0.1", 0))
		s.settimeout(30)
		print(s.getsockname()[1], flush=True)
		with open("messages.part", "wb") as out:
		    for _ in range(int(sys.argv[1])):
		        message = s.recv(65535)
		        assert b"\n" not in message
		        out.write(message + b"\n")
		os.rename("messages.part", "messages")
	END
	local pid=$!
	echo $pid >"$name.pid"
	for _ in $(seq 200); do [ -s "$name.port" ] && break; sleep 0.05; done
	nfseal replay -q case --json --to "syslog://127.0.0.1:$(cat "$name.port")" "$@" >told 2>err || fail "$(cat told err)"
	jq -e --argjson n "$flows" '.targets[0] | .records == $n and .datagrams == $n and .complete' told >nul || fail "$(cat told)"
	wait $pid || fail "messages are missing: $(cat "$name.log")"
	mv messages "$name"
}

received cef
nfseal show -q case -o cef >expected
cut -d ' ' -f 8- cef | cmp - expected || fail "RFC 5424: other messages"
[ "$(cut -d ' ' -f 1,4-7 cef | sort -u)" = "<134>1 nfseal - flow -" ] || fail "RFC 5424: $(head -n 1 cef)"
cut -d ' ' -f 2 cef | cmp - <(jq -r .flow_end flows.ndjson) || fail "RFC 5424: other times"

received leef --format leef --syslog 3164
nfseal show -q case -o leef >expected
sed -E 's/^<134>[A-Z][a-z]{2} [ 1-3][0-9] [0-9:]{8} [^ ]+ //' leef | cmp - expected || fail "RFC 3164: $(head -n 1 leef)"
sed -E 's/^<134>(.{15}).*/\1/' leef |
	cmp - <(jq -r '.flow_end[0:19] + "Z" | strptime("%Y-%m-%dT%H:%M:%SZ") | strftime("%b %e %H:%M:%S")' flows.ndjson) ||
	fail "RFC 3164: other times"

received json --format json --syslog rfc3164
sed -E 's/^.*[^ ]+ nfseal: //' json | cmp - flows.ndjson || fail "JSON: $(head -n 1 json)"

# Files, which need no pace; standard output, with the summary elsewhere.
nfseal replay case --to a.csv --format csv --to - --format ecs >b 2>err || fail "files: $(cat err)"
nfseal show -q case -o csv | cmp - a.csv || fail "csv"
nfseal show -q case -o ecs | cmp - b || fail "ecs"
grep -q "$flows flows" err || fail "no summary: $(cat err)"
expect 2 'No such file' nfseal replay case --to absent/a.csv
nfseal replay -q case --to syslog://127.0.0.1 --spoof --dry-run --json >told 2>err
[ "$? $(jq -c '.targets[0] | [.own_source == .records, .rate]' told)" = "3 [true,4000]" ] || fail "--spoof without exporters: $(cat told)"
expect 2 'comes from this host' nfseal replay case --to syslog+tcp://127.0.0.1 --spoof
expect 2 'comes from this host' nfseal replay case --to tcp://127.0.0.1:9 --source 192.0.2.1
expect 2 '5424 or 3164' nfseal replay case --to syslog://127.0.0.1 --syslog 822
expect 2 'format xml' nfseal replay case --to a.xml --format xml
if [ -e /dev/full ]; then
	nfseal replay -q case --to /dev/full --to c.ndjson >out 2>err && fail "a full disk is success"
	grep -q 'No space left' out err || fail "a full disk is not told: $(cat out err)"
	cmp c.ndjson flows.ndjson || fail "a full disk stops another target"
fi
finish
