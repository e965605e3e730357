/* SPDX-License-Identifier: Apache-2.0
 *
 * bench_jail.c - what the walls cost: one piece through a worker, and traits through the protocol.
 *
 *     build/bench/bench_jail build/src/jail/hallmark-worker
 *                      64 KiB of unknown data, and the same reading in this process
 *     build/bench/bench_jail build/tests/unit/jail/hallmark-worker-test flood
 *                      the same without any reading, and floods of 100,000 traits from a process
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/error.h"
#include "base/num.h"
#include "base/time.h"
#include "jail/protocol.h"

enum { SAMPLE = 64 << 10, ROUNDS = 1000, TRAITS = 1000000, FLOODS = 10 };

static uint64_t heard;

static int on_trait(hmi_sink *sink, const hmi_trait *trait, hm_err *err)
{
    (void)sink;
    (void)err;
    heard += trait->count;
    return HM_OK;
}

static const hmi_sink_ops OPS = { .trait = on_trait };
static hmi_sink sink = { &OPS };

static void need(int code, const hm_err *err)
{
    if (code < 0) {
        fprintf(stderr, "bench_jail: %s\n", err->text);
        exit(1);
    }
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void print_times(const char *what, int64_t times[ROUNDS])
{
    qsort(times, ROUNDS, sizeof(times[0]), by_value);
    printf("%-44s p50 %6lld us   p90 %6lld us   p99 %6lld us\n", what, (long long)times[ROUNDS / 2],
           (long long)times[ROUNDS * 9 / 10], (long long)times[ROUNDS * 99 / 100]);
}

/* Seal, submit, read, reap: all that one piece costs. */
static hmi_job_done one_piece(hmi_jail *jail, hm_bytes sample)
{
    hm_err err = { 0 };
    hmi_job_done done = { .verdict = HMI_VERDICT_CRASHED };
    hmi_job job = { .size = sample.len, .sink = &sink, .context_us = HMI_TIME_NONE };
    need(hmi_jail_seal(sample, &job.fd, &err), &err);
    need(hmi_jail_submit(jail, &job, &err), &err);
    close(job.fd);
    need(hmi_jail_wait(jail, -1, &done, &err), &err);
    return done;
}

static void bench_pieces(hmi_jail *jail, hm_bytes sample)
{
    static int64_t times[ROUNDS];
    const char *verdict = "";
    for (int i = 0; i < ROUNDS; i++) {
        int64_t start = hmi_clock_us();
        verdict = hmi_verdict_name(one_piece(jail, sample).verdict);
        times[i] = hmi_clock_us() - start;
    }
    char what[64];
    snprintf(what, sizeof(what), "one piece of 64 KiB in the jail (%s)", verdict);
    print_times(what, times);
}

static void bench_unjailed(hm_bytes sample)
{
    static int64_t times[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        hm_err err = { 0 };
        hmi_arena arena;
        int64_t start = hmi_clock_us();
        hmi_arena_init(&arena, 64 << 20);
        hmi_reading reading = { .arena = &arena, .sink = &sink, .context_us = HMI_TIME_NONE };
        need(hmi_jail_read_unjailed(&reading, sample, &err), &err);
        hmi_arena_fini(&arena);
        times[i] = hmi_clock_us() - start;
    }
    print_times("the same reading without walls", times);
}

static int straight(void *with, hm_bytes packet, hm_err *err)
{
    return hmi_decoder_take(with, packet, err);
}

/* A program's mix: functions with fingerprints, strings, addresses. */
static hmi_trait make_trait(uint64_t i, char text[64])
{
    static const uint8_t fingerprint[120] = { 1 };
    hmi_trait trait = { .role = HMI_ROLE_CONTENT,
                        .offset = i,
                        .count = 1,
                        .first_us = HMI_TIME_NONE,
                        .last_us = HMI_TIME_NONE };
    int len = 0;
    if (i % 4 == 0) {
        trait.class_id = HMI_FUNCTION;
        trait.detail = hmi_bytes(fingerprint, sizeof(fingerprint));
        len = snprintf(text, 64, "%032llx", (unsigned long long)(i * 0x9e3779b97f4a7c15));
    } else if (i % 4 == 1) {
        trait.class_id = HMI_ADDRESS;
        len = snprintf(text, 64, "%u.%u.%u.%u", 1 + (unsigned)(i % 200), (unsigned)(i >> 8 & 255),
                       (unsigned)(i >> 16 & 255), (unsigned)(i & 255));
    } else {
        trait.class_id = HMI_STRING;
        len = snprintf(text, 64, "a string of usual length, %llu", (unsigned long long)i);
    }
    trait.value = hmi_text(text, (size_t)len);
    return trait;
}

static void bench_protocol(void)
{
    static hmi_encoder encoder;
    static char texts[1024][64];
    static hmi_trait traits[1024];
    static const hmi_quota QUOTA = { .output_max = 1 << 20, .members_max = 1 };
    hmi_decoder decoder;
    hm_err err = { 0 }, why = { .offset = HM_OFFSET_NONE };
    for (uint64_t i = 0; i < 1024; i++) {
        traits[i] = make_trait(i, texts[i]);
    }
    hmi_decoder_init(&decoder, QUOTA, UINT64_MAX - 1, &sink);
    hmi_encoder_init(&encoder, QUOTA, straight, &decoder);
    heard = 0;
    int64_t start = hmi_clock_us();
    for (uint64_t i = 0; i < TRAITS; i++) {
        need(hmi_sink_trait(&encoder.sink, &traits[i % 1024], &err), &err);
    }
    need(hmi_encoder_end(&encoder, &why, false, &err), &err);
    int64_t us = hmi_clock_us() - start;
    hmi_decoder_fini(&decoder);
    printf("%-44s %.2f M traits/s (%llu heard)\n", "encode, check, hand on (one thread)",
           (double)TRAITS / (double)us, (unsigned long long)heard);
}

static void bench_flood(hmi_jail *jail)
{
    heard = 0;
    int64_t start = hmi_clock_us();
    for (int i = 0; i < FLOODS; i++) {
        (void)one_piece(jail, HM_BYTES("flood"));
    }
    int64_t us = hmi_clock_us() - start;
    printf("%-44s %.2f M traits/s (%llu heard)\n", "from a worker through its channel",
           (double)heard / (double)us, (unsigned long long)heard);
}

int main(int argc, char **argv)
{
    static uint8_t sample[SAMPLE];
    hm_err err = { 0 };
    hmi_jail *jail = NULL;
    hmi_jail_options options = { .worker = argc > 1 ? argv[1] : NULL, .cpu_ms = 60000 };
    bool flood = argc > 2;
    uint64_t state = 1;
    for (size_t i = 0; i < SAMPLE; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        sample[i] = (uint8_t)(state >> 56);
    }
    memcpy(sample, "data ", 5); /* a verb, to the worker that knows verbs */
    need(hmi_jail_open(&options, &jail, &err), &err);
    bench_pieces(jail, hmi_bytes(sample, SAMPLE));
    if (flood) {
        bench_flood(jail);
    } else {
        bench_unjailed(hmi_bytes(sample, SAMPLE));
    }
    bench_protocol();
    hmi_jail_close(jail);
    return 0;
}
