# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Shell functions (bash) for what runs in the virtual station. Source it:
#
#	. tests/vm/guest/lib.sh
#	start_udev		# what Debian's boot does: coldplug, rules, modules
#	start_gate		# hallmark.ko, and the buses that markers come on
#	plug printer 0; plug fixture 0; udevadm settle
#
# or world_up 4 for all of that, then
#
#	start_daemon build/hallmarkd --option …
#
# guest/init has called station_users and install_rules already: modprobe.d and
# the udev rules must lie in place before udevd starts, or usblp takes the
# printer. Every wait has a bound; none sleeps and hopes.

HM_REPO=${HM_REPO:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)}

# wait_for SECONDS COMMAND…: until COMMAND succeeds; 1 when the time is over
wait_for() {
	local end=$((${EPOCHREALTIME/./} + $1 * 1000000))

	shift
	until "$@"; do
		[ "${EPOCHREALTIME/./}" -lt "$end" ] || return 1
		sleep 0.05
	done
}

# gid_of NAME GID: a group's number; the group is made if the host has it not.
# Straight into the files: the tools insist on /etc/gshadow, which an
# unprivileged user's 9p cannot read.
gid_of() {
	local name gid

	while IFS=: read -r name _ gid _; do
		[ "$name" = "$1" ] || continue
		echo "$gid"
		return 0
	done </etc/group
	echo "$1:x:$2:" >>/etc/group
	echo "$2"
}

# user_of NAME UID GID HOME
user_of() {
	busybox grep -q "^$1:" /etc/passwd ||
		echo "$1:x:$2:$3:$1:$4:/usr/sbin/nologin" >>/etc/passwd
}

# As sysusers.d/hallmark.conf would.
station_users() {
	gid_of lp 7 >/dev/null
	user_of tss 988 "$(gid_of tss 988)" / &&
	user_of hallmark 989 "$(gid_of hallmark 989)" /var/lib/hallmark &&
	busybox sed -i '/^tss:/ { s/:$/:hallmark/; t
		/[:,]hallmark\(,\|$\)/! s/$/,hallmark/ }' /etc/group
}

