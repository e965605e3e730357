/* SPDX-License-Identifier: Apache-2.0
 *
 * partner.c - hallmark partner add, list, remove, trust, admit: whose server we ask, and who may
 * ask ours.
 *
 * WHY    What a partner may *have* stands in the policy (docs/RELEASE.md), a file that people read
 *        and sign off; these commands touch none of it.
 * OWNS   Nothing but what it closes itself.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/hash.h"
#include "cli/commands.h"
#include "cli/file.h"
#include "cli/peers.h"

enum { TOKEN = 32, PEERS_MAX = 10000, CERTIFICATE_MAX = 1 << 20 };

/* -- Their servers. */

static int run_add(hmi_invocation *inv)
{
    hm_err err = { 0 };
    hmi_remote remote = { 0 };
    char path[HMI_PEER_PATH_MAX];
    struct stat st;
    int code = hmi_peer_path(inv, inv->operands[0], ".peer", false, path, &err);
    if (code == HM_OK && stat(path, &st) == 0) {
        code = hmi_fail(&err, HM_E_EXISTS, HM_OFFSET_NONE,
                        "\"%s\" is known already; remove it first", inv->operands[0]);
    }
    code = code == HM_OK ? hmi_peer_given(inv, &remote, &err) : code;
    code = code == HM_OK ? hmi_peer_save(inv, inv->operands[0], &remote, &err) : code;
    return code == HM_OK ? HMI_EXIT_DONE : hmi_failed(inv, &err);
}

static int run_trust(hmi_invocation *inv)
{
    hm_err err = { 0 };
    hmi_remote remote;
    if (inv->given_count == 0) {
        return hmi_usage_error(inv, "--ca or --pin is needed");
    }
    int code = hmi_peer_load(inv, inv->operands[0], &remote, &err);
    code = code == HM_OK ? hmi_peer_given(inv, &remote, &err) : code;
    code = code == HM_OK ? hmi_peer_save(inv, inv->operands[0], &remote, &err) : code;
    return code == HM_OK ? HMI_EXIT_DONE : hmi_failed(inv, &err);
}

/* What was pulled and the memory of what was sent stay: they say what happened. */
static int run_remove(hmi_invocation *inv)
{
    hm_err err = { 0 };
    char path[HMI_PEER_PATH_MAX];
    int code = hmi_peer_path(inv, inv->operands[0], ".peer", false, path, &err);
    if (code == HM_OK && unlink(path) != 0) {
        code = errno == ENOENT ? hmi_fail(&err, HM_E_NOT_FOUND, HM_OFFSET_NONE,
                                          "no partner \"%s\" is known: \"hallmark partner "
                                          "list\" shows them",
                                          inv->operands[0])
                               : hmi_fail_errno(&err, "\"%s\"", path);
    }
    return code == HM_OK ? HMI_EXIT_DONE : hmi_failed(inv, &err);
}

static const char *way_in(const hmi_remote *r)
{
    return r->token != NULL         ? "token"
           : r->user != NULL        ? "password"
           : r->certificate != NULL ? "certificate"
                                    : "none";
}

