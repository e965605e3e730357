/* SPDX-License-Identifier: Apache-2.0
 *
 * pe_build.h - writes a small PE file of either width for tests.
 *
 * Sections lie in memory where they lie in the file, so an rva is an offset. It imports ws2_32 by
 * ordinals 1 and 4096 and kernel32!ExitProcess, exports "Run" as evil.dll, has a Rich header, a PDB
 * path, a TLS callback, one relocation, a Korean version resource, an icon, and a signature of our
 * own making that no key ever made.
 */
#ifndef HMI_TESTS_PE_BUILD_H
#define HMI_TESTS_PE_BUILD_H

#include <string.h>

#include "base/bytes.h"

enum {
    PE_BUILD_HEAD = 0x100,
    PE_BUILD_RICH = 0x80,
    PE_BUILD_TEXT = 0x400,
    PE_BUILD_RDATA = 0x600,
    PE_BUILD_IMPORT = 0x600,
    PE_BUILD_LOOKUP = 0x680,
    PE_BUILD_SLOTS = 0x6c0,
    PE_BUILD_NAMES = 0x700,
    PE_BUILD_EXPORT = 0x760,
    PE_BUILD_DEBUG = 0x7c0,
    PE_BUILD_CODEVIEW = 0x7e0,
    PE_BUILD_TLS = 0x840,
    PE_BUILD_RELOC = 0x880,
    PE_BUILD_RSRC = 0x900,
    PE_BUILD_VERSION = 0xa00,
    PE_BUILD_ICON = 0xb80,
    PE_BUILD_DATA = 0xc00,
    PE_BUILD_CERT = 0xe00,
    PE_BUILD_LEN = 0xf00,
    PE_BUILD_TIME = 0x52000000 /* 2013-08-05 */
};

typedef struct pe_build {
    uint8_t bytes[PE_BUILD_LEN];
    size_t at, end; /* end: of the file with its signature */
    bool wide;
} pe_build;

static inline void pe_put(pe_build *b, uint64_t value, unsigned width)
{
    for (unsigned i = 0; i < width; i++) {
        b->bytes[b->at++] = i < 8 ? (uint8_t)(value >> 8 * i) : 0;
    }
}

static inline void pe_put32(pe_build *b, size_t at, uint64_t value)
{
    b->at = at;
    pe_put(b, value, 4);
}

static inline uint64_t pe_base(const pe_build *b)
{
    return b->wide ? 0x140000000 : 0x400000;
}

static inline void pe_section(pe_build *b, const char *name, uint32_t at, uint32_t size,
                              uint32_t flags)
{
    memcpy(b->bytes + b->at, name, strlen(name));
    b->at += 8;
    pe_put(b, size, 4);
    pe_put(b, at, 4);
    pe_put(b, size, 4);
    pe_put(b, at, 4);
    pe_put(b, 0, 12);
    pe_put(b, flags, 4);
}

