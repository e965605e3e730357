/* SPDX-License-Identifier: Apache-2.0
 *
 * peers.c - partners' servers by name, and what pull, push and sync have in common.
 *
 * OWNS   Nothing but what it closes itself.
 */
#include "cli/peers.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/stat.h>

#include "base/error.h"
#include "cli/file.h"
#include "cli/open.h"
#include "given/giver.h"
#include "peer/pull.h"
#include "peer/push.h"

enum { DOCUMENT_MAX = 1 << 30, SECRET_MAX = 4096 };

static int make(const char *path, hm_err *err)
{
    return mkdir(path, 0700) == 0 || errno == EEXIST ? HM_OK : hmi_fail_errno(err, "\"%s\"", path);
}

int hmi_peer_path(hmi_invocation *inv, const char *name, const char *suffix, bool create,
                  char ret[HMI_PEER_PATH_MAX], hm_err *err)
{
    const char *casebook = NULL;
    if (!hmi_remote_name_good(hmi_text_of(name))) {
        return hmi_fail(err, HM_E_MALFORMED, HM_OFFSET_NONE,
                        "a partner's name is of letters, digits, '-', '_' and '.'");
    }
    HMI_TRY(hmi_casebook_folder_of(inv, &casebook, err));
    if (strlen(casebook) > 4000) {
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE, "the casebook's path is too long");
    }
    if (create) {
        snprintf(ret, HMI_PEER_PATH_MAX, "%s/taxii", casebook);
        HMI_TRY(make(ret, err));
        snprintf(ret, HMI_PEER_PATH_MAX, "%s/taxii/peers", casebook);
        HMI_TRY(make(ret, err));
    }
    snprintf(ret, HMI_PEER_PATH_MAX, "%s/taxii/peers/%s%s", casebook, name, suffix);
    return HM_OK;
}

int hmi_peer_load(hmi_invocation *inv, const char *name, hmi_remote *ret, hm_err *err)
{
    char path[HMI_PEER_PATH_MAX];
    struct stat st;
    hmi_buf text;
    HMI_TRY(hmi_peer_path(inv, name, ".peer", false, path, err));
    if (stat(path, &st) != 0) {
        return hmi_fail(err, HM_E_NOT_FOUND, HM_OFFSET_NONE,
                        "no partner \"%s\" is known: \"hallmark partner add\" makes one", name);
    }
    hmi_buf_init(&text, HMI_REMOTE_BYTES_MAX + 1);
    int code = hmi_read_file(path, HMI_REMOTE_BYTES_MAX, &text, err);
    code = code == HM_OK ? hmi_remote_read(hmi_buf_bytes(&text), inv->arena, ret, err) : code;
    hmi_buf_fini(&text);
    return code;
}

int hmi_peer_save(hmi_invocation *inv, const char *name, const hmi_remote *remote, hm_err *err)
{
    char path[HMI_PEER_PATH_MAX];
    hmi_buf text;
    HMI_TRY(hmi_remote_check(remote, err));
    HMI_TRY(hmi_peer_path(inv, name, ".peer", true, path, err));
    hmi_buf_init(&text, 0);
    hmi_remote_write(remote, &text);
    int code = hmi_buf_check(&text, err);
    code = code == HM_OK ? hmi_write_file(path, hmi_buf_bytes(&text), err) : code;
    hmi_buf_fini(&text);
    return code;
}

/* The first line of a file that nobody else should read. */
static int read_secret(hmi_invocation *inv, const char *path, const char **ret, hm_err *err)
{
    hmi_buf text;
    hm_bytes rest, line = { NULL, 0 };
    hmi_buf_init(&text, SECRET_MAX + 1);
    int code = hmi_read_file(path, SECRET_MAX, &text, err);
    rest = hmi_buf_bytes(&text);
    if (code == HM_OK && (!hmi_next_line(&rest, &line) || line.len == 0)) {
        code = hmi_fail(err, HM_E_MALFORMED, HM_OFFSET_NONE, "\"%s\" holds no secret", path);
    }
    for (size_t i = 0; code == HM_OK && i < line.len; i++) {
        if (line.ptr[i] < 0x20 || line.ptr[i] == 0x7f) {
            code = hmi_fail(err, HM_E_MALFORMED, i, "\"%s\" holds a control character", path);
        }
    }
    if (code == HM_OK) {
        *ret = hmi_arena_cstr(inv->arena, hmi_text((const char *)line.ptr, line.len));
        code = *ret != NULL ? HM_OK : hmi_arena_fail(inv->arena, err);
    }
    hmi_buf_fini(&text);
    return code;
}

