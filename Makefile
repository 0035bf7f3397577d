# SPDX-License-Identifier: LGPL-2.1-or-later
#
# make            build/hallmark, build/hallmarkd, build/kmod/*.ko
# make run        the virtual station makes ten units; everything in out/
# make check      what every merge needs; ends with "N passed, N failed"
# make bench      the performance table
# make deps       install the Debian packages of packaging/build-deps
#
# Each directory with rules of its own has a fragment (*.mk), included below.

MAKEFLAGS += --no-builtin-rules
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:

B := build
# make V=1 shows the commands
Q := $(if $(V),,@)
say = @$(if $(V),:,printf '  %-4s %s\n' $(1) $@)
CC ?= gcc
PKGS := tss2-esys tss2-mu tss2-rc tss2-tctildr libcrypto sqlite3 libcbor inih jansson libudev libsystemd libmicrohttpd libcurl
VERSION := 0.1.0

WARN := -Wall -Wextra -Wshadow -Wundef -Wformat=2 -Wmissing-prototypes -Wvla -Werror
HARDEN := -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -fcf-protection -fPIE
CFLAGS ?= -O2 -g
ALL_CFLAGS = -std=gnu11 -D_GNU_SOURCE $(WARN) $(HARDEN) $(CFLAGS) -DHM_VERSION='"$(VERSION)"' \
	-Iprovisioning -I. -Ikmod -Ikmod/include/uapi $(shell pkg-config --cflags $(PKGS))
ALL_LDFLAGS = -pie -Wl,-z,relro,-z,now $(LDFLAGS)
LIBS_CORE = $(shell pkg-config --libs tss2-esys tss2-mu tss2-rc tss2-tctildr libcrypto sqlite3 libcbor inih) -lpthread

# --- libprovisioning: every room but the picture, which needs libzint and libpng ---

PICTURE_SRC := $(wildcard provisioning/label/picture*.c provisioning/label/zpl*.c)
PROV_SRC := $(filter-out $(PICTURE_SRC),$(wildcard provisioning/*/*.c)) kmod/eventlog.c
PROV_OBJ := $(PROV_SRC:%.c=$(B)/obj/%.o)
PICTURE_OBJ := $(PICTURE_SRC:%.c=$(B)/obj/%.o)

CLI_SRC := $(wildcard agent/cli/*.c agent/common/*.c)
DAEMON_SRC := $(wildcard agent/daemon/*.c agent/common/*.c)

$(B)/obj/%.o: %.c | deps-check
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

$(B)/libprovisioning.a: $(PROV_OBJ)
	@rm -f $@
	$(call say,AR)
	$(Q)ar rcsD $@ $^

$(B)/libpicture.a: $(PICTURE_OBJ)
	@rm -f $@
	$(call say,AR)
	$(Q)ar rcsD $@ $^

$(B)/hallmark: $(CLI_SRC:%.c=$(B)/obj/%.o) $(B)/libprovisioning.a $(B)/libpicture.a
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(B)/libpicture.a $(B)/libprovisioning.a $(LIBS_CORE) \
		$(shell pkg-config --libs jansson libcurl) -lzint -lpng

$(B)/hallmarkd: $(DAEMON_SRC:%.c=$(B)/obj/%.o) $(B)/libprovisioning.a
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(B)/libprovisioning.a $(LIBS_CORE) \
		$(shell pkg-config --libs jansson libmicrohttpd libsystemd libudev)

-include $(shell find $(B)/obj $(B)/tests/unit -name '*.d' 2>/dev/null)

# --- unit tests: one cmocka program each ---

UNIT_SRC := $(wildcard tests/unit/test_*.c)
UNIT_BIN := $(UNIT_SRC:tests/unit/%.c=$(B)/tests/unit/%)

SUPPORT_OBJ := $(patsubst %.c,$(B)/obj/%.o,$(wildcard tests/unit/support/*.c))
$(SUPPORT_OBJ): ALL_CFLAGS += -Itests/unit
$(B)/tests/unit/libsupport.a: $(SUPPORT_OBJ)
	@mkdir -p $(@D)
	@rm -f $@
	$(call say,AR)
	$(Q)ar rcsD $@ $^

UNIT_LIBS := $(B)/tests/unit/libsupport.a $(B)/libpicture.a $(B)/libprovisioning.a
$(B)/tests/unit/%: tests/unit/%.c $(UNIT_LIBS)
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) $(ALL_CFLAGS) -Itests/unit -MMD -MP -MF $@.d $(ALL_LDFLAGS) -o $@ $< $(UNIT_EXTRA) $(UNIT_LIBS) \
		$(LIBS_CORE) $(shell pkg-config --libs jansson cmocka) -lzint -lpng

# the engine's world in memory stands in for marker/ and identity/
$(B)/tests/unit/test_unit $(B)/tests/unit/test_unit_power: UNIT_EXTRA := tests/unit/sim/sim.c
$(B)/tests/unit/test_unit $(B)/tests/unit/test_unit_power: $(wildcard tests/unit/sim/*.[ch])

.PHONY: unit-tests
unit-tests: $(UNIT_BIN)

# --- packages ---

.PHONY: deps deps-check
deps:
	@packaging/install-deps
deps-check:
	@packaging/install-deps --check

# --- fragments ---

-include kmod/kmod.mk tests/kunit/kunit.mk tests/debug/debug.mk tests/dkms/dkms.mk tests/kselftest/kselftest.mk tests/emulators/emulators.mk tests/vm/vm.mk
-include tests/e2e/e2e.mk tests/bench/bench.mk tests/fuzz/fuzz.mk tests/faults/faults.mk docs/docs.mk

.PHONY: all userspace clean
userspace: $(B)/hallmark $(B)/hallmarkd
all: userspace kmod
clean:
	rm -rf $(B) out
