#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The station in a shell: what a newcomer does, and everything that can be wrong with
# what is asked. No VM, no privileges, no gate: the audit says "ungated".
#
#	tests/e2e/embedded.sh [BUILD-DIRECTORY]
#
# TAP lines, then "N passed, N failed".
set -uo pipefail
cd "$(dirname "$0")/../.."
build=${1:-build}
top=$(mktemp -d /tmp/hm-embedded.XXXXXX)
root=$top/root
state=$root/var/lib/hallmark
conf=$root/etc/hallmark/hallmark.conf
sock=$root/run/hallmark/hallmarkd.sock
tray=$state/tray
daemon=
n=0 failed=0

clean_up() {
	[ -n "$daemon" ] && kill -KILL "$daemon" 2>/dev/null && wait "$daemon" 2>/dev/null
	[ -n "${KEEP_FILES:-}" ] || rm -rf "$top"
}
trap clean_up EXIT

check() {	# TEXT COMMAND...
	local text=$1
	shift
	n=$((n + 1))
	if "$@"; then
		echo "ok $n - $text"
	else
		echo "not ok $n - $text"
		failed=$((failed + 1))
	fi
}

# exits STATUS TEXT COMMAND...: it ends with that status, and standard error holds TEXT
exits() {
	local want=$1 text=$2 rc
	shift 2
	"$@" >"$top/out" 2>"$top/err"
	rc=$?
	[ "$rc" = "$want" ] || { echo "# status $rc, not $want: $(cat "$top/err")"; return 1; }
	[ -z "$text" ] && return 0
	grep -q -- "$text" "$top/err" || { echo "# it says: $(cat "$top/err")"; return 1; }
}

hm() {
	timeout 120 "$build/hallmark" --root "$root" "$@"
}

hmd() {
	timeout 30 "$build/hallmarkd" --root "$root"
}

# station check, its words where an error's are looked for
hm_check() {
	hm station check >&2
}

is() {	# GOT WANTED
	[ "$1" = "$2" ] || { echo "# got '$1', wanted '$2'"; return 1; }
}

wait_for() {	# SECONDS COMMAND...
	local end=$((${EPOCHREALTIME/./} + $1 * 1000000))
	shift
	until "$@" 2>/dev/null; do
		[ "${EPOCHREALTIME/./}" -lt "$end" ] || return 1
		read -rt 0.05 <> <(:) || :
	done
}

api() {		# PATH [CURL-OPTION...]
	local path=$1
	shift
	curl -s --max-time 40 --unix-socket "$sock" "$@" "http://localhost$path"
}

status_of() {	# PATH [CURL-OPTION...]
	api "$@" -o "$top/body" -w '%{http_code}'
}

answers() {
	[ "$(status_of /v1/slots)" = 200 ]
}

gone() {
	! kill -0 "$1" 2>/dev/null
}

start() {
	"$build/hallmarkd" --root "$root" >>"$top/daemon.log" 2>&1 &
	daemon=$!
	wait_for 30 answers
}

# the daemon's end: its exit status
stop() {	# SIGNAL
	local pid=$daemon
	kill "-$1" "$pid"
	wait_for 30 gone "$pid" || kill -KILL "$pid"
	wait "$pid" 2>/dev/null
	local rc=$?
	daemon=
	return $rc
}

no_swtpm() {
	! pgrep -f "swtpm.*$state" >/dev/null
}

# --- set-up ---

check "without a configuration there is nothing to set up: 2" exits 2 "hallmark.conf" hm station init
check "... and nothing is left" test ! -e "$state" -a ! -e "$conf"
check "no station: the daemon does not start: 5" exits 5 "station init" hmd
check "station init --demo" exits 0 "" hm station init --demo
check "a second one is refused: 3" exits 3 "already" hm station init --demo
check "nothing half-made lies beside it" test -z "$(find "$root/var/lib" -name '.hallmark*')"
check "the state is nobody else's to read" is "$(stat -c %a "$state")" 750
check "no daemon: 5" exits 5 "hallmarkd running" hm list
check "no daemon, as JSON" is "$(hm list --json 2>/dev/null | jq -r '.error, .exit' | xargs)" "no_daemon 5"
check "the daemon starts" start
[ "$failed" -eq 0 ] || { echo "Bail out! there is no station to test"; echo "$((n - failed)) passed, $failed failed"; exit 1; }
check "a second daemon: 4" exits 4 "another hallmarkd" hmd
check "station show" is "$(hm station show --json | jq -r '.id, .origin, .gate' | xargs)" "demo-1 example.com/demo-1 null"
check "station check" exits 0 "" hm station check

# --- products ---

