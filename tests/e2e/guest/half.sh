#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# In the guest: half.sh KEY: a shift of ten, which the host will cut short by killing
# the machine. /out/progress tells it how many units are active.

. "$(dirname "$0")/station.sh"

# One checkpoint with its quote after the first five units or so, and none before the
# ten are made: whenever the power goes after the eighth, there is a window, and it is
# not everything.
HM_DAEMON_CONF=$'checkpoint_leaves = 24\ncheckpoint_seconds = 3600'

world_up 2 >/dev/null || fatal "the world did not come up"
station_up
hallmark product add "$HM_REPO/examples/products/demo-sensor.ini" >/dev/null || fatal "no product"
operator_up
hallmark issue --product demo-sensor --count 10 --key "$1" --json >/dev/null &
issue=$!

active() {
	curl -s --max-time 10 --unix-socket /run/hallmark/hallmarkd.sock \
		'http://localhost/v1/units?state=active' | jq '.units | length'
}

while kill -0 "$issue" 2>/dev/null; do
	active >/out/progress.new && mv /out/progress.new /out/progress
	sleep 0.2
done
