# SPDX-License-Identifier: LGPL-2.1-or-later
# Manual pages from docs/man/*.scd (scdoc), and checks that documents agree with code.

MAN_SRC := $(wildcard docs/man/*.scd)
MAN_OUT := $(MAN_SRC:docs/man/%.scd=$(B)/man/%)

$(B)/man/%: docs/man/%.scd | deps-check
	@mkdir -p $(@D)
	scdoc <$< >$@

# The table of errors in hallmark(1) is the program's own.
$(B)/man/hallmark.1: docs/man/hallmark.1.scd $(B)/hallmark
	@mkdir -p $(@D)
	sed -e '/^@ERRORS@$$/{r '<($(B)/hallmark help errors | docs/man/errors) -e 'd}' $< | scdoc >$@

.PHONY: man check-docs
man: $(MAN_OUT)

# Every path of the API is in docs/openapi.yaml and the other way round, and so is
# every verb in hallmark(1) and every key in hallmark.conf(5); docs/abi is what the modules show;
# tests that are named where the gate's promises are told exist.
check-docs: man
	@docs/check $(B)
	@docs/abi/check
	@tests/kselftest/check-readme
