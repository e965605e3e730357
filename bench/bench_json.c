/* SPDX-License-Identifier: Apache-2.0
 *
 * bench_json.c - how fast a STIX-like bundle is read: by us, by jansson, by simdjson's own tree.
 *
 *     ninja -C build bench/bench_json && build/bench/bench_json [megabytes]
 *
 * The bundle is generated from a fixed seed: indicators with long ids, times, patterns and now and
 * then an escape. Best of several runs each; parsers are reused, as a server would.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/time.h"
#include "bench_json_others.h"

static uint64_t state = 88172645463325252u;

static unsigned draw(unsigned below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)(state % below);
}

static void put_object(hmi_json_writer *w, hmi_buf *scratch)
{
    static const char *const TYPES[] = { "indicator", "malware", "attack-pattern", "relationship" };
    const char *type = TYPES[draw(4)];
    hmi_buf_clear(scratch);
    hmi_buf_printf(scratch, "%s--%08x-%04x-4%03x-8%03x-%08x%04x", type, draw(1u << 31), draw(65536),
                   draw(4096), draw(4096), draw(1u << 31), draw(65536));
    hmi_json_open_object(w);
    hmi_json_member_text(w, "type", hmi_text_of(type));
    hmi_json_member_text(w, "spec_version", HM_TEXT("2.1"));
    hmi_json_member_text(w, "id", hmi_buf_text(scratch));
    hmi_json_member_text(w, "created", HM_TEXT("2014-11-24T08:00:00.000Z"));
    hmi_json_member_text(w, "modified", HM_TEXT("2015-03-02T17:12:41.512Z"));
    hmi_buf_clear(scratch);
    hmi_buf_printf(scratch, "[ipv4-addr:value = '%u.%u.%u.%u']", draw(256), draw(256), draw(256),
                   draw(256));
    hmi_json_member_text(w, "pattern", hmi_buf_text(scratch));
    hmi_json_member_text(w, "pattern_type", HM_TEXT("stix"));
    hmi_json_member_uint(w, "confidence", draw(101));
    hmi_json_member_bool(w, "revoked", draw(20) == 0);
    hmi_json_member_text(w, "description",
                         draw(4) == 0 ? HM_TEXT("Seen in \"Operation X\":\n\tdropper and wiper.")
                                      : HM_TEXT("An address that the dropper asked for its next "
                                                "stage; shared hosting, low weight."));
    hmi_json_put_key(w, HM_TEXT("labels"));
    hmi_json_open_array(w);
    for (unsigned i = draw(4); i > 0; i--) {
        hmi_json_put_text(w, HM_TEXT("malicious-activity"));
    }
    hmi_json_close_array(w);
    hmi_json_close_object(w);
}

static void make_bundle(hmi_buf *buf, size_t size)
{
    hmi_buf scratch;
    hmi_json_writer w;
    hmi_buf_init(&scratch, 0);
    hmi_json_begin(&w, buf, false);
    hmi_json_open_object(&w);
    hmi_json_member_text(&w, "type", HM_TEXT("bundle"));
    hmi_json_put_key(&w, HM_TEXT("objects"));
    hmi_json_open_array(&w);
    while (buf->len < size && buf->bad == 0) {
        put_object(&w, &scratch);
    }
    hmi_json_close_array(&w);
    hmi_json_close_object(&w);
    hmi_buf_fini(&scratch);
}

static hmi_json *parser;

static bool parse_ours(const char *ptr, size_t len)
{
    hmi_value root;
    return hmi_json_parse(parser, hmi_bytes(ptr, len), 0, &root, NULL) == HM_OK;
}

static void measure(const char *name, bool (*parse)(const char *, size_t), hm_text text, int runs)
{
    int64_t best = INT64_MAX;
    for (int i = 0; i < runs; i++) {
        int64_t begin = hmi_clock_us();
        if (!parse(text.ptr, text.len)) {
            printf("%-14s refused the bundle\n", name);
            return;
        }
        int64_t took = hmi_clock_us() - begin;
        best = took < best ? took : best;
    }
    printf("%-14s %8.1f ms  %8.1f MB/s\n", name, (double)best / 1000,
           (double)text.len / (double)best);
}

int main(int argc, char **argv)
{
    size_t megabytes = argc > 1 ? strtoul(argv[1], NULL, 10) : 40;
    hmi_buf buf;
    hmi_buf_init(&buf, 0);
    make_bundle(&buf, megabytes * 1000000);
    if (buf.bad != 0 || hmi_json_new(&parser, NULL) < 0) {
        return 1;
    }
    printf("bundle of %.1f MB\n", (double)buf.len / 1e6);
    measure("hallmark", parse_ours, hmi_buf_text(&buf), 7);
    measure("simdjson tree", bench_parse_simdjson, hmi_buf_text(&buf), 7);
#ifdef HMI_BENCH_JANSSON
    measure("jansson", bench_parse_jansson, hmi_buf_text(&buf), 3);
#endif
    hmi_json_free(parser);
    hmi_buf_fini(&buf);
    return 0;
}
