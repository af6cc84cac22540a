#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# nfseal collect: the metrics file, and the repeater.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/collector.sh"
refused() { expect 2 "$1" timeout 10 nfseal collect "${@:2}"; }
metric() { python3 "$PYTHONPATH/prometheus.py" "$1" >metrics.txt || fail "metrics: $(cat "$1")"; grep -qxF -- "$2" metrics.txt || fail "no '$2'; there is $(grep -F "${2%%\{*}{" metrics.txt)"; }

echo "metrics: strict, escaped, and as the ledger has them"
collector metrics -n 'edge,127.0.0.1,by/"a\b' -w 'by/rest' --metrics m.prom --allow 127.0.0.0/30
send '
s = sender(p, "127.0.0.1", 0)
for seq in (0, 1, 4, 4, 5):
    s(ipfix(seq, template(2) + data(1)))
sender(p, "127.0.0.2")(v9(7, data(2)))
sender(p, "127.0.0.3")(b"nothing that is known")
sender(p, "127.0.0.9")(v5(0, 1))'
heard '7 datagrams from 3 exporters.*1 refused'
until_true 20 grep -q 'not_allowed"} 1$' m.prom
metric m.prom 'nfseal_collect_refused_total{reason=not_allowed} 1'
metric m.prom 'nfseal_collect_datagrams_total{archive=by/"a\b,ident=edge} 5'
metric m.prom 'nfseal_collect_datagrams_total{archive=by/rest,ident=} 2'
metric m.prom 'nfseal_collect_undecoded_total{archive=by/rest,ident=} 1'
metric m.prom 'nfseal_collect_waiting_sets{archive=by/rest,ident=} 1'
metric m.prom 'nfseal_collect_templates{archive=by/"a\b,ident=edge} 1'
metric m.prom 'nfseal_collect_kernel_dropped_total{} 0'
metric m.prom 'nfseal_collect_queue_octets{} 0'
grep -qE '^nfseal_collect_queue_limit_octets [1-9][0-9]{7,}$' m.prom || fail "the queue's limit"
port=$(sed -n 's/^nfseal_collect_exporter_gaps_total.*exporter="127.0.0.1",port="\([0-9]*\)".*/\1/p' m.prom)
metric m.prom "nfseal_collect_exporter_missed{archive=by/\"a\\b,domain=0,exporter=127.0.0.1,port=$port,protocol=ipfix} 2"
metric m.prom "nfseal_collect_exporter_duplicates_total{archive=by/\"a\\b,domain=0,exporter=127.0.0.1,port=$port,protocol=ipfix} 1"
before=$(stat -c %i m.prom)
kill -HUP "$pid"
until_true 20 sh -c "grep -c 'sealed_segments_total.*} 1$' m.prom | grep -qx 2"
[ "$(stat -c %i m.prom)" != "$before" ] || fail "the file is written in place"
chmod 500 .
if [ "$(id -u)" != 0 ]; then
	until_true 20 grep -q -- '--metrics cannot be written' metrics.err
fi
chmod 700 .
rm -f m.prom && mkdir -p m.prom/in # nothing can be renamed over that
until_true 20 grep -q -- '--metrics cannot be written, and is tried again each second' metrics.err
rm -r m.prom
until_true 20 grep -q -- '--metrics is written again' metrics.err
stopped 0
python3 "$PYTHONPATH/prometheus.py" m.prom >nul || fail "metrics at the end"
[ -z "$(ls m.prom.new 2>nul)" ] || fail "a temporary file is left"
refused 'absent/m.prom' --metrics absent/m.prom -p "$(port)" -w absent-w

echo "metrics of sessions"
tcp=$(port)
collector sessions --listen "tcp://127.0.0.1:$tcp" -w sessions --metrics s.prom --sessions 8
send "
def connect():
    for attempt in range(400):
        try:
            return socket.create_connection(('127.0.0.1', $tcp))
        except ConnectionRefusedError:
            time.sleep(0.05)
def ended(s, octets):
    s.sendall(octets)
    s.shutdown(socket.SHUT_WR)
    s.recv(1)
one = ipfix(0, template(2) + data(1))
ended(connect(), one * 3)
ended(connect(), one[:20])
ended(connect(), b'GET / HTTP/1.0')
held = [connect() for i in range(2)] # a quarter of the places for one source, and no more
for s in held:
    s.sendall(one)
assert connect().recv(1) == b''
for i in range(400):
    if 'nfseal_collect_messages_total{archive=\"sessions\",ident=\"\"} 5' in open('s.prom').read():
        break
    time.sleep(0.05)
open('held.prom', 'w').write(open('s.prom').read())"
metric held.prom 'nfseal_collect_sessions_total{} 5'
metric held.prom 'nfseal_collect_sessions{} 2'
metric held.prom 'nfseal_collect_sessions_refused_total{} 1'
metric held.prom 'nfseal_collect_sessions_ended_total{reason=ended} 1'
metric held.prom 'nfseal_collect_sessions_ended_total{reason=cut} 1'
metric held.prom 'nfseal_collect_sessions_ended_total{reason=garbage} 1'
metric held.prom 'nfseal_collect_sessions_ended_total{reason=idle} 0'
metric held.prom 'nfseal_collect_session_octets_lost_total{} 34'
metric held.prom "nfseal_collect_message_octets_total{archive=sessions,ident=} $((5 * 80))"
metric held.prom 'nfseal_collect_messages_kept_total{archive=sessions,ident=} 5'
metric held.prom 'nfseal_collect_session_queue_octets{} 0'
metric held.prom 'nfseal_collect_session_queue_limit_octets{} 33554432'
metric held.prom 'nfseal_collect_not_kept_total{kind=messages} 0'
stopped 0

echo "the repeater"
python3 - <<'END' >repeat.port &
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 0))
s.settimeout(20)
print(s.getsockname()[1], flush=True)
open("repeated", "wb").write(s.recv(65536) + b"|" + s.recv(65536))
END
listener=$!
until_true 20 grep -q . repeat.port
collector repeat -w repeat -R "127.0.0.1/$(cat repeat.port)" -R '::1/1' --json
send 's = sender(p); s(b"first"); s(v5(0, 1))'
wait $listener
stopped 0
[ "$(head -c 8 repeated | tr '\0' .)" = "first|.$(printf '\005')" ] || fail "repeated: $(od -c repeated | head -n 2)"
jq -e '.datagrams.repeated == 2 or .datagrams.repeated == 3' repeat.out >nul || fail "$(jq .datagrams repeat.out)"
jq -e '.datagrams.repeated + .datagrams.not_repeated == 4' repeat.out >nul || fail "$(jq .datagrams repeat.out)"

finish
