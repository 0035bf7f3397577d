/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Making a station. Everything is put into DIR.new, which becomes DIR at the very
 * end. A key kept in the TPM outlives a crash, so where it will be and what its name
 * is goes into DIR.new/handles before the TPM is told to keep it: a failure, or the
 * next attempt after a crash, removes exactly those keys again.
 */
#include "identity/keys.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include "identity/ek.h"
#include "identity/x509.h"

#define STATION_MAX	40
#define HANDLES_COUNT	32u

/* where a resident key looks for a place: TCG handle registry, endorsement and
 * owner keys of nobody in particular */
static const TPM2_HANDLE first_handle[HM_KEYS_RESIDENT] = {
	[HM_KEY_AK] = 0x81010100, [HM_KEY_SIGN] = 0x81000100, [HM_KEY_ISSUER] = 0x81000100,
};

struct making {
	const struct hm_keys_params *p;
	char staging[PATH_MAX];
	int dirfd;
	struct hm_tpm tpm;
	struct hm_ek ek;
	struct hm_handles made;
	EVP_PKEY *key[HM_KEYS_RESIDENT];
	EVP_PKEY *root_key;
	X509 *root;
};

/* --- files --- */

static int put_file(int dirfd, const char *name, const void *bytes, size_t len, mode_t mode,
		    struct hm_err *err)
{
	int fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, mode);
	const uint8_t *p = bytes;
	int rc = 0;

	if (fd < 0)
		return hm_err_set(err, errno == ENOSPC ? -HM_EDISK_FULL : -errno, "write %s: %s", name,
				  strerror(errno));
	if (fchmod(fd, mode))	/* whatever the umask */
		rc = -errno;
	while (len && !rc) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno != EINTR)
			rc = -errno;
		if (n > 0) {
			p += n;
			len -= (size_t)n;
		}
	}
	if (!rc && fsync(fd))
		rc = -errno;
	if (close(fd) && !rc)
		rc = -errno;
	return rc ? hm_err_set(err, rc == -ENOSPC ? -HM_EDISK_FULL : rc, "write %s: %s", name,
			       strerror(-rc)) : 0;
}

static int put_cert(struct making *m, enum hm_cert which, X509 *cert, struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf der = HM_BUF_INIT(65536), pem = HM_BUF_INIT(65536);
	int rc = hm_x509_der(cert, &der);

	rc = rc ?: hm_cert_to_pem((struct hm_der){ der.data, der.len }, &pem);
	return rc ?: put_file(m->dirfd, hm_cert_file[which], pem.data, pem.len, 0644, err);
}

static int put_handles(struct making *m, struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf text = HM_BUF_INIT(1024);
	int rc = hm_handles_format(&m->made, &text);

	/* never a moment without the older list: it names keys that exist */
	rc = rc ?: put_file(m->dirfd, HM_KEYS_HANDLES ".tmp", hm_buf_str(&text), text.len, 0644, err);
	if (!rc && (renameat(m->dirfd, HM_KEYS_HANDLES ".tmp", m->dirfd, HM_KEYS_HANDLES) ||
		    fsync(m->dirfd)))
		rc = hm_err_set(err, -errno, "write %s: %s", HM_KEYS_HANDLES, strerror(errno));
	return rc;
}

/* Only names that this file makes; anything else keeps the directory, and says so. */
static void remove_staging(const struct making *m)
{
	for (int i = 0; i < HM_KEYS_CERTS; i++)
		unlinkat(m->dirfd, hm_cert_file[i], 0);
	unlinkat(m->dirfd, HM_KEYS_LOG_PUBLIC, 0);
	unlinkat(m->dirfd, HM_KEYS_LOG_SEALED, 0);
	unlinkat(m->dirfd, HM_KEYS_ROOT_KEY, 0);
	unlinkat(m->dirfd, HM_KEYS_CA_DIR, AT_REMOVEDIR);
	unlinkat(m->dirfd, HM_KEYS_HANDLES ".tmp", 0);
	unlinkat(m->dirfd, HM_KEYS_HANDLES, 0);
	rmdir(m->staging);
}

