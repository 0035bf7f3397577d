# SPDX-License-Identifier: LGPL-2.1-or-later
#
# make emulators		the programs below build/tests/emulators/
# make check-emulators		what can be tested of them without a guest

EMU := tests/emulators
EMU_OUT := $(B)/tests/emulators
EMU_LIBS = $(shell pkg-config --libs jansson libsystemd libcrypto)
PICTURE_LIBS = -lzint $(shell pkg-config --libs libpng)

EMU_SHARED := usbip control world
PRINTER_OBJ := $(patsubst %,$(EMU_OUT)/%.o,hm_printer printer_usb printer_print printer_status tag $(EMU_SHARED))
FIXTURE_OBJ := $(patsubst %,$(EMU_OUT)/%.o,hm_fixture board_tpm eeprom $(EMU_SHARED))
WORLD_OBJ := $(patsubst %,$(EMU_OUT)/%.o,hm_world control world)
EMU_BIN := $(patsubst %,$(EMU_OUT)/%,hm-printer hm-fixture hm-world hm-operator hm-checker hm-ffs-printer label_png)
EMU_TESTS := $(EMU_OUT)/test_usbip $(EMU_OUT)/test_parts

.PHONY: emulators check-emulators check-emulators-vm
emulators: $(EMU_BIN)

$(EMU_OUT)/%.o: $(EMU)/%.c | deps-check
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(ALL_CFLAGS) -I$(EMU) -MMD -MP -c $< -o $@

$(EMU_OUT)/hm-printer: $(PRINTER_OBJ) $(B)/libpicture.a $(B)/libprovisioning.a
	$(call say,CC)
	$(Q)$(CC) $(ALL_LDFLAGS) $^ $(EMU_LIBS) $(PICTURE_LIBS) -o $@

$(EMU_OUT)/hm-fixture: $(FIXTURE_OBJ)
	$(call say,CC)
	$(Q)$(CC) $(ALL_LDFLAGS) $^ $(EMU_LIBS) -o $@

$(EMU_OUT)/hm-world: $(WORLD_OBJ)
	$(call say,CC)
	$(Q)$(CC) $(ALL_LDFLAGS) $^ $(EMU_LIBS) -o $@

$(EMU_OUT)/label_png: $(EMU_OUT)/label_png.o $(B)/libpicture.a $(B)/libprovisioning.a
	$(call say,CC)
	$(Q)$(CC) $(ALL_LDFLAGS) $^ $(PICTURE_LIBS) -o $@

$(EMU_OUT)/hm-ffs-printer: $(EMU_OUT)/ffs_printer.o
	$(call say,CC)
	$(Q)$(CC) $(ALL_LDFLAGS) $^ -lpthread -o $@

$(EMU_OUT)/hm-operator $(EMU_OUT)/hm-checker: $(EMU_OUT)/%: $(EMU)/%
	@mkdir -p $(@D)
	install -m 0755 $< $@

$(EMU_OUT)/test_usbip: $(EMU_OUT)/test_usbip.o $(EMU_OUT)/usbip.o
	$(call say,CC)
	$(Q)$(CC) $(ALL_LDFLAGS) $^ $(EMU_LIBS) -lcmocka -o $@

$(EMU_OUT)/test_parts: $(patsubst %,$(EMU_OUT)/%.o,test_parts tag eeprom world)
	$(call say,CC)
	$(Q)$(CC) $(ALL_LDFLAGS) $^ $(EMU_LIBS) -lcmocka -o $@

check-emulators: emulators $(EMU_TESTS)
	$(EMU_OUT)/test_usbip
	$(EMU_OUT)/test_parts
	$(EMU)/test_operator.py
	$(EMU)/test_checker.py

# In the guest, against the stock drivers.
check-emulators-vm: emulators
	tests/vm/run --kmod none --timeout 240 -- env EMULATORS=$(abspath $(EMU_OUT)) $(EMU)/smoke.sh

-include $(wildcard $(EMU_OUT)/*.d)
