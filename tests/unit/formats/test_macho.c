/* SPDX-License-Identifier: Apache-2.0
 *
 * test_macho.c - a program for macOS of our own making: commands, symbols, signature, functions.
 */
#include "base/hash.h"
#include "collect.h"
#include "formats/program/macho.h"
#include "sweep.h"

enum {
    CODE = 0x400,
    POINTERS = 0x500,
    SYMBOLS = 0x540,
    STRINGS = 0x590,
    INDIRECT = 0x5c0,
    STARTS = 0x5c8,
    SIGNATURE = 0x600,
    LEN = 0x680,
    BASE = 0x10000
};

/* Two functions: a loop that sums an array, and one that calls it twice. */
static const uint8_t FUNCTIONS[] = {
    0x55, 0x48, 0x89, 0xe5, 0x31, 0xc0, 0x31, 0xc9, 0x39, 0xf1, 0x7d, 0x0d, 0x03, 0x04, 0x8f, 0x69,
    0xc0, 0x4d, 0x3c, 0x2b, 0x1a, 0xff, 0xc1, 0xeb, 0xef, 0x5d, 0xc3, 0x90, 0x90, 0x90, 0x90, 0x90,
    0x55, 0x48, 0x89, 0xe5, 0x53, 0x50, 0x48, 0x89, 0xfb, 0xe8, 0xd2, 0xff, 0xff, 0xff, 0x48, 0x89,
    0xdf, 0x89, 0xc6, 0xe8, 0xc8, 0xff, 0xff, 0xff, 0x48, 0x83, 0xc4, 0x08, 0x5b, 0x5d, 0xc3
};

static void put(uint8_t *out, uint64_t value, unsigned width)
{
    for (unsigned i = 0; i < width; i++) {
        out[i] = (uint8_t)(value >> (8 * i));
    }
}

static void put_big(uint8_t *out, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++) {
        out[i] = (uint8_t)(value >> (24 - 8 * i));
    }
}

static uint8_t *section(uint8_t *at, const char *name, uint64_t offset, uint64_t size,
                        uint32_t flags, uint32_t indirect)
{
    memcpy(at, name, strlen(name));
    memcpy(at + 16, "__TEXT", 6);
    put(at + 32, BASE + offset, 8);
    put(at + 40, size, 8);
    put(at + 48, offset, 4);
    put(at + 64, flags, 4);
    put(at + 68, indirect, 4);
    return at + 80;
}

static uint8_t *command(uint8_t *at, uint32_t kind, uint32_t size, unsigned *count)
{
    put(at, kind, 4);
    put(at + 4, size, 4);
    (*count)++;
    return at + 8;
}

