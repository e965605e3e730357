/* SPDX-License-Identifier: Apache-2.0
 *
 * telling.c - indicators in, hits out: what watch and hunt have in common.
 *
 * TRUST  Feeds, records and names of files are hostile: nothing of them reaches a terminal
 * unescaped.
 */
#include "cli/telling.h"
#include "cli/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "cli/file.h"
#include "cli/open.h"
#include "watch/benign.h"
#include "watch/feed.h"

enum { FEEDS_MAX = 64, REFUSALS_SHOWN = 20 };

static void on_refuse(void *with, const char *feed, uint32_t line, hm_text value, const hm_err *why)
{
    hmi_telling *t = with;
    if (++t->refusals > REFUSALS_SHOWN || t->inv->out->quiet) {
        return;
    }
    hmi_buf text;
    hmi_buf_init(&text, 0);
    hmi_buf_add_safe(&text, hmi_bytes(value.ptr, value.len < 80 ? value.len : 80));
    hmi_complain("%s:%u: %.*s: %s", feed, line, HMI_FMT(hmi_buf_text(&text)), why->text);
    hmi_buf_fini(&text);
}

static int read_whole(const char *path, hmi_buf *out, hm_err *err)
{
    int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return hmi_cannot_read(path, err);
    }
    ssize_t got = 1;
    while (got > 0 && out->bad == 0) {
        uint8_t *to = hmi_buf_extend(out, 1 << 20);
        got = to == NULL ? 0 : read(fd, to, 1 << 20);
        out->len -= to == NULL ? 0 : (1u << 20) - (size_t)(got > 0 ? got : 0);
    }
    int code = got < 0 ? hmi_cannot_read(path, err) : hmi_buf_check(out, err);
    if (fd != STDIN_FILENO) {
        close(fd);
    }
    return code;
}

static int feed_document(hmi_feed *feed, const char *path, hm_err *err)
{
    hmi_buf bytes;
    hmi_buf_init(&bytes, HMI_FEED_BYTES_MAX);
    feed->name = path;
    int code = read_whole(path, &bytes, err);
    if (code == HM_OK) {
        code = hmi_feed_bytes(feed, hmi_buf_bytes(&bytes), err);
        if (code != HM_OK) {
            (void)hmi_fail_in(err, "%s", path);
        }
    }
    hmi_buf_fini(&bytes);
    return code;
}

static int is_document(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    return len > 5 && strcmp(entry->d_name + len - 5, ".json") == 0 &&
           strcmp(entry->d_name, "manifest.json") != 0;
}

/* A feed of MISP is a folder of events beside a manifest. */
static int feed_folder(hmi_invocation *inv, hmi_feed *feed, const char *folder, hm_err *err)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, is_document, alphasort);
    int code = count < 0 ? hmi_cannot_read(folder, err) : HM_OK;
    for (int i = 0; i < count; i++) {
        hm_text path = hmi_arena_printf(inv->arena, "%s/%s", folder, entries[i]->d_name);
        char *name = path.ptr == NULL ? NULL : hmi_arena_cstr(inv->arena, path);
        if (code == HM_OK) {
            code = name == NULL ? hmi_arena_fail(inv->arena, err) : feed_document(feed, name, err);
        }
        free(entries[i]);
    }
    free(entries);
    return code;
}

static int feed_file(hmi_invocation *inv, hmi_feed *feed, const char *path, hm_err *err)
{
    struct stat st;
    bool folder = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
    return folder ? feed_folder(inv, feed, path, err) : feed_document(feed, path, err);
}

