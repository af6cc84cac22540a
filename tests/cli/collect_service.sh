#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# nfseal collect as a service: nfcapd's lines, hooks, sockets that are handed over, confinement,
# and a service manager.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/collector.sh"
refused() { expect 2 "$1" timeout 10 nfseal collect "${@:2}"; }
field() { awk -v name="$2:" '$1 == name { $1 = ""; print substr($0, 2) }' "/proc/$1/status"; }
# nice_of PID: the nice values of a process's or a thread's; a name may have blanks
nice_of() { sed 's/.*) //' "/proc/$1/stat" | cut -d' ' -f17; }
# among PID STEPS: one of its threads is so many steps from its first one
among() {
	local t want=$(($(nice_of "$1/task/$1") + $2))
	[ $want -ge -20 ] || want=-20
	[ $want -le 19 ] || want=19
	for t in /proc/"$1"/task/*; do [ "$(nice_of "${t#/proc/}")" != $want ] || return 0; done
	return 1
}
raised() { among "$1" -10; }
lowered() { among "$1" 5; }
sanitized=no
nm "$NFSEAL" 2>/dev/null | grep -q '__asan_init\|__tsan_init' && sanitized=yes

echo "nfcapd's options: what works, what is without meaning, what is refused with a word for ours"
p=$(port)
nfseal collect -4 -S 0 -w -t 3600 -l tutorial -p "$p" -I edge -z=lz4:3 -j -y -T all -X 1,2 -v -b 127.0.0.1 -B 200000 -P pid >tutorial.out 2>tutorial.err &
pid=$! name=tutorial
until_true 20 grep -q . pid
until_true 20 grep -qi "0100007F:$(printf %04X "$p") " /proc/net/udp
send 'sender(p)(v5(0, 3))'
heard '1 datagrams from 1 exporters, 3 flows'
stopped 0
for word in "listening on UDP port $p; sealing into the archive tutorial, a segment every 3600 s" "nfcapd's -z is without meaning here; compression" \
	"nfcapd's -T is without meaning here; extensions" "nfcapd's -v is without"; do
	grep -qF "$word" tutorial.err || fail "not said: $word: $(cat tutorial.err)"
done
[ -e tutorial/*-00000001.manifest.json ] || fail "-S 0: $(find tutorial)"
expect 0 '"name":"ident","value":"edge"' cat tutorial/*-00000001.manifest.json
refused "-e: a collector that deletes" -e -p 9 -w x
refused "-E: -o - --format table" -E -p 9 -w x
refused "-s 100: nothing is multiplied" -s 100 -p 9 -w x
refused "-m x: --metrics FILE" -m x -p 9 -w x
refused "-d eth0: nfseal capture -i" -d eth0 -p 9 -w x
refused "-Y x: nfseal archive" -Y x -p 9 -w x
refused "-4 and -6" -4 -6 -p 9 -w x
refused "option -k is unknown" -k -p 9 -w x
refused "-R a/b/c: HOST/PORT" -R a/b/c -p 9 -w x
expect 0 '^nfseal [0-9]' nfseal collect -V
python3 -c 'from exporter import *; c = Capture("one.pcap"); c.put(v5(0, 2))'
refused "%q is unknown" -x 'echo %q' -r one.pcap -w x
refused "a quote is not closed" -x "echo 'a" -p "$(port)" -w x
[ ! -e x ] || fail "an archive was made"
expect 0 '' nfseal collect -q -f one.pcap -l again
[ "$(nfseal show -q again -o ndjson | wc -l)" = 2 ] || fail "-f"

echo "a hook after each seal, without a shell and without rights"
cat >hook.sh <<'END'
#!/bin/sh
printf '%s|' "$@" >>"$HOOK_OUT.$$"
grep NoNewPrivs /proc/self/status >>"$HOOK_OUT.$$"
mv "$HOOK_OUT.$$" "$HOOK_OUT.$5"
exit "$6"
END
chmod +x hook.sh
export HOOK_OUT=$PWD/hooked
collector hook -w hook -t 3600 -I edge -x "$PWD/hook.sh '%d' %f %t \"%i;rm\" %s 0 %h %g %% %m" --metrics hook.prom --json
[ $sanitized = yes ] || until_true 20 sh -c "grep -q '^Seccomp:.2' /proc/$pid/task/*/status && ! grep -q '^Seccomp:.0' /proc/$pid/task/*/status"
[ "$(field $pid NoNewPrivs)" = 1 ] || fail "it may gain rights"
send 'sender(p)(v5(0, 3))'
heard '1 datagrams'
kill -HUP "$pid"
until_true 20 test -e hooked.1
stopped 0
until_true 20 test -e hooked.2
manifest=$(cd hook && ls -- */*/*/*-00000001.manifest.json)
stem=$(basename "$manifest")
[ "$(head -n 1 hooked.1)" = "hook|$manifest|${stem:0:8}${stem:9:4}|edge;rm|1|0|1:$(sha256sum "hook/$manifest" | cut -d' ' -f1)|$(sha256sum hook/genesis.json | cut -d' ' -f1)|%|hook/$manifest|NoNewPrivs:	1" ] ||
	fail "the hook: $(cat hooked.1)"
jq -e '.hooks == {"started": 2, "failed": 0, "skipped": 0}' hook.out >nul || fail "hooks: $(jq .hooks hook.out)"
verdict VERIFIED hook
export HOOK_OUT=/dev/null/none
collector bad -w bad -x "./hook.sh a b c d e 7" --json
stopped 0
grep -q -- '-x: the command for bad/.*-00000001.manifest.json ended with status 7' bad.err || fail "a failure is not told: $(cat bad.err)"
jq -e '.hooks.failed == 1' bad.out >nul || fail "hooks: $(jq .hooks bad.out)"
collector none -w none -x "$PWD/no such command"
stopped 0
grep -q -- '-x: the command for none/.* could not be started' none.err || fail "not told: $(cat none.err)"
expect 0 '' nfseal collect -q -r one.pcap -w files -x "cp %m $PWD/copied.json"
cmp -s copied.json files/*/*/*/*.manifest.json || fail "-x with -r"

echo "what receives goes before the rest, what encodes comes behind it"
if [ "$(uname)" = Linux ]; then
	collector first -w first
	if python3 -c 'import os; os.setpriority(os.PRIO_PROCESS, 0, os.getpriority(os.PRIO_PROCESS, 0) - 10)' 2>nul; then
		until_true 20 raised "$pid"
	fi
	stopped 0
	python3 -c "from exporter import *
c = Capture('many.pcap')
for i in range(6000): c.put(v5(30 * i, 30))"
	mkfifo gate
	nfseal collect -q -r - -w last <gate &
	pid=$!
	exec 7>gate
	cat many.pcap >&7
	until_true 20 lowered $pid
	exec 7>&-
	wait $pid || fail "a capture of 180000 flows"
fi

echo "a hook that hangs keeps nobody waiting"
collector slow -w slow -x 'sleep 5'
for i in 1 2 3; do
	kill -HUP "$pid"
	until_true 20 test -n "$(echo slow/*/*/*/*-0000000$i.manifest.json)"
done
send 'sender(p)(v5(0, 3))'
heard '1 datagrams'
kill -KILL "$pid"
wait "$pid" 2>nul

echo "sockets that are handed over, and a manager that is told"
cat >manager.py <<'PY'
import os, signal, socket, ssl, subprocess, sys, time
from exporter import *
notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notify.bind("notify")
notify.settimeout(20)
def until(word):
    while True:
        m = notify.recv(4096).decode()
        if word in m:
            return m
def start(sockets, *options, count=None):
    def hand_over():
        for i, s in enumerate(sockets):
            os.dup2(s.fileno(), 100 + i)
        for i in range(len(sockets)):
            os.dup2(100 + i, 3 + i)
        os.environ["LISTEN_PID"] = str(os.getpid())
    env = dict(os.environ, NOTIFY_SOCKET=os.path.abspath("notify"), WATCHDOG_USEC="3000000",
               LISTEN_FDS=str(len(sockets) if count is None else count))
    # the shell becomes the program, in the same process
    return subprocess.Popen(["sh", "-c", 'LISTEN_PID=$$ exec nfseal collect -q "$@"', "x", *options], env=env, close_fds=False,
                            preexec_fn=hand_over, stderr=subprocess.PIPE)
a = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); a.bind(("127.0.0.1", 0))
b = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); b.bind(("::1", 0))
# what was sent before the start is there
sender(a.getsockname()[1])(v5(0, 1))
p = start([a, b], "-p", str(b.getsockname()[1]), "-w", "handed", "-x", "sh -c 'env >handed.env'")
assert until("READY=1").startswith("READY=1\nSTATUS=")
sender(b.getsockname()[1], "::1", host="::1")(v5(0, 2))
until("STATUS=2 datagrams from 2 exporters, 3 flows")
until("WATCHDOG=1")
p.send_signal(signal.SIGHUP)
until("RELOADING=1\nMONOTONIC_USEC=")
until("READY=1")
p.send_signal(signal.SIGTERM)
until("STOPPING=1")
assert p.wait(20) == 0, p.stderr.read()
# one for datagrams and two for connections, of which one is for TLS
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(("127.0.0.1", 0))
s = socket.create_server(("127.0.0.1", 0)); t = socket.create_server(("127.0.0.1", 0))
early = socket.create_connection(s.getsockname()) # before there is a collector
early.sendall(ipfix(0, template(2) + data(2)))
p = start([s, u, t], "--listen", f"tls://127.0.0.1:{t.getsockname()[1]}", "--listen", f"tcp://127.0.0.1:{s.getsockname()[1]}",
          "--cert", "both.pem", "-w", "streams")
until("READY=1")
sender(u.getsockname()[1])(v5(0, 1))
context = ssl.create_default_context(cafile="both.pem")
with context.wrap_socket(socket.create_connection(t.getsockname()), server_hostname="127.0.0.1") as safe:
    safe.sendall(ipfix(0, template(2) + data(3)))
    safe.unwrap()
early.close()
until("STATUS=1 datagrams from 3 exporters, 6 flows")
p.send_signal(signal.SIGTERM)
assert p.wait(20) == 0, p.stderr.read()
for sockets, count in (([socket.socket(socket.AF_INET, socket.SOCK_STREAM)], 1), ([socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)], 1),
                       ([], 65), ([], "x")):
    p = start(sockets, "-w", "refused", count=count)
    said = p.stderr.read().decode()
    assert p.wait(20) == 2 and ("is no UDP socket" in said or "does not listen" in said or "LISTEN_FDS" in said), said
PY
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 \
	-keyout both.key -out both.pem 2>nul
cat both.key >>both.pem
python3 manager.py >nul || fail "sockets handed over"
[ "$(nfseal show -q streams -o ndjson | jq -c 'has("message")' | sort | uniq -c | awk '{ print $1, $2 }' | paste -sd,)" = '1 false,5 true' ] ||
	fail "flows over sockets for connections"
verdict VERIFIED --deep streams
[ ! -e refused ] || fail "an archive was made without a socket"
[ "$(nfseal show -q handed -o ndjson | wc -l)" = 3 ] || fail "flows over sockets handed over"
grep -q '^NOTIFY_SOCKET\|^LISTEN_' handed.env && fail "the hook has the manager's variables"

echo "more archives than one, in the background, as another user"
if [ "$(id -u)" = 0 ]; then
	place=$(mktemp -d -p /tmp)
	trap 'rm -rf "$place"' EXIT
	chmod 777 "$place"
	p=$(port)
	expect 0 '' nfseal collect -D -w "$place/each" --per-exporter -p "$p" -P "$place/pid" --state "$place/state" -u nobody --metrics "$place/m.prom" -x "sh -c 'id -u >$place/hook.\$\$'"
	pid=$(cat "$place/pid")
	send 'sender(p, "127.0.0.1")(v5(0, 3)); sender(p, "127.0.0.2")(v5(0, 3))'
	until_true 20 grep -q '^nfseal_collect_archives 2$' "$place/m.prom"
	[ $sanitized = yes ] || [ "$(field "$pid" Seccomp)" = 2 ] || fail "not confined in the background"
	# also where rights were given up
	if [ "$(uname)" = Linux ] && (ulimit -e 30) 2>nul; then
		until_true 20 raised "$pid"
	fi
	kill -TERM "$pid"
	until_true 20 sh -c "! kill -0 $pid"
	[ "$(cat "$place"/hook.* | sort -u)" = "$(id -u nobody)" ] || fail "the hook ran as $(cat "$place"/hook.*)"
	for a in "$place"/each/*; do verdict VERIFIED "$a" --state "$place/state"; done
else
	echo "only root can become another user"
fi
finish
