/* SPDX-License-Identifier: Apache-2.0
 *
 * test_pe.c - every mark of a Windows program is read in both widths; edited marks are noted;
 * damaged files keep what can be had; no prefix and no flipped bit leads outside.
 */
#include "formats/program/pe.h"

#include "check.h"
#include "code/code.h"
#include "collect.h"
#include "pe_build.h"

/* What the reader handed to code analysis, which is not this test's subject. */
static hmi_image seen;

int hmi_code_read(hmi_reading *reading, const hmi_image *image, hm_err *err)
{
    (void)reading;
    (void)err;
    seen = *image;
    return HM_OK;
}

typedef struct reading_of {
    collector got;
    hmi_arena arena;
    hm_err err;
    int code;
} reading_of;

static void read_at(reading_of *r, hm_bytes file, int64_t context_us)
{
    memset(&seen, 0, sizeof seen);
    collect_init(&r->got, 64 << 20);
    hmi_arena_init(&r->arena, 64 << 20);
    hmi_reading reading = { .arena = &r->arena, .sink = &r->got.sink, .context_us = context_us };
    r->code = hmi_reader_pe.read(&reading, file, &r->err);
}

static void read_begin(reading_of *r, hm_bytes file)
{
    read_at(r, file, HMI_TIME_NONE);
}

static void read_end(reading_of *r)
{
    hmi_arena_fini(&r->arena);
    collect_fini(&r->got);
}

TEST(both_widths_give_the_same_image)
{
    static pe_build build;
    for (int wide = 0; wide < 2; wide++) {
        pe_build_make(&build, wide);
        uint64_t base = pe_base(&build), word = wide ? 8 : 4;
        reading_of r;
        CHECK_EQ(hmi_reader_pe.detect(pe_build_bytes(&build), HM_BYTES("")), 100);
        read_begin(&r, pe_build_bytes(&build));
        CHECK_EQ(r.code, HM_OK);
        CHECK_EQ(seen.machine, wide ? HMI_MACHINE_X86_64 : HMI_MACHINE_X86);
        CHECK_EQ(seen.bits, wide ? 64 : 32);
        CHECK(seen.windows);
        CHECK_EQ(seen.entry, base + PE_BUILD_TEXT);
        CHECK_EQ(seen.segment_count, 2);
        CHECK(seen.segments[0].execute && !seen.segments[1].execute);
        CHECK_EQ(seen.import_count, 3);
        CHECK_EQ(seen.imports[0].slot, base + PE_BUILD_SLOTS);
        CHECK_TEXT(seen.imports[0].library, "ws2_32.dll");
        CHECK_TEXT(seen.imports[0].name, "accept");
        CHECK_TEXT(seen.imports[1].name, "#4096");
        CHECK_EQ(seen.imports[2].slot, base + PE_BUILD_SLOTS + 3 * word);
        CHECK_TEXT(seen.imports[2].name, "ExitProcess");
        CHECK_EQ(seen.symbol_count, 1);
        CHECK_EQ(seen.symbols[0].address, base + PE_BUILD_TEXT + 16);
        CHECK_TEXT(seen.symbols[0].name, "Run");
        CHECK_EQ(seen.start_count, 1);
        CHECK_EQ(seen.starts[0], base + PE_BUILD_TEXT + 8);
        CHECK_EQ(seen.pointer_count, 1);
        CHECK_EQ(seen.pointers[0].place, base + PE_BUILD_TLS + 48);
        read_end(&r);
    }
}

