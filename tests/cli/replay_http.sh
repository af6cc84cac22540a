#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# nfseal replay by HTTP: _bulk and HEC, what a server does not take, a dead one, TLS.
set -u
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || skip "python3 is not installed"
command -v jq >/dev/null || skip "jq is not installed"
nfseal replay --help | grep -q token-file || fail "no HTTP in the help"

"$fixtures/mkcapture" -c 300 in.pcap
nfseal capture -q -r in.pcap -t 1m -w case
flows=$(nfseal show -q case -o ndjson | wc -l)
[ "$flows" -gt 100 ] || fail "few flows"
trap 'kill $(cat ./*.pid 2>/dev/null) 2>/dev/null' EXIT

# server MODE [CERTIFICATE KEY]: $port, and its events in MODE.events
server() {
	rm -f "$1.events" "$1.events.requests" "$1.port"
	python3 "$NFSEAL_SOURCE/tests/cli/siem.py" "$1" "$1.events" "${@:2}" >"$1.port" 2>"$1.log" &
	echo $! >"$1.pid"
	for _ in $(seq 200); do [ -s "$1.port" ] && break; sleep 0.05; done
	port=$(cat "$1.port")
	[ -n "$port" ] || fail "no server: $(cat "$1.log")"
}
# told STATUS ARGUMENTS...: a replay with --json, its document in told
told() {
	local status=$1
	shift
	nfseal replay -q case --json "$@" >told 2>err
	local got=$?
	[ $got = "$status" ] || fail "exit $got instead of $status: $* $(cat told err)"
}
is() { jq -e --argjson flows "$flows" "$1" told >nul || fail "$2: $(cat told)"; }

echo "_bulk: each flow once, however often it is sent"
echo secret >token
server bulk
told 0 --to "http://127.0.0.1:$port/flows" --token-file token --batch 37
is '.targets[0] | .records == $flows and .unsent.records == 0' "all are taken"
[ "$(wc -l <bulk.events)" = "$flows" ] || fail "other events came"
[ "$(sort -u bulk.events.requests)" = "/flows/_bulk ApiKey secret application/x-ndjson" ] || fail "$(sort -u bulk.events.requests)"
[ "$(wc -l <bulk.events.requests)" = $(((flows + 36) / 37)) ] || fail "batches"
jq -r .event.id bulk.events | sort | cmp - <(nfseal show -q case -o ecs | jq -r .event.id | sort) || fail "ids"
told 0 --to "http://127.0.0.1:$port/flows/_bulk"
is '.targets[0] | .records == 0 and .already_there == $flows' "a second time"
[ "$(wc -l <bulk.events)" = "$flows" ] || fail "an event came twice"

echo "a busy server gets what it did not take again; what it refuses is told"
server bulk-busy
told 0 --to "http://127.0.0.1:$port/flows" --batch 100
is '.targets[0] | .records == $flows and .refused_by_host == 2 and .waited > 2' "busy"
[ "$(jq -r .event.id bulk-busy.events | sort -u | wc -l)" = "$flows" ] || fail "busy: other events"
server bulk-refuse
told 3 --to "http://127.0.0.1:$port/flows"
without=$(nfseal show -q case -o ndjson | jq -s 'map(select(has("tcp_flags") | not)) | length')
is ".targets[0] | .records == \$flows - $without and .refused_events == $without" "refused"
is '.targets[0].reason == "mapper_parsing_exception: no flags\\x1b[31m"' "the reason, escaped"
server garbage
told 3 --to "http://127.0.0.1:$port/flows"
is '.targets[0] | .records == 0 and .unsent.records == $flows' "garbage"
server forbid
nfseal replay -q case --to "http://127.0.0.1:$port/" --format hec >out 2>err && fail "403 is success"
grep -q 'refused with status 403: Invalid token' err out || fail "403: $(cat out err)"