product=examples/products/demo-file.ini
mkdir "$top/p"
cp examples/products/demo-label.zpl "$top/p/"
sed 's/^filter = 1/filter = 1\ncolour = red/' $product >"$top/p/key.ini"
check "product with an unknown key: 2" exits 2 colour hm product add "$top/p/key.ini"
sed 's/^pattern = .*/pattern = {n:10}{x}/' $product >"$top/p/pattern.ini"
sed "s/^carrier = .*/carrier = ipmi-fru/; s/^eeprom_size = .*/eeprom_size = 1024/; s/^part_number = .*/part_number = $(printf 'P%.0s' {1..32})/" \
	$product | sed "s/^manufacturer = .*/manufacturer = $(printf 'm%.0s' {1..63})/" >"$top/p/large.ini"
check "product whose image fits no slot: 2, and the size" exits 2 "an image needs up to [0-9]* bytes, a slot has 512" hm product add "$top/p/large.ini"
sed "s/^manufacturer = .*/manufacturer = $(printf 'm%.0s' {1..64})/; s/^carrier = .*/carrier = ipmi-fru/" $product >"$top/p/maker.ini"
check "product whose maker no FRU can name: 2" exits 2 "needs 64 bytes, a field has 63" hm product add "$top/p/maker.ini"
check "product with a bad pattern: 2" exits 2 pattern hm product add "$top/p/pattern.ini"
sed 's/^template = .*/template = none.zpl/' $product >"$top/p/template.ini"
check "product without its template: 6" exits 6 none.zpl hm product add "$top/p/template.ini"
check "product that is not there: 6" exits 6 "No such file" hm product add "$top/p/nothing.ini"
check "product add of a directory: 2" exits 2 "Is a directory" hm product add /
check "nothing of them is known" is "$(hm product list --json | jq length)" 0
check "product add" exits 0 "" hm product add $product
check "the same again" exits 0 "" hm product add $product
check "product list" is "$(hm product list --json | jq -r '.[].name')" demo-file
check "product show" is "$(hm product show demo-file | sha256sum)" "$(sha256sum <$product)"
check "product show of another: 6" exits 6 "no such product" hm product show nothing

# --- what is refused before a serial is drawn ---

check "no product of that name: 6" exits 6 "no product" hm issue --product nothing
check "no slot of that name: 6" exits 6 "no slot" hm issue --product demo-file --slot slot9
check "--order is refused: 3" exits 3 "order" hm issue --product demo-file --order 17
check "a count of zero: 2" exits 2 "count" hm issue --product demo-file --count 0
for count in +5 " 5" 5x 0x5 10001 ""; do
	check "a count of '$count': 2" exits 2 "count" hm issue --product demo-file --count "$count"
done
check "no verb: 2" exits 2 "verb" hm
check "a verb that there is not: 2" exits 2 '^hallmark: no verb "nosuch"' hm nosuch
check "an unknown verb: 2" exits 2 "frobnicate" hm frobnicate
check "an unknown option: 2" exits 2 "unknown option" hm list --colour
check "malformed JSON: 400" is "$(status_of /v1/batches -d '{"product": ')" 400
check "... bad_json, exit 2, in one line" is "$(jq -r '.error, .exit' "$top/body" | xargs)" "bad_json 2"
check "a member twice" is "$(api /v1/batches -d '{"product":"demo-file","count":1,"count":2}' | jq -r .error)" bad_json
check "something behind the value" is "$(api /v1/batches -d '{"product":"demo-file"} {}' | jq -r .error)" bad_json
check "an unknown member" is "$(api /v1/batches -d '{"product":"demo-file","colour":"red"}' | jq -r .error)" bad_request
check "a text for a number" is "$(api /v1/batches -d '{"product":"demo-file","count":"1"}' | jq -r .error)" bad_request
check "a number with a fraction" is "$(api /v1/batches -d '{"product":"demo-file","count":1.5}' | jq -r .error)" bad_request
check "no product told" is "$(api /v1/batches -d '{}' | jq -r .error)" bad_request
check "an order through the API: 501" is "$(status_of /v1/batches -d '{"product":"demo-file","order":"17"}')" 501
check "a body of 2 MiB: 413" is "$(head -c 2097152 /dev/zero | tr '\0' ' ' | status_of /v1/batches --data-binary @-)" 413
check "no such path: 404" is "$(status_of /v1/nothing)" 404
check "a wrong method: 405" is "$(status_of /v1/slots -d '{}')" 405
check "a path that climbs: 404" is "$(status_of /v1/exports/0123456789abcdef/../../../hallmark.db --path-as-is)" 404

