/* SPDX-License-Identifier: Apache-2.0
 *
 * scanner.c - records in, matches out: chunk by chunk, in order, with line numbers.
 *
 * WHY    The kernels find places of one kind after the other; people want hits in order. A hit
 * waits until none can begin before it: HMI_REACH_BACK bytes behind the end of what was looked at.
 * TRUST  Records are any bytes. The calls of this file are the library's: misuse is answered.
 * OWNS   Each scanner its places and hits; the matcher is lent and never written to.
 */
#include "match/unwrap.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/num.h"

static const hmi_kernel *best_kernel(void)
{
    return hmi_kernel_for(hmi_cpu_has());
}

int hm_scanner_new(const hm_matcher *matcher, hm_scanner **ret_scanner, hm_err *err)
{
    if (matcher == NULL || ret_scanner == NULL) {
        return hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE, "no matcher given");
    }
    hm_scanner *s = calloc(1, sizeof(*s));
    if (s == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for a scanner");
    }
    s->set = matcher;
    s->kernel = best_kernel();
    hmi_buf_init(&s->found, 0);
    hmi_buf_init(&s->waiting, 0);
    *ret_scanner = s;
    return HM_OK;
}

void hm_scanner_free(hm_scanner *s)
{
    if (s != NULL) {
        free(s->hits);
        hmi_unwrapping_free(s->unwrapping);
        hmi_buf_fini(&s->found);
        hmi_buf_fini(&s->waiting);
        free(s);
    }
}

void hm_scanner_use(hm_scanner *s, const hm_matcher *matcher)
{
    if (s != NULL && matcher != NULL) {
        s->set = matcher;
        if (s->unwrapping != NULL) {
            s->unwrapping->inner->set = matcher;
        }
    }
}

void hm_scanner_seek(hm_scanner *s, uint64_t offset, uint64_t lines)
{
    if (s != NULL) {
        s->offset = offset;
        s->lines = lines;
    }
}

void hm_scanner_position(const hm_scanner *s, uint64_t *ret_offset, uint64_t *ret_lines)
{
    *ret_offset = s->offset;
    *ret_lines = s->lines;
}

int hm_scanner_path(hm_scanner *s, const char *choose, const char **ret_path, hm_err *err)
{
    const hmi_kernel *kernel = NULL;
    if (s == NULL) {
        return hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE, "no scanner given");
    }
    if (choose == NULL) {
        kernel = s->kernel;
    } else if (strcmp(choose, hmi_kernel_portable.name) == 0) {
        kernel = &hmi_kernel_portable;
    } else if (strcmp(choose, best_kernel()->name) == 0) {
        kernel = best_kernel();
    } else {
        return hmi_fail(err, HM_E_UNSUPPORTED, HM_OFFSET_NONE, "this machine has no such path");
    }
    s->kernel = kernel;
    if (s->unwrapping != NULL) {
        s->unwrapping->inner->kernel = kernel;
    }
    if (ret_path != NULL) {
        *ret_path = kernel->name;
    }
    return HM_OK;
}

int hm_scanner_unwrap(hm_scanner *s, unsigned what, hm_err *err)
{
    if (s == NULL || (what & ~(unsigned)(HM_UNWRAP_UTF16 | HM_UNWRAP_BASE64)) != 0) {
        return hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE, "no scanner, or nothing to look through");
    }
    hmi_unwrapping *unwrapping = NULL;
    if (what != 0) {
        HMI_TRY(hmi_unwrapping_new(s, what, &unwrapping, err));
    }
    hmi_unwrapping_free(s->unwrapping);
    s->unwrapping = unwrapping;
    return HM_OK;
}

unsigned hm_scanner_unwrapped(const hm_scanner *s)
{
    return s != NULL && s->unwrapping != NULL ? s->unwrapping->now : 0;
}

/* ---- Hits */

static void push(hm_scanner *s, hmi_hit hit, hm_text found)
{
    if (s->hit_count == s->hit_capacity) {
        size_t capacity = s->hit_capacity == 0 ? 256 : 2 * s->hit_capacity;
        hmi_hit *hits = reallocarray(s->hits, capacity, sizeof(*hits));
        if (hits == NULL) {
            s->bad = HM_E_MEMORY;
            return;
        }
        s->hits = hits;
        s->hit_capacity = capacity;
    }
    hit.found = (uint32_t)s->found.len;
    hit.found_len = (uint32_t)found.len;
    s->hits[s->hit_count++] = hit;
    hmi_buf_add_text(&s->found, found);
    s->bad = s->found.bad != 0 ? s->found.bad : s->bad;
}

void hmi_hit_add(hm_scanner *s, const hmi_view *v, size_t start, size_t end, uint32_t row,
                 hm_semantic semantic, hm_text found)
{
    uint64_t offset = start;
    uint64_t len = end - start;
    if (v->origin != NULL) {
        offset = v->base + v->origin[start];
        len = v->base + v->origin[end] - offset;
        if (len == end - start) {
            return; /* no bracket in it: it was seen where it stands */
        }
    }
    push(s, (hmi_hit){ .offset = offset, .len = (uint32_t)len, .row = row, .semantic = semantic },
         found);
}

static int by_place(const void *a, const void *b)
{
    const hmi_hit *x = a;
    const hmi_hit *y = b;
    if (x->offset != y->offset) {
        return x->offset < y->offset ? -1 : 1;
    }
    if (x->row != y->row) {
        return x->row < y->row ? -1 : 1;
    }
    return x->semantic != y->semantic ? (x->semantic < y->semantic ? -1 : 1)
                                      : (x->len > y->len) - (x->len < y->len);
}

static uint64_t newlines_in(const uint8_t *ptr, size_t len)
{
    uint64_t count = 0;
    const uint8_t *end = ptr + len;
    while (ptr < end && (ptr = memchr(ptr, '\n', (size_t)(end - ptr))) != NULL) {
        count++;
        ptr++;
    }
    return count;
}

typedef struct told {
    hm_hit_fn *fn;
    void *user;
} told;

static int tell(hm_scanner *s, const told *to, const hmi_hit *h, hm_err *err)
{
    size_t start;
    size_t end;
    const hmi_row *row = &s->set->rows[h->row];
    hmi_line_bounds(&s->view, (size_t)h->offset, &start, &end);
    size_t shown = end > start && s->view.ptr[end - 1] == '\r' ? end - 1 : end;
    hm_hit hit = {
        .offset = s->offset + h->offset,
        .len = h->len,
        .line = h->line,
        .line_offset = s->offset + start,
        .record = { s->view.ptr + start, shown - start },
        .indicator = h->row,
        .semantic = h->semantic,
        .kind = hmi_class_find(row->class_id)->name,
        .value = hmi_set_value(s->set, h->row),
        .found = { (const char *)s->found.ptr + h->found, h->found_len },
        .id = hmi_set_id(s->set, h->row),
        .source = hmi_set_source(s->set, h->row),
        .feed_line = row->line,
    };
    if (s->unwrapping != NULL) {
        s->unwrapping->now = h->wrapped;
    }
    return to->fn(to->user, &hit, err);
}

/* Gives the hits of a chunk their lines. No token crosses a line, so one that began in the chunk
 * before lies in the line that this chunk begins with. */
static void number_lines(hm_scanner *s, size_t first, size_t chunk_start)
{
    uint64_t line = s->lines + 1;
    size_t counted = chunk_start;
    for (size_t i = first; i < s->hit_count; i++) {
        hmi_hit *h = &s->hits[i];
        if (h->offset > counted) {
            line += newlines_in(s->view.ptr + counted, (size_t)h->offset - counted);
            counted = (size_t)h->offset;
        }
        h->line = line;
    }
}

/* What waits is moved to the front, its texts too. */
static void keep_from(hm_scanner *s, size_t first)
{
    hmi_buf_clear(&s->waiting);
    for (size_t i = first; i < s->hit_count; i++) {
        hmi_hit *h = &s->hits[i];
        uint32_t at = (uint32_t)s->waiting.len;
        hmi_buf_add(&s->waiting, hmi_bytes(s->found.ptr + h->found, h->found_len));
        h->found = at;
        s->hits[i - first] = *h;
    }
    hmi_buf found = s->found;
    s->found = s->waiting;
    s->waiting = found;
    s->hit_count -= first;
    s->bad = s->found.bad != 0 ? s->found.bad : s->bad;
}

