/* SPDX-License-Identifier: Apache-2.0
 *
 * export.h - an incident's traits in the formats that other programs read.
 *
 *     hmi_export export = { .store = store, .incident = &incident, .tlp = tlp };
 *     HMI_TRY(hmi_export_select(&export, arena, format, only, outgoing, err));
 *     HMI_TRY(format->write(&export, buf, err));
 *
 * Formats that detect take only what an intruder brought: stated by published intelligence, or
 * found inside files; not who merely appears in a record, not the victim's own machines, not noise,
 * and hashes of programs and documents but not of logs and reports. What was left out is counted.
 */
#ifndef HMI_TELL_EXPORT_H
#define HMI_TELL_EXPORT_H

#include "base/buf.h"
#include "casebook/store.h"
#include "share/marking.h"
#include "tell/outgoing.h"

typedef struct hmi_export {
    hmi_store *store;
    const hmi_incident *incident;
    const hmi_tlp_marking *tlp;
    bool named;      /* the incident's name may be told */
    bool to_partner; /* nothing about other incidents may show */
    /* selected */
    hmi_incident_trait *traits;
    size_t count;
    size_t left_out; /* by the format's own choice: nothing a partner may not know counts here */
    hmi_arena *arena;
} hmi_export;

typedef struct hmi_export_format {
    const char *name; /* "zeek-intel" */
    const char *what; /* "indicators for Zeek's intelligence framework" */
    bool detects;
    int (*write)(const hmi_export *export, hmi_buf *out, hm_err *err);
    int (*loss)(const hmi_export *export, hmi_buf *out, hm_err *err); /* NULL: not told */
} hmi_export_format;

/* NULL when there is none of that name. */
const hmi_export_format *hmi_export_format_find(hm_text name);
const hmi_export_format *hmi_export_formats(size_t *ret_count);

/* `only`: one class; `outgoing`: what a partner may have, NULL: all. */
int hmi_export_select(hmi_export *export, hmi_arena *arena, const hmi_export_format *format,
                      const hmi_class_row *only, const hmi_outgoing *outgoing, hm_err *err);

/* The name of the incident as a comment may show it, or "an incident". */
hm_text hmi_export_title(const hmi_export *export);
/* "prefix--uuid" or a number that belongs to this incident and `what`, always the same. */
void hmi_export_uuid(const hmi_export *export, const char *what, char ret[37]);

/* export_datasets.c: one list for each kind and the rules that use them, to be written as files. */
typedef struct hmi_export_file {
    const char *name;
    hmi_buf content;
} hmi_export_file;
enum { HMI_EXPORT_FILES = 8 };
int hmi_export_datasets(const hmi_export *export, hmi_export_file files[HMI_EXPORT_FILES],
                        hm_err *err);

int hmi_export_stix(const hmi_export *export, hmi_buf *out, hm_err *err);
int hmi_export_csv(const hmi_export *export, hmi_buf *out, hm_err *err);
int hmi_export_list(const hmi_export *export, hmi_buf *out, hm_err *err);
int hmi_export_zeek(const hmi_export *export, hmi_buf *out, hm_err *err);
int hmi_export_suricata(const hmi_export *export, hmi_buf *out, hm_err *err);
int hmi_export_sigma(const hmi_export *export, hmi_buf *out, hm_err *err);
int hmi_export_openioc(const hmi_export *export, hmi_buf *out, hm_err *err);
int hmi_export_misp(const hmi_export *export, hmi_buf *out, hm_err *err);
/* What the format cannot say of what was selected, as "3 of class function, 1 of class ja4"; empty:
 * nothing is lost. */
int hmi_export_misp_loss(const hmi_export *export, hmi_buf *out, hm_err *err);
/* misp.c: the event's name in a feed, and the feed's manifest with the event in it. */
enum { HMI_EXPORT_MISP_NAME = 48 };
void hmi_export_misp_name(const hmi_export *export, char ret[HMI_EXPORT_MISP_NAME]);
/* `before`: the manifest that is there, empty when none is. */
int hmi_export_misp_manifest(const hmi_export *export, hm_bytes before, hmi_buf *out, hm_err *err);
int hmi_export_navigator(const hmi_export *export, hmi_buf *out, hm_err *err);
int hmi_export_yara(const hmi_export *export, hmi_buf *out, hm_err *err);

#endif
