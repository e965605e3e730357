/* SPDX-License-Identifier: Apache-2.0
 *
 * export.c - which traits of an incident go into an export, and the table of formats.
 *
 * WHY    An engine that is fed everything raises alarms about everything: the visitors of a web
 *        server, the victim's own hosts, public resolvers. Formats that detect get what an intruder
 *        brought.
 * TRUST  Values are the attacker's, canonical: clean text without control characters. Each writer
 *        escapes for its own reader.
 * OWNS   Nothing.
 */
#include "tell/export.h"

#include "base/error.h"
#include "base/text.h"
#include "tell/claims.h"
#include "trait/stix_id.h"

static const hmi_export_format FORMATS[] = {
    { "stix", "a STIX 2.1 bundle", false, hmi_export_stix, NULL },
    { "csv", "one trait a line, for spreadsheets", false, hmi_export_csv, NULL },
    { "list", "one value a line", false, hmi_export_list, NULL },
    { "zeek-intel", "indicators for Zeek's intelligence framework", true, hmi_export_zeek, NULL },
    { "suricata", "rules for Suricata", true, hmi_export_suricata, NULL },
    { "suricata-datasets", "lists for Suricata and the rules that use them", true, NULL, NULL },
    { "sigma", "Sigma rules", true, hmi_export_sigma, NULL },
    { "yara", "a YARA rule of strings that no harmless file has", true, hmi_export_yara, NULL },
    { "openioc", "OpenIOC 1.0", true, hmi_export_openioc, NULL },
    { "misp", "a MISP event", false, hmi_export_misp, hmi_export_misp_loss },
    { "misp-feed", "a folder with MISP events and their manifest", false, hmi_export_misp,
      hmi_export_misp_loss },
    { "navigator", "a layer for the ATT&CK Navigator", false, hmi_export_navigator, NULL },
};

const hmi_export_format *hmi_export_formats(size_t *ret_count)
{
    *ret_count = HMI_COUNT(FORMATS);
    return FORMATS;
}

const hmi_export_format *hmi_export_format_find(hm_text name)
{
    for (size_t i = 0; i < HMI_COUNT(FORMATS); i++) {
        if (hmi_text_is(name, FORMATS[i].name)) {
            return &FORMATS[i];
        }
    }
    return NULL;
}

static bool is_one_of(hm_text format, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (hmi_text_is(format, list[i])) {
            return true;
        }
    }
    return false;
}

/* Does this piece of evidence make the trait an intruder's? A record names whoever took part; a
 * report states it, but its own hash and name are only the report's. */
static bool speaks(hm_text format, hmi_role role)
{
    static const char *const RECORDS[] = { "log", "pcap", "pcapng", "evtx", "data", "" };
    return hmi_is_report(format) ? role != HMI_ROLE_SELF
                                 : !is_one_of(format, RECORDS, HMI_COUNT(RECORDS));
}

static int is_brought(const hmi_export *e, hmi_arena *scratch, const hmi_evidence *evidence,
                      size_t count, const hmi_incident_trait *t, bool *ret, hm_err *err)
{
    hmi_seen *seen = NULL;
    size_t seen_count = 0;
    *ret = false;
    HMI_TRY(hmi_trait_seen(e->store, scratch, e->incident->id, t->id, &seen, &seen_count, err));
    for (size_t i = 0; i < seen_count && !*ret; i++) {
        for (size_t k = 0; k < count; k++) {
            *ret |= evidence[k].id == seen[i].evidence && speaks(evidence[k].format, seen[i].role);
        }
    }
    return HM_OK;
}

static int wanted(hmi_export *e, hmi_arena *scratch, const hmi_export_format *format,
                  const hmi_evidence *evidence, size_t count, const hmi_incident_trait *t,
                  bool *ret, hm_err *err)
{
    *ret = true;
    if (!format->detects) {
        return HM_OK;
    }
    HMI_TRY(is_brought(e, scratch, evidence, count, t, ret, err));
    *ret = *ret && !hmi_trait_is_noise(t->class_id, t->value, NULL);
    e->left_out += !*ret;
    return HM_OK;
}

int hmi_export_select(hmi_export *e, hmi_arena *arena, const hmi_export_format *format,
                      const hmi_class_row *only, const hmi_outgoing *outgoing, hm_err *err)
{
    hmi_evidence *evidence = NULL;
    hmi_incident_trait *all = NULL;
    size_t evidence_count = 0, count = 0;
    e->arena = arena;
    e->to_partner = outgoing != NULL;
    e->named = outgoing == NULL || outgoing->own;
    HMI_TRY(hmi_evidence_list(e->store, arena, e->incident->id, &evidence, &evidence_count, err));
    HMI_TRY(hmi_incident_traits(e->store, arena, e->incident->id, &all, &count, err));
    hmi_arena scratch;
    hmi_arena_init(&scratch, 64 << 20);
    int code = HM_OK;
    for (size_t i = 0; code == HM_OK && i < count; i++) {
        const hmi_class_row *row = hmi_class_find((int)all[i].class_id);
        bool want = false;
        if (row != NULL && row->group != HMI_GROUP_CLAIM && (only == NULL || only == row) &&
            (outgoing == NULL || hmi_outgoing_has_trait(outgoing, all[i].key))) {
            code = wanted(e, &scratch, format, evidence, evidence_count, &all[i], &want, err);
        }
        if (want) {
            all[e->count++] = all[i];
        }
        hmi_arena_reset(&scratch);
    }
    hmi_arena_fini(&scratch);
    e->traits = all;
    return code;
}

hm_text hmi_export_title(const hmi_export *e)
{
    return e->named ? hmi_text_safe(e->arena, hmi_text_bytes(e->incident->name), 200)
                    : HM_TEXT("an incident");
}

void hmi_export_uuid(const hmi_export *e, const char *what, char ret[37])
{
    hmi_buf id;
    hmi_buf_init(&id, 0);
    hmi_told_id(e->incident->stix_id, what, HM_TEXT(""), &id);
    size_t from = strlen(what) + 2;
    hmi_assert(id.len == from + HMI_UUID_TEXT);
    memcpy(ret, id.ptr + from, HMI_UUID_TEXT);
    ret[HMI_UUID_TEXT] = '\0';
    hmi_buf_fini(&id);
}
