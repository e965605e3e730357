/* SPDX-License-Identifier: Apache-2.0
 *
 * serve.c - hallmark serve: collections for partners, over TAXII 2.1.
 *
 * WHY    Listens on this machine alone unless the configuration says otherwise, and then only with
 *        TLS, so that no password crosses a network in the open by accident.
 * OWNS   The service and the server, ended on every way out.
 */
#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/time.h"
#include "cli/commands.h"
#include "cli/file.h"
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

int hmi_serving_read(hmi_invocation *inv, hmi_serving *s, hm_err *err)
{
    const char *config = hmi_given_text(inv, "config"), *policy = hmi_given_text(inv, "policy");
    char accounts_path[PATH_LEN + 16];
    hmi_buf text, rules, accounts;
    hmi_buf_init(&text, 0);
    hmi_buf_init(&rules, 0);
    hmi_buf_init(&accounts, 0);
    snprintf(s->folder, sizeof(s->folder), "%s/taxii", hmi_casebook_path(inv));
    snprintf(accounts_path, sizeof(accounts_path), "%s/accounts", s->folder);
    int code = hmi_read_file(policy, HMI_POLICY_BYTES_MAX, &rules, err);
    code =
        code == HM_OK ? hmi_policy_read(hmi_buf_bytes(&rules), inv->arena, &s->policy, err) : code;
    code = code == HM_OK ? hmi_read_file(config, HMI_CONFIG_BYTES_MAX, &text, err) : code;
    if (code == HM_OK && access(accounts_path, F_OK) == 0) {
        code = hmi_read_file(accounts_path, HMI_CONFIG_BYTES_MAX, &accounts, err);
    }
    code = code == HM_OK ? hmi_taxii_config_read(hmi_buf_bytes(&text), hmi_buf_bytes(&accounts),
                                                 &s->policy, inv->arena, &s->config, err)
                         : code;
    hmi_buf_fini(&text);
    hmi_buf_fini(&rules);
    hmi_buf_fini(&accounts);
    return code;
}

static bool is_loopback(const char *address)
{
    return strcmp(address, "::1") == 0 || strncmp(address, "127.", 4) == 0;
}