idle_sockets() {
	local rc
	coproc IDLE { python3 -c 'import socket, sys
held = [socket.socket(socket.AF_UNIX) for _ in range(300)]
for s in held:
    s.connect(sys.argv[1])
print("open", flush=True)
sys.stdin.read()' "$sock"; }
	read -r -t 30 -u "${IDLE[0]}" _ || return 1
	timeout 40 "$build/hallmark" --root "$root" list >/dev/null
	rc=$?
	eval "exec ${IDLE[1]}>&-"
	wait "$IDLE_PID"
	return $rc
}
check "300 sockets that ask nothing shut nobody out for long" idle_sockets
check "help errors tells errnos with names of their own" is "$(hm help errors | awk '$1 ~ /^(access|invalid|no_memory|cancelled)$/' | wc -l)" 4
check "no serial was drawn" is "$(api /v1/units | jq '.units | length')" 0
check "nothing was kept of the requests" is "$(api /v1/slots | jq -r '.slots[0].state')" idle

# --- units ---

check "issue three" exits 0 "" hm issue --product demo-file --count 3 --lot LOT-1 --key first --json
cp "$top/out" "$top/first.json"
check "... all active" is "$(jq -c '[.[].state] | unique' "$top/first.json")" '["active"]'
check "... three serials, in order" is "$(jq -r '.[].serial' "$top/first.json" | xargs)" "20000000015 20000000022 20000000039"
check "... bound to nothing, and no certificate" is "$(jq -c '[.[] | [.binding, .certificate, .key]] | unique' "$top/first.json")" '[["none",null,null]]'
check "... every member is there" jq -e 'all(.[]; has("serial") and has("product") and has("state") and
	has("generation") and has("lot") and has("slot") and has("epc") and has("epc_hex") and has("tid") and
	has("key") and has("certificate") and has("binding") and has("record") and has("eeprom_sha256") and
	(.label | has("digital_link") and has("payload_sha256")) and
	(.marks | length == 5 and all(.[]; has("marker") and has("seq") and has("state") and has("digest"))) and
	has("leaf") and (.ms | has("reserve") and has("probe") and has("bind") and has("mark") and has("sign") and
	has("write") and has("commit")))' "$top/first.json" >/dev/null
check "... the label's digest is that of the file" is "$(jq -r '.[0].label.payload_sha256' "$top/first.json")" \
	"$(sha256sum <"$tray/labels/20000000015-001.zpl" | cut -d' ' -f1)"
check "the same key: the same units" exits 0 "" hm issue --product demo-file --count 3 --lot LOT-1 --key first --json
check "... to the byte" cmp -s "$top/first.json" "$top/out"
check "the same key for something else: 3" exits 3 "another request" hm issue --product demo-file --count 4 --lot LOT-1 --key first
check "a key that was made is told" exits 0 "key [0-9a-f]\{32\}" hm issue --product demo-file
check "list" is "$(hm list --json | jq length)" 4
check "list --lot" is "$(hm list --lot LOT-1 --json | jq length)" 3
check "list --state" is "$(hm list --state void --json | jq length)" 0
check "list of a state that does not exist: 2" exits 2 "no such state" hm list --state frozen
closed() { timeout 120 "$build/hallmark" --root "$root" "$@" >&-; }
check "list, and standard output is closed: 5" exits 5 "standard output: Bad file descriptor" closed list
check "... with --json" exits 5 "standard output: Bad file descriptor" closed list --json
check "show tells the story" is "$(hm show 20000000022 --json | jq -c '[.story[].state]')" '["reserved","marking","writing","active"]'
check "show of an unknown serial: 6" exits 6 "no unit" hm show 20000000999
check "show of what is no serial: 6" exits 6 "" hm show ../../etc

# --- records ---

eeprom=$tray/eeproms/20000000022.bin
check "verify SERIAL" exits 0 "" hm verify 20000000022
check "verify of an unknown serial: 6" exits 6 "" hm verify 20000000999
check "verify --eeprom" exits 0 "" hm verify --eeprom "$eeprom"
check "verify --eeprom --offline" exits 0 "" hm verify --eeprom "$eeprom" --offline
check "an EEPROM is 32 KiB" is "$(stat -c %s "$eeprom")" 32768
check "record show" is "$(hm record show "$eeprom" --json | jq -r '.slots[] | .tlvinfo.record.serial' | xargs)" "20000000022 20000000022"
record=$(jq -r '.[1].record' "$top/first.json")
check "the record in the EEPROM is the one in the books" grep -q "$record" <(od -An -v -tx1 "$eeprom" | tr -d " \n")
python3 - "$eeprom" "$top/forged.bin" <<'PY'
import sys, zlib
image = bytearray(open(sys.argv[1], "rb").read())
for slot in (0, len(image) // 2):
    size = 11 + int.from_bytes(image[slot + 9:slot + 11], "big")
    at = image.index(b"\x02\x6b20000000022", slot)       # the record's subject
    image[at + 12] = ord("9")
    body = image[slot:slot + size - 4]
    image[slot + size - 4:slot + size] = zlib.crc32(body).to_bytes(4, "big")
open(sys.argv[2], "wb").write(image)
PY
check "a forged record is not genuine: 1" exits 1 "" hm verify --eeprom "$top/forged.bin" --offline
check "an empty EEPROM is not genuine: 1" exits 1 "" hm verify --eeprom /dev/null --offline
check "record show of something else: 1" exits 1 "" hm record show $product
check "label preview" exits 0 "" hm label preview --product $product --serial 20000000022 --output "$top/label.png"
check "... a picture" is "$(head -c 4 "$top/label.png" | tail -c 3)" PNG
check "label preview of a serial with a bad check digit: 2" exits 2 "check digit" hm label preview \
	--product $product --serial 20000000023 --output "$top/no.png"
check "... makes none" test ! -e "$top/no.png"
check "label render: what the printer got, byte by byte" is \
	"$(hm label render --product $product --serial 20000000022 --lot "$(jq -r '.[] | select(.serial == "20000000022").lot' "$top/first.json")" |
		sha256sum | cut -c1-64)" "$(jq -r '.[] | select(.serial == "20000000022").label.payload_sha256' "$top/first.json")"
