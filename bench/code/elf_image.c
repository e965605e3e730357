/* SPDX-License-Identifier: Apache-2.0
 *
 * elf_image.c - see elf_image.h.
 */
#include "elf_image.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct view {
    const uint8_t *file;
    size_t len;
    bool wide;
} view;

typedef struct section {
    uint32_t name, type, link;
    uint64_t flags, address, offset, size, entry_size;
} section;

static section section_at(const view *v, uint64_t table, unsigned index)
{
    section s = { 0 };
    if (v->wide) {
        Elf64_Shdr raw;
        memcpy(&raw, v->file + table + index * sizeof raw, sizeof raw);
        s = (section){ raw.sh_name, raw.sh_type,   raw.sh_link, raw.sh_flags,
                       raw.sh_addr, raw.sh_offset, raw.sh_size, raw.sh_entsize };
    } else {
        Elf32_Shdr raw;
        memcpy(&raw, v->file + table + index * sizeof raw, sizeof raw);
        s = (section){ raw.sh_name, raw.sh_type,   raw.sh_link, raw.sh_flags,
                       raw.sh_addr, raw.sh_offset, raw.sh_size, raw.sh_entsize };
    }
    if (s.type != SHT_NOBITS && (s.offset > v->len || s.size > v->len - s.offset)) {
        s.size = 0;
    }
    return s;
}

typedef struct symbol {
    uint32_t name;
    uint8_t info;
    uint16_t section;
    uint64_t value, size;
} symbol;

static symbol symbol_at(const view *v, const section *table, size_t index)
{
    if (v->wide) {
        Elf64_Sym raw;
        memcpy(&raw, v->file + table->offset + index * sizeof raw, sizeof raw);
        return (symbol){ raw.st_name, raw.st_info, raw.st_shndx, raw.st_value, raw.st_size };
    }
    Elf32_Sym raw;
    memcpy(&raw, v->file + table->offset + index * sizeof raw, sizeof raw);
    return (symbol){ raw.st_name, raw.st_info, raw.st_shndx, raw.st_value, raw.st_size };
}

static hm_text text_at(const view *v, const section *strings, uint32_t at)
{
    return hmi_text_of((const char *)v->file + strings->offset + at);
}

static int by_slot(const void *a, const void *b)
{
    uint64_t left = ((const hmi_import *)a)->slot, right = ((const hmi_import *)b)->slot;
    return left < right ? -1 : left > right;
}

static int by_place(const void *a, const void *b)
{
    uint64_t left = ((const hmi_pointer *)a)->place, right = ((const hmi_pointer *)b)->place;
    return left < right ? -1 : left > right;
}

static int by_address(const void *a, const void *b)
{
    uint64_t left = ((const hmi_symbol *)a)->address, right = ((const hmi_symbol *)b)->address;
    return left < right ? -1 : left > right;
}

static void add_relocations(elf_image *elf, const view *v, const section *rel,
                            const section *symbols, const section *strings)
{
    bool a64 = elf->image.machine == HMI_MACHINE_AARCH64;
    uint64_t relative = a64 ? R_AARCH64_RELATIVE : R_X86_64_RELATIVE; /* 8 on both x86 */
    bool addend = rel->type == SHT_RELA;
    size_t size = v->wide ? (addend ? 24 : 16) : (addend ? 12 : 8);
    for (size_t at = 0; at + size <= rel->size; at += size) {
        uint64_t slot = 0, info = 0;
        memcpy(&slot, v->file + rel->offset + at, v->wide ? 8 : 4);
        memcpy(&info, v->file + rel->offset + at + (v->wide ? 8 : 4), v->wide ? 8 : 4);
        uint64_t index = v->wide ? info >> 32 : info >> 8;
        uint64_t type = v->wide ? info & 0xffffffff : info & 0xff;
        if (type == relative) {
            uint64_t value = 0;
            if (addend) {
                memcpy(&value, v->file + rel->offset + at + (v->wide ? 16 : 8), v->wide ? 8 : 4);
            }
            elf->image.pointers[elf->image.pointer_count++] = (hmi_pointer){ slot, value };
        } else if (index != 0 && (a64 ? type == R_AARCH64_GLOB_DAT || type == R_AARCH64_JUMP_SLOT
                                      : type == 6 || type == 7)) {
            symbol s = symbol_at(v, symbols, index);
            elf->image.imports[elf->image.import_count++] =
                (hmi_import){ .slot = slot, .name = text_at(v, strings, s.name) };
        }
    }
}

