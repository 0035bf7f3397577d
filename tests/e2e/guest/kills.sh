#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# In the guest: the daemon is killed (SIGKILL) in reserved, inside the MARK ioctl,
# with the label out and its answer not yet read, while it waits in bound and in
# marked, in writing, and in the middle of an export of the gate's log, which is so
# small that it must be exported again and again. Once it is filled up behind its back. Every time the same request is made
# again; an operator who looks at the table answers doubts. As many serials as units,
# nothing marked twice without a REPRINT entry, every byte of the log kept once, audit
# clean.

. "$(dirname "$0")/station.sh"
. "$(dirname "$0")/tap.sh"

HM_TIMEOUT_MS=60000	# a held printer must not time out on a slow machine
key=kills-1
count=15
next=1
gate=/sys/kernel/security/hallmark

api() {
	curl -s --max-time 10 --unix-socket /run/hallmark/hallmarkd.sock "http://localhost$1"
}

issue() {
	hallmark issue --product demo-sensor --count "$count" --lot KILLS --slot slot0 --key "$key" \
		--patience "${1:-90}" --json >/out/kills-issue.json 2>/out/kills-issue.err
}

issue_in_background() {
	issue &
	issue_pid=$!
}

# the newest unit that is not finished: "SERIAL STATE WAIT"
current() {
	api /v1/units | jq -r '[.units[] | select(.state != "active")] | last // empty |
		"\(.serial) \(.state) \(.wait.error // "-")"'
}

state_is() {
	[ "$(current | cut -d' ' -f2)" = "$1" ]
}

waits_for() {
	[ "$(current | cut -d' ' -f2,3)" = "$1 $2" ]
}

number_is() {	# DEVICE NAME>=N
	world slot0 "$1" wait "$2" --timeout 120 >/dev/null
}

insert_next() {
	world slot0 fixture remove >/dev/null 2>&1
	world slot0 fixture insert "$(printf 'board%02d' "$next")" >/dev/null || fatal "no board $next"
	next=$((next + 1))
}

kill_daemon() {
	kill -KILL "$DAEMON_PID" 2>/dev/null
	wait "$DAEMON_PID" 2>/dev/null
	wait "$issue_pid" 2>/dev/null
}

restart() {
	start_daemon "$HM_REPO/build/hallmarkd" || fatal "the daemon did not start again"
}

