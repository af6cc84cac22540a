#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What replay sends as syslog, rsyslog has, field by field: over UDP, TCP and TLS, in both forms.
set -eu
. "$NFSEAL_SOURCE/tests/interop/lib.sh"
need rsyslogd openssl jq
ls /usr/lib/*/rsyslog/lmnsd_ossl.so >/dev/null 2>&1 || { echo "rsyslog-openssl is not installed"; exit 77; }

"$(dirname "$NFSEAL")/fixtures/mkcapture" -c 250 in.pcap
"$NFSEAL" capture -q -r in.pcap -w case
"$NFSEAL" show -q case -o ndjson >flows
"$NFSEAL" show -q case -o cef >cef
count=$(wc -l <flows)
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=siem \
	-addext subjectAltName=IP:127.0.0.1 2>/dev/null

# config NAME INPUT...: one that writes what it has parsed to NAME.out
config() {
	local name=$1
	shift
	cat >"$name.conf" <<-END
		global(workDirectory="$PWD" maxMessageSize="64k" parser.escapeControlCharactersOnReceive="off"
		       defaultNetstreamDriverCAFile="$PWD/cert.pem" defaultNetstreamDriverCertFile="$PWD/cert.pem"
		       defaultNetstreamDriverKeyFile="$PWD/key.pem")
		$*
		template(name="fields" type="string" string="%timereported:::date-rfc3339%|%hostname%|%syslogtag%|%msg%\n")
		ruleset(name="keep") { action(type="omfile" file="$PWD/$name.out" template="fields") }
	END
}
# whole FILE: it has all of them
whole() {
	for _ in $(seq 200); do
		[ "$(cat "$1" 2>/dev/null | wc -l)" -ge "$count" ] && return
		sleep 0.1
	done
	echo "$1 has $(cat "$1" 2>/dev/null | wc -l) of $count messages"
	return 1
}
# listens PORT: somebody takes connections there
listens() {
	for _ in $(seq 100); do
		(: </dev/tcp/127.0.0.1/"$1") 2>/dev/null && return
		sleep 0.1
	done
	return 1
}
run() { start "$1" rsyslogd -n -i "$PWD/$1.rsyslog.pid" -f "$PWD/$1.conf"; }
send() { "$NFSEAL" replay -q case --json --to "$@" >told; jq -e --argjson n "$count" '.targets[0] | .records == $n and .complete' told >/dev/null; }

port=$(free_port)
config udp 'module(load="imudp" timeRequery="1")' "input(type=\"imudp\" address=\"127.0.0.1\" port=\"$port\" ruleset=\"keep\")"
run udp
send "syslog://127.0.0.1:$port" --format json --rate 5000
whole udp.out
stop udp
# the time as it was archived, to the microsecond; the flow as it is
cut -d '|' -f 1 udp.out | sort | cmp - <(jq -r .flow_end flows | sort)
cut -d '|' -f 3 udp.out | sort -u | grep -qx 'nfseal'
cut -d '|' -f 4- udp.out | sed 's/^ //' | sort | cmp - <(sort flows)
echo "UDP: $count messages"

config tcp 'module(load="imtcp")' "input(type=\"imtcp\" address=\"127.0.0.1\" port=\"$port\" ruleset=\"keep\")"
port_of_tcp=$port
rsyslogd -n -i "$PWD/tcp.rsyslog.pid" -f "$PWD/tcp.conf" >tcp.log 2>&1 &
echo $! >tcp.pid
listens "$port_of_tcp"
send "syslog+tcp://127.0.0.1:$port_of_tcp" --syslog 3164
whole tcp.out
stop tcp
cut -d '|' -f 3- tcp.out | sed 's/|//' | sort | cmp - <(sort cef)
echo "TCP: $count messages"

config tls 'module(load="imtcp" streamDriver.name="ossl" streamDriver.mode="1" streamDriver.authMode="anon")' \
	"input(type=\"imtcp\" address=\"127.0.0.1\" port=\"$port\" ruleset=\"keep\")"
rsyslogd -n -i "$PWD/tls.rsyslog.pid" -f "$PWD/tls.conf" >tls.log 2>&1 &
echo $! >tls.pid
listens "$port"
send "syslog+tls://127.0.0.1:$port" --ca cert.pem
whole tls.out
stop tls
cut -d '|' -f 4- tls.out | sed 's/^ //' | sort | cmp - <(sort cef)
echo "TLS: $count messages"