/* From files, and from the casebook when no file is named or an incident is. */
static int gather(hmi_invocation *inv, hmi_feed *feed, int *ret_exit, hm_err *err)
{
    hm_text files[FEEDS_MAX];
    size_t count = hmi_given_all(inv, "indicators", files, FEEDS_MAX);
    for (size_t i = 0; i < count; i++) {
        char *path = hmi_arena_cstr(inv->arena, files[i]);
        HMI_TRY(path == NULL ? hmi_arena_fail(inv->arena, err) : feed_file(inv, feed, path, err));
    }
    const char *incident = hmi_given_text(inv, "incident");
    if (count > 0 && incident == NULL) {
        return HM_OK;
    }
    hmi_store *store = NULL;
    hmi_incident found = { 0 };
    if (!hmi_open_casebook(inv, true, &store, ret_exit)) {
        return HM_E_NOT_FOUND;
    }
    int code = HM_OK;
    if (incident != NULL && !hmi_open_incident(inv, store, incident, &found, ret_exit)) {
        code = HM_E_NOT_FOUND;
    } else {
        feed->name = "casebook";
        code = hmi_feed_casebook(feed, store, found.id, err);
    }
    hmi_store_close(store);
    return code;
}

int hmi_telling_build(hmi_telling *t, hm_matcher **ret, int *ret_exit, hm_err *err)
{
    hmi_invocation *inv = t->inv;
    hm_matcher_options options = { .allow_poison = hmi_given(inv, "allow-harmless") };
    hmi_feed feed = { .with = t, .refuse = on_refuse };
    feed.reach = hmi_given(inv, "subdomains") ? HM_REACH_BELOW : HM_REACH_SELF;
    HMI_TRY(hm_matcher_begin(&options, &feed.builder, err));
    int code = gather(inv, &feed, ret_exit, err);
    if (code != HM_OK) {
        hm_matcher_builder_free(feed.builder);
        return code;
    }
    HMI_TRY(hm_matcher_build(feed.builder, ret, err));
    if (!inv->out->quiet) {
        hmi_complain("%" PRIu64 " indicators, %" PRIu64 " given twice, %" PRIu64 " refused",
                     feed.taken, feed.known, feed.refused);
    }
    if (feed.taken + feed.known == 0) {
        hmi_complain(
            "%s: there is nothing to look for: name a list with --indicators, or add reports "
            "to the casebook",
            inv->command->name);
    }
    return HM_OK;
}

int hmi_telling_benign(hmi_telling *t, hm_err *err)
{
    hm_text files[FEEDS_MAX];
    size_t count = hmi_given_all(t->inv, "benign", files, FEEDS_MAX);
    if (count == 0) {
        return HM_OK;
    }
    HMI_TRY(hmi_benign_new(&t->benign, err));
    for (size_t i = 0; i < count; i++) {
        hmi_buf bytes;
        hmi_buf_init(&bytes, HMI_BENIGN_BYTES_MAX);
        char *path = hmi_arena_cstr(t->inv->arena, files[i]);
        int code =
            path == NULL ? hmi_arena_fail(t->inv->arena, err) : read_whole(path, &bytes, err);
        if (code == HM_OK) {
            code = hmi_benign_add(t->benign, hmi_buf_bytes(&bytes), path, err);
            if (code != HM_OK) {
                (void)hmi_fail_in(err, "%s", path);
            }
        }
        hmi_buf_fini(&bytes);
        HMI_TRY(code);
    }
    HMI_TRY(hmi_benign_seal(t->benign, err));
    if (!t->inv->out->quiet) {
        hmi_complain("%" PRIu64 " harmless values", hmi_benign_values(t->benign));
    }
    return HM_OK;
}

void hmi_telling_end(hmi_telling *t)
{
    hmi_benign_free(t->benign);
    hmi_sending_close(&t->sending);
    hmi_buf_fini(&t->json);
}

