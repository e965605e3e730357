/* SPDX-License-Identifier: Apache-2.0
 *
 * kinds.c - the container formats: how each is recognised and which decoders may look at it.
 *
 * WHY    One decoder at a time: the bytes say what they are before libarchive is asked, so that a
 *        damaged zip is never guessed to be something else, and polyglots are read in each meaning.
 *        Filters that start other programs (lzop, lrzip, grzip) are never enabled.
 *        RAR is recognised and refused: libarchive's RAR readers have a history of endless loops
 *        and memory errors; a person unpacks it and adds the files.
 * FORM   Magic numbers at the place named in each detect function; a zip also by its end record,
 *        because a program or picture may stand before it.
 * TRUST  Looks only at single bytes after checking the length.
 * OWNS   Nothing.
 */
#include <archive.h>

#include "base/bytes.h"
#include "base/error.h"
#include "formats/container/archive.h"
#include "formats/reader.h"

enum { CONTAINER_VERSION = 1 };

static int magic_at(hm_bytes file, size_t offset, hm_bytes magic, int score)
{
    return hmi_bytes_eq(hmi_slice(file, offset, magic.len), magic) ? score : 0;
}

static int detect_zip(hm_bytes file, __attribute__((unused)) hm_bytes name)
{
    if (magic_at(file, 0, HM_BYTES("PK\3\4"), 1)) {
        return 95;
    }
    /* Something else in front: a self-extracting program, a picture, a log with a tail. */
    return hmi_zip_find_end(file) != HMI_NPOS ? 60 : 0;
}

static int detect_7z(hm_bytes file, __attribute__((unused)) hm_bytes name)
{
    return magic_at(file, 0, HM_BYTES("7z\xbc\xaf\x27\x1c"), 95);
}

/* Octal digits with leading spaces, ended by space or NUL; -1 when it is none. */
static int64_t tar_octal(hm_bytes field)
{
    int64_t value = 0;
    size_t i = 0, digits = 0;
    while (i < field.len && field.ptr[i] == ' ') {
        i++;
    }
    for (; i < field.len && field.ptr[i] >= '0' && field.ptr[i] <= '7'; i++, digits++) {
        value = value * 8 + (field.ptr[i] - '0');
    }
    bool ended = i == field.len || field.ptr[i] == ' ' || field.ptr[i] == 0;
    return digits > 0 && ended ? value : -1;
}

/* A tar header carries the sum of its own 512 bytes, with the sum's field taken as spaces. */
static int detect_tar(hm_bytes file, __attribute__((unused)) hm_bytes name)
{
    hm_bytes head = hmi_slice(file, 0, 512);
    if (head.len < 512 || head.ptr[0] == 0) {
        return 0;
    }
    int64_t sum = 0;
    for (size_t i = 0; i < 512; i++) {
        sum += i >= 148 && i < 156 ? ' ' : head.ptr[i];
    }
    if (tar_octal(hmi_slice(head, 148, 8)) != sum) {
        return magic_at(file, 257, HM_BYTES("ustar"), HMI_DETECT_CLAIM);
    }
    return magic_at(file, 257, HM_BYTES("ustar"), 1) ? 95 : 80;
}

static int detect_cpio(hm_bytes file, __attribute__((unused)) hm_bytes name)
{
    hm_bytes head = hmi_slice(file, 0, 6);
    bool known = hmi_bytes_eq(head, HM_BYTES("070701")) || hmi_bytes_eq(head, HM_BYTES("070702")) ||
                 hmi_bytes_eq(head, HM_BYTES("070707"));
    return known ? 90 : 0;
}

static int detect_ar(hm_bytes file, __attribute__((unused)) hm_bytes name)
{
    return magic_at(file, 0, HM_BYTES("!<arch>\n"), 95);
}

static int detect_cab(hm_bytes file, __attribute__((unused)) hm_bytes name)
{
    return magic_at(file, 0, HM_BYTES("MSCF\0\0\0\0"), 95);
}

static int detect_iso(hm_bytes file, __attribute__((unused)) hm_bytes name)
{
    return magic_at(file, 0x8001, HM_BYTES("CD001"), 90);
}

