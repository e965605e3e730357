/* SPDX-License-Identifier: Apache-2.0
 *
 * canonical.c - which form each class has, and the one way through it.
 *
 * WHY    Two readers, two partners and two years must spell the same thing in the same bytes, or
 *        nothing is ever found in common. So spelling is decided here and nowhere else.
 * FORM   raw -> trimmed -> (refanged) -> the class's form -> canonical bytes.
 * TRUST  Raw values are an attacker's. 1. A canonical value is clean UTF-8 without control
 *        characters, 1 to HMI_TRAIT_VALUE_MAX bytes. 2. Its own canonical form is itself.
 *        Undoing a defanged spelling is not repeated on canonical values, which have none.
 * OWNS   Nothing; the arena gets a copy only when the spelling changed.
 */
#include "trait/trait.h"

#include "base/error.h"
#include "trait/canon.h"

typedef struct form_row {
    hmi_form *form;
    bool fangs; /* people write it defanged */
} form_row;

static const form_row FORMS[HMI_CLASS_MAX + 1] = {
    [HMI_COMPILER] = { hmi_form_line },
    [HMI_IMPORT_HASH] = { hmi_form_import_hash },
    [HMI_LANGUAGE] = { hmi_form_language },
    [HMI_BUILD_TIME] = { hmi_form_build_time },
    [HMI_DOCUMENT_PROPERTY] = { hmi_form_line },
    [HMI_SHA256] = { hmi_form_hex64 },
    [HMI_SHA1] = { hmi_form_hex40 },
    [HMI_MD5] = { hmi_form_hex32 },
    [HMI_SHA512] = { hmi_form_hex128 },
    [HMI_SSDEEP] = { hmi_form_ssdeep },
    [HMI_TLSH] = { hmi_form_tlsh },
    [HMI_AUTHENTIHASH] = { hmi_form_hex64 },
    [HMI_FILE_NAME] = { hmi_form_file_name },
    [HMI_STRING] = { hmi_form_exact },
    [HMI_PASSWORD] = { hmi_form_exact },
    [HMI_MESSAGE] = { hmi_form_line },
    [HMI_REGISTRY_KEY] = { hmi_form_registry },
    [HMI_FILE_PATH] = { hmi_form_path },
    [HMI_COMMAND_LINE] = { hmi_form_line },
    [HMI_PERSONA] = { hmi_form_line },
    [HMI_ADDRESS] = { hmi_form_address, true },
    [HMI_RANGE] = { hmi_form_range, true },
    [HMI_DOMAIN] = { hmi_form_domain, true },
    [HMI_URL] = { hmi_form_url, true },
    [HMI_MAIL] = { hmi_form_mail, true },
    [HMI_CERTIFICATE] = { hmi_form_certificate },
    [HMI_JA3] = { hmi_form_hex32 },
    [HMI_JA4] = { hmi_form_ja4 },
    [HMI_ASN] = { hmi_form_asn },
    [HMI_WALLET] = { hmi_form_wallet },
    [HMI_MAC_ADDRESS] = { hmi_form_mac },
    [HMI_ONION] = { hmi_form_onion, true },
    [HMI_USER_AGENT] = { hmi_form_agent },
    [HMI_ACCOUNT] = { hmi_form_account },
    [HMI_TECHNIQUE] = { hmi_form_technique },
    [HMI_TOOL] = { hmi_form_fold },
    [HMI_VULNERABILITY] = { hmi_form_cve },
    [HMI_ACTOR_CLAIM] = { hmi_form_line },
};

bool hmi_canon_run(hmi_class class_id, hm_text raw, bool defanged, hmi_canon *out)
{
    const hmi_class_row *row = hmi_class_find((int)class_id);
    if (row == NULL) {
        return false;
    }
    const form_row *way = &FORMS[row->id];
    hmi_canon_begin(out);
    if (way->form == NULL) {
        return hmi_form_trimmed(raw, out) && !out->full && out->len > 0;
    }
    if (way->form != hmi_form_exact) {
        raw = hmi_text_trim(raw);
    }
    HMI_CANON(refanged);
    if (defanged && way->fangs) {
        if (!hmi_refang(raw, &refanged)) {
            return false;
        }
        raw = hmi_canon_text(&refanged);
    }
    return raw.len > 0 && way->form(raw, out) && !out->full && out->len > 0;
}

int hmi_trait_canonical(hmi_arena *arena, hmi_class class_id, hm_text raw, bool defanged,
                        hm_text *ret_value, hm_err *err)
{
    const hmi_class_row *row = hmi_class_find((int)class_id);
    if (row == NULL) {
        return hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE, "no class has number %d", (int)class_id);
    }
    HMI_CANON(canon);
    if (!hmi_canon_run(class_id, raw, defanged, &canon)) {
        return hmi_fail(err, HM_E_MALFORMED, HM_OFFSET_NONE, "the value cannot be read as %s",
                        row->label);
    }
    hm_text value = hmi_canon_text(&canon);
    if (hmi_text_eq(value, raw)) {
        *ret_value = raw;
        return HM_OK;
    }
    hm_text copy = hmi_arena_text(arena, value);
    if (copy.ptr == NULL) {
        return hmi_arena_fail(arena, err);
    }
    *ret_value = copy;
    return HM_OK;
}
