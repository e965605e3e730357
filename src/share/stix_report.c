/* SPDX-License-Identifier: Apache-2.0
 *
 * stix_report.c - what is wrong with a document, for programs.
 *
 * WHY    The command line and the library must tell one and the same.
 */
#include "share/stix_check.h"

static void fault_json(hmi_json_writer *w, const hmi_stix_fault *f)
{
    hmi_json_open_object(w);
    hmi_json_member_text(w, "severity", f->is_error ? HM_TEXT("error") : HM_TEXT("warning"));
    hmi_json_member_text(w, "check", hmi_text_of(hmi_stix_check_name(f->check)));
    hmi_json_member_text(w, "section", hmi_text_of(f->section));
    hmi_json_member_text(w, "id", f->id);
    hmi_json_member_text(w, "path", f->path);
    hmi_json_member_uint(w, "offset", f->offset);
    hmi_json_member_text(w, "text", f->text);
    hmi_json_close_object(w);
}

void hmi_stix_report_json(hmi_json_writer *w, const hmi_stix_report *r, bool valid)
{
    hmi_json_member_bool(w, "valid", valid);
    hmi_json_member_uint(w, "objects", r->objects);
    hmi_json_member_uint(w, "errors", r->errors);
    hmi_json_member_uint(w, "warnings", r->warnings);
    hmi_json_put_key(w, HM_TEXT("faults"));
    hmi_json_open_array(w);
    for (size_t i = 0; i < r->fault_count; i++) {
        fault_json(w, &r->faults[i]);
    }
    hmi_json_close_array(w);
}
