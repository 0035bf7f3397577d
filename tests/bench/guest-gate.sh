#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What the gate costs: the same printer, the same bytes, delivered through the gate
# and through usblp in turn, and the time of one PCR extend beside it. Runs as root
# in the virtual station:
#
#	tests/vm/run -- tests/bench/guest-gate.sh [ROUNDS [JOBS]]
#
# One line a round and size on stdout: gate-round BYTES, and for MARK, its send phase
# alone (between the tracepoints), usblp and one extend each the median and the first
# decile, in microseconds. tests/bench/bench makes the table of them.

cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
. tests/vm/guest/lib.sh
rounds=${1:-5} jobs=${2:-40}
bench=${BENCH:-build/tests/bench}/bench-gate
# memory, not 9p: what the emulator writes down must cost both the same, and little
export HM_WORLD=/tmp/bench-world

die() {
	echo "guest-gate.sh: $*" >&2
	exit 1
}

driver_of() { basename "$(readlink "$interface/driver" 2>/dev/null)" 2>/dev/null; }

# bind DRIVER: give the printer's interface to it, whoever has it now
bind() {
	local now

	now=$(driver_of)
	[ "$now" = "$1" ] && return 0
	if [ -n "$now" ]; then
		echo "${interface##*/}" >"/sys/bus/usb/drivers/$now/unbind" || return 1
	fi
	echo "${interface##*/}" >"/sys/bus/usb/drivers/$1/bind" || return 1
	[ "$(driver_of)" = "$1" ]
}

have_gate || die "the gate is not built for this kernel"
mountpoint -q /sys/kernel/tracing || mount -t tracefs tracefs /sys/kernel/tracing ||
	die "no tracefs"
start_udev && start_gate || die "no gate"
mkdir -p "$HM_WORLD/boards"
plug printer 0 --no-picture --print-ms 0 || die "the printer does not start"
mark=$(marker_of 0 printer)
wait_for 60 test -e "$mark" || die "$mark does not appear"
interface=$(usb_device 0a5f ffff)
interface=$interface/${interface##*/}:1.0
[ "$(driver_of)" = hallmark_usb ] || die "the printer is bound to '$(driver_of)'"
# The station's rules keep usblp away; here it is asked for on purpose.
modprobe --ignore-install usblp || die "no usblp"

for ((round = 0; round < rounds; round++)); do
	for size in 512 4096 65536; do
		bind hallmark_usb || die "hallmark_usb does not take the printer"
		wait_for 30 test -c "$mark" || die "$mark does not come back"
		gate=$("$bench" mark "$mark" $size "$jobs") || die "mark"
		extend=$("$bench" extend /dev/tpm0 "$jobs") || die "extend"
		bind usblp || die "usblp does not take the printer"
		wait_for 30 test -c /dev/usb/lp0 || die "/dev/usb/lp0 does not appear"
		usblp=$("$bench" write /dev/usb/lp0 $size "$jobs") || die "write"
		echo "gate-round $size $gate $usblp $extend"
	done
done