static void add_truth(elf_image *elf, const view *v, const section *table, const section *strings)
{
    size_t count = (size_t)(table->size / (v->wide ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym)));
    elf->truth = calloc(count + 1, sizeof *elf->truth);
    for (size_t i = 0; i < count; i++) {
        symbol s = symbol_at(v, table, i);
        if ((s.info & 15) == STT_FUNC && s.section != SHN_UNDEF && s.value != 0) {
            elf->truth[elf->truth_count++] = (hmi_symbol){ .address = s.value,
                                                           .size = s.size,
                                                           .name = text_at(v, strings, s.name),
                                                           .kind = HMI_SYMBOL_FUNCTION };
        }
    }
    qsort(elf->truth, elf->truth_count, sizeof *elf->truth, by_address);
}

static bool read_file(const char *path, elf_image *elf)
{
    FILE *in = fopen(path, "rb");
    if (in == NULL) {
        return false;
    }
    fseek(in, 0, SEEK_END);
    long len = ftell(in);
    rewind(in);
    elf->file = malloc((size_t)len + 1);
    elf->file_len = len > 0 ? fread(elf->file, 1, (size_t)len, in) : 0;
    fclose(in);
    return elf->file_len > 64 && memcmp(elf->file, ELFMAG, 4) == 0;
}

bool elf_image_load(const char *path, elf_image *ret)
{
    elf_image elf = { 0 };
    if (!read_file(path, &elf)) {
        free(elf.file);
        return false;
    }
    view v = { elf.file, elf.file_len, elf.file[EI_CLASS] == ELFCLASS64 };
    Elf64_Ehdr head64;
    Elf32_Ehdr head32;
    memcpy(&head64, elf.file, sizeof head64);
    memcpy(&head32, elf.file, sizeof head32);
    uint64_t table = v.wide ? head64.e_shoff : head32.e_shoff;
    unsigned count = v.wide ? head64.e_shnum : head32.e_shnum;
    unsigned names_at = v.wide ? head64.e_shstrndx : head32.e_shstrndx;
    unsigned machine = head64.e_machine;
    elf.image.machine = machine == EM_X86_64    ? HMI_MACHINE_X86_64
                        : machine == EM_386     ? HMI_MACHINE_X86
                        : machine == EM_AARCH64 ? HMI_MACHINE_AARCH64
                                                : HMI_MACHINE_OTHER;
    if (elf.image.machine == HMI_MACHINE_OTHER || table == 0 || count == 0 ||
        table + (uint64_t)count * (v.wide ? 64 : 40) > elf.file_len) {
        free(elf.file);
        return false;
    }
    elf.image.bits = v.wide ? 64 : 32;
    elf.image.relocatable = head64.e_type == ET_DYN;
    elf.image.entry = v.wide ? head64.e_entry : head32.e_entry;
    elf.image.segments = calloc(count, sizeof(hmi_segment));
    elf.image.imports = calloc(elf.file_len / 8, sizeof(hmi_import));
    elf.image.pointers = calloc(elf.file_len / 8, sizeof(hmi_pointer));
    section names = section_at(&v, table, names_at);
    for (unsigned i = 0; i < count; i++) {
        section s = section_at(&v, table, i);
        hm_text name = text_at(&v, &names, s.name);
        if (!(s.flags & SHF_ALLOC) || s.size == 0) {
            continue;
        }
        hm_bytes content = { elf.file + s.offset, s.type == SHT_NOBITS ? 0 : s.size };
        elf.image.segments[elf.image.segment_count++] =
            (hmi_segment){ .address = s.address,
                           .size = s.size,
                           .content = content,
                           .offset = s.offset,
                           .read = true,
                           .write = s.flags & SHF_WRITE,
                           .execute = s.flags & SHF_EXECINSTR,
                           .name = name };
        elf.executable += s.flags & SHF_EXECINSTR ? s.size : 0;
        if (hmi_text_is(name, ".eh_frame")) {
            elf.image.eh_frame = content;
            elf.image.eh_frame_address = s.address;
        }
    }
    for (unsigned i = 0; i < count; i++) {
        section s = section_at(&v, table, i);
        section linked = section_at(&v, table, s.link < count ? s.link : 0);
        section strings = section_at(&v, table, linked.link < count ? linked.link : 0);
        if ((s.type == SHT_RELA || s.type == SHT_REL) && (s.flags & SHF_ALLOC)) {
            add_relocations(&elf, &v, &s, &linked, &strings);
        } else if (s.type == SHT_SYMTAB) {
            add_truth(&elf, &v, &s, &linked);
        }
    }
    qsort(elf.image.pointers, elf.image.pointer_count, sizeof(hmi_pointer), by_place);
    qsort(elf.image.imports, elf.image.import_count, sizeof(hmi_import), by_slot);
    *ret = elf;
    return true;
}

void elf_image_free(elf_image *elf)
{
    free(elf->image.segments);
    free(elf->image.imports);
    free(elf->image.pointers);
    free(elf->truth);
    free(elf->file);
}