static inline void pe_headers(pe_build *b)
{
    memcpy(b->bytes, "MZ", 2);
    pe_put32(b, 60, PE_BUILD_HEAD);
    b->at = PE_BUILD_HEAD;
    memcpy(b->bytes + b->at, "PE\0\0", 4);
    b->at += 4;
    pe_put(b, b->wide ? 0x8664 : 0x14c, 2);
    pe_put(b, 2, 2);
    pe_put(b, PE_BUILD_TIME, 4);
    pe_put(b, 0, 8);
    pe_put(b, b->wide ? 240 : 224, 2);
    pe_put(b, 0x2022, 2); /* a library */
    size_t optional = b->at;
    pe_put(b, b->wide ? 0x20b : 0x10b, 2);
    pe_put(b, 10, 1); /* linker 10.0 */
    pe_put(b, 0, 13);
    pe_put(b, PE_BUILD_TEXT, 4);
    pe_put(b, 0, b->wide ? 4 : 8);
    pe_put(b, pe_base(b), b->wide ? 8 : 4);
    pe_put(b, 0x200, 4);
    pe_put(b, 0x200, 4);
    pe_put(b, 0, 16);
    pe_put(b, 0x1000, 4);
    pe_put(b, 0x400, 4);
    pe_put(b, 0xabcd, 4);
    pe_put(b, 2, 2);
    pe_put(b, 0, b->wide ? 38 : 22);
    pe_put(b, 16, 4);
    size_t dirs = b->at;
    const struct {
        uint32_t index, rva, size;
    } named[] = { { 0, PE_BUILD_EXPORT, 0x60 }, { 1, PE_BUILD_IMPORT, 60 },
                  { 2, PE_BUILD_RSRC, 0x100 },  { 5, PE_BUILD_RELOC, 12 },
                  { 6, PE_BUILD_DEBUG, 28 },    { 9, PE_BUILD_TLS, b->wide ? 40 : 24 } };
    for (size_t i = 0; i < HMI_COUNT(named); i++) {
        pe_put32(b, dirs + named[i].index * 8, named[i].rva);
        pe_put(b, named[i].size, 4);
    }
    b->at = optional + (b->wide ? 240 : 224);
    pe_section(b, ".text", PE_BUILD_TEXT, 0x200, 0x60000020);
    pe_section(b, ".rdata", PE_BUILD_RDATA, PE_BUILD_CERT - PE_BUILD_RDATA, 0x40000040);
}

static inline uint32_t pe_rotate(uint32_t value, unsigned by)
{
    by &= 31;
    return by == 0 ? value : value << by | value >> (32 - by);
}

/* Linker 10.0 (product 157) build 40219 once, C compiler (170) build 40219 five times. */
static inline void pe_rich(pe_build *b)
{
    const uint32_t ids[] = { 157u << 16 | 40219, 170u << 16 | 40219 }, counts[] = { 1, 5 };
    uint32_t key = PE_BUILD_RICH;
    for (unsigned i = 0; i < PE_BUILD_RICH; i++) {
        key += i >= 0x3c && i < 0x40 ? 0 : pe_rotate(b->bytes[i], i);
    }
    key += pe_rotate(ids[0], counts[0]) + pe_rotate(ids[1], counts[1]);
    const uint32_t words[] = { 0x536e6144, 0, 0, 0, ids[0], counts[0], ids[1], counts[1] };
    b->at = PE_BUILD_RICH;
    for (size_t i = 0; i < HMI_COUNT(words); i++) {
        pe_put(b, words[i] ^ key, 4);
    }
    pe_put(b, 0x68636952, 4);
    pe_put(b, key, 4);
}

static inline void pe_imports(pe_build *b)
{
    unsigned word = b->wide ? 8 : 4;
    uint64_t by_ordinal = UINT64_C(1) << (b->wide ? 63 : 31);
    memcpy(b->bytes + PE_BUILD_NAMES, "WS2_32.dll", 11);
    memcpy(b->bytes + PE_BUILD_NAMES + 16, "KERNEL32.dll", 13);
    memcpy(b->bytes + PE_BUILD_NAMES + 34, "ExitProcess", 12);
    for (unsigned i = 0; i < 2; i++) {
        b->at = i == 0 ? PE_BUILD_LOOKUP : PE_BUILD_SLOTS;
        pe_put(b, by_ordinal | 1, word);
        pe_put(b, by_ordinal | 4096, word);
        pe_put(b, 0, word);
        pe_put(b, PE_BUILD_NAMES + 32, word);
        pe_put(b, 0, word);
    }
    for (unsigned i = 0; i < 2; i++) {
        pe_put32(b, PE_BUILD_IMPORT + i * 20, PE_BUILD_LOOKUP + i * 3 * word);
        pe_put(b, 0, 8);
        pe_put(b, PE_BUILD_NAMES + i * 16, 4);
        pe_put(b, PE_BUILD_SLOTS + i * 3 * word, 4);
    }
}

