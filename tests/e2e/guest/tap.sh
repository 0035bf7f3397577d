# SPDX-License-Identifier: LGPL-2.1-or-later
# TAP for shell tests in the guest: check TEXT COMMAND..., then finish.

tap_count=0
tap_failed=0

check() {
	local text=$1
	shift

	tap_count=$((tap_count + 1))
	if "$@"; then
		echo "ok $tap_count - $text"
	else
		echo "not ok $tap_count - $text"
		tap_failed=$((tap_failed + 1))
	fi
}

# exits STATUS TEXT COMMAND...: the command ends with that status, and what it
# says on stderr is one line that holds TEXT
exits() {
	local want=$1 text=$2 said rc
	shift 2

	said=$("$@" 2>&1 >/tmp/exits.out)
	rc=$?
	[ "$rc" = "$want" ] || { echo "# status $rc, not $want: $said"; return 1; }
	[ -z "$text" ] && return 0
	grep -q -- "$text" <<<"$said" || { echo "# it says: $said"; return 1; }
}

finish() {
	echo "1..$tap_count"
	[ "$tap_failed" -eq 0 ]
}
