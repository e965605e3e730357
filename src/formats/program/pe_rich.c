/* SPDX-License-Identifier: Apache-2.0
 *
 * pe_rich.c - PE: the record that Microsoft's linker keeps of the tools behind each object file.
 *
 * WHY    It tells apart machines that build "the same" program; and it is often copied to mislead.
 * FORM   In front of the PE header, every u32 masked with a key: "DanS", three zeros, then pairs of
 *        (product << 16 | build, count); then "Rich" and the key, unmasked. The key is a checksum:
 *        the place of "DanS" + each byte before it (the header's offset field left out) rotated
 *        left by its place + each product/build rotated left by its count.
 *        Traits: "md5:" of the unmasked bytes from "DanS" to "Rich" (as other tools hash it), and
 *        the entries as text "product:build" in ascending order without counts, which survives a
 *        source file more or less.
 * TRUST  A key that does not fit, or a linker that the optional header contradicts, is a note: the
 *        record was edited or carried over.
 * OWNS   Nothing.
 */
#include "base/hash.h"
#include "formats/program/pe.h"

typedef struct rich {
    size_t begin, end; /* of "DanS", of "Rich" */
    uint32_t key;
    uint32_t ids[HMI_PE_RICH_MAX], counts[HMI_PE_RICH_MAX];
    size_t count;
} rich;

static uint32_t u32_at(hm_bytes file, size_t at)
{
    hmi_cur cur = hmi_cur_over(hmi_slice(file, at, 4));
    return hmi_cur_u32(&cur);
}

static uint32_t rotate(uint32_t value, uint32_t by)
{
    by &= 31;
    return by == 0 ? value : value << by | value >> (32 - by);
}

static bool find(hm_bytes file, size_t head, rich *r)
{
    enum { DANS = 0x536e6144 };
    hm_bytes stub = hmi_slice(file, 0, hmi_min(head, 4096));
    size_t at = 0x40;
    while (at + 8 <= stub.len && memcmp(stub.ptr + at, "Rich", 4) != 0) {
        at += 4;
    }
    if (at + 8 > stub.len) {
        return false;
    }
    r->end = at;
    r->key = u32_at(file, at + 4);
    for (at = r->end; at >= 0x44; at -= 4) {
        if ((u32_at(file, at - 4) ^ r->key) == DANS) {
            r->begin = at - 4;
            return r->end - r->begin >= 16;
        }
    }
    return false;
}

static uint32_t checksum(hm_bytes file, const rich *r)
{
    uint32_t sum = (uint32_t)r->begin;
    for (size_t i = 0; i < r->begin; i++) {
        sum += i >= 0x3c && i < 0x40 ? 0 : rotate(file.ptr[i], (uint32_t)i);
    }
    for (size_t i = 0; i < r->count; i++) {
        sum += rotate(r->ids[i], r->counts[i]);
    }
    return sum;
}

/* Linker major version by product number; 0 for other tools. */
static unsigned linker_major(uint32_t product)
{
    static const struct {
        uint16_t product;
        uint8_t major;
    } linkers[] = { { 0x02, 5 },  { 0x06, 6 },  { 0x0f, 5 },  { 0x12, 6 },
                    { 0x3d, 7 },  { 0x5a, 7 },  { 0x78, 8 },  { 0x91, 9 },
                    { 0x9d, 10 }, { 0xcc, 11 }, { 0xde, 12 }, { 0x102, 14 } };
    for (size_t i = 0; i < HMI_COUNT(linkers); i++) {
        if (linkers[i].product == product) {
            return linkers[i].major;
        }
    }
    return 0;
}

static int emit_hash(hmi_pe *pe, const rich *r, hm_err *err)
{
    uint8_t clear[8 * HMI_PE_RICH_MAX + 16];
    size_t len = hmi_min(r->end - r->begin, sizeof clear);
    for (size_t i = 0; i < len; i++) {
        clear[i] = pe->file.ptr[r->begin + i] ^ (uint8_t)(r->key >> 8 * (i % 4));
    }
    hmi_md5 digest = hmi_md5_of(hmi_bytes(clear, len));
    char hex[33];
    hmi_hex(hmi_bytes(digest.bytes, sizeof digest.bytes), hex);
    return hmi_program_emitf(pe->reading, HMI_RICH_HEADER, HMI_ROLE_CONTENT, r->begin, err,
                             "md5:%s", hex);
}

static int emit_entries(hmi_pe *pe, const rich *r, hm_err *err)
{
    uint32_t ids[HMI_PE_RICH_MAX];
    size_t count = 0;
    for (size_t i = 0; i < r->count; i++) { /* insertion sort: few */
        size_t at = count++;
        for (; at > 0 && ids[at - 1] > r->ids[i]; at--) {
            ids[at] = ids[at - 1];
        }
        ids[at] = r->ids[i];
    }
    hm_text text = HM_TEXT("");
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && ids[i] == ids[i - 1]) {
            continue;
        }
        text = hmi_arena_printf(pe->reading->arena, "%.*s%s%u:%u", HMI_FMT(text), i > 0 ? "," : "",
                                ids[i] >> 16, ids[i] & 0xffff);
        if (text.ptr == NULL) {
            return hmi_arena_fail(pe->reading->arena, err);
        }
    }
    return hmi_emit(pe->reading, HMI_RICH_HEADER, HMI_ROLE_CONTENT, text, r->begin, err);
}

int hmi_pe_rich_read(hmi_pe *pe, hm_err *err)
{
    rich r = { .count = 0 };
    if (!find(pe->file, pe->head, &r)) {
        return HM_OK;
    }
    unsigned linker = 0;
    for (size_t at = r.begin + 16; at + 8 <= r.end && r.count < HMI_PE_RICH_MAX; at += 8) {
        r.ids[r.count] = u32_at(pe->file, at) ^ r.key;
        r.counts[r.count] = u32_at(pe->file, at + 4) ^ r.key;
        unsigned major = linker_major(r.ids[r.count++] >> 16);
        linker = major > linker ? major : linker;
    }
    HMI_TRY(emit_hash(pe, &r, err));
    if (r.count > 0) {
        HMI_TRY(emit_entries(pe, &r, err));
    }
    if (checksum(pe->file, &r) != r.key) {
        HMI_TRY(hmi_emit_note(pe->reading, HMI_NOTE_ODD, HM_OK, r.end, err,
                              "Rich header's checksum does not fit: it was edited or carried over "
                              "from another program"));
    }
    if (linker != 0 && linker != pe->linker_major) {
        return hmi_emit_note(pe->reading, HMI_NOTE_ODD, HM_OK, r.begin, err,
                             "Rich header names linker %u, the optional header %u.%u", linker,
                             pe->linker_major, pe->linker_minor);
    }
    return HM_OK;
}