# What the package installs, at the places that an administrator may use.
install_rules() {
	local from=$HM_REPO/udev-rules dir

	busybox mkdir -p /etc/udev/rules.d /etc/{modprobe,tmpfiles,modules-load}.d
	for dir in modprobe tmpfiles modules-load; do
		busybox cp "$from/$dir.d/"*.conf "/etc/$dir.d/" || return 1
	done
	busybox cp "$from"/*.rules /etc/udev/rules.d/
}

# Coldplug of what a station has; the rest of the machine is nobody's here. Of modules
# (which udev counts among subsystems) our rules know one; the events of all of them, and
# of buses and drivers, take ten seconds on a debug kernel.
start_udev() {
	/lib/systemd/systemd-udevd --daemon || return 1
	udevadm trigger --action=add --type=subsystems --subsystem-match=module --sysname-match=hallmark
	udevadm trigger --action=add --type=devices \
		--subsystem-match={block,hallmark,i2c,i2c-dev,net,tpm,tpmrm,usb,virtio-ports}
	udevadm settle --timeout=60
}

stop_udev() {
	udevadm control --exit
	wait_for 10 no_udevd
}

no_udevd() {
	! pgrep -x systemd-udevd >/dev/null
}

# have_gate: were the modules built for this kernel and staged?
have_gate() {
	modinfo -n hallmark >/dev/null 2>&1
}

# start_gate [PARAMETER…]: as modules-load.d does at boot, plus the emulated bus.
# The drivers of markers are not loaded here: udev finds them by modalias.
start_gate() {
	modprobe hallmark "$@" || return 1
	modprobe -a vhci_hcd tpm_vtpm_proxy i2c-dev || return 1
	udevadm settle --timeout=60
}

# --- a TPM that lies, in place of the station's: tests/kselftest/vtpm ------------

VTPM=$HM_REPO/tests/kselftest/vtpm
VTPM_SOCKET=/run/hallmark-world/slot0/vtpm.sock

# start_vtpm: where there is no TPM. Should a busy host make its first answers later
# than its driver waits, that lets go of the chip, and another is made.
start_vtpm() {
	local try pid

	modprobe tpm_vtpm_proxy || return 1
	for try in 1 2 3; do
		rm -f "$VTPM_SOCKET"
		"$VTPM" "$VTPM_SOCKET" "/tmp/vtpm$try" &
		pid=$!
		wait_for 120 vtpm_settled $pid
		[ ! -c /dev/tpm0 ] || break
		echo "# the TPM was too slow for its driver: once more"
		kill $pid 2>/dev/null
		wait $pid
	done
	[ -c /dev/tpm0 ] && wait_for 30 test -S "$VTPM_SOCKET"
}

vtpm_settled() { [ -c /dev/tpm0 ] || ! kill -0 "$1" 2>/dev/null; }

# vtpm WORD...: tell it
vtpm() { "$VTPM" --tell "$VTPM_SOCKET" "$@" >/dev/null; }

# --- the world: one printer and one fixture per slot ----------------------------

HM_WORLD=${HM_WORLD:-/out/world}
HM_EMULATORS=${HM_EMULATORS:-$HM_REPO/build/tests/emulators}
HM_SLOTS=/run/hallmark-world
declare -A EMULATOR_PID=()

# plug KIND SLOT [ARG…]: start the slot's printer or fixture and wait until its
# control socket answers; udev may still be busy with the device behind it.
plug() {
	local kind=$1 slot=$2 port
	shift 2

	port=$((2 * slot))
	[ "$kind" = printer ] || port=$((port + 1))
	"$HM_EMULATORS/hm-$kind" --slot "$slot" --port "$port" \
		--world "$HM_WORLD" --run "$HM_SLOTS" "$@" &
	EMULATOR_PID[$kind$slot]=$!
	wait_for 60 emulator_settled "$kind" "$slot" &&
		[ -S "$HM_SLOTS/slot$slot/$kind.sock" ]
}

emulator_settled() {
	[ -S "$HM_SLOTS/slot$2/$1.sock" ] ||
		process_gone "${EMULATOR_PID[$1$2]}"
}

# unplug KIND SLOT: kill the emulator; to the kernel the cable was pulled
unplug() {
	local pid=${EMULATOR_PID[$1$2]:-}

	[ -n "$pid" ] || return 1
	kill -KILL "$pid"
	wait "$pid" 2>/dev/null
	unset "EMULATOR_PID[$1$2]"
	rm -f "$HM_SLOTS/slot$2/$1.sock"
}

# emulator KIND SLOT WORD…: one request to the control socket, its JSON answer
emulator() {
	"$HM_EMULATORS/hm-world" --run "$HM_SLOTS" "slot$2" "$1" "${@:3}"
}

# world_up SLOTS [EMULATOR OPTION…]: all of it, from udevd to every slot's two
# markers under /dev/hallmark/by-path. The world directory must be there.
world_up() {
	local slots=$1
	shift

	start_udev && start_gate || return 1
	"$HM_EMULATORS/hm-world" --run "$HM_SLOTS" up --world "$HM_WORLD" \
		--slots "$slots" "$@" || return 1
	wait_for 120 markers_there "$slots" && udevadm settle --timeout=60
}

markers_there() {
	[ "$(find /dev/hallmark/by-path -type l 2>/dev/null | wc -l)" = $((2 * $1)) ]
}

# marker_of SLOT printer|eeprom: its stable name; vhci port N is USB port N + 1
marker_of() {
	local port=$((2 * $1 + 1))

	[ "$2" = printer ] || port=$((port + 1))
	echo "/dev/hallmark/by-path/platform-vhci_hcd.0-usb-0:$port:1.0-$2"
}

# usb_device VENDOR PRODUCT: the sysfs directory of the first such device
usb_device() {
	local dir vendor product

	for dir in /sys/bus/usb/devices/*; do
		vendor= product=
		{ read -r vendor <"$dir/idVendor"; read -r product <"$dir/idProduct"; } 2>/dev/null
		[ "$vendor:$product" = "$1:$2" ] && echo "$dir" && return 0
	done
	return 1
}

# usb_node SYSFS: its usbfs node
usb_node() {
	printf '/dev/bus/usb/%03d/%03d\n' "$(<"$1/busnum")" "$(<"$1/devnum")"
}

# --- the daemon -----------------------------------------------------------------

# as_hallmark COMMAND…: as the daemon's user, with the groups it has
as_hallmark() {
	setpriv --reuid hallmark --regid hallmark --init-groups -- "$@"
}

# start_daemon PROGRAM ARG…: in the background as user hallmark, sets DAEMON_PID;
# returns when its socket answers a connect, or 1 when it ended or took too long.
# The three directories are what its systemd unit would make.
start_daemon() {
	install -d -o hallmark -g hallmark -m 0755 /run/hallmark
	install -d -o hallmark -g hallmark -m 0750 /var/lib/hallmark
	rm -f /run/hallmark/hallmarkd.sock
	# Not by as_hallmark: the pid would be that of a shell around the daemon.
	setpriv --reuid hallmark --regid hallmark --init-groups -- "$@" &
	DAEMON_PID=$!
	wait_for "${DAEMON_SECONDS:-60}" daemon_settled
	daemon_answers
}

daemon_answers() {
	[ -S /run/hallmark/hallmarkd.sock ] && kill -0 "$DAEMON_PID" 2>/dev/null &&
		curl -s -o /dev/null --max-time 5 \
			--unix-socket /run/hallmark/hallmarkd.sock http://localhost/
}

daemon_settled() {
	daemon_answers || ! kill -0 "$DAEMON_PID" 2>/dev/null
}

# stop_daemon: TERM, wait for the end, answer its status
stop_daemon() {
	kill -TERM "$DAEMON_PID" 2>/dev/null
	wait_for 30 process_gone "$DAEMON_PID" || kill -KILL "$DAEMON_PID"
	wait "$DAEMON_PID"
}

process_gone() {
	! kill -0 "$1" 2>/dev/null
}

# stop_all: TERM, then KILL, to everything but PID 1 and the kernel's threads
stop_all() {
	kill -TERM -1 2>/dev/null || return 0
	wait_for 3 no_process && return 0
	kill -KILL -1 2>/dev/null
	wait_for 3 no_process
}

# A kernel thread has no command line, and neither has a zombie.
no_process() {
	local dir line

	for dir in /proc/[0-9]*; do
		[ "${dir#/proc/}" = 1 ] && continue
		line=
		{ read -r -d '' line <"$dir/cmdline"; } 2>/dev/null
		[ -z "$line" ] || return 1
	done
	return 0
}

# --- kmemleak, on a kernel that has it ------------------------------------------

HM_KMEMLEAK=/sys/kernel/debug/kmemleak

# leaks_clear: what the boot has left behind is nobody's here
leaks_clear() {
	busybox grep -q debugfs /proc/filesystems || return 0
	busybox mount -t debugfs debugfs /sys/kernel/debug || return 0
	[ ! -e $HM_KMEMLEAK ] || echo clear >$HM_KMEMLEAK
}

# leaks_scan: what nothing points to any more, on stdout. An object is reported when
# it is five seconds old and two scans in a row found it unchanged; one more takes
# back those that were only on their way. A scan is dear on such a kernel.
leaks_scan() {
	local end

	[ -e $HM_KMEMLEAK ] || return 0
	echo scan >$HM_KMEMLEAK || { echo "kmemleak: off"; return 1; }
	end=$((${EPOCHREALTIME/./} + 5200000))
	while [ "${EPOCHREALTIME/./}" -lt $end ]; do
		sleep 0.2
	done
	echo scan >$HM_KMEMLEAK || { echo "kmemleak: off"; return 1; }
	[ -z "$(head -c 1 $HM_KMEMLEAK)" ] || echo scan >$HM_KMEMLEAK
	echo "kmemleak: on"
	cat $HM_KMEMLEAK
}
