// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * station init, in process. Everything is made in a directory beside the state and
 * renamed at the end, so that a failure at any point leaves what was there before:
 *
 *	1. ROOT/var/lib/.hallmark-XXXXXX: the TPM (demo), keys, store, first leaf
 *	2. the configuration, where there was none (atomic)
 *	3. rename 1 to ROOT/var/lib/hallmark
 *
 * A crash between 2 and 3 leaves a configuration, which the next init uses.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/cli/cli.h"
#include "agent/common/swtpm.h"
#include "agent/common/world.h"
#include "station/station.h"
#include "store/file.h"

static int demo_config(const struct hm_paths *p, struct hm_buf *out)
{
	return hm_buf_printf(out,
		"; Made by `hallmark station init --demo`: a station in a shell, with a TPM in\n"
		"; software and files for markers. It proves nothing about hardware, and its\n"
		"; audit says so (ungated). hallmark.conf(5) has every key.\n"
		"[station]\n"
		"id = demo-1\n"
		"domain = example.com\n"
		"issuer = example.com\n"
		"swtpm = %s/swtpm\n"
		"ek_roots = %s/swtpm/ek-roots.pem\n"
		"\n"
		"[slot slot0]\n"
		"printer = file:%s/tray/labels\n"
		"eeprom = file:%s/tray/eeproms?size=32768\n",
		p->state, p->state, p->state, p->state);
}

/* Nothing there, or nothing in it: 0. What cannot be looked into is not "set up already". */
static int empty_or_absent(const char *dir, struct hm_err *err)
{
	struct dirent *e;
	DIR *f = opendir(dir);
	bool empty = true;

	if (!f && errno == ENOENT)
		return 0;
	if (!f)
		return hm_err_set(err, -errno, "%s: %s", dir, strerror(errno));
	while ((e = readdir(f)))
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			empty = false;
	closedir(f);
	return empty ? 0 : hm_err_set(err, -HM_EALREADY,
				      "%s is not empty: this station is set up already", dir);
}

/* A path below the state directory, as it is called while that is being made. */
static void staged(const struct hm_paths *p, const char *stage, const char *path, char out[512])
{
	size_t n = strlen(p->state);

	if (!strncmp(path, p->state, n) && path[n] == '/')
		snprintf(out, 512, "%s%s", stage, path + n);
	else
		snprintf(out, 512, "%s", path);
}

struct set_up {
	struct hm_paths *paths;
	struct hm_config config;
	struct hm_buf text;	/* of a configuration to write; empty: there is one */
	char stage[160];
	bool demo;
};

static int read_config(struct set_up *s, struct hm_err *err)
{
	int rc = hm_config_load(s->paths->config, &s->config, err);

	if (rc != -HM_ENOT_INITIALISED)
		return rc;
	if (!s->demo)
		return hm_err_set(err, -HM_EBAD_CONFIG,
				  "%s is not there: write it (hallmark.conf(5)), or try --demo",
				  s->paths->config);
	rc = demo_config(s->paths, &s->text);
	return rc ?: hm_config_parse(hm_buf_str(&s->text), s->text.len, s->paths->config, &s->config, err);
}

static int make_station(struct set_up *s, const char *tcti, const char *roots, struct hm_err *err)
{
	struct hm_station_params p = {
		.id = s->config.id, .domain = s->config.domain, .dir = s->stage, .tcti = tcti,
		.ek_roots = roots, .sysroot = "", .demo = s->demo,
	};
	struct hm_world world;
	struct hm_env env;

	hm_world_env(&world, &env);
	return hm_station_init(&p, &env, err);
}

static int with_tpm(struct set_up *s, struct hm_err *err)
{
	char dir[512], roots[512], socket[200];
	struct hm_swtpm tpm = { .pid = 0 };
	int rc = 0;

	staged(s->paths, s->stage, s->config.ek_roots, roots);
	if (!s->config.swtpm[0])
		return make_station(s, s->config.tcti, roots, err);
	staged(s->paths, s->stage, s->config.swtpm, dir);
	snprintf(socket, sizeof(socket), "%s/tpm.sock", s->stage);
	if (!hm_swtpm_exists(dir) && s->demo)
		rc = hm_swtpm_make(dir, err);
	rc = rc ?: hm_swtpm_start(&tpm, dir, socket, err);
	rc = rc ?: make_station(s, tpm.tcti, roots, err);
	hm_swtpm_stop(&tpm);
	return rc;
}