echo "HEC, with and without acknowledgement"
server hec
told 0 --to "http://127.0.0.1:$port" --format hec --token-file token
is '.targets[0].records == $flows' "hec"
[ "$(jq -s 'map(.event.record_id) | unique | length' hec.events)" = "$flows" ] || fail "hec: other events"
grep -q '^/services/collector/event Splunk secret application/json$' hec.events.requests || fail "$(cat hec.events.requests)"
told 0 --to "http://127.0.0.1:$port" --format hec --ack --batch 50
is '.targets[0] | .records == $flows and .not_acknowledged == 0' "acknowledged"
server hec-deaf
nfseal replay -q case --json --to "http://127.0.0.1:$port" --format hec --ack >told 2>err &
replay=$!
for _ in $(seq 200); do grep -q 'ack?channel' hec-deaf.events.requests 2>/dev/null && break; sleep 0.05; done
kill -INT $replay
wait $replay
[ $? = 130 ] || fail "an interrupted wait: $(cat told err)"
is '.targets[0] | .records == 0 and .not_acknowledged == $flows' "not acknowledged"

echo "nobody there holds up nobody else"
server lines
dead=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
told 3 --to "http://127.0.0.1:$dead/x" --to "http://127.0.0.1:$port/in" --format json --to all.ndjson
is '.targets[0] | .records == 0 and .unsent.records == $flows and .refused_by_host == 5 and
	.position == 0 and (.fault | contains("--resume"))' "the dead one"
is '.targets[1].records == $flows and .targets[2].records == $flows' "the others"
cmp lines.events all.ndjson || fail "lines differ"

echo "what nobody took goes with --resume, each flow once"
server bulk-half
nfseal replay -q case --json --to "http://127.0.0.1:$port/flows" --batch 40 --receipt half.json >told 2>err &
replay=$!
for _ in $(seq 200); do [ "$(wc -l 2>nul <bulk-half.events.requests)" -ge 3 ] && break; sleep 0.05; done
kill -INT $replay
wait $replay
[ $? = 130 ] || fail "interrupted while the server was busy: $(cat told err)"
is '.targets[0] | .position == 80 and .records == 80 and .unsent.records == 40' "not settled"
echo bulk >bulk-half.mode
told 0 --to "http://127.0.0.1:$port/flows" --batch 40 --resume half.json
is '.targets[0] | .records == $flows - 80 and .already_there == 0' "the rest"
[ "$(jq -r .event.id bulk-half.events | sort -u | wc -l) $(wc -l <bulk-half.events)" = "$flows $flows" ] || fail "not each once"
server moved
told 3 --to "http://127.0.0.1:$port/flows" --batch 40
is '.targets[0] | .unsent.records == $flows and .reason == "status 301"' "a redirection"

echo "TLS: a server is believed or not"
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=siem \
	-addext subjectAltName=IP:127.0.0.1 2>nul || fail "no certificate"
server bulk cert.pem key.pem
nfseal replay -q case --to "https://127.0.0.1:$port/flows" >out 2>err && fail "an unknown CA is believed"
grep -qi 'certificate' out err || fail "$(cat out err)"
[ ! -s bulk.events ] || fail "it got flows"
told 0 --to "https://127.0.0.1:$port/flows" --ca cert.pem
is '.targets[0].records == $flows' "TLS"
told 0 --to "https://127.0.0.1:$port/again" --insecure
is '.targets[0].already_there == $flows' "insecure"

echo "mistakes"
for bad in "http://user:password@127.0.0.1/x" "https://127.0.0.1/x --ack" "http://127.0.0.1/x --batch 0" \
	"http://127.0.0.1/x --batch many" "http://127.0.0.1/x --format cef"; do
	# shellcheck disable=SC2086
	expect 2 '' nfseal replay -q case --to $bad
done
: >empty
expect 5 'there is no token in it' nfseal replay -q case --to http://127.0.0.1:1/x --token-file empty
expect 2 'No such file' nfseal replay -q case --to http://127.0.0.1:1/x --token-file absent
finish