/* A number of a program is a number only where a list that was read says that it is no address. */
TEST(what_the_loader_may_move_is_relocatable)
{
    enum { AS_BUILT, STRIPPED, NO_LIST, DAMAGED, CASES };
    static pe_build build;
    for (unsigned i = 0; i < 2 * CASES; i++) {
        bool wide = i & 1;
        unsigned what = i / 2;
        pe_build_make(&build, wide);
        if (what == STRIPPED) {
            build.bytes[PE_BUILD_HEAD + 22] |= 1;
        } else if (what == NO_LIST) {
            pe_put32(&build, PE_BUILD_HEAD + 24 + (wide ? 112u : 96u) + 5 * 8, 0);
            pe_put(&build, 0, 4);
        } else if (what == DAMAGED) {
            pe_put32(&build, PE_BUILD_HEAD + 24 + (wide ? 112u : 96u) + 5 * 8 + 4, 24);
            pe_put32(&build, PE_BUILD_RELOC + 12 + 4, 7); /* a block shorter than its head */
        }
        reading_of r;
        read_begin(&r, pe_build_bytes(&build));
        CHECK_EQ(r.code, HM_OK);
        CHECK_EQ(seen.relocatable, what == AS_BUILT);
        CHECK_EQ(seen.pointer_count, what == NO_LIST ? 0 : 1);
        read_end(&r);
    }
}

/* Address, size and place in the file of both sections, each at its extremes. */
TEST(sections_that_wrap_end_in_the_file)
{
    static const uint32_t ENDS[] = { 0, 1, PE_BUILD_LEN, 0xfffffe00, 0xffffffff };
    static pe_build build;
    for (size_t i = 0; i < 2 * HMI_COUNT(ENDS) * HMI_COUNT(ENDS) * HMI_COUNT(ENDS); i++) {
        size_t n = i / 2;
        uint32_t address = ENDS[n % HMI_COUNT(ENDS)];
        uint32_t size = ENDS[n / HMI_COUNT(ENDS) % HMI_COUNT(ENDS)];
        uint32_t offset = ENDS[n / HMI_COUNT(ENDS) / HMI_COUNT(ENDS)];
        pe_build_make(&build, i & 1);
        for (unsigned section = 0; section < 2; section++) {
            pe_put32(&build, PE_BUILD_HEAD + 24 + (i & 1 ? 240u : 224u) + 40 * section + 8, size);
            pe_put(&build, address, 4);
            pe_put(&build, size, 4);
            pe_put(&build, offset, 4);
        }
        reading_of r;
        read_begin(&r, pe_build_bytes(&build));
        CHECK_EQ(r.code, HM_OK);
        for (size_t k = 0; k < seen.segment_count; k++) {
            hm_bytes content = seen.segments[k].content;
            CHECK(content.len == 0 ||
                  (content.ptr >= build.bytes &&
                   content.len <= (size_t)(build.bytes + build.end - content.ptr)));
        }
        read_end(&r);
    }
}

TEST(every_mark_is_a_trait)
{
    static pe_build build;
    pe_build_make(&build, true);
    reading_of r;
    read_begin(&r, pe_build_bytes(&build));
    /* md5("ws2_32.accept,ws2_32.ord4096,kernel32.exitprocess"), by hand and by pefile's recipe */
    CHECK(collect_has(&r.got, HMI_IMPORT_HASH, HMI_ROLE_IMPORT,
                      "imphash:69fc577f35e7774d0a3a9060bf6cacfa"));
    CHECK(collect_has(&r.got, HMI_EXPORT_SET, HMI_ROLE_EXPORT, "c5301693c4e792bcd5a479ef38fb8f8d"));
    CHECK(collect_has(&r.got, HMI_FILE_NAME, HMI_ROLE_EXPORT, "evil.dll"));
    CHECK(collect_has(&r.got, HMI_PDB_PATH, HMI_ROLE_CONTENT, "Z:\\work\\tool\\Release\\tool.pdb"));
    CHECK(
        collect_has(&r.got, HMI_BUILD_ID, HMI_ROLE_SELF, "pdb:11223344556677880102030405060708-2"));
    CHECK(collect_has(&r.got, HMI_BUILD_TIME, HMI_ROLE_CONTENT, "2013-08-05T19:41:52Z"));
    CHECK(collect_has(&r.got, HMI_RICH_HEADER, HMI_ROLE_CONTENT, "157:40219,170:40219"));
    CHECK(collect_has(&r.got, HMI_VERSION_INFO, HMI_ROLE_CONTENT, "CompanyName=Microsft"));
    CHECK(collect_has(&r.got, HMI_VERSION_INFO, HMI_ROLE_CONTENT, "FileVersion=1.2.3.4"));
    CHECK(!collect_has(&r.got, HMI_ADDRESS, HMI_ROLE_NONE, "1.2.3.4"));
    CHECK(collect_has(&r.got, HMI_FILE_NAME, HMI_ROLE_CONTENT, "svch0st.exe"));
    CHECK(collect_has(&r.got, HMI_SIGNER, HMI_ROLE_CONTENT, "CN=Mallory; serial 0102"));
    CHECK(collect_has(&r.got, HMI_ADDRESS, HMI_ROLE_CONTENT, "198.51.100.23"));
    CHECK(collect_has(&r.got, HMI_SECTION_NAMES, HMI_ROLE_CONTENT, ".text,.rdata"));
    size_t languages = 0, icons = 0, authentihashes = 0;
    for (size_t i = 0; i < r.got.trait_count; i++) {
        languages += r.got.traits[i].class_id == HMI_LANGUAGE;
        icons += r.got.traits[i].class_id == HMI_ICON_HASH;
        authentihashes += r.got.traits[i].class_id == HMI_AUTHENTIHASH;
    }
    CHECK(languages >= 1);
    CHECK_EQ(icons, 1);
    CHECK_EQ(authentihashes, 1);
    CHECK(collect_note_of(&r.got, HMI_NOTE_ODD, "") == NULL);
    CHECK(collect_note_of(&r.got, HMI_NOTE_DAMAGE, "") == NULL);
    read_end(&r);
}

