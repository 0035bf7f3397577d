# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Shell functions for what runs in the virtual station. Source it:
#
#	. tests/vm/guest/lib.sh
#
# guest/init has called station_users and install_rules already: modprobe.d and
# the udev rules must lie in place before the first module and before udevd.

# wait_for SECONDS COMMAND…: until COMMAND succeeds; 1 when the time is over
wait_for() {
	local end=$((${EPOCHREALTIME/./} + $1 * 1000000))

	shift
	until "$@"; do
		[ "${EPOCHREALTIME/./}" -lt "$end" ] || return 1
		sleep 0.05
	done
}

station_users() { :; }
install_rules() { :; }

# stop_all: TERM, then KILL, to everything but PID 1, the kernel and ourselves
stop_all() {
	local all

	kill -TERM -1 2>/dev/null || return 0
	wait_for 3 no_process || kill -KILL -1 2>/dev/null
	wait
}

# A process of ours has a command line; a kernel thread has none.
no_process() {
	local dir

	for dir in /proc/[0-9]*; do
		[ "${dir#/proc/}" != 1 ] && [ -s "$dir/cmdline" ] && return 1
	done
	return 0
}
