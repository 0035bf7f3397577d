// SPDX-License-Identifier: LGPL-2.1-or-later
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/daemon/api.h"
#include "agent/daemon/http.h"

#define GROUPS_MAX 256

static bool member(const char *group, const gid_t *gids, int n)
{
	char buf[8192];
	struct group g, *found = NULL;

	if (getgrnam_r(group, &g, buf, sizeof(buf), &found) || !found)
		return false;
	for (int i = 0; i < n; i++)
		if (gids[i] == g.gr_gid)
			return true;
	return false;
}

unsigned int hm_peer_roles(const struct hm_daemon *d, unsigned int uid, unsigned int gid,
			   char ret_name[33])
{
	const struct {
		const char *group;
		unsigned int role;
	} roles[] = {
		{ d->config.auditor_group, HM_ROLE_AUDITOR },
		{ d->config.operator_group, HM_ROLE_OPERATOR },
		{ d->config.technician_group, HM_ROLE_TECHNICIAN },
		{ d->config.supervisor_group, HM_ROLE_SUPERVISOR },
	};
	char buf[4096];
	struct passwd pw, *found = NULL;
	gid_t gids[GROUPS_MAX];
	int n = GROUPS_MAX;
	unsigned int have = 0;

	if (getpwuid_r(uid, &pw, buf, sizeof(buf), &found))
		found = NULL;
	if (found)
		snprintf(ret_name, 33, "%.32s", pw.pw_name);
	else
		snprintf(ret_name, 33, "uid-%u", uid);

	/* a private instance, its own user, root: they could do it without us */
	if (uid == 0 || uid == geteuid())
		return HM_ROLE_ALL;
	if (!found || getgrouplist(pw.pw_name, gid, gids, &n) < 0) {
		gids[0] = gid;
		n = 1;
	}
	/* a role that no group is named for belongs to whoever may open the socket */
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		if (!roles[i].group[0] || member(roles[i].group, gids, n))
			have |= roles[i].role;
	return have;
}
