/* SPDX-License-Identifier: Apache-2.0
 *
 * pull.c - pages of a partner's collection into files.
 *
 * WHY    Servers repeat pages, forget cursors, leave `next` out. So: a cursor that comes back as it
 *        went, or a date that does not move on, ends the pull with an error instead of going round;
 *        a cursor that is refused begins its sequence anew, over the same files.
 * FORM   folder/000001.json ... bundles; folder/state: "since DATE", "next CURSOR", numbers
 * TRUST  The partner's answers: JSON is checked, objects are kept as bytes and judged when they are
 *        taken in (hallmark add), not here.
 * OWNS   The parser.
 */
#include "peer/pull.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"
#include "trait/stix_id.h"

enum { PATH_LEN = 4200, ID_MAX = 512 };

typedef struct pulling {
    hmi_client *client;
    const hmi_remote *remote;
    const hmi_pull_options *options;
    hmi_pull_state state;
    hmi_pull_result result;
    hmi_json *json;
    char last[64];       /* X-TAXII-Date-Added-Last of the sequence */
    hmi_sha256 previous; /* answer */
    hm_err *err;
} pulling;

/* -- Files. */

static int write_file(const char *folder, const char *name, hm_bytes content, hm_err *err)
{
    char path[PATH_LEN], beside[PATH_LEN + 8];
    if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path)) {
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE, "the path is too long");
    }
    snprintf(beside, sizeof(beside), "%s.new", path);
    int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool good = fd >= 0;
    while (good && content.len > 0) {
        ssize_t put = write(fd, content.ptr, content.len);
        good = put > 0 || (put < 0 && errno == EINTR);
        content = put > 0 ? hmi_slice(content, (size_t)put, content.len) : content;
    }
    good = good && fsync(fd) == 0;
    if (fd >= 0) {
        good = close(fd) == 0 && good;
    }
    good = good && rename(beside, path) == 0;
    int parent = good ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    good = good && parent >= 0 && fsync(parent) == 0;
    int code = good ? HM_OK : hmi_fail_errno(err, "\"%s\"", path);
    if (parent >= 0) {
        close(parent);
    }
    return code;
}

static int save_state(pulling *p)
{
    hmi_buf text;
    const hmi_pull_state *s = &p->state;
    hmi_buf_init(&text, 0);
    hmi_buf_printf(
        &text, "since %s\nnext %s\nfirst-page %" PRIu64 "\npage %" PRIu64 "\nobjects %" PRIu64 "\n",
        s->since, s->next, s->first_page, s->page, s->objects);
    int code = hmi_buf_check(&text, p->err);
    code = code == HM_OK ? write_file(p->options->folder, "state", hmi_buf_bytes(&text), p->err)
                         : code;
    hmi_buf_fini(&text);
    return code;
}

static bool state_number(hm_text value, uint64_t *ret)
{
    uint64_t number = 0;
    for (size_t i = 0; i < value.len; i++) {
        if (!hmi_ascii_digit(value.ptr[i]) || number > UINT64_MAX / 10 - 1) {
            return false;
        }
        number = number * 10 + (uint64_t)(value.ptr[i] - '0');
    }
    *ret = number;
    return value.len > 0;
}

static bool state_line(hmi_pull_state *s, hm_text line)
{
    size_t blank = hmi_find_byte(hmi_text_bytes(line), ' ');
    hm_text word = hmi_text_slice(line, 0, blank == HMI_NPOS ? line.len : blank);
    hm_text value = hmi_text_trim(hmi_text_slice(line, word.len, line.len));
    if (hmi_text_is(word, "since") || hmi_text_is(word, "next")) {
        char *to = hmi_text_is(word, "since") ? s->since : s->next;
        size_t room = hmi_text_is(word, "since") ? sizeof(s->since) : sizeof(s->next);
        return snprintf(to, room, "%.*s", HMI_FMT(value)) < (int)room;
    }
    uint64_t *number = hmi_text_is(word, "first-page")      ? &s->first_page
                       : hmi_text_is(word, "page")          ? &s->page
                       : hmi_text_is(word, "first-objects") ? &s->first_objects
                       : hmi_text_is(word, "objects")       ? &s->objects
                                                            : NULL;
    return number != NULL && state_number(value, number);
}

static int load_state(pulling *p)
{
    char path[PATH_LEN];
    uint8_t bytes[HMI_PULL_STATE_MAX];
    p->state = (hmi_pull_state){ .first_page = 1, .page = 1 };
    snprintf(path, sizeof(path), "%s/state", p->options->folder);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        return errno == ENOENT ? HM_OK : hmi_fail_errno(p->err, "\"%s\"", path);
    }
    ssize_t got = read(fd, bytes, sizeof(bytes));
    close(fd);
    hm_bytes rest = hmi_bytes(bytes, got > 0 ? (size_t)got : 0), line;
    bool good = got > 0 && (size_t)got < sizeof(bytes);
    while (good && hmi_next_line(&rest, &line)) {
        hm_text text;
        good = hmi_text_from(line, &text) && (text.len == 0 || state_line(&p->state, text));
    }
    return good ? HM_OK
                : hmi_fail(p->err, HM_E_CORRUPT, HM_OFFSET_NONE,
                           "\"%s\" is damaged; remove it to pull everything again", path);
}

