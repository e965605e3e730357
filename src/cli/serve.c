/* SPDX-License-Identifier: Apache-2.0
 *
 * serve.c - hallmark serve: a page for the team, collections for partners over TAXII 2.1.
 *
 * WHY    Listens on this machine alone unless the configuration says otherwise, and then only with
 *        TLS, so that no password crosses a network in the open by accident. The page and the
 *        collections never share a port: partners come nowhere near the page.
 * OWNS   The service and the server, ended on every way out.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/api.h"
#include "base/error.h"
#include "base/time.h"
#include "cli/commands.h"
#include "cli/inherited.h"
#include "cli/open.h"
#include "cli/serving.h"
#include "given/giver.h"
#include "taxii/service.h"

enum { PATH_LEN = 4096, TICK_US = 200000 };

static void write_log(void *user, hmi_log_level level, hm_text line)
{
    (void)user;
    (void)level;
    fprintf(stderr, "%.*s\n", HMI_FMT(line));
}

static bool is_loopback(const char *address)
{
    return strcmp(address, "::1") == 0 || strncmp(address, "127.", 4) == 0;
}

static int make_folder(const hmi_invocation *inv, const char *folder, hm_err *err)
{
    const char *casebook = NULL;
    HMI_TRY(hmi_casebook_folder_of(inv, &casebook, err));
    return mkdir(folder, 0700) == 0 || errno == EEXIST ? HM_OK
                                                       : hmi_fail_errno(err, "\"%s\"", folder);
}

typedef struct giving {
    hmi_giver *giver;
    hm_text purpose;
} giving;

static int on_leaving(void *user, const hmi_partner *partner, const hmi_taxii_leaving *objects,
                      size_t count, hm_err *err)
{
    const giving *g = user;
    uint64_t seq;
    hmi_giving_object *list = calloc(count, sizeof(*list));
    if (list == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory");
    }
    for (size_t i = 0; i < count; i++) {
        list[i] = (hmi_giving_object){ .id = objects[i].id,
                                       .modified = objects[i].version,
                                       .answer = objects[i].redacted ? HM_TEXT("redact")
                                                                     : HM_TEXT("release"),
                                       .rule = hmi_text_of(objects[i].rule),
                                       .bytes = objects[i].bytes };
    }
    hmi_giving one = { .partner_id = partner->id,
                       .partner_name = partner->name,
                       .channel = HM_TEXT("taxii"),
                       .purpose = g->purpose,
                       .objects = list,
                       .count = count,
                       .skip_held = true };
    int code = hmi_give(g->giver, &one, &seq, err);
    free(list);
    return code;
}

static int newly_recalled(void *user, uint64_t since, hmi_arena *arena, hm_text **ret_ids,
                          size_t *ret_count, uint64_t *ret_newest, hm_err *err)
{
    return hmi_recalled_since(user, arena, since, ret_ids, ret_count, ret_newest, err);
}

/* ---- The page */

typedef struct page {
    hmi_api *api;
    hmi_http_server *server;
    char address[64];
    uint16_t port;
} page;

/* "127.0.0.1:6480", "[::1]:6480", "6480" */
static int read_listen(const char *text, page *p, hm_err *err)
{
    const char *colon = strrchr(text, ':'), *digits = colon != NULL ? colon + 1 : text;
    size_t len = colon != NULL ? (size_t)(colon - text) : 0;
    char *end = NULL;
    unsigned long port = strtoul(digits, &end, 10);
    if (len >= 2 && text[0] == '[' && text[len - 1] == ']') {
        text++;
        len -= 2;
    }
    if (!hmi_ascii_digit(digits[0]) || *end != '\0' || port > 65535 || len >= sizeof(p->address)) {
        return hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE,
                        "--page is an address and a port: 127.0.0.1:6480");
    }
    snprintf(p->address, sizeof(p->address), "%.*s", len > 0 ? (int)len : 9,
             len > 0 ? text : "127.0.0.1");
    p->port = (uint16_t)port;
    return HM_OK;
}

