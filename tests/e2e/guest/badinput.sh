#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# In the guest: everything that can be in the way. Each gives one line that says
# what and why and the right exit code; no serial is drawn twice; and the same
# request, made again when the way is clear, finishes what was begun.

. "$(dirname "$0")/station.sh"
. "$(dirname "$0")/tap.sh"

# A slow machine takes its time to print, but a deaf printer should not take minutes.
HM_TIMEOUT_MS=8000
next=1
made=0

issue() {	# KEY [ARG...]
	hallmark issue --product demo-sensor --slot slot0 --patience 6 --key "$@"
}

insert_next() {
	world slot0 fixture remove >/dev/null 2>&1
	board=$(printf 'board%02d' "$next")
	next=$((next + 1))
	[ "${1:-}" = keep ] || world slot0 fixture insert "$board" >/dev/null || fatal "no $board"
}

# obstacle TEXT STATUS WORD KEY SET... -- CLEAR...: what is in the way gives that
# status and a line with WORD; out of the way, the same key is served
obstacle() {
	local text=$1 status=$2 word=$3 key=$4 set=()
	shift 4

	while [ "$1" != -- ]; do
		set+=("$1")
		shift
	done
	shift
	insert_next
	"${set[@]}" >/dev/null || fatal "$text: ${set[*]}"
	check "$text: exit $status, and why" exits "$status" "$word" issue "$key"
	"$@" >/dev/null || fatal "$text: $*"
	check "$text: the same key finishes it" exits 0 "" issue "$key"
	made=$((made + 1))
}

drawn() {
	sqlite3 -readonly "$HM_STATE/hallmark.db" 'select count(*) from units'
}

replug_printer() {
	world slot0 printer plug && wait_for 60 test -e "$(marker_of 0 printer)"
}

unplug_printer() {
	world slot0 printer unplug && wait_for 60 test ! -e "$(marker_of 0 printer)"
}

world_up 1 >/dev/null || fatal "the world did not come up"
station_up
product=$HM_REPO/examples/products/demo-sensor.ini
install -d /tmp/p
cp "$HM_REPO"/examples/products/demo-label.zpl /tmp/p/

sed 's/^filter = 1/filter = 1\ncolour = red/' "$product" >/tmp/p/key.ini
check "product with an unknown key: 2" exits 2 colour hallmark product add /tmp/p/key.ini
sed 's/^pattern = .*/pattern = {n:10}{x}/' "$product" >/tmp/p/pattern.ini
check "product with a bad pattern: 2" exits 2 pattern hallmark product add /tmp/p/pattern.ini
sed 's/^pattern = .*/pattern = {n:14}{c:mod10}/; s/^first = .*/first = 90000000000000/' "$product" >/tmp/p/wide.ini
check "product whose serials do not fit the tag: 2" exits 2 "" hallmark product add /tmp/p/wide.ini
check "no product of that name: 6" exits 6 "" hallmark issue --product nothing
check "nothing was kept of them" test "$(hallmark product list --json | jq 'length')" = 0
hallmark product add "$product" >/dev/null || fatal "no product"

bad_json() {
	curl -s --max-time 10 --unix-socket /run/hallmark/hallmarkd.sock -d "$1" \
		http://localhost/v1/batches | jq -r .error
}
check "malformed JSON" test "$(bad_json '{"product": ')" = bad_json
check "a key twice in JSON" test "$(bad_json '{"product":"demo-sensor","count":1,"count":2}')" = bad_json
check "a count that is no number" test "$(bad_json '{"product":"demo-sensor","count":"x"}')" != null
check "--order is refused: 3" exits 3 order hallmark issue --product demo-sensor --order 17

# before anything is drawn
check "no board: 4" exits 4 board issue no-board
check "... and no serial drawn" test "$(drawn)" = 0
insert_next keep
printf 'somebody else wrote this' | dd of="$HM_WORLD/boards/$board/eeprom.bin" conv=notrunc status=none
world slot0 fixture insert "$board" >/dev/null
check "foreign content: 3" exits 3 "" issue no-board
check "... and no serial drawn" test "$(drawn)" = 0
check "... nothing written" test "$(head -c 24 "$HM_WORLD/boards/$board/eeprom.bin")" = "somebody else wrote this"
insert_next
check "with a good board the same key is served" exits 0 "" issue no-board
made=$((made + 1))

obstacle "no EEPROM" 4 EEPROM eeprom-absent world slot0 fixture fault nak -- world slot0 fixture clear
obstacle "out of paper" 4 paper paper world slot0 printer fault paper-out -- world slot0 printer clear
obstacle "silent printer" 4 answer silent world slot0 printer fault silence -- world slot0 printer clear
obstacle "deaf printer" 4 "" deaf world slot0 printer fault deaf -- world slot0 printer clear
obstacle "no printer" 4 printer gone unplug_printer -- replug_printer
obstacle "void tags" 4 void tags world slot0 printer fault void 3 -- world slot0 printer clear
obstacle "write-protected EEPROM" 4 EEPROM protect world slot0 fixture fault write-protect -- world slot0 fixture clear

