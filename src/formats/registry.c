/* SPDX-License-Identifier: Apache-2.0
 *
 * registry.c - which readers there are, which of them claim a piece of evidence, and reading it.
 *
 * WHY    A file is what its bytes say, not what its name says, and it may be several things at
 *        once. Each reader is asked; everyone who claims the file reads it, and that there was more
 *        than one is noted: no interpretation silently wins (abuse case 08).
 * FORM   readers.def is the list.
 * TRUST  A reader's refusal is a note, not the end: the other readers and the generic traits
 * remain. OWNS   Nothing.
 */
#include "formats/reader.h"

#include <stdlib.h>
#include <time.h>

#include "base/error.h"
#include "base/num.h"
#include "base/text.h"
#include "formats/container/archive.h"
#include "formats/generic.h"
#include "formats/scan/scan.h"
#include "trait/likeness.h"

enum { HMI_READERS_MAX = 64 };

const hmi_reader *const hmi_readers[] = {
#define READER(name) &hmi_reader_##name,
#include "formats/readers.def"
#undef READER
    NULL
};

/* A reader and how sure it is. */
typedef struct claim {
    const hmi_reader *reader;
    int score;
} claim;

typedef struct claims {
    claim list[HMI_READERS_MAX];
    size_t count;
} claims;

const hmi_reader *hmi_reader_find(hm_text name)
{
    for (const hmi_reader *const *reader = hmi_readers; *reader != NULL; reader++) {
        if (hmi_text_is(name, (*reader)->name)) {
            return *reader;
        }
    }
    return NULL;
}

/* Every reader with a score above 0, surest first, the list's order among equals. */
static claims ask_all(const hmi_reader *const *readers, hm_bytes file, hm_bytes name)
{
    claims asked = { .count = 0 };
    for (size_t i = 0; readers[i] != NULL; i++) {
        hmi_assert(i < HMI_READERS_MAX);
        int score = readers[i]->detect(file, name);
        hmi_assert(score >= 0 && score <= HMI_DETECT_SURE);
        if (score == 0) {
            continue;
        }
        size_t at = asked.count++;
        for (; at > 0 && asked.list[at - 1].score < score; at--) {
            asked.list[at] = asked.list[at - 1];
        }
        asked.list[at] = (claim){ readers[i], score };
    }
    return asked;
}

static size_t claimed(const claims *asked)
{
    size_t count = 0;
    while (count < asked->count && asked->list[count].score >= HMI_DETECT_CLAIM) {
        count++;
    }
    return count;
}

static hm_text join_names(hmi_arena *arena, const claim *list, size_t count)
{
    hm_text all = HM_TEXT("");
    for (size_t i = 0; i < count && all.ptr != NULL; i++) {
        all = hmi_arena_printf(arena, "%.*s%s%s", HMI_FMT(all), i ? "+" : "", list[i].reader->name);
    }
    return count > 0 ? all : HM_TEXT("data");
}

static hm_text join_versions(hmi_arena *arena, const claim *list, size_t count)
{
    hm_text all = HM_TEXT("");
    for (size_t i = 0; i < count && all.ptr != NULL; i++) {
        all = hmi_arena_printf(arena, "%.*s%s:%u+", HMI_FMT(all), list[i].reader->name,
                               list[i].reader->version);
    }
    if (all.ptr == NULL) {
        return all;
    }
    return hmi_arena_printf(arena, "%.*sgeneric:%d", HMI_FMT(all), HMI_GENERIC_VERSION);
}

static int emit_format(hmi_reading *reading, const claim *list, size_t count, hm_err *err)
{
    hm_text names = join_names(reading->arena, list, count);
    hm_text versions = join_versions(reading->arena, list, count);
    if (names.ptr == NULL || versions.ptr == NULL) {
        return hmi_arena_fail(reading->arena, err);
    }
    HMI_TRY(hmi_emit_fact(reading, "format", names, err));
    HMI_TRY(hmi_emit_fact(reading, "reader-version", versions, err));
    if (count > 1) {
        return hmi_emit_note(reading, HMI_NOTE_ODD, HM_OK, 0, err,
                             "one file, %zu formats: read as each of %.*s", count, HMI_FMT(names));
    }
    return HM_OK;
}

/* The reader could say nothing of these bytes; not that somebody stopped it. */
static bool is_refusal(int code)
{
    return code == HM_E_MALFORMED || code == HM_E_TRUNCATED || code == HM_E_UNSUPPORTED;
}