static inline void pe_exports(pe_build *b)
{
    b->at = PE_BUILD_EXPORT;
    pe_put(b, 0, 4);
    pe_put(b, PE_BUILD_TIME, 4);
    pe_put(b, 0, 4);
    pe_put(b, PE_BUILD_EXPORT + 64, 4); /* name */
    pe_put(b, 1, 4);
    pe_put(b, 1, 4);
    pe_put(b, 1, 4);
    pe_put(b, PE_BUILD_EXPORT + 40, 4);
    pe_put(b, PE_BUILD_EXPORT + 44, 4);
    pe_put(b, PE_BUILD_EXPORT + 48, 4);
    pe_put(b, PE_BUILD_TEXT + 16, 4);
    pe_put(b, PE_BUILD_EXPORT + 80, 4);
    pe_put(b, 0, 2);
    memcpy(b->bytes + PE_BUILD_EXPORT + 64, "evil.dll", 9);
    memcpy(b->bytes + PE_BUILD_EXPORT + 80, "Run", 4);
}

static inline void pe_debug(pe_build *b)
{
    static const char path[] = "Z:\\work\\tool\\Release\\tool.pdb";
    pe_put32(b, PE_BUILD_DEBUG + 12, 2);
    pe_put(b, 24 + sizeof path, 4);
    pe_put(b, PE_BUILD_CODEVIEW, 4);
    pe_put(b, PE_BUILD_CODEVIEW, 4);
    memcpy(b->bytes + PE_BUILD_CODEVIEW,
           "RSDS\x44\x33\x22\x11\x66\x55\x88\x77\x01\x02\x03\x04"
           "\x05\x06\x07\x08\x02\0\0",
           24);
    memcpy(b->bytes + PE_BUILD_CODEVIEW + 24, path, sizeof path);
}

static inline void pe_resource_path(pe_build *b, size_t at, uint32_t id, uint32_t place)
{
    b->bytes[at + 14] = 1;
    pe_put32(b, at + 16, id);
    pe_put(b, place, 4);
}

/* A block of the version resource whose text value (if any) is `value`; its length is set later. */
static inline size_t pe_block(pe_build *b, const char *key, const char *value)
{
    size_t begin = b->at;
    pe_put(b, 0, 2);
    pe_put(b, value ? strlen(value) + 1 : 0, 2);
    pe_put(b, 1, 2);
    for (size_t i = 0; i <= strlen(key); i++) {
        pe_put(b, (uint8_t)key[i], 2);
    }
    b->at = (b->at + 3) & ~(size_t)3;
    for (size_t i = 0; value && i <= strlen(value); i++) {
        pe_put(b, (uint8_t)value[i], 2);
    }
    return begin;
}

static inline void pe_block_end(pe_build *b, size_t begin)
{
    size_t end = b->at;
    b->at = begin;
    pe_put(b, end - begin, 2);
    b->at = (end + 3) & ~(size_t)3;
}

static inline void pe_resources(pe_build *b)
{
    b->bytes[PE_BUILD_RSRC + 14] = 2;
    pe_put32(b, PE_BUILD_RSRC + 16, 3); /* icon */
    pe_put(b, 0x80000020, 4);
    pe_put(b, 16, 4); /* version */
    pe_put(b, 0x80000060, 4);
    pe_resource_path(b, PE_BUILD_RSRC + 0x20, 1, 0x80000040);
    pe_resource_path(b, PE_BUILD_RSRC + 0x40, 0x412, 0xa0);
    pe_resource_path(b, PE_BUILD_RSRC + 0x60, 1, 0x80000080);
    pe_resource_path(b, PE_BUILD_RSRC + 0x80, 0x412, 0xb0);
    pe_put32(b, PE_BUILD_RSRC + 0xa0, PE_BUILD_ICON);
    pe_put(b, 0x80, 4);
    pe_put32(b, PE_BUILD_RSRC + 0xb0, PE_BUILD_VERSION);
    pe_put(b, 0x180, 4);
    for (unsigned i = 0; i < 0x80; i++) {
        b->bytes[PE_BUILD_ICON + i] = (uint8_t)(i * 7);
    }
    b->at = PE_BUILD_VERSION;
    size_t root = pe_block(b, "VS_VERSION_INFO", NULL);
    size_t info = pe_block(b, "StringFileInfo", NULL);
    size_t table = pe_block(b, "041204b0", NULL);
    pe_block_end(b, pe_block(b, "CompanyName", "Microsft"));
    pe_block_end(b, pe_block(b, "FileVersion", "1.2.3.4"));
    pe_block_end(b, pe_block(b, "OriginalFilename", "svch0st.exe"));
    pe_block_end(b, table);
    pe_block_end(b, info);
    pe_block_end(b, root);
}