/* What a crash of an earlier attempt left in the TPM. */
static int undo_earlier(struct making *m, struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf text = HM_BUF_INIT(65536);
	struct hm_handles old;
	int rc;

	rc = hm_read_file_at(m->dirfd, HM_KEYS_HANDLES, &text);
	if (rc == -ENOENT)
		return 0;
	rc = rc ?: hm_handles_parse(hm_buf_str(&text), &old);
	if (rc)
		return hm_err_set(err, rc, "%.120s is damaged: remove it", m->staging);
	return hm_handles_evict(&m->tpm, &old, err);
}

static int open_staging(struct making *m, struct hm_err *err)
{
	int n = snprintf(m->staging, sizeof(m->staging), "%s.new", m->p->dir);

	if (n < 0 || (size_t)n >= sizeof(m->staging))
		return hm_err_set(err, -ENAMETOOLONG, "the directory's name is too long");
	if (mkdir(m->staging, 0700) && errno != EEXIST)
		return hm_err_set(err, -errno, "make %.120s: %s", m->staging, strerror(errno));
	m->dirfd = open(m->staging, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (m->dirfd < 0)
		return hm_err_set(err, -errno, "open %.120s: %s", m->staging, strerror(errno));
	if (flock(m->dirfd, LOCK_EX | LOCK_NB)) {
		close(m->dirfd);
		m->dirfd = -1;
		return hm_err_set(err, -HM_EBUSY, "somebody else is making this station's keys");
	}
	return 0;
}

/* --- keys --- */

/* The station's AK against its own EK, with the challenge made outside the TPM. */
static int activate_ak(struct making *m, ESYS_TR ak, const TPM2B_NAME *name, struct hm_err *err)
{
	TPM2B_DIGEST secret = { .size = 32 }, answer;
	TPM2B_ENCRYPTED_SECRET encrypted;
	TPM2B_ID_OBJECT blob;
	int rc;

	if (RAND_priv_bytes(secret.buffer, 32) != 1)
		return hm_err_set(err, -EIO, "no randomness");
	rc = hm_make_credential(m->ek.key, name, &secret, &blob, &encrypted, err);
	rc = rc ?: hm_tpm_activate(&m->tpm, ak, ESYS_TR_PASSWORD, m->ek.handle, &blob, &encrypted,
				   &answer, err);
	if (!rc && (answer.size != 32 || CRYPTO_memcmp(answer.buffer, secret.buffer, 32)))
		rc = hm_err_set(err, -HM_EUNTRUSTED, "the AK is not in the TPM of its EK");
	OPENSSL_cleanse(&secret, sizeof(secret));
	return rc;
}

static int make_resident(struct making *m, enum hm_resident which, struct hm_err *err)
{
	bool is_ak = which == HM_KEY_AK;
	struct hm_handle *made = &m->made.key[which];
	ESYS_TR object = ESYS_TR_NONE, kept = ESYS_TR_NONE;
	TPM2B_PUBLIC template, public;
	uint8_t unique[32];
	TPM2_HANDLE handle;
	int rc;

	if (RAND_bytes(unique, sizeof(unique)) != 1)
		return hm_err_set(err, -EIO, "no randomness");
	hm_template_station(&template, is_ak, unique);
	rc = hm_tpm_primary(&m->tpm, is_ak ? ESYS_TR_RH_ENDORSEMENT : ESYS_TR_RH_OWNER, &template,
			    &object, &public, err);
	if (rc)
		return rc;
	if (!hm_template_fits(&public, &template))
		rc = hm_err_set(err, -HM_EUNTRUSTED, "the TPM made another key than was asked for");
	rc = rc ?: hm_public_to_pkey(&public, &m->key[which], err);
	rc = rc ?: hm_public_name(&public, &made->name);
	if (!rc && is_ak)
		rc = activate_ak(m, object, &made->name, err);
	rc = rc ?: hm_tpm_free_handle(&m->tpm, first_handle[which], HANDLES_COUNT, &handle, err);
	if (!rc) {
		made->handle = handle;
		rc = put_handles(m, err);
	}
	rc = rc ?: hm_tpm_persist(&m->tpm, object, handle, &kept, err);
	if (!rc)
		Esys_TR_Close(m->tpm.esys, &kept);
	hm_tpm_flush(&m->tpm, &object);
	return rc;
}

static int make_log_key(struct making *m, struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf sealed = HM_BUF_INIT(65536);
	uint8_t seed[32], public[32];
	size_t len = sizeof(public);
	EVP_PKEY *key = NULL;
	int rc = 0;

	if (RAND_priv_bytes(seed, sizeof(seed)) != 1)
		return hm_err_set(err, -EIO, "no randomness");
	key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, sizeof(seed));
	if (!key || EVP_PKEY_get_raw_public_key(key, public, &len) != 1 || len != 32)
		rc = hm_openssl_err(err, "log key");
	rc = rc ?: hm_seal(&m->tpm, seed, &sealed, err);
	OPENSSL_cleanse(seed, sizeof(seed));
	EVP_PKEY_free(key);
	rc = rc ?: put_file(m->dirfd, HM_KEYS_LOG_PUBLIC, public, 32, 0644, err);
	return rc ?: put_file(m->dirfd, HM_KEYS_LOG_SEALED, sealed.data, sealed.len, 0600, err);
}