# Somebody looks at the table: is there a good label with the serial in doubt?
look_and_say() {
	local serial scan tid

	for serial in $(api /v1/units | jq -r '.units[] | select(.wait.error == "in_doubt") | .serial'); do
		read -r scan tid < <(world slot0 printer labels | jq -r --arg s "$serial" \
			'[.labels[] | select(.result == "good" and (.scan | tostring | contains($s)))] | last // empty |
			 "\(.scan) \(.tid)"')
		if [ -n "$scan" ]; then
			hallmark resolve "$serial" --label "$(printf '(01)09521234543213(21)%s' "$serial")" \
				--tid "$tid" --who operator --reason "label found" >/dev/null
		else
			hallmark resolve "$serial" --no-label --who operator --reason "none found" >/dev/null
		fi
	done
}

all_of_it_active() {	# N units active, nothing else there
	[ "$(api /v1/units | jq -c '[.units[].state] | group_by(.) | map([.[0], length])')" = "[[\"active\",$1]]" ]
}

finished_or_doubt() {
	[ -z "$(current)" ] || waits_for marking in_doubt
}

# until unit N is active: the request is made again, doubts are answered
bring_home() {
	local try

	for try in 1 2 3; do
		issue_in_background
		wait_for 120 finished_or_doubt || return 1
		look_and_say
		wait_for 120 all_of_it_active "$1" && break
	done
	all_of_it_active "$1"
	local rc=$?
	kill "$issue_pid" 2>/dev/null
	wait "$issue_pid" 2>/dev/null
	return $rc
}

exported() {
	cat "$gate/exported"
}

echo "options hallmark log_max=16384" >/etc/modprobe.d/kills.conf
world_up 1 >/dev/null || fatal "the world did not come up"
station_up
hallmark product add "$HM_REPO/examples/products/demo-sensor.ini" >/dev/null || fatal "no product"

# 1. reserved: killed as soon as the serial is durable, before it is bound
insert_next
exec 9< <("$HM_REPO/tests/e2e/guest/kill-when.py" reserved "$DAEMON_PID" 90)
read -r -t 60 -u 9 _
issue_in_background
wait_for 90 process_gone "$DAEMON_PID"
exec 9<&-
kill_daemon
check "killed in reserved" test "$(sqlite3 "$HM_STATE/hallmark.db" 'select state from units')" = 1
restart
check "from reserved to active" bring_home 1

# 2. inside the MARK ioctl: the printer takes no more bytes
insert_next
world slot0 printer fault hold 200 >/dev/null
issue_in_background
number_is printer 'held>=1'
check "inside the ioctl the unit is marking" state_is marking
kill_daemon
world slot0 printer release >/dev/null
restart
wait_for 60 waits_for marking in_doubt
check "a label that was cut is in doubt" waits_for marking in_doubt
check "from a cut label to active" bring_home 2

# 3. the label is out, the answer is not read
insert_next
labels=$(world slot0 printer status | jq .good)
world slot0 printer fault silence >/dev/null
issue_in_background
# ~HS goes unanswered too while the printer is silent: let that pass first
world slot0 printer clear >/dev/null
world slot0 printer fault hold 200 >/dev/null
number_is printer 'held>=1'
world slot0 printer fault silence >/dev/null
world slot0 printer release >/dev/null
number_is printer "good>=$((labels + 1))"
kill_daemon
world slot0 printer clear >/dev/null
restart
wait_for 60 waits_for marking in_doubt
check "a label whose answer was lost is in doubt" waits_for marking in_doubt
check "the label that is there is not printed again" bring_home 3
check "one label for it" test "$(world slot0 printer status | jq .good)" = $((labels + 1))

# 4. waiting in bound: three void tags
insert_next
world slot0 printer fault void 3 >/dev/null
issue_in_background
wait_for 120 waits_for bound tag_void
check "after three void tags the unit waits in bound" waits_for bound tag_void
kill_daemon
restart
check "from bound to active" bring_home 4

# 5. waiting in marked: the board is taken out while the label is printed
insert_next
world slot0 printer fault hold 200 >/dev/null
issue_in_background
number_is printer 'held>=1'
world slot0 fixture remove >/dev/null
world slot0 printer release >/dev/null
wait_for 60 waits_for marked no_board
check "without its board the unit waits in marked" waits_for marked no_board
kill_daemon
world slot0 fixture insert "$(printf 'board%02d' $((next - 1)))" >/dev/null
restart
check "from marked to active" bring_home 5

# 6. writing: the EEPROM holds still in mid-write
insert_next
world slot0 fixture fault hold 20 >/dev/null
issue_in_background
number_is fixture 'held>=1'
check "the unit is writing" state_is writing
kill_daemon
world slot0 fixture release >/dev/null
restart
check "from writing to active" bring_home 6

# 7. in the middle of an export, on both sides of the ioctl
killed_or_active() {	# N
	process_gone "$DAEMON_PID" || all_of_it_active "$1"
}

n=7
# every thread traced; or the file says so
watched() {	# before|after
	if [ "$1" = before ]; then
		! grep -qx $'TracerPid:\t0' "/proc/$DAEMON_PID/task/"*/status
	else
		grep -qx watching /out/kill-exported.txt
	fi
}

for when in before after; do
	# an export that nobody watches yet is none of those that are asked about
	at=$(exported)
	"$HM_REPO/tests/e2e/guest/kill-exported.sh" "$when" "$DAEMON_PID" 240 >/out/kill-exported.txt &
	watcher=$!
	wait_for 60 watched "$when" || echo "# nobody watches yet"
	[ "$when" = after ] || at=$(exported)
	while [ "$n" -lt "$count" ] && kill -0 "$DAEMON_PID" 2>/dev/null; do
		insert_next
		issue_in_background
		wait_for 120 killed_or_active "$n"
		process_gone "$DAEMON_PID" && break
		kill "$issue_pid" 2>/dev/null
		wait "$issue_pid" 2>/dev/null
		n=$((n + 1))
	done
	check "killed $when the gate forgot" process_gone "$DAEMON_PID"
	wait "$watcher"
	[ "$when" = before ] && check "the gate still holds it" test "$(exported)" = "$at"
	[ "$when" = after ] && check "the gate has forgotten it" test "$(exported)" -gt "$at"
	kill_daemon
	restart
	check "from there to active" bring_home "$n"
	n=$((n + 1))
done

# 8. the log runs full while the daemon stands still: it makes room, and no unit waits
kill -STOP "$DAEMON_PID"
"$HM_REPO/tests/e2e/guest/fill-log.py" "$(marker_of 0 printer)" >/out/kills-filled.txt
check "the log is full" test "$(cat "$gate/state")" = full
at=$(exported)
kill -CONT "$DAEMON_PID"
insert_next
check "a unit is made all the same" bring_home "$n"
n=$((n + 1))
check "the gate gave up what filled it" test "$(exported)" -gt "$at"
check "no unit ever waited for room" test "$(api /v1/units |
	jq -r '.units[].serial' | while read -r serial; do hallmark show "$serial" --json; done |
	jq -r '.story[].wait // empty' | grep -c log_full)" = 0

