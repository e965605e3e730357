/* SPDX-License-Identifier: Apache-2.0
 *
 * hunt.c - hallmark hunt, hallmark hunt index: past records asked for new indicators.
 */
#include "hunt/hunt.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/telling.h"

/* ---- Paths: absolute, so that they are found from wherever the next hunt starts. */

typedef struct path_list {
    char **paths;
    size_t count;
} path_list;

static void paths_free(path_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->paths[i]);
    }
    free(list->paths);
}

static int add_path(path_list *list, const char *path, hm_err *err)
{
    char *absolute = realpath(path, NULL);
    char **grown = reallocarray(list->paths, list->count + 1, sizeof(*grown));
    list->paths = grown != NULL ? grown : list->paths;
    char *kept = absolute != NULL ? absolute : strdup(path);
    if (grown == NULL || kept == NULL) {
        free(kept);
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for more paths");
    }
    list->paths[list->count++] = kept;
    return HM_OK;
}

static int is_seen(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int add_folder(path_list *list, const char *folder, hm_err *err)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, is_seen, alphasort);
    int code = count < 0 ? hmi_fail_errno(err, "%s", folder) : HM_OK;
    for (int i = 0; i < count; i++) {
        char path[HMI_PART_PATH_MAX];
        struct stat st;
        bool fits = (size_t)snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name) <
                    sizeof(path);
        if (code == HM_OK && fits && lstat(path, &st) == 0 && S_ISREG(st.st_mode)) {
            code = add_path(list, path, err);
        }
        free(entries[i]);
    }
    free(entries);
    return code;
}

static int gather_paths(const hmi_invocation *inv, path_list *list, hm_err *err)
{
    for (size_t i = 0; i < inv->operand_count; i++) {
        struct stat st;
        bool folder = stat(inv->operands[i], &st) == 0 && S_ISDIR(st.st_mode);
        HMI_TRY(folder ? add_folder(list, inv->operands[i], err)
                       : add_path(list, inv->operands[i], err));
    }
    return HM_OK;
}

static int index_path(const hmi_invocation *inv, const char **ret, hm_err *err)
{
    const char *given = hmi_given_text(inv, "index");
    if (given != NULL) {
        *ret = given;
        return HM_OK;
    }
    const char *casebook = NULL;
    HMI_TRY(hmi_casebook_folder(inv, &casebook, err));
    size_t room = strlen(casebook) + sizeof("/records");
    char *path = hmi_new_array(inv->arena, char, room);
    if (path == NULL) {
        return hmi_arena_fail(inv->arena, err);
    }
    snprintf(path, room, "%s/records", casebook);
    *ret = path;
    return HM_OK;
}

/* ---- hunt index */

static void tell_indexed(hmi_invocation *inv, const hmi_index_sums *sums, uint64_t covered)
{
    if (inv->out->as_json) {
        hmi_json_writer *json = &inv->out->json;
        hmi_json_open_object(json);
        hmi_json_member_uint(json, "files", sums->files);
        hmi_json_member_uint(json, "unreadable", sums->unreadable);
        hmi_json_member_uint(json, "bytes", sums->bytes);
        hmi_json_member_uint(json, "lines", sums->lines);
        hmi_json_member_uint(json, "segments", sums->segments);
        hmi_json_member_uint(json, "covered_bytes", covered);
        hmi_json_member_uint(json, "index_bytes", sums->index_bytes);
        hmi_json_close_object(json);
        hmi_say(inv->out, "\n");
        return;
    }
    hmi_say(inv->out,
            "%" PRIu64 " files: %" PRIu64 " new lines, %" PRIu64 " bytes in %" PRIu64
            " segments; the index takes %" PRIu64 " bytes for %" PRIu64 " bytes of records\n",
            sums->files, sums->lines, sums->bytes, sums->segments, sums->index_bytes, covered);
}