/* --- the demo factory --- */

static int put_root_key(struct making *m, struct hm_err *err)
{
	BIO *bio = BIO_new(BIO_s_secmem());
	char *text;
	long len;
	int rc;

	if (!bio || PEM_write_bio_PKCS8PrivateKey(bio, m->root_key, NULL, NULL, 0, NULL, NULL) != 1)
		rc = hm_openssl_err(err, "root key");
	else if (mkdirat(m->dirfd, HM_KEYS_CA_DIR, 0700) && errno != EEXIST)
		rc = hm_err_set(err, -errno, "make %s: %s", HM_KEYS_CA_DIR, strerror(errno));
	else {
		len = BIO_get_mem_data(bio, &text);
		rc = put_file(m->dirfd, HM_KEYS_ROOT_KEY, text, (size_t)len, 0600, err);
	}
	BIO_free(bio);
	return rc;
}

static int new_cert(struct making *m, struct hm_x509_body *body, enum hm_cert which, X509 **ret,
		    struct hm_err *err)
{
	X509 *cert = NULL;
	int rc;

	if (RAND_bytes(body->serial_number, 16) != 1)
		return hm_err_set(err, -EIO, "no randomness");
	body->serial_number[0] |= 0x40;	/* always 16 bytes long */
	body->not_before = m->p->now;
	body->issuer = m->root;
	rc = hm_x509_new(body, &cert, err);
	rc = rc ?: hm_x509_sign_soft(cert, m->root_key, err);
	rc = rc ?: put_cert(m, which, cert, err);
	if (!rc && ret)
		*ret = cert;
	else
		X509_free(cert);
	return rc;
}

static int make_certificates(struct making *m, struct hm_err *err)
{
	char name[64];
	struct hm_x509_body root = {
		.common_name = "Hallmark demo factory root CA", .path_len = 1,
		.key_usage = "keyCertSign,cRLSign",
	}, issuer = {
		.common_name = name, .path_len = 0, .key = m->key[HM_KEY_ISSUER],
		.key_usage = "keyCertSign,cRLSign",
	}, sign = {	/* these two name the station: the CA vouches for who measures and signs */
		.common_name = name, .path_len = -1, .key = m->key[HM_KEY_SIGN],
		.serial = m->p->station, .key_usage = "digitalSignature",
	}, ak = {
		.common_name = name, .path_len = -1, .key = m->key[HM_KEY_AK], .serial = m->p->station,
		.key_usage = "digitalSignature", .ext_key_usage = HM_OID_AK,
	};
	int rc;

	m->root_key = EVP_EC_gen("P-256");
	if (!m->root_key)
		return hm_openssl_err(err, "root key");
	root.key = m->root_key;
	rc = put_root_key(m, err);
	rc = rc ?: new_cert(m, &root, HM_CERT_ROOT, &m->root, err);
	snprintf(name, sizeof(name), "Hallmark issuer %s", m->p->station);
	rc = rc ?: new_cert(m, &issuer, HM_CERT_ISSUER, NULL, err);
	snprintf(name, sizeof(name), "Hallmark station %s", m->p->station);
	rc = rc ?: new_cert(m, &sign, HM_CERT_SIGN, NULL, err);
	snprintf(name, sizeof(name), "Hallmark attestation %s", m->p->station);
	return rc ?: new_cert(m, &ak, HM_CERT_AK, NULL, err);
}

