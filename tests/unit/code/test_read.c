/* SPDX-License-Identifier: Apache-2.0
 * test_read.c - a small program gives its functions, its odd constant, and the same hash wherever
 * it is linked. */
#include "check.h"
#include "collect.h"

/* f: push rbp; mov rbp,rsp; lea rdi,[rip+TEXT]; mov esi,0x7a3f19c5; call g; test eax,eax; jz +7;
 *    xor eax,0x1234; jmp +2; xor eax,eax; pop rbp; ret; pad
 * g at 48: loop of nine instructions */
#define F_HEAD "\x55\x48\x89\xe5\x48\x8d\x3d"
#define F_REST                                                                                     \
    "\xbe\xc5\x19\x3f\x7a\xe8\x1b\x00\x00\x00\x85\xc0\x74\x07\x35\x34\x12\x00\x00\xeb\x02\x31\xc0" \
    "\x5d\xc3\x90\x90\x90\x90\x90\x90\x90\x90\x90\x90\x90"
#define G                                                                                          \
    "\x31\xc0\x31\xc9\x0f\xb6\x17\x01\xd0\x48\xff\xc7\xff\xc1\x83\xf9\x10\x75\xf2\x69\xc0\x0d\x66" \
    "\x19\x00\xc3"

static size_t functions(const collector *c)
{
    size_t count = 0;
    for (size_t i = 0; i < c->count; i++) {
        count += c->traits[i].class_id == HMI_FUNCTION;
    }
    return count;
}

TEST(finds_functions_and_constants)
{
    static const char code[] = F_HEAD "\xf5\x0f\x00\x00" F_REST G;
    program p;
    collector c;
    program_init(&p, HM_BYTES(code), 0x401000, HM_BYTES("secret handshake"), 0x402000);
    CHECK(collect(&c, &p.image));
    CHECK_EQ(functions(&c), 2);
    CHECK_EQ(c.traits[0].class_id, HMI_FUNCTION);
    CHECK_EQ(c.traits[0].offset, 0x200);
    CHECK_EQ(strlen(c.traits[0].value), 32);
    CHECK_EQ(c.traits[1].offset, 0x200 + 48);
    bool constant = false;
    for (size_t i = 0; i < c.count; i++) {
        constant |= c.traits[i].class_id == HMI_RARE_CONSTANT &&
                    strcmp(c.traits[i].value, "0x7a3f19c5") == 0;
    }
    CHECK(constant);
    hmi_function_facts facts;
    hm_bytes print = { c.traits[0].detail, c.traits[0].detail_len };
    CHECK(hmi_fingerprint_facts(print, &facts));
    CHECK_EQ(facts.instructions, 12);
    CHECK_EQ(facts.blocks, 4);
    CHECK_EQ(facts.machine, HMI_MACHINE_X86_64);
    CHECK(!facts.thunk);
}

TEST(the_hash_does_not_know_where_it_was_linked)
{
    static const char here[] = F_HEAD "\xf5\x0f\x00\x00" F_REST G;
    static const char there[] = F_HEAD "\xf5\x5f\x00\x00" F_REST G;
    program p;
    collector a, b;
    program_init(&p, HM_BYTES(here), 0x401000, HM_BYTES("secret handshake"), 0x402000);
    CHECK(collect(&a, &p.image));
    program_init(&p, HM_BYTES(there), 0x7001000, HM_BYTES("secret handshake"), 0x7007000);
    CHECK(collect(&b, &p.image));
    CHECK_EQ(functions(&b), 2);
    CHECK_CSTR(a.traits[0].value, b.traits[0].value);
    CHECK_CSTR(a.traits[1].value, b.traits[1].value);
    CHECK_EQ(a.traits[0].detail_len, b.traits[0].detail_len);
    CHECK(memcmp(a.traits[0].detail, b.traits[0].detail, a.traits[0].detail_len) == 0);
    hm_bytes left = { a.traits[0].detail, a.traits[0].detail_len };
    hm_bytes right = { b.traits[0].detail, b.traits[0].detail_len };
    CHECK(hmi_fingerprint_similarity(left, right) == 1.0);
}

