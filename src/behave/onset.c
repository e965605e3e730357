/* SPDX-License-Identifier: Apache-2.0
 *
 * onset.c - what wipers look like from the outside: hosts whose backups are deleted, whose services
 *           stop, whose logs are cleared, and that are not heard from again, all within minutes.
 *
 * WHY    Broadcasters and banks lost thousands of machines in the same quarter of an hour. No
 * single host's record says so; the coincidence does, and so does the silence. FORM   Deeds of
 * hosts, at most one of a kind in five minutes, and silences: a host is silent when the others are
 * heard for half an hour and more after its last word, for longer than 20 of its usual gaps, and
 * half as long again as its longest. The window of ten minutes with most hosts is the onset when at
 * least three hosts are in it, and it holds more than stopped services: those stop on every patch
 * day. TRUST  Log writers' words, and clocks: hosts whose clocks differ by more than the window are
 * not seen together. OWNS   Nothing: the arena is the study's.
 */
#include "behave/onset.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/num.h"

enum {
    HOSTS_MIN = 3,
    RECORDS_MIN = 10, /* of a host whose silence means something */
    SILENT_S = 1800,
    USUAL_GAPS = 20,
    SAME_DEED_S = 300
};

static const char *const DEEDS[HMI_DEED_COUNT] = {
    "", "logs cleared", "services stopped", "backups deleted", "shutdown", "disks wiped", "silence"
};

int hmi_onset_init(hmi_onset *onset, hmi_arena *arena, size_t scale, size_t name_max, hm_err *err)
{
    *onset = (hmi_onset){ .host_max = hmi_min(scale, HMI_ONSET_HOSTS_MAX),
                          .deed_max = hmi_min(scale * 2, HMI_ONSET_DEEDS_MAX),
                          .name_max = name_max };
    onset->hosts = hmi_new_array(arena, hmi_onset_host, onset->host_max);
    onset->by_name = hmi_new_array(arena, uint32_t, name_max + 1);
    /* Each host may fall silent beside. */
    onset->deeds = hmi_new_array(arena, hmi_onset_deed, onset->deed_max + onset->host_max);
    bool whole = onset->hosts && onset->by_name && onset->deeds;
    return whole ? HM_OK : hmi_arena_fail(arena, err);
}

static void note_deed(hmi_onset *onset, hmi_onset_host *host, uint32_t second, const hmi_act *act)
{
    hmi_span *span = &onset->spans[act->deed];
    if (onset->by_deed[act->deed]++ == 0) {
        *span = (hmi_span){ act->offset, 0, act->us, act->us };
    }
    span->count++;
    span->first_us = act->us < span->first_us ? act->us : span->first_us;
    span->last_us = act->us > span->last_us ? act->us : span->last_us;
    uint32_t *last = &host->last_deed[act->deed];
    if (*last != 0 && second >= *last && second - *last < SAME_DEED_S) {
        return;
    }
    *last = second;
    if (onset->deed_count == onset->deed_max) {
        onset->refused++;
        return;
    }
    onset->deeds[onset->deed_count++] = (hmi_onset_deed){ (uint32_t)(host - onset->hosts), second,
                                                          (uint8_t)act->deed, act->offset };
}

void hmi_onset_act(hmi_onset *onset, uint32_t name, const hmi_act *act)
{
    uint32_t second = hmi_second_of(act->us);
    hmi_assert(name <= onset->name_max);
    if (name == 0 || second == 0) {
        return;
    }
    if (onset->by_name[name] == 0) {
        if (onset->host_count == onset->host_max) {
            return;
        }
        onset->hosts[onset->host_count] =
            (hmi_onset_host){ .name = name, .first_s = second, .last_s = second };
        onset->by_name[name] = (uint32_t)++onset->host_count;
    }
    hmi_onset_host *host = &onset->hosts[onset->by_name[name] - 1];
    host->count++;
    if (second > host->last_s) {
        uint32_t gap = second - host->last_s;
        host->longest_gap_s = gap > host->longest_gap_s ? gap : host->longest_gap_s;
        host->last_s = second;
        host->last_offset = act->offset;
    }
    host->first_s = second < host->first_s ? second : host->first_s;
    onset->first_s = onset->first_s == 0 || second < onset->first_s ? second : onset->first_s;
    onset->last_s = second > onset->last_s ? second : onset->last_s;
    if (act->deed != HMI_DEED_NONE) {
        note_deed(onset, host, second, act);
    }
}

/* ---- What is said */

static void add_silences(hmi_onset *onset)
{
    for (size_t i = 0; i < onset->host_count; i++) {
        const hmi_onset_host *host = &onset->hosts[i];
        uint32_t silent = onset->last_s - host->last_s;
        uint32_t usual = host->count > 1 ? (host->last_s - host->first_s) / (host->count - 1) : 0;
        if (host->count >= RECORDS_MIN && silent >= SILENT_S && silent / USUAL_GAPS > usual &&
            silent > host->longest_gap_s / 2 * 3) {
            onset->deeds[onset->deed_count++] =
                (hmi_onset_deed){ (uint32_t)i, host->last_s, HMI_DEED_SILENCE, host->last_offset };
        }
    }
}

