#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Option records between the flows: nfcapd and nfacctd keep reading, each flow once and as it was, or as
# many times as large as the sampling says that they were told of.
set -eu
. "$NFSEAL_SOURCE/tests/interop/lib.sh"
need nfcapd nfdump nfacctd python3
export PYTHONDONTWRITEBYTECODE=1

python3 "$NFSEAL_SOURCE/tests/cli/replay_options.py" make in.pcap
"$NFSEAL" collect -q -r in.pcap -w case
"$NFSEAL" show -q case -o ndjson >expected.ndjson
flows=$(wc -l <expected.ndjson)

# compare FORMAT OPTIONS KEYS FILE: source port, octets and packets; scaled or not, but all alike
compare() {
	python3 - "$@" <<'PYTHON'
import json
import sys

keys = sys.argv[3].split(",")
text = open(sys.argv[4]).read()
got = json.loads(text) if text.startswith("[") else [json.loads(line) for line in text.splitlines()]
got = sorted(tuple(int(r[k]) for k in keys) for r in got if "event_type" not in r or r["event_type"] == "purge")
raw, scaled = [], []
for line in open("expected.ndjson"):
    r = json.loads(line)
    n = r.get("sampling_interval") or 1
    raw.append((r["src_port"], r["bytes"], r["packets"]))
    scaled.append((r["src_port"], r["bytes"] * n, r["packets"] * n))
if got == sorted(raw):
    print(sys.argv[1], "as they were")
elif sys.argv[2] == "all" and got == sorted(scaled):
    print(sys.argv[1], "scaled")
else:
    sys.exit("%s %s: %d flows, %s" % (*sys.argv[1:3], len(got), [g for g in got if g not in set(raw)][:3]))
PYTHON
}

for format in netflow9 ipfix netflow5; do
	for options in all none; do
		run=nfcapd-$format-$options
		port=$(free_port)
		mkdir "$run"
		start "$run" nfcapd -w "$run" -b 127.0.0.1 -p "$port" -t 3600 -S 0
		"$NFSEAL" replay case --to "udp://127.0.0.1:$port" --format $format --options $options --rate 3000d -q
		sleep 0.5
		stop "$run"
		# of IPFIX's data records it does not count those of options, as RFC 7011 section 3.1 does
		errors='Sequence Errors: 0'
		[ $format = ipfix ] && [ $options = all ] && errors='Sequence Errors: [0-9]*'
		grep -q "$errors, Bad Packets: 0" "$run.log" || { cat "$run.log"; exit 1; }
		nfdump -r "$run"/nfcapd.2* -o json >"$run.json"
		compare $format $options src_port,in_bytes,in_packets "$run.json"
	done
done
for format in netflow9 ipfix; do
	run=nfacctd-$format
	port=$(free_port)
	cat >"$run.conf" <<-CONF
		daemonize: false
		nfacctd_ip: 127.0.0.1
		nfacctd_port: $port
		nfacctd_renormalize: true
		plugins: print[all]
		aggregate[all]: src_port
		print_refresh_time[all]: 1
		print_output_file_append[all]: true
		print_output[all]: json
		print_output_file[all]: $PWD/$run.json
	CONF
	start "$run" nfacctd -f "$run.conf"
	for _ in $(seq 100); do grep -q 'cache entries' "$run.log" && break; sleep 0.1; done
	"$NFSEAL" replay case --to "udp://127.0.0.1:$port" --format $format --rate 3000d -q
	for _ in $(seq 100); do
		[ -e "$run.json" ] && [ "$(wc -l <"$run.json")" -ge "$flows" ] && break
		sleep 0.1
	done
	stop "$run" KILL
	# of IPFIX's records without a sampler nfacctd takes the last one that it was told of for theirs
	if [ $format = ipfix ]; then
		jq -c 'select(.sampling_interval != null)' expected.ndjson >sampled.ndjson
		python3 - "$run.json" <<-'PYTHON'
			import json, sys
			ports = {json.loads(line)["src_port"] for line in open("sampled.ndjson")}
			kept = [line for line in open(sys.argv[1]) if int(json.loads(line)["port_src"]) in ports]
			open(sys.argv[1], "w").writelines(kept)
		PYTHON
		mv sampled.ndjson expected.ndjson
	fi
	compare $format all port_src,bytes,packets "$run.json"
done