static void say_page(hmi_invocation *inv, const page *p, bool secure)
{
    bool six = strchr(p->address, ':') != NULL;
    const char *scheme = secure ? "https" : "http", *setup = hmi_api_setup_code(p->api);
    uint16_t port = hmi_http_server_port(p->server);
    hmi_say(inv->out, "page at %s://%s%s%s:%u/\n", scheme, six ? "[" : "", p->address,
            six ? "]" : "", port);
    if (!hmi_api_has_page()) {
        hmi_complain("this program was built without the page: the API answers, / says how to "
                     "build it");
    }
    if (setup[0] != '\0') {
        hmi_say(inv->out,
                "nobody has an account yet: make the first admin at %s://%s%s%s:%u/setup#%s\n"
                "(good once, until this program ends), or with hallmark user add NAME --role "
                "admin\n",
                scheme, six ? "[" : "", p->address, six ? "]" : "", port, setup);
    }
}

static int start_page(hmi_invocation *inv, const hmi_serving *s, const hmi_log *log, page *p,
                      hm_err *err)
{
    const char *listen = hmi_given_text(inv, "page");
    HMI_TRY(read_listen(listen != NULL ? listen : "127.0.0.1:6480", p, err));
    if (!is_loopback(p->address) && s->page_tls == NULL) {
        return hmi_fail(err, HM_E_DENIED, HM_OFFSET_NONE,
                        "\"%s\" can be reached from other machines: name --page-cert and "
                        "--page-key, or listen on 127.0.0.1",
                        p->address);
    }
    char place[100];
    snprintf(place, sizeof(place), "%s:%u", p->address, p->port);
    hmi_api_options options = { .casebook = hmi_casebook_path(inv),
                                .place = place,
                                .policy = s->has_policy ? &s->policy : NULL,
                                .log = log,
                                .secure = s->page_tls != NULL };
    uint64_t unused = 0;
    if (!hmi_given_jail(inv, &options.jail, &unused)) {
        return hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE, "the limits of reading are no numbers");
    }
    HMI_TRY(hmi_api_new(&options, &p->api, err));
    hmi_http_options http = {
        .address = p->address, .port = p->port, .workers = HMI_API_WORKERS, .tls = s->page_tls
    };
    hmi_http_handler handler = hmi_api_handler(p->api);
    HMI_TRY(hmi_http_server_start(&http, &handler, &p->server, err));
    say_page(inv, p, s->page_tls != NULL);
    return HM_OK;
}

/* ---- The collections */

typedef struct collections {
    hmi_taxii *taxii;
    hmi_store *store;
    giving giving;
    hmi_http_server *server;
    int listener;       /* handed over by whoever started us; 0: none */
    char handed_at[64]; /* its address */
} collections;

/* Where partners are heard, and whether that may be without TLS. */
static int find_place(collections *c, const hmi_serving *s, hm_err *err)
{
    HMI_TRY(hmi_inherited_socket(&c->listener, c->handed_at, err));
    const char *address = c->listener > 0 ? c->handed_at : s->config.address;
    return is_loopback(address) || s->partners_tls != NULL
               ? HM_OK
               : hmi_fail(err, HM_E_DENIED, HM_OFFSET_NONE,
                          "\"%s\" can be reached from other machines: name a certificate and a "
                          "key, or listen on 127.0.0.1",
                          address);
}

static int listen_for_partners(hmi_invocation *inv, const hmi_serving *s, collections *c,
                               hm_err *err)
{
    hmi_http_options options = { .address = c->listener > 0 ? c->handed_at : s->config.address,
                                 .port = s->config.port,
                                 .listener = c->listener,
                                 .tls = s->partners_tls };
    hmi_http_handler handler = hmi_taxii_handler(c->taxii);
    HMI_TRY(hmi_http_server_start(&options, &handler, &c->server, err));
    bool six = strchr(options.address, ':') != NULL;
    hmi_say(inv->out, "serving %s://%s%s%s:%u/taxii2/\n", options.tls != NULL ? "https" : "http",
            six ? "[" : "", options.address, six ? "]" : "", hmi_http_server_port(c->server));
    return HM_OK;
}

