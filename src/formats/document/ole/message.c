/* SPDX-License-Identifier: Apache-2.0
 *
 * message.c - what Outlook keeps in a message file (.msg): headers, text, attachments.
 *
 * WHY    That is how mails are handed over from a Windows desk.
 * FORM   MS-OXMSG: a property of id I and type T is the stream "__substg1.0_IIIITTTT" (T 001e:
 *        bytes, 001f: UTF-16, 0102: binary); attachments are folders "__attach_version1.0_#N".
 *        007d: headers as they came, 1000: text, 1013: HTML, 0c1f and 5d01: sender, 3701: content,
 *        3707 and 3704: name of an attachment, 0037: subject, 0070: topic.
 * TRUST  As for mails. Headers go on as evidence, to be read by the reader of mails.
 * OWNS   Nothing.
 */
#include "formats/document/ole/ole.h"

#include "base/text.h"
#include "formats/scan/observables.h"

/* The property as text, of either type; empty if there is none. */
static int text_of(hmi_ole *ole, size_t folder, const char *id, hm_text *ret, hm_err *err)
{
    hm_bytes raw = { NULL, 0 };
    char name[32];
    static const char *const TYPES[] = { "001F", "001E", "0102" };
    *ret = HM_TEXT("");
    for (unsigned i = 0; i < HMI_COUNT(TYPES) && raw.len == 0; i++) {
        (void)snprintf(name, sizeof(name), "__substg1.0_%s%s", id, TYPES[i]);
        size_t index = hmi_ole_find(ole, folder, name);
        if (index == SIZE_MAX) {
            continue;
        }
        HMI_TRY(hmi_ole_stream(ole, index, &raw, err));
        raw = hmi_slice(raw, 0, HMI_MESSAGE_TEXT_MAX);
        *ret = i == 0 ? hmi_text_from_utf16(ole->reading->arena, raw, false)
                      : hmi_text_lossy(ole->reading->arena, raw);
        if (ret->ptr == NULL && raw.len > 0) {
            return hmi_arena_fail(ole->reading->arena, err);
        }
    }
    return HM_OK;
}

static int emit_one(hmi_ole *ole, const char *id, hmi_class class_id, hmi_role role, hm_err *err)
{
    hm_text text;
    HMI_TRY(text_of(ole, 0, id, &text, err));
    return text.len == 0 || text.len > HMI_TRAIT_VALUE_MAX
               ? HM_OK
               : hmi_emit(ole->reading, class_id, role, text, HM_OFFSET_NONE, err);
}

static int scan_one(hmi_ole *ole, const char *id, hm_err *err)
{
    hm_text text;
    HMI_TRY(text_of(ole, 0, id, &text, err));
    /* Step 0: the text lies in pieces, so its places in the file are not said. */
    return hmi_scan_text_step(ole->reading, hmi_text_bytes(text), HM_OFFSET_NONE, 0,
                              HMI_ROLE_CONTENT, err);
}

static int attachment(hmi_ole *ole, size_t folder, hm_err *err)
{
    hm_text name;
    hm_bytes content = { NULL, 0 };
    size_t index = hmi_ole_find(ole, folder, "__substg1.0_37010102");
    HMI_TRY(text_of(ole, folder, "3707", &name, err));
    if (name.len == 0) {
        HMI_TRY(text_of(ole, folder, "3704", &name, err));
    }
    if (index != SIZE_MAX) {
        HMI_TRY(hmi_ole_stream(ole, index, &content, err));
    }
    return hmi_parts_give(&ole->parts, hmi_text_bytes(name), content, HM_OFFSET_NONE, err);
}

int hmi_message_read(hmi_ole *ole, hm_err *err)
{
    hm_text headers;
    HMI_TRY(hmi_emit_fact(ole->reading, "document", HM_TEXT("outlook-message"), err));
    HMI_TRY(text_of(ole, 0, "007D", &headers, err));
    HMI_TRY(
        hmi_parts_givef(&ole->parts, hmi_text_bytes(headers), HM_OFFSET_NONE, err, "headers.eml"));
    static const char *const SENDERS[] = { "0C1F", "5D01", "5D02" };
    for (unsigned i = 0; i < HMI_COUNT(SENDERS); i++) {
        HMI_TRY(emit_one(ole, SENDERS[i], HMI_MAIL, HMI_ROLE_SENDER, err));
    }
    HMI_TRY(emit_one(ole, "0037", HMI_STRING, HMI_ROLE_CONTENT, err));
    HMI_TRY(scan_one(ole, "1000", err));
    HMI_TRY(scan_one(ole, "1013", err));
    unsigned attached = 0;
    for (size_t i = 0; i < ole->entry_count && attached < HMI_MESSAGE_ATTACHMENTS_MAX; i++) {
        if (ole->entries[i].kind == HMI_OLE_FOLDER && ole->entries[i].parent == 0 &&
            hmi_starts_with(hmi_text_bytes(hmi_text_of(ole->entries[i].name)),
                            HM_BYTES("__attach_version"))) {
            attached++;
            HMI_TRY(attachment(ole, i, err));
        }
    }
    return HM_OK;
}
