/* SPDX-License-Identifier: Apache-2.0
 *
 * program.c - what the readers of executable formats share.
 *
 * WHY    Names, hashes of parts and the order of an image mean the same for ELF and PE, so that a
 *        tool built for both is still recognised.
 * FORM   No format of its own.
 * TRUST  Lengths come from readers that clipped them to the file; how many parts there are, and
 *        how they overlap, is the attacker's choice: hmi_program_budget bounds the work.
 * OWNS   Nothing; memory is the reading's arena.
 */
#include "formats/program/program.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/hash.h"
#include "base/text.h"

const char *hmi_machine_name(hmi_machine machine)
{
    switch (machine) {
    case HMI_MACHINE_X86:
        return "x86";
    case HMI_MACHINE_X86_64:
        return "x86-64";
    case HMI_MACHINE_ARM:
        return "arm";
    case HMI_MACHINE_AARCH64:
        return "aarch64";
    case HMI_MACHINE_MIPS:
        return "mips";
    case HMI_MACHINE_MIPS64:
        return "mips64";
    case HMI_MACHINE_PPC:
        return "powerpc";
    case HMI_MACHINE_PPC64:
        return "powerpc64";
    case HMI_MACHINE_RISCV32:
        return "riscv32";
    case HMI_MACHINE_RISCV64:
        return "riscv64";
    case HMI_MACHINE_OTHER:
        break;
    }
    return "other";
}

hm_text hmi_program_text(hmi_arena *arena, hm_bytes raw)
{
    for (size_t i = 0; i < raw.len; i++) {
        if (raw.ptr[i] >= 0x80) {
            return hmi_text_lossy(arena, raw);
        }
    }
    return raw.len == 0 ? HM_TEXT("") : hmi_text((const char *)raw.ptr, raw.len);
}

hm_text hmi_program_name(hmi_arena *arena, hm_bytes raw)
{
    raw = hmi_slice(raw, 0, HMI_PROGRAM_NAME_MAX);
    size_t end = hmi_find_byte(raw, 0);
    return hmi_program_text(arena, hmi_slice(raw, 0, end == HMI_NPOS ? raw.len : end));
}

hm_text hmi_program_name_within(hmi_arena *arena, hm_bytes raw, uint32_t *left)
{
    raw = hmi_slice(raw, 0, HMI_PROGRAM_NAME_MAX);
    size_t end = hmi_find_byte(raw, 0);
    raw = hmi_slice(raw, 0, end == HMI_NPOS ? raw.len : end);
    if (hmi_utf8_clean(raw)) {
        return raw.len == 0 ? HM_TEXT("") : hmi_text((const char *)raw.ptr, raw.len);
    }
    hm_text name = *left > 0 ? hmi_text_lossy(arena, raw) : HM_TEXT("");
    *left -= *left > 0;
    return name.ptr == NULL ? HM_TEXT("") : name;
}

int hmi_program_sort(hmi_arena *arena, void *array, size_t count, size_t size,
                     hmi_program_compare *compare, hm_err *err)
{
    uint8_t *from = array;
    size_t ordered = 1;
    while (ordered < count && compare(from + (ordered - 1) * size, from + ordered * size) <= 0) {
        ordered++;
    }
    if (count < 2 || ordered == count) {
        return HM_OK; /* what compilers write mostly is in order already */
    }
    uint8_t *scratch = hmi_arena_take(arena, count, size);
    if (scratch == NULL) {
        return hmi_arena_fail(arena, err);
    }
    uint8_t *to = scratch;
    for (size_t width = 1; width < count; width *= 2) {
        for (size_t begin = 0; begin < count; begin += 2 * width) {
            size_t a = begin, a_end = begin + width < count ? begin + width : count;
            size_t b = a_end, b_end = a_end + width < count ? a_end + width : count;
            for (size_t out = begin; out < b_end; out++) {
                bool take_a =
                    a < a_end && (b >= b_end || compare(from + a * size, from + b * size) <= 0);
                memcpy(to + out * size, from + (take_a ? a++ : b++) * size, size);
            }
        }
        uint8_t *swap = from;
        from = to;
        to = swap;
    }
    if (from != array) {
        memcpy(array, from, count * size);
    }
    hmi_arena_give_back(arena, scratch, count, size);
    return HM_OK;
}

hmi_program_budget hmi_program_budget_of(hm_bytes file)
{
    return (hmi_program_budget){ .bytes = (uint64_t)file.len * HMI_PROGRAM_HASHED_TIMES,
                                 .count = HMI_PROGRAM_HASHED_MAX };
}

static bool all_one_byte(hm_bytes bytes)
{
    return bytes.len < 2 || memcmp(bytes.ptr, bytes.ptr + 1, bytes.len - 1) == 0;
}

static int emit_sha256(hmi_reading *reading, hmi_class class_id, hm_bytes part, uint64_t offset,
                       hm_err *err)
{
    hmi_sha256 digest = hmi_sha256_of(part);
    char hex[65];
    hmi_hex(hmi_bytes(digest.bytes, sizeof digest.bytes), hex);
    return hmi_emit(reading, class_id, HMI_ROLE_CONTENT, hmi_text(hex, 64), offset, err);
}

int hmi_program_emit_hash(hmi_reading *reading, hmi_program_budget *budget, hmi_class class_id,
                          hm_bytes part, uint64_t offset, hm_err *err)
{
    if (part.len < HMI_PROGRAM_HASHED_MIN || budget->count == 0 || budget->bytes < part.len ||
        all_one_byte(part)) {
        return HM_OK;
    }
    budget->count--;
    budget->bytes -= part.len;
    return emit_sha256(reading, class_id, part, offset, err);
}

int hmi_program_emit_overlay(hmi_reading *reading, hm_bytes file, uint64_t end, hm_err *err)
{
    if (end >= file.len) {
        return HM_OK;
    }
    hm_bytes overlay = hmi_slice(file, (size_t)end, file.len);
    HMI_TRY(hmi_program_fact_uint(reading, "overlay-bytes", overlay.len, err));
    if (all_one_byte(overlay)) {
        return HM_OK; /* padding */
    }
    return emit_sha256(reading, HMI_OVERLAY_HASH, overlay, end, err);
}

int hmi_program_emit_names_hash(hmi_reading *reading, hmi_class class_id, hmi_role role,
                                const char *prefix, const hm_text *names, size_t count, hm_err *err)
{
    if (count == 0) {
        return HM_OK;
    }
    hmi_digests *digests = hmi_digests_new(); /* joined they may be megabytes */
    if (digests == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for a digest");
    }
    for (size_t i = 0; i < count; i++) {
        hmi_digests_add(digests, i > 0 ? HM_BYTES(",") : HM_BYTES(""));
        hmi_digests_add(digests, hmi_text_bytes(names[i]));
    }
    hmi_md5 digest;
    hmi_digests_end(digests, NULL, NULL, &digest);
    hmi_digests_free(digests);
    char hex[33];
    hmi_hex(hmi_bytes(digest.bytes, sizeof digest.bytes), hex);
    return hmi_program_emitf(reading, class_id, role, HM_OFFSET_NONE, err, "%s%s", prefix, hex);
}

int hmi_program_fact_uint(hmi_reading *reading, const char *name, uint64_t value, hm_err *err)
{
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%llu", (unsigned long long)value);
    return hmi_emit_fact(reading, name, hmi_text(digits, (size_t)len), err);
}

int hmi_program_emitf(hmi_reading *reading, hmi_class class_id, hmi_role role, uint64_t offset,
                      hm_err *err, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    hmi_assert(len >= 0 && (size_t)len < sizeof text);
    return hmi_emit(reading, class_id, role, hmi_text(text, (size_t)len), offset, err);
}

const char *hmi_program_packer_of(hm_text name)
{
    static const struct {
        const char *section, *packer;
    } known[] = {
        { "UPX0", "upx" },          { "UPX1", "upx" },
        { "UPX!", "upx" },          { ".aspack", "aspack" },
        { ".ASPack", "aspack" },    { ".petite", "petite" },
        { ".MPRESS1", "mpress" },   { ".MPRESS2", "mpress" },
        { ".vmp0", "vmprotect" },   { ".vmp1", "vmprotect" },
        { ".themida", "themida" },  { ".winlice", "themida" },
        { "nsp0", "nspack" },       { "nsp1", "nspack" },
        { ".nsp0", "nspack" },      { ".enigma1", "enigma" },
        { ".enigma2", "enigma" },   { "PEC2", "pecompact" },
        { "pec1", "pecompact" },    { ".yP", "y0da" },
        { ".y0da", "y0da" },        { ".packed", "packed" },
        { "ProCrypt", "procrypt" }, { ".svkp", "svkp" },
        { ".perplex", "perplex" },  { "kkrunchy", "kkrunchy" },
        { ".RLPack", "rlpack" },    { ".mackt", "imprec-fixed" },
    };
    for (size_t i = 0; i < HMI_COUNT(known); i++) {
        if (hmi_text_is(name, known[i].section)) {
            return known[i].packer;
        }
    }
    return NULL;
}

static size_t printable_run(hm_bytes text, size_t max)
{
    size_t len = 0;
    while (len < text.len && len < max && text.ptr[len] >= 0x20 && text.ptr[len] < 0x7f) {
        len++;
    }
    return len;
}

/* The first text that begins with `prefix`, as a compiler mark. */
static int emit_mark(hmi_reading *reading, hm_bytes file, hm_bytes prefix, hm_err *err)
{
    size_t at = hmi_find(file, prefix);
    if (at == HMI_NPOS) {
        return HM_OK;
    }
    hm_bytes text = hmi_slice(file, at, 120);
    return hmi_emit(reading, HMI_COMPILER, HMI_ROLE_CONTENT,
                    hmi_text((const char *)text.ptr, printable_run(text, text.len)), at, err);
}

