/* SPDX-License-Identifier: Apache-2.0
 *
 * elf_symbols.c - ELF: names, from .symtab and .dynsym.
 *
 * WHY    Names say where functions begin, what a slot imports and which source files there were.
 * FORM   Entry: 64-bit  name u32, info u8, other u8, section u16, value u64, size u64;
 *        32-bit  name u32, value u32, size u32, info u8, other u8, section u16. info: bind << 4 |
 *        type. Without a section table nobody states how many there are: DT_HASH does, DT_GNU_HASH
 *        does when its chains are followed, and else the string table begins behind them.
 * TRUST  The count is cut to what the file holds and to HMI_ELF_SYMBOLS_MAX. Names point anywhere.
 * OWNS   Nothing; memory is the reading's arena.
 */
#include "formats/program/elf.h"

typedef struct raw_symbol {
    uint32_t name;
    uint8_t info, other;
    uint16_t section;
    uint64_t value, size;
} raw_symbol;

static size_t entry_size(const hmi_elf *elf)
{
    return elf->wide ? 24 : 16;
}

static raw_symbol symbol_next(const hmi_elf *elf, hmi_cur *cur)
{
    raw_symbol symbol = { .name = hmi_cur_u32(cur) };
    if (!elf->wide) {
        symbol.value = hmi_cur_u32(cur);
        symbol.size = hmi_cur_u32(cur);
    }
    symbol.info = hmi_cur_u8(cur);
    symbol.other = hmi_cur_u8(cur);
    symbol.section = hmi_cur_u16(cur);
    if (elf->wide) {
        symbol.value = hmi_cur_u64(cur);
        symbol.size = hmi_cur_u64(cur);
    }
    return symbol;
}

/* Number of dynamic symbols by DT_GNU_HASH: the end of the last chain. */
static uint64_t count_by_gnu_hash(const hmi_elf *elf)
{
    hm_bytes table = hmi_elf_at(elf, elf->dynamic.gnu_hash, UINT64_MAX);
    hmi_cur cur = hmi_elf_cur(elf, table);
    uint32_t buckets = hmi_cur_u32(&cur), first = hmi_cur_u32(&cur), bloom = hmi_cur_u32(&cur);
    hmi_cur_skip(&cur, 4);
    hmi_cur_skip(&cur, (size_t)bloom * (elf->wide ? 8 : 4));
    uint32_t last = 0;
    for (uint32_t i = 0; i < buckets && !cur.bad; i++) {
        uint32_t bucket = hmi_cur_u32(&cur);
        last = bucket > last ? bucket : last;
    }
    if (cur.bad || last < first) {
        return cur.bad ? 0 : first;
    }
    hmi_cur_skip(&cur, (size_t)(last - first) * 4);
    while (!cur.bad && (hmi_cur_u32(&cur) & 1) == 0) {
        last++;
    }
    return cur.bad ? 0 : (uint64_t)last + 1;
}

static uint64_t dynamic_symbol_count(const hmi_elf *elf)
{
    const hmi_elf_dynamic *dynamic = &elf->dynamic;
    hmi_cur cur = hmi_elf_cur(elf, hmi_elf_at(elf, dynamic->hash, 8));
    hmi_cur_skip(&cur, 4);
    uint32_t chains = hmi_cur_u32(&cur);
    if (!cur.bad) {
        return chains;
    }
    if (dynamic->mips_symbols != 0) {
        return dynamic->mips_symbols;
    }
    uint64_t count = dynamic->gnu_hash != 0 ? count_by_gnu_hash(elf) : 0;
    if (count == 0 && dynamic->strtab.address > dynamic->symtab.address) {
        count = (dynamic->strtab.address - dynamic->symtab.address) / entry_size(elf);
    }
    return count;
}

static hm_bytes dynamic_symbol_table(const hmi_elf *elf, hm_bytes *ret_strings)
{
    *ret_strings = elf->dynamic.strings;
    if (elf->dynamic.symtab.address != 0 && elf->dynamic.strings.len > 0) {
        uint64_t count = dynamic_symbol_count(elf);
        count = count < HMI_ELF_SYMBOLS_MAX ? count : HMI_ELF_SYMBOLS_MAX;
        hm_bytes table = hmi_elf_at(elf, elf->dynamic.symtab.address, count * entry_size(elf));
        if (table.len > 0) {
            return table;
        }
    }
    for (size_t i = 0; i < elf->section_count; i++) {
        const hmi_elf_section *section = &elf->sections[i];
        if (section->type == SHT_DYNSYM && section->link < elf->section_count) {
            *ret_strings = elf->sections[section->link].content;
            return section->content;
        }
    }
    return (hm_bytes){ NULL, 0 };
}

/* Which library each version number stands for (.gnu.version_r): the loader checks them, so they
 * are true. Entries: version u16, count u16, file u32, aux u32, next u32; aux: hash u32, flags u16,
 * number u16, name u32, next u32. */
static void version_libraries(const hmi_elf *elf, hm_text *libraries)
{
    uint64_t at = elf->dynamic.verneed;
    for (unsigned i = 0; at != 0 && i < HMI_ELF_NEEDED_MAX; i++) {
        hmi_cur cur = hmi_elf_cur(elf, hmi_elf_at(elf, at, 16));
        hmi_cur_skip(&cur, 2);
        uint16_t count = hmi_cur_u16(&cur);
        hm_text file = hmi_elf_name(elf, elf->dynamic.strings, hmi_cur_u32(&cur));
        uint64_t aux = at + hmi_cur_u32(&cur);
        uint32_t next = hmi_cur_u32(&cur);
        for (unsigned j = 0; !cur.bad && j < count && j < HMI_ELF_VERSIONS_MAX; j++) {
            hmi_cur sub = hmi_elf_cur(elf, hmi_elf_at(elf, aux, 16));
            hmi_cur_skip(&sub, 6);
            uint16_t number = hmi_cur_u16(&sub) & 0x7fff;
            hmi_cur_skip(&sub, 4);
            uint32_t step = hmi_cur_u32(&sub);
            if (!sub.bad && number < HMI_ELF_VERSIONS_MAX) {
                libraries[number] = file;
            }
            if (sub.bad || step == 0) {
                break;
            }
            aux += step;
        }
        at = cur.bad || next == 0 ? 0 : at + next;
    }
}

static int dynamic_symbols_read(hmi_elf *elf, hm_err *err)
{
    hm_bytes strings;
    hm_bytes table = dynamic_symbol_table(elf, &strings);
    size_t count = hmi_min(table.len / entry_size(elf), HMI_ELF_SYMBOLS_MAX);
    elf->symbols = hmi_new_array(elf->reading->arena, hmi_elf_symbol, count);
    hm_text *libraries = hmi_new_array(elf->reading->arena, hm_text, HMI_ELF_VERSIONS_MAX);
    if (elf->symbols == NULL || libraries == NULL) {
        return hmi_arena_fail(elf->reading->arena, err);
    }
    version_libraries(elf, libraries);
    hmi_cur cur = hmi_elf_cur(elf, table);
    hmi_cur versions = hmi_elf_cur(elf, (hm_bytes){ NULL, 0 });
    if (elf->dynamic.versym != 0) {
        versions.over = hmi_elf_at(elf, elf->dynamic.versym, (uint64_t)count * 2);
    }
    for (size_t i = 0; i < count; i++) {
        raw_symbol raw = symbol_next(elf, &cur);
        uint16_t version = hmi_cur_u16(&versions) & 0x7fff;
        elf->symbols[i] = (hmi_elf_symbol){
            .name = hmi_elf_name(elf, strings, raw.name),
            .library = version < HMI_ELF_VERSIONS_MAX ? libraries[version] : HM_TEXT(""),
            .value = raw.value,
            .size = raw.size,
            .section = raw.section,
            .type = raw.info & 15,
            .bind = raw.info >> 4,
            .visibility = raw.other & 3,
        };
    }
    elf->symbol_count = count;
    return HM_OK;
}

/* 64-bit PowerPC of the first ABI names a descriptor whose first word is the code's address. */
static uint64_t code_address(const hmi_elf *elf, uint64_t address, uint8_t type)
{
    if (type == 2 && elf->machine == 40) {
        return address & ~UINT64_C(1); /* Thumb mark */
    }
    if (type == 2 && elf->machine == 21 && (elf->flags & 3) != 2 && elf->big) {
        hmi_cur cur = hmi_elf_cur(elf, hmi_elf_at(elf, address, 8));
        uint64_t code = hmi_cur_u64(&cur);
        return cur.bad ? address : code;
    }
    return address;
}

/* The machine-dependent marks $a, $d, $t, $x of ARM and RISC-V name nothing. */
static bool is_mark(hm_text name)
{
    return name.len >= 2 && name.ptr[0] == '$' && (name.len == 2 || name.ptr[2] == '.');
}

