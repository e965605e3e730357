/* SPDX-License-Identifier: Apache-2.0
 *
 * attribution_json.c - whose it may be, for programs.
 *
 * WHY    The command line and the library must tell one and the same answer.
 */
#include "tell/attribution_json.h"

#include "tell/chances.h"

static double as_bits(double nats)
{
    return nats * 1.4426950408889634;
}

static void suspect_json(hmi_json_writer *w, const hmi_suspect *s, bool contradiction)
{
    hmi_json_open_object(w);
    hmi_json_member_text(w, "actor", s->actor);
    hmi_json_member_fixed(w, "bits", as_bits(s->llr), 3);
    hmi_json_member_text(w, "evidence_words", hmi_text_of(s->lr_words));
    hmi_json_member_fixed(w, "prior", hmi_prior_of(s), 4);
    hmi_json_member_fixed(w, "posterior", s->posterior, 4);
    hmi_json_member_text(w, "posterior_words", hmi_text_of(s->posterior_words));
    hmi_json_member_text(w, "basis", hmi_text_of(hmi_basis_of(s, contradiction)));
    hmi_json_member_bool(w, "nameable", s->nameable);
    hmi_json_member_uint(w, "incidents", s->incidents);
    hmi_json_put_key(w, HM_TEXT("groups"));
    hmi_json_open_object(w);
    for (int g = 0; g < HMI_PLANT_COUNT; g++) {
        hmi_json_member_fixed(w, hmi_plant_name((hmi_plant)g), as_bits(s->weighed.group[g]), 3);
    }
    hmi_json_close_object(w);
    hmi_json_put_key(w, HM_TEXT("without_group"));
    hmi_json_open_object(w);
    for (int g = 0; g < HMI_PLANT_COUNT; g++) {
        hmi_json_member_fixed(w, hmi_plant_name((hmi_plant)g), s->without_group[g], 4);
    }
    hmi_json_close_object(w);
    hmi_json_put_key(w, HM_TEXT("arguments"));
    hmi_json_open_array(w);
    for (size_t i = 0; i < s->argument_count; i++) {
        hmi_json_open_object(w);
        hmi_json_member_text(w, "kind", hmi_text_of(hmi_kind_name(s->arguments[i].kind)));
        hmi_json_member_text(w, "value", s->arguments[i].value);
        hmi_json_member_fixed(w, "bits", as_bits(s->arguments[i].nats), 3);
        hmi_json_member_uint(w, "actor_incidents", s->arguments[i].actor_incidents);
        hmi_json_member_uint(w, "incidents", s->arguments[i].incidents);
        hmi_json_member_uint(w, "other_actors", s->arguments[i].other_actors);
        hmi_json_close_object(w);
    }
    hmi_json_close_array(w);
    hmi_json_close_object(w);
}

void hmi_attribution_json(hmi_json_writer *w, hm_text incident, const hmi_attribution *a,
                          const hmi_told_list *claims)
{
    hmi_json_open_object(w);
    hmi_json_member_text(w, "incident", incident);
    hmi_json_member_text(w, "model", hmi_text_of(a->model));
    hmi_json_member_uint(w, "generation", a->generation);
    hmi_json_member_uint(w, "actors", a->actors_known);
    hmi_json_member_uint(w, "incidents", a->incidents_known);
    hmi_json_member_fixed(w, "none", a->none, 4);
    hmi_json_member_bool(w, "contradiction", a->contradiction);
    hmi_json_member_uint(w, "carried_by", a->carried_by);
    hmi_json_put_key(w, HM_TEXT("suspects"));
    hmi_json_open_array(w);
    for (size_t i = 0; i < a->suspect_count; i++) {
        suspect_json(w, &a->suspects[i], a->contradiction);
    }
    hmi_json_close_array(w);
    hmi_json_put_key(w, HM_TEXT("claims"));
    hmi_told_list_json(w, claims);
    hmi_json_close_object(w);
}