check "label render -: a bad serial is answered in its place" is \
	"$(printf '20000000022\n20000000023\n\n20000000039\n' | hm label render --product $product --serial - |
		grep -o '^\^XZ\|^error: [a-z_]*' | tr '\n' ';')" "^XZ;error: bad_check_digit;error: empty;^XZ;"
for set in electronics medical-udi automotive food luxury; do
	check "label set $set: taken" exits 0 "" hm product add "examples/products/$set.ini"
done
check "a label that needs a lot: refused without, 2" exits 2 "lot" hm issue --product medical-udi
check "... and made with it" is "$(hm --json issue --product medical-udi --lot LOT-7A 2>/dev/null | jq -r '.[0].state')" active
sed 's/^template = .*/template = t.epl/; s/^name = .*/name = epl/' $product >"$top/p/epl.ini"
: >"$top/p/t.epl"
check "a template of no language: 2" exits 2 "t.epl" hm product add "$top/p/epl.ini"

# --- codecs ---

uri=$(jq -r '.[0].epc' "$top/first.json") hex=$(jq -r '.[0].epc_hex' "$top/first.json")
check "epc encode" is "$(hm epc encode "$uri")" "$hex"
check "epc decode" is "$(hm epc decode "$hex")" "$uri"
check "epc from standard input: a bad line is answered in its place" is \
	"$(printf '%s\nFF00\n%s\n' "$hex" "$hex" | hm epc decode - | cut -c1-6 | xargs)" "urn:ep error: urn:ep"
printf 'zz\n' >"$top/bad"
check "... and the exit is 1" exits 1 "" hm epc decode - <"$top/bad"
check "epc: what the label says is what the tag says" is \
	"$(hm epc decode --link "$hex")" "$(jq -r '.[0].label.digital_link' "$top/first.json")"
check "epc: ... and its element string is the same tag again" is \
	"$(hm epc encode --prefix-length 7 --filter 1 "$(hm epc decode --gs1 "$hex")")" "$hex"
check "serial preview of a file" is "$(hm serial preview --product examples/products/demo-file.ini --count 2 | xargs)" \
	"20000000015 20000000022"
check "serial preview of a product that the station knows" is \
	"$(hm serial preview --product demo-file --count 1 --json | jq -r '.[0] | "\(.serial) \(.counter)"')" "20000000015 2000000001"
check "... of none: 6" exits 6 "no such product" hm serial preview --product nothing
check "serial check: lines are answered in their places" is \
	"$(printf '20000000015\n20000000016\n\n20000000022\n' | hm serial check --product demo-file - | cut -d: -f1,2 | tr '\n' ';')" \
	"counter 2000000001;error: bad_check_digit;error: empty;counter 2000000002;"
check "... and the exit is 1" exits 1 "" hm serial check --product demo-file 20000000016
check "unguessable serials come back with their key" is \
	"$(printf '2B7E151628AED2A6ABF7158809CF4F3C\n' >"$top/key"
	   hm serial preview --pattern '{d:yymmdd}{r:8:day}' --date 2026-11-22 --count 3 --key-file "$top/key" |
	   hm serial check --pattern '{d:yymmdd}{r:8:day}' --key-file "$top/key" - | tr '\n' ';')" \
	"counter 0 date 2026-11-22;counter 1 date 2026-11-22;counter 2 date 2026-11-22;"
