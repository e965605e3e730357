/* SPDX-License-Identifier: Apache-2.0
 *
 * push.c - envelopes of released objects; what was acknowledged is remembered and not sent again.
 *
 * WHY    A push that was cut off is repeated: objects whose digest is in the file of what was sent
 *        are left out. Counts are verified: what the partner's status names as neither accepted nor
 *        refused is an error, never silence.
 * TRUST  The partner's status. OWNS   The set of digests, the parser.
 */
#include "peer/push.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"

enum { LINE = 65, POLL_MS = 500 };

typedef struct pushing {
    hmi_client *client;
    const hmi_remote *remote;
    const hmi_push_options *options;
    hmi_arena *arena;
    hmi_json *json;
    uint64_t *known; /* open addressing; the first eight bytes of digests */
    size_t known_room;
    hmi_push_result result;
    size_t failure_room;
    hm_err *err;
} pushing;

/* -- What was sent before. */

static uint64_t first_eight(const hmi_sha256 *digest)
{
    uint64_t value;
    memcpy(&value, digest->bytes, sizeof(value));
    return value | 1; /* 0 is an empty place */
}

static uint64_t *place(const pushing *p, uint64_t value)
{
    size_t at = (size_t)(value >> 8) & (p->known_room - 1);
    while (p->known[at] != 0 && p->known[at] != value) {
        at = (at + 1) & (p->known_room - 1);
    }
    return &p->known[at];
}

static bool is_known(const pushing *p, const hmi_sha256 *digest)
{
    return *place(p, first_eight(digest)) != 0;
}

static void learn(const pushing *p, const hmi_sha256 *digest)
{
    *place(p, first_eight(digest)) = first_eight(digest);
}