/* -- One page. */

static void add_query(const pulling *p, hmi_buf *path, const char *endpoint, const char *since,
                      const char *next)
{
    uint32_t size = p->options->page_size > 0 ? p->options->page_size : 1000;
    hmi_buf_add_cstr(path, "collections/");
    hmi_client_escape(path, hmi_text_of(p->remote->collection));
    hmi_buf_printf(path, "/%s/?match%%5Bversion%%5D=all&limit=%u", endpoint, size);
    if (since[0] != '\0') {
        hmi_buf_add_cstr(path, "&added_after=");
        hmi_client_escape(path, hmi_text_of(since));
    }
    if (next[0] != '\0') {
        hmi_buf_add_cstr(path, "&next=");
        hmi_client_escape(path, hmi_text_of(next));
    }
    hmi_buf_add_u8(path, 0);
}

typedef struct page {
    hmi_value objects;
    size_t count;
    bool more;
    char next[HMI_PULL_TEXT_MAX], last[64];
    hmi_sha256 digest; /* of the answer */
} page;

/* *ret_refused: a cursor is no longer good there. */
static int fetch(pulling *p, const char *endpoint, const char *since, const char *next, page *ret,
                 bool *ret_refused)
{
    const hmi_client_answer *answer;
    hmi_value root;
    hmi_buf path;
    hmi_buf_init(&path, HMI_CLIENT_URL_MAX);
    add_query(p, &path, endpoint, since, next);
    int code = hmi_buf_check(&path, p->err);
    code =
        code == HM_OK ? hmi_client_get(p->client, (const char *)path.ptr, &answer, p->err) : code;
    hmi_buf_fini(&path);
    HMI_TRY(code);
    *ret_refused = next[0] != '\0' && (answer->status == 400 || answer->status == 404);
    if (*ret_refused) {
        return HM_OK;
    }
    if (answer->status != 200) {
        return hmi_client_refused(answer, endpoint, p->err);
    }
    hm_err why = { 0 };
    if (hmi_json_parse(p->json, hmi_buf_bytes(&answer->body), 0, &root, &why) != HM_OK ||
        hmi_json_kind_of(root) != HMI_JSON_OBJECT) {
        return hmi_fail(p->err, HM_E_MALFORMED, why.offset,
                        "the partner's answer is no envelope: %.150s", why.text);
    }
    *ret = (page){ .objects = hmi_json_get(root, "objects"),
                   .digest = hmi_sha256_of(hmi_buf_bytes(&answer->body)),
                   .more = hmi_json_is_true(hmi_json_get(root, "more")) };
    ret->count =
        hmi_json_kind_of(ret->objects) == HMI_JSON_ARRAY ? hmi_json_count(ret->objects) : 0;
    hmi_arena arena;
    hmi_arena_init(&arena, 1 << 20);
    hm_text text = hmi_json_text(hmi_json_get(root, "next"), &arena);
    hm_text last = hmi_client_header(answer, "x-taxii-date-added-last");
    bool fits = text.len < sizeof(ret->next) && last.len < sizeof(ret->last);
    if (fits && text.ptr != NULL) {
        memcpy(ret->next, text.ptr, text.len);
    }
    if (fits && last.ptr != NULL) {
        memcpy(ret->last, last.ptr, last.len);
    }
    hmi_arena_fini(&arena);
    return fits ? HM_OK
                : hmi_fail(p->err, HM_E_LIMIT, HM_OFFSET_NONE, "the partner's cursor is too long");
}

static int write_page(pulling *p, const page *one)
{
    char name[32], uuid[HMI_UUID_TEXT + 1];
    hmi_buf text;
    if (one->count == 0) {
        return HM_OK;
    }
    HMI_TRY(hmi_uuid4(uuid, p->err));
    hmi_buf_init(&text, 0);
    hmi_buf_printf(&text, "{\"type\":\"bundle\",\"id\":\"bundle--%s\",\"objects\":[\n", uuid);
    size_t i = 0;
    for (hmi_value v = hmi_json_first(one->objects); hmi_json_is(v); v = hmi_json_next(v)) {
        hmi_buf_add_cstr(&text, i++ > 0 ? ",\n" : "");
        hmi_buf_add(&text, hmi_json_raw(v));
    }
    hmi_buf_add_cstr(&text, "\n]}\n");
    snprintf(name, sizeof(name), "%06" PRIu64 ".json", p->state.page);
    int code = hmi_buf_check(&text, p->err);
    code =
        code == HM_OK ? write_file(p->options->folder, name, hmi_buf_bytes(&text), p->err) : code;
    hmi_buf_fini(&text);
    if (code == HM_OK) {
        p->state.page++;
        p->state.objects += one->count;
        p->result.pages++;
        p->result.objects += one->count;
    }
    return code;
}

