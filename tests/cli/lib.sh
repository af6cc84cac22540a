# SPDX-License-Identifier: BSD-2-Clause
# For the tests of the program: sourced first.  Each test runs in an empty directory.
set -u
fixtures=$(dirname "$NFSEAL")/fixtures
PATH=$(dirname "$NFSEAL"):$PATH:/usr/sbin:/sbin
failures=0

fail() {
	echo "FAILED: $*"
	failures=$((failures + 1))
}

# expect STATUS PATTERN COMMAND...: the exit status, and a line of stderr or stdout that matches
expect() {
	local status=$1 pattern=$2 got=0
	shift 2
	"$@" >out 2>err </dev/null || got=$?
	[ "$got" = "$status" ] || fail "exit $got instead of $status: $* ($(tail -n 1 err))"
	[ -z "$pattern" ] || grep -qE -- "$pattern" out err || fail "no '$pattern' from: $* ($(tail -n 2 err))"
	if grep -q 'AddressSanitizer\|runtime error\|LeakSanitizer' err; then
		fail "sanitizer: $*"
		cat err
	fi
}

# verdict NAME ARCHIVE [OPTIONS]
verdict() {
	local want=$1 got
	shift
	got=$(nfseal verify --json "$@" 2>err | jq -r .verdict)
	[ "$got" = "$want" ] || fail "verdict $got instead of $want: $* ($(tail -n 1 err))"
}

skip() {
	echo "skip: $*"
	exit 77
}

# as_user COMMAND...: as an ordinary user, also where the tests run as root
as_user() {
	if [ "$(id -u)" = 0 ]; then
		setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
	else
		"$@"
	fi
}

finish() {
	[ "$failures" = 0 ] || { echo "$failures failed"; exit 1; }
	exit 0
}
