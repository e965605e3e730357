/* SPDX-License-Identifier: Apache-2.0
 * test_decode.c - our decoder and Zydis say the same of every instruction Zydis knows. */
#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <Zydis/Zydis.h>

#include "check.h"
#include "code/insn.h"

typedef struct tally {
    unsigned long both, length_differs, only_zydis, only_ours;
} tally;

static ZydisDecoder judge(bool wide)
{
    ZydisDecoder decoder;
    ZydisDecoderInit(&decoder, wide ? ZYDIS_MACHINE_MODE_LONG_64 : ZYDIS_MACHINE_MODE_LEGACY_32,
                     wide ? ZYDIS_STACK_WIDTH_64 : ZYDIS_STACK_WIDTH_32);
    ZydisDecoderEnableMode(&decoder, ZYDIS_DECODER_MODE_KNC, ZYAN_FALSE);
    return decoder;
}

/* Knights Corner alone had these; it never ran the programs we read. */
static bool is_knights_corner(const ZydisDecodedInstruction *instruction)
{
    return instruction->encoding == ZYDIS_INSTRUCTION_ENCODING_MVEX ||
           instruction->mnemonic == ZYDIS_MNEMONIC_JKZD ||
           instruction->mnemonic == ZYDIS_MNEMONIC_JKNZD;
}

/* Returns the length both agree on, else 0. */
static unsigned compare(const ZydisDecoder *decoder, bool wide, const uint8_t *code, size_t len,
                        tally *count)
{
    ZydisDecodedInstruction theirs;
    hmi_insn ours = { 0 };
    unsigned our_len = hmi_decode_x86((hm_bytes){ code, len }, 0x1000, wide, &ours);
    bool known = ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(decoder, NULL, code, len, &theirs));
    if (known && is_knights_corner(&theirs)) {
        return 0;
    }
    if (!known) {
        count->only_ours += our_len != 0;
        return 0;
    }
    if (our_len == 0) {
        if (count->only_zydis++ < 10) {
            print_error("%s-bit: not decoded: %s:", wide ? "64" : "32",
                        ZydisMnemonicGetString(theirs.mnemonic));
            for (unsigned i = 0; i < theirs.length; i++) {
                print_error(" %02x", code[i]);
            }
            print_error("\n");
        }
        return 0;
    }
    if (our_len != theirs.length) {
        if (count->length_differs++ < 10) {
            print_error("%s-bit: %s: %u, expected %u:", wide ? "64" : "32",
                        ZydisMnemonicGetString(theirs.mnemonic), our_len, theirs.length);
            for (unsigned i = 0; i < 15 && i < len; i++) {
                print_error(" %02x", code[i]);
            }
            print_error("\n");
        }
        return 0;
    }
    count->both++;
    return our_len;
}

