// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/cli/units.h"

#include <string.h>

#include "agent/cli/cli.h"

void hm_units_table(const json_t *units)
{
	static const int widths[] = { 20, 16, 11, 8, 24, 12 };
	json_t *u;
	size_t i;

	if (json_array_size(units))
		hm_cli_row(widths, 7, (const char *[]){ "SERIAL", "PRODUCT", "STATE", "SLOT", "EPC", "LOT",
							"WAITS FOR" });
	json_array_foreach((json_t *)units, i, u) {
		const json_t *w = json_object_get(u, "wait");

		hm_cli_row(widths, 7, (const char *[]){
			hm_json_get_text(u, "serial"), hm_json_get_text(u, "product"),
			hm_json_get_text(u, "state"), hm_json_get_text(u, "slot"),
			hm_json_get_text(u, "epc_hex"), hm_json_get_text(u, "lot"),
			hm_json_get_text(w, "text") });
	}
}

int hm_unit_exit(const json_t *unit)
{
	const json_t *w = json_object_get(unit, "wait");
	const char *state = hm_json_get_text(unit, "state");
	int n = hm_error_number(hm_json_get_text(w, "error"));

	if (json_is_object(w))
		return hm_error_exit(n ? -n : -HM_EWAITING) ?: HM_EXIT_DEVICE;
	if (!strcmp(state, "active") || !strcmp(state, "retired"))
		return HM_EXIT_OK;
	if (!strcmp(state, "void"))
		return HM_EXIT_NO;
	return !strcmp(state, "quarantined") ? HM_EXIT_REFUSED : HM_EXIT_DEVICE;
}

int hm_units_exit(const json_t *units)
{
	int code = HM_EXIT_OK;
	json_t *u;
	size_t i;

	json_array_foreach((json_t *)units, i, u)
		code = hm_cli_worse(code, hm_unit_exit(u));
	return code;
}
