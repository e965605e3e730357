/* SPDX-License-Identifier: Apache-2.0
 *
 * serving.c - what hallmark serve reads: at its start, and again when it is told to.
 *
 * WHY    Everything is read and judged before anything of it is in force, so that a slip of the pen
 *        in one file changes nothing of what is served.
 * TRUST  The files are the owner's. OWNS   One reading: its arena holds all of it.
 */
#include "cli/serving.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/time.h"
#include "cli/file.h"

enum { PATH_LEN = 4096, MEMORY_MAX = 256 << 20, ENDS_SOON_DAYS = 14 };

int hmi_serving_folder(hmi_invocation *inv, const char **ret, hm_err *err)
{
    const char *casebook = NULL;
    HMI_TRY(hmi_casebook_folder(inv, &casebook, err));
    const char *folder = hmi_arena_printf(inv->arena, "%s/taxii", casebook).ptr;
    if (folder == NULL) {
        return hmi_arena_fail(inv->arena, err);
    }
    *ret = folder;
    return HM_OK;
}

static int read_policy(hmi_serving *s, const char *path, hm_err *err)
{
    hmi_buf text;
    hmi_buf_init(&text, 0);
    int code = hmi_read_file(path, HMI_POLICY_BYTES_MAX, &text, err);
    code = code == HM_OK ? hmi_policy_read(hmi_buf_bytes(&text), &s->arena, &s->policy, err) : code;
    code = code == HM_E_MALFORMED ? hmi_about_file(path, code, err) : code;
    hmi_buf_fini(&text);
    s->has_policy = code == HM_OK;
    return code;
}

static int read_config(hmi_serving *s, const char *path, const char *casebook, hm_err *err)
{
    char accounts_path[PATH_LEN + 32];
    hmi_buf text, accounts;
    hmi_buf_init(&text, 0);
    hmi_buf_init(&accounts, 0);
    snprintf(accounts_path, sizeof(accounts_path), "%s/taxii/accounts", casebook);
    int code = hmi_read_file(path, HMI_CONFIG_BYTES_MAX, &text, err);
    if (code == HM_OK && access(accounts_path, F_OK) == 0) {
        code = hmi_read_file(accounts_path, HMI_CONFIG_BYTES_MAX, &accounts, err);
    }
    code = code == HM_OK ? hmi_taxii_config_read(hmi_buf_bytes(&text), hmi_buf_bytes(&accounts),
                                                 &s->policy, &s->arena, &s->config, err)
                         : code;
    code = code == HM_E_MALFORMED ? hmi_about_file(path, code, err) : code;
    hmi_buf_fini(&text);
    hmi_buf_fini(&accounts);
    return code;
}

static int read_certificates(hmi_invocation *inv, hmi_serving *s, hm_err *err)
{
    const hmi_taxii_config *c = &s->config;
    hmi_http_tls_files partners = { c->certificate, c->key, c->client_ca, c->client_crl };
    hmi_http_tls_files page = { .certificate = hmi_given_text(inv, "page-cert"),
                                .key = hmi_given_text(inv, "page-key") };
    if (partners.certificate != NULL) {
        HMI_TRY(hmi_http_tls_read(&partners, &s->partners_tls, err));
    }
    return page.certificate != NULL ? hmi_http_tls_read(&page, &s->page_tls, err) : HM_OK;
}

int hmi_serving_read(hmi_invocation *inv, hmi_serving **ret_serving, hm_err *err)
{
    const char *config = hmi_given_text(inv, "config"), *policy = hmi_given_text(inv, "policy");
    hmi_serving *s = calloc(1, sizeof(*s));
    if (s == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for what is served");
    }
    hmi_arena_init(&s->arena, MEMORY_MAX);
    int code = policy != NULL ? read_policy(s, policy, err) : HM_OK;
    const char *casebook = NULL;
    code = code == HM_OK && config != NULL ? hmi_casebook_folder(inv, &casebook, err) : code;
    code = code == HM_OK && config != NULL ? read_config(s, config, casebook, err) : code;
    code = code == HM_OK ? read_certificates(inv, s, err) : code;
    if (code != HM_OK) {
        hmi_serving_free(s);
        return code;
    }
    *ret_serving = s;
    return HM_OK;
}

void hmi_serving_free(hmi_serving *s)
{
    if (s == NULL) {
        return;
    }
    hmi_http_tls_unref(s->partners_tls);
    hmi_http_tls_unref(s->page_tls);
    hmi_arena_fini(&s->arena);
    free(s);
}

static bool same_word(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

int hmi_serving_may_follow(const hmi_serving *now, const hmi_serving *next, hm_err *err)
{
    const hmi_taxii_config *a = &now->config, *b = &next->config;
    const char *what = !same_word(a->address, b->address) || a->port != b->port ? "listen"
                       : (a->certificate == NULL) != (b->certificate == NULL)   ? "certificate"
                       : a->purpose != b->purpose                               ? "purpose"
                                                                                : NULL;
    return what == NULL ? HM_OK
                        : hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE,
                                   "\"%s\" changes at a start only: restart it, or put the line "
                                   "back",
                                   what);
}

static void warn(const hmi_http_tls *tls, const char *whose, const hmi_log *log)
{
    int64_t ends_us = tls != NULL ? hmi_http_tls_ends_us(tls) : INT64_MAX;
    int64_t left_us = ends_us == INT64_MAX ? ends_us : ends_us - hmi_now_us();
    if (left_us > INT64_C(86400000000) * ENDS_SOON_DAYS) {
        return;
    }
    hmi_buf at;
    hmi_buf_init(&at, 0);
    hmi_buf_add_time(&at, ends_us);
    hmi_log_event(log, HMI_LOG_WARN,
                  left_us > 0 ? "a certificate ends soon" : "a certificate has ended",
                  hmi_log_cstr("of", whose), hmi_log_bytes("at", hmi_buf_bytes(&at)));
    hmi_buf_fini(&at);
}

void hmi_serving_warn(const hmi_serving *s, const hmi_log *log)
{
    warn(s->partners_tls, "partners", log);
    warn(s->page_tls, "page", log);
}