int hmi_peer_given(hmi_invocation *inv, hmi_remote *r, hm_err *err)
{
    static const struct {
        const char *option;
        size_t offset;
    } PLAIN[] = {
        { "url", offsetof(hmi_remote, url) },   { "collection", offsetof(hmi_remote, collection) },
        { "user", offsetof(hmi_remote, user) }, { "cert", offsetof(hmi_remote, certificate) },
        { "key", offsetof(hmi_remote, key) },   { "ca", offsetof(hmi_remote, ca) },
        { "pin", offsetof(hmi_remote, pin) }
    };
    for (size_t i = 0; i < HMI_COUNT(PLAIN); i++) {
        const char *value = hmi_given_text(inv, PLAIN[i].option);
        if (value != NULL && strpbrk(value, "\r\n") != NULL) {
            return hmi_fail(err, HM_E_MALFORMED, HM_OFFSET_NONE, "--%s holds a line end",
                            PLAIN[i].option);
        }
        if (value != NULL) {
            *(const char **)(void *)((char *)r + PLAIN[i].offset) = value;
        }
    }
    const char *password = hmi_given_text(inv, "password-file");
    const char *token = hmi_given_text(inv, "token-file");
    HMI_TRY(password != NULL ? read_secret(inv, password, &r->password, err) : HM_OK);
    return token != NULL ? read_secret(inv, token, &r->token, err) : HM_OK;
}

/* -- Pull. */

static void tell_pull(hmi_invocation *inv, const char *name, const char *folder,
                      const hmi_pull_result *r)
{
    hmi_out *out = inv->out;
    if (out->as_json) {
        hmi_json_writer *w = &out->json;
        hmi_json_open_object(w);
        hmi_json_member_text(w, "partner", hmi_text_of(name));
        hmi_json_member_uint(w, "objects", r->objects);
        hmi_json_member_uint(w, "pages", r->pages);
        hmi_json_member_bool(w, "whole", r->whole);
        if (r->verified) {
            hmi_json_member_uint(w, "missing", r->missing);
        }
        hmi_json_put_key(w, HM_TEXT("folder"));
        hmi_json_put_lossy(w, hmi_text_bytes(hmi_text_of(folder)));
        hmi_json_close_object(w);
        return;
    }
    hmi_say(out, "%" PRIu64 " new objects in %" PRIu64 " pages", r->objects, r->pages);
    if (r->verified) {
        hmi_say(out,
                r->missing == 0 ? ", as many as the partner's manifest has"
                                : ", %" PRIu64 " of the partner's manifest are missing",
                r->missing);
    }
    hmi_say(out, "\n");
    if (r->objects > 0) {
        hmi_say(out, "take them in with: hallmark add INCIDENT ");
        hmi_out_safe(out, hmi_text_bytes(hmi_text_of(folder)), 0, 0);
        hmi_say(out, "\n");
    }
}

int hmi_peer_pull(hmi_invocation *inv, const char *name, const hmi_remote *remote)
{
    char folder[HMI_PEER_PATH_MAX];
    hm_err err = { 0 };
    hmi_client *client = NULL;
    hmi_pull_result result = { 0 };
    uint64_t size = 1000;
    if (!hmi_given_size(inv, "page-size", &size) || size == 0 || size > 1000000) {
        return HMI_EXIT_USAGE;
    }
    int code = hmi_peer_path(inv, name, ".pulled", true, folder, &err);
    code = code == HM_OK ? make(folder, &err) : code;
    code = code == HM_OK ? hmi_client_new(remote, &client, &err) : code;
    if (code == HM_OK) {
        hmi_catch_interrupts();
        hmi_pull_options options = { .folder = folder,
                                     .page_size = (uint32_t)size,
                                     .verify = hmi_given(inv, "verify"),
                                     .stop = hmi_interrupted };
        code = hmi_pull(client, remote, &options, &result, &err);
        if (code == HM_OK || result.objects > 0) {
            tell_pull(inv, name, folder, &result);
        }
    }
    hmi_client_free(client);
    if (code != HM_OK) {
        return hmi_failed(inv, &err);
    }
    return result.missing > 0 ? HMI_EXIT_INPUT : HMI_EXIT_DONE;
}

