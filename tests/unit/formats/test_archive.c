/* SPDX-License-Identifier: Apache-2.0
 *
 * test_archive.c - every kind is unpacked from memory; bombs, evil names, wrong passwords and
 * damage each give what can be had and a note. The archives are written by libarchive's own writer
 * here.
 */
#include "formats/container/archive.h"

#include <archive.h>
#include <archive_entry.h>

#include "check.h"
#include "collect.h"
#include "formats/reader.h"

enum { PACKED_MAX = 4 << 20 };

typedef struct packer {
    struct archive *archive;
    uint8_t *bytes;
    size_t len;
} packer;

static void pack_begin(packer *p, int (*format)(struct archive *), int (*filter)(struct archive *),
                       const char *option, const char *password)
{
    p->archive = archive_write_new();
    p->bytes = malloc(PACKED_MAX);
    p->len = 0;
    assert_non_null(p->bytes);
    CHECK_EQ(format(p->archive), ARCHIVE_OK);
    if (filter != NULL) {
        CHECK_EQ(filter(p->archive), ARCHIVE_OK);
    }
    CHECK_EQ(archive_write_set_bytes_per_block(p->archive, 0), ARCHIVE_OK);
    if (option != NULL) {
        CHECK_EQ(archive_write_set_options(p->archive, option), ARCHIVE_OK);
    }
    if (password != NULL) {
        CHECK_EQ(archive_write_set_passphrase(p->archive, password), ARCHIVE_OK);
    }
    CHECK_EQ(archive_write_open_memory(p->archive, p->bytes, PACKED_MAX, &p->len), ARCHIVE_OK);
}

static void pack_file(packer *p, const char *name, const void *content, size_t len)
{
    struct archive_entry *entry = archive_entry_new();
    archive_entry_set_pathname(entry, name);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, (la_int64_t)len);
    archive_entry_set_mtime(entry, 1700000000, 0);
    CHECK_EQ(archive_write_header(p->archive, entry), ARCHIVE_OK);
    CHECK_EQ(archive_write_data(p->archive, content, len), (la_ssize_t)len);
    archive_entry_free(entry);
}

static hm_bytes pack_end(packer *p)
{
    CHECK_EQ(archive_write_close(p->archive), ARCHIVE_OK);
    archive_write_free(p->archive);
    return (hm_bytes){ p->bytes, p->len };
}

static hm_bytes two_files(packer *p, int (*format)(struct archive *),
                          int (*filter)(struct archive *), const char *option, const char *password)
{
    pack_begin(p, format, filter, option, password);
    pack_file(p, "one.txt", "the first file", 14);
    pack_file(p, "dir/two.txt", "the second file, a little longer", 32);
    return pack_end(p);
}

/* Reads with the named reader, which must also be the one that claims the file. */
static int read_as(collector *got, hmi_reading *reading, const char *name, hm_bytes file,
                   hm_err *err)
{
    const hmi_reader *reader = hmi_reader_find(hmi_text_of(name));
    assert_non_null(reader);
    CHECK(reader->detect(file, reading->name) >= HMI_DETECT_CLAIM);
    (void)got;
    return reader->read(reading, file, err);
}

static void check_two_files(const collector *got)
{
    CHECK_EQ(got->member_count, 2);
    CHECK(hmi_bytes_eq(got->members[0].name, HM_BYTES("one.txt")));
    CHECK(hmi_bytes_eq(got->members[0].content, HM_BYTES("the first file")));
    CHECK(hmi_bytes_eq(got->members[1].content, HM_BYTES("the second file, a little longer")));
    CHECK(!got->members[0].truncated);
    CHECK_EQ(got->note_count, 0);
}

static void check_kind(const char *name, int (*format)(struct archive *),
                       int (*filter)(struct archive *), const char *option)
{
    packer p;
    collector got;
    hm_err err = { 0 };
    hm_bytes file = two_files(&p, format, filter, option, NULL);
    collect_init(&got, 64 << 20);
    hmi_reading reading = collect_reading(&got);
    CHECK_OK(read_as(&got, &reading, name, file, &err));
    check_two_files(&got);
    collect_fini(&got);
    free(p.bytes);
}

