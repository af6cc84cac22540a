#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# make install puts the command and its pages below DESTDIR and PREFIX, and the command runs there.
. "$NFSEAL_SOURCE/tests/cli/lib.sh"
variant=$(basename "$(dirname "$NFSEAL")")
make -s -C "$NFSEAL_SOURCE" install VARIANT="$variant" DESTDIR="$PWD/root" PREFIX=/usr >log 2>&1 ||
	fail "make install: $(tail -n 3 log)"
[ -x root/usr/bin/nfseal ] || fail "no command"
for page in "$NFSEAL_SOURCE"/man/*.[157]; do
	name=${page##*/}
	cmp -s "$page" "root/usr/share/man/man${name##*.}/$name" || fail "no page $name"
done
[ "$(root/usr/bin/nfseal --version)" = "$(nfseal --version)" ] || fail "another version was installed"

echo "a service for this system, which runs what was installed"
if [ "$(uname)" = FreeBSD ]; then
	for script in capture collect; do [ -x root/usr/etc/rc.d/nfseal_$script ] || fail "no rc.d script"; done
else
	for command in capture collect; do
		script=root/usr/lib/systemd/system/nfseal-$command@.service
		[ -e $script ] || fail "no unit $script"
		# Its command line is one that the program takes.
		line=$(sed -n 's/^ExecStart=//p' $script)
		[ "${line%% *}" = /usr/bin/nfseal ] || fail "the unit starts $line"
		for word in $line; do
			case $word in
			--*) nfseal $command --help | grep -q -- "$word " || fail "the unit's $word is no option" ;;
			-?) nfseal $command --help | grep -q -- "^ *$word," || fail "the unit's $word is no option" ;;
			esac
		done
		command -v systemd-analyze >/dev/null || continue
		sed 's,^ExecStart=[^ ]*,ExecStart=/bin/true,; /^Documentation/d' $script >nfseal-$command@2055.service
		sed '/^Documentation/d' root/usr/lib/systemd/system/nfseal-collect@.socket >nfseal-collect@2055.socket
		units=./nfseal-$command@2055.service
		[ $command = capture ] || units="$units ./nfseal-collect@2055.socket"
		systemd-analyze verify $units >out 2>&1 || fail "systemd-analyze verify: $(cat out)"
		[ ! -s out ] || fail "systemd-analyze verify: $(cat out)"
		level=$(systemd-analyze security --offline=true ./nfseal-$command@2055.service 2>/dev/null |
			sed -n 's/.*exposure level.*: \([0-9.]*\) .*/\1/p')
		awk -v level="$level" 'BEGIN { exit !(level != "" && level <= 2.0) }' || fail "the unit's exposure is '$level'"
	done
fi
for script in "$NFSEAL_SOURCE"/capture/service/nfseal_*.in; do sh -n "$script" || fail "$script"; done
# The script's start, with what rc.subr gives it.
cat >rc.subr <<'RC'
load_rc_config() { nfseal_capture_interfaces='lo em1' nfseal_capture_filter='not port 22' nfseal_capture_flags='-t 60'; }
run_rc_command() { rc_flags=$nfseal_capture_flags; nfseal_capture_start; }
err() { echo "err: $*"; exit 1; }
RC
sed "s,/etc/rc.subr,$PWD/rc.subr,; s,@PREFIX@/bin/nfseal,$PWD/echoes," "$NFSEAL_SOURCE/capture/service/nfseal_capture.in" >rc
printf '#!/bin/sh\necho "$@"\n' >echoes
chmod +x echoes
[ "$(sh rc start)" = 'capture -q -D -P /var/run/nfseal_capture.pid -i lo -i em1 -u nobody -w /var/db/nfseal-flows --state /var/db/nfseal -t 60 not port 22' ] ||
	fail "rc.d: $(sh rc start)"
cat >rc.subr <<'RC'
load_rc_config() { nfseal_collect_ports='2055 4739' nfseal_collect_user= nfseal_collect_flags='-t 60'; }
run_rc_command() { rc_flags=$nfseal_collect_flags; nfseal_collect_start; }
err() { echo "err: $*"; exit 1; }
RC
sed "s,/etc/rc.subr,$PWD/rc.subr,; s,@PREFIX@/bin/nfseal,$PWD/echoes," "$NFSEAL_SOURCE/capture/service/nfseal_collect.in" >rc
[ "$(sh rc start)" = 'collect -q -D -P /var/run/nfseal_collect.pid -p 2055 -p 4739 -w /var/db/nfseal-exports --state /var/db/nfseal -t 60' ] ||
	fail "rc.d: $(sh rc start)"
finish
