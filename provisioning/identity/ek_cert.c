/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an EK certificate must look like: TCG EK Credential Profile, 3.2. */
#include "identity/ek.h"

#include <errno.h>
#include <string.h>

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#define OID_MANUFACTURER	"2.23.133.2.1"
#define OID_MODEL		"2.23.133.2.2"
#define OID_VERSION		"2.23.133.2.3"
#define OID_SPECIFICATION	"2.23.133.2.16"

static bool is_oid(const ASN1_OBJECT *o, const char *dotted)
{
	char text[64];
	int n = OBJ_obj2txt(text, sizeof(text), o, 1);

	return n > 0 && (size_t)n < sizeof(text) && !strcmp(text, dotted);
}

/* The one value of @oid in @name, as text; false where there is none or more. */
static bool name_value(const X509_NAME *name, const char *oid, char *out, size_t size)
{
	bool found = false;

	for (int i = 0; i < X509_NAME_entry_count(name); i++) {
		const X509_NAME_ENTRY *e = X509_NAME_get_entry(name, i);
		const ASN1_STRING *v = X509_NAME_ENTRY_get_data(e);
		size_t len = (size_t)ASN1_STRING_length(v);

		if (!is_oid(X509_NAME_ENTRY_get_object(e), oid))
			continue;
		if (found || len >= size || memchr(ASN1_STRING_get0_data(v), 0, len))
			return false;
		memcpy(out, ASN1_STRING_get0_data(v), len);
		out[len] = '\0';
		found = true;
	}
	return found;
}

/* @ret_id: the manufacturer's eight digits */
static int check_san(X509 *cert, char ret_id[9], struct hm_err *err)
{
	char manufacturer[32], model[128], version[32];
	const X509_NAME *dir = NULL;
	int critical = -1, dirs = 0, rc = 0;
	uint8_t id[4];
	GENERAL_NAMES *san;

	san = X509_get_ext_d2i(cert, NID_subject_alt_name, &critical, NULL);
	if (!san)
		return hm_err_set(err, -HM_EUNTRUSTED, "the EK certificate has no subjectAltName");
	for (int i = 0; i < sk_GENERAL_NAME_num(san); i++) {
		const GENERAL_NAME *n = sk_GENERAL_NAME_value(san, i);

		if (n->type == GEN_DIRNAME) {
			dir = n->d.directoryName;
			dirs++;
		}
	}
	if (dirs != 1 || !name_value(dir, OID_MANUFACTURER, manufacturer, sizeof(manufacturer)) ||
	    !name_value(dir, OID_MODEL, model, sizeof(model)) ||
	    !name_value(dir, OID_VERSION, version, sizeof(version)) ||
	    strncmp(manufacturer, "id:", 3) || hm_unhex(manufacturer + 3, id, sizeof(id)) ||
	    strncmp(version, "id:", 3))
		rc = hm_err_set(err, -HM_EUNTRUSTED,
				"the EK certificate does not name a TPM's manufacturer, model and version");
	else if (critical != 1 && !X509_NAME_entry_count(X509_get_subject_name(cert)))
		rc = hm_err_set(err, -HM_EUNTRUSTED,
				"the EK certificate has neither a subject nor a critical subjectAltName");
	else
		hm_hex(id, sizeof(id), ret_id);
	GENERAL_NAMES_free(san);
	return rc;
}