check "a numbering without the date it needs: 2" exits 2 "need a date" hm serial preview --pattern '{d:yy}{n:4}'
check "a numbering that makes no sense: 2" exits 2 "begins anew" hm serial preview --pattern '{n:4:day}'
printf 'serial\nA1\nA2\nA1\n' >"$top/list.csv"
check "a supplied list with an entry twice: 3" exits 3 "line 4: the same as in line 2" hm serial check --list "$top/list.csv"
sed 's/^pattern.*/pattern = {r:10}/; s/^first.*/first = 1\nguess_odds = 10000/' examples/products/demo-file.ini >"$top/odds.ini"
check "more serials than the odds allow: 3" exits 3 "last is at most 999999" hm serial preview --product "$top/odds.ini"

# --- numbering by day, by lot, under a key ---

make_product() {	# NAME SED-EXPRESSION...: a product file beside the demo's template
	local name=$1
	shift
	sed -e "s/^name = .*/name = $name/" "$@" $product >"$top/p/$name.ini"
	echo "$top/p/$name.ini"
}
serials() {	# PRODUCT [OPTION...]
	hm issue --product "$@" --json | jq -r '.[].serial' | xargs
}

no_tag='s/^scheme = .*/scheme = none/; /^filter/d'
sed '/^\^R[SF]/d; /\^HV/d; /epc_hex/d' "$top/p/demo-label.zpl" >"$top/p/plain.zpl"
lots=$(make_product lots -e 's/^pattern.*/pattern = {l:5}{n:3:lot}{c:mod37_36}/; s/^first.*/first = 0/; s/demo-label/plain/' -e "$no_tag")
check "product with lots and without a tag" exits 0 "" hm product add "$lots"
check "its lot is not told: 2" exits 2 "need a lot" hm issue --product lots
check "its lot is too long: 1" exits 1 "5 characters" hm issue --product lots --lot LOT-17
check "each lot begins anew" is "$(serials lots --lot A7001 --count 2 | cut -c1-8,10-18) $(serials lots --lot A7002 | cut -c1-8)" \
	"A7001000 A7001001 A7002000"
check "... and has no EPC" is "$(hm list --lot A7002 --json | jq -c '[.[].epc_hex]')" '[null]'
with_tag=$(make_product tagged -e 's/^pattern.*/pattern = {n:6}/; s/^first.*/first = 0/' -e "$no_tag")
check "a label that wants an EPC where there is none: 2" exits 2 "epc_hex" hm product add "$with_tag"
letters=$(make_product letters -e 's/^pattern.*/pattern = A{n:6}/; s/^first.*/first = 0/')
check "letters and SGTIN-96: 2" exits 2 "sgtin-96" hm product add "$letters"
sed 's/^\^RFW,H/&,,,A/; s/^\^RFR,H,0,12,E/^RFR,H,,,A/; s/\^HV1,24/^HV1,52/' "$top/p/demo-label.zpl" >"$top/p/long-label.zpl"
long=(-e 's/^pattern.*/pattern = A{n:6}/; s/^first.*/first = 0/; s/^scheme.*/scheme = sgtin-198/')
check "letters and SGTIN-198, a template that writes 96 bits: 2" exits 2 "bank A" hm product add "$(make_product long "${long[@]}")"
check "... and one that writes them all" exits 0 "" hm product add "$(make_product long "${long[@]}" -e 's/demo-label/long-label/')"
tagged() {	# PRODUCT GTIN: its next unit's EPC has its serial in it, and says its scheme
	hm issue --product "$1" --json | jq -r '.[] | "\(.epc) \(.epc_hex) \(.serial)"' | {
		read -r epc hex serial
		echo "${epc:0:21} ${#hex} $([ "$(hm epc decode --gs1 "$hex")" = "(01)$2(21)$serial" ] && echo "${serial:0:6}")"
	}
}
check "a unit with an SGTIN-198" is "$(tagged long 09521234543220)" "urn:epc:tag:sgtin-198 52 A00000"
check "a unit with an SGTIN+" is "$(tagged luxury 09521234544067)" "urn:epc:raw:128.xF710 32 000000"
vial=$(make_product vial -e 's/^pattern.*/pattern = 1{r:9}{c:mod10}/; s/^first.*/first = 1\nlast = 99999\nguess_odds = 10000/')
many=$(make_product many -e 's/^pattern.*/pattern = 1{r:9}{c:mod10}/; s/^first.*/first = 1\nlast = 100000\nguess_odds = 10000/')
check "serials that could be guessed: 3" exits 3 "last is at most 99999" hm product add "$many"
check "unguessable serials" exits 0 "" hm product add "$vial"
check "... the same product again" exits 0 "" hm product add "$vial"
first_vials=$(serials vial --count 3)
check "... are three, of its form" bash -c '[[ "$0" =~ ^1[0-9]{10}\ 1[0-9]{10}\ 1[0-9]{10}$ ]]' "$first_vials"
check "... and read as such" is "$(echo "$first_vials" | tr ' ' '\n' | hm serial check --product vial - | sort -u)" "counter hidden"

