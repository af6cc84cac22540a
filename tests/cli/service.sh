#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A live capture as a service: without rights, in the background, with a pid file and a manager
# that is told how it is; and what is refused at the start.
. "$NFSEAL_SOURCE/tests/cli/net.sh"
field() { awk -v name="$2:" '$1 == name { $1 = ""; print substr($0, 2) }' "/proc/$1/status"; }
sanitized=no
nm "$NFSEAL" 2>/dev/null | grep -q '__asan_init\|__tsan_init' && sanitized=yes

echo "another user, no rights, no way back, few system calls"
if [ "$(cat /proc/self/uid_map | awk '{ print $3 }')" -gt 65534 ]; then
	# Nobody may not walk through the test's own directory.
	place=$(TMPDIR=/tmp mktemp -d) && chmod 755 "$place"
	trap 'rm -rf "$place"' EXIT
	start user nfseal capture -i a1 -i b1 -u nobody -P "$place/pid" -w "$place/archive" --state "$place/state" -t 1 --json
	[ "$(field $pid Uid | tr '\t' ' ')" = "$(id -u nobody | sed 's/.*/& & & &/')" ] || fail "uid $(field $pid Uid)"
	[ "$(field $pid Gid | tr '\t' ' ')" = "$(id -g nobody | sed 's/.*/& & & &/')" ] || fail "gid $(field $pid Gid)"
	[ "$(field $pid Groups | tr -d ' ')" = "$(id -g nobody)" ] || fail "groups $(field $pid Groups)"
	for set in CapInh CapPrm CapEff CapBnd CapAmb; do
		[ "$(field $pid $set)" = 0000000000000000 ] || fail "$set is $(field $pid $set)"
	done
	[ "$(field $pid NoNewPrivs)" = 1 ] || fail "it may gain rights"
	[ $sanitized = yes ] || [ "$(field $pid Seccomp)" = 2 ] || fail "no filter of system calls: $(field $pid Seccomp)"
	[ "$(cat "$place/pid")" = $pid ] || fail "pid file: $(cat "$place/pid")"
	[ "$(stat -c '%U %a' "$place/archive") $(stat -c '%U %a' "$place/state")" = 'nobody 755 nobody 755' ] || fail "owners: $(stat -c '%U %a' "$place"/*)"
	expect 2 "pid: process $pid runs already" nfseal capture -i a1 -P "$place/pid" -o /dev/null --format csv
	"$blast" a0 20000 20000 500 >/dev/null
	"$blast" b0 20000 20000 500 >/dev/null
	kill -s HUP $pid
	sleep 1.2
	stop user 0
	[ "$(jq -c '[.packets.read, .flows.emitted]' user.out)" = '[40000,500]' ] || fail "user: $(jq -c '[.packets, .flows]' user.out)"
	[ ! -s "$place/pid" ] || fail "the pid file still says $(cat "$place/pid")"
	verdict VERIFIED "$place/archive" --state "$place/state"
	echo "an ordinary user with the capability alone, which goes as well"
	cp "$NFSEAL" "$place/nfseal" && chmod 755 "$place/nfseal"
	mkdir "$place/own" && chown nobody "$place/own"
	start able setpriv --reuid nobody --regid "$(id -g nobody)" --clear-groups --inh-caps +net_raw --ambient-caps +net_raw \
		env HOME="$place/own" XDG_STATE_HOME="$place/own/state" "$place/nfseal" capture -i a1 -w "$place/own/archive" --json
	[ "$(field $pid CapPrm) $(field $pid CapAmb) $(field $pid CapEff)" = '0000000000000000 0000000000000000 0000000000000000' ] ||
		fail "capabilities are kept: $(field $pid CapPrm)"
	"$blast" a0 500 0 5 >/dev/null
	sleep 0.3
	stop able 0
	[ "$(jq -c '[.packets.read, .inputs[0].kernel_received]' able.out)" = '[500,500]' ] || fail "able: $(jq -c .packets able.out)"
	verdict VERIFIED "$place/own/archive" --state "$place/own/state/nfseal"
	echo "an archive or a state of somebody else's"
	start roots nfseal capture -q -i a1 -w "$place/roots" --state "$place/roots-state"
	stop roots 0
	expect 2 'roots-state: the state: owned by user 0' nfseal capture -i a1 -u nobody -w "$place/new" --state "$place/roots-state"
	grep -q 'user nobody now' err || fail "not told why: $(cat err)"
	mkdir "$place/theirs"
	expect 2 'theirs.*Permission denied' nfseal capture -i a1 -u nobody -w "$place/theirs" --state "$place/state"
