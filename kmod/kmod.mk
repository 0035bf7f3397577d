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

.PHONY: kmod kmod-sparse kmod-style kmod-clean
kmod: $(KMOD_STAMP)

$(KMOD_LINKS): $(B)/kmod/%: kmod/%
	@mkdir -p $(@D)
	@ln -sfn $(abspath $<) $@

# a build for another kernel begins afresh
$(B)/kmod/.kdir: FORCE
	@mkdir -p $(@D)
	@if [ "$$(cat $@ 2>/dev/null)" != "$(KDIR)" ]; then \
		rm -f $(B)/kmod/*.o $(B)/kmod/*.ko $(B)/kmod/.*.cmd $(KMOD_STAMP); \
		echo "$(KDIR)" > $@; \
	fi

$(KMOD_STAMP): $(KMOD_SRC) $(KMOD_LINKS) $(B)/kmod/.kdir
	+$(KMOD_KBUILD) modules
	@touch $@

$(KMOD_KO): $(KMOD_STAMP)
	@test -f $@

# Static checks; the two scripts come from the kernel's own source package.
kmod-sparse: $(KMOD_LINKS) $(B)/kmod/.kdir
	rm -f $(B)/kmod/*.o $(KMOD_STAMP)
	+$(KMOD_KBUILD) C=2 CF='-D__CHECK_ENDIAN__' modules

kmod-clean:
	rm -rf $(B)/kmod

.PHONY: FORCE
FORCE:
