/* SPDX-License-Identifier: Apache-2.0
 *
 * attribute_files.c - the finding as STIX, and layers for the ATT&CK Navigator.
 *
 * WHY    A finding is worth nothing to a partner who cannot load it. These are the owner's own
 *        copies, marked; what a partner may have goes through hallmark share and report.
 * TRUST  An actor's name becomes part of a file's name: only letters and digits of ASCII stay.
 * OWNS   The texts, freed on every way out.
 */
#include "cli/attribute_files.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/time.h"
#include "cli/file.h"
#include "tell/actor_layer.h"
#include "tell/finding_stix.h"

static const hmi_tlp_marking *marking(const hmi_invocation *inv)
{
    const char *level = hmi_given_text(inv, "tlp");
    return hmi_tlp_find_value(hmi_text_of(level != NULL ? level : "amber+strict"), true);
}

bool hmi_attribute_files_given(const hmi_invocation *inv, int *ret_code)
{
    if (marking(inv) == NULL) {
        *ret_code = hmi_usage_error(inv, "--tlp is clear, green, amber, amber+strict or red");
        return false;
    }
    return true;
}

/* ---- STIX */

static int write_stix(hmi_invocation *inv, hmi_store *store, const hmi_incident *incident,
                      const hmi_attribution *attribution, const char *path, hm_err *err)
{
    hmi_finding finding;
    hmi_told_list claims;
    hmi_buf text;
    HMI_TRY(hmi_claims_of(store, inv->arena, incident, &claims, err));
    HMI_TRY(hmi_compare(store, inv->arena, incident->id, NULL, &finding, err));
    hmi_finding_telling telling = { .arena = inv->arena,
                                    .incident = incident,
                                    .tlp = marking(inv),
                                    .when_us = hmi_now_us(),
                                    .finding = &finding,
                                    .attribution = attribution,
                                    .claims = &claims };
    hmi_buf_init(&text, 0);
    int code = hmi_finding_stix(&telling, &text, err);
    code = code == HM_OK ? hmi_write_file(path, hmi_buf_bytes(&text), err) : code;
    hmi_buf_fini(&text);
    return code;
}

/* ---- Layers */

static int write_layer(hmi_invocation *inv, const char *folder, const char *kind, size_t rank,
                       hm_text name, const hmi_layer *layer, hm_err *err)
{
    hmi_buf path, text;
    hmi_buf_init(&path, 0);
    hmi_buf_init(&text, 0);
    hmi_buf_printf(&path, "%s/%s", folder, kind);
    if (rank > 0) {
        hmi_buf_printf(&path, "-%zu-", rank);
    }
    for (size_t i = 0; i < name.len && i < 60; i++) {
        hmi_buf_add_char(&path, hmi_ascii_alnum(name.ptr[i]) ? name.ptr[i] : '_');
    }
    hmi_buf_add_cstr(&path, ".json");
    int code = hmi_layer_write(layer, &text, err);
    char *cstr = code == HM_OK ? hmi_arena_cstr(inv->arena, hmi_buf_text(&path)) : NULL;
    code = code != HM_OK  ? code
           : cstr == NULL ? hmi_arena_fail(inv->arena, err)
                          : hmi_write_file(cstr, hmi_buf_bytes(&text), err);
    hmi_buf_fini(&path);
    hmi_buf_fini(&text);
    return code;
}

static int write_layers(hmi_invocation *inv, hmi_store *store, const hmi_incident *incident,
                        const hmi_statements *statements, const hmi_attribution *attribution,
                        const char *folder, hm_err *err)
{
    hmi_layer own, actor, difference;
    if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
        return hmi_fail_errno(err, "cannot make the folder \"%s\"", folder);
    }
    HMI_TRY(hmi_layer_of_incident(store, inv->arena, incident, &own, err));
    HMI_TRY(write_layer(inv, folder, "incident", 0, HM_TEXT(""), &own, err));
    for (size_t i = 0; i < attribution->suspect_count; i++) {
        hm_text name = attribution->suspects[i].actor;
        HMI_TRY(hmi_layer_of_actor(store, inv->arena, name, incident->id, statements->list,
                                   statements->count, &actor, err));
        HMI_TRY(write_layer(inv, folder, "actor", i + 1, name, &actor, err));
        HMI_TRY(hmi_layer_difference(inv->arena, &own, &actor, &difference, err));
        HMI_TRY(write_layer(inv, folder, "difference", i + 1, name, &difference, err));
    }
    return HM_OK;
}

int hmi_attribute_files(hmi_invocation *inv, hmi_store *store, const hmi_incident *incident,
                        const hmi_statements *statements, const hmi_attribution *attribution,
                        hm_err *err)
{
    const char *stix = hmi_given_text(inv, "stix"), *folder = hmi_given_text(inv, "navigator");
    if (stix != NULL) {
        HMI_TRY(write_stix(inv, store, incident, attribution, stix, err));
    }
    return folder == NULL
               ? HM_OK
               : write_layers(inv, store, incident, statements, attribution, folder, err);
}
