/* SPDX-License-Identifier: Apache-2.0
 *
 * test_pdf.c - documents of our own making: actions, texts, streams of objects; cut and flipped.
 */
#include "collect.h"
#include "formats/document/pdf.h"
#include "sweep.h"

static void read_with(collector *got, hm_bytes file)
{
    hm_err err = { 0 };
    collect_init(got, 64 << 20);
    hmi_reading reading = collect_reading(got);
    CHECK_OK(hmi_formats_read(&reading, file, &err));
}

static const char DOCUMENT[] =
    "%PDF-1.5\n%\xe2\xe3\xcf\xd3\n"
    "1 0 obj <</Type /Catalog /OpenAction 2 0 R /Metadata 7 0 R>> endobj\n"
    "2 0 obj <</S /JavaScript /JS 3 0 R>> endobj\n"
    "3 0 obj <</Length 18 /Filter /ASCIIHexDecode>> stream\n"
    "6170702e616c65727428 2731 2729>\nendstream endobj\n"
    "4 0 obj <</Type /Action /S /L#61unch /Win <</F (cmd.exe) /P (/c echo \\(hi\\))>> >> endobj\n"
    "5 0 obj <</A <</S /URI /URI (http://c2.example.net/\\141)>> >> endobj\n"
    "6 0 obj <</Type /EmbeddedFile /Filter [/ASCII85Decode] /Length 13>> stream\n"
    "87cURD]i,\"Ebo7~>\nendstream endobj\n"
    "7 0 obj <</Type /Metadata /Length 300>> stream\n"
    "<x xmpMM:DocumentID=\"uuid:11111111-2222\"><xmp:CreatorTool>Tool 1</xmp:CreatorTool></x>\n"
    "endstream endobj\n"
    "8 0 obj <</Author (Kim\\040Lee) /Producer <feff00410042> "
    "/CreationDate (D:20141124090000+09'00')>> endobj\n"
    "9 0 obj <</JS (var inline = 1;)>> endobj\n"
    "trailer <</Root 1 0 R /Info 8 0 R /ID [<00112233445566778899aabbccddeeff> <01>]>>\n"
    "startxref\n0\n%%EOF\n";

TEST(actions_texts_and_makers)
{
    collector got;
    read_with(&got, HM_BYTES(DOCUMENT));
    CHECK_TEXT(collect_fact_of(&got, "format"), "pdf");
    CHECK(collect_has(&got, HMI_DOCUMENT_PROPERTY, HMI_ROLE_CONTENT, "author=Kim Lee"));
    CHECK(collect_has(&got, HMI_DOCUMENT_PROPERTY, HMI_ROLE_CONTENT, "producer=AB"));
    CHECK(
        collect_has(&got, HMI_DOCUMENT_PROPERTY, HMI_ROLE_CONTENT, "created=2014-11-24T00:00:00Z"));
    CHECK(collect_has(&got, HMI_DOCUMENT_PROPERTY, HMI_ROLE_CONTENT,
                      "pdf-id=00112233445566778899aabbccddeeff"));
    CHECK(collect_has(&got, HMI_DOCUMENT_PROPERTY, HMI_ROLE_CONTENT,
                      "xmp-document-id=uuid:11111111-2222"));
    CHECK(collect_has(&got, HMI_DOCUMENT_PROPERTY, HMI_ROLE_CONTENT, "xmp-tool=Tool 1"));
    CHECK(collect_has(&got, HMI_URL, HMI_ROLE_CONTENT, "http://c2.example.net/a"));
    CHECK(collect_has(&got, HMI_COMMAND_LINE, HMI_ROLE_CONTENT, "/c echo (hi)"));
    CHECK(collect_note_of(&got, HMI_NOTE_ODD, "starts a program") != NULL);
    CHECK(collect_note_of(&got, HMI_NOTE_ODD, "spelt with #") != NULL);
    CHECK_EQ(got.member_count, 3);
    CHECK(hmi_bytes_eq(got.members[0].name, HM_BYTES("object-3.js")));
    CHECK(hmi_bytes_eq(got.members[0].content, HM_BYTES("app.alert('1')")));
    CHECK(hmi_bytes_eq(got.members[1].name, HM_BYTES("object-6")));
    CHECK(hmi_bytes_eq(got.members[1].content, HM_BYTES("Hello World")));
    CHECK(hmi_bytes_eq(got.members[2].content, HM_BYTES("var inline = 1;")));
    collect_fini(&got);
}