/* True when a list calls this harmless and nobody asked to see it. Said once an indicator. */
static bool is_harmless(hmi_telling *t, hmi_watch_hit *hit)
{
    const hm_hit *m = hit->match;
    if (t->benign == NULL || !hmi_benign_is(t->benign, m, &hit->benign_list, &hit->benign_value)) {
        return false;
    }
    if (hmi_given(t->inv, "show-benign")) {
        return false;
    }
    t->harmless++;
    if (hmi_benign_is_news(t->benign, m)) {
        hmi_buf text;
        hmi_buf_init(&text, 0);
        hmi_buf_add_safe(&text, hmi_text_bytes(m->value));
        hmi_buf_add_cstr(&text, ": its hits are not told: ");
        hmi_buf_add_safe(&text, hmi_text_bytes(hit->benign_value));
        hmi_buf_add_cstr(&text, " is on the benign list ");
        hmi_buf_add_safe(&text, hmi_text_bytes(hit->benign_list));
        hmi_complain("%.*s", HMI_FMT(hmi_buf_text(&text)));
        hmi_buf_fini(&text);
    }
    return true;
}

int hmi_telling_hit(void *with, const hmi_watch_hit *told, hm_err *err)
{
    hmi_telling *t = with;
    hmi_watch_hit copy = *told;
    const hmi_watch_hit *hit = &copy;
    if (is_harmless(t, &copy)) {
        return HM_OK;
    }
    HMI_TRY(hmi_sending_hit(&t->sending, hit, err));
    hmi_out *out = t->inv->out;
    const hm_hit *m = hit->match;
    if (out->as_json) {
        hmi_hit_json(&t->json, hit, hmi_now_us());
        int code = hmi_buf_check(&t->json, err);
        hmi_buf_add(&out->buf, hmi_buf_bytes(&t->json));
        hmi_buf_clear(&t->json);
        return code;
    }
    hmi_out_safe(out, hmi_text_bytes(hit->path), 0, 0);
    hmi_say(out, ":%" PRIu64 ": ", m->line);
    hmi_say_style(out, HMI_BAD);
    hmi_out_text(out, m->value, 0, 0);
    hmi_say_style(out, HMI_PLAIN);
    hmi_say(out, " (%s", hm_semantic_name((int)m->semantic));
    if (!hmi_text_eq(m->found, m->value)) {
        hmi_say(out, " ");
        hmi_out_text(out, m->found, 0, 0);
    }
    if (hit->wrapped != 0) {
        bool base64 = (hit->wrapped & HM_UNWRAP_BASE64) != 0;
        bool utf16 = (hit->wrapped & HM_UNWRAP_UTF16) != 0;
        hmi_say(out, ", in %s%s%s", base64 ? "base64" : "", base64 && utf16 ? " of " : "",
                utf16 ? "UTF-16" : "");
    }
    if (m->source.len > 0) {
        hmi_say(out, ", from ");
        hmi_out_safe(out, hmi_text_bytes(m->source), 0, 0);
    }
    if (m->feed_line > 0) {
        hmi_say(out, ":%u", m->feed_line);
    }
    if (m->id.len > 0) {
        hmi_say(out, ", ");
        hmi_out_safe(out, hmi_text_bytes(m->id), 0, 0);
    }
    if (hit->benign_value.len > 0) {
        hmi_say(out, ", harmless by ");
        hmi_out_safe(out, hmi_text_bytes(hit->benign_list), 0, 0);
    }
    hmi_say(out, ")\n    ");
    hmi_out_safe(out, m->record, out->terminal ? 4 * out->width : 0, 0);
    hmi_say(out, "\n");
    return HM_OK;
}

void hmi_telling_notice(void *with, hm_text what, hm_text about)
{
    hmi_telling *t = with;
    hmi_buf text;
    (void)t;
    hmi_buf_init(&text, 0);
    hmi_buf_add_safe(&text, hmi_text_bytes(about));
    hmi_complain("%.*s: %.*s", HMI_FMT(hmi_buf_text(&text)), HMI_FMT(what));
    hmi_buf_fini(&text);
}

bool hmi_telling_cancelled(void *with)
{
    (void)with;
    return hmi_interrupted(NULL);
}