/* -- Push. */

typedef struct leaving {
    hmi_giver *giver;
    hmi_policy policy;
    const hmi_partner *partner;
    hm_text purpose;
    hmi_arena *arena;
} leaving;

/* Nothing leaves without an entry in the memory of what was given. */
static int on_leaving(void *user, const hmi_release_object *const *objects, size_t count,
                      hm_err *err)
{
    leaving *l = user;
    uint64_t seq;
    hmi_giving_object *list = hmi_new_array(l->arena, hmi_giving_object, count);
    if (list == NULL) {
        return hmi_arena_fail(l->arena, err);
    }
    for (size_t i = 0; i < count; i++) {
        list[i] = (hmi_giving_object){ .id = objects[i]->id,
                                       .modified = objects[i]->modified,
                                       .answer = hmi_text_of(hmi_answer_name(objects[i]->answer)),
                                       .rule = hmi_text_of(hmi_rule_name(objects[i]->rule)),
                                       .bytes = objects[i]->out };
    }
    hmi_giving giving = { .partner_id = l->partner->id,
                          .partner_name = l->partner->name,
                          .channel = HM_TEXT("taxii"),
                          .purpose = l->purpose,
                          .objects = list,
                          .count = count };
    return hmi_give(l->giver, &giving, &seq, err);
}

static bool stop_pushing(void *user)
{
    (void)user;
    return hmi_interrupted(NULL);
}

typedef struct reading {
    hmi_invocation *inv;
    hmi_release_object *objects;
    size_t count, room;
} reading;

static int add_raw(reading *r, hmi_value object, hm_err *err)
{
    hmi_release_object *grown =
        hmi_arena_grow(r->inv->arena, r->objects, r->count, &r->room, sizeof(*grown));
    hm_bytes raw = hmi_arena_bytes(r->inv->arena, hmi_json_raw(object));
    if (grown == NULL || raw.ptr == NULL) {
        return hmi_arena_fail(r->inv->arena, err);
    }
    r->objects = grown;
    grown[r->count++] = (hmi_release_object){ .raw = raw };
    return HM_OK;
}

/* A bundle, or one object. */
static int read_document(reading *r, const char *path, hm_err *err)
{
    hmi_buf text;
    hmi_json *json = NULL;
    hmi_value root;
    hmi_buf_init(&text, 0);
    int code = hmi_read_file(path, DOCUMENT_MAX, &text, err);
    code = code == HM_OK ? hmi_json_new(&json, err) : code;
    code = code == HM_OK ? hmi_json_parse(json, hmi_buf_bytes(&text), 0, &root, err) : code;
    if (code == HM_OK) {
        hmi_value list = hmi_json_get(root, "objects");
        bool bundle = hmi_json_kind_of(list) == HMI_JSON_ARRAY;
        for (hmi_value v = bundle ? hmi_json_first(list) : root; code == HM_OK && hmi_json_is(v);
             v = bundle ? hmi_json_next(v) : (hmi_value){ NULL, 0 }) {
            code = add_raw(r, v, err);
        }
    }
    hmi_json_free(json);
    hmi_buf_fini(&text);
    return code == HM_OK ? HM_OK : hmi_fail_in(err, "%.100s", path);
}