# --- what a customer supplied ---

lists=$top/lists
mkdir "$lists"
printf 'serial\nA7-0001\nA7-0002\n' >"$lists/acme.csv"
printf 'serial\r\nA7-0003\r\n"A7-0001"\r\n' >"$lists/again.csv"
printf 'mac\n9C:F6:DD:00:00:08\n9CF6DD000000\n' >"$lists/macs.csv"
printf 'serial\nA7-0003\nA7-\xff\n' >"$lists/bytes.csv"
check "pool show of none: 6" exits 6 "no such pool" hm pool show acme
check "pool add" exits 0 "" hm pool add "$lists/acme.csv"
check "... the same list again" is "$(hm pool add "$lists/acme.csv" --json | jq -c '[.name, .kind, .added, .entries]')" '["acme","serial",0,2]'
check "... another list under its name: 3" exits 3 "append" hm pool add "$lists/again.csv" --name acme
check "... an entry twice: 3, and its line" exits 3 "line 3: A7-0001 is in pool acme already" hm pool add "$lists/again.csv" --name acme --append
check "... bytes of no text: 1, and the line" exits 1 "line 3" hm pool add "$lists/bytes.csv"
check "... an empty file: 1" exits 1 "empty" hm pool add /dev/null
check "... a file that is not there: 6" exits 6 "No such file" hm pool add "$lists/none.csv"
check "... a name that is none: 2" exits 2 "name of a pool" hm pool add "$lists/macs.csv" --name ../macs
check "pool without a verb: 2" exits 2 "add FILE" hm pool
check "nothing of them is there" is "$(hm pool show acme --json | jq -c '[.entries, .drawn, .left]')" '[2,0,2]'
acme=$(make_product acme -e 's/^pattern.*/pool = acme/; /^first/d; s/demo-label/plain/' -e "$no_tag")
check "a product without its pool: 2" exits 2 "no such pool" hm product add "$(make_product nowhere -e 's/^pattern.*/pool = nowhere/; /^first/d; s/demo-label/plain/' -e "$no_tag")"
check "a product that draws from the pool" exits 0 "" hm product add "$acme"
check "more than there are: 3" exits 3 "all of its 2 entries" hm issue --product acme --count 3 --key pool
check "... two of them are made" is "$(hm list --json | jq -r '.[] | select(.product == "acme") | .serial' | xargs)" "A7-0001 A7-0002"
check "... and nothing for a new request: 3" exits 3 "all of its 2 entries" hm issue --product acme
check "... by its class" is "$(hm issue --product acme --json 2>/dev/null | jq -r '.error, .exit' | xargs)" "pool_exhausted 3"
check "others go on meanwhile" exits 0 "" hm issue --product demo-file
printf 'serial\nA7-0003\n' >"$lists/more.csv"
check "a second list" exits 0 "" hm pool add "$lists/more.csv" --name acme --append
check "... finishes the batch" is "$(serials acme --count 3 --key pool)" "A7-0001 A7-0002 A7-0003"
sed 's/{{serial}}/{{mac}}/' "$top/p/plain.zpl" >"$top/p/mac.zpl"
nic=$(make_product nic -e 's/^pattern.*/pattern = N{n:4}/; s/^first.*/first = 1\n[mac]\npool = macs\ncount = 4/; s/demo-label/mac/' -e "$no_tag")
check "pool add of addresses" exits 0 "" hm pool add "$lists/macs.csv"
check "a product with addresses" exits 0 "" hm product add "$nic"
check "... each unit has four" is "$(hm issue --product nic --count 2 --json | jq -c '.[] | [.mac, .macs]' | xargs)" "[9C:F6:DD:00:00:08,4] [9C:F6:DD:00:00:00,4]"
check "... on its label" grep -q "9C:F6:DD:00:00:08" "$tray/labels/N0001-001.zpl"
check "... and in its EEPROM" is "$(hm record show "$tray/eeproms/N0001.bin" --json | jq -c '.slots[0].tlvinfo | [.mac, .macs]')" '["9cf6dd000008",4]'
check "no run is left: 3" exits 3 "all of its 2 entries" hm issue --product nic
check "pool show" is "$(hm pool show --json | jq -c '[.[] | [.name, .left]]')" '[["acme",0],["macs",0]]'

# --- people ---

check "reprint without a reason: 2" exits 2 "reason" hm reprint 20000000022
check "reprint" exits 0 "" hm reprint 20000000022 --reason "the first is torn" --who anna
check "... a second label lies in the tray" test -e "$tray/labels/20000000022-002.zpl"
check "... flagged as such, and whose it is" is "$(hm show 20000000022 --json |
	jq -c '[.story[] | select(.step == "reprint" and (.jobs | any(.reprint == true))) | [.who, .why]]')" \
	'[["anna","the first is torn"]]'
