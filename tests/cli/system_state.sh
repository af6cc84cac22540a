#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What root writes is remembered in the system's state, and read by other users, whose own state knows
# nothing of it; they cannot read the keys.  In a mount namespace with another /var/lib.
if [ "${1:-}" != inside ]; then
	command -v unshare >/dev/null && unshare -rm true 2>/dev/null ||
		{ echo "skip: no mount namespaces in this kernel"; exit 77; }
	[ "$(id -u)" = 0 ] && exec unshare -m "$0" inside
	exec unshare -rm "$0" inside
fi
. "${NFSEAL_SOURCE:?}/tests/cli/lib.sh"
case $(uname) in
Linux) system=/var/lib ;;
*) skip "the system's state lies elsewhere" ;;
esac
mount -t tmpfs -o mode=755 tmpfs "$system" || skip "nothing can be mounted in this kernel"
# A place that another user can come to.
mount -t tmpfs -o mode=755 tmpfs /mnt || skip "nothing can be mounted in this kernel"
"$fixtures/mkcapture" -c 100 /mnt/in.pcap || fail "no capture"
cp "$NFSEAL" /mnt/nfseal
cd /mnt || exit 1
umask 022
unset XDG_STATE_HOME
other() { # as another user, where there is one; else with a state of his own
	if setpriv --reuid 65534 --regid 65534 --clear-groups true 2>/dev/null; then
		setpriv --reuid 65534 --regid 65534 --clear-groups env HOME=/nonexistent /mnt/nfseal "$@"
	else
		env XDG_STATE_HOME=/mnt/own /mnt/nfseal "$@"
	fi
}

expect 0 '^genesis ' /mnt/nfseal capture -r in.pcap -w case
[ "$(stat -c %a $system/nfseal/keys $system/nfseal/archives $system/nfseal/anchors | tr '\n' ' ')" = '700 700 755 ' ] ||
	fail "modes: $(stat -c %a $system/nfseal/*)"
expect 0 '^VERIFIED' other verify case
grep -q 'remembered on this machine' out || fail "$(cat out)"
expect 0 '' other show case
expect 0 'Remembered' other info case
! setpriv --reuid 65534 --regid 65534 --clear-groups cat $system/nfseal/keys/* 2>/dev/null || fail "the keys can be read"
# Rolled back, or another one in its place: the other user sees it too.
cp -a case kept
expect 0 '' /mnt/nfseal capture -q -r in.pcap -w case
rm "$(find case -name '*-00000002.manifest.json')"
expect 4 '^INCOMPLETE' other verify case
rm -r case
mv kept case
expect 4 'HEAD_MISSING' other verify case
expect 2 'not there' /mnt/nfseal capture -q -r in.pcap -w case
# A copy is known by its id; what others could have written is not believed.
cp -a case copy
expect 4 'HEAD_MISSING' other verify copy
chmod 777 $system/nfseal/anchors
expect 6 '^UNTRUSTED' other verify case
chmod 755 $system/nfseal/anchors
# An anchor that cannot be read may be this one.
chmod 000 $system/nfseal/anchors/*.json
if setpriv --reuid 65534 --regid 65534 --clear-groups true 2>/dev/null; then
	expect 2 'cannot be read' other verify case
fi
chmod 644 $system/nfseal/anchors/*.json
echo '{}' >"$(ls $system/nfseal/anchors/*.json)"
expect 2 'cannot be read' other verify case
expect 4 '^INCOMPLETE' other verify --genesis "$(sha256sum <case/genesis.json | cut -d ' ' -f 1)" --head "9:$(sha256sum <case/genesis.json | cut -d ' ' -f 1)" case
finish