static hm_bytes program(uint8_t *b)
{
    unsigned count = 0;
    uint8_t *at = b + 32, *c;
    memset(b, 0, LEN);
    put(b, 0xfeedfacf, 4);
    put(b + 4, 0x01000007, 4);
    put(b + 12, 2, 4);
    c = command(at, 0x19, 72 + 2 * 80, &count);
    memcpy(c, "__TEXT", 6);
    put(c + 16, BASE, 8);
    put(c + 24, LEN, 8);
    put(c + 40, LEN, 8);
    put(c + 52, 5, 4);
    put(c + 56, 2, 4);
    c = section(c + 64, "__text", CODE, sizeof(FUNCTIONS), 0x80000400, 0);
    at = section(c, "__la_symbol_ptr", POINTERS, 16, 7, 0);
    c = command(at, 0x02, 24, &count);
    put(c, SYMBOLS, 4);
    put(c + 4, 4, 4);
    put(c + 8, STRINGS, 4);
    put(c + 12, 0x30, 4);
    at += 24;
    c = command(at, 0x0b, 80, &count);
    put(c + 48, INDIRECT, 4);
    put(c + 52, 2, 4);
    at += 80;
    c = command(at, 0x0c, 56, &count);
    put(c, 24, 4);
    memcpy(c + 16, "/usr/lib/libSystem.B.dylib", 26);
    at += 56;
    c = command(at, 0x1b, 24, &count);
    memcpy(c, "0123456789abcdef", 16);
    at += 24;
    c = command(at, 0x32, 24, &count);
    put(c, 1, 4);
    put(c + 4, 0x000a0e00, 4);
    put(c + 8, 0x000a0f00, 4);
    at += 24;
    c = command(at, 0x26, 16, &count);
    put(c, STARTS, 4);
    put(c + 4, 4, 4);
    at += 16;
    c = command(at, 0x1d, 16, &count);
    put(c, SIGNATURE, 4);
    put(c + 4, 0x80, 4);
    at += 16;
    c = command(at, 0x80000028, 24, &count);
    put(c, CODE + 32, 8);
    at += 24;
    put(b + 16, count, 4);
    put(b + 20, (uint64_t)(at - b) - 32, 4);
    memcpy(b + CODE, FUNCTIONS, sizeof(FUNCTIONS));
    memcpy(b + STRINGS, "\0_printf\0_Socket\0_main\0_work", 29);
    static const struct {
        uint8_t name, type, section;
        uint64_t value;
    } NAMES[4] = { { 1, 1, 0, 0 },
                   { 9, 1, 0, 0 },
                   { 17, 0x0f, 1, BASE + CODE + 32 },
                   { 23, 0x0f, 1, BASE + CODE } };
    for (unsigned i = 0; i < 4; i++) {
        uint8_t *s = b + SYMBOLS + 16 * i;
        s[0] = NAMES[i].name;
        s[4] = NAMES[i].type;
        s[5] = NAMES[i].section;
        put(s + 8, NAMES[i].value, 8);
    }
    put(b + INDIRECT + 4, 1, 4);
    memcpy(b + STARTS, "\x80\x08\x20\0", 4);
    uint8_t *s = b + SIGNATURE, *d = s + 20;
    put_big(s, 0xfade0cc0);
    put_big(s + 4, 0x80);
    put_big(s + 8, 1);
    put_big(s + 16, 20);
    put_big(d, 0xfade0c02);
    put_big(d + 4, 76);
    put_big(d + 8, 0x20200);
    put_big(d + 20, 52);
    d[36] = 32;
    d[37] = 2;
    put_big(d + 48, 64);
    memcpy(d + 52, "net.evil.x", 10);
    memcpy(d + 64, "TEAM123456", 10);
    return hmi_bytes(b, LEN);
}

static void read_with(collector *got, hm_bytes file)
{
    hm_err err = { 0 };
    collect_init(got, 64 << 20);
    hmi_reading reading = collect_reading(got);
    CHECK_OK(hmi_formats_read(&reading, file, &err));
}

static size_t count_of(const collector *got, hmi_class class_id)
{
    size_t count = 0;
    for (size_t i = 0; i < got->trait_count; i++) {
        count += got->traits[i].class_id == class_id;
    }
    return count;
}

TEST(commands_symbols_and_signature)
{
    static uint8_t b[LEN];
    collector got;
    hm_bytes file = program(b);
    read_with(&got, file);
    CHECK_TEXT(collect_fact_of(&got, "format"), "macho");
    CHECK_TEXT(collect_fact_of(&got, "machine"), "x86-64");
    CHECK_TEXT(collect_fact_of(&got, "macho-type"), "executable");
    CHECK_TEXT(collect_fact_of(&got, "needed"), "/usr/lib/libSystem.B.dylib");
    CHECK(collect_has(&got, HMI_BUILD_ID, HMI_ROLE_SELF, "30313233343536373839616263646566"));
    CHECK(collect_has(&got, HMI_COMPILER, HMI_ROLE_CONTENT,
                      "Mach-O platform 1, least 10.14, SDK 10.15"));
    CHECK(collect_has(&got, HMI_VERSION_INFO, HMI_ROLE_CONTENT, "CodeIdentifier=net.evil.x"));
    CHECK(collect_has(&got, HMI_VERSION_INFO, HMI_ROLE_CONTENT, "TeamIdentifier=TEAM123456"));
    hmi_sha256 digest = hmi_sha256_of(hmi_bytes(b + SIGNATURE + 20, 76));
    char hex[65];
    hmi_hex(hmi_bytes(digest.bytes, 32), hex);
    CHECK(collect_has(&got, HMI_AUTHENTIHASH, HMI_ROLE_SELF, hex));
    hmi_md5 imports = hmi_md5_of(HM_BYTES("_printf,_socket"));
    char value[40] = "macho:";
    hmi_hex(hmi_bytes(imports.bytes, 16), value + 6);
    CHECK(collect_has(&got, HMI_IMPORT_HASH, HMI_ROLE_IMPORT, value));
    CHECK_EQ(count_of(&got, HMI_EXPORT_SET), 1);
    CHECK_EQ(count_of(&got, HMI_FUNCTION), 2);
    CHECK_EQ(count_of(&got, HMI_SSDEEP), 1);
    CHECK_EQ(got.note_count, 0);
    collect_fini(&got);
}

