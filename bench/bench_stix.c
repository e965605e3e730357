/* SPDX-License-Identifier: Apache-2.0
 *
 * bench_stix.c - how many STIX objects a second are read, on a bundle made here.
 *
 *     bench_stix [objects]      default 100000; prints JSON: objects, bytes, seconds, rates
 *
 * The bundle is a third indicators, a third observables, the rest malware and relationships: the
 * mix of public feeds. memchr over the same bytes in the same run is the yardstick.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/error.h"
#include "formats/reader.h"

extern const hmi_reader hmi_reader_stix;

typedef struct counter {
    hmi_sink sink;
    size_t traits, objects;
} counter;

static int on_trait(hmi_sink *sink, const hmi_trait *trait, hm_err *err)
{
    (void)trait;
    (void)err;
    ((counter *)(void *)sink)->traits++;
    return HM_OK;
}

static int on_object(hmi_sink *sink, const hmi_object *object, hm_err *err)
{
    (void)object;
    (void)err;
    ((counter *)(void *)sink)->objects++;
    return HM_OK;
}

static void add_object(hmi_buf *out, unsigned i)
{
    static const char COMMON[] =
        "\"spec_version\":\"2.1\",\"created\":\"2014-11-24T08:00:00.000Z\","
        "\"modified\":\"2014-11-24T08:00:00.000Z\"";
    unsigned a = i >> 16 & 255, b = i >> 8 & 255, c = i & 255;
    switch (i % 6) {
    case 0:
    case 1:
        hmi_buf_printf(
            out,
            "{\"type\":\"indicator\",\"id\":\"indicator--%08x-0000-4000-8000-"
            "000000000000\",%s,\"name\":\"made for measuring\",\"pattern_type\":\"stix\","
            "\"pattern\":\"[domain-name:value = 'h%u.evil.com' OR ipv4-addr:value = "
            "'45.%u.%u.%u']\",\"valid_from\":\"2014-11-24T08:00:00Z\"}",
            i, COMMON, i, a, b, c);
        break;
    case 2:
        hmi_buf_printf(
            out,
            "{\"type\":\"url\",\"spec_version\":\"2.1\",\"id\":\"url--%08x-0000-5000-8000-"
            "000000000000\",\"value\":\"http://h%u.evil.com/a/%u\"}",
            i, i, i);
        break;
    case 3:
        hmi_buf_printf(
            out,
            "{\"type\":\"file\",\"spec_version\":\"2.1\",\"id\":\"file--%08x-0000-5000-8000-"
            "000000000000\",\"hashes\":{\"SHA-256\":\"%064x\"},\"name\":\"w%u.exe\"}",
            i, i, i);
        break;
    case 4:
        hmi_buf_printf(
            out,
            "{\"type\":\"malware\",\"id\":\"malware--%08x-0000-4000-8000-000000000000\",%s,"
            "\"name\":\"made %u\",\"is_family\":true}",
            i, COMMON, i);
        break;
    default:
        hmi_buf_printf(out,
                       "{\"type\":\"relationship\",\"id\":\"relationship--%08x-0000-4000-8000-"
                       "000000000000\",%s,\"relationship_type\":\"indicates\",\"source_ref\":"
                       "\"indicator--%08x-0000-4000-8000-000000000000\",\"target_ref\":"
                       "\"malware--%08x-0000-4000-8000-000000000000\"}",
                       i, COMMON, i - 5, i - 1);
        break;
    }
}

static double measure(hm_bytes file, counter *count)
{
    static const hmi_sink_ops OPS = { .trait = on_trait, .object = on_object };
    hmi_arena arena;
    hm_err err;
    *count = (counter){ .sink = { &OPS } };
    hmi_arena_init(&arena, (size_t)64 << 20);
    hmi_reading reading = { .arena = &arena, .sink = &count->sink, .context_us = HMI_TIME_NONE };
    int64_t start = hmi_clock_us();
    if (hmi_reader_stix.read(&reading, file, &err) < 0) {
        fprintf(stderr, "%s\n", err.text);
        exit(1);
    }
    double seconds = (double)(hmi_clock_us() - start) / 1e6;
    hmi_arena_fini(&arena);
    return seconds;
}

static double yardstick(hm_bytes file)
{
    int64_t start = hmi_clock_us();
    size_t quotes = 0;
    for (size_t pos = 0; pos < file.len; quotes++) {
        size_t at = hmi_find_byte(hmi_slice(file, pos, file.len), '"');
        pos = at == HMI_NPOS ? file.len : pos + at + 1;
    }
    return quotes > 0 ? (double)(hmi_clock_us() - start) / 1e6 : 0;
}

int main(int argc, char **argv)
{
    unsigned objects = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 100000;
    hmi_buf out;
    hmi_buf_init(&out, 0);
    hmi_buf_add_cstr(&out, "{\"type\":\"bundle\",\"id\":\"bundle--00000000-0000-4000-8000-"
                           "000000000000\",\"objects\":[");
    for (unsigned i = 0; i < objects; i++) {
        hmi_buf_add_cstr(&out, i > 0 ? ",\n" : "");
        add_object(&out, i);
    }
    hmi_buf_add_cstr(&out, "]}");
    if (out.bad != 0) {
        return 1;
    }
    counter count;
    double best = 0;
    for (int run = 0; run < 3; run++) {
        double seconds = measure(hmi_buf_bytes(&out), &count);
        best = run == 0 || seconds < best ? seconds : best;
    }
    printf("{\"objects\":%zu,\"traits\":%zu,\"bytes\":%zu,\"seconds\":%.4f,"
           "\"objects_per_second\":%.0f,\"mb_per_second\":%.0f,\"memchr_seconds\":%.4f}\n",
           count.objects, count.traits, out.len, best, (double)count.objects / best,
           (double)out.len / best / 1e6, yardstick(hmi_buf_bytes(&out)));
    hmi_buf_fini(&out);
    return 0;
}