check "resolve where nothing is asked: 3" exits 3 "" hm resolve 20000000022 --label x
check "resolve with two answers: 2" exits 2 "one of" hm resolve 20000000022 --void --retry
check "resolve of an unknown serial: 6" exits 6 "" hm resolve 20000000999 --retry
check "giving up an active unit: 3" exits 3 "" hm resolve 20000000022 --void --reason x

# --- a device that is away ---

mv "$tray/labels" "$tray/labels.away"
check "no printer: 4, and why" exits 4 "labels" hm issue --product demo-file --count 2 --key away --patience 2
check "... says which unit waits" grep -q "unit .* waits for" "$top/err"
check "... and that one is not begun" grep -q "1 units are not begun" "$top/err"
check "... the slot shows it" is "$(api /v1/slots | jq -r '.slots[0].state')" waiting
mv "$tray/labels.away" "$tray/labels"
check "with the printer back the same key is served" exits 0 "" hm issue --product demo-file --count 2 --key away --json
check "... by two units" is "$(jq length "$top/out")" 2
before=$(api /v1/slots | jq .version)
# by the time the second poll ends, the daemon has tried to answer the first
curl -s --max-time 0.3 --unix-socket "$sock" "http://localhost/v1/slots?wait=1&version=$before" >/dev/null
check "a client that goes away in a long poll" is "$(api "/v1/slots?wait=2&version=$before" | jq .version)" "$before"
check "... is nothing to log" bash -c '! grep -n "http:" "$0"' "$top/daemon.log"
check "a long poll sleeps while nothing changes" is "$(api "/v1/slots?wait=1&version=$before" | jq .version)" "$before"

# --- evidence ---

for _ in 1 2 3 4 5; do
	api /v1/exports -d '{}' -o "$top/body"
done
check "clients that fetch nothing leave four exports, and no more" is "$(find "$state/exports" -mindepth 1 -maxdepth 1 | wc -l)" 4
check "... the last of them is whole" is "$(api "/v1/exports/$(jq -r .id "$top/body")/$(jq -r '.files[0].path' "$top/body")" |
	sha256sum | cut -d' ' -f1)" "$(jq -r '.files[0].sha256' "$top/body")"
check "... and are in nobody's way" exits 0 "" hm ledger export "$top/despite"
for id in $(cd "$state/exports" && echo *); do
	api "/v1/exports/$id" -X DELETE -o "$top/body"
