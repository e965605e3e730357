/* SPDX-License-Identifier: Apache-2.0
 *
 * bench_evtx.c - how fast a Windows event log becomes events, and traits.
 *
 *     build/bench/bench_evtx [megabytes] [file to write it to]
 *
 * The log is made in memory: process creations as Sysmon writes them, some hundred programs on some
 * hundred machines. Written to a file it can be given to other programs. Figures are of processor
 * time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "formats/record/evtx/evtx.h"
#include "formats/record/harvest.h"
#include "unit/formats/evtx_write.h"

static uint64_t state = 0x9e3779b97f4a7c15u;

static unsigned pick(unsigned below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)(state >> 33) % below;
}

static const char *const LABELS[] = { "RuleName", "ProcessGuid", "Image",       "CommandLine",
                                      "User",     "Hashes",      "ParentImage", "ParentCommandLine",
                                      "Company",  NULL };

static void put_record(evtx_writer *w, unsigned i)
{
    char computer[32], image[96], line[200], user[32], hashes[128];
    unsigned program = pick(300);
    snprintf(computer, sizeof(computer), "pc%03u.example.org", pick(200));
    snprintf(image, sizeof(image), "C:\\Program Files\\Vendor %u\\Tool\\program%u.exe",
             program % 40, program);
    snprintf(line, sizeof(line), "\"%s\" --mode=%u --input \"C:\\Users\\user%u\\file%u.txt\"",
             image, pick(5), pick(500), pick(4000));
    snprintf(user, sizeof(user), "CORP\\user%u", pick(500));
    snprintf(hashes, sizeof(hashes), "MD5=%032x,IMPHASH=%032x", program * 7919, program);
    const char *const values[] = { "-",
                                   "{0123-4567-89ab}",
                                   image,
                                   line,
                                   user,
                                   hashes,
                                   "C:\\Windows\\explorer.exe",
                                   "C:\\Windows\\Explorer.EXE",
                                   "Vendor" };
    evtx_record(w, "Microsoft-Windows-Sysmon/Operational", 1,
                UINT64_C(134045712000000000) + (uint64_t)i * 1000000, computer, values);
}

typedef struct counting_sink {
    hmi_event_sink sink; /* first */
    uint64_t events, fields;
} counting_sink;

static int count_event(hmi_event_sink *sink, const hmi_event *event,
                       __attribute__((unused)) hm_err *err)
{
    counting_sink *s = (counting_sink *)(void *)sink;
    s->events++;
    s->fields += event->field_count;
    return HM_OK;
}

static uint64_t trait_count;

static int hear_note(__attribute__((unused)) hmi_sink *sink,
                     __attribute__((unused)) const hmi_note *note,
                     __attribute__((unused)) hm_err *err)
{
    return HM_OK;
}

static int hear_fact(__attribute__((unused)) hmi_sink *sink, __attribute__((unused)) hm_text name,
                     __attribute__((unused)) hm_text value, __attribute__((unused)) hm_err *err)
{
    return HM_OK;
}

static int count_trait(__attribute__((unused)) hmi_sink *sink,
                       __attribute__((unused)) const hmi_trait *trait,
                       __attribute__((unused)) hm_err *err)
{
    trait_count++;
    return HM_OK;
}

static int64_t cpu_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int to_events(hm_bytes file, hm_err *err)
{
    hmi_arena arena;
    counting_sink sink = { .sink = { count_event } };
    hmi_evtx_sums sums;
    hmi_arena_init(&arena, 64 << 20);
    int64_t begin = cpu_us();
    int code = hmi_evtx_read(&arena, file, &sink.sink, &sums, err);
    double us = (double)(cpu_us() - begin);
    printf("to events: %.0f MB/s, %.2f M records/s (%llu events, %llu fields)\n",
           (double)file.len / us, (double)sink.events / us, (unsigned long long)sink.events,
           (unsigned long long)sink.fields);
    hmi_arena_fini(&arena);
    return code;
}

static int to_traits(hm_bytes file, hm_err *err)
{
    static const hmi_sink_ops ops = { .trait = count_trait, .note = hear_note, .fact = hear_fact };
    hmi_sink sink = { &ops };
    hmi_arena arena;
    hmi_evtx_sums sums;
    hmi_harvest *harvest = NULL;
    hmi_arena_init(&arena, 64 << 20);
    hmi_reading reading = { .arena = &arena, .sink = &sink, .context_us = HMI_TIME_NONE };
    int64_t begin = cpu_us();
    int code = hmi_harvest_new(&reading, file, &harvest, err);
    if (code == HM_OK) {
        code = hmi_evtx_read(&arena, file, hmi_harvest_sink(harvest), &sums, err);
    }
    if (code == HM_OK) {
        code = hmi_harvest_end(harvest, err);
    }
    printf("to traits: %.0f MB/s (%llu traits, arena %zu KiB)\n",
           (double)file.len / (double)(cpu_us() - begin), (unsigned long long)trait_count,
           arena.used / 1024);
    hmi_harvest_free(harvest);
    hmi_arena_fini(&arena);
    return code;
}

int main(int argc, char **argv)
{
    size_t size = (argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : 128) * 1000000;
    hm_err err = { 0 };
    evtx_writer w;
    evtx_init(&w, LABELS);
    for (unsigned i = 0; w.file.len < size && !w.file.bad; i++) {
        put_record(&w, i);
    }
    evtx_end_chunk(&w);
    hm_bytes file = hmi_buf_bytes(&w.file);
    FILE *out = argc > 2 ? fopen(argv[2], "wb") : NULL;
    if (argc > 2 && (out == NULL || fwrite(file.ptr, 1, file.len, out) != file.len)) {
        fprintf(stderr, "cannot write %s\n", argv[2]);
    }
    if (out != NULL) {
        (void)fclose(out);
    }
    int code = to_events(file, &err);
    code = code == HM_OK ? to_traits(file, &err) : code;
    if (code < 0) {
        fprintf(stderr, "%s\n", err.text);
    }
    hmi_buf_fini(&w.file);
    return code < 0 ? 1 : 0;
}
