#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The emulated world against the kernel's own drivers: usblp, i2c-tiny-usb, at24,
# tpm_vtpm_proxy. Runs as root in the virtual station, without the gate:
#
#	make emulators && tests/vm/run --kmod none -- tests/emulators/smoke.sh
#
# TAP on stdout; exit 0 if every line is ok.

cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
. tests/vm/guest/lib.sh
bin=${EMULATORS:-build/tests/emulators}
world=${WORLD:-/disk/smoke-world}
run=/run/hallmark-world
n=0 failed=0

hm() { "$bin/hm-world" --run $run "$@"; }
ok() {		# ok NAME COMMAND…
	local name=$1

	shift
	n=$((n + 1))
	if "$@" >/tmp/smoke.out 2>&1; then
		echo "ok $n $name"
	else
		failed=$((failed + 1))
		echo "not ok $n $name"
		sed 's/^/# /' /tmp/smoke.out
	fi
}
not() { ! "$@"; }
p() { hm slot0 printer "$@"; }
f() { hm slot0 fixture "$@"; }

# The stock drivers, which the station's own rules keep away.
rm -f /etc/modprobe.d/*hallmark*
modprobe -a vhci_hcd tpm_vtpm_proxy usblp i2c-tiny-usb at24 || exit 1
mkdir -p "$world"/boards/{board01/tpm,board02}
swtpm_setup --tpm2 --tpmstate "$world/boards/board01/tpm" --pcr-banks sha256 --not-overwrite >/dev/null || exit 1

ok "up" hm up --world "$world"
ok "up again changes nothing" hm up --world "$world"
ok "usblp has the printer" wait_for 10 test -c /dev/usb/lp0
lp=/dev/usb/lp0

# A label, GS1 and RFID; a read is posted before, as usblp drops what nobody reads.
label() {	# label SERIAL
	printf '^XA^CI28^PW600^LL300^RS8,,,1,E^RFW,H,2,12,1^FD3034257BF461D8BBDC2C%04X^FS' "$1"
	printf '^RFR,H,2,12,1^FN1^FS^RFR,H,0,12,2^FN2^FS^FH_^HV1,24,EPC[,]_0D_0A,L^FS^FH_^HV2,24,TID[,]_0D_0A,L^FS'
	printf '^FO40,40^BXN,6,200,,,,_^FD_1010401234567890121%d^FS^FO320,40^BQN,2,4^FDQA,https://id.gs1.org/01/04012345678901/21/%d^FS' "$1" "$1"
	printf '^FO40,220^A0N,36^FDserial %d^FS^XZ\n' "$1"
}
talk() {	# talk BYTES-FILE: send, then print what comes back within 10 s
	python3 - "$lp" "$1" <<-'PY'
	import os, select, sys
	fd = os.open(sys.argv[1], os.O_RDWR)
	data = open(sys.argv[2], "rb").read()
	while data:
	    data = data[os.write(fd, data):]
	got = b""
	while select.select([fd], [], [], 10 if not got else 0.5)[0]:
	    chunk = os.read(fd, 4096)
	    if not chunk:
	        break
	    got += chunk
	sys.stdout.buffer.write(got)
	PY
}
label 7 >/tmp/label7
ok "a label is answered with EPC and TID" sh -c '[ "$0" = "EPC[3034257BF461D8BBDC2C0007]
TID[E28011052000705A00000001]" ]' "$(talk /tmp/label7 | tr -d '\r')"
png=$world/slot0/printer/labels/0001.png
ok "DataMatrix reads back with FNC1" sh -c '[ "$0" = "|0104012345678901217" ]' \
	"$(timeout 30 dmtxread -N1 -G 29 "$png" | tr '\035' '|')"
ok "QR reads back" sh -c '[ "$0" = "https://id.gs1.org/01/04012345678901/21/7" ]' \
	"$(timeout 30 zbarimg -q --raw "$png" 2>/dev/null)"
ok "every byte was recorded" cmp "$world/slot0/printer/received.bin" /tmp/label7

printf '~HS' >/tmp/hs
ok "~HS has three strings" sh -c '[ "$0" = 3 ]' "$(talk /tmp/hs | grep -c "$(printf '\003')")"

p fault void 1 >/dev/null
label 8 >/tmp/label8
ok "a void tag says so, with its TID" sh -c '[ "$0" = "EPC[NO TAG FOUND]
TID[E28011052000705A00000002]" ]' "$(talk /tmp/label8 | tr -d '\r')"
ok "the format waits in error" p wait error==1 --timeout 5
p resume >/dev/null
ok "and prints by itself once resumed" p wait good==2 --timeout 5
p fault void 1 >/dev/null
talk /tmp/label8 >/dev/null
printf '~JA' >"$lp"
ok "~JA takes it back" p wait queued==0 --timeout 5
ok "nothing more is printed" p wait labels==4 --timeout 1

p fault paper-out >/dev/null
# LPGETSTATUS; a write that the printer does not take stays in the air.
port_status() {
	python3 -c 'import fcntl, os, struct
fd = os.open("/dev/usb/lp0", os.O_RDWR)
print("%02x" % struct.unpack("i", fcntl.ioctl(fd, 0x060b, struct.pack("i", 0))))'
}
ok "no paper: the port says so" sh -c '[ "$0" = 30 ]' "$(port_status)"
ok "and takes no bytes" sh -c '! timeout 2 dd if=/tmp/label7 of=/dev/usb/lp0'
ok "none was recorded" cmp -n "$(stat -c %s "$world/slot0/printer/received.bin")" \
	"$world/slot0/printer/received.bin" <(cat /tmp/label7 /tmp/hs /tmp/label8 /tmp/label8; printf '~JA')
p clear >/dev/null
p fault unplug-after 100 >/dev/null
dd if=/tmp/label7 of=$lp 2>/dev/null
ok "unplugged after 100 bytes" p wait plugged==0 --timeout 5
ok "usblp noticed" wait_for 5 not test -e $lp
p plug >/dev/null
ok "plugged in again" p wait plugged==1 --timeout 10
ok "usblp is back" wait_for 10 test -c $lp

# kill -9 forgets the buffer, not the roll.
pkill -KILL -x hm-printer
ok "usblp noticed the kill" wait_for 5 not test -e $lp
ok "up after the kill" hm up --world "$world"
ok "the roll stands where it stood" p wait labels==4 --timeout 1
ok "usblp is back after the kill" wait_for 10 test -c $lp
label 9 >/tmp/label9
ok "the next TID is the next label's" sh -c 'echo "$0" | grep -q "TID.E28011052000705A00000005"' "$(talk /tmp/label9)"

# --- the fixture
bus() { grep -l tiny-usb /sys/bus/i2c/devices/i2c-*/name; }
wait_for 10 bus >/dev/null
bus=$(basename "$(dirname "$(bus)")")
ok "insert" f insert board01
ok "a board is in one place" not f insert board02
ok "its TPM is there" f wait tpm==1 --timeout 20
pkill -KILL -x swtpm
ok "a TPM that ended by itself is started again" f wait 'tpm_restarts>=1' --timeout 20
ok "and is there" f wait tpm==1 --timeout 30
ok "and answers" env TPM2TOOLS_TCTI=device:$run/slot0/tpm tpm2_getrandom --hex 8
echo 24c256 0x50 >"/sys/bus/i2c/devices/$bus/new_device"
eeprom=/sys/bus/i2c/devices/${bus#i2c-}-0050/eeprom
ok "at24 has the EEPROM" wait_for 5 test -e "$eeprom"
head -c 100 /dev/urandom >/tmp/r
ok "write" dd if=/tmp/r of="$eeprom" bs=100 seek=1 conv=notrunc
ok "read back" sh -c 'dd if="$0" bs=100 skip=1 count=1 | cmp - /tmp/r' "$eeprom"
ok "the board's file holds it" sh -c 'dd if="$0" bs=100 skip=1 count=1 | cmp - /tmp/r' "$world/boards/board01/eeprom.bin"
f fault hold 10 >/dev/null
dd if=/tmp/r of="$eeprom" bs=100 seek=2 conv=notrunc 2>/dev/null &
ok "a write stalls at byte 10" f wait 'caught>=1' --timeout 5
f release >/dev/null
ok "and ends once released" wait $!
f fault write-protect >/dev/null
tr '\0-\377' '\1-\377\0' </tmp/r >/tmp/q
dd if=/tmp/q of="$eeprom" bs=100 seek=1 conv=notrunc 2>/dev/null
ok "write-protected: nothing changed" sh -c 'dd if="$0" bs=100 skip=1 count=1 | cmp - /tmp/r' "$eeprom"
f clear >/dev/null
f fault corrupt >/dev/null
dd if=/tmp/q of="$eeprom" bs=100 seek=1 conv=notrunc 2>/dev/null
ok "one bit went wrong" sh -c '[ "$(dd if="$0" bs=100 skip=1 count=1 | cmp -l - /tmp/q | wc -l)" = 1 ]' "$eeprom"
f fault cycle-us 10000 >/dev/null
ok "a slow write cycle is waited for" dd if=/tmp/q of="$eeprom" bs=16 count=1 conv=notrunc
ok "NAKs were seen" f wait 'naks>=1' --timeout 1
ok "remove" f remove
ok "the EEPROM does not answer" not dd if="$eeprom" bs=1 count=1
ok "the TPM is gone" f wait tpm_alive==0 --timeout 10
ok "no link is left" not test -e $run/slot0/tpm
ok "insert again" f insert board01
pkill -KILL -x hm-fixture
ok "the TPM dies with its fixture" wait_for 5 not pgrep -x swtpm
ok "up" hm up --world "$world"
ok "the board is still in, TPM and all" f wait tpm==1 --timeout 20
ok "down" hm down
ok "nobody answers" not hm status

echo "1..$n"
echo "# $((n - failed)) passed, $failed failed"
[ $failed = 0 ]