static int start_collections(hmi_invocation *inv, const hmi_serving *s, const hmi_log *log,
                             collections *c, hm_err *err)
{
    static const char *const PURPOSES[] = { "detect", "respond", "inform", "publish" };
    const char *folder = NULL;
    HMI_TRY(hmi_serving_folder(inv, &folder, err));
    HMI_TRY(make_folder(inv, folder, err));
    HMI_TRY(hmi_taxii_new(&s->config, &s->policy, folder, NULL, log, &c->taxii, err));
    HMI_TRY(hmi_store_open(hmi_casebook_path(inv), NULL, &c->store, err));
    HMI_TRY(hmi_giver_open(c->store, &c->giving.giver, err));
    c->giving.purpose = hmi_text_of(PURPOSES[s->config.purpose]);
    hmi_taxii_on_leaving(c->taxii, on_leaving, &c->giving);
    hmi_taxii_on_recall(c->taxii, newly_recalled, c->store);
    return listen_for_partners(inv, s, c, err);
}

static void end_all(collections *c, page *p)
{
    hmi_http_server_stop(c->server);
    hmi_http_server_stop(p->server);
    hmi_taxii_free(c->taxii);
    hmi_giver_close(c->giving.giver);
    hmi_store_close(c->store);
    hmi_api_free(p->api);
}

/* ---- Other rules and certificates, while it runs */

static int try_renew(const collections *c, const page *p, const hmi_serving *now,
                     const hmi_serving *next, hm_err *err)
{
    HMI_TRY(hmi_serving_may_follow(now, next, err));
    if (c->taxii != NULL) {
        HMI_TRY(hmi_taxii_renew(c->taxii, &next->config, &next->policy, err));
    }
    if (c->server != NULL && next->partners_tls != NULL) {
        hmi_http_server_renew(c->server, next->partners_tls);
    }
    if (p->server != NULL && next->page_tls != NULL) {
        hmi_http_server_renew(p->server, next->page_tls);
    }
    if (p->api != NULL) {
        hmi_api_renew(p->api, next->has_policy ? &next->policy : NULL);
    }
    return HM_OK;
}

static void renew(hmi_invocation *inv, const hmi_log *log, const collections *c, const page *p,
                  hmi_serving **now)
{
    hm_err err = { 0 };
    hmi_serving *next = NULL;
    int code = hmi_serving_read(inv, &next, &err);
    code = code == HM_OK ? try_renew(c, p, *now, next, &err) : code;
    if (code != HM_OK) {
        hmi_log_failure(log, HMI_LOG_ERROR, "not read again: what was in force stays", &err);
        hmi_serving_free(next);
        return;
    }
    hmi_serving_free(*now);
    *now = next;
    hmi_log_event(log, HMI_LOG_INFO, "read again",
                  hmi_log_uint("partners", next->policy.partner_count),
                  hmi_log_uint("collections", next->config.collection_count),
                  hmi_log_uint("accounts", next->config.account_count));
    hmi_serving_warn(next, log);
}

/* ---- The command */

