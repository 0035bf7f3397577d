#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# In the guest: two units are made and their bundle exported; then it is changed in
# the ways that the audit must notice. First by somebody without keys: a leaf or a
# job taken out, one event's payload changed, bytes changed here and there. Then by
# the station itself, with its own TPM: a leaf that was never written, a leaf about
# a job that never was.

. "$(dirname "$0")/station.sh"
. "$(dirname "$0")/tap.sh"

forge=$HM_REPO/build/tests/e2e/hm-forge
as_station=(--dir /var/lib/hallmark/keys --tcti device:/dev/tpmrm0 --log /sys/kernel/security/hallmark/log)
bundle=/tmp/bundle
t=/tmp/tampered

world_up 1 >/dev/null || fatal "the world did not come up"
station_up
hallmark product add "$HM_REPO/examples/products/demo-sensor.ini" >/dev/null || fatal "no product"
operator_up
hallmark issue --product demo-sensor --count 2 --lot TAMPER --key tamper --json >/out/tamper-issue.json ||
	fatal "the units were not made"
hallmark ledger export "$bundle" >/dev/null || fatal "no bundle"

# verdict WANT [NAMED]: of $t, with a finding of that verdict that names NAMED
verdict() {
	local got
	hallmark audit "$t" --json >/tmp/audit.json
	got=$(jq -r .verdict /tmp/audit.json)
	[ "$got" = "$1" ] || {
		echo "# verdict $got, not $1"
		jq -r '.findings[] | "# \(.verdict): \(.subject): \(.text)"' /tmp/audit.json
		return 1
	}
	[ -z "${2:-}" ] || jq -e --arg v "$1" --arg n "$2" \
		'any(.findings[]; .verdict == $v and ((.subject + " " + .text) | contains($n)))' /tmp/audit.json >/dev/null || {
		jq -r '.findings[] | "# \(.verdict): \(.subject): \(.text)"' /tmp/audit.json
		return 1
	}
}

forged() {
	rm -rf "$t"
	cp -r "$bundle" "$t"
	"$forge" "${as_station[@]}" "$t" "$@"
}

tampered() {	# WANT NAMED HOW...
	local want=$1 named=$2
	shift 2
	forged "$@" && verdict "$want" "$named"
}

serial=$(jq -r '.[1].serial' /out/tamper-issue.json)
leaves=$("$forge" "$bundle" list)
# the leaf that announces the second unit's label, and the job that it announces
leaf=$(awk -v s="$serial" '$3 == s && $5 == "marking" { print $1; exit }' <<<"$leaves")
job=$(awk -v n="$leaf" '$1 == n' <<<"$leaves" | grep -o 'announced:label:[0-9a-f]*' | cut -d: -f3)
seq=$(jq -r '.[1].marks[0].seq' /out/tamper-issue.json)
boot=$(jq -r '.boots[-1]' "$bundle/bundle.json")

rm -rf "$t" && cp -r "$bundle" "$t"
check "control: the bundle is clean" verdict clean
check "independent reader: the log holds" python3 "$HM_REPO/tests/e2e/tlog.py" "$bundle"

check "a leaf taken out of the bundle" tampered inconsistent tile/entries remove-leaf "$leaf"
check "a job taken out of the log" tampered inconsistent "does not replay" remove-job "$seq"
check "an event's payload changed, its digest left alone" tampered inconsistent "hash of its content" flip-payload "$seq"
for file in checkpoint vkey "boots/$boot/quote.attest" "boots/$boot/note" "boots/$boot/pcr" \
	"units/$serial/record.cwt" "units/$serial/eeprom.bin" "units/$serial/label.zpl"; do
	check "a byte of $file" tampered inconsistent "" flip-byte "$file" 30
done

check "control: signed and quoted again, nothing changed" tampered clean "" resign
check "a leaf that was left out before the station signed" tampered unaccounted "$job" drop-leaf "$leaf"
check "a leaf about a job that never was" tampered unaccounted "$serial" add-ghost "$serial"
check "... in the log's own terms, for others" python3 "$HM_REPO/tests/e2e/tlog.py" "$t"

station_down
finish