static int decide(hmi_invocation *inv, const char *name, leaving *l, reading *r, hm_err *err)
{
    const char *path = hmi_given_text(inv, "policy"), *purpose = hmi_given_text(inv, "purpose");
    hmi_purpose why = HMI_PURPOSE_INFORM;
    hmi_buf text;
    if (path == NULL || (purpose != NULL && !hmi_purpose_find(hmi_text_of(purpose), &why))) {
        return hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE,
                        "--policy is needed; --purpose is detect, respond, inform or publish");
    }
    l->purpose = hmi_text_of(purpose != NULL ? purpose : "inform");
    hmi_buf_init(&text, 0);
    int code = hmi_read_file(path, HMI_POLICY_BYTES_MAX, &text, err);
    code =
        code == HM_OK ? hmi_policy_read(hmi_buf_bytes(&text), inv->arena, &l->policy, err) : code;
    hmi_buf_fini(&text);
    HMI_TRY(code);
    l->partner = hmi_policy_partner(&l->policy, hmi_text_of(name));
    if (l->partner == NULL) {
        return hmi_fail(err, HM_E_DENIED, HM_OFFSET_NONE,
                        "the policy names no partner \"%s\", so nothing may leave to it", name);
    }
    return hmi_release(&l->policy, l->partner, why, r->objects, r->count, inv->arena, err);
}

static void tell_push(hmi_invocation *inv, const char *name, const reading *r,
                      const hmi_push_result *p)
{
    hmi_out *out = inv->out;
    uint64_t held = 0;
    for (size_t i = 0; i < r->count; i++) {
        held += r->objects[i].answer == HMI_HOLD;
    }
    if (out->as_json) {
        hmi_json_writer *w = &out->json;
        hmi_json_open_object(w);
        hmi_json_member_text(w, "partner", hmi_text_of(name));
        hmi_json_member_uint(w, "sent", p->sent);
        hmi_json_member_uint(w, "known", p->known);
        hmi_json_member_uint(w, "accepted", p->accepted);
        hmi_json_member_uint(w, "refused", p->refused);
        hmi_json_member_uint(w, "held", held);
        hmi_json_close_object(w);
        return;
    }
    hmi_say(out,
            "%" PRIu64 " sent, %" PRIu64 " accepted, %" PRIu64 " refused, %" PRIu64
            " sent before, %" PRIu64 " held by the release rules\n",
            p->sent, p->accepted, p->refused, p->known, held);
    for (size_t i = 0; i < p->failure_count && i < 20; i++) {
        hmi_say(out, "  ");
        hmi_out_text(out, p->failures[i].id, 80, 0);
        hmi_say(out, "  ");
        hmi_out_text(out, p->failures[i].message, 120, 0);
        hmi_say(out, "\n");
    }
}

int hmi_peer_push(hmi_invocation *inv, const char *name, const hmi_remote *remote,
                  const char *const *files, size_t count)
{
    char sent[HMI_PEER_PATH_MAX];
    hm_err err = { 0 };
    hmi_client *client = NULL;
    hmi_store *store = NULL;
    hmi_push_result result = { 0 };
    reading r = { .inv = inv };
    leaving l = { .arena = inv->arena };
    int code = HM_OK, exit_code;
    for (size_t i = 0; i < count && code == HM_OK; i++) {
        code = read_document(&r, files[i], &err);
    }
    code = code == HM_OK ? decide(inv, name, &l, &r, &err) : code;
    code = code == HM_OK ? hmi_peer_path(inv, name, ".sent", true, sent, &err) : code;
    if (code != HM_OK) {
        return err.code == HM_E_MISUSE ? hmi_usage_error(inv, "%s", err.text)
                                       : hmi_failed(inv, &err);
    }
    if (!hmi_open_casebook(inv, false, &store, &exit_code)) {
        return exit_code;
    }
    code = hmi_giver_open(store, &l.giver, &err);
    code = code == HM_OK ? hmi_client_new(remote, &client, &err) : code;
    if (code == HM_OK) {
        hmi_catch_interrupts();
        hmi_push_options options = {
            .sent_path = sent, .stop = stop_pushing, .user = &l, .leaving = on_leaving
        };
        code = hmi_push(client, remote, &options, r.objects, r.count, inv->arena, &result, &err);
        if (code == HM_OK || result.sent > 0) {
            tell_push(inv, name, &r, &result);
        }
    }
    hmi_client_free(client);
    hmi_giver_close(l.giver);
    hmi_store_close(store);
    if (code != HM_OK) {
        return hmi_failed(inv, &err);
    }
    return result.refused > 0 ? HMI_EXIT_INPUT : HMI_EXIT_DONE;
}
