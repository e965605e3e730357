/* SPDX-License-Identifier: Apache-2.0
 *
 * ole_build.h - writes small compound files (version 3, all streams in the mini stream).
 */
#ifndef HMI_TESTS_OLE_BUILD_H
#define HMI_TESTS_OLE_BUILD_H

#include "base/buf.h"
#include "base/bytes.h"

enum { OLE_ENTRIES = 32, OLE_MINI = 16384 };

typedef struct ole_build {
    struct {
        const char *name;
        unsigned kind;
        size_t parent;
        hm_bytes content;
        uint32_t start;
    } entries[OLE_ENTRIES];
    size_t count;
    uint8_t out[65536];
} ole_build;

static inline void ole_put(uint8_t *at, uint64_t value, unsigned width)
{
    for (unsigned i = 0; i < width; i++) {
        at[i] = (uint8_t)(value >> (8 * i));
    }
}

static inline void ole_begin(ole_build *b)
{
    memset(b, 0, sizeof(*b));
    b->entries[0].name = "Root Entry";
    b->entries[0].kind = 5;
    b->count = 1;
}

static inline size_t ole_add(ole_build *b, size_t parent, const char *name, unsigned kind,
                             hm_bytes content)
{
    b->entries[b->count].name = name;
    b->entries[b->count].kind = kind;
    b->entries[b->count].parent = parent;
    b->entries[b->count].content = content;
    return b->count++;
}

/* Sector 0: FAT; 1: mini FAT; then the directory (4 entries each); then the mini stream. */
static inline hm_bytes ole_finish(ole_build *b)
{
    uint8_t *fat = b->out + 512, *mini_fat = b->out + 1024, *dir = b->out + 1536;
    uint32_t dir_sectors = (uint32_t)(b->count + 3) / 4, first = 2 + dir_sectors, mini = 0;
    uint8_t *mini_at = b->out + 512 * (first + 1);
    memcpy(b->out, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8);
    ole_put(b->out + 26, 3, 2);
    ole_put(b->out + 28, 0xfffe, 2);
    ole_put(b->out + 30, 9, 2);
    ole_put(b->out + 32, 6, 2);
    ole_put(b->out + 44, 1, 4);
    ole_put(b->out + 48, 2, 4);
    ole_put(b->out + 56, 4096, 4);
    ole_put(b->out + 60, 1, 4);
    ole_put(b->out + 64, 1, 4);
    ole_put(b->out + 68, 0xfffffffe, 4);
    memset(b->out + 76, 0xff, 436);
    ole_put(b->out + 76, 0, 4);
    memset(fat, 0xff, 512);
    memset(mini_fat, 0xff, 512);
    for (size_t i = 0; i < b->count; i++) {
        b->entries[i].start = mini;
        size_t len = b->entries[i].content.len;
        if (len > 0) {
            memcpy(mini_at + 64 * mini, b->entries[i].content.ptr, len);
        }
        uint32_t used = (uint32_t)(len + 63) / 64;
        for (uint32_t k = 0; k < used; k++) {
            ole_put(mini_fat + 4 * (mini + k), k + 1 < used ? mini + k + 1 : 0xfffffffe, 4);
        }
        mini += used;
    }
    uint32_t mini_sectors = (64 * mini + 511) / 512;
    ole_put(fat, 0xfffffffd, 4);
    ole_put(fat + 4, 0xfffffffe, 4);
    for (uint32_t i = 0; i < dir_sectors; i++) {
        ole_put(fat + 4 * (2 + i), i + 1 < dir_sectors ? 3 + i : 0xfffffffe, 4);
    }
    for (uint32_t i = 0; i < mini_sectors; i++) {
        ole_put(fat + 4 * (first + i), i + 1 < mini_sectors ? first + i + 1 : 0xfffffffe, 4);
    }
    for (size_t i = 0; i < b->count; i++) {
        uint8_t *e = dir + 128 * i;
        size_t len = strlen(b->entries[i].name);
        for (size_t k = 0; k < len; k++) {
            e[2 * k] = (uint8_t)b->entries[i].name[k];
        }
        ole_put(e + 64, 2 * (len + 1), 2);
        e[66] = (uint8_t)b->entries[i].kind;
        memset(e + 68, 0xff, 12);
        /* siblings hang on each other's right side */
        for (size_t k = i + 1; k < b->count; k++) {
            if (i > 0 && b->entries[k].parent == b->entries[i].parent) {
                ole_put(e + 72, k, 4);
                break;
            }
        }
        for (size_t k = i + 1; k < b->count; k++) {
            if (b->entries[k].parent == i) {
                ole_put(e + 76, k, 4);
                break;
            }
        }
        ole_put(e + 116, i == 0 ? first : b->entries[i].start, 4);
        ole_put(e + 120, i == 0 ? 64 * mini : b->entries[i].content.len, 8);
    }
    return hmi_bytes(b->out, 512 * (size_t)(first + 1 + mini_sectors));
}

