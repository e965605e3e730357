/* SPDX-License-Identifier: Apache-2.0
 *
 * tls.c - TLS 1.2 and 1.3 by GnuTLS, with client certificates.
 *
 * WHY    TAXII asks for TLS 1.2 or newer without early data (section 8.2). A client certificate
 *        must be whole: signed by the given authority, in time, not revoked, and made for
 *        authenticating clients; one that is presented and is not ends the connection.
 * TRUST  The peer is anybody. OWNS   Credentials and priorities, until the last connection that
 *        began with them is gone.
 */
#include <gnutls/x509.h>

#include "base/error.h"
#include "base/hash.h"
#include "http/inside.h"

struct hmi_http_tls {
    gnutls_certificate_credentials_t credentials;
    gnutls_priority_t priorities;
    bool asks; /* for client certificates */
    atomic_int references;
};

static const char PRIORITIES[] = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:%SERVER_PRECEDENCE";

static int fail(hm_err *err, const char *what, const char *path, int rc)
{
    return hmi_fail(err, HM_E_IO, HM_OFFSET_NONE, "%s \"%s\": %s", what, path, gnutls_strerror(rc));
}

static int load(hmi_http_tls *tls, const hmi_http_tls_files *f, hm_err *err)
{
    int rc = gnutls_certificate_set_x509_key_file(tls->credentials, f->certificate, f->key,
                                                  GNUTLS_X509_FMT_PEM);
    if (rc < 0) {
        return fail(err, "the server's certificate or key", f->certificate, rc);
    }
    if (f->client_ca != NULL) {
        rc = gnutls_certificate_set_x509_trust_file(tls->credentials, f->client_ca,
                                                    GNUTLS_X509_FMT_PEM);
        if (rc <= 0) {
            return fail(err, "the authority of clients", f->client_ca,
                        rc == 0 ? GNUTLS_E_NO_CERTIFICATE_FOUND : rc);
        }
        tls->asks = true;
    }
    if (f->client_crl != NULL) {
        rc = gnutls_certificate_set_x509_crl_file(tls->credentials, f->client_crl,
                                                  GNUTLS_X509_FMT_PEM);
        if (rc <= 0) {
            return fail(err, "the list of revoked certificates", f->client_crl,
                        rc == 0 ? GNUTLS_E_NO_CERTIFICATE_FOUND : rc);
        }
    }
    return HM_OK;
}

static void destroy(hmi_http_tls *tls)
{
    if (tls == NULL) {
        return;
    }
    if (tls->credentials != NULL) {
        gnutls_certificate_free_credentials(tls->credentials);
    }
    if (tls->priorities != NULL) {
        gnutls_priority_deinit(tls->priorities);
    }
    free(tls);
}

int hmi_http_tls_read(const hmi_http_tls_files *files, hmi_http_tls **ret_tls, hm_err *err)
{
    hmi_http_tls *tls = calloc(1, sizeof(*tls));
    if (tls == NULL || gnutls_certificate_allocate_credentials(&tls->credentials) < 0 ||
        gnutls_priority_init(&tls->priorities, PRIORITIES, NULL) < 0) {
        destroy(tls);
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "TLS cannot be prepared");
    }
    atomic_store(&tls->references, 1);
    int code = load(tls, files, err);
    if (code != HM_OK) {
        destroy(tls);
        return code;
    }
    *ret_tls = tls;
    return HM_OK;
}

int64_t hmi_http_tls_ends_us(const hmi_http_tls *tls)
{
    gnutls_x509_crt_t *list = NULL;
    unsigned count = 0;
    time_t ends = (time_t)-1;
    if (gnutls_certificate_get_x509_crt(tls->credentials, 0, &list, &count) < 0) {
        return INT64_MAX;
    }
    for (unsigned i = 0; i < count; i++) {
        ends = i == 0 ? gnutls_x509_crt_get_expiration_time(list[i]) : ends; /* its own is first */
        gnutls_x509_crt_deinit(list[i]);
    }
    gnutls_free(list);
    return ends == (time_t)-1 ? INT64_MAX : (int64_t)ends * 1000000;
}

hmi_http_tls *hmi_http_tls_ref(hmi_http_tls *tls)
{
    if (tls != NULL) {
        atomic_fetch_add(&tls->references, 1);
    }
    return tls;
}

void hmi_http_tls_unref(hmi_http_tls *tls)
{
    if (tls != NULL && atomic_fetch_sub(&tls->references, 1) == 1) {
        destroy(tls);
    }
}

int hmi_http_tls_move(hmi_http_tls *tls, gnutls_session_t session)
{
    return gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, tls->credentials) < 0
               ? HM_E_MEMORY
               : HM_OK;
}

int hmi_http_tls_session(hmi_http_tls *tls, int fd, gnutls_session_t *ret_session)
{
    gnutls_session_t session;
    if (gnutls_init(&session, GNUTLS_SERVER | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL) < 0) {
        return HM_E_MEMORY;
    }
    if (gnutls_priority_set(session, tls->priorities) < 0 ||
        gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, tls->credentials) < 0) {
        gnutls_deinit(session);
        return HM_E_MEMORY;
    }
    gnutls_certificate_server_set_request(session,
                                          tls->asks ? GNUTLS_CERT_REQUEST : GNUTLS_CERT_IGNORE);
    gnutls_handshake_set_timeout(session, GNUTLS_INDEFINITE_TIMEOUT); /* ours is the loop's */
    gnutls_transport_set_int(session, fd);
    *ret_session = session;
    return HM_OK;
}

bool hmi_http_tls_peer(gnutls_session_t session, uint8_t ret_sha256[32], bool *ret_has)
{
    unsigned count = 0, status = 0;
    const gnutls_datum_t *chain = gnutls_certificate_get_peers(session, &count);
    *ret_has = chain != NULL && count > 0;
    if (!*ret_has) {
        return true;
    }
    gnutls_typed_vdata_st purpose = { .type = GNUTLS_DT_KEY_PURPOSE_OID,
                                      .data =
                                          (unsigned char *)(uintptr_t)GNUTLS_KP_TLS_WWW_CLIENT };
    if (gnutls_certificate_verify_peers(session, &purpose, 1, &status) < 0 || status != 0) {
        return false;
    }
    hmi_sha256 digest = hmi_sha256_of(hmi_bytes(chain[0].data, chain[0].size));
    memcpy(ret_sha256, digest.bytes, sizeof(digest.bytes));
    return true;
}
