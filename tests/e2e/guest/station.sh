# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Shell functions (bash) that make a whole station in the guest, on top of
# tests/vm/guest/lib.sh: devices, gate, markers, daemon, operator.
#
#	. tests/e2e/guest/station.sh
#	world_up 4		# of lib.sh: udev, gate, four slots with printer and fixture
#	station_up		# configuration, set-up if there is none, the daemon
#	operator_up		# swaps boards, answers doubts
#	... hallmark issue ...
#	station_down

. "$(dirname "${BASH_SOURCE[0]}")/../../vm/guest/lib.sh"

HM_CONF=/etc/hallmark/hallmark.conf
HM_STATE=/disk/lib/hallmark
: "${HM_TIMEOUT_MS:=15000}"

fatal() {
	echo "station: $*" >&2
	exit 1
}

hallmark() {
	"$HM_REPO/build/hallmark" "$@"
}

world() {
	"$HM_EMULATORS/hm-world" --run "$HM_SLOTS" "$@"
}

# how many slots the world has
slots_there() {
	find "$HM_SLOTS" -maxdepth 1 -name 'slot*' | wc -l
}

write_conf() {
	local i slots
	slots=$(slots_there)

	install -d -m 0755 /etc/hallmark
	cp "$HM_WORLD/ekca/issuercert.pem" /etc/hallmark/ek-roots.pem
	{
		cat <<-END
		[station]
		id = line1
		domain = station.example
		issuer = station.example
		tcti = device:/dev/tpmrm0
		ek_roots = /etc/hallmark/ek-roots.pem
		[daemon]
		${HM_DAEMON_CONF:-}
		END
		for ((i = 0; i < slots; i++)); do
			cat <<-END
			[slot slot$i]
			printer = gate:$(marker_of "$i" printer)
			eeprom = gate:$(marker_of "$i" eeprom)
			dut_tpm = device:$HM_SLOTS/slot$i/tpm
			timeout_ms = $HM_TIMEOUT_MS
			END
		done
	} >"$HM_CONF"
}

# The state lives on the ext4 disk: a claim of durability counts only there. The
# whole of /var/lib does, because the set-up makes its directory beside the state.
mount_state() {
	install -d -m 0755 /disk/lib
	mountpoint -q /var/lib || mount --bind /disk/lib /var/lib
}

station_init() {
	[ -e "$HM_STATE/hallmark.db" ] || hallmark station init --demo
}

station_up() {
	mount_state
	write_conf
	station_init || fatal "the station's set-up failed"
	start_daemon "$HM_REPO/build/hallmarkd" || fatal "the daemon did not start"
}

operator_up() {
	"$HM_EMULATORS/hm-operator" --run "$HM_SLOTS" --world "$HM_WORLD" \
		--hallmark "$HM_REPO/build/hallmark" "$@" >>/out/operator.log 2>&1 &
	OPERATOR_PID=$!
}

operator_down() {
	[ -n "${OPERATOR_PID:-}" ] || return 0
	kill "$OPERATOR_PID" 2>/dev/null
	wait "$OPERATOR_PID" 2>/dev/null
	OPERATOR_PID=
}

station_down() {
	operator_down
	stop_daemon
}