static int make_folder(const char *casebook, const char *folder, hm_err *err)
{
    struct stat st;
    char marker[PATH_LEN + 16];
    snprintf(marker, sizeof(marker), "%s/casebook.db", casebook);
    if (stat(marker, &st) != 0) {
        return hmi_fail(err, HM_E_NOT_FOUND, HM_OFFSET_NONE,
                        "there is no casebook at \"%s\"; make one with hallmark init", casebook);
    }
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

static int serve(hmi_invocation *inv, const hmi_serving *s, hmi_taxii *taxii, hm_err *err)
{
    hmi_http_tls_files files = { s->config.certificate, s->config.key, s->config.client_ca,
                                 s->config.client_crl };
    hmi_http_options options = { .address = s->config.address,
                                 .port = s->config.port,
                                 .tls = s->config.certificate != NULL ? &files : NULL };
    hmi_http_handler handler = hmi_taxii_handler(taxii);
    hmi_http_server *server = NULL;
    HMI_TRY(hmi_http_server_start(&options, &handler, &server, err));
    bool six = strchr(options.address, ':') != NULL;
    hmi_say(inv->out, "serving %s://%s%s%s:%u/taxii2/\n", options.tls != NULL ? "https" : "http",
            six ? "[" : "", options.address, six ? "]" : "", hmi_http_server_port(server));
    (void)hmi_out_flush(inv->out);
    while (!hmi_interrupted(NULL)) {
        usleep(TICK_US);
    }
    hmi_http_server_stop(server);
    return HM_OK;
}

static int run(hmi_invocation *inv)
{
    hm_err err = { 0 };
    hmi_taxii *taxii = NULL;
    hmi_serving *s = hmi_new(inv->arena, hmi_serving);
    static const hmi_log LOG = { .sink = write_log, .now_us = NULL, .least = HMI_LOG_INFO };
    if (hmi_given_text(inv, "config") == NULL || hmi_given_text(inv, "policy") == NULL) {
        return hmi_usage_error(inv, "--config and --policy are needed");
    }
    if (s == NULL) {
        (void)hmi_arena_fail(inv->arena, &err);
        return hmi_failed(inv, &err);
    }
    int code = hmi_serving_read(inv, s, &err);
    if (code == HM_OK && !is_loopback(s->config.address) && s->config.certificate == NULL) {
        code = hmi_fail(&err, HM_E_DENIED, HM_OFFSET_NONE,
                        "\"%s\" can be reached from other machines: name a certificate and a key, "
                        "or listen on 127.0.0.1",
                        s->config.address);
    }
    code = code == HM_OK ? make_folder(hmi_casebook_path(inv), s->folder, &err) : code;
    if (code == HM_OK && hmi_given(inv, "check")) {
        hmi_say(inv->out, "%zu roots, %zu collections, %zu partners, %zu accounts\n",
                s->config.root_count, s->config.collection_count, s->config.partner_count,
                s->config.account_count);
        return HMI_EXIT_DONE;
    }
    hmi_log log = LOG;
    log.now_us = hmi_now_us;
    code = code == HM_OK
               ? hmi_taxii_new(&s->config, &s->policy, s->folder, NULL, &log, &taxii, &err)
               : code;
    static const char *const PURPOSES[] = { "detect", "respond", "inform", "publish" };
    giving g = { .purpose = hmi_text_of(PURPOSES[s->config.purpose]) };
    hmi_store *store = NULL;
    int exit_code = HMI_EXIT_DONE;
    if (code == HM_OK && !hmi_open_casebook(inv, false, &store, &exit_code)) {
        hmi_taxii_free(taxii);
        return exit_code;
    }
    code = code == HM_OK ? hmi_giver_open(store, &g.giver, &err) : code;
    if (code == HM_OK) {
        hmi_taxii_on_leaving(taxii, on_leaving, &g);
        hmi_catch_interrupts();
        code = serve(inv, s, taxii, &err);
    }
    hmi_taxii_free(taxii);
    hmi_giver_close(g.giver);
    hmi_store_close(store);
    return code == HM_OK ? HMI_EXIT_DONE : hmi_failed(inv, &err);
}

static const hmi_option OPTIONS[] = {
    { "config", "FILE", "roots, collections, rights, accounts (see docs/TAXII.md)", 0, false },
    { "policy", "FILE", "who the partners are and what they may have", 0, false },
    { "check", NULL, "only read the two files and say what is in them", 0, false },
    { 0 },
};

const hmi_command hmi_command_serve = {
    .name = "serve",
    .operands = "",
    .summary = "serve collections to partners over TAXII 2.1",
    .about =
        "Answers TAXII 2.1 requests until it is interrupted. What each partner sees of a "
        "collection "
        "is decided by the release rules of --policy (docs/RELEASE.md), for every object and every "
        "property; what is hidden from a partner leaves no trace in pages, counts, dates and "
        "cursors. What leaves is entered into the memory of what was given (*hallmark audit list*) "
        "before it leaves. Objects that partners add are checked and on the disk before they are "
        "told "
        "so."
        "\n\n"
        "Listens on 127.0.0.1 port 6470 unless the configuration says otherwise; on other "
        "addresses only with TLS. Accounts stand in the configuration or in the casebook's "
        "taxii/accounts, where *hallmark partner admit* puts them."
        "\n\n"
        "One line of JSON on standard error tells of each thing that somebody should look at.",
    .examples = "  hallmark serve --config server.conf --policy policy.txt\n"
                "  hallmark serve --config server.conf --policy policy.txt --check\n",
    .options = OPTIONS,
    .operands_min = 0,
    .operands_max = 0,
    .run = run,
};