static int run(hmi_invocation *inv)
{
    hm_err err = { 0 };
    bool partners = hmi_given_text(inv, "config") != NULL;
    bool policy = hmi_given_text(inv, "policy") != NULL;
    bool paged = !partners || hmi_given_text(inv, "page") != NULL;
    hmi_serving *s = NULL;
    hmi_log log = { .sink = write_log, .now_us = hmi_now_us, .least = HMI_LOG_INFO };
    if ((partners && !policy) || (hmi_given(inv, "check") && !partners)) {
        return hmi_usage_error(inv, "--config and --policy belong together");
    }
    if ((hmi_given_text(inv, "page-cert") == NULL) != (hmi_given_text(inv, "page-key") == NULL)) {
        return hmi_usage_error(inv, "--page-cert and --page-key belong together");
    }
    collections c = { 0 };
    page p = { 0 };
    int code = hmi_serving_read(inv, &s, &err);
    code = code == HM_OK && partners ? find_place(&c, s, &err) : code;
    if (code == HM_OK && hmi_given(inv, "check")) {
        hmi_say(inv->out, "%zu roots, %zu collections, %zu partners, %zu accounts\n",
                s->config.root_count, s->config.collection_count, s->config.partner_count,
                s->config.account_count);
        hmi_serving_warn(s, &log);
        hmi_serving_free(s);
        return HMI_EXIT_DONE;
    }
    hmi_catch_interrupts();
    hmi_catch_hangups();
    code = code == HM_OK && partners ? start_collections(inv, s, &log, &c, &err) : code;
    code = code == HM_OK && paged ? start_page(inv, s, &log, &p, &err) : code;
    (void)hmi_out_flush(inv->out);
    if (code == HM_OK) {
        hmi_serving_warn(s, &log);
    }
    while (code == HM_OK && !hmi_interrupted(NULL)) {
        usleep(TICK_US);
        if (hmi_was_hung_up()) {
            renew(inv, &log, &c, &p, &s);
        }
    }
    end_all(&c, &p);
    hmi_serving_free(s);
    return code == HM_OK ? HMI_EXIT_DONE : hmi_failed(inv, &err);
}

static const hmi_option OPTIONS[] = {
    { "page", "ADDRESS:PORT", "where the page listens (default: 127.0.0.1:6480)", 0, false },
    { "page-cert", "FILE", "the page's certificate, PEM: then it speaks TLS", 0, false },
    { "page-key", "FILE", "its key, PEM", 0, false },
    HMI_JAIL_OPTIONS,
    { "config", "FILE", "roots, collections, rights, accounts (see docs/TAXII.md)", 0, false },
    { "policy", "FILE", "who the partners are and what they may have", 0, false },
    { "check", NULL, "only read the files and certificates and say what is in them", 0, false },
    { 0 },
};

const hmi_command hmi_command_serve = {
    .name = "serve",
    .operands = "",
    .summary = "a page for the team, collections for partners over TAXII 2.1",
    .about =
        "Opens the casebook's page for a team, on this machine alone unless --page says otherwise, "
        "and on other addresses only with TLS. Everything the page does goes through the API under "
        "/api/v1 (docs/API.md), which scripts may use too. The first start prints an address where "
        "the first admin is made, good once; *hallmark user add* makes one too."
        "\n\n"
        "With --config and --policy it serves partners, and the page too when --page is given. It "
        "answers TAXII 2.1 requests until it is interrupted. What each partner sees of a "
        "collection "
        "is decided by the release rules of --policy (docs/RELEASE.md), for every object and every "
        "property; what is hidden from a partner leaves no trace in pages, counts, dates and "
        "cursors. What leaves is entered into the memory of what was given (*hallmark audit list*) "
        "before it leaves. Objects that partners add are checked and on the disk before they are "
        "told "
        "so."
        "\n\n"
        "Partners are heard on 127.0.0.1 port 6470 unless the configuration says otherwise; on "
        "other "
        "addresses only with TLS. Accounts stand in the configuration or in the casebook's "
        "taxii/accounts, where *hallmark partner admit* puts them. A listening socket that systemd "
        "hands "
        "over (LISTEN_FDS) is used instead of the address; the same rule holds for it."
        "\n\n"
        "SIGHUP has all files read again: partners, rules, accounts, collections, certificates and "
        "the list of revoked ones. Nobody is cut off but who may not be served any more, and views "
        "of partners for whom nothing changed stay as they are. When anything in the files is "
        "wrong, what was in force stays and the line on standard error says what it was. Address, "
        "purpose, and whether TLS is spoken, change at a start only. Try the files first with "
        "--check."
        "\n\n"
        "One line of JSON on standard error tells of each thing that somebody should look at.",
    .examples = "  hallmark serve\n"
                "  hallmark serve --config server.conf --policy policy.txt\n"
                "  hallmark serve --config server.conf --policy policy.txt --check\n",
    .options = OPTIONS,
    .operands_min = 0,
    .operands_max = 0,
    .run = run,
    .no_json = true,
};
