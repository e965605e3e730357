/* SPDX-License-Identifier: Apache-2.0
 *
 * bench_capture.c - how fast a capture becomes events, and traits.
 *
 *     build/bench/bench_capture [megabytes] [file to write it to]
 *
 * The capture is made in memory, shaped like an office's: some twenty thousand clients, web
 * requests with replies of a few to a few dozen full segments, and a DNS question and answer for
 * each. Written to a file it can be given to other programs. Figures are of processor time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "formats/record/capture/capture.h"
#include "formats/record/harvest.h"

static uint64_t state = 0x9e3779b97f4a7c15u;

static unsigned pick(unsigned below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)(state >> 33) % below;
}

typedef struct film {
    uint8_t *bytes;
    size_t len;
    uint64_t us;
} film;

static void put(film *f, const void *bytes, size_t len)
{
    memcpy(f->bytes + f->len, bytes, len);
    f->len += len;
}

static void put_le32(film *f, uint64_t value)
{
    uint8_t out[4] = { (uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16),
                       (uint8_t)(value >> 24) };
    put(f, out, 4);
}

static void put_be16(film *f, unsigned value)
{
    uint8_t out[2] = { (uint8_t)(value >> 8), (uint8_t)value };
    put(f, out, 2);
}

static void put_be32(film *f, uint32_t value)
{
    put_be16(f, value >> 16);
    put_be16(f, value & 0xffff);
}

typedef struct talk {
    uint32_t client, server;
    uint16_t client_port, server_port;
} talk;

static void put_packet(film *f, const talk *t, bool up, bool tcp, uint32_t seq, unsigned flags,
                       const void *payload, size_t len)
{
    size_t header = tcp ? 20 : 8, total = 14 + 20 + header + len;
    put_le32(f, f->us / 1000000);
    put_le32(f, f->us % 1000000);
    put_le32(f, total);
    put_le32(f, total);
    f->us += 20;
    put(f, "\1\1\1\1\1\1\2\2\2\2\2\2\x08\0\x45\0", 16);
    put_be16(f, (unsigned)(20 + header + len));
    put(f, tcp ? "\0\0\0\0\x40\6\0\0" : "\0\0\0\0\x40\x11\0\0", 8);
    put_be32(f, up ? t->client : t->server);
    put_be32(f, up ? t->server : t->client);
    put_be16(f, up ? t->client_port : t->server_port);
    put_be16(f, up ? t->server_port : t->client_port);
    if (tcp) {
        put_be32(f, seq);
        put_be32(f, 0);
        put_be16(f, 0x5000 | flags);
        put_be16(f, 0xffff);
        put_be32(f, 0);
    } else {
        put_be16(f, (unsigned)(8 + len));
        put_be16(f, 0);
    }
    put(f, payload, len);
}

static void put_visit(film *f)
{
    static uint8_t content[1400];
    char request[512];
    unsigned site = pick(5000), page = pick(3000);
    talk t = { 0x0a000000u + pick(20000), 0xc6336400u + site % 200, (uint16_t)(20000 + pick(40000)),
               53 };
    char query[64] = "\x12\x34\1\0\0\1\0\0\0\0\0\0\3www\7", answer[80];
    int len = snprintf(query + 17, 40, "site%03u\3net", site % 1000);
    size_t query_len = 17 + (size_t)len + 1 + 4;
    memcpy(query + query_len - 4, "\0\1\0\1", 4);
    memcpy(answer, query, query_len);
    answer[2] = (char)0x81;
    answer[7] = 1;
    memcpy(answer + query_len, "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc6\x33\x64\1", 16);
    put_packet(f, &t, true, false, 0, 0, query, query_len);
    put_packet(f, &t, false, false, 0, 0, answer, query_len + 16);
    t.server_port = 80;
    len =
        snprintf(request, sizeof(request),
                 "GET /page/%u.html HTTP/1.1\r\nHost: www.site%03u.net\r\nUser-Agent: Mozilla/5.0 "
                 "(X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.%u\r\n\r\n",
                 page, site % 1000, pick(9));
    put_packet(f, &t, true, true, 0, 2, "", 0);
    put_packet(f, &t, false, true, 0, 18, "", 0);
    put_packet(f, &t, true, true, 1, 16, request, (size_t)len);
    for (unsigned i = 0, n = 2 + pick(30); i < n; i++) {
        put_packet(f, &t, false, true, 1 + i * 1400, 16, content, sizeof(content));
        if (i % 2 == 1) {
            put_packet(f, &t, true, true, 1 + (uint32_t)len, 16, "", 0);
        }
    }
    put_packet(f, &t, true, true, 1 + (uint32_t)len, 17, "", 0);
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
    hmi_capture_sums sums = { .frames = 0 };
    hmi_arena_init(&arena, 64 << 20);
    int64_t begin = cpu_us();
    int code = hmi_capture_read(&arena, file, &sink.sink, &sums, err);
    double us = (double)(cpu_us() - begin);
    printf("to events: %.0f MB/s, %.2f M packets/s (%llu packets, %llu flows, %llu events)\n",
           (double)file.len / us, (double)sums.frames / us, (unsigned long long)sums.frames,
           (unsigned long long)sums.flows, (unsigned long long)sink.events);
    hmi_arena_fini(&arena);
    return code;
}

static int to_traits(hm_bytes file, hm_err *err)
{
    static const hmi_sink_ops ops = { .trait = count_trait, .note = hear_note, .fact = hear_fact };
    hmi_sink sink = { &ops };
    hmi_arena arena;
    hmi_capture_sums sums;
    hmi_harvest *harvest = NULL;
    hmi_arena_init(&arena, 64 << 20);
    hmi_reading reading = { .arena = &arena, .sink = &sink, .context_us = HMI_TIME_NONE };
    int64_t begin = cpu_us();
    int code = hmi_harvest_new(&reading, file, &harvest, err);
    if (code == HM_OK) {
        code = hmi_capture_read(&arena, file, hmi_harvest_sink(harvest), &sums, err);
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

static void save(const char *path, hm_bytes bytes)
{
    FILE *out = fopen(path, "wb");
    if (out == NULL || fwrite(bytes.ptr, 1, bytes.len, out) != bytes.len) {
        fprintf(stderr, "cannot write %s\n", path);
    }
    if (out != NULL) {
        (void)fclose(out);
    }
}

int main(int argc, char **argv)
{
    size_t size = (argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : 256) * 1000000;
    hm_err err = { 0 };
    film f = { .bytes = malloc(size + (1 << 17)), .us = UINT64_C(1600000000000000) };
    if (f.bytes == NULL) {
        fprintf(stderr, "no memory for the capture\n");
        return 1;
    }
    put(&f, "\xd4\xc3\xb2\xa1\2\0\4\0\0\0\0\0\0\0\0\0\0\0\4\0\1\0\0\0", 24);
    while (f.len < size) {
        put_visit(&f);
    }
    hm_bytes file = { f.bytes, f.len };
    if (argc > 2) {
        save(argv[2], file);
    }
    int code = to_events(file, &err);
    code = code == HM_OK ? to_traits(file, &err) : code;
    if (code < 0) {
        fprintf(stderr, "%s\n", err.text);
    }
    free(f.bytes);
    return code < 0 ? 1 : 0;
}