TEST(every_kind_gives_its_members)
{
    check_kind("zip", archive_write_set_format_zip, NULL, NULL);
    check_kind("zip", archive_write_set_format_zip, NULL, "compression=store");
    check_kind("7z", archive_write_set_format_7zip, NULL, NULL);
    check_kind("tar", archive_write_set_format_ustar, NULL, NULL);
    check_kind("tar", archive_write_set_format_pax, NULL, NULL);
    check_kind("tar", archive_write_set_format_v7tar, NULL, NULL);
    check_kind("cpio", archive_write_set_format_cpio_newc, NULL, NULL);
    check_kind("gzip", archive_write_set_format_ustar, archive_write_add_filter_gzip, NULL);
    check_kind("bzip2", archive_write_set_format_ustar, archive_write_add_filter_bzip2, NULL);
    check_kind("xz", archive_write_set_format_ustar, archive_write_add_filter_xz, NULL);
    check_kind("lzip", archive_write_set_format_ustar, archive_write_add_filter_lzip, NULL);
    check_kind("zstd", archive_write_set_format_ustar, archive_write_add_filter_zstd, NULL);
    check_kind("lz4", archive_write_set_format_ustar, archive_write_add_filter_lz4, NULL);
    check_kind("compress", archive_write_set_format_ustar, archive_write_add_filter_compress, NULL);
}

TEST(a_compressed_single_file_is_named_after_its_container)
{
    packer p;
    collector got;
    hm_err err = { 0 };
    pack_begin(&p, archive_write_set_format_raw, archive_write_add_filter_xz, NULL, NULL);
    pack_file(&p, "ignored", "plain words", 11);
    hm_bytes file = pack_end(&p);
    collect_init(&got, 64 << 20);
    hmi_reading reading = collect_reading(&got);
    reading.name = HM_BYTES("/var/log/access.log.xz");
    CHECK_OK(read_as(&got, &reading, "xz", file, &err));
    CHECK_EQ(got.member_count, 1);
    CHECK(hmi_bytes_eq(got.members[0].name, HM_BYTES("access.log")));
    CHECK(hmi_bytes_eq(got.members[0].content, HM_BYTES("plain words")));
    collect_fini(&got);
    free(p.bytes);
}

static void check_password(const char *option)
{
    static const hm_text passwords[] = { HM_TEXT_INIT("virus"), HM_TEXT_INIT(""),
                                         HM_TEXT_INIT("infected") };
    packer p;
    collector got;
    hm_err err = { 0 };
    hm_bytes file = two_files(&p, archive_write_set_format_zip, NULL, option, "infected");
    collect_init(&got, 64 << 20);
    hmi_reading reading = collect_reading(&got);
    reading.passwords = passwords;
    reading.password_count = 3;
    CHECK_OK(read_as(&got, &reading, "zip", file, &err));
    check_two_files(&got);
    CHECK_TEXT(collect_fact_of(&got, "password"), "infected");
    collect_fini(&got);

    collect_init(&got, 64 << 20);
    reading = collect_reading(&got);
    reading.passwords = passwords;
    reading.password_count = 1;
    CHECK_OK(read_as(&got, &reading, "zip", file, &err));
    CHECK_EQ(got.member_count, 0);
    CHECK(collect_note_of(&got, HMI_NOTE_DAMAGE, "2 encrypted members") != NULL);
    collect_fini(&got);
    free(p.bytes);
}

TEST(passwords_are_tried_in_order_and_a_closed_member_is_said)
{
    check_password("encryption=zipcrypt");
    check_password("encryption=aes256");
}

TEST(a_bomb_stops_at_the_ratio_and_keeps_what_came)
{
    packer p;
    collector got;
    hm_err err = { 0 };
    size_t zeros = 64u << 20;
    uint8_t *content = calloc(1, zeros);
    pack_begin(&p, archive_write_set_format_raw, archive_write_add_filter_gzip, NULL, NULL);
    pack_file(&p, "bomb", content, zeros);
    hm_bytes file = pack_end(&p);
    collect_init(&got, 256 << 20);
    hmi_reading reading = collect_reading(&got);
    CHECK_OK(read_as(&got, &reading, "gzip", file, &err));
    CHECK_EQ(got.member_count, 1);
    CHECK_EQ(got.members[0].content.len, file.len * HMI_ARCHIVE_RATIO_MAX);
    CHECK(got.members[0].truncated);
    const hmi_note *note = collect_note_of(&got, HMI_NOTE_DAMAGE, "stopped unpacking");
    assert_non_null(note);
    CHECK_EQ(note->code, HM_E_LIMIT);
    collect_fini(&got);

    collect_init(&got, 64 << 20);
    reading = collect_reading(&got);
    reading.output_max = 1000;
    CHECK_OK(read_as(&got, &reading, "gzip", file, &err));
    CHECK_EQ(got.members[0].content.len, 1000);
    collect_fini(&got);

    collect_init(&got, 64 << 20);
    reading = collect_reading(&got);
    reading.depth = HMI_ARCHIVE_DEPTH_MAX;
    CHECK_OK(read_as(&got, &reading, "gzip", file, &err));
    CHECK_EQ(got.member_count, 0);
    CHECK(collect_note_of(&got, HMI_NOTE_DAMAGE, "containers deep") != NULL);
    collect_fini(&got);
    free(content);
    free(p.bytes);
}

