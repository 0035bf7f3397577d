// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/common/config.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/digits.h"

enum kind {
	TEXT,		/* any text that fits */
	STATION_ID,	/* a-z 0-9 . - */
	NAME,
	PATH,		/* absolute */
	UINT,
};

struct key {
	const char *section;
	const char *name;
	enum kind kind;
	size_t at;
	size_t size;		/* of the text, or the largest number */
};

#define TEXT_KEY(s, n, k, m) { s, n, k, offsetof(struct hm_config, m), \
			       sizeof(((struct hm_config *)0)->m) }
#define UINT_KEY(s, n, m, max) { s, n, UINT, offsetof(struct hm_config, m), max }

static const struct key keys[] = {
	TEXT_KEY("station", "id", STATION_ID, id),
	TEXT_KEY("station", "domain", STATION_ID, domain),
	TEXT_KEY("station", "tcti", TEXT, tcti),
	TEXT_KEY("station", "ek_roots", PATH, ek_roots),
	TEXT_KEY("station", "issuer", TEXT, issuer),
	TEXT_KEY("station", "swtpm", PATH, swtpm),
	TEXT_KEY("daemon", "listen", TEXT, listen),
	TEXT_KEY("daemon", "token_file", PATH, token_file),
	UINT_KEY("daemon", "checkpoint_leaves", checkpoint_leaves, 1000000),
	UINT_KEY("daemon", "checkpoint_seconds", checkpoint_seconds, 86400),
	UINT_KEY("daemon", "patience_seconds", patience_seconds, 86400),
	TEXT_KEY("roles", "operator_group", NAME, operator_group),
	TEXT_KEY("roles", "technician_group", NAME, technician_group),
	TEXT_KEY("roles", "supervisor_group", NAME, supervisor_group),
	TEXT_KEY("roles", "auditor_group", NAME, auditor_group),
};
#define N_KEYS (sizeof(keys) / sizeof(keys[0]))

#define SLOT_KEY(n, k, m) { "slot", n, k, offsetof(struct hm_slot, m), \
			    sizeof(((struct hm_slot *)0)->m) }
static const struct key slot_keys[] = {
	SLOT_KEY("printer", TEXT, printer),
	SLOT_KEY("eeprom", TEXT, eeprom),
	SLOT_KEY("dut_tpm", TEXT, dut_tpm),
	{ "slot", "timeout_ms", UINT, offsetof(struct hm_slot, timeout_ms), 600000 },
};
#define N_SLOT_KEYS (sizeof(slot_keys) / sizeof(slot_keys[0]))

struct parse {
	const char *file;	/* for messages */
	const char *text;
	size_t len;
	size_t pos;
	unsigned int line;
	bool seen[N_KEYS];
	bool slot_seen[HM_SLOTS_MAX][N_SLOT_KEYS];
	struct hm_config *c;
	struct hm_err *err;
	int rc;			/* the first error */
};

bool hm_name_ok(const char *text, size_t max)
{
	size_t n = strlen(text);

	if (n == 0 || n > max || !isalnum((unsigned char)text[0]))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)text[i]) && !strchr("._-", text[i]))
			return false;
	return true;
}

int hm_lot_check(const char *text, struct hm_err *err)
{
	return hm_name_ok(text, HM_LOT_MAX) ? 0 :
	       hm_err_set(err, -HM_EBAD_REQUEST, "lot is made of letters, digits and . _ -, at most %u, the first a letter or digit",
			  HM_LOT_MAX);
}

bool hm_serial_ok(const char *text)
{
	size_t n = strlen(text);
	char name[21];

	if (n < 2 || n > 20 || text[n - 1] != '*')
		return hm_name_ok(text, 20);
	memcpy(name, text, n - 1);
	name[n - 1] = '\0';
	return hm_name_ok(name, 20);
}

static bool station_id_ok(const char *text)
{
	for (const char *p = text; *p; p++)
		if (!islower((unsigned char)*p) && !isdigit((unsigned char)*p) &&
		    *p != '.' && *p != '-')
			return false;
	return text[0] != '\0';
}

static int set_value(struct parse *p, void *base, const struct key *k, const char *value)
{
	uint32_t v32;
	uint64_t v;

	if (k->kind == UINT) {
		if (hm_digits_value(value, strlen(value), k->size, &v) || !v)
			return hm_err_set(p->err, -HM_EBAD_CONFIG,
					  "%s line %u: %s is a number from 1 to %zu", p->file,
					  p->line, k->name, k->size);
		v32 = (uint32_t)v;
		memcpy((char *)base + k->at, &v32, sizeof(v32));
		return 0;
	}
	if (strlen(value) >= k->size)
		return hm_err_set(p->err, -HM_EBAD_CONFIG, "%s line %u: %s has at most %zu characters",
				  p->file, p->line, k->name, k->size - 1);
	if (k->kind == PATH && value[0] != '/' && value[0] != '\0')
		return hm_err_set(p->err, -HM_EBAD_CONFIG, "%s line %u: %s is an absolute path",
				  p->file, p->line, k->name);
	if (k->kind == STATION_ID && !station_id_ok(value))
		return hm_err_set(p->err, -HM_EBAD_CONFIG,
				  "%s line %u: %s is made of a-z 0-9 . and -", p->file, p->line,
				  k->name);
	if (k->kind == NAME && value[0] && !hm_name_ok(value, k->size - 1))
		return hm_err_set(p->err, -HM_EBAD_CONFIG, "%s line %u: %s is not a name",
				  p->file, p->line, k->name);
	strcpy((char *)base + k->at, value);
	return 0;
}

