# SPDX-License-Identifier: LGPL-2.1-or-later
# The virtual station: Debian's stock kernel under QEMU's software emulation.
# VM_KERNEL=6.12 or debug chooses another kernel, VM_ARGS adds options of tests/vm/run.

B ?= build
VM_KERNEL ?= 6.1
VM_ARGS ?=
# for recipes: $(VM_RUN) [OPTIONS] -- COMMAND, as root in the guest
VM_RUN = tests/vm/run --kernel $(VM_KERNEL) $(VM_ARGS)
# of the chosen kernel, asked for only when used
VM_KDIR = $(shell $(if $(filter debug,$(VM_KERNEL)),tests/vm/debug-kernel,tests/vm/kernel $(VM_KERNEL)) | \
	sed -n 's/^KDIR=//p')
# the modules are built for the kernel that runs them
ifneq ($(VM_KERNEL),6.1)
KDIR := $(VM_KDIR)
endif

.PHONY: vm-kernel debug-kernel check-vm-run check-vm-udev
vm-kernel:
	@tests/vm/kernel $(VM_KERNEL)

# Debian's kernel source with every checker that finds bugs; built once, cached.
debug-kernel:
	@tests/vm/debug-kernel

# The rules on the guest's udevd, with the real modules and emulated devices.
check-vm-udev: kmod emulators
	rm -rf $(B)/vm/udev
	tests/vm/mkworld $(B)/vm/udev/world --boards 1
	$(VM_RUN) --timeout 600 --out $(B)/vm/udev --tpm $(B)/vm/udev/tpm -- \
		tests/vm/guest/test-udev.sh

# The harness itself: statuses, bounds, what survives, nothing left behind.
check-vm-run:
	tests/vm/test_kreport.py
	tests/vm/test-run
