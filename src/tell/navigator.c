/* SPDX-License-Identifier: Apache-2.0
 *
 * navigator.c - layers for the ATT&CK Navigator: an incident's techniques, an actor's, the
difference.
 *
 * FORM   Layer format 4.5. Which version of ATT&CK the ids are from is not said: they come from
 *        many documents.
 * TRUST  Names and comments are anybody's text and go through the JSON writer, which shows hidden
 *        characters as escapes.
 * OWNS   Nothing.
 */
#include "tell/navigator.h"

#include "base/error.h"
#include "tell/export.h"

static void put_technique(hmi_json_writer *w, const hmi_layer_technique *t)
{
    hmi_json_open_object(w);
    hmi_json_member_text(w, "techniqueID", t->id);
    hmi_json_member_fixed(w, "score", t->score, 3);
    if (t->colour != NULL) {
        hmi_json_member_text(w, "color", hmi_text_of(t->colour));
    }
    hmi_json_member_text(w, "comment", t->comment);
    hmi_json_member_bool(w, "enabled", true);
    hmi_json_close_object(w);
}

static void put_legend(hmi_json_writer *w, const hmi_layer *layer)
{
    hmi_json_put_key(w, HM_TEXT("legendItems"));
    hmi_json_open_array(w);
    for (size_t i = 0; i < HMI_COUNT(layer->legend) && layer->legend[i].label != NULL; i++) {
        hmi_json_open_object(w);
        hmi_json_member_text(w, "label", hmi_text_of(layer->legend[i].label));
        hmi_json_member_text(w, "color", hmi_text_of(layer->legend[i].colour));
        hmi_json_close_object(w);
    }
    hmi_json_close_array(w);
}

int hmi_layer_write(const hmi_layer *layer, hmi_buf *out, hm_err *err)
{
    hmi_json_writer w;
    hmi_json_begin(&w, out, true);
    hmi_json_open_object(&w);
    hmi_json_member_text(&w, "name", layer->name);
    hmi_json_put_key(&w, HM_TEXT("versions"));
    hmi_json_open_object(&w);
    hmi_json_member_text(&w, "layer", HM_TEXT("4.5"));
    hmi_json_close_object(&w);
    hmi_json_member_text(&w, "domain", HM_TEXT("enterprise-attack"));
    hmi_json_member_text(&w, "description", layer->description);
    hmi_json_put_key(&w, HM_TEXT("techniques"));
    hmi_json_open_array(&w);
    for (size_t i = 0; i < layer->count; i++) {
        put_technique(&w, &layer->techniques[i]);
    }
    hmi_json_close_array(&w);
    hmi_json_put_key(&w, HM_TEXT("gradient"));
    hmi_json_open_object(&w);
    hmi_json_put_key(&w, HM_TEXT("colors"));
    hmi_json_open_array(&w);
    hmi_json_put_text(&w, HM_TEXT("#ffffff"));
    hmi_json_put_text(&w, HM_TEXT("#d9480f"));
    hmi_json_close_array(&w);
    hmi_json_member_fixed(&w, "minValue", 0, 0);
    hmi_json_member_fixed(&w, "maxValue", layer->score_max > 0 ? layer->score_max : 1, 3);
    hmi_json_close_object(&w);
    put_legend(&w, layer);
    hmi_json_member_bool(&w, "hideDisabled", false);
    hmi_json_close_object(&w);
    hmi_buf_add_char(out, '\n');
    return hmi_buf_check(out, err);
}

int hmi_export_navigator(const hmi_export *e, hmi_buf *out, hm_err *err)
{
    hmi_layer_technique *list = hmi_new_array(e->arena, hmi_layer_technique, e->count);
    hmi_layer layer = { .name = hmi_export_title(e),
                        .description =
                            hmi_arena_printf(e->arena, "%s; written by Hallmark", e->tlp->name),
                        .techniques = list };
    if (list == NULL || layer.description.ptr == NULL) {
        return hmi_arena_fail(e->arena, err);
    }
    for (size_t i = 0; i < e->count; i++) {
        if (e->traits[i].class_id == HMI_TECHNIQUE) {
            list[layer.count++] = (hmi_layer_technique){ .id = e->traits[i].value,
                                                         .score = 1,
                                                         .comment = HM_TEXT("") };
        }
    }
    return hmi_layer_write(&layer, out, err);
}