/* The slot of a section "slot NAME", made when it is met first; NULL: an error. */
static struct hm_slot *section_slot(struct parse *p, const char *section)
{
	const char *name = section + strlen("slot ");
	struct hm_slot *s;

	if (!hm_name_ok(name, sizeof(s->name) - 1)) {
		p->rc = hm_err_set(p->err, -HM_EBAD_CONFIG, "%s line %u: '%s' is no name for a slot",
				   p->file, p->line, name);
		return NULL;
	}
	for (size_t i = 0; i < p->c->n_slots; i++)
		if (!strcmp(p->c->slots[i].name, name))
			return &p->c->slots[i];
	if (p->c->n_slots == HM_SLOTS_MAX) {
		p->rc = hm_err_set(p->err, -HM_EBAD_CONFIG, "%s line %u: more than %d slots",
				   p->file, p->line, HM_SLOTS_MAX);
		return NULL;
	}
	s = &p->c->slots[p->c->n_slots++];
	memset(s, 0, sizeof(*s));
	strcpy(s->name, name);
	s->timeout_ms = 15000;
	return s;
}

static int one_key(struct parse *p, void *base, const struct key *table, size_t n, bool *seen,
		   const char *section, const char *name, const char *value)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(table[i].name, name))
			continue;
		if (strcmp(table[i].section, "slot") && strcmp(table[i].section, section))
			continue;
		if (seen[i])
			return hm_err_set(p->err, -HM_EBAD_CONFIG, "%s line %u: %s appears twice in [%s]",
					  p->file, p->line, name, section);
		seen[i] = true;
		return set_value(p, base, &table[i], value);
	}
	return hm_err_set(p->err, -HM_EBAD_CONFIG, "%s line %u: unknown key %s in [%s]", p->file,
			  p->line, name, section);
}

static bool known_section(const char *section)
{
	for (size_t i = 0; i < N_KEYS; i++)
		if (!strcmp(keys[i].section, section))
			return true;
	return !strncmp(section, "slot ", 5);
}

/* inih's handler: 1 goes on. Only the first error counts, the rest is noise. */
static int on_key(void *user, const char *section, const char *name, const char *value)
{
	struct parse *p = user;
	struct hm_slot *s;

	if (p->rc)
		return 1;
	if (!known_section(section)) {
		p->rc = hm_err_set(p->err, -HM_EBAD_CONFIG, "%s line %u: unknown section [%s]",
				   p->file, p->line, section);
	} else if (!strncmp(section, "slot ", 5)) {
		s = section_slot(p, section);
		if (s)
			p->rc = one_key(p, s, slot_keys, N_SLOT_KEYS,
					p->slot_seen[s - p->c->slots], section, name, value);
	} else {
		p->rc = one_key(p, p->c, keys, N_KEYS, p->seen, section, name, value);
	}
	return 1;
}

/* inih does not tell a handler of a section without keys: looked at here. */
static void check_section_line(struct parse *p, const char *line)
{
	char section[64];
	size_t n;

	if (line[0] != '[' || p->rc)
		return;
	n = strcspn(line + 1, "]");
	if (n >= sizeof(section) || line[1 + n] != ']')
		return;
	memcpy(section, line + 1, n);
	section[n] = '\0';
	if (!known_section(section))
		p->rc = hm_err_set(p->err, -HM_EBAD_CONFIG, "%s line %u: unknown section [%s]",
				   p->file, p->line, section);
	else if (!strncmp(section, "slot ", 5))
		section_slot(p, section);
}

/* fgets() over the text; counts lines, because inih's handler is not told. */
static char *next_line(char *buf, int size, void *stream)
{
	struct parse *p = stream;
	const char *start = p->text + p->pos;
	size_t left = p->len - p->pos, n;
	const char *nl;

	if (left == 0)
		return NULL;
	nl = memchr(start, '\n', left);
	n = nl ? (size_t)(nl - start) + 1 : left;
	p->line++;
	p->pos += n;
	if (n >= (size_t)size || memchr(start, '\0', n)) {
		if (!p->rc)
			p->rc = hm_err_set(p->err, -HM_EBAD_CONFIG, n >= (size_t)size ?
					   "%s line %u: longer than a line may be" :
					   "%s line %u: a NUL byte", p->file, p->line);
		n = 0;
	}
	memcpy(buf, start, n);
	buf[n] = '\0';
	check_section_line(p, buf);
	return buf;
}

