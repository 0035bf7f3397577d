# SPDX-License-Identifier: LGPL-2.1-or-later
# make bench: one table, each figure beside a baseline measured in the same run.

BENCH := tests/bench
BENCH_OUT := $(B)/tests/bench
BENCH_BIN := $(BENCH_OUT)/bench-store $(BENCH_OUT)/bench-gate $(BENCH_OUT)/bench-serial \
	$(BENCH_OUT)/bench-gs1 $(BENCH_OUT)/bench-label $(BENCH_OUT)/bench-record

.PHONY: bench bench-programs
bench-programs: $(BENCH_BIN)

$(BENCH_OUT)/bench-%: $(BENCH)/bench_%.c $(wildcard $(BENCH)/*.h) $(B)/libprovisioning.a | deps-check
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(ALL_CFLAGS) -I$(BENCH) $(ALL_LDFLAGS) -o $@ $< $(B)/libprovisioning.a $(LIBS_CORE)

bench: bench-programs userspace kmod emulators
	@B=$(B) VM_RUN="$(VM_RUN)" $(BENCH)/bench $(BENCH_ARGS)

# Does another library agree on 100,000 random tags? EPC_TDS is a directory in which
# `npm install epc-tds` was run; bench prints its speed too where that is set.
.PHONY: judge-epc
judge-epc: $(B)/hallmark
	@$(BENCH)/judge-epc $(B)/hallmark "$${EPC_TDS:?a directory with node_modules/epc-tds}"
