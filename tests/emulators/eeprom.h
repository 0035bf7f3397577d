/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A 24C256 behind an I2C address: 32 KiB, 64-byte pages that wrap, a write
 * cycle during which it does not answer, a write-protect pin. Its memory is a
 * file, written through.
 *
 *	r = emu_eeprom_open(&e, path);
 *	ack = emu_eeprom_select(&e);		a start condition with its address
 *	emu_eeprom_write(&e, bytes, len);	a write message
 *	emu_eeprom_read(&e, bytes, len);	or a read message
 *	r = emu_eeprom_stop(&e);		the stop: now a page is programmed
 *	emu_eeprom_close(&e);
 */
#ifndef EMU_EEPROM_H
#define EMU_EEPROM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EMU_EEPROM_SIZE	32768
#define EMU_EEPROM_PAGE	64

struct emu_journal;

struct emu_eeprom {
	int fd;				/* -1: no board */
	struct emu_journal *journal;	/* every page write that was acknowledged, a line each */
	uint8_t memory[EMU_EEPROM_SIZE];
	unsigned int address;
	uint8_t page[EMU_EEPROM_PAGE];	/* the page latch and which of its bytes are set */
	bool latched[EMU_EEPROM_PAGE];
	unsigned int page_base;
	bool dirty;

	bool protect;			/* write-protect pin: acknowledged, but nothing is programmed */
	bool nak;			/* does not answer */
	long long corrupt;		/* so many page writes to come store one wrong bit */
	uint64_t cycle_usec;		/* write cycle */
	uint64_t busy_until;		/* CLOCK_MONOTONIC */
	long long writes, bytes, naks;	/* pages programmed, bytes in them, unanswered selects */
};

/*
 * Reads the file; makes a blank one (all FF) if there is none. Beside it goes
 * writes.jsonl: offset and bytes (hex) of each write, as they came, whatever
 * became of them. 0 or a negative errno.
 */
int emu_eeprom_open(struct emu_eeprom *e, const char *path);
void emu_eeprom_close(struct emu_eeprom *e);

bool emu_eeprom_select(struct emu_eeprom *e);
void emu_eeprom_write(struct emu_eeprom *e, const uint8_t *data, size_t len);
void emu_eeprom_read(struct emu_eeprom *e, uint8_t *data, size_t len);
/* 0, or a negative errno when the file could not be written. */
int emu_eeprom_stop(struct emu_eeprom *e);
/* A message broken off without a stop: what was latched is forgotten. */
void emu_eeprom_abort(struct emu_eeprom *e);

#endif