/* Puts tag and length (below 128) in front of the `len` bytes at `at`; returns the new length. */
static inline size_t pe_der(uint8_t *at, uint8_t tag, size_t len)
{
    memmove(at + 2, at, len);
    at[0] = tag;
    at[1] = (uint8_t)len;
    return len + 2;
}

static inline void pe_signature(pe_build *b)
{
    /* certificate { tbs { serial 0x0102, alg, issuer, validity, subject { CN=Mallory } } } */
    uint8_t cert[128] =
        "\x02\x02\x01\x02\x30\x00\x30\x00\x30\x00\x30\x12\x31\x10\x30\x0e\x06\x03\x55"
        "\x04\x03\x0c\x07Mallory";
    size_t len = pe_der(cert, 0x30, 30);
    len = pe_der(cert, 0x30, len);
    len = pe_der(cert, 0xa0, len);
    /* signed data { version, algorithms, content, certificates, signers { { 1, { {}, serial } } } }
     */
    uint8_t body[160] = "\x02\x01\x01\x31\x00\x30\x00";
    memcpy(body + 7, cert, len);
    memcpy(body + 7 + len, "\x31\x0d\x30\x0b\x02\x01\x01\x30\x06\x30\x00\x02\x02\x01\x02", 15);
    len = pe_der(body, 0x30, 7 + len + 15);
    len = pe_der(body, 0xa0, len);
    uint8_t all[180] = "\x06\x02\x2a\x03";
    memcpy(all + 4, body, len);
    len = pe_der(all, 0x30, 4 + len);
    pe_put32(b, PE_BUILD_CERT, 8 + len);
    pe_put(b, 0x200, 2);
    pe_put(b, 2, 2);
    memcpy(b->bytes + b->at, all, len);
    b->end = PE_BUILD_CERT + 8 + len;
    size_t dirs = PE_BUILD_HEAD + 24 + (b->wide ? 112u : 96u);
    pe_put32(b, dirs + 4 * 8, PE_BUILD_CERT);
    pe_put(b, 8 + len, 4);
}

static inline void pe_build_make(pe_build *b, bool wide)
{
    memset(b, 0, sizeof *b);
    b->wide = wide;
    unsigned word = wide ? 8 : 4;
    pe_headers(b);
    pe_rich(b);
    memset(b->bytes + PE_BUILD_TEXT, 0xc3, 0x40);
    pe_imports(b);
    pe_exports(b);
    pe_debug(b);
    b->at = PE_BUILD_TLS + 3 * word;
    pe_put(b, pe_base(b) + PE_BUILD_TLS + 48, word);
    b->at = PE_BUILD_TLS + 48;
    pe_put(b, pe_base(b) + PE_BUILD_TEXT + 8, word);
    b->at = PE_BUILD_RELOC;
    pe_put(b, 0, 4);
    pe_put(b, 12, 4);
    pe_put(b, (wide ? 10u : 3u) << 12 | (PE_BUILD_TLS + 48), 2);
    pe_resources(b);
    memcpy(b->bytes + PE_BUILD_DATA, "cmd.exe /c start %TEMP%\\upd.exe and 198.51.100.23", 50);
    pe_signature(b);
}

static inline hm_bytes pe_build_bytes(const pe_build *b)
{
    return hmi_bytes(b->bytes, b->end);
}

#endif
