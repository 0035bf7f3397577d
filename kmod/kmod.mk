# SPDX-License-Identifier: LGPL-2.1-or-later
# The kernel modules: `make kmod KDIR=...` builds $(B)/kmod/*.ko out of tree.
# kbuild writes beside its sources, so it is given a directory of links.

B ?= build
# the virtual station's kernel unless another is named; asked for only when used
KDIR ?= $(eval KDIR := $(shell tests/vm/kernel 6.1 | sed -n 's/^KDIR=//p'))$(KDIR)

KMOD_SRC := $(wildcard kmod/*.c kmod/*.h kmod/include/uapi/linux/*.h) kmod/Kbuild
KMOD_LINKS := $(KMOD_SRC:kmod/%=$(B)/kmod/%)
KMOD_KO := $(addprefix $(B)/kmod/,hallmark.ko hallmark_usb.ko hallmark_nvmem.ko)
# one invocation of kbuild, told apart by the kernel it was for
KMOD_STAMP := $(B)/kmod/.built
KMOD_KBUILD = $(MAKE) -C $(KDIR) M=$(abspath $(B)/kmod) W=1 $(KMOD_ARGS)

.PHONY: kmod kmod-clean
kmod: $(KMOD_STAMP)

$(KMOD_LINKS): $(B)/kmod/%: kmod/%
	@mkdir -p $(@D)
	@ln -sfn $(abspath $<) $@

# a build for another kernel begins afresh
$(B)/kmod/.kdir: FORCE
	@mkdir -p $(@D)
	@if [ "$$(cat $@ 2>/dev/null)" != "$(KDIR)" ] || ! ls $(KMOD_KO) >/dev/null 2>&1; then \
		rm -f $(B)/kmod/*.o $(B)/kmod/*.ko $(B)/kmod/.*.cmd $(KMOD_STAMP); \
		echo "$(KDIR)" > $@; \
	fi

$(KMOD_STAMP): $(KMOD_SRC) $(KMOD_LINKS) $(B)/kmod/.kdir
	+$(KMOD_KBUILD) modules
	@touch $@

$(KMOD_KO): $(KMOD_STAMP)
	@test -f $@

# Static checks. checkpatch comes from Debian's kernel source, see there. What is
# not asked of some files, and why:
#   eventlog.[ch]  kernel types: compiled in userspace as well
#   uapi           BIT(): not to be had in userspace
#   hallmark_usb.c CamelCase: the USB descriptors' own field names
#   compat.h       the kernel version: that is what the file is for
#   trace.h        layout: TRACE_EVENT's own, everywhere in the kernel
KMOD_STYLE_trace.h := OPEN_ENDED_LINE,PARENTHESIS_ALIGNMENT
KMOD_STYLE_eventlog.c := PREFER_KERNEL_TYPES
KMOD_STYLE_eventlog.h := PREFER_KERNEL_TYPES
KMOD_STYLE_hallmark.h := BIT_MACRO
KMOD_STYLE_hallmark_usb.c := CAMELCASE
KMOD_STYLE_compat.h := LINUX_VERSION_CODE,CONSTANT_COMPARISON
KMOD_CHECKPATCH = perl $$(tests/kselftest/linux-source)/scripts/checkpatch.pl --no-tree --strict \
	--max-line-length=100 --terse --show-types --summary-file $(CODESPELL)
.PHONY: kmod-style kmod-sparse
kmod-style:
	@failed=0; $(foreach f,$(filter %.c %.h,$(KMOD_SRC)),$(KMOD_CHECKPATCH) \
		$(addprefix --ignore ,$(KMOD_STYLE_$(notdir $(f)))) -f $(f) || failed=1;) exit $$failed

kmod-sparse: $(KMOD_LINKS) $(B)/kmod/.kdir
	rm -f $(B)/kmod/*.o $(KMOD_STAMP)
	+$(KMOD_KBUILD) C=2 CF='-D__CHECK_ENDIAN__' modules

# What `dkms add hallmark/VERSION` wants to find: make dkms-tree DEST=/usr/src/hallmark-VERSION
.PHONY: dkms-tree check-dkms
dkms-tree:
	@test -n "$(DEST)" || { echo "dkms-tree: say DEST=/usr/src/hallmark-$(VERSION)" >&2; exit 2; }
	@for f in dkms.conf $(wildcard LICENSES/GPL-2.0* LICENSES/Linux-syscall-note* LICENSES/MIT*) $(KMOD_SRC); do \
		install -D -m 644 $$f $(DEST)/$$f; \
	done

check-dkms:
	@tests/dkms/run

# For a kernel tree: make kmod-intree DEST=linux/drivers/misc/hallmark; then a "source" line
# in drivers/misc/Kconfig and "obj-$(CONFIG_HALLMARK) += hallmark/" in drivers/misc/Makefile.
.PHONY: kmod-intree check-intree
kmod-intree:
	@test -n "$(DEST)" || { echo "kmod-intree: say DEST=linux/drivers/misc/hallmark" >&2; exit 2; }
	@install -D -m 644 Kconfig $(DEST)/Kconfig
	@for f in $(KMOD_SRC:kmod/%=%); do install -D -m 644 kmod/$$f $(DEST)/$$f; done

check-intree:
	@tests/intree/run

# Every tool that reads kernel code; findings need a reason in tests/static/reasons.
# STATIC="checkpatch analyzer" runs those alone.
.PHONY: check-static
check-static:
	@nice tests/static/run $(B) $(STATIC)

kmod-clean:
	rm -rf $(B)/kmod

.PHONY: FORCE
FORCE:
