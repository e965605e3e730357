/* SPDX-License-Identifier: Apache-2.0
 *
 * hits.c - one hit: its id, whether it is told, and to whom.
 *
 * WHY    An indicator that hits nearly every line says nothing and buries the others; it is broken
 * off, visibly. Ids depend on the record alone, so a repeated hit is known by its id.
 */
#include "base/error.h"
#include "base/hash.h"
#include "watch/inside.h"

void hmi_watch_name(hm_text path, const hm_hit *m, hmi_watch_hit *ret_hit)
{
    hmi_watch_hit *hit = ret_hit;
    *hit = (hmi_watch_hit){ .match = m, .path = path };
    hmi_sha256 line = hmi_sha256_of(m->record);
    hmi_buf text;
    hmi_buf_init(&text, 0);
    hmi_buf_add_cstr(&text, "hallmark-hit-1");
    hmi_buf_add_u8(&text, 0);
    hmi_buf_add_text(&text, path);
    hmi_buf_add_u8(&text, 0);
    hmi_buf_add_u64(&text, m->offset);
    hmi_buf_add_u8(&text, (uint8_t)m->semantic);
    hmi_buf_add_cstr(&text, m->kind);
    hmi_buf_add_u8(&text, 0);
    hmi_buf_add_text(&text, m->value);
    hmi_buf_add(&text, hmi_bytes(line.bytes, sizeof(line.bytes)));
    hmi_sha256 id = hmi_sha256_of(hmi_buf_bytes(&text));
    hmi_buf_fini(&text);
    hmi_hex(hmi_bytes(id.bytes, 16), hit->id);
    hmi_hex(hmi_bytes(line.bytes, sizeof(line.bytes)), hit->line_sha256);
}

static uint64_t kind_seed(const char *kind)
{
    return hmi_xxh3(hmi_text_bytes(hmi_text_of(kind)), 7);
}

static uint64_t key_of(const hm_hit *m)
{
    return hmi_xxh3(hmi_text_bytes(m->value), kind_seed(m->kind)) >> 25;
}

/* True when this hit is not to be told any more. */
static bool broken_off(hmi_watch *w, const hm_hit *m)
{
    /* Among the lines of all sources, each counted once. */
    uint64_t line = w->sums.lines + m->line - w->current_lines;
    uint64_t feed = m->source.len == 0 ? 0 : hmi_xxh3(hmi_text_bytes(m->source), 7) >> 25;
    hmi_break one = hmi_breaker_hit(w->breaker, key_of(m), line);
    hmi_break all = m->source.len == 0 || one == HMI_BREAK_BEFORE
                        ? HMI_BREAK_NO
                        : hmi_breaker_hit(w->breaker, HMI_BREAK_SOURCE + feed, line);
    if (one == HMI_BREAK_NOW) {
        w->sums.broken_off++;
        hmi_watch_notice(w, "broken off: this indicator hits a large share of all lines", m->value);
    }
    if (all == HMI_BREAK_NOW) {
        w->sums.broken_off++;
        hmi_watch_notice(w, "broken off: this feed hits a large share of all lines", m->source);
    }
    return one == HMI_BREAK_BEFORE || all == HMI_BREAK_BEFORE;
}

static int on_match(void *user, const hm_hit *m, hm_err *err)
{
    hmi_watch *w = user;
    if (broken_off(w, m)) {
        w->sums.suppressed++;
        return HM_OK;
    }
    hmi_watch_hit hit;
    hmi_watch_name(hmi_text_of(w->current->path), m, &hit);
    hit.wrapped = hm_scanner_unwrapped(w->current->scanner);
    hit.times = hmi_breaker_count(w->breaker, key_of(m));
    w->sums.hits++;
    return w->listener.hit(w->listener.with, &hit, err);
}

int hmi_watch_scan(hmi_watch *w, hmi_source *s, hm_bytes records, hm_err *err)
{
    uint64_t offset;
    uint64_t before;
    uint64_t after;
    if (records.len == 0) {
        return HM_OK;
    }
    hm_scanner_position(s->scanner, &offset, &before);
    w->current = s;
    w->current_lines = before;
    HMI_TRY(hm_scanner_scan(s->scanner, records, on_match, w, err));
    hm_scanner_position(s->scanner, &offset, &after);
    w->sums.lines += after - before;
    w->sums.bytes += records.len;
    w->moved = true;
    return HM_OK;
}
