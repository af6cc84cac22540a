#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# nfseal collect --listen tls://: certificates of both sides, and peers that do not speak TLS.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sessions.sh"
command -v openssl >/dev/null || skip "openssl is not installed"

# ca NAME; signed NAME CA [NAMES]
ca() { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$1" -keyout "$1.key" -out "$1.pem" 2>nul; }
signed() {
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" -keyout "$1.key" -out "$1.csr" 2>nul
	printf 'subjectAltName=%s\n' "${3:-DNS:$1}" >ext
	openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" -CAcreateserial -days 2 -extfile ext -out "$1.pem" 2>nul
}
ca ca
ca otherca
signed collector ca "DNS:localhost,IP:127.0.0.1,IP:::1"
signed exporter ca
signed stranger otherca
[ -s collector.pem ] && [ -s stranger.pem ] || fail "openssl made no certificates"

cat >send_tls.py <<'END'
# send_tls.py HOST PORT FILE [CA [CERTIFICATE]] [-MAXIMUM]: over TLS; says how it went
import os, socket, ssl, sys
old = sys.argv[-1] == "-1.2"
args = sys.argv[1:-1] if old else sys.argv[1:]
context = ssl.create_default_context(cafile=args[3])
if len(args) > 4:
    context.load_cert_chain(args[4] + ".pem", args[4] + ".key")
if old:
    context.maximum_version = ssl.TLSVersion.TLSv1_2
data = open(args[2], "rb").read()
try:
    with socket.create_connection((args[0], int(args[1]))) as plain:
        with context.wrap_socket(plain, server_hostname=args[0]) as s:
            for at in range(0, len(data), 5000):
                s.sendall(data[at:at + 5000])
            if "REFUSED" in os.environ: # which TLS 1.3 tells behind the handshake
                s.recv(1)
            s.unwrap()
    print("sent")
except (ssl.SSLError, ConnectionError) as e:
    print("refused", e)
END
sent() { [ "$(python3 send_tls.py "$@")" = sent ] || fail "not sent: $*"; }
refused() {
	local got
	got=$(REFUSED=1 python3 send_tls.py "$@" 2>&1)
	[ "${got#refused}" != "$got" ] || fail "not refused: $*: $got"
}

echo "over TLS 1.3 and 1.2, IPv4 and IPv6; the collector's certificate is the one"
p=$(port)
start plain --listen "tls://:$p" --cert collector.pem --key collector.key -w plain --json
sent 127.0.0.1 "$p" in.ipfix ca.pem
sent ::1 "$p" in.ipfix ca.pem -1.2
sent localhost "$p" in.ipfix ca.pem exporter
refused 127.0.0.1 "$p" in.ipfix otherca.pem
seen plain.err 'begins: TLSv1.3' 2
seen plain.err 'begins: TLSv1.2'
seen plain.err 'the exporter ended it' 3
seen plain.err 'TLS was not agreed on; 0 messages, 0 octets of no message: .*unknown ca'
stop plain 0
verdict VERIFIED --deep plain
jq -e '.sessions | .ended == 3 and .handshake == 1' plain.out >nul || fail "$(jq -c .sessions plain.out)"
jq -e '[.exporters[].transport] == ["tls", "tls", "tls"]' plain.out >nul || fail "$(jq -c .exporters plain.out)"
[ "$(nfseal show -q plain -o ndjson | common | uniq -c | awk '{ print $1 }' | sort -u)" = 3 ] || fail "not each flow three times"

echo "exporters need a certificate of the right CA"
cat collector.pem collector.key >both.pem
p=$(port)
start strict --listen "tls://127.0.0.1:$p" --cert both.pem --client-ca ca.pem -w strict --json
sent 127.0.0.1 "$p" in.ipfix ca.pem exporter
refused 127.0.0.1 "$p" in.ipfix ca.pem
refused 127.0.0.1 "$p" in.ipfix ca.pem stranger
refused 127.0.0.1 "$p" in.ipfix ca.pem -1.2
seen strict.err 'begins: TLSv1.3, certificate /CN=exporter'
seen strict.err 'peer did not return a certificate' 2
seen strict.err 'unable to get local issuer certificate'
stop strict 0
jq -e '.sessions | .ended == 1 and .handshake == 3 and .begun == 1' strict.out >nul || fail "$(jq -c .sessions strict.out)"
[ "$(nfseal show -q strict -o ndjson | common)" = "$(cat flows)" ] || fail "other flows"

echo "peers that do not speak TLS, or not ours, or hang up"
p=$(port)
start bad --listen "tls://127.0.0.1:$p" --cert both.pem -w bad --json
python3 - "$p" in.ipfix ca.pem <<'END' || fail "bad peers"
import socket, ssl, sys
port, data = int(sys.argv[1]), open(sys.argv[2], "rb").read()
def plain(octets, wait=True):
    s = socket.create_connection(("127.0.0.1", port))
    s.sendall(octets)
    s.settimeout(20)
    try:
        while wait and s.recv(1000):
            pass
    except ConnectionResetError:
        pass
plain(data[:2000])                        # IPFIX without TLS
plain(b"GET / HTTP/1.0\r\n\r\n")
plain(b"\x16\x03\x01\x00\x10" + bytes(16)) # a record that is no ClientHello
plain(b"\x16\x03", wait=False)             # and hangs up
context = ssl.create_default_context(cafile=sys.argv[3])
s = context.wrap_socket(socket.create_connection(("127.0.0.1", port)), server_hostname="127.0.0.1")
s.sendall(data)
socket.socket(fileno=s.detach()).close()   # without a word
s = context.wrap_socket(socket.create_connection(("127.0.0.1", port)), server_hostname="127.0.0.1")
s.sendall(data + b"something else")
s.settimeout(20)
try:
    assert s.recv(1) == b""
except (ssl.SSLError, ConnectionError):
    pass
END
seen bad.err 'wrong version number'
seen bad.err 'http request'
seen bad.err 'the connection broke; 1 messages'
seen bad.err 'what came is no IPFIX stream; 1 messages, 14 octets'
openssl s_client -connect "127.0.0.1:$p" -tls1_1 -cipher 'ALL:@SECLEVEL=0' >nul 2>&1 </dev/null && fail "TLS 1.1 was agreed on"
stop bad 3
jq -e '.sessions | .begun == 2 and .broken == 1 and .garbage == 1 and .handshake >= 3' bad.out >nul || fail "$(jq -c .sessions bad.out)"
verdict VERIFIED --deep bad
[ "$(nfseal show -q bad -o ndjson | common | uniq -c | awk '{ print $1 }' | sort -u)" = 2 ] || fail "not each flow twice"

echo "certificates and keys that do not fit"
bad() { expect 2 "$1" timeout 10 nfseal collect --listen tls://127.0.0.1:1 -w x "${@:2}"; }
bad 'absent.pem: cannot read' --cert absent.pem
bad 'exporter.key: no private key .* that fits the certificate: key values mismatch' --cert collector.pem --key exporter.key
bad 'collector.pem: no private key in PEM' --cert collector.pem
bad 'collector.key: no certificate in PEM' --cert collector.key
bad 'collector.key: no CA certificates' --cert both.pem --client-ca collector.key
openssl ec -in collector.key -aes128 -passout pass:secret -out locked.key 2>nul
bad 'locked.key: no private key in PEM, without a pass phrase' --cert collector.pem --key locked.key
[ ! -e x ] || fail "an archive was made though nothing could be collected"
finish