static int index_paths(hmi_telling *t, hmi_catalogue *catalogue, const path_list *list,
                       hmi_index_sums *sums, hm_err *err)
{
    hmi_indexer *indexer = NULL;
    hmi_hunt_options options = { .allow_weak_jail = hmi_given(t->inv, "allow-weak-jail") };
    hmi_hunt_listener listener = { .with = t,
                                   .notice = hmi_telling_notice,
                                   .cancelled = hmi_telling_cancelled };
    HMI_TRY(hmi_indexer_new(catalogue, &options, &listener, &indexer, err));
    int code = HM_OK;
    for (size_t i = 0; code == HM_OK && i < list->count; i++) {
        code = hmi_indexer_file(indexer, list->paths[i], err);
    }
    if (code != HM_OK && code != HM_E_CANCELLED) {
        hmi_indexer_free(indexer);
        return code;
    }
    /* What was read before Ctrl-C is kept. */
    hm_err late = { 0 };
    int written = hmi_indexer_done(indexer, sums, &late);
    return written != HM_OK ? hmi_fail(err, written, late.offset, "%s", late.text) : code;
}

static int run_index(hmi_invocation *inv)
{
    hm_err err = { 0 };
    hmi_telling t = { .inv = inv };
    hmi_catalogue catalogue = { 0 };
    hmi_index_sums sums = { 0 };
    path_list list = { 0 };
    const char *folder = NULL;
    hmi_catch_interrupts();
    int code = index_path(inv, &folder, &err);
    code = code == HM_OK ? gather_paths(inv, &list, &err) : code;
    if (code == HM_OK) {
        code = hmi_catalogue_open(folder, true, true, hmi_telling_notice, &t, &catalogue, &err);
    }
    if (code == HM_OK) {
        code = index_paths(&t, &catalogue, &list, &sums, &err);
        uint64_t covered = 0;
        for (size_t i = 0; i < catalogue.count; i++) {
            for (size_t k = 0; k < catalogue.parts[i].segment_count; k++) {
                covered += catalogue.parts[i].segments[k].len;
            }
        }
        if (code == HM_OK || code == HM_E_CANCELLED) {
            tell_indexed(inv, &sums, covered);
        }
        hmi_catalogue_close(&catalogue);
    }
    paths_free(&list);
    if (code == HM_E_CANCELLED) {
        return HMI_EXIT_INTERRUPTED;
    }
    if (code != HM_OK) {
        return hmi_failed(inv, &err);
    }
    return sums.unreadable > 0 ? HMI_EXIT_INPUT : HMI_EXIT_DONE;
}

/* ---- hunt */

static int on_hit(void *with, hm_text path, const hm_hit *match, hm_err *err)
{
    hmi_watch_hit hit;
    hmi_watch_name(path, match, &hit);
    return hmi_telling_hit(with, &hit, err);
}

static int hunt_in(hmi_telling *t, const hm_matcher *matcher, const char *folder,
                   const path_list *list, hmi_hunt_sums *sums, hm_err *err)
{
    hmi_catalogue catalogue;
    hmi_hunt_options options = { .allow_weak_jail = hmi_given(t->inv, "allow-weak-jail"),
                                 .paths = list->count > 0 ? (const char *const *)list->paths : NULL,
                                 .path_count = list->count };
    hmi_hunt_listener listener = {
        .with = t, .hit = on_hit, .notice = hmi_telling_notice, .cancelled = hmi_telling_cancelled
    };
    HMI_TRY(hmi_catalogue_open(folder, false, false, hmi_telling_notice, t, &catalogue, err));
    sums->unreadable += catalogue.damaged;
    hmi_hunt_sums found = { 0 };
    int code = hmi_hunt(&catalogue, matcher, &options, &listener, &found, err);
    found.unreadable += sums->unreadable;
    *sums = found;
    hmi_catalogue_close(&catalogue);
    return code;
}

static void tell_hunted(const hmi_telling *t, const hmi_hunt_sums *s)
{
    if (!t->inv->out->quiet) {
        hmi_complain("%" PRIu64 " files, %" PRIu64 " of %" PRIu64 " segments read again (%" PRIu64
                     " bytes; the index answered for %" PRIu64 "), %" PRIu64 " hits, %" PRIu64
                     " harmless",
                     s->files, s->segments_read, s->segments, s->bytes_read, s->bytes_indexed,
                     s->hits - t->harmless, t->harmless);
    }
}