TEST(members_are_counted)
{
    packer p;
    collector got;
    hm_err err = { 0 };
    pack_begin(&p, archive_write_set_format_zip, NULL, "compression=store", NULL);
    for (int i = 0; i < HMI_ARCHIVE_MEMBERS_MAX + 5; i++) {
        char name[16];
        snprintf(name, sizeof(name), "%d", i);
        pack_file(&p, name, "x", 1);
    }
    hm_bytes file = pack_end(&p);
    collect_init(&got, 64 << 20);
    hmi_reading reading = collect_reading(&got);
    CHECK_OK(read_as(&got, &reading, "zip", file, &err));
    CHECK_EQ(got.member_count, HMI_ARCHIVE_MEMBERS_MAX);
    CHECK(collect_note_of(&got, HMI_NOTE_DAMAGE, "10,000 members") != NULL);
    collect_fini(&got);
    free(p.bytes);
}

TEST(evil_names_stay_data)
{
    static const char *const names[] = { "../up",           "/abs",      "C:\\drive",
                                         "\\\\host\\share", "a/../../b", "esc\x1b]52;c;x\x07" };
    for (size_t i = 0; i < HMI_COUNT(names); i++) {
        packer p;
        collector got;
        hm_err err = { 0 };
        pack_begin(&p, archive_write_set_format_ustar, NULL, NULL, NULL);
        pack_file(&p, names[i], "x", 1);
        hm_bytes file = pack_end(&p);
        collect_init(&got, 64 << 20);
        hmi_reading reading = collect_reading(&got);
        CHECK_OK(read_as(&got, &reading, "tar", file, &err));
        CHECK_EQ(got.member_count, 1);
        CHECK(hmi_bytes_eq(got.members[0].name, hmi_text_bytes(hmi_text_of(names[i]))));
        const hmi_note *note = collect_note_of(&got, HMI_NOTE_ODD, "a member's name is");
        assert_non_null(note);
        CHECK(hmi_find_byte(hmi_text_bytes(note->text), 0x1b) == HMI_NPOS);
        collect_fini(&got);
        free(p.bytes);
    }
}

/* Changes one byte of the name in the first local header only. */
TEST(a_zip_that_names_a_member_twice_is_odd_and_read_both_ways)
{
    packer p;
    collector got;
    hm_err err = { 0 };
    hm_bytes file = two_files(&p, archive_write_set_format_zip, NULL, "compression=store", NULL);
    p.bytes[30] = 'X';
    collect_init(&got, 64 << 20);
    hmi_reading reading = collect_reading(&got);
    CHECK_OK(read_as(&got, &reading, "zip", file, &err));
    CHECK(collect_note_of(&got, HMI_NOTE_ODD,
                          "the directory says \"one.txt\", the local header "
                          "\"Xne.txt\"") != NULL);
    CHECK_EQ(got.member_count, 4);
    collect_fini(&got);
    free(p.bytes);
}

TEST(a_member_the_directory_hides_is_found)
{
    packer p, q;
    collector got;
    hm_err err = { 0 };
    hm_bytes shown_zip =
        two_files(&p, archive_write_set_format_zip, NULL, "compression=store", NULL);
    pack_begin(&q, archive_write_set_format_zip, NULL, "compression=store", NULL);
    pack_file(&q, "hidden.txt", "nobody lists me", 15);
    hm_bytes hidden_zip = pack_end(&q);
    size_t hidden_end = hmi_find(hidden_zip, HM_BYTES("PK\1\2"));
    size_t directory = hmi_find(shown_zip, HM_BYTES("PK\1\2"));
    size_t end = hmi_zip_find_end(shown_zip);
    uint8_t *joined = malloc(shown_zip.len + hidden_end);
    memcpy(joined, shown_zip.ptr, directory);
    memcpy(joined + directory, hidden_zip.ptr, hidden_end);
    memcpy(joined + directory + hidden_end, shown_zip.ptr + directory, shown_zip.len - directory);
    uint32_t moved = (uint32_t)(directory + hidden_end);
    memcpy(joined + end + hidden_end + 16, &moved, sizeof(moved));
    hm_bytes file = { joined, shown_zip.len + hidden_end };

    collect_init(&got, 64 << 20);
    hmi_reading reading = collect_reading(&got);
    CHECK_OK(read_as(&got, &reading, "zip", file, &err));
    const hmi_note *note = collect_note_of(&got, HMI_NOTE_ODD, "does not name");
    assert_non_null(note);
    CHECK_EQ(note->offset, directory);
    bool found = false;
    for (size_t i = 0; i < got.member_count; i++) {
        found |= hmi_bytes_eq(got.members[i].content, HM_BYTES("nobody lists me"));
    }
    CHECK(found);
    collect_fini(&got);
    free(joined);
    free(p.bytes);
    free(q.bytes);
}

