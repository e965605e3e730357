/* SPDX-License-Identifier: Apache-2.0
 *
 * stix.c - an incident for other programs; STIX checked and lifted.
 *
 * WHY    The words of hallmark/stix.h over tell/ and share/.
 * TRUST  Documents are anybody's bytes: the checker and the JSON reader are made for them.
 */
#include <hallmark/stix.h>

#include "base/error.h"
#include "base/text.h"
#include "lib/inside.h"
#include "share/stix_check.h"
#include "share/stix_lift.h"
#include "tell/export.h"

static hm_text word(const char *word)
{
    hm_text text;
    return word != NULL && hmi_text_from(hmi_bytes(word, strlen(word)), &text) ? text : HM_TEXT("");
}

static int export(hmi_asking *a, hmi_store *store, hm_text name, const hmi_export_format *format,
                  const hmi_tlp_marking *tlp, hm_err *err)
{
    hmi_incident incident;
    HMI_TRY(hmi_incident_find(store, &a->arena, name, &incident, err));
    hmi_export e = { .store = store, .incident = &incident, .tlp = tlp };
    HMI_TRY(hmi_export_select(&e, &a->arena, format, NULL, NULL, err));
    return format->write(&e, &a->buf, err);
}

int hm_export(hm_casebook *casebook, const char *incident, const char *format, const char *tlp,
              char **ret_bytes, size_t *ret_len, hm_err *err)
{
    hmi_asking asking;
    hm_text name;
    const hmi_export_format *to = hmi_export_format_find(word(format));
    const hmi_tlp_marking *marking =
        hmi_tlp_find_value(tlp != NULL ? word(tlp) : HM_TEXT("amber+strict"), true);
    if (casebook == NULL || ret_bytes == NULL || ret_len == NULL) {
        return hmi_misuse(err, "the casebook or the place for the answer is NULL");
    }
    HMI_TRY(hmi_take_name(incident, &name, err));
    if (to == NULL || marking == NULL) {
        return hmi_misuse(err, to == NULL
                                   ? "there is no such format"
                                   : "the level is clear, green, amber, amber+strict or red");
    }
    if (to->write == NULL || hmi_text_is(hmi_text_of(to->name), "misp-feed")) {
        return hmi_fail(err, HM_E_UNSUPPORTED, HM_OFFSET_NONE,
                        "%s are several files: use the program", to->name);
    }
    hmi_asking_begin(&asking);
    int code = export(&asking, casebook->store, name, to, marking, err);
    return hmi_asking_end(&asking, code, ret_bytes, ret_len, err);
}

static int validate(hmi_asking *a, hm_bytes document, hm_err *err)
{
    hmi_stix_checker *checker = NULL;
    hmi_stix_report report;
    HMI_TRY(hmi_stix_checker_new(&checker, err));
    int code = hmi_stix_check_document(checker, document, NULL, &report, err);
    if (code == HM_OK) {
        hmi_json_open_object(&a->json);
        hmi_stix_report_json(&a->json, &report, report.errors == 0);
        hmi_json_close_object(&a->json);
    }
    hmi_stix_checker_free(checker);
    return code;
}

int hm_stix_validate_json(hm_bytes document, char **ret_json, hm_err *err)
{
    hmi_asking asking;
    if (ret_json == NULL || (document.ptr == NULL && document.len > 0)) {
        return hmi_misuse(err, "the document or the place for the answer is NULL");
    }
    hmi_asking_begin(&asking);
    return hmi_asking_end(&asking, validate(&asking, document, err), ret_json, NULL, err);
}

static int lift(hmi_asking *a, hm_bytes document, hm_err *err)
{
    hmi_json *json = NULL;
    hmi_value root;
    uint64_t lifted = 0;
    HMI_TRY(hmi_json_new(&json, err));
    int code = hmi_json_parse(json, document, 0, &root, err);
    code = code == HM_OK ? hmi_stix_lift_document(root, &a->arena, &a->buf, &lifted, err) : code;
    hmi_json_free(json);
    return code;
}

int hm_stix_lift(hm_bytes document, char **ret_bytes, size_t *ret_len, hm_err *err)
{
    hmi_asking asking;
    if (ret_bytes == NULL || ret_len == NULL || (document.ptr == NULL && document.len > 0)) {
        return hmi_misuse(err, "the document or the place for the answer is NULL");
    }
    hmi_asking_begin(&asking);
    return hmi_asking_end(&asking, lift(&asking, document, err), ret_bytes, ret_len, err);
}