static int check_whole(const struct hm_config *c, const char *file, struct hm_err *err)
{
	if (!c->id[0] || !c->domain[0] || !c->issuer[0])
		return hm_err_set(err, -HM_EBAD_CONFIG, "%s: [station] needs id, domain and issuer", file);
	if (!c->tcti[0] && !c->swtpm[0])
		return hm_err_set(err, -HM_EBAD_CONFIG, "%s: [station] needs tcti or swtpm", file);
	if (c->tcti[0] && c->swtpm[0])
		return hm_err_set(err, -HM_EBAD_CONFIG, "%s: [station] tcti and swtpm exclude each other", file);
	if (!c->ek_roots[0])
		return hm_err_set(err, -HM_EBAD_CONFIG, "%s: [station] needs ek_roots", file);
	if (c->token_file[0] && !c->listen[0])
		return hm_err_set(err, -HM_EBAD_CONFIG, "%s: [daemon] token_file without listen", file);
	for (size_t i = 0; i < c->n_slots; i++)
		if (!c->slots[i].printer[0] || !c->slots[i].eeprom[0])
			return hm_err_set(err, -HM_EBAD_CONFIG, "%s: [slot %s] needs printer and eeprom",
					  file, c->slots[i].name);
	return 0;
}

int hm_config_parse(const char *text, size_t len, const char *name, struct hm_config *ret,
		    struct hm_err *err)
{
	struct hm_config *c = calloc(1, sizeof(*c));
	struct parse p = { .file = name, .text = text, .len = len, .c = c, .err = err };
	int line;

	if (!c)
		return -ENOMEM;
	c->checkpoint_leaves = 256;
	c->checkpoint_seconds = 60;
	c->patience_seconds = 60;
	line = ini_parse_stream(next_line, &p, on_key, &p);
	if (!p.rc && line > 0)
		p.rc = hm_err_set(err, -HM_EBAD_CONFIG, "%s line %d: neither a section nor a key = value",
				  name, line);
	else if (!p.rc && line < 0)
		p.rc = -ENOMEM;
	p.rc = p.rc ?: check_whole(c, name, err);
	if (!p.rc)
		*ret = *c;
	free(c);
	return p.rc;
}

int hm_config_load(const char *path, struct hm_config *ret, struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(HM_CONFIG_MAX);
	int rc = hm_read_file(path, &b);

	if (rc == -ENOENT)
		return hm_err_set(err, -HM_ENOT_INITIALISED, "%s is not there: station init", path);
	if (rc)
		return hm_err_set(err, rc, "%s cannot be read: %s", path, strerror(-rc));
	return hm_config_parse(hm_buf_str(&b), b.len, path, ret, err);
}

const struct hm_slot *hm_config_slot(const struct hm_config *c, const char *name)
{
	for (size_t i = 0; i < c->n_slots; i++)
		if (!strcmp(c->slots[i].name, name))
			return &c->slots[i];
	return NULL;
}

/* Absolute, without a trailing slash; the directory need not be there yet. */
static int root_path(const char *root, char *out, size_t size, struct hm_err *err)
{
	char whole[PATH_MAX * 2], cwd[PATH_MAX] = "";
	char *real;
	size_t n;

	if (root[0] == '\0')
		return hm_err_set(err, -EINVAL, "--root needs a directory");
	if (root[0] != '/' && !getcwd(cwd, sizeof(cwd)))
		return hm_err_set(err, -errno, "working directory: %s", strerror(errno));
	if (strlen(root) >= PATH_MAX)
		return hm_err_set(err, -EINVAL, "--root is too long");
	snprintf(whole, sizeof(whole), "%s%s%s", cwd, root[0] == '/' ? "" : "/", root);
	real = realpath(whole, NULL);
	if (real) {
		snprintf(whole, sizeof(whole), "%s", real);
		free(real);
	}
	n = strlen(whole);
	while (n > 1 && whole[n - 1] == '/')
		whole[--n] = '\0';
	if (n >= size)
		return hm_err_set(err, -EINVAL,
				  "--root %s is too long: at most %zu characters, because sockets lie below it",
				  whole, size - 1);
	memcpy(out, whole, n + 1);
	return 0;
}

int hm_paths_set(struct hm_paths *p, const char *root, struct hm_err *err)
{
	int rc;

	memset(p, 0, sizeof(*p));
	if (root) {
		rc = root_path(root, p->root, sizeof(p->root), err);
		if (rc)
			return rc;
		p->relocated = true;
	}
	snprintf(p->etc, sizeof(p->etc), "%s/etc/hallmark", p->root);
	snprintf(p->config, sizeof(p->config), "%s/etc/hallmark/hallmark.conf", p->root);
	snprintf(p->lib, sizeof(p->lib), "%s/var/lib", p->root);
	snprintf(p->state, sizeof(p->state), "%s/var/lib/hallmark", p->root);
	snprintf(p->run, sizeof(p->run), "%s/run/hallmark", p->root);
	snprintf(p->socket, sizeof(p->socket), "%s/run/hallmark/hallmarkd.sock", p->root);
	return 0;
}
