/* SPDX-License-Identifier: Apache-2.0
 *
 * stix_head.c - what every STIX object that we write begins with.
 */
#include "tell/stix_head.h"

#include "base/time.h"

void hmi_stix_member_time(hmi_json_writer *w, const char *key, int64_t us)
{
    hmi_buf text;
    hmi_buf_init(&text, 64);
    hmi_buf_add_stix_time(&text, us);
    hmi_json_member_text(w, key, hmi_buf_text(&text));
    hmi_buf_fini(&text);
}

void hmi_stix_open(hmi_json_writer *w, const char *type, hm_text id, int64_t when_us,
                   const hmi_tlp_marking *tlp)
{
    hmi_json_open_object(w);
    hmi_json_member_text(w, "type", hmi_text_of(type));
    hmi_json_member_text(w, "spec_version", HM_TEXT("2.1"));
    hmi_json_member_text(w, "id", id);
    hmi_stix_member_time(w, "created", when_us);
    hmi_stix_member_time(w, "modified", when_us);
    hmi_json_put_key(w, HM_TEXT("object_marking_refs"));
    hmi_json_open_array(w);
    hmi_json_put_text(w, hmi_text_of(tlp->id));
    hmi_json_close_array(w);
}

void hmi_stix_marking(hmi_json_writer *w, const hmi_tlp_marking *tlp)
{
    hmi_json_open_object(w);
    hmi_json_member_text(w, "type", HM_TEXT("marking-definition"));
    hmi_json_member_text(w, "spec_version", HM_TEXT("2.1"));
    hmi_json_member_text(w, "id", hmi_text_of(tlp->id));
    hmi_json_member_text(w, "created", HM_TEXT("2022-10-01T00:00:00.000Z"));
    hmi_json_member_text(w, "name", hmi_text_of(tlp->name));
    hmi_json_put_key(w, HM_TEXT("extensions"));
    hmi_json_open_object(w);
    hmi_json_put_key(w, HM_TEXT(HMI_TLP2_EXTENSION));
    hmi_json_open_object(w);
    hmi_json_member_text(w, "extension_type", HM_TEXT("property-extension"));
    hmi_json_member_text(w, "tlp_2_0", hmi_text_of(tlp->value));
    hmi_json_close_object(w);
    hmi_json_close_object(w);
    hmi_json_close_object(w);
}
