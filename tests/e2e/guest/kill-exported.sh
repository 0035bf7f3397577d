#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# kill-exported.sh before|after PID SECONDS: SIGKILL to the daemon in the middle of an
# export of the gate's log: before the gate is told (what goes is in the store already;
# by a tracer, which whoever waits for sees in /proc), or as soon as it has forgotten it
# (nobody has heard of that yet; says "watching" first). Exit 1 when the time is over before.

gate=/sys/kernel/security/hallmark
case $1 in
before)
	# the signal comes at the entry of the ioctl, and the call is never made
	exec timeout "$3" strace -qq -f -p "$2" -P "$gate/log" -e trace=ioctl -e signal=none \
		-e inject=ioctl:signal=KILL:when=1 -o /out/strace-export.txt 2> >(sed 's/^/# /') 1>&2
	;;
after)
	end=$((SECONDS + $3))
	read -r was <"$gate/exported"
	echo watching
	while [ $SECONDS -lt $end ] && kill -0 "$2" 2>/dev/null; do
		read -r now <"$gate/exported"
		[ "$now" = "$was" ] && continue
		kill -KILL "$2"
		exit
	done
	exit 1
	;;
esac
