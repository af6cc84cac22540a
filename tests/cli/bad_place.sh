#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Where nothing can be written, or not by us: a clear message, exit 2, no half-sealed segment, and
# the next run works.  Permissions are tested as an ordinary user, full disks as root on a tmpfs.
. "$NFSEAL_SOURCE/tests/cli/lib.sh"
"$fixtures/mkcapture" -c 200 good.pcap
chmod 755 . && chmod 644 good.pcap

echo "output to a full device"
if [ -e /dev/full ]; then
	expect 2 'No space left' nfseal capture -r good.pcap -o /dev/full --format csv
	expect 2 'No space left' nfseal capture -r good.pcap -o /dev/full --format parquet
	nfseal capture -r good.pcap -w w0 --json >/dev/full 2>err
	[ $? = 2 ] || fail "the summary on a full device did not give exit 2"
	verdict VERIFIED w0
fi

echo "no permission"
mkdir -m 0777 open_to_all
nfseal capture -q -r good.pcap -w kept || fail "capture"
chmod 000 good.pcap
expect 2 'good.pcap: cannot open: Permission denied' as_user env XDG_STATE_HOME="$PWD/open_to_all/s" "$NFSEAL" capture -r good.pcap -w open_to_all/a
chmod 644 good.pcap
mkdir -m 0755 closed
expect 2 'Permission denied' as_user env XDG_STATE_HOME="$PWD/open_to_all/s" "$NFSEAL" capture -r good.pcap -w closed/a
[ ! -e closed/a ] || fail "closed/a was made"

echo "a path that is in use for something else"
mkdir busy && touch busy/file
expect 2 'busy' nfseal capture -r good.pcap -w busy
expect 2 'good.pcap' nfseal capture -r good.pcap -w good.pcap

echo "a second writer"
mkfifo pipe
nfseal capture -r pipe -w kept >/dev/null 2>first.err &
exec 3>pipe
cat good.pcap >&3
for _ in $(seq 100); do
	ls kept/open/*.part >/dev/null 2>&1 && break
	sleep 0.05
done
expect 2 'another writer' nfseal capture -r good.pcap -w kept
exec 3>&-
wait %1 || fail "the first writer: $(cat first.err)"
verdict VERIFIED kept

echo "a state directory that others can read or write"
nfseal capture -q -r good.pcap -w loose --state st || fail "capture"
chmod 777 st/keys
expect 2 'st/keys' nfseal capture -r good.pcap -w loose --state st
chmod 700 st/keys
expect 0 '' nfseal capture -q -r good.pcap -w loose --state st
if [ "$(id -u)" = 0 ]; then
	chown 65534 st/keys
	expect 2 'st/keys' nfseal capture -r good.pcap -w loose --state st
	chown 0 st/keys
fi

echo "the key is missing"
cp -R st st.saved
find st/keys -type f -exec rm {} +
expect 2 'key' nfseal capture -r good.pcap -w loose --state st
rm -rf st && mv st.saved st
expect 0 '' nfseal capture -q -r good.pcap -w loose --state st
verdict VERIFIED loose --state st

echo "an archive of another state cannot be extended"
expect 2 '' nfseal capture -r good.pcap -w loose --state other
verdict VERIFIED loose --state st

echo "a remembered path does not begin a second chain"
mv loose moved
expect 2 'remember' nfseal capture -r good.pcap -w loose --state st
[ ! -e loose/genesis.json ] || fail "a second chain was begun"
mv moved loose 2>/dev/null || { rm -rf loose; mv moved loose; }

if [ "$(id -u)" = 0 ] && mkdir small && mount -t tmpfs -o size=2m tmpfs small 2>/dev/null; then
	trap 'umount small' EXIT
	echo "the disk is full while writing"
	"$fixtures/mkcapture" -c 60000 -s 96 -d 3000 big.pcap
	nfseal capture -q -r good.pcap -w small/a || fail "capture to a small disk"
	expect 2 'No space left' nfseal capture -r big.pcap -w small/a --idle 1s --active 1s
	verdict VERIFIED small/a
	expect 0 '' nfseal capture -q -r good.pcap -w small/a
	verdict VERIFIED small/a
	[ "$(nfseal verify --json small/a | jq '.segments | length')" -ge 2 ] || fail "the next run did not seal"

	echo "the archive on a read-only file system"
	mount -o remount,ro small
	expect 2 'Read-only' nfseal capture -r good.pcap -w small/a
	verdict VERIFIED small/a
	expect 0 '' nfseal show small/a -c 1
	expect 0 '' nfseal info small/a
else
	echo "skip: full and read-only disks need root and tmpfs"
fi
finish
