/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The names by which an IDevID certificate ties itself to a TPM (TCG, TPM 2.0 Keys
 * for Device Identity and Attestation, section 8; RFC 4108, RFC 4043).
 */
#include "identity/x509.h"

#include <errno.h>
#include <string.h>

#include <openssl/asn1t.h>

#define OID_HARDWARE_MODULE_NAME	"1.3.6.1.5.5.7.8.4"
#define OID_PERMANENT_IDENTIFIER	"1.3.6.1.5.5.7.8.3"
#define OID_HW_TYPE_TPM			"2.23.133.1.2"
#define OID_ASSIGNER_EK_CERT		"2.23.133.12.1"

/* OpenSSL's templates want the bare name of a type */
typedef struct {
	ASN1_OBJECT *hw_type;
	ASN1_OCTET_STRING *hw_serial;
} hm_asn1_module;

typedef struct {
	ASN1_UTF8STRING *value;
	ASN1_OBJECT *assigner;
} hm_asn1_permanent;

ASN1_SEQUENCE(hm_asn1_module) = {
	ASN1_SIMPLE(hm_asn1_module, hw_type, ASN1_OBJECT),
	ASN1_SIMPLE(hm_asn1_module, hw_serial, ASN1_OCTET_STRING),
} static_ASN1_SEQUENCE_END(hm_asn1_module)

ASN1_SEQUENCE(hm_asn1_permanent) = {
	ASN1_OPT(hm_asn1_permanent, value, ASN1_UTF8STRING),
	ASN1_OPT(hm_asn1_permanent, assigner, ASN1_OBJECT),
} static_ASN1_SEQUENCE_END(hm_asn1_permanent)

/* otherName { @oid, [0] @value as @item } appended to @names */
static int add_other(GENERAL_NAMES *names, const char *oid, void *value, const ASN1_ITEM *item)
{
	ASN1_STRING *der = ASN1_item_pack(value, item, NULL);
	ASN1_TYPE *any = ASN1_TYPE_new();
	ASN1_OBJECT *id = OBJ_txt2obj(oid, 1);
	GENERAL_NAME *name = GENERAL_NAME_new();

	if (!der || !any || !id || !name)
		goto fail;
	ASN1_TYPE_set(any, V_ASN1_SEQUENCE, der);
	der = NULL;
	if (GENERAL_NAME_set0_othername(name, id, any) != 1)
		goto fail;
	id = NULL;
	any = NULL;
	if (!sk_GENERAL_NAME_push(names, name))
		goto fail;
	return 0;
fail:
	ASN1_STRING_free(der);
	ASN1_TYPE_free(any);
	ASN1_OBJECT_free(id);
	GENERAL_NAME_free(name);
	return -ENOMEM;
}

static int add_module(GENERAL_NAMES *names, const char *hw_serial)
{
	hm_asn1_module m = { OBJ_txt2obj(OID_HW_TYPE_TPM, 1), ASN1_OCTET_STRING_new() };
	int rc = -ENOMEM;

	if (m.hw_type && m.hw_serial &&
	    ASN1_OCTET_STRING_set(m.hw_serial, (const unsigned char *)hw_serial,
				  (int)strlen(hw_serial)) == 1)
		rc = add_other(names, OID_HARDWARE_MODULE_NAME, &m, ASN1_ITEM_rptr(hm_asn1_module));
	ASN1_OBJECT_free(m.hw_type);
	ASN1_OCTET_STRING_free(m.hw_serial);
	return rc;
}

static int add_permanent(GENERAL_NAMES *names, const uint8_t ek_cert_sha256[32])
{
	hm_asn1_permanent p = { ASN1_UTF8STRING_new(), OBJ_txt2obj(OID_ASSIGNER_EK_CERT, 1) };
	char hex[65];
	int rc = -ENOMEM;

	hm_hex(ek_cert_sha256, 32, hex);
	if (p.value && p.assigner && ASN1_STRING_set(p.value, hex, 64) == 1)
		rc = add_other(names, OID_PERMANENT_IDENTIFIER, &p,
			       ASN1_ITEM_rptr(hm_asn1_permanent));
	ASN1_UTF8STRING_free(p.value);
	ASN1_OBJECT_free(p.assigner);
	return rc;
}

int hm_idevid_alt_name(const struct hm_dut_identity *id, GENERAL_NAMES **ret)
{
	GENERAL_NAMES *names = GENERAL_NAMES_new();
	int rc;

	if (!names)
		return -ENOMEM;
	/* this order: some readers look at the first otherName only */
	rc = add_module(names, id->hw_serial);
	rc = rc ?: add_permanent(names, id->ek_cert_sha256);
	if (rc)
		GENERAL_NAMES_free(names);
	else
		*ret = names;
	return rc;
}
