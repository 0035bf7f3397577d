# SPDX-License-Identifier: LGPL-2.1-or-later
# The gate under the debug kernel, and under other people's kernels.
#
# make check-debug	everything of check-kselftest on the debug kernel, KUnit, the
#			fail-nth loops, and that a planted bug is caught; ends with
#			"N passed, N failed". DEBUG_STAGES="gate seeds" runs some of it.
# make kmod-seed SEED=kasan|lockdep|kmemleak
#			modules with that bug planted, in build/debug/seed/SEED
# make check-kmod KDIR=... VMLINUZ=... [MODDIR=...]
#			build for that kernel, boot it, test; TAP on stdout

DBG := tests/debug
DBG_B := build/debug
DBG_KST := tests/kselftest
DBG_GT := $(wildcard tests/kselftest/gt*.c)
DBG_OUT := $(B)/tests/debug
DBG_VM = tests/vm/run --kernel debug --kmod $(DBG_B)/kmod
# the very recipe of check-kselftest, with another kernel under it
DBG_MAKE = make --no-print-directory B=$(DBG_B) VM_KERNEL=debug
DBG_GUEST = $(DBG)/guest-failnth $(abspath $(DBG_B))/tests
SEEDS := kasan lockdep kmemleak

$(DBG_OUT)/failnth $(DBG_OUT)/failnth_probe: $(DBG_OUT)/%: $(DBG)/%.c $(DBG)/failnth_common.c $(DBG)/failnth.h \
		$(DBG)/nth.h $(DBG_GT) $(DBG_KST)/gt.h $(DBG_KST)/harness.h kmod/eventlog.c kmod/include/uapi/linux/hallmark.h
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(KST_CFLAGS) -I$(DBG) -o $@ $< $(DBG)/failnth_common.c $(DBG_GT) kmod/eventlog.c -lcrypto

$(DBG_OUT)/failnth_load: $(DBG)/failnth_load.c $(DBG)/nth.h
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(KST_CFLAGS) -o $@ $<

$(DBG_OUT)/job: $(DBG)/job.c $(DBG_GT) $(DBG_KST)/gt.h kmod/eventlog.c kmod/include/uapi/linux/hallmark.h
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(KST_CFLAGS) -o $@ $< $(DBG_GT) kmod/eventlog.c -lcrypto

.PHONY: debug-programs check-debug kmod-seed check-kmod
debug-programs: kmod kselftest emulators $(addprefix $(DBG_OUT)/,failnth failnth_probe failnth_load job)

# Longest first, so that the lanes end together.
dbgstage_gate := 1500=$(DBG_MAKE) check-kselftest \
	KST_VM='tests/vm/run --kernel debug --timeout 900 --kmod $(DBG_B)/kmod'
dbgstage_failnth := 1200=$(DBG_VM) --timeout 1000 -- $(DBG_GUEST)
dbgstage_load := 900=$(DBG_VM) --timeout 700 -- $(DBG_GUEST) load
dbgstage_seeds := 900=$(DBG)/seeds $(DBG_B) $(SEEDS)
dbgstage_words := 20=tests/vm/test_kreport.py
dbgstage_kunit := 600=$(DBG_MAKE) check-kunit
DEBUG_STAGES ?= gate failnth load seeds kunit words

check-debug: deps
	@tests/vm/debug-kernel >/dev/null
	@$(DBG_MAKE) debug-programs
	@CHECK_LOGS=build/check/debug tests/check $(foreach s,$(DEBUG_STAGES),"$(s)=$(dbgstage_$(s))")

# A bug is a patch on a copy of the sources: the driver itself knows nothing of it.
kmod-seed:
	@$(DBG)/seed-build $(DBG_B) "$(SEED)"

check-kmod:
	@$(DBG)/check-kmod "$(KDIR)" "$(VMLINUZ)" "$(MODDIR)"
