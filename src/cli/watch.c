/* SPDX-License-Identifier: Apache-2.0
 *
 * watch.c - hallmark watch: known indicators against records, past and coming.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "cli/commands.h"
#include "cli/open.h"
#include "watch/feed.h"
#include "watch/watch.h"

enum { FEEDS_MAX = 64, REFUSALS_SHOWN = 20 };

typedef struct telling {
    hmi_invocation *inv;
    uint64_t refusals;
    hmi_buf json;
} telling;

static void on_refuse(void *with, const char *feed, uint32_t line, hm_text value, const hm_err *why)
{
    telling *t = with;
    if (++t->refusals > REFUSALS_SHOWN || t->inv->out->quiet) {
        return;
    }
    hmi_buf text;
    hmi_buf_init(&text, 0);
    hmi_buf_add_safe(&text, hmi_bytes(value.ptr, value.len < 80 ? value.len : 80));
    hmi_complain("%s:%u: %.*s: %s", feed, line, HMI_FMT(hmi_buf_text(&text)), why->text);
    hmi_buf_fini(&text);
}

static int on_hit(void *with, const hmi_watch_hit *hit, hm_err *err)
{
    telling *t = with;
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
    hmi_say(out, ")\n    ");
    hmi_out_safe(out, m->record, out->terminal ? 4 * out->width : 0, 0);
    hmi_say(out, "\n");
    return HM_OK;
}

static int on_settled(void *with, hm_err *err)
{
    telling *t = with;
    return hmi_out_flush(t->inv->out)
               ? HM_OK
               : hmi_fail(err, HM_E_IO, HM_OFFSET_NONE, "standard output cannot be written");
}

static void on_notice(void *with, hm_text what, hm_text about)
{
    telling *t = with;
    hmi_buf text;
    (void)t;
    hmi_buf_init(&text, 0);
    hmi_buf_add_safe(&text, hmi_text_bytes(about));
    hmi_complain("watch: %.*s: %.*s", HMI_FMT(hmi_buf_text(&text)), HMI_FMT(what));
    hmi_buf_fini(&text);
}

static bool on_cancelled(void *with)
{
    (void)with;
    return hmi_interrupted(NULL);
}

static int read_whole(const char *path, hmi_buf *out, hm_err *err)
{
    int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return hmi_fail_errno(err, "%s", path);
    }
    ssize_t got = 1;
    while (got > 0 && out->bad == 0) {
        uint8_t *to = hmi_buf_extend(out, 1 << 20);
        got = to == NULL ? 0 : read(fd, to, 1 << 20);
        out->len -= to == NULL ? 0 : (1u << 20) - (size_t)(got > 0 ? got : 0);
    }
    int code = got < 0 ? hmi_fail_errno(err, "%s", path) : hmi_buf_check(out, err);
    if (fd != STDIN_FILENO) {
        close(fd);
    }
    return code;
}

static int feed_file(hmi_feed *feed, const char *path, hm_err *err)
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

/* From files, and from the casebook when no file is named or an incident is. */
static int gather(hmi_invocation *inv, hmi_feed *feed, int *ret_exit, hm_err *err)
{
    hm_text files[FEEDS_MAX];
    size_t count = hmi_given_all(inv, "indicators", files, FEEDS_MAX);
    for (size_t i = 0; i < count; i++) {
        char *path = hmi_arena_cstr(inv->arena, files[i]);
        HMI_TRY(path == NULL ? hmi_arena_fail(inv->arena, err) : feed_file(feed, path, err));
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

static int build(hmi_invocation *inv, telling *t, hm_matcher **ret, int *ret_exit, hm_err *err)
{
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
        hmi_complain("watch: %" PRIu64 " indicators, %" PRIu64 " given twice, %" PRIu64 " refused",
                     feed.taken, feed.known, feed.refused);
    }
    return HM_OK;
}

static int run_watch_on(hmi_invocation *inv, telling *t, const hm_matcher *matcher,
                        const hmi_watch_options *options)
{
    hm_err err = { 0 };
    hmi_watch *watch = NULL;
    hmi_watch_listener listener = { t, on_hit, on_settled, on_notice, on_cancelled };
    int code = hmi_watch_new(matcher, options, &listener, &watch, &err);
    for (size_t i = 0; code == HM_OK && i < inv->operand_count; i++) {
        code = hmi_watch_add_path(watch, inv->operands[i], &err);
    }
    if (code == HM_OK) {
        code = hmi_watch_run(watch, &err);
    }
    hmi_watch_sums sums = { 0 };
    if (watch != NULL) {
        hmi_watch_sums_get(watch, &sums);
    }
    hmi_watch_free(watch);
    if (code != HM_OK && code != HM_E_CANCELLED) {
        return hmi_failed(inv, &err);
    }
    if (!inv->out->quiet) {
        hmi_complain("watch: %" PRIu64 " lines in %" PRIu64 " sources, %" PRIu64 " hits, %" PRIu64
                     " suppressed after being broken off",
                     sums.lines, sums.sources, sums.hits, sums.suppressed);
    }
    if (code == HM_E_CANCELLED) {
        return HMI_EXIT_INTERRUPTED;
    }
    if (sums.unreadable > 0) {
        return HMI_EXIT_INPUT;
    }
    return sums.hits > 0 || !options->once ? HMI_EXIT_DONE : HMI_EXIT_NOTHING;
}

static int run_watch(hmi_invocation *inv)
{
    hm_err err = { 0 };
    telling t = { .inv = inv };
    hm_matcher *matcher = NULL;
    uint64_t hits = 0;
    int exit_code = 0;
    if (!hmi_given_size(inv, "break-hits", &hits)) {
        return HMI_EXIT_USAGE;
    }
    hmi_watch_options options = { .once = hmi_given(inv, "once"),
                                  .from_end = hmi_given(inv, "from-end"),
                                  .allow_weak_jail = hmi_given(inv, "allow-weak-jail"),
                                  .checkpoint = hmi_given_text(inv, "checkpoint"),
                                  .break_hits = hits > UINT32_MAX ? UINT32_MAX : (uint32_t)hits };
    if (options.once && options.from_end) {
        return hmi_usage_error(inv, "--once reads what is there, --from-end what is not there yet");
    }
    hmi_catch_interrupts();
    if (build(inv, &t, &matcher, &exit_code, &err) != HM_OK) {
        return exit_code != 0 ? exit_code : hmi_failed(inv, &err);
    }
    hmi_buf_init(&t.json, 0);
    int code = run_watch_on(inv, &t, matcher, &options);
    hmi_buf_fini(&t.json);
    hm_matcher_free(matcher);
    return code;
}

static const hmi_option WATCH_OPTIONS[] = {
    { "indicators", "FILE", "a list, table or STIX document of indicators", 'i', true },
    { "incident", "NAME", "what published intelligence in this incident states", 0, false },
    { "subdomains", NULL, "every domain also means the names below it", 0, false },
    { "once", NULL, "scan what is there and end; exit code 1 when nothing hit", '1', false },
    { "from-end", NULL, "of files met for the first time, only what comes from now on", 0, false },
    { "checkpoint", "FILE", "remember here how far each file was read, and go on there", 0, false },
    { "break-hits", "N",
      "an indicator that hits a fifth of all lines is broken off after N hits "
      "(default 1000)",
      0, false },
    { "allow-weak-jail", NULL, "unpack compressed files even without seccomp and Landlock", 0,
      false },
    { "allow-harmless", NULL, "take indicators that hit the harmless world too", 0, false },
    { 0 },
};

const hmi_command hmi_command_watch = {
    .name = "watch",
    .operands = "PATH...",
    .summary = "find known indicators in records, past and coming",
    .about =
        "Reads log files, folders of them, or \"-\" for standard input, and tells each line that "
        "holds "
        "a known indicator: addresses in any spelling and by range, domains on label borders, URLs "
        "in canonical form, mail addresses, digests, file names, and by whole field user agents, "
        "registry keys, mutexes and JA4. Defanged and escaped forms are understood. Files are "
        "followed by name across rotation and truncation; gzip and Zstandard are read as they are."
        "\n\n"
        "Indicators come from *--indicators* and, when none is given or with *--incident*, from "
        "the "
        "casebook: what published intelligence there states as malicious. In a list, a domain with "
        "a "
        "leading dot means the name and all below it. Entries that would hit the harmless world "
        "(public suffixes, private ranges, the empty file's digest) are refused with line and "
        "reason; "
        "one that turns out to hit a fifth of all lines is broken off, visibly."
        "\n\n"
        "With *--json* each hit is one line of JSON in the fields of the Elastic Common Schema. "
        "Its "
        "event.id depends on the record alone: with *--checkpoint* a killed run loses no hit and "
        "repeats at most its last batch, under the same ids.",
    .examples = "  hallmark watch --once -i partners.csv /var/log/nginx/\n"
                "  hallmark watch --json --checkpoint watch.state /var/log/squid/access.log\n",
    .options = WATCH_OPTIONS,
    .operands_min = 1,
    .operands_max = SIZE_MAX,
    .run = run_watch,
};