/* Rust's standard library names the compiler's commit in every panic location. */
static int emit_rust(hmi_reading *reading, hm_bytes file, hm_err *err)
{
    size_t at = hmi_find(file, HM_BYTES("/rustc/"));
    hm_bytes id = at == HMI_NPOS ? (hm_bytes){ NULL, 0 } : hmi_slice(file, at + 7, 40);
    uint8_t commit[20];
    if (id.len != 40 || !hmi_unhex(hmi_text((const char *)id.ptr, 40), commit, 20)) {
        return HM_OK;
    }
    return hmi_program_emitf(reading, HMI_COMPILER, HMI_ROLE_CONTENT, at, err, "rustc %.40s",
                             (const char *)id.ptr);
}

/* "\xff Go build ID: \"...\"" stands at the beginning of the code. */
static int emit_go(hmi_reading *reading, hm_bytes file, hm_err *err)
{
    hm_bytes mark = HM_BYTES("\xff Go build ID: \"");
    size_t at = hmi_find(file, mark);
    hm_bytes rest = at == HMI_NPOS ? (hm_bytes){ NULL, 0 } : hmi_slice(file, at + mark.len, 256);
    size_t end = hmi_find_byte(rest, '"');
    if (end == HMI_NPOS || end != printable_run(rest, end)) {
        return HM_OK;
    }
    HMI_TRY(hmi_emit(reading, HMI_BUILD_ID, HMI_ROLE_SELF, hmi_text((const char *)rest.ptr, end),
                     at, err));
    return hmi_emit(reading, HMI_COMPILER, HMI_ROLE_CONTENT, HM_TEXT("Go"), at, err);
}

int hmi_program_emit_marks(hmi_reading *reading, hm_bytes file, hm_err *err)
{
    HMI_TRY(emit_mark(reading, file, HM_BYTES("GCC: ("), err));
    HMI_TRY(emit_rust(reading, file, err));
    return emit_go(reading, file, err);
}

static int by_address(const void *a, const void *b)
{
    const hmi_symbol *left = a, *right = b;
    if (left->address != right->address) {
        return left->address < right->address ? -1 : 1;
    }
    return hmi_bytes_cmp(hmi_text_bytes(left->name), hmi_text_bytes(right->name));
}

static int by_slot(const void *a, const void *b)
{
    const hmi_import *left = a, *right = b;
    return left->slot < right->slot ? -1 : left->slot > right->slot;
}

static int by_place(const void *a, const void *b)
{
    uint64_t left = ((const hmi_pointer *)a)->place, right = ((const hmi_pointer *)b)->place;
    return left < right ? -1 : left > right;
}

static int by_value(const void *a, const void *b)
{
    uint64_t left, right;
    memcpy(&left, a, sizeof left);
    memcpy(&right, b, sizeof right);
    return left < right ? -1 : left > right;
}

static size_t unique_values(uint64_t *values, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || values[kept - 1] != values[i]) {
            values[kept++] = values[i];
        }
    }
    return kept;
}

int hmi_program_image_order(hmi_arena *arena, hmi_image *image, hm_err *err)
{
    HMI_TRY(hmi_program_sort(arena, image->symbols, image->symbol_count, sizeof(hmi_symbol),
                             by_address, err));
    HMI_TRY(hmi_program_sort(arena, image->imports, image->import_count, sizeof(hmi_import),
                             by_slot, err));
    HMI_TRY(hmi_program_sort(arena, image->pointers, image->pointer_count, sizeof(hmi_pointer),
                             by_place, err));
    HMI_TRY(hmi_program_sort(arena, image->starts, image->start_count, sizeof(uint64_t), by_value,
                             err));
    size_t kept = 0;
    for (size_t i = 0; i < image->symbol_count; i++) {
        hmi_symbol *last = kept > 0 ? &image->symbols[kept - 1] : NULL;
        const hmi_symbol *symbol = &image->symbols[i];
        if (last != NULL && last->address == symbol->address &&
            hmi_text_eq(last->name, symbol->name)) {
            last->exported |= symbol->exported; /* the same name in .symtab and .dynsym */
            last->size = last->size > symbol->size ? last->size : symbol->size;
            continue;
        }
        image->symbols[kept++] = *symbol;
    }
    image->symbol_count = kept;
    kept = 0;
    for (size_t i = 0; i < image->import_count; i++) {
        if (kept == 0 || image->imports[kept - 1].slot != image->imports[i].slot) {
            image->imports[kept++] = image->imports[i];
        }
    }
    image->import_count = kept;
    kept = 0;
    for (size_t i = 0; i < image->pointer_count; i++) {
        if (kept == 0 || image->pointers[kept - 1].place != image->pointers[i].place) {
            image->pointers[kept++] = image->pointers[i];
        }
    }
    image->pointer_count = kept;
    image->start_count = unique_values(image->starts, image->start_count);
    return HM_OK;
}