static void tell_peer(hmi_out *out, const char *name, const hmi_remote *r)
{
    if (out->as_json) {
        hmi_json_writer *w = &out->json;
        hmi_json_open_object(w);
        hmi_json_member_text(w, "name", hmi_text_of(name));
        hmi_json_member_text(w, "url", hmi_text_of(r->url));
        hmi_json_member_text(w, "collection", hmi_text_of(r->collection));
        hmi_json_member_text(w, "credentials", hmi_text_of(way_in(r)));
        hmi_json_member_text(w, "ca", hmi_text_of(r->ca));
        hmi_json_member_text(w, "pin", hmi_text_of(r->pin));
        hmi_json_close_object(w);
        return;
    }
    hmi_out_text(out, hmi_text_of(name), 24, 24);
    hmi_say(out, "  ");
    hmi_out_text(out, hmi_text_of(r->url), 0, 0);
    hmi_say(out, "  collection ");
    hmi_out_text(out, r->collection != NULL ? hmi_text_of(r->collection) : HM_TEXT("(none)"), 0, 0);
    hmi_say(out, "  credentials: %s\n", way_in(r));
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int list_names(hmi_invocation *inv, const char *folder, const char **names,
                      size_t *ret_count)
{
    DIR *dir = opendir(folder);
    *ret_count = 0;
    for (const struct dirent *e;
         dir != NULL && *ret_count < PEERS_MAX && (e = readdir(dir)) != NULL;) {
        size_t len = strlen(e->d_name);
        if (len > 5 && strcmp(e->d_name + len - 5, ".peer") == 0) {
            names[*ret_count] = hmi_arena_cstr(inv->arena, hmi_text(e->d_name, len - 5));
            *ret_count += names[*ret_count] != NULL;
        }
    }
    if (dir != NULL) {
        closedir(dir);
    }
    if (*ret_count > 0) {
        qsort(names, *ret_count, sizeof(*names), by_name);
    }
    return HM_OK;
}

static int run_list(hmi_invocation *inv)
{
    hm_err err = { 0 };
    char path[HMI_PEER_PATH_MAX];
    size_t count = 0;
    const char **names = hmi_new_array(inv->arena, const char *, PEERS_MAX);
    int code = names == NULL ? hmi_arena_fail(inv->arena, &err)
                             : hmi_peer_path(inv, "x", "", false, path, &err);
    if (code != HM_OK) {
        return hmi_failed(inv, &err);
    }
    path[strlen(path) - 2] = '\0';
    (void)list_names(inv, path, names, &count);
    if (inv->out->as_json) {
        hmi_json_open_array(&inv->out->json);
    }
    int worst = HMI_EXIT_DONE;
    for (size_t i = 0; i < count; i++) {
        hmi_remote remote;
        if (hmi_peer_load(inv, names[i], &remote, &err) == HM_OK) {
            tell_peer(inv->out, names[i], &remote);
        } else {
            hmi_complain("%s: %s", names[i], err.text);
            worst = HMI_EXIT_INPUT;
        }
    }
    if (inv->out->as_json) {
        hmi_json_close_array(&inv->out->json);
    }
    return worst;
}

/* -- Who may ask our server. */

static int append_line(const char *path, const char *line, hm_err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    ssize_t len = (ssize_t)strlen(line);
    bool good = fd >= 0 && write(fd, line, (size_t)len) == len && fsync(fd) == 0;
    int code = good ? HM_OK : hmi_fail_errno(err, "\"%s\"", path);
    if (fd >= 0) {
        close(fd);
    }
    return code;
}

static int admit_certificate(const char *path, char *line, size_t size, const char *name,
                             hm_err *err)
{
    hmi_buf pem, der;
    char digest[65];
    hmi_buf_init(&pem, CERTIFICATE_MAX + 1);
    hmi_buf_init(&der, 0);
    int code = hmi_read_file(path, CERTIFICATE_MAX, &pem, err);
    hm_bytes text = hmi_buf_bytes(&pem);
    size_t begin = hmi_find(text, HM_BYTES("-----BEGIN CERTIFICATE-----"));
    size_t end = hmi_find(text, HM_BYTES("-----END CERTIFICATE-----"));
    size_t len = 0;
    uint8_t *out = code == HM_OK ? hmi_buf_extend(&der, text.len + 1) : NULL;
    if (code == HM_OK &&
        (begin == HMI_NPOS || end == HMI_NPOS || end < begin + 27 || out == NULL ||
         sodium_base642bin(out, der.len, (const char *)text.ptr + begin + 27, end - begin - 27,
                           " \r\n", &len, NULL, sodium_base64_VARIANT_ORIGINAL) != 0)) {
        code =
            hmi_fail(err, HM_E_MALFORMED, HM_OFFSET_NONE, "\"%s\" is no certificate in PEM", path);
    }
    if (code == HM_OK) {
        hmi_sha256 sha = hmi_sha256_of(hmi_bytes(out, len));
        hmi_hex(hmi_bytes(sha.bytes, sizeof(sha.bytes)), digest);
        snprintf(line, size, "account %s certificate %s\n", name, digest);
    }
    hmi_buf_fini(&pem);
    hmi_buf_fini(&der);
    return code;
}

static int make_secret(char *secret, size_t size, hm_err *err)
{
    uint8_t bytes[TOKEN];
    if (getentropy(bytes, sizeof(bytes)) != 0) {
        return hmi_fail_errno(err, "no random bytes");
    }
    sodium_bin2base64(secret, size, bytes, sizeof(bytes), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    return HM_OK;
}

static int run_admit(hmi_invocation *inv)
{
    const char *name = inv->operands[0], *certificate = hmi_given_text(inv, "certificate");
    bool token = hmi_given(inv, "token"), password = hmi_given(inv, "password");
    char line[512] = "", secret[64] = "", path[HMI_PEER_PATH_MAX];
    hm_err err = { 0 };
    if (token + password + (certificate != NULL) != 1) {
        return hmi_usage_error(inv, "one of --token, --password and --certificate is needed");
    }
    int code = sodium_init() < 0
                   ? hmi_fail(&err, HM_E_IO, HM_OFFSET_NONE, "libsodium cannot be used")
                   : hmi_peer_path(inv, name, "", true, path, &err);
    code = code == HM_OK ? make_secret(secret, sizeof(secret), &err) : code;
    if (code == HM_OK && certificate != NULL) {
        code = admit_certificate(certificate, line, sizeof(line), name, &err);
    } else if (code == HM_OK && token) {
        char digest[65];
        hmi_sha256 sha = hmi_sha256_of(hmi_text_bytes(hmi_text_of(secret)));
        hmi_hex(hmi_bytes(sha.bytes, sizeof(sha.bytes)), digest);
        snprintf(line, sizeof(line), "account %s token %s\n", name, digest);
    } else if (code == HM_OK) {
        char verifier[crypto_pwhash_STRBYTES];
        code =
            crypto_pwhash_str(verifier, secret, strlen(secret), crypto_pwhash_OPSLIMIT_INTERACTIVE,
                              crypto_pwhash_MEMLIMIT_INTERACTIVE) == 0
                ? HM_OK
                : hmi_fail(&err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to hash a password");
        snprintf(line, sizeof(line), "account %s password %s\n", name, verifier);
    }
    const char *folder = "";
    code = code == HM_OK ? hmi_casebook_folder(inv, &folder, &err) : code;
    snprintf(path, sizeof(path), "%s/taxii/accounts", folder);
    code = code == HM_OK ? append_line(path, line, &err) : code;
    if (code != HM_OK) {
        return hmi_failed(inv, &err);
    }
    if (certificate == NULL) {
        hmi_say(inv->out, "%s\n", secret);
        hmi_complain("this %s is shown once", token ? "token" : "password");
    }
    hmi_complain("a server that runs takes it up on SIGHUP: systemctl reload hallmark-server, or "
                 "kill -HUP");
    return HMI_EXIT_DONE;
}

static const hmi_option ADD[] = {
    { "url", "URL", "of the API root of the partner's server: https://HOST/ROOT/", 0, false },
    HMI_PEER_OPTIONS,
    { 0 },
};

const hmi_command hmi_command_partner_add = {
    .name = "partner add",
    .operands = "NAME",
    .summary = "remember a partner's TAXII server",
    .about = "Nothing is asked of the server now. Secrets are read from files and kept in the "
             "casebook's "
             "taxii/peers, readable to you alone.",
    .examples = "  hallmark partner add jp-cert --url https://taxii.example/api1/ --collection "
                "91a7b528-80eb-42ed-a74d-c6fbd5a26116 --token-file token\n",
    .options = ADD,
    .operands_min = 1,
    .operands_max = 1,
    .run = run_add,
    .no_json = true,
};

static const hmi_option NONE[] = { { 0 } };

const hmi_command hmi_command_partner_list = {
    .name = "partner list",
    .operands = "",
    .summary = "the partners' servers that are known",
    .about = "Never shows a secret.",
    .examples = "  hallmark partner list\n",
    .options = NONE,
    .operands_min = 0,
    .operands_max = 0,
    .run = run_list,
};

const hmi_command hmi_command_partner_remove = {
    .name = "partner remove",
    .operands = "NAME",
    .summary = "forget a partner's server",
    .about = "What was pulled, and what was sent, stays in the casebook.",
    .examples = "  hallmark partner remove jp-cert\n",
    .options = NONE,
    .operands_min = 1,
    .operands_max = 1,
    .run = run_remove,
    .no_json = true,
};

static const hmi_option TRUST[] = {
    { "ca", "FILE", "the authority that signed their certificate, PEM", 0, false },
    { "pin", "PIN", "the digest of their public key: sha256//BASE64", 0, false },
    { 0 },
};

const hmi_command hmi_command_partner_trust = {
    .name = "partner trust",
    .operands = "NAME",
    .summary = "say how a partner's server is known to be the right one",
    .about = "Without either, the system's authorities decide. With --pin nothing but that key is "
             "accepted.",
    .examples = "  hallmark partner trust jp-cert --ca jp-ca.pem\n",
    .options = TRUST,
    .operands_min = 1,
    .operands_max = 1,
    .run = run_trust,
    .no_json = true,
};

static const hmi_option ADMIT[] = {
    { "token", NULL, "make a bearer token and show it once", 0, false },
    { "password", NULL, "make a password and show it once", 0, false },
    { "certificate", "FILE", "know the partner by its client certificate, PEM", 0, false },
    { 0 },
};

const hmi_command hmi_command_partner_admit = {
    .name = "partner admit",
    .operands = "NAME",
    .summary = "make credentials with which a partner may ask our server",
    .about =
        "NAME is the partner's name in the policy. The casebook's taxii/accounts gets a line from "
        "which the secret cannot be read back; *hallmark serve* reads it when it starts. What the "
        "partner may have is the policy's matter, where it may ask the server's configuration's.",
    .examples = "  hallmark partner admit us-cert --token\n"
                "  hallmark partner admit us-cert --certificate us-cert.pem\n",
    .options = ADMIT,
    .operands_min = 1,
    .operands_max = 1,
    .run = run_admit,
    .no_json = true,
};