TEST(functions_are_found_without_symbols)
{
    static uint8_t b[LEN];
    collector got;
    hm_bytes file = program(b);
    memset(b + SYMBOLS, 0, 64);
    read_with(&got, file);
    CHECK_EQ(count_of(&got, HMI_FUNCTION), 2);
    collect_fini(&got);
}

TEST(each_program_of_a_fat_file_is_handed_on)
{
    static uint8_t fat[64 + LEN], b[LEN];
    collector got;
    hm_bytes thin = program(b);
    put_big(fat, 0xcafebabe);
    put_big(fat + 4, 1);
    put_big(fat + 8, 0x01000007);
    put_big(fat + 16, 64);
    put_big(fat + 20, LEN);
    memcpy(fat + 64, b, LEN);
    read_with(&got, hmi_bytes(fat, sizeof(fat)));
    CHECK_TEXT(collect_fact_of(&got, "format"), "macho");
    CHECK_EQ(got.member_count, 1);
    CHECK(hmi_bytes_eq(got.members[0].name, HM_BYTES("x86-64-1")));
    CHECK(hmi_bytes_eq(got.members[0].content, thin));
    collect_fini(&got);
    /* a class of Java 8 has 52 where a fat file has its count */
    CHECK_EQ(hmi_reader_macho.detect(HM_BYTES("\xca\xfe\xba\xbe\0\0\0\x34"), HM_BYTES("")), 0);
}

TEST(counts_that_cannot_be)
{
    static uint8_t b[LEN];
    collector got;
    hm_bytes file = program(b);
    put(b + 16, 0xffffffff, 4);
    put(b + 32 + 8 + 56, 0xffffffff, 4); /* sections of the first segment */
    read_with(&got, file);
    CHECK(collect_note_of(&got, HMI_NOTE_DAMAGE, "load commands named") != NULL);
    collect_fini(&got);
}

/* The hash of the function at CODE when its multiplication is by `number`. */
static hm_text hash_with(collector *got, uint32_t type, uint32_t flags, uint32_t number)
{
    static uint8_t b[LEN];
    hm_bytes file = program(b);
    put(b + 12, type, 4);
    put(b + 24, flags, 4);
    put(b + CODE + 17, number, 4);
    read_with(got, file);
    for (size_t i = 0; i < got->trait_count; i++) {
        if (got->traits[i].class_id == HMI_FUNCTION && got->traits[i].offset == CODE) {
            return got->traits[i].value;
        }
    }
    return HM_TEXT("");
}

/* Where the loader may move the program, a number that is also a place in it is a number. */
TEST(numbers_of_what_the_loader_may_move_are_numbers)
{
    static const struct {
        uint32_t type, flags;
        bool moves;
    } ROWS[] = {
        { 2, 0, false }, { 2, 0x200000, true }, { 6, 0, true }, { 8, 0, true }, { 2, 0x85, false },
    };
    for (size_t i = 0; i < HMI_COUNT(ROWS); i++) {
        collector one, other;
        hm_text a = hash_with(&one, ROWS[i].type, ROWS[i].flags, BASE + CODE);
        hm_text b = hash_with(&other, ROWS[i].type, ROWS[i].flags, BASE + CODE + 4);
        CHECK_EQ(a.len, 32);
        CHECK_EQ(hmi_text_eq(a, b), !ROWS[i].moves);
        collect_fini(&one);
        collect_fini(&other);
    }
}

