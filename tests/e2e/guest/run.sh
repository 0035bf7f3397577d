#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# In the guest: a whole shift. run.sh COUNT [keep]: COUNT units leave the station,
# audited; everything goes to /out. With "keep" the station stays up until killed.

. "$(dirname "$0")/station.sh"

count=$1
[ "${2:-}" = keep ] && HM_DAEMON_CONF="listen = 127.0.0.1:8480"

began=$EPOCHREALTIME
world_up 4 >/dev/null || fatal "the world did not come up"
station_up
hallmark product add "$HM_REPO/examples/products/demo-sensor.ini" >/dev/null || fatal "no product"
operator_up
echo "station up after $((${EPOCHREALTIME%.*} - ${began%.*})) s; making $count units"

began=$EPOCHREALTIME
hallmark issue --product demo-sensor --count "$count" --lot LOT-2026-47 --key first-batch --json \
	>/out/issue.json
rc=$?
echo "issue ended with status $rc after $((${EPOCHREALTIME%.*} - ${began%.*})) s"
rm -rf /out/audit
hallmark ledger export /out/audit >/dev/null || fatal "no audit bundle"
hallmark audit /out/audit --trust-root /var/lib/hallmark/keys/root.pem --json >/out/audit.json
audit=$?
hallmark log show >/out/eventlog.txt
hallmark station check >/out/station-check.txt
python3 "$HM_REPO/tests/e2e/collect.py" /out "$HM_WORLD" || fatal "the results could not be collected"

if [ "${2:-}" = keep ]; then
	# the daemon speaks on loopback alone; the guest's network card is a neighbour
	systemd-socket-activate -l 10.0.2.15:8480 /lib/systemd/systemd-socket-proxyd 127.0.0.1:8480 \
		2>/dev/null &
	echo "the station stays up: API on 127.0.0.1:8480 (interrupt to end)"
	wait "$DAEMON_PID"
fi
station_down || fatal "the daemon did not stop well"
[ "$rc" -eq 0 ] && [ "$audit" -eq 0 ]
