#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Installs what is missing for a purpose: packages.sh build|check|peers.  Says what it
# installs, and nothing where nothing is missing.  apt-get on Debian, pkg on FreeBSD.
set -eu

# purpose  probe (pkg:MODULE, cmd:COMMAND, hdr:HEADER, lib:MODULE)  Debian's package  FreeBSD's package
table() {
	cat <<-'END'
	build cmd:cc            gcc             -
	build cmd:pkg-config    pkgconf         pkgconf
	build pkg:libpcap       libpcap-dev     libpcap
	build pkg:libarchive    libarchive-dev  libarchive
	build pkg:libcrypto     libssl-dev      openssl
	build pkg:libzstd       libzstd-dev     zstd
	build pkg:zlib          zlib1g-dev      -
	build pkg:liblzma       liblzma-dev     -
	build hdr:bzlib.h       libbz2-dev      -
	build pkg:jansson       libjansson-dev  jansson
	build pkg:libcurl       libcurl4-openssl-dev curl
	build pkg:rdkafka       librdkafka-dev  librdkafka
	build cmd:openssl       openssl         -
	check pkg:cmocka        libcmocka-dev   cmocka
	check cmd:mandoc        mandoc          -
	check cmd:python3       python3         python3
	check cmd:zstd          zstd            zstd
	check cmd:xz            xz-utils        -
	check cmd:bzip2         bzip2           -
	check cmd:lz4           lz4             liblz4
	check cmd:zip           zip             zip
	check cmd:7z            p7zip-full      7-zip
	check cmd:strace        strace          -
	check cmd:ip            iproute2        -
	check cmd:setpriv       util-linux      -
	check cmd:jq            jq              jq
	peers cmd:nfcapd        nfdump          nfdump
	peers cmd:sfcapd        nfdump-sflow    nfdump
	peers cmd:softflowd     softflowd       softflowd
	peers cmd:nfacctd       pmacct          pmacct
	peers cmd:tshark        tshark          tshark
	peers cmd:rsyslogd      rsyslog         rsyslog
	peers lib:rsyslog/lmnsd_ossl.so rsyslog-openssl -
	peers cmd:tcpreplay     tcpreplay       tcpreplay
	END
}

present() {
	case $1 in
	cmd:*) command -v "${1#cmd:}" >/dev/null 2>&1 ;;
	hdr:*) [ -e "/usr/include/${1#hdr:}" ] || [ -e "/usr/local/include/${1#hdr:}" ] ;;
	lib:*) ls /usr/lib/*/"${1#lib:}" >/dev/null 2>&1 ;;
	pkg:*) command -v pkg-config >/dev/null 2>&1 && pkg-config --exists "${1#pkg:}" ;;
	esac
}

purpose=$1
PATH=$PATH:/usr/sbin:/sbin
missing=
column=3
[ "$(uname)" = FreeBSD ] && column=4
while read -r for probe debian freebsd; do
	[ "$for" = "$purpose" ] || continue
	present "$probe" && continue
	name=$debian
	[ "$column" = 4 ] && name=$freebsd
	[ "$name" = - ] || missing="$missing $name"
done <<END
$(table)
END
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" != 0 ]; then
	as_root=sudo
	command -v sudo >/dev/null 2>&1 || {
		echo "packages.sh: missing:$missing - install them as root, there is no sudo here" >&2
		exit 1
	}
fi
echo "installing:$missing"
if [ "$(uname)" = FreeBSD ]; then
	# shellcheck disable=SC2086
	$as_root pkg install -y $missing
else
	$as_root apt-get update -qq
	# shellcheck disable=SC2086
	$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
fi