/* --- the whole --- */

static int check_params(const struct hm_keys_params *p, struct hm_err *err)
{
	size_t len = p->station ? strlen(p->station) : 0;
	char marker[PATH_MAX];

	if (!p->dir || p->dir[0] != '/')
		return hm_err_set(err, -EINVAL, "the directory of the keys must be absolute");
	if (!len || len > STATION_MAX)
		return hm_err_set(err, -HM_EBAD_LENGTH, "a station id has 1 to %d characters", STATION_MAX);
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)p->station[i]) && !strchr("-_.", p->station[i]))
			return hm_err_set(err, -HM_EBAD_CHAR, "a station id has letters, digits, - _ and .");
	if (!p->demo)
		return hm_err_set(err, -HM_EUNSUPPORTED,
				  "only the demo factory CA can certify a station in this version");
	if (snprintf(marker, sizeof(marker), "%s/" HM_KEYS_HANDLES, p->dir) >= (int)sizeof(marker))
		return hm_err_set(err, -ENAMETOOLONG, "the directory's name is too long");
	if (!access(marker, F_OK))
		return hm_err_set(err, -HM_EALREADY, "%.120s has a station's keys already", p->dir);
	return 0;
}

static int make_all(struct making *m, struct hm_err *err)
{
	int rc;

	rc = undo_earlier(m, err);
	rc = rc ?: hm_ek_find(&m->tpm, &m->ek, err);
	rc = rc ?: hm_ek_chain(&m->tpm, &m->ek, err);
	rc = rc ?: hm_ek_vouch(&m->ek, m->p->ek_roots, err);
	for (int i = 0; !rc && i < HM_KEYS_RESIDENT; i++)
		rc = make_resident(m, i, err);
	rc = rc ?: make_log_key(m, err);
	rc = rc ?: put_cert(m, HM_CERT_EK, m->ek.cert, err);
	return rc ?: make_certificates(m, err);
}

/* DIR.new becomes DIR; an empty DIR may be there. */
static int publish(struct making *m, struct hm_err *err)
{
	char parent[PATH_MAX];
	char *slash;
	int fd, rc = 0;

	if (fsync(m->dirfd))
		return hm_err_set(err, -errno, "write %.120s: %s", m->staging, strerror(errno));
	if (rename(m->staging, m->p->dir))
		return hm_err_set(err, -errno, "%.120s is in the way: %s", m->p->dir, strerror(errno));
	snprintf(parent, sizeof(parent), "%s", m->p->dir);
	slash = strrchr(parent, '/');
	slash[slash == parent] = '\0';
	fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd))
		rc = hm_err_set(err, -errno, "write %.120s: %s", parent, strerror(errno));
	if (fd >= 0)
		close(fd);
	/* not known to be durable: taken back, so that a failure leaves nothing */
	if (rc)
		rename(m->p->dir, m->staging);
	return rc;
}

int hm_keys_create(const struct hm_keys_params *p, struct hm_err *err)
{
	struct making m = { .p = p, .dirfd = -1, .ek = HM_EK_INIT };
	struct hm_tpm_guard g;
	int rc, undone = 0;

	rc = check_params(p, err);
	rc = rc ?: hm_tpm_open(&m.tpm, p->tcti, err);
	if (rc)
		return rc;
	hm_tpm_lock(&m.tpm, &g);
	rc = open_staging(&m, err);
	if (rc)
		goto out;
	rc = make_all(&m, err);
	rc = rc ?: publish(&m, err);
	/* a TPM that is gone keeps its keys: then the list of them stays too */
	if (rc)
		undone = hm_handles_evict(&m.tpm, &m.made, NULL);
	if (rc && !undone)
		remove_staging(&m);
out:
	hm_ek_release(&m.tpm, &m.ek);
	hm_tpm_unlock(&g);
	hm_tpm_close(&m.tpm);
	if (m.dirfd >= 0)
		close(m.dirfd);
	for (int i = 0; i < HM_KEYS_RESIDENT; i++)
		EVP_PKEY_free(m.key[i]);
	EVP_PKEY_free(m.root_key);
	X509_free(m.root);
	return rc;
}