done
check "ledger export" exits 0 "" hm ledger export "$top/bundle"
check "a second one to the same place: 3" exits 3 "there already" hm ledger export "$top/bundle"
check "no export is left with the daemon" test -z "$(ls "$state/exports")"
check "audit: 1, because nothing was measured" exits 1 "" hm audit "$top/bundle"
check "... verdict: ungated" is "$(tail -1 "$top/out")" "verdict: ungated"
check "... with the root told beforehand" exits 1 "" hm audit "$top/bundle" --trust-root "$state/keys/root.pem" --json
check "... as JSON" is "$(jq -r .verdict "$top/out")" ungated
check "audit --live" exits 1 "" hm audit --live
check "... leaves nothing behind" test -z "$(find "${TMPDIR:-/tmp}" -maxdepth 1 -name 'hallmark-audit-*' -user "$(id -un)" 2>/dev/null)"
cp -r "$top/bundle" "$top/tampered"
entries=$(find "$top/tampered/tile/entries" -type f | head -1)
python3 - "$entries" <<'PY'
import sys
data = bytearray(open(sys.argv[1], "rb").read())
data[len(data) // 2] ^= 1
open(sys.argv[1], "wb").write(data)
PY
check "audit of a bundle with a flipped bit: 1" exits 1 "" hm audit "$top/tampered" --json
check "... inconsistent" is "$(jq -r .verdict "$top/out")" inconsistent
check "audit of what is no directory: 2" exits 2 "irectory" hm audit "$product"
check "audit of nothing: not 0" bash -c '! "$0" audit "$1" >/dev/null 2>&1' "$build/hallmark" "$top/nothing"
check "log show without a gate: 4" exits 4 "" hm log show
check "log show of no log: 1" exits 1 "byte" hm log show $product
check "the checkpoint is a signed note" is "$(api /v1/checkpoint | jq -r .note | head -1)" example.com/demo-1

# --- the end, and ends that are none ---

timeout 120 "$build/hallmark" --root "$root" issue --product demo-file --count 60 --key killed >/dev/null 2>&1 &
batch=$!
some_active() {
	[ "$(api '/v1/batches/killed?brief=1' | jq '[.units[] | select(.state == "active")] | length')" -ge 5 ]
}
check "a batch is under way" wait_for 60 some_active
stop KILL
check "SIGKILL: its TPM goes with it" wait_for 10 no_swtpm
wait "$batch"
check "... who followed the batch hears of it: 5" is $? 5
check "the daemon starts again" start
check "the same key finishes the batch" exits 0 "" hm issue --product demo-file --count 60 --key killed --json
check "... sixty units" is "$(jq '[.[] | select(.state == "active") | .serial] | unique | length' "$top/out")" 60
check "... no serial twice in the tray" is "$(find "$tray/eeproms" -name '*.bin' | wc -l)" "$(hm list --json | jq length)"
check "... audit: still ungated and no worse" is "$(hm audit --live --json | jq -r .verdict)" ungated
check "after the crash the key is the same: new serials, and not the first ones" is \
	"$( (echo "$first_vials" | tr ' ' '\n'; serials vial --count 3 | tr ' ' '\n') | sort -u | wc -l)" 6
stop TERM
check "SIGTERM: an orderly end" is $? 0
check "... no socket is left" test ! -e "$sock"
check "... no TPM is left" no_swtpm

# --- a store whose key of serials is not the one that was made ---

cp "$state/hallmark.db" "$top/hallmark.db"
python3 - "$state/hallmark.db" <<'PY'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.executescript("DROP TRIGGER serial_key_fixed; UPDATE serial_keys SET digest = zeroblob(32)")
db.close()
PY
check "it starts" start
check "... says so: 3" exits 3 "serial keys .*vial.* not the one" hm_check
check "... and draws nothing: 3" exits 3 "not the one" hm issue --product vial
check "... makes no other key in its place" exits 3 "not the one" bash -c '"$0" --root "$1" product add "$2" && "$0" --root "$1" issue --product vial' "$build/hallmark" "$root" "$vial"
check "... and goes on with what needs none" exits 0 "" hm issue --product demo-file
stop TERM
cp "$top/hallmark.db" "$state/hallmark.db"
python3 - "$state/hallmark.db" <<'PY'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.executescript("DROP TRIGGER serial_key_fixed; UPDATE serial_keys SET sealed = x'0011'")
db.close()
PY
check "a sealed key that is damaged: it starts" start
check "... and draws nothing: 3" exits 3 "damaged" hm issue --product vial
stop TERM
cp "$top/hallmark.db" "$state/hallmark.db"

# --- the configuration, and TCP ---

cp "$conf" "$top/conf"
echo "colour = red" >>"$conf"
line=$(wc -l <"$conf")
check "an unknown key in the configuration: 2, with its line" exits 2 "line $line" hmd
cp "$top/conf" "$conf"
port=$((20000 + RANDOM % 12000))	# below those that the kernel gives out
echo "0123456789abcdef-token" >"$top/token"
printf '[daemon]\nlisten = 0.0.0.0:%s\n' $port >>"$conf"
check "listening beyond loopback: 2" exits 2 "loopback" hmd
cp "$top/conf" "$conf"
printf '[daemon]\nlisten = 127.0.0.1:+%s\n' $port >>"$conf"
check "a port that is no plain number: 2" exits 2 "127.0.0.1:PORT" hmd
cp "$top/conf" "$conf"
printf '[daemon]\nlisten = 127.0.0.1:%s\ntoken_file = %s/token\n' $port "$top" >>"$conf"
check "a daemon on loopback" start
tcp() {
	curl -s --max-time 20 -o "$top/body" -w '%{http_code}' "$@"
}
url=http://127.0.0.1:$port
check "TCP: reading" is "$(tcp $url/v1/slots)" 200
check "TCP: nothing else without a token" is "$(tcp -d '{"product":"demo-file"}' $url/v1/batches)" 403
check "TCP: a wrong token" is "$(tcp -H 'Authorization: Bearer 0123456789abcdef-tokex' $url/v1/slots)" 401
check "TCP: another name for this host" is "$(tcp -H 'Host: evil.example' $url/v1/slots)" 403
check "TCP: the token" is "$(tcp -H 'Authorization: Bearer 0123456789abcdef-token' -d '{"product":"demo-file"}' $url/v1/batches)" 200
stop TERM
mv "$state/swtpm" "$state/swtpm.away"
cp -r "$state/swtpm.away/ek-roots.pem" "$top/ek-roots.pem"
sed -i "s|^ek_roots = .*|ek_roots = $top/ek-roots.pem|" "$conf"
check "without its TPM the station still answers" start
check "... shows its units" is "$(hm list --lot LOT-1 --json | jq length)" 3
check "... and issues nothing: 4" exits 4 "TPM" hm issue --product demo-file
stop TERM

echo "1..$n"
echo "$((n - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