static void check_agreement(const tally *count)
{
    CHECK_EQ(count->length_differs, 0);
    CHECK_EQ(count->only_zydis, 0);
    CHECK(count->both > 0);
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

TEST(agrees_with_zydis_on_every_opcode_and_modrm)
{
    static const char *const heads[] = { "",
                                         "\x66",
                                         "\xf2",
                                         "\xf3",
                                         "\x48",
                                         "\x66\x48",
                                         "\xf3\x48",
                                         "\x67",
                                         "\x0f",
                                         "\x66\x0f",
                                         "\xf2\x0f",
                                         "\xf3\x0f",
                                         "\x48\x0f",
                                         "\x0f\x38",
                                         "\x66\x0f\x38",
                                         "\xf2\x0f\x38",
                                         "\xf3\x0f\x38",
                                         "\x0f\x3a",
                                         "\x66\x0f\x3a",
                                         "\xf2\x0f\x3a" };
    tally count = { 0 };
    for (int wide = 0; wide < 2; wide++) {
        ZydisDecoder decoder = judge(wide);
        for (size_t h = 0; h < HMI_COUNT(heads); h++) {
            for (unsigned op = 0; op < 256; op++) {
                for (unsigned modrm = 0; modrm < 256; modrm++) {
                    uint8_t code[16] = { 0 };
                    size_t len = strlen(heads[h]);
                    memcpy(code, heads[h], len);
                    code[len] = (uint8_t)op;
                    code[len + 1] = (uint8_t)modrm;
                    code[len + 2] = 0x25; /* a SIB with disp32 where mod is 0 */
                    compare(&decoder, wide, code, sizeof code, &count);
                }
            }
        }
    }
    check_agreement(&count);
}

TEST(agrees_with_zydis_on_random_bytes)
{
    tally count = { 0 };
    uint64_t seed = 88172645463325252ull;
    for (int wide = 0; wide < 2; wide++) {
        ZydisDecoder decoder = judge(wide);
        for (int i = 0; i < 400000; i++) {
            uint64_t words[2] = { next_random(&seed), next_random(&seed) };
            uint8_t code[16];
            memcpy(code, words, sizeof code);
            compare(&decoder, wide, code, 15, &count);
        }
        static const uint8_t heads[] = { 0xc4, 0xc5, 0x62, 0x8f, 0x0f };
        for (int i = 0; i < 400000; i++) {
            uint64_t words[2] = { next_random(&seed), next_random(&seed) };
            uint8_t code[16];
            memcpy(code, words, sizeof code);
            code[0] = heads[(unsigned)i % sizeof heads];
            compare(&decoder, wide, code, 15, &count);
        }
    }
    check_agreement(&count);
    /* What we take and Zydis refuses (lock on a load and the like) stays a small part. */
    print_message("agreed %lu, accepted by ours only %lu\n", count.both, count.only_ours);
}

static void walk_text(const uint8_t *text, size_t len, tally *count)
{
    ZydisDecoder decoder = judge(true);
    size_t max = 2u << 20;
    len = len < max ? len : max;
    for (size_t pos = 0; pos < len;) {
        unsigned step = compare(&decoder, true, text + pos, len - pos, count);
        pos += step ? step : 1;
    }
}

TEST(agrees_with_zydis_on_this_machines_programs)
{
    static const char *const files[] = { "/usr/bin/bash", "/lib/x86_64-linux-gnu/libc.so.6",
                                         "/usr/lib/x86_64-linux-gnu/libcrypto.so.3",
                                         "/usr/bin/python3" };
    tally count = { 0 };
    for (size_t f = 0; f < HMI_COUNT(files); f++) {
        int fd = open(files[f], O_RDONLY | O_CLOEXEC);
        struct stat st;
        if (fd < 0 || fstat(fd, &st) != 0) {
            continue;
        }
        const uint8_t *map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        close(fd);
        if (map == MAP_FAILED) {
            continue;
        }
        const Elf64_Ehdr *head = (const Elf64_Ehdr *)(const void *)map;
        if (memcmp(map, ELFMAG, 4) == 0 && head->e_ident[EI_CLASS] == ELFCLASS64 &&
            head->e_machine == EM_X86_64) {
            const Elf64_Shdr *sections = (const Elf64_Shdr *)(const void *)(map + head->e_shoff);
            for (unsigned i = 0; i < head->e_shnum; i++) {
                if (sections[i].sh_flags & SHF_EXECINSTR && sections[i].sh_size > 4096) {
                    walk_text(map + sections[i].sh_offset, sections[i].sh_size, &count);
                }
            }
        }
        munmap((void *)(uintptr_t)map, (size_t)st.st_size);
    }
    if (count.both == 0) {
        print_message("no x86-64 ELF program here: skipped\n");
        return;
    }
    check_agreement(&count);
}

static void check_both_ways(const uint8_t *code)
{
    hmi_insn quick = { .len = 77 }, slow = { .len = 77 };
    unsigned with_room = hmi_decode_x86((hm_bytes){ code, 64 }, 0x401000, true, &quick);
    unsigned without = hmi_decode_x86((hm_bytes){ code, 15 }, 0x401000, true, &slow);
    if (with_room != without || memcmp(&quick, &slow, sizeof quick) != 0) {
        print_error("%02x %02x %02x %02x %02x: %u, %u\n", code[0], code[1], code[2], code[3],
                    code[4], with_room, without);
        CHECK_EQ(with_room, without);
        CHECK(memcmp(&quick, &slow, sizeof quick) == 0);
    }
}

/* Where 40 bytes can be read the quick path answers, near the end of code the other. */
TEST(both_paths_say_the_same)
{
    static const char *const heads[] = { "", "\x48", "\x41", "\x4d", "\x42", "\x0f", "\x48\x0f" };
    uint64_t seed = 1234567;
    for (size_t h = 0; h < HMI_COUNT(heads); h++) {
        for (unsigned op = 0; op < 65536; op++) {
            uint8_t code[64];
            for (size_t i = 0; i < sizeof code; i += 8) {
                uint64_t word = next_random(&seed);
                memcpy(code + i, &word, 8);
            }
            size_t len = strlen(heads[h]);
            memcpy(code, heads[h], len);
            code[len] = (uint8_t)op;
            code[len + 1] = (uint8_t)(op >> 8);
            check_both_ways(code);
        }
    }
}

TEST(cut_instructions_are_none)
{
    static const uint8_t code[] = { 0x66, 0x48, 0x0f, 0x38, 0xf6, 0x84, 0x25, 1, 2, 3, 4 };
    hmi_insn insn = { .len = 77 };
    for (size_t len = 0; len < sizeof code; len++) {
        CHECK_EQ(hmi_decode_x86((hm_bytes){ code, len }, 0, true, &insn), 0);
        CHECK_EQ(insn.len, 77);
    }
    CHECK_EQ(hmi_decode_x86((hm_bytes){ code, sizeof code }, 0, true, &insn), sizeof code);
}

TEST(fields_are_named)
{
    hmi_insn insn;
    /* mov rax, [rip+0x10] */
    CHECK_EQ(hmi_decode_x86(HM_BYTES("\x48\x8b\x05\x10\0\0\0"), 0x1000, true, &insn), 7);
    CHECK(insn.flags & HMI_INSN_ADDRESSED);
    CHECK(insn.flags & HMI_INSN_READS);
    CHECK_EQ(insn.mem, 0x1017);
    CHECK_EQ(insn.disp_at, 3);
    CHECK_EQ(insn.kind, HMI_KIND_MOVE);
    /* cmp dword [rax+4], 0x12345678 */
    CHECK_EQ(hmi_decode_x86(HM_BYTES("\x81\x78\x04\x78\x56\x34\x12"), 0, true, &insn), 7);
    CHECK_EQ(insn.imm, 0x12345678);
    CHECK_EQ(insn.disp, 4);
    CHECK_EQ(insn.base, 0);
    CHECK_EQ(insn.kind, HMI_KIND_COMPARE);
    CHECK(!(insn.flags & HMI_INSN_WRITES));
    /* jmp [rax*8 + table] */
    CHECK_EQ(hmi_decode_x86(HM_BYTES("\xff\x24\xc5\0\x20\x40\0"), 0, true, &insn), 7);
    CHECK_EQ(insn.flow, HMI_FLOW_JUMP_INDIRECT);
    CHECK_EQ(insn.mem, 0x402000);
    CHECK_EQ(insn.scale, 8);
    /* call rel32 in 32-bit code wraps at 4 GB */
    CHECK_EQ(hmi_decode_x86(HM_BYTES("\xe8\xfb\xff\xff\xff"), 0, false, &insn), 5);
    CHECK_EQ(insn.target, 0);
    CHECK_EQ(insn.flow, HMI_FLOW_CALL);
    CHECK_EQ(hmi_decode_x86(HM_BYTES("\xe9\xf0\xff\xff\xff"), 0, false, &insn), 5);
    CHECK_EQ(insn.target, 0xfffffff5);
}

RUN_TESTS()