/* A line that a crash cut off is no digest and is passed over. */
static int load_known(pushing *p, size_t more)
{
    struct stat st;
    int fd = open(p->options->sent_path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    bool exists = fd >= 0;
    if (!exists && errno != ENOENT) {
        return hmi_fail_errno(p->err, "\"%s\"", p->options->sent_path);
    }
    hmi_buf text;
    hmi_buf_init(&text, HMI_PUSH_SENT_MAX);
    bool good = !exists || fstat(fd, &st) == 0;
    uint8_t *to =
        exists && good && st.st_size > 0 ? hmi_buf_extend(&text, (size_t)st.st_size) : NULL;
    for (size_t at = 0; to != NULL && good && at < text.len;) {
        ssize_t got = pread(fd, to + at, text.len - at, (off_t)at);
        good = got > 0;
        at += good ? (size_t)got : 0;
    }
    if (exists) {
        close(fd);
    }
    size_t room = 1024;
    while (room < 2 * (text.len / LINE + more + 1)) {
        room *= 2;
    }
    p->known = hmi_new_array(p->arena, uint64_t, room);
    p->known_room = room;
    int code = !good || text.bad != 0 ? hmi_fail_errno(p->err, "\"%s\"", p->options->sent_path)
               : p->known == NULL     ? hmi_arena_fail(p->arena, p->err)
                                      : HM_OK;
    hm_bytes rest = hmi_buf_bytes(&text), line;
    while (code == HM_OK && hmi_next_line(&rest, &line)) {
        hmi_sha256 digest;
        if (hmi_unhex(hmi_text((const char *)line.ptr, line.len), digest.bytes,
                      sizeof(digest.bytes))) {
            learn(p, &digest);
        }
    }
    hmi_buf_fini(&text);
    return code;
}

static int save_known(pushing *p, const hmi_release_object *const *objects, size_t count)
{
    hmi_buf text;
    hmi_buf_init(&text, 0);
    for (size_t i = 0; i < count; i++) {
        hmi_sha256 digest = hmi_sha256_of(objects[i]->out);
        hmi_buf_add_hex(&text, hmi_bytes(digest.bytes, sizeof(digest.bytes)));
        hmi_buf_add_char(&text, '\n');
        learn(p, &digest);
    }
    int fd =
        open(p->options->sent_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool good = fd >= 0 && text.bad == 0 && write(fd, text.ptr, text.len) == (ssize_t)text.len &&
                fsync(fd) == 0;
    int code = good ? HM_OK : hmi_fail_errno(p->err, "\"%s\"", p->options->sent_path);
    if (fd >= 0) {
        close(fd);
    }
    hmi_buf_fini(&text);
    return code;
}

/* -- One envelope. */

static int note_failures(pushing *p, hmi_value list)
{
    for (hmi_value v = hmi_json_first(list); hmi_json_is(v); v = hmi_json_next(v)) {
        hmi_push_failure *grown =
            hmi_arena_grow(p->arena, p->result.failures, p->result.failure_count, &p->failure_room,
                           sizeof(*grown));
        if (grown == NULL) {
            return hmi_arena_fail(p->arena, p->err);
        }
        p->result.failures = grown;
        grown[p->result.failure_count++] = (hmi_push_failure){
            hmi_arena_text(p->arena, hmi_json_text(hmi_json_get(v, "id"), p->arena)),
            hmi_arena_text(p->arena, hmi_json_text(hmi_json_get(v, "message"), p->arena))
        };
    }
    return HM_OK;
}

static int read_status(pushing *p, const hmi_client_answer *answer, hmi_value *ret)
{
    hm_err why = { 0 };
    return hmi_json_parse(p->json, hmi_buf_bytes(&answer->body), 0, ret, &why) == HM_OK &&
                   hmi_json_kind_of(*ret) == HMI_JSON_OBJECT
               ? HM_OK
               : hmi_fail(p->err, HM_E_MALFORMED, HM_OFFSET_NONE,
                          "the partner's answer is no status");
}

/* Until the partner says "complete". */
static int wait_for(pushing *p, hmi_value *status)
{
    static const struct timespec PAUSE = { 0, POLL_MS * 1000000L };
    const hmi_client_answer *answer;
    hm_text id = hmi_arena_text(p->arena, hmi_json_text(hmi_json_get(*status, "id"), p->arena));
    for (int turn = 0; turn < HMI_PUSH_POLLS_MAX; turn++) {
        hm_text state = hmi_json_text(hmi_json_get(*status, "status"), p->arena);
        if (state.ptr != NULL && hmi_text_is(state, "complete")) {
            return HM_OK;
        }
        if (p->options->stop != NULL && p->options->stop(p->options->user)) {
            return hmi_fail(p->err, HM_E_CANCELLED, HM_OFFSET_NONE, "stopped");
        }
        nanosleep(&PAUSE, NULL);
        hmi_buf path;
        hmi_buf_init(&path, 4096);
        hmi_buf_add_cstr(&path, "status/");
        hmi_client_escape(&path, id);
        hmi_buf_add(&path, HM_BYTES("/\0"));
        int code = hmi_buf_check(&path, p->err);
        code = code == HM_OK ? hmi_client_get(p->client, (const char *)path.ptr, &answer, p->err)
                             : code;
        hmi_buf_fini(&path);
        HMI_TRY(code);
        if (answer->status != 200) {
            return hmi_client_refused(answer, "status", p->err);
        }
        HMI_TRY(read_status(p, answer, status));
    }
    return hmi_fail(p->err, HM_E_BUSY, HM_OFFSET_NONE,
                    "the partner has not finished after a minute; push again to ask what it has");
}

static int send_batch(pushing *p, const hmi_release_object *const *batch, size_t count)
{
    const hmi_client_answer *answer;
    hmi_value status;
    hmi_buf path, body;
    if (p->options->leaving != NULL) {
        HMI_TRY(p->options->leaving(p->options->user, batch, count, p->err));
    }
    hmi_buf_init(&path, 4096);
    hmi_buf_init(&body, 0);
    hmi_buf_add_cstr(&path, "collections/");
    hmi_client_escape(&path, hmi_text_of(p->remote->collection));
    hmi_buf_add(&path, HM_BYTES("/objects/\0"));
    hmi_buf_add_cstr(&body, "{\"objects\":[");
    for (size_t i = 0; i < count; i++) {
        hmi_buf_add_cstr(&body, i > 0 ? "," : "");
        hmi_buf_add(&body, batch[i]->out);
    }
    hmi_buf_add_cstr(&body, "]}");
    int code = hmi_buf_check(&path, p->err);
    code = code == HM_OK ? hmi_buf_check(&body, p->err) : code;
    if (code == HM_OK) {
        hmi_client_request request = { .method = "POST",
                                       .path = (const char *)path.ptr,
                                       .type = "application/taxii+json;version=2.1",
                                       .body = hmi_buf_bytes(&body),
                                       .has_body = true };
        code = hmi_client_ask(p->client, &request, &answer, p->err);
    }
    hmi_buf_fini(&path);
    hmi_buf_fini(&body);
    HMI_TRY(code);
    if (answer->status != 202) {
        return hmi_client_refused(answer, "adding objects", p->err);
    }
    HMI_TRY(read_status(p, answer, &status));
    HMI_TRY(wait_for(p, &status));
    int64_t good = -1, bad = -1;
    (void)hmi_json_int(hmi_json_get(status, "success_count"), &good);
    (void)hmi_json_int(hmi_json_get(status, "failure_count"), &bad);
    HMI_TRY(note_failures(p, hmi_json_get(status, "failures")));
    if (good < 0 || bad < 0 || (uint64_t)good + (uint64_t)bad != count) {
        return hmi_fail(p->err, HM_E_CONFLICT, HM_OFFSET_NONE,
                        "the partner's status counts %lld accepted and %lld refused of %zu objects",
                        (long long)good, (long long)bad, count);
    }
    p->result.sent += count;
    p->result.accepted += (uint64_t)good;
    p->result.refused += (uint64_t)bad;
    return bad == 0 ? save_known(p, batch, count) : HM_OK;
}

static int push_all(pushing *p, const hmi_release_object *objects, size_t count)
{
    const hmi_release_object *batch[HMI_PUSH_BATCH_MAX];
    size_t held = 0, bytes = 0;
    for (size_t i = 0; i <= count; i++) {
        bool end = i == count;
        const hmi_release_object *o = end ? NULL : &objects[i];
        if (!end && o->answer == HMI_HOLD) {
            continue;
        }
        hmi_sha256 digest = end ? (hmi_sha256){ { 0 } } : hmi_sha256_of(o->out);
        if (!end && is_known(p, &digest)) {
            p->result.known++;
            continue;
        }
        bool full = held == HMI_PUSH_BATCH_MAX ||
                    (held > 0 && !end && bytes + o->out.len > HMI_PUSH_BATCH_BYTES_MAX);
        if (held > 0 && (full || end)) {
            if (p->options->stop != NULL && p->options->stop(p->options->user)) {
                return hmi_fail(p->err, HM_E_CANCELLED, HM_OFFSET_NONE,
                                "stopped; the next push goes on from here");
            }
            HMI_TRY(send_batch(p, batch, held));
            held = bytes = 0;
        }
        if (!end) {
            batch[held++] = o;
            bytes += o->out.len;
        }
    }
    return HM_OK;
}

int hmi_push(hmi_client *client, const hmi_remote *remote, const hmi_push_options *options,
             const hmi_release_object *objects, size_t count, hmi_arena *arena,
             hmi_push_result *ret, hm_err *err)
{
    if (remote->collection == NULL) {
        return hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE,
                        "no collection is named for this partner");
    }
    pushing p = {
        .client = client, .remote = remote, .options = options, .arena = arena, .err = err
    };
    int code = hmi_json_new(&p.json, err);
    code = code == HM_OK ? load_known(&p, count) : code;
    code = code == HM_OK ? push_all(&p, objects, count) : code;
    hmi_json_free(p.json);
    *ret = p.result; /* also what went before a failure */
    return code;
}