static int detect_gzip(hm_bytes file, __attribute__((unused)) hm_bytes name)
{
    return magic_at(file, 0, HM_BYTES("\x1f\x8b\x08"), 95);
}

static int detect_bzip2(hm_bytes file, __attribute__((unused)) hm_bytes name)
{
    if (!magic_at(file, 0, HM_BYTES("BZh"), 1) || file.len < 4 || file.ptr[3] < '1' ||
        file.ptr[3] > '9') {
        return 0;
    }
    bool block = magic_at(file, 4, HM_BYTES("\x31\x41\x59\x26\x53\x59"), 1) != 0;
    bool empty = magic_at(file, 4, HM_BYTES("\x17\x72\x45\x38\x50\x90"), 1) != 0;
    return block || empty ? 95 : 20;
}

static int detect_xz(hm_bytes file, __attribute__((unused)) hm_bytes name)
{
    return magic_at(file, 0, HM_BYTES("\xfd\x37\x7a\x58\x5a\x00"), 95);
}

static int detect_lzip(hm_bytes file, __attribute__((unused)) hm_bytes name)
{
    return magic_at(file, 0, HM_BYTES("LZIP\1"), 90);
}

static int detect_zstd(hm_bytes file, __attribute__((unused)) hm_bytes name)
{
    bool skippable = file.len > 8 && (file.ptr[0] & 0xf0) == 0x50 &&
                     magic_at(file, 1, HM_BYTES("\x2a\x4d\x18"), 1) != 0;
    return skippable ? 60 : magic_at(file, 0, HM_BYTES("\x28\xb5\x2f\xfd"), 95);
}

static int detect_lz4(hm_bytes file, __attribute__((unused)) hm_bytes name)
{
    return magic_at(file, 0, HM_BYTES("\x04\x22\x4d\x18"), 95);
}

static int detect_compress(hm_bytes file, __attribute__((unused)) hm_bytes name)
{
    bool bits = file.len > 3 && (file.ptr[2] & 0x1f) >= 9 && (file.ptr[2] & 0x1f) <= 16;
    return bits ? magic_at(file, 0, HM_BYTES("\x1f\x9d"), 70) : 0;
}

static int detect_rar(hm_bytes file, __attribute__((unused)) hm_bytes name)
{
    return magic_at(file, 0, HM_BYTES("Rar!\x1a\x07"), 95);
}

/* One compressed file: a tape archive inside is opened at once. */
static int enable_single(struct archive *archive, int (*filter)(struct archive *archive))
{
    if (filter(archive) < ARCHIVE_WARN || archive_read_support_format_tar(archive) != ARCHIVE_OK ||
        archive_read_support_format_empty(archive) != ARCHIVE_OK) {
        return ARCHIVE_FATAL;
    }
    return archive_read_support_format_cpio(archive);
}

/* Anything else inside is one member. */
static int enable_plain(struct archive *archive, int (*filter)(struct archive *archive))
{
    return filter(archive) < ARCHIVE_WARN ? ARCHIVE_FATAL
                                          : archive_read_support_format_raw(archive);
}

static int read_rar(hmi_reading *reading, __attribute__((unused)) hm_bytes file, hm_err *err)
{
    return hmi_emit_note(reading, HMI_NOTE_DAMAGE, HM_E_UNSUPPORTED, 0, err,
                         "RAR archives are not opened here: unpack it in a safe place and add the "
                         "files");
}

/* As a packed archive first; whatever gives no member that way is one packed file. */
static int read_single(hmi_reading *reading, hm_bytes file, const hmi_archive_kind *archive,
                       const hmi_archive_kind *plain, hm_err *err)
{
    hmi_archive_budget budget = hmi_archive_budget_of(reading, file);
    int code = hmi_archive_unpack(reading, file, archive, &budget, err);
    bool nothing = budget.members == HMI_ARCHIVE_MEMBERS_MAX;
    if (nothing && (code == HM_OK || code == HM_E_MALFORMED) &&
        reading->depth < HMI_ARCHIVE_DEPTH_MAX) {
        return hmi_archive_unpack(reading, file, plain, &budget, err);
    }
    return code;
}

#define ARCHIVE(id, label, words, enabler)                                 \
    static int read_##id(hmi_reading *reading, hm_bytes file, hm_err *err) \
    {                                                                      \
        static const hmi_archive_kind kind = { label, enabler, NULL };     \
        hmi_archive_budget budget = hmi_archive_budget_of(reading, file);  \
        return hmi_archive_unpack(reading, file, &kind, &budget, err);     \
    }                                                                      \
    const hmi_reader hmi_reader_##id = { label, words, CONTAINER_VERSION, detect_##id, read_##id };

#define SINGLE(id, words, ending)                                                 \
    static int enable_##id(struct archive *archive)                               \
    {                                                                             \
        return enable_single(archive, archive_read_support_filter_##id);          \
    }                                                                             \
    static int enable_plain_##id(struct archive *archive)                         \
    {                                                                             \
        return enable_plain(archive, archive_read_support_filter_##id);           \
    }                                                                             \
    static int read_##id(hmi_reading *reading, hm_bytes file, hm_err *err)        \
    {                                                                             \
        static const hmi_archive_kind archive = { #id, enable_##id, ending };     \
        static const hmi_archive_kind plain = { #id, enable_plain_##id, ending }; \
        return read_single(reading, file, &archive, &plain, err);                 \
    }                                                                             \
    const hmi_reader hmi_reader_##id = { #id, words, CONTAINER_VERSION, detect_##id, read_##id };

ARCHIVE(tar, "tar", "tape archives", archive_read_support_format_tar)
ARCHIVE(cpio, "cpio", "cpio archives", archive_read_support_format_cpio)
ARCHIVE(ar, "ar", "ar archives, Debian packages", archive_read_support_format_ar)
ARCHIVE(7z, "7z", "7-Zip archives", archive_read_support_format_7zip)
ARCHIVE(cab, "cab", "Windows cabinets", archive_read_support_format_cab)
ARCHIVE(iso, "iso", "disc images (ISO 9660)", archive_read_support_format_iso9660)
SINGLE(gzip, "gzip files", ".gz")
SINGLE(bzip2, "bzip2 files", ".bz2")
SINGLE(xz, "xz files", ".xz")
SINGLE(lzip, "lzip files", ".lz")
SINGLE(zstd, "Zstandard files", ".zst")
SINGLE(lz4, "LZ4 files", ".lz4")
SINGLE(compress, "compress files (.Z)", ".Z")

/* Two readings of one zip (directory first, or front to back) may give different members: the
 * second is made when they would, and is the only one when the directory is cut off. */
static int read_zip(hmi_reading *reading, hm_bytes file, hm_err *err)
{
    static const hmi_archive_kind by_directory = { "zip", archive_read_support_format_zip_seekable,
                                                   NULL };
    static const hmi_archive_kind by_stream = { "zip", archive_read_support_format_zip_streamable,
                                                NULL };
    hmi_archive_budget budget = hmi_archive_budget_of(reading, file);
    if (hmi_zip_find_end(file) == HMI_NPOS) {
        HMI_TRY(hmi_emit_note(reading, HMI_NOTE_DAMAGE, HM_E_TRUNCATED, file.len, err,
                              "zip without its directory: read from front to back"));
        return hmi_archive_unpack(reading, file, &by_stream, &budget, err);
    }
    bool disagree = false;
    HMI_TRY(hmi_zip_check(reading, file, &disagree, err));
    HMI_TRY(hmi_archive_unpack(reading, file, &by_directory, &budget, err));
    return disagree ? hmi_archive_unpack(reading, file, &by_stream, &budget, err) : HM_OK;
}

const hmi_reader hmi_reader_zip = { "zip", "ZIP archives, Office Open XML, JAR, APK",
                                    CONTAINER_VERSION, detect_zip, read_zip };
const hmi_reader hmi_reader_rar = { "rar", "RAR archives (recognised, not opened)",
                                    CONTAINER_VERSION, detect_rar, read_rar };
