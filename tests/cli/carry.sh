#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# nfseal collect: what defines templates and options goes along, from segment to segment and over
# a restart; what came before its template is decoded when that comes, and says so.
set -u
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || skip "python3 is not installed"
command -v jq >/dev/null || skip "jq is not installed"
carry() { python3 "$NFSEAL_SOURCE/tests/cli/carry.py" "$@"; }
# packets SEGMENT: those of its file, as carry.py tells them, without the records that count
packets() {
	zstd -qdcf "$1".datagrams.pcapng.zst >plain || fail "no datagrams of $1"
	carry packets plain | sed 's/ records=[0-9,]*//'
}
# segment ARCHIVE N: the stem of its files
segment() { local m; m=$(ls "$1"/*/*/*/*-"$(printf %08d "$2")".manifest.json) && echo "${m%.manifest.json}"; }
# loss ARCHIVE N NAME: a count of the manifest
loss() { jq ".losses.$3" "$(segment "$1" "$2").manifest.json"; }
# rows ARCHIVE [COLUMN...]: its flows' ports, or other columns, a line each
rows() { local a=$1; shift; nfseal show -q "$a" -o ndjson | jq -c "[$(printf '.%s,' "${@:-dst_port}" | sed 's/,$//')]"; }
same() { [ "$2" = "$3" ] || fail "$1: '$2' instead of '$3'"; }

# deep ARCHIVE: decoding its datagrams again gives its tables
deep() {
	verdict VERIFIED "$1" --deep
	same "notices of $1" "$(nfseal verify --deep --json "$1" | jq -c '[.notices[] | select(.code == "DERIVATION")]')" "[]"
}

for protocol in 9 10; do
	echo "protocol $protocol: each segment decodes alone"
	carry pcap in.pcap "1000 4000 $protocol 100000 T O D=1; 1001 4001 $protocol 100000 D=1
		1002 4000 $protocol 100001 S=100 D=2; 1012 4000 $protocol 100004 D=1; 1021 4000 $protocol 100005 S=200
		1031 4000 $protocol 100006 D=1; 1041 4000 $protocol 100007 T D=1"
	expect 0 '' nfseal collect -q -r in.pcap -w turned$protocol -t 10
	deep turned$protocol
	same "sampled" "$(rows turned$protocol dst_port sampling_interval datagram)" \
		$'[1,null,1]\n[3,100,3]\n[4,100,3]\n[5,100,1]\n[6,200,1]\n[7,200,1]'
	same "first" "$(packets "$(segment turned$protocol 1)" | cut -d'|' -f1 | sort -u)" "-"
	same "second" "$(packets "$(segment turned$protocol 2)" | cut -d'|' -f1,2)" \
		$'carried: segment=1 datagram=1|4000\ncarried: segment=1 datagram=3|4000\n-|4000'
	same "fourth" "$(packets "$(segment turned$protocol 4)" | cut -d'|' -f1,2)" \
		$'carried: segment=1 datagram=1|4000\ncarried: segment=3 datagram=1|4000\n-|4000'
	same "records" "$(carry packets plain | head -n 2 | cut -d'|' -f1)" \
		"carried: segment=1 datagram=1
carried: segment=3 datagram=1 records=$((protocol == 9 ? 24 : 20))"
	same "carried" "$(loss turned$protocol 4 datagrams_carried) $(loss turned$protocol 4 datagrams_kept) $(loss turned$protocol 4 datagrams)" "2 1 1"
	same "waiting" "$(loss turned$protocol 4 sets_waiting)" 1
	# what a reader that knows nothing of it sees are whole datagrams
	nfseal collect -q -r plain -o alone.ndjson || fail "the segment is no capture"
	same "alone" "$(jq -c '[.dst_port, .sampling_interval]' alone.ndjson)" $'[1,null]\n[6,200]'

	echo "protocol $protocol: a restart"
	carry pcap before.pcap "1000 4000 $protocol 100000 T O S=100 D=1; 1001 4001 $protocol 100000 D=1"
	carry pcap after.pcap "1100 4000 $protocol 100005 D=1"
	expect 0 '' nfseal collect -q -r before.pcap -w again$protocol
	expect 0 '1 exporters go on with the templates and options of segment 1, 1 sets of data wait' \
		nfseal collect -r after.pcap -w again$protocol
	same "rows" "$(rows again$protocol dst_port sampling_interval)" $'[1,100]\n[1,100]'
	same "head" "$(packets "$(segment again$protocol 2)" | cut -d'|' -f1,2)" \
		$'carried: segment=1 datagram=1 inherited|4000\n-|4000'
	# the gap over the restart is known; of IPFIX the unit is a record
	same "missed" "$(loss again$protocol 2 sequence_gaps)" 1
	# once the exporter was heard it is not inherited any more; what waits goes on to wait, over a
	# run that hears nothing of it, as long as that is in the last segment
	carry pcap template.pcap "1200 4001 $protocol 100001 T; 1201 4000 $protocol 100006 D=1"
	expect 0 '1 exporters go on' nfseal collect -r template.pcap -w again$protocol
	same "heard" "$(packets "$(segment again$protocol 3)" | cut -d'|' -f1,2 | head -n 1)" \
		'carried: segment=1 datagram=1 inherited|4000'
	deep again$protocol

	echo "protocol $protocol: what waits over a restart"
	carry pcap data.pcap "1000 4001 $protocol 100000 D=2; 1001 4001 $protocol 100002 D=1"
	expect 0 '' nfseal collect -q -r data.pcap -w late$protocol
	same "declared" "$(loss late$protocol 1 sets_waiting)" 2
	carry pcap template.pcap "1100 4001 $protocol 100003 T D=1"
	expect 0 '' nfseal collect -q -r template.pcap -w late$protocol
	same "late" "$(rows late$protocol dst_port datagram_segment datagram | sort)" \
		$'[1,1,1]\n[1,null,1]\n[2,1,1]\n[3,1,2]'
	same "records" "$(loss late$protocol 2 records_late) $(loss late$protocol 2 sets_waiting)" "3 0"
	deep late$protocol
done

echo "late within a segment is told, too"
carry pcap in.pcap "1000 4000 9 1000 D=1; 1001 4000 9 2000 T D=1"
expect 0 '' nfseal collect -q -r in.pcap -w within
same "late" "$(rows within dst_port datagram_segment | sort)" $'[1,1]\n[2,null]'
deep within

echo "what does not hold any more is not taken over"
carry pcap before.pcap "1000 4000 9 900000 T D=1; 1000 4001 10 900000 T D=1"
for how in "9 500 4000" "10 7 4001"; do
	read -r protocol clock port <<<"$how"
	carry pcap anew.pcap "1060 $port $protocol $clock D=1; 1061 $port $protocol $clock T D=1"
	rm -rf anew state/nfseal
	expect 0 '' nfseal collect -q -r before.pcap -w anew
	expect 0 '2 exporters go on' nfseal collect -r anew.pcap -w anew
	same "anew $protocol" "$(loss anew 2 records_late)" 1
	deep anew
done
for how in "1060 0" "9000 1h" "8000 1h" "500 1h"; do
	read -r time lifetime <<<"$how"
	carry pcap later.pcap "$time 4000 9 950000 D=1"
	rm -rf later state/nfseal
	expect 0 '' nfseal collect -q -r before.pcap -w later
	expect 0 '' nfseal collect -r later.pcap -w later --template-lifetime "$lifetime"
	same "$how" "$(loss later 2 sets_waiting) $(loss later 2 datagrams_carried)" "1 0"
done
expect 2 'a time such as' nfseal collect -r later.pcap -w later --template-lifetime soon

echo "a withdrawal holds"
carry pcap in.pcap "1000 4000 10 1 T O D=1; 1005 4000 10 2 W; 1012 4000 10 2 D=1; 1022 4000 10 3 T D=1"
expect 0 '' nfseal collect -q -r in.pcap -w withdrawn -t 10
same "withdrawn" "$(loss withdrawn 2 sets_waiting) $(loss withdrawn 3 records_late)" "1 1"
same "carried" "$(packets "$(segment withdrawn 2)" | cut -d'|' -f1)" \
	$'carried: segment=1 datagram=1\ncarried: segment=1 datagram=2\n-'
deep withdrawn

echo "what cannot be read is not believed"
expect 0 '' nfseal collect -q -r before.pcap -w spoilt
file=$(segment spoilt 1).datagrams.pcapng.zst
printf '\001' | dd of="$file" bs=1 seek=40 conv=notrunc 2>nul
carry pcap after.pcap "1060 4000 9 950000 D=1"
expect 0 'nothing is known of templates from before: .*datagrams.pcapng.zst' nfseal collect -r after.pcap -w spoilt
same "spoilt" "$(loss spoilt 2 sets_waiting)" 1

echo "without datagrams nothing goes along"
expect 0 'no template outlives this run' nfseal collect -r before.pcap -w bare --no-datagrams
expect 0 '' nfseal collect -q -r after.pcap -w bare
same "bare" "$(loss bare 2 sets_waiting)" 1

echo "live, killed between two templates, as ng_netflow sends them"
port() {
	python3 -c 'import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
p=$(port) source=$(port)
# start: a collector that listens
start() {
	nfseal collect -p "$p" -w live -t 1h 2>"$1" &
	collector=$!
	for _ in $(seq 100); do
		grep -qi ":$(printf %04X "$p") " /proc/net/udp /proc/net/udp6 && return
		sleep 0.05
	done
	fail "nobody listens"
}
# status TEXT FILE: asks until it tells this
status() {
	for _ in $(seq 100); do
		kill -USR1 $collector
		sleep 0.05
		grep -q "$1" "$2" && return
	done
	fail "no '$1' in $2: $(cat "$2")"
}
start one
carry send "$p" "1000 $source 9 100000 T O S=10 D=2"
status ' 2 flows' one
# what is durable: at most a second old
for _ in $(seq 100); do
	[ -n "$(ls live/open/*.datagrams.pcapng.zst.part 2>nul)" ] && [ "$(wc -c <"$(ls live/open/*.datagrams.pcapng.zst.part)")" -gt 0 ] && break
	sleep 0.05
done
sleep 1.2
kill -KILL $collector
wait $collector 2>nul
start two
carry send "$p" "1000 $source 9 160000 D=1"
status ' 1 flows' two
kill -HUP $collector
for _ in $(seq 100); do grep -q 'sealed .*-00000002' two && break; sleep 0.05; done
carry send "$p" "1000 $source 9 170000 D=1"
status ' 2 flows' two
kill -TERM $collector
wait $collector || fail "no clean end: $(cat two)"
grep -q '1 exporters go on with the templates and options of segment 1' two || fail "it is not said: $(cat two)"
same "live" "$(rows live dst_port sampling_interval datagram)" $'[1,10,1]\n[2,10,1]\n[1,10,1]\n[1,10,1]'
same "third" "$(packets "$(segment live 3)" | cut -d'|' -f1)" $'carried: segment=1 datagram=1\n-'
deep live
finish