/* Says where something is that has a name. */
static bool is_told(const hmi_elf_symbol *symbol)
{
    bool told = symbol->type == 2 || symbol->type == 10 || symbol->type == 1 || symbol->type == 0;
    return symbol->section != 0 && symbol->section < 0xff00 && told && symbol->name.len > 0 &&
           !is_mark(symbol->name);
}

static void add_symbol(hmi_elf *elf, const hmi_elf_symbol *symbol, size_t room, bool exported)
{
    hmi_image *image = &elf->image;
    bool function = symbol->type == 2 || symbol->type == 10;
    if (!is_told(symbol) || image->symbol_count >= room) {
        return;
    }
    uint64_t base = 0;
    if (elf->type == ELF_REL) { /* value counts from its section */
        base = symbol->section < elf->section_count ? elf->sections[symbol->section].address : 0;
    }
    image->symbols[image->symbol_count++] = (hmi_symbol){
        .address = code_address(elf, base + symbol->value, function ? 2 : symbol->type),
        .size = symbol->size,
        .name = symbol->name,
        .kind = function            ? HMI_SYMBOL_FUNCTION
                : symbol->type == 1 ? HMI_SYMBOL_OBJECT
                                    : HMI_SYMBOL_OTHER,
        .exported = exported,
    };
}

static const hmi_elf_section *symbol_section(const hmi_elf *elf)
{
    for (size_t i = 0; i < elf->section_count; i++) {
        if (elf->sections[i].type == SHT_SYMTAB) {
            return &elf->sections[i];
        }
    }
    return NULL;
}

static int static_symbols_read(hmi_elf *elf, size_t room, hm_err *err)
{
    const hmi_elf_section *section = symbol_section(elf);
    if (section == NULL || section->link >= elf->section_count) {
        return HM_OK;
    }
    hm_bytes strings = elf->sections[section->link].content;
    hmi_cur cur = hmi_elf_cur(elf, section->content);
    size_t count = hmi_min(section->content.len / entry_size(elf), HMI_ELF_SYMBOLS_MAX);
    size_t sources = 0;
    for (size_t i = 0; i < count; i++) {
        raw_symbol raw = symbol_next(elf, &cur);
        hmi_elf_symbol symbol = { .name = hmi_elf_name(elf, strings, raw.name),
                                  .value = raw.value,
                                  .size = raw.size,
                                  .section = raw.section,
                                  .type = raw.info & 15 };
        if (symbol.type == 4 && symbol.name.len > 0 && sources++ < HMI_ELF_SOURCES_MAX) {
            HMI_TRY(hmi_emit(elf->reading, HMI_SOURCE_PATH, HMI_ROLE_CONTENT, symbol.name,
                             section->offset + i * entry_size(elf), err));
        }
        add_symbol(elf, &symbol, room, false);
    }
    return HM_OK;
}

int hmi_elf_symbols_read(hmi_elf *elf, hm_err *err)
{
    HMI_TRY(dynamic_symbols_read(elf, err));
    const hmi_elf_section *section = symbol_section(elf);
    size_t named = section == NULL ? 0 : section->content.len / entry_size(elf);
    size_t dynamic = 0; /* many only name what is imported */
    for (size_t i = 0; i < elf->symbol_count; i++) {
        dynamic += is_told(&elf->symbols[i]);
    }
    size_t room = hmi_min(named + dynamic, HMI_ELF_SYMBOLS_MAX);
    if (named + elf->symbol_count > HMI_ELF_SYMBOLS_MAX) {
        HMI_TRY(hmi_emit_note(elf->reading, HMI_NOTE_ODD, HM_OK, HM_OFFSET_NONE, err,
                              "%zu symbols, %d read", named + elf->symbol_count,
                              HMI_ELF_SYMBOLS_MAX));
    }
    elf->image.symbols = hmi_new_array(elf->reading->arena, hmi_symbol, room);
    if (elf->image.symbols == NULL) {
        return hmi_arena_fail(elf->reading->arena, err);
    }
    for (size_t i = 0; i < elf->symbol_count; i++) {
        const hmi_elf_symbol *symbol = &elf->symbols[i];
        bool exported = symbol->bind != 0 && symbol->visibility != 1 && symbol->visibility != 2;
        add_symbol(elf, symbol, room, exported);
    }
    return static_symbols_read(elf, room, err);
}
