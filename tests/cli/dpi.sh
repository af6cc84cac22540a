#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Application hints as a person asks for them: alone, together, not at all, in files and archives.
. "$(dirname "$0")/lib.sh"
export XDG_STATE_HOME=$PWD/state
python3 -B "$(dirname "$0")/dpi.py" hints.pcap first.pcap second.pcap

hints=app_name,dns_query,dns_type,dns_rcode,tls_server_name,tls_version,tls_alpn,ja4,quic_version
hints=$hints,http_method,http_host,ssh_banner,rev_ssh_banner

# what OPTION...: each flow's hints as one line, in the flows' order
what() {
	nfseal capture -r hints.pcap -o flows.ndjson -q "$@" 2>err || fail "capture $*: $(cat err)"
	jq -r --arg names "$hints" '[.[($names | split(","))[]] | select(. != null) | tostring] | join(" ")' \
		flows.ndjson
}

same() { # WHAT WANTED GOT
	[ "$2" = "$3" ] || fail "$1: $(diff <(echo "$2") <(echo "$3"))"
}

dns='dns Example.ORG 28 3'
# the hashes are those of `printf 1301,c02f | sha256sum` and `printf 000a,002b_0403,0804 | sha256sum`
tls="tls www.example.com 772 h2,http/1.1 t13d0205h2_$(printf 1301,c02f | sha256sum | cut -c1-12)_$(
	printf '000a,000d,002b_0403,0804' | sha256sum | cut -c1-12)"
http='http POST h.example:8080'
ssh='ssh SSH-2.0-client \027[31m SSH-2.0-server'

same 'without --dpi' "$(printf '\n\n\n\n')" "$(what)"
same --dpi "$(printf '%s\n' "$dns" "$tls" "$http" "$ssh")" "$(what --dpi)"
same --dpi=dns "$(printf '%s\n' "$dns" '' '' '')" "$(what --dpi=dns)"
same --dpi=tls "$(printf '%s\n' '' "$tls" '' '')" "$(what --dpi=tls)"
same --dpi=http "$(printf '%s\n' '' '' "$http" '')" "$(what --dpi=http)"
same --dpi=ssh "$(printf '%s\n' '' '' '' "$ssh")" "$(what --dpi=ssh)"
same --dpi=quic "$(printf '\n\n\n\n')" "$(what --dpi=quic)"
same --dpi=tcp "$(printf '\n\n\n\n')" "$(what --dpi=tcp)"
same --dpi=ssh,dns,tcp "$(printf '%s\n' "$dns" '' '' "$ssh")" "$(what --dpi=ssh,dns,tcp)"
expect 2 'a list of tcp,dns,tls,quic,http,ssh' nfseal capture -r hints.pcap -o x.ndjson --dpi=smtp
expect 2 'a list of' nfseal capture -r hints.pcap -o x.ndjson --dpi=dns,

# The capture in two files, cut in the middle of the hello, gives the same bytes.
expect 0 '' nfseal capture -r hints.pcap -o whole.csv --dpi -q
expect 0 '' nfseal capture -r first.pcap -r second.pcap -o halves.csv --dpi -q
columns=$(head -n 1 whole.csv | tr ',' '\n' | grep -n -E '^(input|first_frame)$' | cut -d: -f1 | paste -sd,)
cmp -s <(cut -d, -f"$columns" --complement whole.csv) <(cut -d, -f"$columns" --complement halves.csv) ||
	fail "the halves differ: $(diff whole.csv halves.csv)"

# In an archive: the option in the manifest, the columns in show and its filter.
expect 0 '' nfseal capture -r hints.pcap -w case --dpi=tls,dns -q
grep -q '"dpi","value":"dns,tls"\|"dpi":"dns,tls"\|"name":"dpi","value":"dns,tls"' case/*/*/*/*.manifest.json ||
	fail "the manifest's options: $(jq -c .options case/*/*/*/*.manifest.json)"
verdict VERIFIED case
[ "$(nfseal show case -o ndjson | jq -r 'select(.tls_server_name == "www.example.com").ja4' | wc -l)" = 1 ] ||
	fail "show does not give the name"
exit $((failures > 0))