static uid_t new_uid;
static gid_t new_gid;

static int give_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return lchown(path, new_uid, new_gid);
}

/* Set up by root, run by the user that the package made. */
static int give_away(struct set_up *s, struct hm_err *err)
{
	struct passwd *pw = geteuid() == 0 && !s->paths->relocated ? getpwnam("hallmark") : NULL;

	if (!pw)
		return 0;
	new_uid = pw->pw_uid;
	new_gid = pw->pw_gid;
	if (nftw(s->stage, give_one, 16, FTW_PHYS))
		return hm_err_set(err, -errno, "%s: owner: %s", s->stage, strerror(errno));
	return 0;
}

static int put_config(struct set_up *s, struct hm_err *err)
{
	int rc;

	if (!s->text.len)
		return 0;
	rc = hm_dir_make(AT_FDCWD, s->paths->etc, 0755);
	rc = rc ?: hm_file_put(AT_FDCWD, s->paths->config, s->text.data, s->text.len, 0644);
	return rc ? hm_err_set(err, rc, "%s: %s", s->paths->config, strerror(-rc)) : 0;
}

static int sync_dir(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = fd < 0 || fsync(fd) ? -errno : 0;

	if (fd >= 0)
		close(fd);
	return rc;
}

/* The demonstration's markers are directories of files. */
static int make_trays(struct set_up *s, struct hm_err *err)
{
	static const char *const names[] = { "tray/labels", "tray/eeproms" };
	char dir[200];
	int rc = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && s->text.len && !rc; i++) {
		snprintf(dir, sizeof(dir), "%s/%s", s->stage, names[i]);
		rc = hm_dir_make(AT_FDCWD, dir, 0750);
		if (rc)
			return hm_err_set(err, rc, "%s: %s", dir, strerror(-rc));
	}
	return rc;
}

static int finish(struct set_up *s, struct hm_err *err)
{
	int rc = make_trays(s, err);

	rc = rc ?: give_away(s, err);
	rc = rc ?: put_config(s, err);
	if (rc)
		return rc;
	if (rename(s->stage, s->paths->state)) {
		rc = hm_err_set(err, -errno, "%s: %s", s->paths->state, strerror(errno));
		if (s->text.len)
			unlink(s->paths->config);
		return rc;
	}
	rc = sync_dir(s->paths->lib);
	return rc ? hm_err_set(err, -HM_ESTORE, "%s: %s", s->paths->lib, strerror(-rc)) : 0;
}

static int set_up(struct set_up *s, struct hm_err *err)
{
	int rc = empty_or_absent(s->paths->state, err);

	if (rc)
		return rc;
	rc = read_config(s, err);
	if (rc)
		return rc;
	rc = hm_dir_make(AT_FDCWD, s->paths->lib, 0755);
	if (rc)
		return hm_err_set(err, rc, "%s: %s", s->paths->lib, strerror(-rc));
	snprintf(s->stage, sizeof(s->stage), "%s/.hallmark-XXXXXX", s->paths->lib);
	if (!mkdtemp(s->stage))
		return hm_err_set(err, -errno, "%s: %s", s->paths->lib, strerror(errno));
	chmod(s->stage, 0750);
	rc = with_tpm(s, err);
	rc = rc ?: finish(s, err);
	if (rc)
		hm_remove_tree(s->stage);
	return rc;
}

int hm_station_init_here(struct hm_cli *cli, bool demo)
{
	struct set_up s = { .paths = &cli->paths, .demo = demo };
	struct hm_err err = { "" };
	_cleanup_json_ json_t *v = NULL;
	int rc;

	hm_buf_init(&s.text, 8192);
	rc = set_up(&s, &err);
	hm_buf_free(&s.text);
	if (rc)
		return hm_cli_fail(cli, "station init", rc, &err);
	if (!cli->json) {
		printf("station %s (%s/%s) is set up in %s\n", s.config.id, s.config.domain, s.config.id,
		       cli->paths.state);
		return hm_cli_flush();
	}
	v = json_pack("{s:s, s:o, s:o}", "id", s.config.id, "state", hm_json_text(cli->paths.state), "config",
		      hm_json_text(cli->paths.config));
	return hm_cli_print(v);
}