/* SubjectDirectoryAttributes is a SEQUENCE OF Attribute that OpenSSL has no type for. */
static bool has_specification(X509 *cert)
{
	int at = X509_get_ext_by_NID(cert, NID_subject_directory_attributes, -1);
	const unsigned char *p, *end;
	bool found = false;
	int tag, class;
	long len;

	if (at < 0)
		return false;
	p = ASN1_STRING_get0_data(X509_EXTENSION_get_data(X509_get_ext(cert, at)));
	len = ASN1_STRING_length(X509_EXTENSION_get_data(X509_get_ext(cert, at)));
	if (ASN1_get_object(&p, &len, &tag, &class, len) != V_ASN1_CONSTRUCTED ||
	    tag != V_ASN1_SEQUENCE || class != V_ASN1_UNIVERSAL)
		return false;
	for (end = p + len; p < end && !found;) {
		X509_ATTRIBUTE *a = d2i_X509_ATTRIBUTE(NULL, &p, end - p);

		if (!a)
			break;
		found = is_oid(X509_ATTRIBUTE_get0_object(a), OID_SPECIFICATION);
		X509_ATTRIBUTE_free(a);
	}
	return found;
}

static bool critical_ext(X509 *cert, int nid, bool want)
{
	int at = X509_get_ext_by_NID(cert, nid, -1);

	return at >= 0 && X509_EXTENSION_get_critical(X509_get_ext(cert, at)) == want;
}

static bool positive_serial(X509 *cert)
{
	const ASN1_INTEGER *s = X509_get0_serialNumber(cert);
	bool zero = true;

	for (int i = 0; i < ASN1_STRING_length(s); i++)
		zero &= !ASN1_STRING_get0_data(s)[i];
	return !zero && ASN1_STRING_type(s) == V_ASN1_INTEGER;
}

int hm_ek_cert_profile(X509 *cert, struct hm_err *err)
{
	uint32_t flags = X509_get_extension_flags(cert);
	const char *wrong = NULL;
	char id[9];
	int rc;

	if (X509_get_version(cert) != X509_VERSION_3)
		wrong = "is not version 3";
	else if (!positive_serial(cert))
		wrong = "has no positive serial number";
	else if (flags & EXFLAG_INVALID)
		wrong = "has an extension that cannot be read";
	else if (!critical_ext(cert, NID_basic_constraints, true) || (flags & EXFLAG_CA))
		wrong = "has no critical basicConstraints CA:FALSE";
	else if (!critical_ext(cert, NID_key_usage, true) ||
		 !(X509_get_key_usage(cert) & KU_KEY_ENCIPHERMENT))
		wrong = "has no critical keyUsage keyEncipherment";
	else if (!critical_ext(cert, NID_authority_key_identifier, false) ||
		 !X509_get0_authority_key_id(cert))
		wrong = "has no authorityKeyIdentifier";
	else if (!hm_has_eku(cert, HM_OID_EK))
		wrong = "is not for an EK (extendedKeyUsage " HM_OID_EK ")";
	else if (!has_specification(cert))
		wrong = "does not name the TPM's specification";
	rc = wrong ? hm_err_set(err, -HM_EUNTRUSTED, "the EK certificate %s", wrong)
		   : check_san(cert, id, err);
	ERR_clear_error();
	return rc;
}

int hm_ek_hw_serial(X509 *cert, char *out, size_t size, struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(256);
	const ASN1_OCTET_STRING *aki = X509_get0_authority_key_id(cert);
	const ASN1_INTEGER *serial = X509_get0_serialNumber(cert);
	char id[9];
	int rc;

	rc = check_san(cert, id, err);
	if (rc)
		return rc;
	if (!aki)
		return hm_err_set(err, -HM_EUNTRUSTED, "the EK certificate has no authorityKeyIdentifier");
	rc = hm_buf_printf(&b, "%s:", id);
	rc = rc ?: hm_buf_hex(&b, ASN1_STRING_get0_data(aki), (size_t)ASN1_STRING_length(aki));
	rc = rc ?: hm_buf_byte(&b, ':');
	rc = rc ?: hm_buf_hex(&b, ASN1_STRING_get0_data(serial), (size_t)ASN1_STRING_length(serial));
	if (rc == -E2BIG || (!rc && b.len >= size))
		return hm_err_set(err, -HM_ETOO_LONG, "the EK certificate's identifiers are too long");
	if (!rc)
		memcpy(out, b.data, b.len + 1);
	return rc;
}