/* zlib.compress(b"10 0 11 26 <</JS (var hidden = 2;) >><</URI (http://c2.example.net/z)>>", 9) */
static const uint8_t PACKED[] = {
    0x78, 0xda, 0x33, 0x34, 0x50, 0x30, 0x50, 0x30, 0x34, 0x54, 0x30, 0x32, 0x53, 0xb0, 0xb1, 0xd1,
    0xf7, 0x0a, 0x56, 0xd0, 0x28, 0x4b, 0x2c, 0x52, 0xc8, 0xc8, 0x4c, 0x49, 0x49, 0xcd, 0x53, 0xb0,
    0x55, 0x30, 0xb2, 0xd6, 0x54, 0xb0, 0xb3, 0x03, 0xca, 0x84, 0x06, 0x79, 0x2a, 0x68, 0x64, 0x94,
    0x94, 0x14, 0x58, 0xe9, 0xeb, 0x27, 0x1b, 0xe9, 0xa5, 0x56, 0x24, 0xe6, 0x16, 0xe4, 0xa4, 0xea,
    0xe5, 0xa5, 0x96, 0xe8, 0x57, 0x69, 0xda, 0xd9, 0x01, 0x00, 0x81, 0xa1, 0x13, 0x95
};

TEST(objects_inside_a_stream)
{
    collector got;
    hmi_buf file;
    hmi_buf_init(&file, 0);
    hmi_buf_printf(&file,
                   "junk before\n%%PDF-1.5\n1 0 obj <</Type /ObjStm /N 2 /First 11 /Filter "
                   "/FlateDecode /Length %zu>> stream\r\n",
                   sizeof(PACKED));
    hmi_buf_add(&file, hmi_bytes(PACKED, sizeof(PACKED)));
    hmi_buf_add_cstr(&file, "\nendstream endobj\n");
    read_with(&got, hmi_buf_bytes(&file));
    CHECK(collect_has(&got, HMI_URL, HMI_ROLE_CONTENT, "http://c2.example.net/z"));
    CHECK_EQ(got.member_count, 1);
    CHECK(hmi_bytes_eq(got.members[0].content, HM_BYTES("var hidden = 2;")));
    CHECK(got.members[0].offset < 30);
    collect_fini(&got);
    sweep(&hmi_reader_pdf, hmi_buf_bytes(&file), file.len);
    hmi_buf_fini(&file);
}

TEST(an_encrypted_document_says_so)
{
    collector got;
    read_with(&got, HM_BYTES("%PDF-1.4\n1 0 obj <</Author (\x91\x92garbled)>> endobj\n"
                             "trailer <</Encrypt 3 0 R /Info 1 0 R>>\n"));
    CHECK(collect_note_of(&got, HMI_NOTE_ODD, "encrypted") != NULL);
    CHECK(collect_fact_of(&got, "author").ptr == NULL);
    collect_fini(&got);
}

TEST(a_stream_that_unpacks_without_end_is_cut)
{
    /* 20,000 objects that all ask for the same script */
    collector got;
    hmi_buf file;
    hmi_buf_init(&file, 0);
    hmi_buf_add_cstr(&file, "%PDF-1.4\n1 0 obj <</Length 5>> stream\nhello\nendstream endobj\n");
    for (unsigned i = 0; i < 20000; i++) {
        hmi_buf_add_cstr(&file, "2 0 obj <</JS 1 0 R>>endobj ");
    }
    hm_err err = { 0 };
    collect_init(&got, 64 << 20);
    hmi_reading reading = collect_reading(&got);
    CHECK_OK(hmi_reader_pdf.read(&reading, hmi_buf_bytes(&file), &err));
    CHECK(got.member_count <= HMI_PARTS_MEMBERS_MAX);
    CHECK(collect_note_of(&got, HMI_NOTE_DAMAGE, "more than 1,000 parts") != NULL);
    collect_fini(&got);
    hmi_buf_fini(&file);
}

TEST(cut_anywhere_flipped_anywhere)
{
    sweep(&hmi_reader_pdf, HM_BYTES(DOCUMENT), sizeof(DOCUMENT) - 1);
}

RUN_TESTS()
