// SPDX-License-Identifier: LGPL-2.1-or-later
/* The board in the slot: its anchors, and what its EEPROM holds. Reads only. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit/work.h"

#define LOOK 64		/* bytes of a slot that tell whether it was ever begun */

static int read_ek(struct hm_work *w, uint8_t ret[32], struct hm_err *err)
{
	struct hm_env *env = w->e->env;
	struct hm_dut *dut;
	int rc;

	if (!w->slot->dut_tpm[0])
		return hm_err_set(err, -HM_EBAD_CONFIG,
				  "slot %s has no dut_tpm, and product %s binds to the unit's TPM",
				  w->slot->name, w->product.name);
	rc = env->dut_open(env->ctx, w->slot->dut_tpm, &dut, err);
	if (rc == -HM_ENO_TPM)
		return hm_err_set(err, -HM_ENO_BOARD, "no board is in %s", w->slot->name);
	if (rc)
		return rc;
	rc = hm_dut_ek(dut, ret, err);
	hm_dut_close(dut);
	if (rc == -HM_ENO_TPM)
		return hm_err_set(err, -HM_ENO_BOARD, "the board left %s", w->slot->name);
	return rc;
}

static int read_slot(struct hm_work *w, uint8_t *image, uint32_t offset, uint32_t size,
		     struct hm_err *err)
{
	uint32_t len = size < HM_IMAGE_MAX ? size : HM_IMAGE_MAX;

	return hm_marker_read(w->eeprom, offset, image + offset, len, err);
}

/*
 * A slot that begins with a page of erased bytes: nothing of ours or of anybody's
 * TlvInfo is there. Enough where the whole slot was looked at before (probe).
 */
static int begins_blank(struct hm_work *w, uint32_t offset, bool *ret, struct hm_err *err)
{
	uint8_t page[LOOK];
	int rc = hm_marker_read(w->eeprom, offset, page, sizeof(page), err);

	if (rc)
		return rc;
	*ret = page[0] == 0xff || page[0] == 0x00;
	for (size_t i = 1; i < sizeof(page); i++)
		if (page[i] != page[0])
			*ret = false;
	return 0;
}

static int both_begin_blank(struct hm_work *w, const struct hm_slots *s, bool *ret,
			    struct hm_err *err)
{
	int rc = begins_blank(w, s->a, ret, err);

	return rc || !*ret || s->n == 1 ? rc : begins_blank(w, s->b, ret, err);
}

/* Only what a slot can hold is read: the rest of the EEPROM is none of ours. */
static int read_view(struct hm_work *w, bool whole, struct hm_eeprom_view *ret,
		     struct hm_err *err)
{
	const uint32_t size = w->product.eeprom_size;
	struct hm_slots slots;
	uint8_t *image;
	int rc = hm_slots_plan(w->carrier, size, &slots);

	if (rc)
		return rc;
	if (hm_marker_info(w->eeprom)->size < size)
		return hm_err_set(err, -HM_EFOREIGN, "the EEPROM in %s has %u bytes, not %u",
				  w->slot->name, hm_marker_info(w->eeprom)->size, size);
	if (!whole) {
		bool blank;

		rc = both_begin_blank(w, &slots, &blank, err);
		if (rc)
			return rc;
		if (blank) {
			ret->a = ret->b = HM_SLOT_BLANK;
			w->first = hm_slots_first(&slots, ret);
			return 0;
		}
	}
	image = malloc(size);
	if (!image)
		return -ENOMEM;
	memset(image, 0xff, size);
	rc = read_slot(w, image, slots.a, slots.size, err);
	if (!rc && slots.n == 2)
		rc = read_slot(w, image, slots.b, slots.size, err);
	if (!rc)
		rc = hm_eeprom_view(image, size, &slots, ret);
	if (!rc)
		w->first = hm_slots_first(&slots, ret);
	free(image);
	return rc;
}

static int open_eeprom(struct hm_work *w, struct hm_err *err)
{
	struct hm_env *env = w->e->env;

	/* opened anew each time: opening is what notices another board */
	hm_marker_close(w->eeprom);
	w->eeprom = NULL;
	return env->marker_open(env->ctx, w->slot->eeprom, w->u->serial, &w->eeprom, err);
}

int hm_board_read(struct hm_work *w, bool whole, struct hm_board *ret, struct hm_err *err)
{
	struct hm_board b = { .has_ek = false };
	int rc;

	if (w->product.binding == HM_BINDING_TPM) {
		rc = read_ek(w, b.ek, err);
		if (rc)
			return rc;
		b.has_ek = true;
	}
	rc = open_eeprom(w, err);
	if (!rc)
		rc = read_view(w, whole, &b.view, err);
	if (!rc)
		*ret = b;
	return rc;
}

