#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# In the guest: after.sh KEY: the morning after the power cut. The same request;
# the operator says what lies on the table; ten units; the audit says what it
# cannot prove, and of no other unit.

. "$(dirname "$0")/station.sh"
. "$(dirname "$0")/tap.sh"

issue() {
	hallmark issue --product demo-sensor --count 10 --key "$1" --patience 90 --json \
		>/out/after-issue.json 2>/out/after-issue.err
}

nobody_in_doubt() {
	[ "$(curl -s --max-time 10 --unix-socket /run/hallmark/hallmarkd.sock http://localhost/v1/units |
		jq '[.units[] | select(.wait.error == "in_doubt")] | length')" = 0 ]
}

world_up 2 >/dev/null || fatal "the world did not come up"
station_up
operator_up --resolve scan
# a unit in doubt ends the request at once: the operator looks, and it is made again
for try in 1 2 3 4 5 6; do
	issue "$1" && break
	wait_for 60 nobody_in_doubt
done
check "the same request is served: ten units" test "$(jq length /out/after-issue.json)" = 10
check "all active" test "$(jq '[.[] | select(.state == "active")] | length' /out/after-issue.json)" = 10
check "ten distinct serials" test "$(jq '[.[].serial] | unique | length' /out/after-issue.json)" = 10
operator_down

rm -rf /out/after-bundle
hallmark ledger export /out/after-bundle >/dev/null
hallmark audit /out/after-bundle --json >/out/after-audit.json
check "audit: unproven" test "$(jq -r .verdict /out/after-audit.json)" = unproven

# Reckoned without the audit's code: units with jobs in the first boot beyond what
# its last quote covers, or whose fate that boot took with it.
for serial in $(jq -r '.[].serial' /out/after-issue.json); do
	hallmark show "$serial" --json
done | jq -s . >/out/after-stories.json
python3 "$HM_REPO/tests/e2e/window.py" /out/after-bundle /out/after-stories.json | sort >/out/window.expected
jq -r '.findings[] | select(.verdict == "unproven" and .serial != "" and .serial != null) | .serial' \
	/out/after-audit.json | sort -u >/out/window.named
cmp -s /out/window.expected /out/window.named || {
	echo "# expected: $(tr '\n' ' ' </out/window.expected)"
	echo "# named:    $(tr '\n' ' ' </out/window.named)"
}
check "it names exactly the units of the lost window" cmp -s /out/window.expected /out/window.named
check "and the window is neither empty nor everything" test "$(wc -l </out/window.named)" -ge 1 -a \
	"$(wc -l </out/window.named)" -lt 8
station_down
finish
