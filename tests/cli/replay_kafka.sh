#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# nfseal replay to Kafka: what the brokers have is what was archived; brokers that are not there.
set -u
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || skip "python3 is not installed"
command -v jq >/dev/null || skip "jq is not installed"
mock=$(dirname "$NFSEAL")/tests/cli/kafkamock
"$mock" >nul 2>&1
[ $? != 77 ] || skip "built without librdkafka"

"$fixtures/mkcapture" -c 200 in.pcap
nfseal capture -q -r in.pcap -w case
nfseal show -q case -o goflow2-json | sort >expected
messages=$(wc -l <expected)
[ "$messages" -gt 100 ] || fail "few messages"
trap 'kill $(cat ./*.pid 2>/dev/null) 2>/dev/null' EXIT

# cluster NAME: $brokers; what came is in NAME.out
cluster() {
	"$mock" flows "$messages" "$1.out" >"$1.brokers" 2>"$1.log" &
	pid=$!
	echo $pid >"$1.pid"
	for _ in $(seq 200); do [ -s "$1.brokers" ] && break; sleep 0.05; done
	brokers=$(cat "$1.brokers")
	[ -n "$brokers" ] || fail "no cluster: $(cat "$1.log")"
}
# values FILE: the messages' values, a hex line each, or text with a second argument
values() {
	python3 - "$@" <<-'END'
		import sys
		data, at = open(sys.argv[1], "rb").read(), 0
		while at < len(data):
		    n = int.from_bytes(data[at:at + 4], "big")
		    at += 4 + n
		    n = int.from_bytes(data[at:at + 4], "big")
		    value = data[at + 4:at + 4 + n]
		    print(value.decode() if len(sys.argv) > 2 else value.hex())
		    at += 4 + n
	END
}

cluster json
nfseal replay -q case --json --to "kafka://$brokers/flows" >told 2>err || fail "$(cat told err)"
wait $pid || fail "messages are missing"
jq -e --argjson n "$messages" '.targets[0] | .records == $n and .datagrams == $n and .unsent.records == 0 and .complete' told >nul ||
	fail "$(cat told)"
values json.out text | sort | cmp - expected || fail "other messages"

cluster pb
nfseal replay -q case --to "kafka://$brokers/flows" --format goflow2-pb >told 2>err || fail "$(cat told err)"
wait $pid || fail "messages are missing"
[ "$(values pb.out | tr -d '\n' | wc -c)" = $(($(nfseal show -q case -o goflow2-pb | wc -c) * 2)) ] ||
	fail "other protobuf messages"

# settings of the library; brokers that are not there do not hold up the others
echo "message.timeout.ms=1500" >config
dead=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
nfseal replay -q case --json --to "kafka://127.0.0.1:$dead/flows" --kafka-config config --to all.ndjson >told 2>err
[ $? = 3 ] || fail "nobody there: $(cat told err)"
jq -e --argjson n "$messages" '.targets[0] | .records == 0 and .unsent.records == $n and (.reason | length) > 0' told >nul ||
	fail "nobody there: $(cat told)"
jq -e '.targets[1].complete' told >nul || fail "the other target: $(cat told)"

# what no broker took is not settled, neither at the end nor at an interruption: --resume sends it
run=(nfseal replay -q case --json --to kafka://127.0.0.1:1/flows --kafka-config config)
printf 'bootstrap.servers=127.0.0.1:%s\n' "$dead" >config
"${run[@]}" --receipt gone.json >told 2>err &
replay=$!
for _ in $(seq 200); do [ -s gone.json ] && break; sleep 0.05; done
kill -INT $replay
wait $replay
[ $? = 130 ] || fail "interrupted: $(cat told err)"
jq -e --argjson n "$messages" '.targets[0] | .position == 0 and .unsent.records == $n' gone.json >nul ||
	fail "interrupted: $(cat gone.json)"
echo "message.timeout.ms=1200" >>config
"${run[@]}" --receipt gone.json --resume gone.json >told 2>err
[ $? = 3 ] || fail "still nobody there: $(cat told err)"
jq -e '.targets[0] | .position == 0 and (.fault | contains("--resume"))' gone.json >nul || fail "$(cat gone.json)"
cluster again
printf 'bootstrap.servers=%s\n' "$brokers" >config
"${run[@]}" --resume gone.json >told 2>err || fail "$(cat told err)"
wait $pid || fail "messages are missing"
jq -e --argjson n "$messages" '.targets[0] | .records == $n and .complete' told >nul || fail "resumed: $(cat told)"
values again.out text | sort | cmp - expected || fail "other messages behind --resume"
echo "no.such.setting=1" >config
expect 2 'no.such.setting' nfseal replay -q case --to kafka://127.0.0.1:1/flows --kafka-config config
echo "nothing" >config
expect 5 'NAME=VALUE' nfseal replay -q case --to kafka://127.0.0.1:1/flows --kafka-config config
expect 2 'kafka://BROKER' nfseal replay -q case --to kafka://127.0.0.1:1
expect 2 'format cef' nfseal replay -q case --to kafka://127.0.0.1:1/flows --format cef
finish