/* A packed container of literals only: one chunk. */
static inline size_t ole_vba_pack(uint8_t *out, const uint8_t *text, size_t len)
{
    size_t at = 3;
    out[0] = 1;
    for (size_t i = 0; i < len; i++) {
        if (i % 8 == 0) {
            out[at++] = 0;
        }
        out[at++] = text[i];
    }
    ole_put(out + 1, 0xb000 | (at - 1 - 3), 2);
    return at;
}

static inline hm_bytes ole_vba_module(uint8_t *out, const char *cache, const char *source)
{
    size_t head = strlen(cache);
    memcpy(out, cache, head);
    return hmi_bytes(out, head + ole_vba_pack(out + head, (const uint8_t *)source, strlen(source)));
}

static inline hm_bytes ole_vba_dir(uint8_t *out, const char *module, uint32_t offset)
{
    uint8_t raw[128];
    size_t len = strlen(module), at = 0;
    ole_put(raw, 9, 2);
    ole_put(raw + 2, 4, 4);
    memset(raw + 6, 0, 6);
    at = 12;
    ole_put(raw + at, 0x1a, 2);
    ole_put(raw + at + 2, len, 4);
    memcpy(raw + at + 6, module, len);
    at += 6 + len;
    ole_put(raw + at, 0x31, 2);
    ole_put(raw + at + 2, 4, 4);
    ole_put(raw + at + 6, offset, 4);
    return hmi_bytes(out, ole_vba_pack(out, raw, at + 10));
}

static inline hm_bytes ole_summary(uint8_t *out, const char *author, const char *last)
{
    const char *texts[2] = { author, last };
    memset(out, 0, 512);
    ole_put(out, 0xfffe, 2);
    ole_put(out + 24, 1, 4);
    memcpy(out + 28, "\xe0\x85\x9f\xf2\xf9\x4f\x68\x10\xab\x91\x08\x00\x2b\x27\xb3\xd9", 16);
    ole_put(out + 44, 48, 4);
    uint8_t *set = out + 48;
    size_t at = 8 + 3 * 8;
    ole_put(set + 4, 3, 4);
    for (unsigned i = 0; i < 2; i++) {
        ole_put(set + 8 + 8 * i, i == 0 ? 4 : 8, 4);
        ole_put(set + 12 + 8 * i, at, 4);
        ole_put(set + at, 30, 4);
        ole_put(set + at + 4, strlen(texts[i]) + 1, 4);
        memcpy(set + at + 8, texts[i], strlen(texts[i]));
        at += 8 + (strlen(texts[i]) + 4) / 4 * 4;
    }
    ole_put(set + 24, 12, 4);
    ole_put(set + 28, at, 4);
    ole_put(set + at, 64, 4);
    ole_put(set + at + 4, UINT64_C(130612608000000000), 8);
    ole_put(set, at + 12, 4);
    return hmi_bytes(out, 48 + at + 12);
}

static inline hm_bytes ole_native(uint8_t *out, const char *label, const char *content)
{
    size_t at = 4, len = strlen(label) + 1;
    memset(out, 0, 128);
    ole_put(out + at, 2, 2);
    at += 2;
    memcpy(out + at, label, len);
    at += len;
    memcpy(out + at, "C:\\a", 5);
    at += 5 + 4;
    ole_put(out + at, 5, 4);
    memcpy(out + at + 4, "C:\\t", 5);
    at += 9;
    ole_put(out + at, strlen(content), 4);
    memcpy(out + at + 4, content, strlen(content));
    at += 4 + strlen(content);
    ole_put(out, at - 4, 4);
    return hmi_bytes(out, at);
}

#endif