static hm_text authentihash(const reading_of *r)
{
    for (size_t i = 0; i < r->got.trait_count; i++) {
        if (r->got.traits[i].class_id == HMI_AUTHENTIHASH) {
            return r->got.traits[i].value;
        }
    }
    return HM_TEXT("");
}

TEST(the_authentihash_leaves_out_checksum_and_signature_only)
{
    static pe_build build;
    pe_build_make(&build, false);
    reading_of whole, other;
    read_begin(&whole, pe_build_bytes(&build));
    build.bytes[PE_BUILD_HEAD + 24 + 64] ^= 1; /* checksum */
    build.bytes[PE_BUILD_CERT + 40] ^= 1;
    read_begin(&other, pe_build_bytes(&build));
    CHECK_EQ(authentihash(&whole).len, 64);
    CHECK(hmi_text_eq(authentihash(&whole), authentihash(&other)));
    read_end(&other);
    build.bytes[PE_BUILD_TEXT] ^= 1;
    read_begin(&other, pe_build_bytes(&build));
    CHECK(!hmi_text_eq(authentihash(&whole), authentihash(&other)));
    read_end(&other);
    read_end(&whole);
}

TEST(an_edited_rich_header_is_noted)
{
    static pe_build build;
    pe_build_make(&build, true);
    build.bytes[0x50] ^= 1; /* the stub is covered by the checksum */
    reading_of r;
    read_begin(&r, pe_build_bytes(&build));
    CHECK(collect_note_of(&r.got, HMI_NOTE_ODD, "checksum does not fit") != NULL);
    read_end(&r);
    pe_build_make(&build, true);
    build.bytes[PE_BUILD_HEAD + 26] = 14;
    read_begin(&r, pe_build_bytes(&build));
    CHECK(collect_note_of(&r.got, HMI_NOTE_ODD, "names linker 10, the optional header 14.0") !=
          NULL);
    read_end(&r);
}

TEST(times_that_cannot_be_are_noted_and_are_no_trait)
{
    static pe_build build;
    pe_build_make(&build, true);
    reading_of r;
    read_at(&r, pe_build_bytes(&build), INT64_C(1000000000) * 1000000); /* 2001 */
    CHECK(collect_note_of(&r.got, HMI_NOTE_ODD, "later than the evidence") != NULL);
    CHECK(!collect_has(&r.got, HMI_BUILD_TIME, HMI_ROLE_NONE, "2013-08-05T19:41:52Z"));
    read_end(&r);
    pe_put32(&build, PE_BUILD_EXPORT + 4, PE_BUILD_TIME + 10 * 86400);
    read_begin(&r, pe_build_bytes(&build));
    CHECK(collect_note_of(&r.got, HMI_NOTE_ODD, "differs from the header's by 10 days") != NULL);
    read_end(&r);
}