TEST(a_zip_behind_something_else_is_still_a_zip)
{
    packer p;
    collector got;
    hm_err err = { 0 };
    hm_bytes zip = two_files(&p, archive_write_set_format_zip, NULL, NULL, NULL);
    uint8_t *joined = malloc(zip.len + 777);
    memset(joined, 'M', 777);
    memcpy(joined + 777, zip.ptr, zip.len);
    collect_init(&got, 64 << 20);
    hmi_reading reading = collect_reading(&got);
    CHECK_OK(read_as(&got, &reading, "zip", (hm_bytes){ joined, zip.len + 777 }, &err));
    check_two_files(&got);
    collect_fini(&got);
    free(joined);
    free(p.bytes);
}

TEST(overlapping_members_are_said)
{
    packer p;
    collector got;
    hm_err err = { 0 };
    hm_bytes file = two_files(&p, archive_write_set_format_zip, NULL, "compression=store", NULL);
    size_t first = hmi_find(file, HM_BYTES("PK\1\2"));
    size_t second =
        first + 46 + hmi_find(hmi_slice(file, first + 46, file.len), HM_BYTES("PK\1\2"));
    memset(p.bytes + second + 42, 0, 4); /* both entries point at the first member */
    collect_init(&got, 64 << 20);
    hmi_reading reading = collect_reading(&got);
    (void)read_as(&got, &reading, "zip", file, &err);
    CHECK(collect_note_of(&got, HMI_NOTE_ODD, "overlap") != NULL);
    collect_fini(&got);
    free(p.bytes);
}

/* Whatever the damage: an answer, within the limits, and never a read outside. */
static void sweep(const char *name, hm_bytes file)
{
    const hmi_reader *reader = hmi_reader_find(hmi_text_of(name));
    uint8_t *copy = malloc(file.len);
    for (size_t len = 0; len < file.len; len++) {
        collector got;
        hm_err err = { 0 };
        uint8_t *cut = malloc(len ? len : 1); /* exact: so that a sanitizer sees one byte too far */
        memcpy(cut, file.ptr, len);
        collect_init(&got, 16 << 20);
        hmi_reading reading = collect_reading(&got);
        (void)reader->detect((hm_bytes){ cut, len }, reading.name);
        int code = reader->read(&reading, (hm_bytes){ cut, len }, &err);
        CHECK(code == HM_OK || code == HM_E_MALFORMED);
        CHECK(code == HM_OK || got.member_count == 0);
        collect_fini(&got);
        free(cut);
    }
    for (size_t bit = 0; bit < file.len * 8; bit++) {
        collector got;
        hm_err err = { 0 };
        memcpy(copy, file.ptr, file.len);
        copy[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        collect_init(&got, 16 << 20);
        hmi_reading reading = collect_reading(&got);
        reading.output_max = 1 << 20;
        int code = reader->read(&reading, (hm_bytes){ copy, file.len }, &err);
        CHECK(code == HM_OK || code == HM_E_MALFORMED);
        collect_fini(&got);
    }
    free(copy);
}

TEST(every_prefix_and_every_flipped_bit_gets_an_answer)
{
    packer p;
    sweep("zip", two_files(&p, archive_write_set_format_zip, NULL, NULL, NULL));
    free(p.bytes);
    sweep("gzip",
          two_files(&p, archive_write_set_format_ustar, archive_write_add_filter_gzip, NULL, NULL));
    free(p.bytes);
    sweep("7z", two_files(&p, archive_write_set_format_7zip, NULL, NULL, NULL));
    free(p.bytes);
    sweep("xz",
          two_files(&p, archive_write_set_format_ustar, archive_write_add_filter_xz, NULL, NULL));
    free(p.bytes);
}

TEST(a_sink_that_stops_is_obeyed)
{
    packer p;
    collector got;
    hm_err err = { 0 };
    hm_bytes file = two_files(&p, archive_write_set_format_zip, NULL, NULL, NULL);
    collect_init(&got, 64 << 20);
    got.fail_after = 1;
    hmi_reading reading = collect_reading(&got);
    CHECK_EQ(read_as(&got, &reading, "zip", file, &err), HM_E_CANCELLED);
    CHECK_EQ(got.member_count, 1);
    collect_fini(&got);
    free(p.bytes);
}

TEST(rar_is_recognised_and_refused_aloud)
{
    collector got;
    hm_err err = { 0 };
    collect_init(&got, 1 << 20);
    hmi_reading reading = collect_reading(&got);
    CHECK_OK(read_as(&got, &reading, "rar", HM_BYTES("Rar!\x1a\x07\x01\x00"), &err));
    CHECK(collect_note_of(&got, HMI_NOTE_DAMAGE, "RAR") != NULL);
    collect_fini(&got);
}

RUN_TESTS()
