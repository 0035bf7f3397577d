# SPDX-License-Identifier: LGPL-2.1-or-later
# Fuzzing with libFuzzer, AddressSanitizer and UndefinedBehaviorSanitizer.
#
# make check-fuzz [FUZZ_SECONDS=300]	all targets share so much CPU time; TAP
# make check-fuzz-short			the corpus and 9 CPU-seconds, for make check
# make fuzz-corpus			keep in the tree, minimised, what was found
#
# A target is one file, tests/fuzz/fuzz_NAME.c (see fuzz.h), its corpus
# tests/fuzz/corpus/fuzz_NAME/, texts to begin with tests/fuzz/seeds/fuzz_NAME/, a bug
# planted for it tests/fuzz/plants/fuzz_NAME.WHAT
# (see plant). Nothing has to be listed here. What fails lies in build/fuzz/crashes:
# build/fuzz/fuzz_NAME FILE shows it again.

FUZZ := tests/fuzz
FUZZ_OUT := $(B)/fuzz
FUZZ_SECONDS ?= 300
FUZZ_ONLY ?=
FUZZ_CC ?= clang-14
FUZZ_CFLAGS = -std=gnu11 -D_GNU_SOURCE $(WARN) -O1 -g -fno-omit-frame-pointer \
	-fsanitize=address,undefined -fno-sanitize-recover=all \
	-I$(FUZZ) -Iprovisioning -I. -Ikmod -Ikmod/include/uapi $(shell pkg-config --cflags $(PKGS))
FUZZ_BIN := $(patsubst $(FUZZ)/%.c,$(FUZZ_OUT)/%,$(wildcard $(FUZZ)/fuzz_*.c))
FUZZ_PLANTED := $(patsubst $(FUZZ)/plants/%,$(FUZZ_OUT)/plants/%/fuzz,$(wildcard $(FUZZ)/plants/fuzz_*.*))
# what a target says it is linked with
fuzz_sources = $(FUZZ)/$(1).c $(shell sed -n 's/^ \* sources: //p' $(FUZZ)/$(1).c)
fuzz_objects = $(patsubst %.c,$(FUZZ_OUT)/obj/%.o,$(1))

.PHONY: fuzz check-fuzz check-fuzz-short fuzz-corpus
fuzz: $(FUZZ_BIN) $(FUZZ_PLANTED) $(FUZZ_OUT)/seeds/.made

$(FUZZ_OUT)/obj/%.o: %.c | deps-check
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(FUZZ_CC) $(FUZZ_CFLAGS) -fsanitize=fuzzer-no-link -MMD -MP -c $< -o $@

define FUZZ_TARGET
$(FUZZ_OUT)/$(1): $(call fuzz_objects,$(call fuzz_sources,$(1)))
	$$(call say,LD)
	$$(Q)$(FUZZ_CC) -fsanitize=fuzzer,address,undefined -o $$@ $$^ $$(LIBS_CORE)
endef
$(foreach t,$(FUZZ_BIN),$(eval $(call FUZZ_TARGET,$(notdir $(t)))))

# the same with one object exchanged for that of a copy with a bug
fuzz_planted = $(shell sed -n 's/^file *//p' $(FUZZ)/plants/$(1))
define FUZZ_PLANT
$(FUZZ_OUT)/plants/$(1)/fuzz: $(FUZZ)/plants/$(1) $(FUZZ)/plant $(call fuzz_objects,$(call fuzz_sources,$(2)))
	@rm -rf $$(@D)
	@mkdir -p $$(@D)
	$$(call say,LD)
	$$(Q)$(FUZZ)/plant $(FUZZ)/plants/$(1) $$(@D)/src
	$$(Q)cd $$(@D)/src && $(FUZZ_CC) $$(FUZZ_PLANT_CFLAGS) -fsanitize=fuzzer-no-link -c $(call fuzz_planted,$(1)) -o ../planted.o
	$$(Q)$(FUZZ_CC) -fsanitize=fuzzer,address,undefined -o $$@ $$(@D)/planted.o \
		$$(filter-out $(call fuzz_objects,$(call fuzz_planted,$(1))),$$(filter %.o,$$^)) $$(LIBS_CORE)
endef
FUZZ_PLANT_CFLAGS = $(patsubst -I%,-I$(CURDIR)/%,$(filter-out -I/%,$(FUZZ_CFLAGS))) $(filter -I/%,$(FUZZ_CFLAGS))
$(foreach p,$(FUZZ_PLANTED),$(eval $(call FUZZ_PLANT,$(patsubst %/fuzz,%,$(p:$(FUZZ_OUT)/plants/%=%)),$(basename $(patsubst %/fuzz,%,$(p:$(FUZZ_OUT)/plants/%=%))))))

# well-formed logs, made by the codec, and texts of seeds/TARGET/
$(FUZZ_OUT)/seeds/.made: $(call fuzz_objects,$(FUZZ)/seeds.c $(FUZZ)/gen.c kmod/eventlog.c) $(wildcard $(FUZZ)/seeds/*/*)
	@rm -rf $(@D)
	@mkdir -p $(@D)
	$(Q)$(FUZZ_CC) -fsanitize=fuzzer-no-link,address,undefined -o $(FUZZ_OUT)/seeds.bin $(filter %.o,$^) $(LIBS_CORE)
	$(Q)$(FUZZ_OUT)/seeds.bin $(@D)
	$(Q)cp -r $(FUZZ)/seeds/. $(@D)
	@touch $@

check-fuzz: fuzz
	@nice $(FUZZ)/run --build $(B) --seconds $(FUZZ_SECONDS) --only "$(FUZZ_ONLY)"

check-fuzz-short: fuzz
	@$(FUZZ)/run --build $(B) --seconds 9 --jobs 1

fuzz-corpus: fuzz
	@$(FUZZ)/run --build $(B) --keep

-include $(shell find $(FUZZ_OUT)/obj -name '*.d' 2>/dev/null)