TEST(sixty_five_thousand_sections_are_a_note)
{
    static pe_build build;
    pe_build_make(&build, false);
    build.bytes[PE_BUILD_HEAD + 6] = build.bytes[PE_BUILD_HEAD + 7] = 0xff;
    reading_of r;
    read_begin(&r, pe_build_bytes(&build));
    CHECK_EQ(r.code, HM_OK);
    CHECK(collect_note_of(&r.got, HMI_NOTE_ODD, "65535 sections named, file holds") != NULL);
    read_end(&r);
}

TEST(resource_directories_that_loop_end)
{
    static pe_build build;
    pe_build_make(&build, false);
    pe_put32(&build, PE_BUILD_RSRC + 0x40 + 20, 0x80000000); /* a language that is the root */
    reading_of r;
    read_begin(&r, pe_build_bytes(&build));
    CHECK_EQ(r.code, HM_OK);
    CHECK(collect_note_of(&r.got, HMI_NOTE_ODD, "deeper than three levels") != NULL);
    read_end(&r);
    pe_build_make(&build, false);
    pe_put32(&build, PE_BUILD_RSRC + 20, 0x80000000); /* a type that is the root, 65,535 entries */
    build.bytes[PE_BUILD_RSRC + 14] = build.bytes[PE_BUILD_RSRC + 15] = 0xff;
    read_begin(&r, pe_build_bytes(&build));
    CHECK_EQ(r.code, HM_OK);
    CHECK(r.got.trait_count < 2 * HMI_PE_RESOURCES_MAX);
    read_end(&r);
}

TEST(what_is_no_pe_is_refused_with_its_place)
{
    static pe_build build;
    pe_build_make(&build, false);
    reading_of r;
    read_begin(&r, HM_BYTES("MZ"));
    CHECK_EQ(r.code, HM_E_TRUNCATED);
    read_end(&r);
    build.bytes[PE_BUILD_HEAD] = 'N';
    CHECK_EQ(hmi_reader_pe.detect(pe_build_bytes(&build), HM_BYTES("")), 0);
    read_begin(&r, pe_build_bytes(&build));
    CHECK_EQ(r.code, HM_E_MALFORMED);
    CHECK_EQ(r.err.offset, PE_BUILD_HEAD);
    read_end(&r);
}

TEST(every_prefix_and_every_flipped_bit_is_survived)
{
    static pe_build build;
    for (int wide = 0; wide < 2; wide++) {
        pe_build_make(&build, wide);
        for (size_t len = 0; len < build.end; len++) {
            reading_of r;
            uint8_t *copy =
                malloc(len + 1); /* of exactly this size: the sanitizer sees the border */
            uint8_t *from = copy + 1;
            memcpy(from, build.bytes, len);
            read_begin(&r, hmi_bytes(from, len));
            CHECK(len < 0x188 || r.code == HM_OK);
            read_end(&r);
            free(copy);
        }
        uint8_t *copy = malloc(build.end);
        memcpy(copy, build.bytes, build.end);
        for (size_t bit = 0; bit < 8 * build.end; bit++) {
            copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
            reading_of r;
            read_begin(&r, hmi_bytes(copy, build.end));
            CHECK(r.code == HM_OK || bit / 8 < PE_BUILD_HEAD + 26);
            read_end(&r);
            copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        free(copy);
    }
}

TEST(a_stopped_sink_stops_the_reading)
{
    static pe_build build;
    pe_build_make(&build, true);
    for (size_t n = 1; n < 30; n++) {
        collector got;
        collect_init(&got, 64 << 20);
        got.fail_after = n;
        hmi_reading reading = collect_reading(&got);
        hm_err err;
        CHECK_EQ(hmi_reader_pe.read(&reading, pe_build_bytes(&build), &err), HM_E_CANCELLED);
        collect_fini(&got);
    }
}

RUN_TESTS()