/* Hands on, in order, the hits that begin before `limit`: none can come before them any more. */
static int flush(hm_scanner *s, const told *to, size_t chunk_start, size_t limit, hm_err *err)
{
    if (s->bad != 0) {
        return hmi_fail(err, s->bad, HM_OFFSET_NONE, "no memory for hits");
    }
    if (s->hit_count == 0) {
        return HM_OK;
    }
    size_t fresh = s->hits_waiting;
    qsort(s->hits + fresh, s->hit_count - fresh, sizeof(*s->hits), by_place);
    number_lines(s, fresh, chunk_start);
    if (fresh > 0) {
        qsort(s->hits, s->hit_count, sizeof(*s->hits), by_place);
    }
    size_t i = 0;
    for (; i < s->hit_count && s->hits[i].offset < limit; i++) {
        const hmi_hit *h = &s->hits[i];
        if (i == 0 || h[-1].offset != h->offset || h[-1].row != h->row) {
            HMI_TRY(tell(s, to, h, err));
        }
    }
    keep_from(s, i);
    s->hits_waiting = s->hit_count;
    return HM_OK;
}

static void begin(hm_scanner *s, hm_bytes records)
{
    s->view = (hmi_view){ .ptr = records.ptr, .len = records.len, .line_start = 1 };
    memset(s->names, 0, 2 * sizeof(s->names[0]));
    memset(s->digits, 0, 2 * sizeof(s->digits[0]));
    memset(s->high, 0, 2 * sizeof(s->high[0]));
    s->carry = (hmi_carry){ 0 };
    s->v6_done = s->digits_done = s->fangs_done = s->field_start = 0;
    s->hit_count = s->hits_waiting = 0;
    s->bad = 0;
    hmi_buf_clear(&s->found);
    if (s->unwrapping != NULL) {
        hmi_unwrapping_begin(s->unwrapping);
    }
}

/* The hits of wrapped text that begin before `end` and are not yet among the others. */
static int take_unwrapped(hm_scanner *s, hm_bytes records, size_t end, hm_err *err)
{
    hmi_unwrapping *u = s->unwrapping;
    for (;;) {
        const hmi_hit *hit;
        hm_text found;
        while ((hit = hmi_unwrapped_next(u, end, &found)) != NULL) {
            push(s, *hit, found);
        }
        if (u->done >= end) {
            return HM_OK;
        }
        HMI_TRY(hmi_unwrap_until(u, records, end, err));
    }
}

int hm_scanner_scan(hm_scanner *s, hm_bytes records, hm_hit_fn *on_hit, void *user, hm_err *err)
{
    if (s == NULL || on_hit == NULL || (records.ptr == NULL && records.len > 0)) {
        return hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE, "no scanner, records or callback given");
    }
    begin(s, records);
    told to = { on_hit, user };
    bool fields = false;
    for (size_t i = 0; i < HMI_COUNT(s->set->head->field_classes); i++) {
        fields = fields || s->set->head->field_classes[i] != 0;
    }
    for (size_t at = 0; at < records.len; at += HMI_CHUNK) {
        size_t len = records.len - at < HMI_CHUNK ? records.len - at : HMI_CHUNK;
        s->kernel->chunk(s, at, len);
        if (fields) {
            hmi_check_fields(s, &s->view, at, at + len);
        }
        size_t done = at + len;
        if (s->unwrapping != NULL) {
            HMI_TRY(take_unwrapped(s, records, done, err));
        }
        size_t limit = done == records.len ? SIZE_MAX : done - hmi_min(done, HMI_REACH_BACK);
        int code = flush(s, &to, at, limit, err);
        if (code != HM_OK) {
            return code;
        }
        s->lines += s->carry.newlines;
    }
    s->offset += records.len;
    return HM_OK;
}

int hm_matcher_scan(const hm_matcher *matcher, hm_bytes records, hm_hit_fn *on_hit, void *user,
                    hm_err *err)
{
    hm_scanner *s = NULL;
    HMI_TRY(hm_scanner_new(matcher, &s, err));
    int code = hm_scanner_scan(s, records, on_hit, user, err);
    hm_scanner_free(s);
    return code;
}