static int by_time(const void *a, const void *b)
{
    const hmi_onset_deed *x = a, *y = b;
    if (x->second != y->second) {
        return x->second < y->second ? -1 : 1;
    }
    return (x->offset > y->offset) - (x->offset < y->offset);
}

typedef struct window {
    size_t begin, end; /* deeds */
    unsigned hosts;    /* that did more than stop services */
} window;

/* Two fingers over the deeds, with a count per host of what is between them. */
static bool worst_window(const hmi_onset *onset, hmi_arena *arena, window *ret)
{
    uint16_t *here = hmi_new_array(arena, uint16_t, onset->host_count + 1);
    window best = { 0 };
    unsigned hosts = 0;
    size_t begin = 0;
    for (size_t i = 0; here != NULL && i < onset->deed_count; i++) {
        const hmi_onset_deed *deed = &onset->deeds[i];
        for (; deed->second - onset->deeds[begin].second > HMI_ONSET_WINDOW_S; begin++) {
            const hmi_onset_deed *old = &onset->deeds[begin];
            if (old->deed != HMI_DEED_SERVICE_STOPPED && --here[old->host] == 0) {
                hosts--;
            }
        }
        if (deed->deed != HMI_DEED_SERVICE_STOPPED && here[deed->host]++ == 0) {
            hosts++;
        }
        if (hosts > best.hosts) {
            best = (window){ begin, i + 1, hosts };
        }
    }
    *ret = best;
    return best.hosts >= HOSTS_MIN;
}

/* Kinds of deeds in the order of their middle host. */
static void say_window(const hmi_onset *onset, const window *w, const hmi_names *names,
                       hmi_voice *voice)
{
    uint32_t seen[HMI_DEED_COUNT] = { 0 }, middle[HMI_DEED_COUNT] = { 0 };
    for (size_t i = w->begin; i < w->end; i++) {
        seen[onset->deeds[i].deed]++;
    }
    uint32_t passed[HMI_DEED_COUNT] = { 0 };
    for (size_t i = w->begin; i < w->end; i++) {
        unsigned deed = onset->deeds[i].deed;
        if (++passed[deed] == (seen[deed] + 1) / 2) {
            middle[deed] = onset->deeds[i].second;
        }
    }
    hmi_buf order;
    hmi_buf_init(&order, 256);
    for (unsigned n = 0; n < HMI_DEED_COUNT; n++) {
        unsigned next = 0;
        for (unsigned d = 1; d < HMI_DEED_COUNT; d++) {
            /* one host's own is no part of it */
            bool takes_part = seen[d] * 2 >= HOSTS_MIN && middle[d] != 0;
            next = takes_part && (next == 0 || middle[d] < middle[next]) ? d : next;
        }
        if (next != 0) {
            hmi_buf_printf(&order, "%s%s", order.len > 0 ? " > " : "", DEEDS[next]);
            middle[next] = 0;
        }
    }
    const hmi_onset_deed *first = &onset->deeds[w->begin], *last = &onset->deeds[w->end - 1];
    hmi_span span = { first->offset, w->hosts, hmi_us_of(first->second), hmi_us_of(last->second) };
    unsigned class = w->hosts >= 1000 ? 1000 : w->hosts >= 100 ? 100 : w->hosts >= 10 ? 10 : 3;
    if (order.len > 0) {
        hmi_say_trait(voice, HMI_ONSET, &span, hmi_buf_text(&order));
        hmi_say_traitf(voice, HMI_ONSET, &span, "%.*s, %u and more hosts within ten minutes",
                       HMI_FMT(hmi_buf_text(&order)), class);
        hmi_say_fact(voice, "behaviour-onset", "%u of %zu hosts within %u s: %.*s", w->hosts,
                     onset->host_count, last->second - first->second,
                     HMI_FMT(hmi_buf_text(&order)));
    }
    for (size_t i = w->begin; i < w->end; i++) {
        hmi_say_fact(voice, "behaviour-onset", "%.*s: %s",
                     HMI_FMT(hmi_names_text(names, onset->hosts[onset->deeds[i].host].name)),
                     DEEDS[onset->deeds[i].deed]);
    }
    hmi_buf_fini(&order);
}

void hmi_onset_say(hmi_onset *onset, const hmi_names *names, hmi_voice *voice)
{
    static const hmi_deed alone[] = { HMI_DEED_LOG_CLEARED, HMI_DEED_BACKUP_DELETED,
                                      HMI_DEED_WIPED };
    window worst;
    hmi_voice_begin(voice);
    for (size_t i = 0; i < HMI_COUNT(alone); i++) {
        if (onset->by_deed[alone[i]] > 0) {
            hmi_say_traitf(voice, HMI_BEHAVIOUR, &onset->spans[alone[i]], "%s", DEEDS[alone[i]]);
        }
    }
    if (onset->host_count >= HOSTS_MIN) {
        add_silences(onset);
        qsort(onset->deeds, onset->deed_count, sizeof(*onset->deeds), by_time);
        if (worst_window(onset, voice->reading->arena, &worst)) {
            say_window(onset, &worst, names, voice);
        }
    }
    if (onset->refused > 0) {
        hmi_say_note(voice, "%llu destructive acts beyond the first %zu were not placed in time",
                     (unsigned long long)onset->refused, onset->deed_max);
    }
}
