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

# That each figure of the table which has a floor is held to it; that tests/check counts right, and
# every property counts by HALLMARK_CASES.
.PHONY: check-bench check-counts
check-bench:
	@$(BENCH)/test_bench.py
check-counts:
	@tests/test-check
	@tests/unit/counts

bench: bench-programs userspace kmod emulators
	@B=$(B) VM_RUN="$(VM_RUN)" $(BENCH)/bench $(BENCH_ARGS)

# Does another library (epc-tds, which tests/npm fetches) agree on 100,000 random tags?
.PHONY: judge-epc
judge-epc: $(B)/hallmark
	@$(BENCH)/judge-epc $(B)/hallmark