/* What follows a page: the next one, or the end. A server that repeats itself is an error. */
static int go_on(pulling *p, const page *one, bool *ret_end)
{
    hmi_pull_state *s = &p->state;
    /* One server gives the same cursor for page after page, so the page must be the same as well.
     */
    bool repeats = one->next[0] != '\0' && strcmp(one->next, s->next) == 0 &&
                   memcmp(&one->digest, &p->previous, sizeof(p->previous)) == 0;
    p->previous = one->digest;
    snprintf(p->last, sizeof(p->last), "%s", one->last[0] != '\0' ? one->last : p->last);
    *ret_end = !one->more;
    if (one->more && one->next[0] != '\0' && !repeats) {
        snprintf(s->next, sizeof(s->next), "%s", one->next);
        return save_state(p);
    }
    /* The end, or a server without cursors: the next sequence begins behind the last date. */
    bool moves = p->last[0] != '\0' && strcmp(p->last, s->since) > 0;
    if (one->more && (repeats || !moves)) {
        return hmi_fail(
            p->err, HM_E_CONFLICT, HM_OFFSET_NONE,
            "the partner's server says that there is more and gives the same again; what "
            "came so far is kept");
    }
    if (moves) {
        snprintf(s->since, sizeof(s->since), "%s", p->last);
    }
    s->next[0] = '\0';
    s->first_page = s->page;
    s->first_objects = s->objects;
    return save_state(p);
}

static int pull_all(pulling *p)
{
    for (int turn = 0; turn < HMI_PULL_PAGES_MAX; turn++) {
        page one;
        bool refused = false, end = false;
        if (p->options->stop != NULL && p->options->stop(p->options->user)) {
            return hmi_fail(p->err, HM_E_CANCELLED, HM_OFFSET_NONE,
                            "stopped; the next pull goes on from here");
        }
        HMI_TRY(fetch(p, "objects", p->state.since, p->state.next, &one, &refused));
        if (refused) { /* from the beginning of this sequence, over its own files */
            p->state.next[0] = '\0';
            p->state.page = p->state.first_page;
            p->state.objects = p->state.first_objects;
            HMI_TRY(save_state(p));
            continue;
        }
        HMI_TRY(write_page(p, &one));
        HMI_TRY(go_on(p, &one, &end));
        if (end) {
            p->result.whole = true;
            return HM_OK;
        }
    }
    return hmi_fail(p->err, HM_E_LIMIT, HM_OFFSET_NONE, "more than %d pages", HMI_PULL_PAGES_MAX);
}

/* How many versions the partner's manifest has, up to the date that we have reached. */
static int count_manifest(pulling *p, uint64_t *ret)
{
    char since[64] = "", next[HMI_PULL_TEXT_MAX] = "";
    *ret = 0;
    for (int turn = 0; turn < HMI_PULL_PAGES_MAX; turn++) {
        page one;
        bool refused = false;
        HMI_TRY(fetch(p, "manifest", since, next, &one, &refused));
        hmi_arena arena;
        hmi_arena_init(&arena, 1 << 26);
        for (hmi_value v = hmi_json_first(one.objects); !refused && hmi_json_is(v);
             v = hmi_json_next(v)) {
            hm_text date = hmi_json_text(hmi_json_get(v, "date_added"), &arena);
            *ret += date.ptr != NULL && p->state.since[0] != '\0' &&
                    hmi_bytes_cmp(hmi_text_bytes(date),
                                  hmi_text_bytes(hmi_text_of(p->state.since))) <= 0;
        }
        hmi_arena_fini(&arena);
        if (refused || !one.more) {
            return HM_OK;
        }
        bool repeats = one.next[0] != '\0'
                           ? strcmp(one.next, next) == 0 &&
                                 memcmp(&one.digest, &p->previous, sizeof(p->previous)) == 0
                           : one.last[0] == '\0' || strcmp(one.last, since) <= 0;
        if (repeats) {
            return hmi_fail(p->err, HM_E_CONFLICT, HM_OFFSET_NONE,
                            "the partner's manifest repeats itself and cannot be counted");
        }
        p->previous = one.digest;
        snprintf(next, sizeof(next), "%s", one.next);
        if (one.next[0] == '\0') {
            snprintf(since, sizeof(since), "%s", one.last);
        }
    }
    return HM_OK;
}

int hmi_pull(hmi_client *client, const hmi_remote *remote, const hmi_pull_options *options,
             hmi_pull_result *ret, hm_err *err)
{
    if (remote->collection == NULL) {
        return hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE,
                        "no collection is named for this partner");
    }
    pulling *p = calloc(1, sizeof(*p));
    if (p == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory");
    }
    *p = (pulling){ .client = client, .remote = remote, .options = options, .err = err };
    int code = hmi_json_new(&p->json, err);
    code = code == HM_OK ? load_state(p) : code;
    code = code == HM_OK ? pull_all(p) : code;
    if (code == HM_OK && options->verify) {
        uint64_t there = 0;
        code = count_manifest(p, &there);
        p->result.verified = code == HM_OK;
        p->result.missing = there > p->state.objects ? there - p->state.objects : 0;
    }
    *ret = p->result; /* also what came before a failure */
    hmi_json_free(p->json);
    free(p);
    return code;
}