# the rest of the batch, in peace
while [ "$n" -le "$count" ]; do
	insert_next
	bring_home "$n" || break
	n=$((n + 1))
done
issue 30
check "the same request, all done: exit 0" test $? = 0
check "as many units as asked for" test "$(jq length /out/kills-issue.json)" = "$count"
check "all active" test "$(jq '[.[] | select(.state == "active")] | length' /out/kills-issue.json)" = "$count"
check "as many serials" test "$(jq '[.[].serial] | unique | length' /out/kills-issue.json)" = "$count"

# nothing marked twice without a REPRINT entry
twice() {
	local serial printed reprints

	while read -r printed serial; do
		reprints=$(hallmark show "$serial" --json |
			jq '[.story[].jobs[]? | select(.purpose == "label" and .role == "announced" and .reprint)] | length')
		[ "$printed" -le $((reprints + 1)) ] || { echo "# $serial: $printed labels, $reprints REPRINT"; return 1; }
	done < <(world slot0 printer labels |
		jq -r '.labels[] | (.scan | tostring | capture("01[0-9]{14}21(?<s>[0-9]{11})").s) // empty' | sort | uniq -c)
}
check "nothing marked twice without a REPRINT entry" twice

hallmark audit --live --json >/out/kills-audit.json
check "audit: clean" test "$(jq -r .verdict /out/kills-audit.json)" = clean
[ "$(jq -r .verdict /out/kills-audit.json)" = clean ] || jq -r '.findings[] | "# \(.subject): \(.text)"' /out/kills-audit.json

# the log: given away piece by piece, and whole all the same
hallmark ledger export /out/kills-bundle >/dev/null
boot=$(echo /out/kills-bundle/boots/*)
pieces=$(find "$boot" -name 'log.*' | wc -l)
check "the gate gave its log away in $pieces pieces" test "$pieces" -ge 3
check "boot.json counts them" test "$(jq .pieces "$boot/boot.json")" = "$pieces"

# each piece is what an EXPORT event names; numbered as they are joined
named() {
	local i
	for ((i = 1; i <= pieces; i++)); do
		sha256sum <"$boot/log.$i" | cut -d' ' -f1
	done | diff - <(hallmark log show --json | jq -r '.[] | select(.event == "export").sha256' | head -n "$pieces")
}
check "sha256sum of each piece is what its EXPORT event says" named

# header: 32 bytes and what its last four say
join_pieces() {
	local i head
	head=$((32 + $(od -An -tu4 -j28 -N4 "$boot/log.1")))
	cat "$boot/log.1"
	for ((i = 2; i <= pieces; i++)); do
		tail -c +$((head + 1)) "$boot/log.$i"
	done
	tail -c +$((head + 1)) "$boot/log"
}
join_pieces >/tmp/joined
replays() {
	local want got
	want=$(od -An -tx1 -v "$boot/pcr" | tr -d ' \n')
	got=$(tpm2_eventlog /tmp/joined | awk '/^pcrs:/ { p = 1 } p && /sha256:/ { s = 1 } s && /13/ { print $NF; exit }')
	[ "${got#0x}" = "$want" ] || { echo "# $got, not $want"; return 1; }
}
check "tpm2_eventlog replays the joined pieces to the quoted PCR" replays
hallmark log show >/out/kills-log.txt
check "log show begins with START" test "$(head -c 5 /out/kills-log.txt)" = start
check "station check tells what was exported" grep -q 'KiB of it exported' <(hallmark station check)
check "a piece left out is found" eval 'rm "$boot/log.2"; ! hallmark audit /out/kills-bundle >/tmp/audit.txt && grep -q "log.2.*missing" /tmp/audit.txt'
station_down
finish