/* Does this slot hold something that is not this unit's own record? */
static bool foreign(enum hm_slot_state s, const struct hm_image *o, const char *serial, bool torn_ok)
{
	switch (s) {
	case HM_SLOT_BLANK:
		return false;
	case HM_SLOT_OURS:
		return strcmp(o->serial, serial) != 0;
	case HM_SLOT_TORN:
		return !torn_ok;
	case HM_SLOT_FOREIGN:
		break;
	}
	return true;
}

static int check_view(struct hm_work *w, const struct hm_board *b, bool torn_ok,
		      struct hm_err *err)
{
	const struct hm_eeprom_view *v = &b->view;

	if (foreign(v->a, &v->image_a, w->u->serial, torn_ok) ||
	    foreign(v->b, &v->image_b, w->u->serial, torn_ok))
		return hm_err_set(err, -HM_EFOREIGN, "the EEPROM in %s holds what is not this unit's",
				  w->slot->name);
	return 0;
}

static int check_ek(struct hm_work *w, const uint8_t ek[32], struct hm_err *err)
{
	if (!memcmp(ek, w->u->ek_sha256, 32))
		return 0;
	return hm_err_set(err, -HM_EBOARD_SWAPPED,
			  "the board in %s is not the one that unit %s was bound to",
			  w->slot->name, w->u->serial);
}

int hm_board_same(struct hm_work *w, bool torn_ok, struct hm_err *err)
{
	struct hm_board b;
	int rc = hm_board_read(w, false, &b, err);

	if (!rc && b.has_ek)
		rc = check_ek(w, b.ek, err);
	return rc ? rc : check_view(w, &b, torn_ok, err);
}

int hm_board_anchor(struct hm_work *w, struct hm_err *err)
{
	uint8_t ek[32];
	int rc;

	/* without a TPM, what the EEPROM says is all there is to go by */
	if (w->product.binding != HM_BINDING_TPM)
		return hm_board_same(w, true, err);
	rc = read_ek(w, ek, err);
	if (!rc)
		rc = check_ek(w, ek, err);
	return rc ? rc : open_eeprom(w, err);
}

struct holder {
	const uint8_t *ek;
	char serial[21];
};

static int find_holder(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct holder *h = arg;

	return hm_tx_holder(tx, "ek", h->ek, 32, h->serial, err);
}

struct current {
	const char *product;
	uint8_t file[32], tpl[32];
};

static int find_current(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct current *c = arg;

	return hm_tx_product_get(tx, c->product, c->file, c->tpl, err);
}

/*
 * A unit without a TPM is known by what its EEPROM says. Behind a TPM that nobody
 * holds, a record of ours is a copy of somebody else's.
 */
static int judge_view(struct hm_work *w, const struct hm_board *b, char *ret_holder,
		      struct hm_err *err)
{
	if (b->view.a == HM_SLOT_BLANK && b->view.b == HM_SLOT_BLANK)
		return 0;
	if (!b->has_ek && b->view.a == HM_SLOT_OURS) {
		if (ret_holder)
			snprintf(ret_holder, 21, "%.20s", b->view.image_a.serial);
		return hm_err_set(err, -HM_EDUPLICATE, "the board in %s is unit %.20s",
				  w->slot->name, b->view.image_a.serial);
	}
	return hm_err_set(err, -HM_EFOREIGN, "the EEPROM in %s is not blank and not ours",
			  w->slot->name);
}

int hm_unit_board(struct hm_engine *e, const struct hm_slot *slot, const char *product,
		  char *ret_holder, struct hm_err *err)
{
	struct hm_unit u = { .serial = "" };
	struct hm_work w = { .e = e, .slot = slot, .u = &u };
	struct current c = { .product = product };
	struct hm_board b;
	struct holder h = { .ek = b.ek };
	int rc = hm_store_read(e->env->store, find_current, &c, err);

	if (!rc)
		rc = hm_unit_product(e->env->store, c.file, &w.product, err);
	if (!rc)
		rc = hm_carrier_of(w.product.carrier, &w.carrier);
	/* a file EEPROM is made for its serial: there is no board to look at */
	if (!rc && w.product.binding != HM_BINDING_TPM && !strncmp(slot->eeprom, "file:", 5))
		return 0;
	if (!rc)
		rc = hm_board_read(&w, false, &b, err);
	hm_marker_close(w.eeprom);
	if (rc)
		return rc;
	if (b.has_ek) {
		rc = hm_store_read(e->env->store, find_holder, &h, NULL);
		if (!rc) {
			if (ret_holder)
				memcpy(ret_holder, h.serial, sizeof(h.serial));
			return hm_err_set(err, -HM_EDUPLICATE, "the board in %s is unit %s",
					  slot->name, h.serial);
		}
		if (rc != -HM_ENOT_FOUND)
			return hm_err_set(err, rc, "who holds the board in %s: %s", slot->name,
					  hm_error_why(rc));
	}
	return judge_view(&w, &b, ret_holder, err);
}