# the board is swapped after it was probed: nothing is written on the other one
insert_next
mine=$board
world slot0 printer fault paper-out >/dev/null
check "held up in bound" exits 4 paper issue swapped
insert_next
before=$(sha256sum <"$HM_WORLD/boards/$board/eeprom.bin")
world slot0 printer clear >/dev/null
check "swapped board: 4" exits 4 board issue swapped
check "... nothing is written on it" test "$before" = "$(sha256sum <"$HM_WORLD/boards/$board/eeprom.bin")"
world slot0 fixture remove >/dev/null
world slot0 fixture insert "$mine" >/dev/null
check "with its own board the same key is served" exits 0 "" issue swapped
made=$((made + 1))

# disk full: nothing acknowledged, nothing lost
insert_next
fill() {
	fallocate -l "$(($(stat -f -c '%a * %S' /disk) - 8192))" /disk/ballast
	dd if=/dev/zero of=/disk/ballast2 bs=4096 status=none 2>/dev/null
	sync -f /disk
	true
}
fill
check "disk full: 5" exits 5 "" issue full
rm -f /disk/ballast /disk/ballast2
daemon_answers || start_daemon "$HM_REPO/build/hallmarkd" || fatal "the daemon did not come back"
check "with room again the same key is served" exits 0 "" issue full
made=$((made + 1))

# EPCs that are not of 96 bits, and a roll of tags that have no room for more
sed 's/^name = .*/name = long/; s/^pattern = .*/pattern = A{n:6}/; s/^first = .*/first = 1/
	s/^scheme = .*/scheme = sgtin-198/' "$product" >/tmp/p/short.ini
sed 's/demo-label/long-label/' /tmp/p/short.ini >/tmp/p/long.ini
sed 's/^\^RFW,H/&,,,A/; s/^\^RFR,H,0,12,E/^RFR,H,,,A/; s/\^HV1,24/^HV1,52/' /tmp/p/demo-label.zpl >/tmp/p/long-label.zpl
check "an SGTIN-198, and a template that writes 96 bits: 2" exits 2 "bank A" hallmark product add /tmp/p/short.ini
hallmark product add /tmp/p/long.ini >/dev/null || fatal "no product long"
hallmark product add "$HM_REPO/examples/products/luxury.ini" >/dev/null || fatal "no product luxury"
long() {	# PRODUCT
	hallmark issue --product "$1" --slot slot0 --patience 6 --key "$1"
}
insert_next
world slot0 printer fault small-tag >/dev/null
check "tags of 96 bits for an SGTIN-198: 4, and why" exits 4 void long long
world slot0 printer clear >/dev/null
check "another roll: the same key finishes it" exits 0 "" long long
insert_next
check "a unit with an SGTIN+" exits 0 "" long luxury
made=$((made + 2))
hallmark list --json | jq -r '.[] | select(.product != "demo-sensor") | "\(.epc_hex) \(.serial)"' >/tmp/long
check "each has its serial in its EPC" test "$(while read -r hex serial; do
	hallmark epc decode --gs1 "$hex" | grep -c "(21)$serial\$"
done </tmp/long | xargs)" = "1 1"
jq 'select(.event == "label" and .result == "good" and (.epc | length) != 24)' "$HM_WORLD/slot0/printer/journal.jsonl" >/tmp/long.tags
check "the tags hold all of it" test "$(jq -r .epc /tmp/long.tags)" = "$(cut -d ' ' -f 1 /tmp/long)"
check "... and their PCs say how long it is" test "$(jq -r '.epc_bank[4:8]' /tmp/long.tags | xargs)" = "6800 4000"

# a batch that stops in the middle says who is done, who waits, and for what
insert_next
hallmark issue --product demo-sensor --slot slot0 --count 2 --patience 5 --key middle >/tmp/middle.out 2>/tmp/middle.err
check "a batch without its second board: 4" test $? = 4
check "... names the one that is active" grep -q active /tmp/middle.err
check "... and what is waited for" grep -q board /tmp/middle.err
made=$((made + 1))

check "every serial was drawn once" test "$(drawn)" = "$made"
check "as many distinct good labels" test "$(world slot0 printer labels |
	jq '[.labels[] | select(.result == "good") | .epc] | unique | length')" = "$made"
hallmark audit --live --json >/out/badinput-audit.json
check "audit: clean" test "$(jq -r .verdict /out/badinput-audit.json)" = clean
[ "$(jq -r .verdict /out/badinput-audit.json)" = clean ] || jq -r '.findings[] | "# \(.subject): \(.text)"' /out/badinput-audit.json

# a program that prints behind the daemon's back, through the gate as it must
"$HM_REPO/build/tests/e2e/backdoor" "$(marker_of 0 printer)" >/tmp/backdoor.job
check "a label printed behind the daemon's back" test -s /tmp/backdoor.job
hallmark audit --live --json >/out/backdoor-audit.json
check "... the audit exits 1" test $? = 1
check "... unaccounted" test "$(jq -r .verdict /out/backdoor-audit.json)" = unaccounted
check "... naming the job" grep -q "$(cat /tmp/backdoor.job)" /out/backdoor-audit.json
station_down
finish
