#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Archive, replay, collect again: the same flows, column by column, outside what the dry run has
# announced; from a metered archive as IPFIX and NetFlow 9, from collected ones (those of real
# exporters too, where the captures are there) also as the datagrams that they were.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sinks.sh"


# round ARCHIVE FORMAT: sent, collected again and compared
times=0
round() {
	times=$((times + 1))
	nfseal replay "$1" --to udp://127.0.0.1:9 --format "$2" --dry-run --json >dry 2>err
	sink "r$times"
	nfseal replay "$1" --to "$to" --format "$2" --rate 3000d -q --json >sent 2>err
	stop
	expect 0 '' nfseal collect -q -r "r$times.pcap" -w "again$times"
	nfseal show -q "$1" -o ndjson >before
	nfseal show -q "again$times" -o ndjson >after
	[ -s before ] || fail "$1 is empty"
	python3 - "$2" <<'END' || fail "$1 as $2 is not the same: $(jq -c '.targets[0] | [.records, .datagrams, .unsent, .without, .not_sent]' sent)"
import json
import sys

# Where it came from the second time, and where it stands, is another matter.
place = {"exporter_ip", "exporter_port", "export_protocol", "export_time", "received", "datagram_segment",
         "datagram", "datagram_record", "observation_domain", "input", "first_frame", "other", "message"}
dry = json.load(open("dry"))["targets"][0]
exact = sys.argv[1] == "exact"
leave = place | set(dry.get("without", {}))
times = {"flow_start", "flow_end", "flow_start_ns", "flow_end_ns"}
biflows = {"rev_packets", "rev_bytes", "rev_tcp_flags", "rev_initial_tcp_flags", "rev_tos"}
refused = sum(dry.get("not_sent", {}).values())


def read(name):
    out = []
    for line in open(name):
        row = json.loads(line)
        if not exact and sys.argv[1] == "netflow9":
            for c in biflows:  # it is split: the other direction is a flow of its own
                row.pop(c, None)
        kept = {c: v for c, v in row.items() if c not in leave and v is not None}
        for c in times & set(kept):
            if not exact:
                if c.endswith("_ns"):
                    del kept[c]
                else:  # to the millisecond, as announced
                    kept[c] = kept[c][:23].rstrip("Z").rstrip("0").rstrip(".")
            elif c.endswith("_ns"):
                kept[c] = str(kept[c])
        out.append(json.dumps(kept, sort_keys=True))
    return sorted(out)


before, after = read("before"), read("after")
if sys.argv[1] == "netflow9":
    lost = [b for b in before if b not in set(after)][refused:]
    print(*lost[:2], *after[:1], sep="\n")
    sys.exit(bool(lost))
missing = []
rest = {}
for a in after:
    rest[a] = rest.get(a, 0) + 1
for b in before:
    if rest.get(b, 0) > 0:
        rest[b] -= 1
    else:
        missing.append(b)
more = sum(rest.values())
if len(missing) > refused or more > 0:
    print("missing", len(missing), "of", len(before), "more", more, "refused", refused)
    print("\n".join(missing[:2]))
    print("\n".join([k for k, n in rest.items() if n > 0][:2]))
    sys.exit(1)
END
}

"$fixtures/mkcapture" -c 200 in.pcap
expect 0 '' nfseal capture -q -r in.pcap -w metered
for format in ipfix netflow9; do
	round metered $format
done
for format in netflow5 netflow9 ipfix; do
	sink x$format
	nfseal capture -q -r in.pcap -o "$to" --format $format >out 2>err
	stop
	expect 0 '' nfseal collect -q -r x$format.pcap -w c$format
	round c$format exact
	round c$format ipfix
done
if [ -d "$NFSEAL_CAPTURES/netflow" ]; then
	n=0
	while IFS= read -r file; do
		[ "$(stat -c %s "$file")" -lt 200000 ] || continue
		n=$((n + 1))
		[ $n -le 6 ] || break
		nfseal collect -q -r "$file" -w "real$n" 2>err >out || continue
		[ "$(nfseal show -q "real$n" -o ndjson | wc -l)" -gt 0 ] || continue
		round "real$n" exact
	done < <(find "$NFSEAL_CAPTURES/netflow" -name '*.pcap' | sort)
else
	echo "skip: real exporters: there are no NFSEAL_CAPTURES"
fi
finish
