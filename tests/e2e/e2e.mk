# SPDX-License-Identifier: LGPL-2.1-or-later
# The two commands: make run, make check.

KEEP ?=
UNITS ?= 10

.PHONY: run check
run: deps
	@$(MAKE) --no-print-directory all emulators KDIR="$$(tests/vm/kernel 6.1 | sed -n 's/^KDIR=//p')"
	@tests/e2e/run --units $(UNITS) $(if $(KEEP),--keep)
