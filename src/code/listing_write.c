/* SPDX-License-Identifier: Apache-2.0
 *
 * listing_write.c - says what functions there are, and spells the instructions of some.
 *
 * WHY    Runs in the worker, where hostile bytes may be formatted; the words go through the same
 * checks as everything else that a worker says. FORM   listing.h. TRUST  Names and strings are the
 * program's: cut, and what moves a cursor is a dot. OWNS   One buffer of the reading's arena a
 * call.
 */
#include "base/error.h"
#include "code/a64/a64.h"
#include "code/feature.h"
#include "code/listing.h"
#include "code/x86/spell.h"

enum {
    ROW_SIZE_MAX = 40 + 2 * HMI_LISTED_TEXT_MAX,
    HEAD_SIZE_MAX = 64,
    STRING_SHOWN = 40 /* characters of a string behind an instruction */
};

typedef struct packing {
    uint8_t *bytes;
    size_t len, size;
} packing;

static void put(packing *p, uint64_t value, unsigned width)
{
    hmi_assert(p->size - p->len >= width);
    for (unsigned i = 0; i < width; i++) {
        p->bytes[p->len++] = (uint8_t)(value >> (8 * i));
    }
}

static void put_uleb(packing *p, uint64_t value)
{
    for (; value >= 0x80; value >>= 7) {
        put(p, (value & 0x7f) | 0x80, 1);
    }
    put(p, value, 1);
}

/* `text` is clean UTF-8: cut between characters. */
static void put_text(packing *p, hm_text text, size_t max)
{
    size_t len = text.len < max ? text.len : max;
    while (len < text.len && len > 0 && ((uint8_t)text.ptr[len] & 0xc0) == 0x80) {
        len--;
    }
    put_uleb(p, len);
    for (size_t i = 0; i < len; i++) {
        uint8_t byte = (uint8_t)text.ptr[i];
        put(p, byte < 0x20 || byte == 0x7f ? '.' : byte, 1);
    }
}

/* Of those at an address the one that names a function; empty when there is none. */
static hm_text name_at(const hmi_image *image, uint64_t address)
{
    size_t low = 0, high = image->symbol_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (image->symbols[middle].address < address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    hm_text name = HM_TEXT("");
    for (; low < image->symbol_count && image->symbols[low].address == address; low++) {
        const hmi_symbol *symbol = &image->symbols[low];
        if (symbol->name.len > 0 && (name.len == 0 || symbol->kind == HMI_SYMBOL_FUNCTION)) {
            name = symbol->name;
            if (symbol->kind == HMI_SYMBOL_FUNCTION) {
                break;
            }
        }
    }
    return name;
}

static int emit(hmi_reading *reading, const char *type, uint64_t offset, const packing *p,
                hm_err *err)
{
    hmi_object object = { .id = hmi_text_of(type),
                          .type = hmi_text_of(type),
                          .modified = HM_TEXT(""),
                          .raw = hmi_bytes(p->bytes, p->len),
                          .offset = offset };
    return hmi_sink_object(reading->sink, &object, err);
}

int hmi_listing_function(hmi_reading *reading, const hmi_image *image, const hmi_listed *listed,
                         uint64_t offset, hm_err *err)
{
    uint8_t
        room[HEAD_SIZE_MAX + 8 * HMI_LISTED_CALLS_MAX + HMI_LISTED_NAME_MAX + HMI_TRAIT_DETAIL_MAX];
    packing p = { .bytes = room, .size = sizeof(room) };
    hmi_assert(listed->call_count <= HMI_LISTED_CALLS_MAX);
    put(&p, HMI_LISTING_VERSION, 1);
    put(&p, listed->address, 8);
    put_uleb(&p, listed->call_count);
    for (size_t i = 0; i < listed->call_count; i++) {
        put(&p, hmi_listed_call(listed, i), 8);
    }
    put_text(&p, name_at(image, listed->address), HMI_LISTED_NAME_MAX);
    hmi_assert(listed->print.len <= HMI_TRAIT_DETAIL_MAX);
    memcpy(p.bytes + p.len, listed->print.ptr, listed->print.len);
    p.len += listed->print.len;
    return emit(reading, "function", offset, &p, err);
}

/* ---- Instructions */

typedef struct spelling {
    hmi_walk *walk;
    const hmi_discovery *discovery;
    char note[HMI_LISTED_TEXT_MAX + 1];
} spelling;

/* The address that an instruction names, 0 when it names none; which numbers of it are addresses.
 */
static uint64_t named_address(const spelling *s, const hmi_insn *insn, bool *ret_imm,
                              bool *ret_disp)
{
    uint64_t mask = s->walk->wide ? UINT64_MAX : 0xffffffff, named = 0;
    *ret_imm = *ret_disp = false;
    if (insn->flags & HMI_INSN_TARGET) {
        return insn->target;
    }
    if (insn->flags & HMI_INSN_ADDRESSED) {
        *ret_disp = true;
        named = insn->mem;
    } else if (insn->places & HMI_PLACE_DISPLACEMENT) {
        *ret_disp = true;
        named = (uint64_t)(int64_t)insn->disp & mask;
    }
    if (insn->places & HMI_PLACE_IMMEDIATE) {
        *ret_imm = true;
        named = named != 0 ? named : insn->imm & mask;
    }
    return named;
}

/* A text in read-only data, in quotes. */
static hm_text string_at(spelling *s, uint64_t address)
{
    const hmi_range *range = hmi_ranges_find(s->walk->ranges, address);
    if (range == NULL || range->execute || range->write) {
        return HM_TEXT("");
    }
    hm_bytes bytes =
        hmi_slice(range->content, (size_t)(address - range->address), STRING_SHOWN + 1);
    size_t len = 0;
    while (len < bytes.len && len < STRING_SHOWN && bytes.ptr[len] >= 0x20 &&
           bytes.ptr[len] < 0x7f) {
        s->note[1 + len] = (char)bytes.ptr[len];
        len++;
    }
    bool ends = len < bytes.len && (bytes.ptr[len] == 0 || bytes.ptr[len] == '\n');
    if (len < HMI_CODE_STRING_MIN || (!ends && len < STRING_SHOWN)) {
        return HM_TEXT("");
    }
    s->note[0] = '"';
    memcpy(s->note + 1 + len, ends ? "\"" : "...", ends ? 1 : 3);
    return hmi_text(s->note, 1 + len + (ends ? 1 : 3));
}

/* What stands at an address that an instruction outside of it names. */
static hm_text note_of(spelling *s, uint64_t address)
{
    const hmi_image *image = s->walk->image;
    const hmi_import *import = hmi_image_import(image, address);
    size_t index = hmi_function_at(s->discovery, address);
    if (import == NULL && index != SIZE_MAX && s->discovery->functions[index].import != 0) {
        import = &image->imports[s->discovery->functions[index].import - 1];
    }
    if (import != NULL) {
        return import->name;
    }
    hm_text name = name_at(image, address);
    return name.len > 0 ? name : string_at(s, address);
}

static void put_row(packing *p, spelling *s, const hmi_step *step, bool begins)
{
    char text[HMI_LISTED_TEXT_MAX + 1] = "";
    bool imm, disp;
    uint64_t key, target = named_address(s, &step->insn, &imm, &disp);
    bool inside = (step->insn.flags & HMI_INSN_TARGET) && hmi_walk_in_window(s->walk, target) &&
                  target != s->walk->start;
    if (s->walk->a64) {
        key = hmi_spell_a64(hmi_walk_rest(s->walk, step->at), s->walk->start + step->at,
                            &step->insn, text, sizeof(text));
    } else {
        hmi_spell_x86(hmi_walk_rest(s->walk, step->at), s->walk->start + step->at, s->walk->wide,
                      &step->insn, imm, disp, text, sizeof(text), &key);
    }
    hm_text note = target != 0 && !inside ? note_of(s, target) : HM_TEXT("");
    put_uleb(p, step->at);
    put(p, begins ? HMI_ROW_BLOCK : 0, 1);
    put(p, inside ? 0 : target, 8);
    put(p, key, 8);
    put(p, step->insn.mnemonic, 2);
    put_text(p, hmi_text_of(text), HMI_LISTED_TEXT_MAX);
    put_text(p, note, HMI_LISTED_TEXT_MAX);
}

int hmi_listing_code(hmi_reading *reading, hmi_walk *walk, const hmi_discovery *discovery,
                     hm_err *err)
{
    spelling s = { .walk = walk, .discovery = discovery };
    packing p = { .size = HEAD_SIZE_MAX + HMI_LISTED_ROWS_MAX * ROW_SIZE_MAX };
    p.bytes = hmi_arena_take(reading->arena, p.size, 1);
    if (p.bytes == NULL) {
        return hmi_arena_fail(reading->arena, err);
    }
    size_t at_most = p.size, block = 0;
    for (size_t i = 0; i < walk->step_count;) {
        size_t rows = walk->step_count - i;
        rows = rows < HMI_LISTED_ROWS_MAX ? rows : HMI_LISTED_ROWS_MAX;
        p.len = 0;
        put(&p, HMI_LISTING_VERSION, 1);
        put(&p, walk->start, 8);
        put_uleb(&p, rows);
        for (size_t end = i + rows; i < end; i++) {
            bool begins = block < walk->block_count && walk->blocks[block].first == i;
            block += begins;
            put_row(&p, &s, &walk->steps[i], begins);
        }
        HMI_TRY(emit(reading, "code", HM_OFFSET_NONE, &p, err));
    }
    hmi_arena_give_back(reading->arena, p.bytes, at_most, 1);
    return HM_OK;
}
