# SPDX-License-Identifier: LGPL-2.1-or-later
# The gate's selftests: programs for the guest, on the kernel's own harness.
#
# make kselftest		$(B)/tests/kselftest/*
# make check-kselftest		run them in the virtual station: check-kselftest-gate, and
#	check-kselftest-faults	cables pulled, a storm, another USB stack; KST_FULL=1
# make check-kselftest-full	all of that, the other ways to latch, at full length
# make check-latches		each other way to latch the gate, a boot each: 10 minutes
# make check-export		20,000 jobs in a log of 64 KiB
# make check-reboot		a reboot in mid-job

B ?= build
KST := tests/kselftest
KST_OUT := $(B)/tests/kselftest
KST_BIN := $(patsubst $(KST)/%_test.c,$(KST_OUT)/%,$(wildcard $(KST)/*_test.c)) $(KST_OUT)/compat
# where the harness's headers are; asked for only when used
KST_LINUX ?= $(eval KST_LINUX := $(shell $(KST)/linux-source))$(KST_LINUX)
# a module, for the kernel that the gate is built for; see hm_buses.c
KST_BUSES := $(KST_OUT)/buses/hm_buses.ko
# the harness is not held to our warnings; PIE or not is of no matter here
KST_CFLAGS = -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Wshadow -Wundef -Wformat=2 -Wvla -Werror \
	-Wno-unused-parameter -O1 -g -I$(KST) -Ikmod -Ikmod/include/uapi \
	-isystem $(KST_LINUX)/tools/testing/selftests

.PHONY: kselftest check-kselftest check-kselftest-full check-export check-reboot
kselftest: $(KST_BIN) $(KST_BUSES)

$(KST_OUT)/%: $(KST)/%_test.c $(KST)/gt.c $(KST)/gt_log.c $(KST)/gt.h $(KST)/harness.h kmod/eventlog.c kmod/eventlog.h kmod/include/uapi/linux/hallmark.h
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(KST_CFLAGS) -o $@ $< $(KST)/gt.c $(KST)/gt_log.c kmod/eventlog.c -lcrypto

# a 32-bit program on the 64-bit kernel; needs no library but libc
$(KST_OUT)/compat: $(KST)/compat32.c $(KST)/harness.h kmod/eventlog.c kmod/eventlog.h kmod/include/uapi/linux/hallmark.h
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) -m32 -static $(KST_CFLAGS) -o $@ $< kmod/eventlog.c

$(KST_BUSES): $(KST)/buses/hm_buses.c $(KST)/buses/Kbuild $(B)/kmod/.kdir
	@rm -rf $(@D) && mkdir -p $(@D)
	@ln -s $(abspath $(KST)/buses)/* $(@D)/
	+$(MAKE) -C $(KDIR) M=$(abspath $(@D)) W=1 modules

# slub_debug: a use after free is a report, and a report fails the run.
# A latched gate stays latched, so each way to latch it is a boot of its own; and
# so is a log that is filled in a way of its own.
KST_VM = $(VM_RUN) --timeout 600 --cmdline slub_debug=FZPU --kmod $(B)/kmod
# Two emulated processors spin on each other's locks while the host runs neither: a third
# of the time where several guests run at once. What is not about races gets one.
KST_VM1 = $(KST_VM) --smp 1
KST_RUN = $(KST)/run --build $(B)
# seconds of storm; and every N of each loop, not a part of them
KST_STORM_S ?= 60
KST_FULL ?=
KST_FAULTS_S ?= $(if $(KST_FULL),3000,600)
.PHONY: check-kselftest-gate check-kselftest-faults
check-kselftest: check-kselftest-gate check-kselftest-faults

check-kselftest-faults: kmod kselftest emulators
	$(KST_VM) --timeout $(KST_FAULTS_S) -- env HM_STORM_S=$(KST_STORM_S) \
		$(if $(KST_FULL),HM_FULL=1) $(KST_RUN) --faults

check-kselftest-gate: kmod kselftest emulators
	$(KST_VM) -- $(KST_RUN)
	$(KST_VM1) -- $(KST_RUN) --export 600 16384
	$(KST_VM1) --tpm none -- $(KST_RUN) --vtpm start resolve answers held pulled latch_stranger
	$(KST_VM1) --tpm none -- $(KST_RUN) --vtpm latch_outcome
	$(KST_VM1) --tpm none -- $(KST_RUN) --vtpm detach_room

check-export: kmod kselftest emulators
	$(KST_VM1) --timeout 3600 -- $(KST_RUN) --export 20000 65536

check-reboot: kmod kselftest emulators
	$(KST)/reboot $(B) $(B)/vm/reboot $(KST_VM)

# each is a boot; "silent" waits for a TPM for two minutes
KST_LATCHES := latch_intent $(addprefix latch_more:,unread wrong outcome thrice detach export asleep silent)
.PHONY: check-latches
check-latches: kmod kselftest emulators
	for way in $(KST_LATCHES); do \
		$(KST_VM1) --timeout 1000 --tpm none -- $(KST_RUN) --vtpm $$way || exit 1; done

check-kselftest-full: check-kselftest-gate check-reboot check-export check-latches
	$(MAKE) check-kselftest-faults KST_FULL=1
	$(KST_VM1) --tpm none -- env HM_FULL=1 $(KST_RUN) --vtpm start answers
