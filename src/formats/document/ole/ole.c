/* SPDX-License-Identifier: Apache-2.0
 *
 * ole.c - compound files: which document it is, and what each stream carries.
 *
 * WHY    Old Office documents, macros of new ones (vbaProject.bin), Outlook messages, installers
 *        and embedded objects are all the same container.
 * FORM   Streams have known names: "WordDocument", "Workbook", "\005SummaryInformation", "dir" in a
 *        folder "VBA", "\001Ole10Native", "EncryptedPackage" ...; compound.c has the container's.
 * TRUST  None. A stream whose content begins like a program, archive or document goes on as
 *        evidence, whatever its name; the text of the others is searched where it lies.
 * OWNS   Nothing.
 */
#include "formats/document/ole/ole.h"

#include "base/text.h"
#include "formats/scan/scan.h"

static int detect_ole(hm_bytes file, __attribute__((unused)) hm_bytes name)
{
    return hmi_starts_with(file, HM_BYTES("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")) ? 95 : 0;
}

static bool begins_like_a_file(hm_bytes content)
{
    static const hm_text MAGICS[] = {
        HM_TEXT_INIT("MZ"),
        HM_TEXT_INIT("PK\3\4"),
        HM_TEXT_INIT("%PDF"),
        HM_TEXT_INIT("MSCF\0\0"),
        HM_TEXT_INIT("{\\rt"),
        HM_TEXT_INIT("\177ELF"),
        HM_TEXT_INIT("Rar!\x1a\7"),
        HM_TEXT_INIT("7z\xbc\xaf\x27"),
        HM_TEXT_INIT("FWS"),
        HM_TEXT_INIT("CWS"),
        HM_TEXT_INIT("\x4c\0\0\0\1\x14\2\0"),
        HM_TEXT_INIT("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
    };
    for (size_t i = 0; i < HMI_COUNT(MAGICS); i++) {
        if (content.len >= 64 && hmi_starts_with(content, hmi_text_bytes(MAGICS[i]))) {
            return true;
        }
    }
    return false;
}

int hmi_package_give(hmi_parts *parts, hm_bytes native, uint64_t offset, hm_err *err)
{
    /* flags u16, label and path with NULs, 2 x u16, length and temporary path, length, content */
    hmi_cur cur = hmi_cur_over(native);
    hmi_cur_skip(&cur, 2);
    hm_bytes label = hmi_cur_cstr(&cur), path = hmi_cur_cstr(&cur);
    hmi_cur_skip(&cur, 4);
    uint32_t len = hmi_cur_u32(&cur);
    hm_bytes temporary = hmi_cur_bytes(&cur, len);
    len = hmi_cur_u32(&cur);
    if (cur.bad) {
        return hmi_parts_givef(parts, native, offset, err, "native");
    }
    HMI_TRY(hmi_property(parts, "package-path", path, offset, err));
    HMI_TRY(hmi_property(parts, "package-temporary", temporary, offset, err));
    hm_bytes content = hmi_slice(native, cur.pos, len);
    return hmi_parts_give(parts, label.len > 0 ? label : path, content, offset, err);
}

static const struct {
    const char *name;
    const char *document;
} DOCUMENTS[] = {
    { "WordDocument", "word" },
    { "Workbook", "excel" },
    { "Book", "excel" },
    { "PowerPoint Document", "powerpoint" },
    { "VisioDocument", "visio" },
    { "EncryptedPackage", "encrypted-office" },
    { "Equation Native", "equation" },
    { "HwpSummaryInformation", "hwp" },
    { "\005HwpSummaryInformation", "hwp" },
};

static int note_kind(hmi_ole *ole, const hmi_ole_entry *entry, hm_err *err)
{
    hm_text name = hmi_text_of(entry->name);
    for (size_t i = 0; i < HMI_COUNT(DOCUMENTS); i++) {
        if (!hmi_text_is(name, DOCUMENTS[i].name) || (ole->kinds_told >> i & 1)) {
            continue;
        }
        ole->kinds_told |= 1u << i; /* a thousand streams may have the same name */
        HMI_TRY(hmi_emit_fact(ole->reading, "document", hmi_text_of(DOCUMENTS[i].document), err));
        if (hmi_text_is(name, "EncryptedPackage")) {
            HMI_TRY(hmi_emit_note(ole->reading, HMI_NOTE_ODD, HM_E_DENIED, HM_OFFSET_NONE, err,
                                  "the document is encrypted: its content is not read"));
        }
        if (hmi_text_is(name, "Equation Native")) {
            HMI_TRY(hmi_emit_note(ole->reading, HMI_NOTE_ODD, HM_OK, entry->place, err,
                                  "an object of the equation editor, which was attacked often"));
        }
    }
    return HM_OK;
}

static int read_stream(hmi_ole *ole, size_t index, hm_err *err)
{
    const hmi_ole_entry *entry = &ole->entries[index];
    hm_text name = hmi_text_of(entry->name);
    hm_bytes content;
    HMI_TRY(note_kind(ole, entry, err));
    bool summary = hmi_text_is(name, "\005SummaryInformation") ||
                   hmi_text_is(name, "\005DocumentSummaryInformation");
    bool native = hmi_text_is(name, "\001Ole10Native");
    bool object = hmi_text_is(name, "Package") || hmi_text_is(name, "CONTENTS") ||
                  hmi_text_is(name, "Equation Native");
    HMI_TRY(hmi_ole_stream(ole, index, &content, err));
    if (summary) {
        return hmi_summary_read(ole, content, entry->place, err);
    }
    if (native) {
        return hmi_package_give(&ole->parts, hmi_slice(content, 4, content.len), entry->place, err);
    }
    if (object || begins_like_a_file(content)) {
        hm_text path = hmi_ole_path(ole, index);
        return hmi_parts_give(&ole->parts, hmi_text_bytes(path), content, entry->place, err);
    }
    return HM_OK;
}

static int read_root(hmi_ole *ole, hm_err *err)
{
    char guid[37];
    const hmi_ole_entry *root = &ole->entries[0];
    hmi_guid_text(root->class_id, guid);
    if (!hmi_text_is(hmi_text_of(guid), "00000000-0000-0000-0000-000000000000")) {
        HMI_TRY(hmi_emit_fact(ole->reading, "class-id", hmi_text_of(guid), err));
    }
    return HM_OK;
}

static int read_ole(hmi_reading *reading, hm_bytes file, hm_err *err)
{
    hmi_ole ole = { .reading = reading, .file = file, .source_left = HMI_VBA_SOURCE_MAX };
    ole.parts = hmi_parts_begin(reading, file);
    HMI_TRY(hmi_ole_open(&ole, err));
    HMI_TRY(read_root(&ole, err));
    if (hmi_ole_find(&ole, 0, "__properties_version1.0") != SIZE_MAX) {
        HMI_TRY(hmi_message_read(&ole, err));
    }
    size_t lost = 0;
    for (size_t i = 1; i < ole.entry_count; i++) {
        const hmi_ole_entry *entry = &ole.entries[i];
        if (entry->kind != HMI_OLE_STREAM && entry->kind != HMI_OLE_FOLDER) {
            continue;
        }
        lost += entry->parent == UINT32_MAX;
        bool vba = entry->kind == HMI_OLE_FOLDER && hmi_text_is(hmi_text_of(entry->name), "VBA");
        hm_bytes parent = entry->parent < ole.entry_count
                              ? hmi_text_bytes(hmi_text_of(ole.entries[entry->parent].name))
                              : HM_BYTES("");
        bool attached = hmi_starts_with(parent, HM_BYTES("__attach_version"));
        if (vba) {
            HMI_TRY(hmi_vba_read(&ole, i, err));
        } else if (entry->kind == HMI_OLE_STREAM && !attached) {
            HMI_TRY(read_stream(&ole, i, err));
        }
    }
    if (lost > 0) {
        HMI_TRY(hmi_emit_note(reading, HMI_NOTE_ODD, HM_OK, HM_OFFSET_NONE, err,
                              "%zu streams are in no folder: deleted or hidden, read all the same",
                              lost));
    }
    return hmi_scan_strings(reading, file, NULL, 0, err);
}

const hmi_reader hmi_reader_ole = { "ole", "compound files: Office 97-2003, macros, Outlook", 1,
                                    detect_ole, read_ole, true };
