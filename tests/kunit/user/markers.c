// SPDX-License-Identifier: GPL-2.0-only
/*
 * Markers without device nodes: what marker.c is to job.c, as far as a program has it.
 * Names and the order of what the gate is told are as there; nobody opens them.
 */
#include "core.h"
#include "gate.h"

#define MARKERS_MAX 64

static DEFINE_MUTEX(markers_lock);
static bool taken[2][MARKERS_MAX];	/* by kind; under @markers_lock */

static bool *place_of(u32 kind, u32 index)
{
	return &taken[kind == HM_EV_KIND_EEPROM][index];
}

int hallmark_marker_init(void)
{
	memset(taken, 0, sizeof(taken));
	return 0;
}

void hallmark_marker_exit(void)
{
}

struct hallmark_marker *hallmark_marker_register(const struct hallmark_marker_desc *desc)
{
	struct hallmark_marker *m;

	if (!hallmark_gate)
		return ERR_PTR(-ENODEV);
	m = malloc(sizeof(*m));
	*m = (struct hallmark_marker){
		.kind = desc->kind,
		.size = desc->size,
		.presence = calloc(1, sizeof(*m->presence)),
		.job_lock = SHIM_MUTEX,
		.io_lock = SHIM_MUTEX,
		.reply_lock = SHIM_MUTEX,
		.ops = desc->ops,
		.priv = desc->priv,
	};
	m->presence->kind = desc->kind;
	memcpy(m->presence->ident, desc->ident, desc->ident_len);
	m->presence->ident_len = desc->ident_len;
	mutex_lock(&markers_lock);
	while (*place_of(m->kind, m->index))
		assert(++m->index < MARKERS_MAX);
	*place_of(m->kind, m->index) = true;
	mutex_unlock(&markers_lock);
	snprintf(m->name, sizeof(m->name), "%s%u",
		 m->kind == HM_EV_KIND_EEPROM ? "eeprom" : "printer", m->index);
	strscpy(m->presence->name, m->name, sizeof(m->presence->name));
	hallmark_gate_attach(hallmark_gate, m->presence);
	return m;
}

void hallmark_marker_del(struct hallmark_marker *m)
{
	set_bit(HALLMARK_MARKER_GONE, &m->flags);
	m->ops->abort(m->priv);
	hallmark_gate_detach(hallmark_gate, m->presence);
	m->presence = NULL;
	mutex_lock(&markers_lock);
	*place_of(m->kind, m->index) = false;
	mutex_unlock(&markers_lock);
}

/* The last that is heard of it: who has it open in the kernel has no file here. */
void hallmark_marker_drain(struct hallmark_marker *m)
{
	mutex_lock(&m->io_lock);
	m->ops = NULL;
	mutex_unlock(&m->io_lock);
	free(m->reply);
	free(m);
}

const char *hallmark_marker_name(const struct hallmark_marker *m)
{
	return m->name;
}
