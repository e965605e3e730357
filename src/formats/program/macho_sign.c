/* SPDX-License-Identifier: Apache-2.0
 *
 * macho_sign.c - Mach-O: whose signature it says it carries.
 *
 * WHY    The hash of the code directory is what macOS knows a program by, and team and identifier
 * are chosen by whoever signed. FORM   All big-endian. Super blob: fade0cc0, length, count, then
 * (kind, offset) each. Code directory: fade0c02, length, version, flags, place of hashes, place of
 * the identifier, three counts, hash size u8, hash kind u8 (1 SHA-1, 2 SHA-256), two bytes, spare,
 * scatter (version 0x20100), place of the team (0x20200). TRUST  Nothing is verified: an ad-hoc
 * signature may name any team. So they are no signer but only version information, which an editor
 * plants. OWNS   Nothing.
 */
#include "formats/program/macho.h"

#include "base/hash.h"

static uint32_t big_at(hm_bytes bytes, size_t at)
{
    hmi_cur cur = hmi_cur_over(hmi_slice(bytes, at, 4));
    cur.big = true;
    return hmi_cur_u32(&cur);
}

static int emit_named(hmi_macho *m, hm_bytes directory, const char *key, uint32_t at, hm_err *err)
{
    hm_text name = hmi_program_name(m->reading->arena, hmi_slice(directory, at, directory.len));
    if (at == 0 || at >= directory.len || name.len == 0) {
        return HM_OK;
    }
    return hmi_program_emitf(m->reading, HMI_VERSION_INFO, HMI_ROLE_CONTENT,
                             (uint64_t)(directory.ptr - m->file.ptr) + at, err, "%s=%.*s", key,
                             HMI_FMT(hmi_text_slice(name, 0, 256)));
}

static int read_directory(hmi_macho *m, hm_bytes directory, hm_err *err)
{
    uint32_t version = big_at(directory, 8);
    uint8_t kind = directory.len > 37 ? directory.ptr[37] : 0;
    char hex[65];
    uint64_t place = (uint64_t)(directory.ptr - m->file.ptr);
    HMI_TRY(emit_named(m, directory, "CodeIdentifier", big_at(directory, 20), err));
    if (version >= 0x20200) {
        HMI_TRY(emit_named(m, directory, "TeamIdentifier", big_at(directory, 48), err));
    }
    if (kind == 1) {
        hmi_sha1 digest = hmi_sha1_of(directory);
        hmi_hex(hmi_bytes(digest.bytes, sizeof(digest)), hex);
        return hmi_emit_fact(m->reading, "cdhash", hmi_text(hex, 40), err);
    }
    if (kind != 2) {
        return HM_OK;
    }
    hmi_sha256 digest = hmi_sha256_of(directory);
    hmi_hex(hmi_bytes(digest.bytes, sizeof(digest)), hex);
    HMI_TRY(hmi_emit_fact(m->reading, "cdhash", hmi_text(hex, 40), err));
    return hmi_emit(m->reading, HMI_AUTHENTIHASH, HMI_ROLE_SELF, hmi_text(hex, 64), place, err);
}

int hmi_macho_signature_read(hmi_macho *m, hm_err *err)
{
    hm_bytes all = m->signature;
    if (all.len < 12 || big_at(all, 0) != 0xfade0cc0) {
        return HM_OK;
    }
    uint32_t count = big_at(all, 8);
    for (uint32_t i = 0; i < count && i < HMI_MACHO_BLOBS_MAX; i++) {
        uint32_t at = big_at(all, 16 + 8 * (size_t)i);
        hm_bytes blob = hmi_slice(all, at, all.len);
        if (blob.len < 44 || big_at(blob, 0) != 0xfade0c02) {
            continue;
        }
        uint32_t len = big_at(blob, 4);
        if (len >= 44 && len <= blob.len) {
            HMI_TRY(read_directory(m, hmi_slice(blob, 0, len), err));
        }
    }
    return HM_OK;
}
