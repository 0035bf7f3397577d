# SPDX-License-Identifier: LGPL-2.1-or-later
# The two commands, and the tests from outside.

KEEP ?=
UNITS ?= 10
E2E_BIN := $(B)/tests/e2e/backdoor $(B)/tests/e2e/hm-forge

$(B)/tests/e2e/backdoor: tests/e2e/backdoor.c kmod/include/uapi/linux/hallmark.h | deps-check
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $<

$(B)/tests/e2e/hm-forge: tests/e2e/forge.c $(B)/libprovisioning.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $< $(B)/libprovisioning.a $(LIBS_CORE) $(shell pkg-config --libs jansson)

.PHONY: run check e2e-programs
e2e-programs: $(E2E_BIN)

run: deps
	@$(MAKE) --no-print-directory all emulators
	@tests/e2e/run --units $(UNITS) $(if $(KEEP),--keep)
