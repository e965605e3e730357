/* SPDX-License-Identifier: Apache-2.0
 *
 * socket_tls.c - the TLS of clients that send records, by GnuTLS.
 *
 * WHY    Syslog over TLS (RFC 5425): what passes by is not read, and with an authority for clients
 *        nobody else can put records in front of the matcher.
 * TRUST  The peer is anybody until its certificate, where one is asked for, was verified: signed by
 *        the authority, in time, made for authenticating clients. TLS 1.2 or 1.3, no early data. A
 *        handshake that does not end is ended.
 * OWNS   Credentials and priorities; each client its session.
 */
#include "watch/socket_tls.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/time.h"

struct hmi_socket_tls {
    gnutls_certificate_credentials_t credentials;
    gnutls_priority_t priorities;
    bool asks; /* for client certificates */
};

struct hmi_tls_client {
    gnutls_session_t session;
    bool asks, agreed;
    int64_t began_us;
};

static int load(hmi_socket_tls *tls, const hmi_socket_files *files, hm_err *err)
{
    int rc = gnutls_certificate_set_x509_key_file(tls->credentials, files->certificate, files->key,
                                                  GNUTLS_X509_FMT_PEM);
    if (rc < 0) {
        return hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE,
                        "the certificate \"%.100s\" or its key cannot be used: %s",
                        files->certificate, gnutls_strerror(rc));
    }
    if (files->client_ca == NULL) {
        return HM_OK;
    }
    tls->asks = true;
    rc = gnutls_certificate_set_x509_trust_file(tls->credentials, files->client_ca,
                                                GNUTLS_X509_FMT_PEM);
    return rc > 0 ? HM_OK
                  : hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE,
                             "the authority of clients \"%.100s\" cannot be used: %s",
                             files->client_ca,
                             gnutls_strerror(rc == 0 ? GNUTLS_E_NO_CERTIFICATE_FOUND : rc));
}

int hmi_socket_tls_new(const hmi_socket_files *files, hmi_socket_tls **ret_tls, hm_err *err)
{
    static const char PRIORITIES[] = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";
    if (files == NULL || files->certificate == NULL || files->key == NULL) {
        return hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE,
                        "to take records over TLS a certificate and its key are needed: "
                        "--listen-cert and --listen-key");
    }
    hmi_socket_tls *tls = calloc(1, sizeof(*tls));
    if (tls == NULL || gnutls_certificate_allocate_credentials(&tls->credentials) < 0 ||
        gnutls_priority_init(&tls->priorities, PRIORITIES, NULL) < 0) {
        hmi_socket_tls_free(tls);
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "TLS cannot be prepared");
    }
    int code = load(tls, files, err);
    if (code != HM_OK) {
        hmi_socket_tls_free(tls);
        return code;
    }
    *ret_tls = tls;
    return HM_OK;
}

void hmi_socket_tls_free(hmi_socket_tls *tls)
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

hmi_tls_client *hmi_tls_client_new(hmi_socket_tls *tls, int fd)
{
    hmi_tls_client *c = calloc(1, sizeof(*c));
    if (c == NULL ||
        gnutls_init(&c->session, GNUTLS_SERVER | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL) < 0) {
        free(c);
        return NULL;
    }
    c->asks = tls->asks;
    c->began_us = hmi_clock_us();
    if (gnutls_priority_set(c->session, tls->priorities) < 0 ||
        gnutls_credentials_set(c->session, GNUTLS_CRD_CERTIFICATE, tls->credentials) < 0) {
        hmi_tls_client_free(c);
        return NULL;
    }
    gnutls_certificate_server_set_request(c->session,
                                          c->asks ? GNUTLS_CERT_REQUIRE : GNUTLS_CERT_IGNORE);
    gnutls_handshake_set_timeout(c->session, GNUTLS_INDEFINITE_TIMEOUT); /* ours is the clock's */
    gnutls_transport_set_int(c->session, fd);
    return c;
}

void hmi_tls_client_free(hmi_tls_client *c)
{
    if (c != NULL) {
        gnutls_deinit(c->session);
        free(c);
    }
}

static bool is_known(const hmi_tls_client *c)
{
    unsigned status = 0;
    gnutls_typed_vdata_st purpose = { .type = GNUTLS_DT_KEY_PURPOSE_OID,
                                      .data =
                                          (unsigned char *)(uintptr_t)GNUTLS_KP_TLS_WWW_CLIENT };
    return !c->asks ||
           (gnutls_certificate_verify_peers(c->session, &purpose, 1, &status) >= 0 && status == 0);
}

static ssize_t answer(ssize_t rc)
{
    if (rc >= 0) {
        return rc;
    }
    errno = gnutls_error_is_fatal((int)rc) == 0 ? EAGAIN : EPROTO;
    return -1;
}

ssize_t hmi_tls_client_recv(hmi_tls_client *c, uint8_t *to, size_t len)
{
    if (!c->agreed) {
        int rc = gnutls_handshake(c->session);
        bool late = hmi_clock_us() - c->began_us > (int64_t)HMI_TLS_HANDSHAKE_MAX_S * 1000000;
        if (rc < 0 && !late) {
            return answer(rc);
        }
        if (late || !is_known(c)) {
            (void)gnutls_alert_send(c->session, GNUTLS_AL_FATAL, GNUTLS_A_BAD_CERTIFICATE);
            errno = EPROTO;
            return -1;
        }
        c->agreed = true;
    }
    return answer(gnutls_record_recv(c->session, to, len));
}