else
	echo "skip: this user namespace has no other users in this kernel"
fi
expect 2 'there is no user nosuchuser' nfseal capture -i a1 -u nosuchuser -w none
expect 2 'there is no group nosuchgroup' nfseal capture -i a1 -u root -g nosuchgroup -w none
expect 2 '-g GROUP needs -u USER' nfseal capture -i a1 -g nogroup -w none

echo "in the background"
nfseal capture -D -P back.pid -i a1 -w back >out 2>err || fail "-D: exit $? $(cat err)"
pid=$(cat back.pid)
kill -0 "$pid" || fail "-D: nothing runs"
[ "$(ps -o sid= -p "$pid" | tr -d ' ')" = "$pid" ] || fail "-D: no session of its own"
[ "$(readlink "/proc/$pid/fd/2")" = /dev/null ] || fail "-D: standard error leads to $(readlink "/proc/$pid/fd/2")"
expect 2 "back.pid: process $pid runs already" nfseal capture -D -P back.pid -i a1 -w other
expect 2 'another writer' nfseal capture -D -i a1 -w back
"$blast" a0 1000 0 10 >/dev/null
sleep 0.3
kill "$pid"
until_true 10 sh -c "! kill -0 $pid"
[ ! -e back.pid ] || fail "-D: the pid file stayed"
verdict VERIFIED back
[ "$(manifests back | xargs jq .packets.read)" = 1000 ] || fail "-D: $(manifests back | xargs jq .packets)"
expect 2 'nosuch0: no such interface' nfseal capture -D -i nosuch0 -w none
expect 2 '-D and --json' nfseal capture -D -i a1 -w none --json
expect 2 '-D and -o -' nfseal capture -D -i a1 -o -
echo "somebody's file" >precious
expect 2 'precious: is there and is no pid file' nfseal capture -i a1 -P precious -w none
[ "$(cat precious)" = "somebody's file" ] || fail "a file was written over"
echo 999999 >stale.pid
nfseal capture -q -D -P stale.pid -i a1 -o /dev/null --format csv || fail "a pid file that was left stops the start"
kill "$(cat stale.pid)"
[ ! -e none ] || fail "an archive was made"

echo "a service manager is told"
cat >manager.py <<'PY'
import os, signal, socket, subprocess, sys, time
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
name = sys.argv[1]
s.bind('\0' + name[1:] if name[0] == '@' else name)
s.settimeout(10)
def until(*words):
    seen = []
    while not all(any(w in m for m in seen) for w in words):
        seen.append(s.recv(4096).decode())
    return seen
p = subprocess.Popen(['nfseal', 'capture', '-q', '-i', 'a1', '-w', sys.argv[2]],
    env=dict(os.environ, NOTIFY_SOCKET=name, WATCHDOG_USEC='3000000'))
first = s.recv(4096).decode()
assert first.startswith('READY=1\nSTATUS=a1: 0 packets'), first
begun = time.monotonic()
until('WATCHDOG=1\nSTATUS=a1: 0 packets, ')
until('WATCHDOG=1')
assert time.monotonic() - begun < 3.5, 'the watchdog would have bitten'
p.send_signal(signal.SIGHUP)
seen = until('RELOADING=1\nMONOTONIC_USEC=', 'READY=1')
p.send_signal(signal.SIGTERM)
until('STOPPING=1')
assert p.wait(10) == 0, p.returncode
p = subprocess.Popen(['nfseal', 'capture', '-q', '-i', 'a1', '-o', '/dev/null', '--format', 'csv'],
    env=dict(os.environ, NOTIFY_SOCKET=name, WATCHDOG_USEC='300000', WATCHDOG_PID='1'))
until('READY=1')
s.settimeout(1.5)
try:
    got = s.recv(4096).decode()
    assert 'WATCHDOG' not in got, got
except TimeoutError:
    pass
p.terminate()
assert p.wait(10) == 0, p.returncode
PY
python3 manager.py "$PWD/notify" told >out 2>&1 || fail "notify: $(cat out)"
python3 manager.py "@nfseal-test-$$" abstract >out 2>&1 || fail "abstract notify: $(cat out)"
[ "$(manifests told | wc -l)" = 2 ] || fail "RELOADING sealed $(manifests told | wc -l)"
NOTIFY_SOCKET=nowhere expect 2 'nowhere: NOTIFY_SOCKET names no socket' nfseal capture -i a1 -w none
NOTIFY_SOCKET=$PWD/gone start unheard nfseal capture -q -i a1 -o /dev/null --format csv
stop unheard 0
finish
