# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The emulators and what they share with the command line: the label's picture.
# make emulators		everything below build/tests/emulators/
# make check-emulators		what can be tested without a guest

B ?= build
EMU := tests/emulators
EMU_OUT := $(B)/tests/emulators
EMU_CFLAGS := -std=gnu11 -D_GNU_SOURCE -O2 -g -Wall -Wextra -Wshadow -Wundef -Wformat=2 \
	-Wmissing-prototypes -Wvla -Werror -MMD -MP -Iprovisioning -I$(EMU) \
	$(shell pkg-config --cflags jansson libsystemd libcrypto libpng)
EMU_LIBS := $(shell pkg-config --libs jansson libsystemd libcrypto)
PICTURE_LIBS := -lzint $(shell pkg-config --libs libpng)

EMU_SHARED := usbip control world
PRINTER_OBJS := $(patsubst %,$(EMU_OUT)/%.o,hm_printer printer_usb printer_print printer_status tag $(EMU_SHARED))
ZPL_OBJS := $(patsubst %,$(EMU_OUT)/%.o,zpl zpl_stream)
PICTURE_OBJS := $(patsubst %,$(EMU_OUT)/%.o,picture picture_face)

.PHONY: emulators check-emulators
emulators: $(EMU_OUT)/hm-printer $(EMU_OUT)/label_png

$(EMU_OUT)/%.o: $(EMU)/%.c | $(EMU_OUT)
	$(CC) $(EMU_CFLAGS) $(CPPFLAGS) $(CFLAGS) -c $< -o $@

$(EMU_OUT)/%.o: provisioning/label/%.c | $(EMU_OUT)
	$(CC) $(EMU_CFLAGS) $(CPPFLAGS) $(CFLAGS) -c $< -o $@

$(EMU_OUT):
	mkdir -p $@

# Linked by the emulator and by the command line; never by the daemon.
$(B)/libpicture.a: $(PICTURE_OBJS)
	rm -f $@
	$(AR) rcs $@ $^

$(EMU_OUT)/hm-printer: $(PRINTER_OBJS) $(ZPL_OBJS) $(B)/libpicture.a
	$(CC) $(LDFLAGS) $^ $(EMU_LIBS) $(PICTURE_LIBS) -o $@

$(EMU_OUT)/label_png: $(EMU_OUT)/label_png.o $(EMU_OUT)/zpl.o $(B)/libpicture.a
	$(CC) $(LDFLAGS) $^ $(PICTURE_LIBS) -o $@

-include $(wildcard $(EMU_OUT)/*.d)
