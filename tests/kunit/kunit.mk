# SPDX-License-Identifier: LGPL-2.1-or-later
# KUnit: the gate's inside, with a TPM and transports that do as they are told.
#
# make kunit		$(B)/kunit/hallmark_kunit.ko, for the debug kernel (or KUNIT_KDIR=)
# make check-kunit	run it there; TAP. KUNIT_ARGS="runs=40 seed=7 thorough=1": see modinfo
# make check-kunit-user	the same suites as a program of the host, under its sanitizers
# make kunit-style	checkpatch

B ?= build
KUT := tests/kunit
KUT_B := $(B)/kunit
# any kernel with CONFIG_KUNIT; asked for only when used
KUNIT_KDIR ?= $(eval KUNIT_KDIR := $(shell tests/vm/debug-kernel | sed -n 's/^KDIR=//p'))$(KUNIT_KDIR)
KUNIT_ARGS ?= runs=8
KUNIT_USER_ARGS ?= runs=200 thorough=1

KUT_OWN := $(wildcard $(KUT)/*.c $(KUT)/*.h) $(KUT)/Kbuild
KUT_KMOD := $(wildcard kmod/*.h kmod/include/uapi/linux/*.h) \
	$(addprefix kmod/,gate.c measure.c log.c eventlog.c job.c marker.c)
KUT_LINKS := $(KUT_OWN:$(KUT)/%=$(KUT_B)/%) $(KUT_KMOD:kmod/%=$(KUT_B)/%)

.PHONY: kunit check-kunit check-kunit-user kunit-style
kunit: $(KUT_B)/.built

$(KUT_OWN:$(KUT)/%=$(KUT_B)/%): $(KUT_B)/%: $(KUT)/%
	@mkdir -p $(@D)
	@ln -sfn $(abspath $<) $@
$(KUT_KMOD:kmod/%=$(KUT_B)/%): $(KUT_B)/%: kmod/%
	@mkdir -p $(@D)
	@ln -sfn $(abspath $<) $@

# a build for another kernel begins afresh
$(KUT_B)/.kdir: FORCE
	@mkdir -p $(@D)
	@if [ "$$(cat $@ 2>/dev/null)" != "$(KUNIT_KDIR)" ]; then \
		rm -f $(KUT_B)/*.o $(KUT_B)/*.ko $(KUT_B)/.*.cmd $(KUT_B)/.built; \
		echo "$(KUNIT_KDIR)" > $@; \
	fi

$(KUT_B)/.built: $(KUT_OWN) $(KUT_KMOD) $(KUT_LINKS) $(KUT_B)/.kdir
	+$(MAKE) -C $(KUNIT_KDIR) M=$(abspath $(KUT_B)) W=1 modules
	@touch $@

check-kunit: kunit
	tests/vm/run --kernel debug --smp 1 --kmod none --tpm none --timeout 540 --cmdline kunit.enable=1 -- \
		$(KUT)/guest $(abspath $(KUT_B))/hallmark_kunit.ko $(KUNIT_ARGS)

# What <linux/...> and the like mean there is in user/shim.h; some are the host's too.
KUT_U := $(KUT_B)/user
# Three come within others (*_peek.c); device nodes need more of a kernel than the shim is.
KUT_U_WITHIN := $(addprefix kmod/,gate.c measure.c job.c)
KUT_U_SRC := $(filter-out $(KUT_U_WITHIN) kmod/marker.c,$(KUT_OWN) $(KUT_KMOD) $(wildcard $(KUT)/user/*.[ch]))
KUT_U_HOST := linux/types.h linux/errno.h linux/stddef.h linux/ioctl.h
$(KUT_U)/suites: $(KUT_U_SRC) $(KUT_U_WITHIN)
	@rm -rf $(KUT_U) && mkdir -p $(KUT_U)/include
	@grep -hoE '#include <(linux|crypto|kunit|trace)/[a-z0-9_/-]+\.h>' $^ | sed 's/.*<//; s/>//' | sort -u | \
	while read -r h; do \
		mkdir -p $(KUT_U)/include/$${h%/*}; \
		case " $(KUT_U_HOST) " in \
		*" $$h "*) echo "#include_next <$$h>" ;; \
		*) echo '#include "shim.h"' ;; \
		esac >$(KUT_U)/include/$$h; \
	done
	$(call say,CC)
	$(Q)$(CC) -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -Wno-unused-parameter -Wno-sign-compare \
		-Wno-missing-field-initializers -O1 -g -fsanitize=address,undefined \
		-fno-sanitize-recover=undefined -include $(KUT)/user/shim.h -I$(KUT_U)/include \
		-I$(KUT)/user -I$(KUT) -Ikmod -o $@ $(filter %.c,$(KUT_U_SRC)) -lcrypto -lpthread

check-kunit-user: $(KUT_U)/suites
	$< $(KUNIT_USER_ARGS)
	$(KUT)/user/control $<

# Known answers and orders of events are strings that no line holds; the one macro's
# argument is a condition that must be looked at twice: before and after the wait.
KUT_STYLE := SPLIT_STRING,STRING_FRAGMENTS,MISSING_SPACE
KUT_STYLE_gate_peek.c := ,MACRO_ARG_REUSE
kunit-style:
	@failed=0; $(foreach f,$(filter %.c %.h,$(KUT_OWN)),$(KMOD_CHECKPATCH) \
		--ignore $(KUT_STYLE)$(KUT_STYLE_$(notdir $(f))) -f $(f) || failed=1;) exit $$failed
