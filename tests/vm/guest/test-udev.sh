#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The udev rules on a real udevd: run in the virtual station, with the modules
# staged and a world with one board in /out/world (tests/vm/vm.mk does it).
# TAP on stdout; exit 1 if a check failed.
#
# First the control: without our rules each way round the gate is open, and the
# same attempts that must fail later go through. A check that cannot fail is none.

. "$(dirname "$0")/lib.sh"

here=$(cd "$(dirname "$0")" && pwd)
rules=/etc/udev/rules.d/72-hallmark.rules
modprobed=/etc/modprobe.d/hallmark.conf
board=board01
image=$HM_WORLD/boards/$board/eeprom.bin
count=0
failed=0

# check TEXT COMMAND…: one TAP line
check() {
	local text=$1
	shift

	count=$((count + 1))
	if "$@"; then
		echo "ok $count - $text"
	else
		echo "not ok $count - $text"
		failed=$((failed + 1))
	fi
}

bail() {
	echo "Bail out! $*"
	exit 1
}

not() { ! "$@"; }

# mode_of FILE MODE OWNER GROUP
mode_of() {
	local is

	is=$(stat -L -c '%a %U %G' "$1" 2>&1)
	[ "$is" = "$2 $3 $4" ] || { echo "# $1: $is"; return 1; }
}

# as_agent GROUPS COMMAND…: user hallmark, who somebody has put into GROUPS
as_agent() {
	setpriv --reuid hallmark --regid hallmark --groups "$1" -- "${@:2}"
}

# An attempt must go through (0), or be refused for want of permission (1).
passes() { "$@"; [ $? = 0 ]; }
refused() { "$@"; [ $? = 1 ]; }

print_by_usbfs() {
	as_agent "hallmark,lp" "$here/bypass.py" usbfs "$printer_node" 1 '^XA^XZ'
}

write_by_i2c_dev() {
	as_agent "hallmark,i2c" "$here/bypass.py" i2c "$i2c_node" 0x50 "$1" "$2"
}

byte_at() {
	od -An -tx1 -j"$(($1))" -N1 "$image" | tr -d ' '
}

byte_is() { [ "$(byte_at "$1")" = "$2" ]; }

received() {
	emulator printer 0 status | sed 's/.*"received": *\([0-9]*\).*/\1/'
}

received_is() { [ "$(received)" = "$1" ]; }

find_devices() {
	printer=$(usb_device 0a5f ffff) && fixture=$(usb_device 0403 c631) || return 1
	[ -e "$printer:1.0" ] && adapter=$(echo "$fixture":1.0/i2c-*) &&
		[ -e "$adapter" ] && [ -e "/dev/${adapter##*/}" ]
}

plug_both() {
	plug printer 0 --no-picture && plug fixture 0 || return 1
	wait_for 30 find_devices || return 1
	udevadm settle --timeout=60
	printer_node=$(usb_node "$printer")
	fixture_node=$(usb_node "$fixture")
	i2c_node=/dev/${adapter##*/}
}

unplug_both() {
	unplug printer 0
	unplug fixture 0
	wait_for 30 not usb_device 0a5f ffff &&
		wait_for 30 not usb_device 0403 c631 &&
		udevadm settle --timeout=60
}

module_there() { grep -q "^$1 " /proc/modules; }
driver_is() { [ "$(basename "$(readlink "$1/driver")")" = "$2" ]; }
property() { udevadm info -q property "$1" | sed -n "s/^$2=//p"; }
has_tag() { property "$1" CURRENT_TAGS | grep -q ":$2:"; }
one_link() { [ $# = 1 ] && [ -L "$1" ]; }

# --- the control: no rules of ours ----------------------------------------------

control() {
	rm "$rules" "$modprobed"
	# What Debian's i2c-tools installs.
	echo 'KERNEL=="i2c-[0-9]*", GROUP="i2c", MODE="0660"' \
		>/etc/udev/rules.d/60-i2c-tools.rules
	start_udev || bail "no udevd"
	modprobe -a vhci_hcd i2c-dev tpm_vtpm_proxy || bail "no emulated bus"
	plug_both || bail "no printer or fixture"

	check "control: Debian gives the printer's usbfs node to lp" \
		mode_of "$printer_node" 664 root lp
	check "control: the fixture's i2c-dev node is i2c's" \
		mode_of "$i2c_node" 660 root i2c
	check "control: printing through usbfs goes through" passes print_by_usbfs
	check "control: the printer received it" received_is 6
	check "control: writing through i2c-dev goes through" \
		passes write_by_i2c_dev 0x100 5a
	check "control: the EEPROM holds it" byte_is 0x100 5a
	check "control: usblp can be loaded" modprobe usblp
	check "control: usblp is there" module_there usblp

	unplug_both || bail "the devices stay"
	stop_udev || bail "udevd stays"
	modprobe -r usblp hallmark_usb 2>/dev/null
	install_rules
	echo "# with the rules from here on"
}

# --- with our rules -------------------------------------------------------------

station() {
	start_udev && start_gate || bail "no gate"
	udevadm monitor --udev --tag-match=hallmark >/run/monitor &
	monitor=$!
	wait_for 10 grep -q '^UDEV' /run/monitor || bail "no monitor"
	plug_both || bail "no printer or fixture"
	wait_for 30 test -e /dev/hallmark/printer0 || bail "no /dev/hallmark/printer0"
	wait_for 30 test -e /dev/hallmark/eeprom0 || bail "no /dev/hallmark/eeprom0"
	udevadm settle --timeout=60
}

event() { grep -q "^UDEV .* $1 .*/hallmark/$2 " /run/monitor; }

check_markers() {
	local kind

	check "hallmark_usb took the printer by modalias" driver_is "$printer:1.0" hallmark_usb
	for kind in printer eeprom; do
		check "/dev/hallmark/${kind}0 is the group's" \
			mode_of "/dev/hallmark/${kind}0" 660 root hallmark
		check "one by-path link for the $kind" one_link /dev/hallmark/by-path/*-$kind
		check "it leads there" test \
			"$(readlink -f /dev/hallmark/by-path/*-$kind)" = "/dev/hallmark/${kind}0"
		check "${kind}0 is tagged for the daemon's monitor" \
			has_tag "/dev/hallmark/${kind}0" hallmark
		check "${kind}0 wants the daemon" test \
			"$(property "/dev/hallmark/${kind}0" SYSTEMD_WANTS)" = hallmarkd.service
		check "a monitor on the tag saw ${kind}0 come" wait_for 10 event add "${kind}0"
		check "the agent opens ${kind}0" as_hallmark sh -c ": <>/dev/hallmark/${kind}0"
		check "others do not open ${kind}0" not \
			setpriv --reuid tss --regid tss --groups tss,lp -- \
			sh -c ": <>/dev/hallmark/${kind}0" 2>/dev/null
	done
	check "the by-path name tells the port" test -e \
		"/dev/hallmark/by-path/$(property "$printer_node" ID_PATH):1.0-printer"
	check "and is the one that slots are configured with" test \
		"$(readlink -f "$(marker_of 0 eeprom)")" = /dev/hallmark/eeprom0
}

check_printer() {
	check "the printer's usbfs node is root's" mode_of "$printer_node" 600 root root
	check "printing through usbfs is refused, also to a member of lp" \
		refused print_by_usbfs
	check "print services are not told of the printer" test -z \
		"$(property "$printer_node" SYSTEMD_WANTS)$(property "$printer_node" ID_USB_INTERFACES)"
	check "no seat gets the printer" not has_tag "$printer_node" uaccess
	check "usblp was not loaded" not module_there usblp
	check "usblp cannot be loaded by name" not modprobe usblp 2>/dev/null
	check "no /dev/usb/lp0" not test -e /dev/usb/lp0
	check "the printer received nothing" received_is 6
}

check_eeprom() {
	local file

	check "the fixture's usbfs node is root's" mode_of "$fixture_node" 600 root root
	check "the fixture's i2c-dev node is root's" mode_of "$i2c_node" 600 root root
	check "writing through i2c-dev is refused, also to a member of i2c" \
		refused write_by_i2c_dev 0x100 a5
	# at24 binds when the marker is opened, which check_markers has done.
	for file in "$adapter"/*-0050/eeprom "$adapter"/*-0050/*/nvmem; do
		check "at24's ${file##*/} file is there" test -f "$file"
		check "it refuses the agent" refused as_hallmark \
			"$here/bypass.py" file "$file" 0x100 a5
	done
	for file in /sys/class/hallmark_nvmem/{new,delete}_marker "$adapter"/{new,delete}_device; do
		check "${file##*/} refuses the agent" refused as_hallmark \
			"$here/bypass.py" file "$file" 0 30
	done
	check "the EEPROM is as the control left it" byte_is 0x100 5a
}

check_log() {
	local log=/sys/kernel/security/hallmark/log file sum

	check "the log is the group's to read and to export" mode_of "$log" 660 root hallmark
	for file in seq state boot_id exported; do
		check "$file is the group's to read" mode_of "${log%/*}/$file" 440 root hallmark
	done
	check "the agent reads it" as_hallmark sh -c "head -c 16 $log >/dev/null"
	check "others do not" not setpriv --reuid tss --regid tss --clear-groups -- \
		sh -c "head -c 16 $log >/dev/null 2>&1"
	check "others do not export it" refused setpriv --reuid tss --regid tss --clear-groups -- \
		"$here/bypass.py" file "$log" 0 00
	sum=$(sha256sum <"$log")
	as_hallmark "$here/bypass.py" file "$log" 0 00 2>/dev/null
	check "nobody writes into it" test "$sum" = "$(sha256sum <"$log")"
	check "the agent may export it, if it knows the bytes" as_hallmark python3 - "$log" <<-'END'
	import errno, fcntl, os, struct, sys
	export = bytearray(struct.pack("<II72x", 80, 0))
	fd = os.open(sys.argv[1], os.O_RDWR)
	export[8:16] = struct.pack("<Q", len(os.read(fd, 1 << 22)))
	try:
	    fcntl.ioctl(fd, 0xC050B703, export)
	except OSError as err:
	    sys.exit(err.errno != errno.EBADMSG)
	sys.exit(1)
	END
}

check_tpms() {
	local raw

	check "the station's TPM stays with tss" mode_of /dev/tpmrm0 660 tss tss
	check "the agent opens it" as_hallmark sh -c ': <>/dev/tpmrm0'
	check "the board's TPM appears" wait_for 60 test -e "$HM_SLOTS/slot0/tpm"
	udevadm settle --timeout=60
	check "it is the group's" mode_of "$HM_SLOTS/slot0/tpm" 660 root hallmark
	raw=$(readlink "$HM_SLOTS/slot0/tpm" | sed 's/tpmrm/tpm/')
	check "its raw node is root's" mode_of "$raw" 600 root root
}

check_unplug() {
	unplug_both || bail "the devices stay"
	check "a monitor on the tag saw printer0 go" wait_for 10 event remove printer0
	check "a monitor on the tag saw eeprom0 go" wait_for 10 event remove eeprom0
	check "no link dangles" not one_link /dev/hallmark/by-path/*
	kill "$monitor"
	plug_both || bail "no printer or fixture"
	check "plugged again: the printer is back" wait_for 30 test -e /dev/hallmark/printer0
	check "plugged again: the EEPROM is back" wait_for 30 test -e /dev/hallmark/eeprom0
	udevadm settle --timeout=60
	check "and its usbfs node is root's at once" mode_of "$printer_node" 600 root root
	unplug_both
}

[ -w "$image" ] || bail "no $image"
have_gate || bail "no hallmark modules for $(uname -r)"
gid_of i2c 985 >/dev/null
mkdir -p "$HM_WORLD/slot0"
echo "$board" >"$HM_WORLD/slot0/board"

control
station
check_markers
check_printer
check_eeprom
check_log
check_tpms
check_unplug
echo "1..$count"
echo "# $((count - failed)) passed, $failed failed"
[ "$failed" = 0 ]