static int run_hunt(hmi_invocation *inv)
{
    hm_err err = { 0 };
    hmi_telling t = { .inv = inv };
    hm_matcher *matcher = NULL;
    path_list list = { 0 };
    hmi_hunt_sums sums = { 0 };
    int exit_code = 0;
    const char *folder = NULL;
    hmi_catch_interrupts();
    hmi_buf_init(&t.json, 0);
    int code = index_path(inv, &folder, &err);
    code = code == HM_OK ? gather_paths(inv, &list, &err) : code;
    if (code == HM_OK) {
        code = hmi_telling_build(&t, &matcher, &exit_code, &err);
    }
    if (code == HM_OK) {
        code = hmi_telling_benign(&t, &err);
    }
    if (code == HM_OK) {
        code = hmi_sending_open(&t.sending, inv, &t, &err);
    }
    if (code == HM_OK) {
        code = hunt_in(&t, matcher, folder, &list, &sums, &err);
        if (code == HM_OK || code == HM_E_CANCELLED) {
            tell_hunted(&t, &sums);
        }
        code = code == HM_OK ? hmi_sending_settle(&t.sending, &err) : code;
    }
    hmi_telling_end(&t);
    hm_matcher_free(matcher);
    paths_free(&list);
    if (code == HM_E_CANCELLED) {
        return HMI_EXIT_INTERRUPTED;
    }
    if (code != HM_OK) {
        return exit_code != 0 ? exit_code : hmi_failed(inv, &err);
    }
    if (sums.unreadable > 0) {
        return HMI_EXIT_INPUT;
    }
    return sums.hits > t.harmless ? HMI_EXIT_DONE : HMI_EXIT_NOTHING;
}

#define HUNT_OPTIONS                                                                             \
    { "index", "FOLDER", "where the index of records is (default: in the casebook)", 0, false }, \
    {                                                                                            \
        "allow-weak-jail", NULL, "unpack compressed files even without seccomp and Landlock", 0, \
            false                                                                                \
    }

static const hmi_option INDEX_COMMAND_OPTIONS[] = {
    HUNT_OPTIONS,
    { 0 },
};

static const hmi_option HUNT_COMMAND_OPTIONS[] = {
    HMI_INDICATOR_OPTIONS,
    HUNT_OPTIONS,
    HMI_SENDING_OPTIONS,
    { 0 },
};

const hmi_command hmi_command_hunt_index = {
    .name = "hunt index",
    .operands = "PATH...",
    .summary = "remember which observables past records hold",
    .about =
        "Reads log files and folders of them and keeps, for each 64 MiB of records, which "
        "addresses, "
        "names, digests, files and fields are in it: one or two bytes for each hundred of records. "
        "Files read before are read on from where they ended, also after they were renamed. A "
        "damaged part of the index is found, told and made again."
        "\n\n"
        "The index belongs where only its owner writes: who can change it can hide a hit. It says "
        "nothing about which lines; *hallmark hunt* reads those again, so records must be kept.",
    .examples = "  hallmark hunt index /var/log/squid /var/log/zeek\n",
    .options = INDEX_COMMAND_OPTIONS,
    .operands_min = 1,
    .operands_max = SIZE_MAX,
    .run = run_index,
};

const hmi_command hmi_command_hunt = {
    .name = "hunt",
    .operands = "[PATH...]",
    .summary = "find new indicators in past records, by their index",
    .about =
        "Asks the index that *hallmark hunt index* made which segments of records may hold one of "
        "the indicators, and reads only those again: it tells what *hallmark watch --once* would "
        "tell, without reading the rest. What the index does not cover (the end of a file that has "
        "grown, a file that changed) is read in full. Without PATH it hunts in all that was "
        "indexed."
        "\n\n"
        "Indicators come from where *hallmark watch* takes them, and *--send* sends hits where it "
        "sends them. The exit code is 1 when nothing hit, 3 when some records could not be read "
        "again, 4 when a receiver did not take all hits.",
    .examples = "  hallmark hunt -i partners.csv\n"
                "  hallmark hunt --json -i partners.csv /var/log/squid/access.log\n",
    .options = HUNT_COMMAND_OPTIONS,
    .operands_min = 0,
    .operands_max = SIZE_MAX,
    .run = run_hunt,
};
