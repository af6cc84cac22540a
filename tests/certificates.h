/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_CERTIFICATES_H
#define TESTS_CERTIFICATES_H

/* A CA and what it signs, made for a test, as PEM files in the present directory. */

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>

struct identity_files {
	X509 *certificate;
	EVP_PKEY *key;
};

static inline void
certificate_extension(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *e;

	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	assert_non_null(e);
	assert_int_equal(X509_add_ext(x, e, -1), 1);
	X509_EXTENSION_free(e);
}

/* NAME.pem and NAME.key; by: NULL signs itself and is a CA; names: "DNS:localhost,IP:127.0.0.1". */
static inline struct identity_files
certificate_make(const char *name, const struct identity_files *by, const char *names)
{
	struct identity_files i = { X509_new(), EVP_EC_gen("P-256") };
	X509 *issuer = by == NULL ? i.certificate : by->certificate;
	char path[64];
	FILE *f;

	assert_non_null(i.key);
	assert_int_equal(X509_set_version(i.certificate, X509_VERSION_3), 1);
	ASN1_INTEGER_set(X509_get_serialNumber(i.certificate), by == NULL ? 1 : 2);
	X509_gmtime_adj(X509_getm_notBefore(i.certificate), -3600);
	X509_gmtime_adj(X509_getm_notAfter(i.certificate), 86400);
	X509_set_pubkey(i.certificate, i.key);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(i.certificate), "CN", MBSTRING_ASC,
	    (const unsigned char *)name, -1, -1, 0);
	X509_set_issuer_name(i.certificate, X509_get_subject_name(issuer));
	certificate_extension(i.certificate, issuer, NID_basic_constraints,
	    by == NULL ? "critical,CA:TRUE" : "CA:FALSE");
	if (names != NULL)
		certificate_extension(i.certificate, issuer, NID_subject_alt_name, names);
	assert_true(X509_sign(i.certificate, by == NULL ? i.key : by->key, EVP_sha256()) > 0);
	(void)snprintf(path, sizeof path, "%s.pem", name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(PEM_write_X509(f, i.certificate), 1);
	fclose(f);
	(void)snprintf(path, sizeof path, "%s.key", name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(PEM_write_PrivateKey(f, i.key, NULL, NULL, 0, NULL, NULL), 1);
	fclose(f);
	return i;
}

static inline void
certificate_free(struct identity_files *i)
{
	X509_free(i->certificate);
	EVP_PKEY_free(i->key);
}

#endif