static int read_claimed(hmi_reading *reading, const claim *list, size_t count, hm_bytes file,
                        hm_err *err)
{
    for (size_t i = 0; i < count; i++) {
        hm_err why = { .offset = HM_OFFSET_NONE };
        int code = list[i].reader->read(reading, file, &why);
        if (is_refusal(code)) {
            HMI_TRY(hmi_emit_note(reading, HMI_NOTE_DAMAGE, code, why.offset, err,
                                  "looks like %s, but: %s", list[i].reader->name, why.text));
        } else if (code < 0) {
            return hmi_fail(err, code, why.offset, "%s: %s", list[i].reader->name, why.text);
        }
    }
    return HM_OK;
}

/* Nobody claims it: the first of the unsure ones that makes sense of it. *ret_count is 1 or 0. */
static int read_unsure(hmi_reading *reading, claims *asked, hm_bytes file, size_t *ret_count,
                       hm_err *err)
{
    size_t taken = 0;
    for (size_t i = 0; i < asked->count && taken == 0; i++) {
        hm_err why = { .offset = HM_OFFSET_NONE };
        int code = asked->list[i].reader->read(reading, file, &why);
        if (code == HM_OK) {
            asked->list[0] = asked->list[i];
            taken = 1;
        } else if (!is_refusal(code)) {
            return hmi_fail(err, code, why.offset, "%s: %s", asked->list[i].reader->name, why.text);
        }
    }
    *ret_count = taken;
    return HM_OK;
}

/* Digests by which feeds name programs and documents. Of logs and containers they say nothing. */
static int emit_likeness(hmi_reading *reading, const claim *list, size_t count, hm_bytes file,
                         hm_err *err)
{
    char ssdeep[HMI_SSDEEP_TEXT_MAX + 1], tlsh[HMI_TLSH_TEXT + 1];
    bool edited = false;
    for (size_t i = 0; i < count; i++) {
        edited = edited || list[i].reader->edited;
    }
    if (edited && hmi_ssdeep_of(file, ssdeep)) {
        HMI_TRY(
            hmi_emit(reading, HMI_SSDEEP, HMI_ROLE_SELF, hmi_text_of(ssdeep), HM_OFFSET_NONE, err));
    }
    return edited && hmi_tlsh_of(file, tlsh)
               ? hmi_emit(reading, HMI_TLSH, HMI_ROLE_SELF, hmi_text_of(tlsh), HM_OFFSET_NONE, err)
               : HM_OK;
}

int hmi_formats_read_with(const hmi_reader *const *readers, hmi_reading *reading, hm_bytes file,
                          hm_err *err)
{
    hmi_assert(reading != NULL && reading->arena != NULL && reading->sink != NULL);
    claims asked = ask_all(readers, file, reading->name);
    size_t count = claimed(&asked);
    /* What is certain goes first: whoever is stopped in the middle has said it. */
    HMI_TRY(hmi_generic_identity(reading, file, err));
    if (count > 0) {
        HMI_TRY(emit_format(reading, asked.list, count, err));
        HMI_TRY(emit_likeness(reading, asked.list, count, file, err));
        return read_claimed(reading, asked.list, count, file, err);
    }
    HMI_TRY(read_unsure(reading, &asked, file, &count, err));
    HMI_TRY(emit_format(reading, asked.list, count, err));
    /* Of what nobody understands, strings and observables can still be had. */
    return count == 0 ? hmi_scan_strings(reading, file, NULL, 0, err) : HM_OK;
}

/* Only records tell of moments; the surest of their readers tells. */
static int read_moments(hmi_reading *reading, hm_bytes file, hm_err *err)
{
    static const hmi_reader *const records[] = { &hmi_reader_evtx,   &hmi_reader_pcap,
                                                 &hmi_reader_pcapng, &hmi_reader_netflow,
                                                 &hmi_reader_log,    NULL };
    claims asked = ask_all(records, file, reading->name);
    return asked.count > 0 ? read_claimed(reading, asked.list, 1, file, err) : HM_OK;
}

/* Only programs have functions; the surest of their readers tells. */
static int read_functions(hmi_reading *reading, hm_bytes file, hm_err *err)
{
    static const hmi_reader *const programs[] = { &hmi_reader_elf, &hmi_reader_pe, NULL };
    claims asked = ask_all(programs, file, reading->name);
    HMI_TRY(emit_format(reading, asked.list, asked.count > 0, err));
    return asked.count > 0 ? read_claimed(reading, asked.list, 1, file, err) : HM_OK;
}

int hmi_formats_read(hmi_reading *reading, hm_bytes file, hm_err *err)
{
    if (reading->functions) {
        return read_functions(reading, file, err);
    }
    if (reading->moments) {
        return read_moments(reading, file, err);
    }
    return hmi_formats_read_with(hmi_readers, reading, file, err);
}

void hmi_formats_prepare(void)
{
    /* libarchive turns packed local times with mktime(), which looks for /etc/localtime again and
     * again unless the zone is spelled out; and no result may depend on this machine's zone. */
    (void)setenv("TZ", "UTC0", 1);
    tzset();
    hmi_archive_prepare();
}
