# SPDX-License-Identifier: LGPL-2.1-or-later
# The two commands, and the tests from outside.

KEEP ?=
UNITS ?= 10
# names of stages to run instead of all: make check STAGES="unit kills"
STAGES ?=
E2E_BIN := $(B)/tests/e2e/backdoor $(B)/tests/e2e/hm-forge

$(B)/tests/e2e/backdoor: tests/e2e/backdoor.c kmod/include/uapi/linux/hallmark.h | deps-check
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $<

$(B)/tests/e2e/hm-forge: tests/e2e/forge.c $(B)/libprovisioning.a
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $< $(B)/libprovisioning.a $(LIBS_CORE) $(shell pkg-config --libs jansson)

.PHONY: run check check-programs e2e-programs
e2e-programs: $(E2E_BIN)

run: deps
	@$(MAKE) --no-print-directory all emulators
	@tests/e2e/run --units $(UNITS) $(if $(KEEP),--keep)

# Longest first, so that the lanes end together.
stage_kills := 900=tests/e2e/in-guest kills 16 840 tests/e2e/guest/kills.sh
stage_obstacles := 600=tests/e2e/in-guest obstacles 16 540 tests/e2e/guest/badinput.sh
stage_power := 900=tests/e2e/qemu-kill build/vm/power
stage_shift := 600=tests/e2e/run --out build/vm/shift && tests/e2e/third-parties build/vm/shift
stage_gate := 1500=make --no-print-directory check-kselftest-gate
stage_faults := 700=make --no-print-directory check-kselftest-faults
stage_tamper := 400=tests/e2e/in-guest tamper 3 360 tests/e2e/guest/tamper.sh
stage_udev := 400=make --no-print-directory check-vm-udev
stage_unit := 600=for t in $(UNIT_BIN); do $$t || rc=1; done; exit $$rc
stage_shell := 300=tests/e2e/embedded.sh
stage_records := 300=tests/e2e/records
stage_fuzz := 400=make --no-print-directory check-fuzz-short
stage_kunit := 200=make --no-print-directory check-kunit-user
stage_emulators := 200=make --no-print-directory check-emulators
stage_style := 300=make --no-print-directory check-style
stage_labels := 300=tests/e2e/labels
stage_codes := 120=tests/e2e/codes
stage_serials := 120=tests/e2e/serials
stage_judges := 240=make --no-print-directory judge-epc check-bench check-counts
stage_docs := 100=make --no-print-directory check-docs
CHECK_STAGES := kills gate obstacles faults power shift udev tamper unit shell records kunit fuzz emulators labels codes serials judges style docs

check-programs: all emulators e2e-programs unit-tests kselftest

check: deps
	@$(MAKE) --no-print-directory check-programs
	@tests/check $(foreach s,$(or $(STAGES),$(CHECK_STAGES)),'$(s)=$(stage_$(s))')
	@rm -f $(B)/vm/*/disk.img

# Every property of tests/unit at a million cases, two programs at a time. CASES=20000
# is short; PROPERTIES="test_gs1 test_onie" are some of them.
CASES ?= 1000000
PROPERTIES ?= $(patsubst tests/unit/%.c,%,$(shell grep -lw rnd_cases $(UNIT_SRC)))
.PHONY: check-properties
check-properties:
	@$(MAKE) --no-print-directory $(PROPERTIES:%=$(B)/tests/unit/%)
	@CHECK_LOGS=$(B)/check/properties tests/check 'counts=60=tests/unit/counts' \
		$(foreach p,$(PROPERTIES),'$(p)=900=HALLMARK_CASES=$(CASES) $(B)/tests/unit/$(p)')

# What a release needs beside that: the other kernel, every case of every loop and of
# every property, the debug kernel, the fuzzers. Each part ends with its own "N passed, N failed".
full_gate612 := 1200=make --no-print-directory B=build/6.12 VM_KERNEL=6.12 check-kselftest
full_kselftest := 3000=make --no-print-directory check-kselftest-full
full_dkms := 900=make --no-print-directory check-dkms
full_intree := 900=make --no-print-directory check-intree
full_static := 900=make --no-print-directory check-static
full_fuzz := 2400=make --no-print-directory FUZZ_SECONDS=1200 check-fuzz
full_codec := 900=make --no-print-directory FUZZ_SECONDS=600 FUZZ_ONLY="fuzz_eventlog_read fuzz_eventlog_write" check-fuzz
FULL_STAGES ?= kselftest gate612 fuzz codec static dkms intree
.PHONY: check-full
check-full:
	@rc=0; $(MAKE) --no-print-directory check || rc=1; \
	CHECK_LOGS=build/check/full tests/check $(foreach s,$(FULL_STAGES),'$(s)=$(full_$(s))') || rc=1; \
	$(MAKE) --no-print-directory check-properties || rc=1; \
	FAILNTH_STEP=1 $(MAKE) --no-print-directory check-debug || rc=1; exit $$rc

# What the kernel's own script and sparse say; sparse warns and goes on, so its words count.
.PHONY: check-style
check-style:
	@if $(MAKE) --no-print-directory kmod-style; then echo "ok 1 - checkpatch --strict"; \
	 else echo "not ok 1 - checkpatch --strict"; fi
	@rm -f .checkpatch-camelcase.git.
	@if $(MAKE) --no-print-directory B=$(B)/style kmod-sparse 2>&1 | tee $(B)/sparse.log && \
	    ! grep -E 'warning:|error:' $(B)/sparse.log; then echo "ok 2 - sparse"; \
	 else echo "not ok 2 - sparse"; exit 1; fi