TEST(another_constant_is_another_hash_but_alike)
{
    static const char here[] = F_HEAD "\xf5\x0f\x00\x00" F_REST G;
    char there[sizeof here];
    memcpy(there, here, sizeof here);
    there[11 + 15] = 0x35; /* xor eax, 0x1235 */
    program p;
    collector a, b;
    program_init(&p, HM_BYTES(here), 0x401000, HM_BYTES("secret handshake"), 0x402000);
    CHECK(collect(&a, &p.image));
    program_init(&p, (hm_bytes){ (const uint8_t *)there, sizeof there - 1 }, 0x401000,
                 HM_BYTES("secret handshake"), 0x402000);
    CHECK(collect(&b, &p.image));
    hm_bytes left = { a.traits[0].detail, a.traits[0].detail_len };
    hm_bytes right = { b.traits[0].detail, b.traits[0].detail_len };
    CHECK(strcmp(a.traits[0].value, b.traits[0].value) != 0);
    double similarity = hmi_fingerprint_similarity(left, right);
    CHECK(similarity > 0.5);
    CHECK(similarity < 1.0);
    CHECK(similarity == hmi_fingerprint_similarity(right, left));
}

static void collect_moved(collector *c, hm_bytes code, bool relocatable, hmi_pointer *pointer)
{
    program p;
    program_init(&p, code, 0x1000, HM_BYTES("secret handshake"), 0x2000);
    p.image.base = 0;
    p.image.relocatable = relocatable;
    p.image.pointers = pointer;
    p.image.pointer_count = pointer != NULL;
    CHECK(collect(c, &p.image));
    CHECK_EQ(functions(c), 2);
}

/* In a program that the loader moves, a number below the program's size is a number. */
TEST(numbers_of_a_moved_program_are_no_addresses)
{
    static const char here[] = F_HEAD "\xf5\x0f\x00\x00" F_REST G;
    char there[sizeof here];
    memcpy(there, here, sizeof here);
    there[11 + 15] = 0x08; /* xor eax, 0x1008 instead of 0x1234: no byte of either is outside */
    there[11 + 16] = 0x10;
    hm_bytes one = HM_BYTES(here), other = { (const uint8_t *)there, sizeof there - 1 };
    hmi_pointer pointer = { .place = 0x1000 + 11 + 15, .value = 0x1008 };
    collector a, b;
    collect_moved(&a, one, true, NULL); /* 0x1234 is not mapped: the same as below either way */
    collect_moved(&b, other, true, NULL);
    CHECK(strcmp(a.traits[0].value, b.traits[0].value) != 0);
    CHECK_CSTR(a.traits[1].value, b.traits[1].value);
    collect_moved(&a, other, true, &pointer); /* a relocation says that it is an address */
    CHECK(strcmp(a.traits[0].value, b.traits[0].value) != 0);
    collect_moved(&b, other, false, NULL); /* so does a fixed place in the address space */
    CHECK_CSTR(a.traits[0].value, b.traits[0].value);
}

TEST(every_byte_of_code_may_be_anything)
{
    static const char good[] = F_HEAD "\xf5\x0f\x00\x00" F_REST G;
    for (size_t bit = 0; bit < 8 * (sizeof good - 1); bit++) {
        char code[sizeof good];
        memcpy(code, good, sizeof good);
        code[bit / 8] = (char)(code[bit / 8] ^ (1 << (bit % 8)));
        program p;
        static collector c;
        program_init(&p, (hm_bytes){ (const uint8_t *)code, sizeof good - 1 }, 0x401000,
                     HM_BYTES("secret handshake"), 0x402000);
        CHECK(collect(&c, &p.image));
        for (size_t i = 0; i < c.count; i++) {
            CHECK(c.traits[i].class_id != HMI_FUNCTION ||
                  hmi_fingerprint_valid((hm_bytes){ c.traits[i].detail, c.traits[i].detail_len }));
        }
    }
}

TEST(segments_may_lie)
{
    static const char code[] = F_HEAD "\xf5\x0f\x00\x00" F_REST G;
    program p;
    collector c;
    static const uint64_t places[] = { 0, 0xffffffffffffffc0, 0x7fffffffffffffff, UINT64_MAX };
    for (size_t i = 0; i < HMI_COUNT(places); i++) {
        program_init(&p, HM_BYTES(code), places[i], HM_BYTES("secret handshake"), places[i] + 8);
        CHECK(collect(&c, &p.image));
    }
    program_init(&p, HM_BYTES(code), 0x1000, HM_BYTES(code), 0x1008);
    p.segments[1].execute = true;
    CHECK(collect(&c, &p.image));
    p.image.machine = HMI_MACHINE_MIPS;
    CHECK(collect(&c, &p.image));
    CHECK_EQ(c.count, 0);
}

RUN_TESTS()
