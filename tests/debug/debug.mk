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
DBG_MAKE = make --no-print-directory B=$(DBG_B) VM_KERNEL=debug

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

# DEBUG_STAGES: names of tests/debug/check, all of them by default
DEBUG_STAGES ?=
check-debug: deps
	@tests/vm/debug-kernel >/dev/null
	@$(DBG_MAKE) -j2 debug-programs kunit
	@$(DBG)/check $(DEBUG_STAGES)

# A bug is a patch on a copy of the sources: the driver itself knows nothing of it.
kmod-seed:
	@$(DBG)/seed-build $(DBG_B) "$(SEED)"

check-kmod:
	@$(DBG)/check-kmod "$(KDIR)" "$(VMLINUZ)" "$(MODDIR)"