/* Place and size of the sections, symbols, names and slots at their extremes. */
TEST(places_that_wrap_end_in_the_file)
{
    static const uint64_t ENDS[] = { 0,          1,          LEN,       0x7fffffff,
                                     0x80000000, 0xfffffff0, INT64_MAX, UINT64_MAX };
    enum { SECTION = 32 + 72, LISTS = SECTION + 160 + 8, SLOTS = LISTS + 24 + 48 };
    static uint8_t b[LEN];
    hmi_arena arena;
    hmi_arena_init(&arena, 64 << 20);
    for (size_t i = 0; i < 4 * HMI_COUNT(ENDS) * HMI_COUNT(ENDS); i++) {
        uint64_t place = ENDS[i / 4 % HMI_COUNT(ENDS)], size = ENDS[i / 4 / HMI_COUNT(ENDS)];
        hm_bytes file = program(b);
        uint8_t *section = b + SECTION + (i & 1) * 80;
        if (i & 2) {
            put(section + 32, place, 8);
            put(section + 40, size, 8);
            put(section + 48, place, 4);
        } else {
            put(b + LISTS + (i & 1) * 8, place, 4);
            put(b + LISTS + (i & 1) * 8 + 4, size, 4);
            put(b + SLOTS, place, 4);
            put(b + SLOTS + 4, size, 4);
            put(section + 68, size, 4);
        }
        sweep_one(&hmi_reader_macho, &arena, file);
    }
    hmi_arena_fini(&arena);
}

/* Sections that share a table of slots which name nothing are not gone through again and again:
 * the slot behind the last look is none, and the function that calls through it shows that. */
TEST(slots_looked_at_are_counted)
{
    enum { TABLE = 0x1000, SLOTS = HMI_MACHO_SLOTS_MAX, BIG = TABLE + 4 * SLOTS + 4 };
    enum { CODE_SECTION = 32 + 72, SLOT_SECTION = CODE_SECTION + 80 };
    enum { CALL = CODE + 41, INDIRECT_COMMAND = SLOT_SECTION + 80 + 32 };
    static uint8_t b[BIG];
    char seen[2][33] = { { 0 } };
    for (unsigned more = 0; more < 2; more++) {
        memset(b, 0, sizeof b);
        hm_bytes file = program(b);
        file.len = BIG;
        put(b + CODE_SECTION + 40, (uint64_t)8 * (SLOTS - 1 + more), 8);
        put(b + CODE_SECTION + 64, 0x80000407, 4); /* the code is a list of slots, too */
        put(b + SLOT_SECTION + 40, 8, 8);
        put(b + SLOT_SECTION + 68, SLOTS, 4);
        put(b + INDIRECT_COMMAND + 48, TABLE, 4);
        put(b + INDIRECT_COMMAND + 52, SLOTS + 1, 4);
        memset(b + TABLE, 0xff, (size_t)4 * SLOTS);
        put(b + TABLE + 4 * SLOTS, 1, 4);
        memcpy(b + CALL, "\xff\x15\0\0\0\0\x66\x90", 8);
        put(b + CALL + 2, POINTERS - (CALL + 6), 4);
        collector got;
        read_with(&got, file);
        for (size_t i = 0; i < got.trait_count; i++) {
            if (got.traits[i].class_id == HMI_FUNCTION && got.traits[i].offset == CODE + 32) {
                memcpy(seen[more], got.traits[i].value.ptr, 32);
            }
        }
        collect_fini(&got);
    }
    CHECK_EQ(strlen(seen[0]), 32);
    CHECK_EQ(strlen(seen[1]), 32);
    CHECK(strcmp(seen[0], seen[1]) != 0);
}

TEST(cut_anywhere_flipped_anywhere)
{
    static uint8_t b[LEN], fat[72];
    hm_bytes file = program(b);
    sweep(&hmi_reader_macho, file, 0x220);
    sweep_bits(&hmi_reader_macho, file, SYMBOLS, LEN);
    put_big(fat, 0xcafebabf);
    put_big(fat + 4, 2);
    fat[23] = 40;
    fat[31] = 20;
    sweep(&hmi_reader_macho, hmi_bytes(fat, sizeof(fat)), 72);
}

RUN_TESTS()
