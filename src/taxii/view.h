/* SPDX-License-Identifier: Apache-2.0
 *
 * view.h - a collection as one partner may see it, and nothing of the rest.
 *
 * Derived from the journal and the release rules alone, event by event: the same journal and rules
 * give the same view, entry by entry and microsecond by microsecond, whether objects that this
 * partner may not have are in the collection or not. Everything that a partner is told comes out
 * of its view; nothing else is at hand where answers are made.
 *
 * Threads: hmi_view_begin/end around everything; it takes the journal's read lock while it catches
 * up. An answer that lends bytes of a view holds a reference.
 */
#ifndef HMI_TAXII_VIEW_H
#define HMI_TAXII_VIEW_H

#include "share/release.h"
#include "taxii/journal.h"

enum { HMI_VIEW_SET_MAX = 1 << 18, HMI_VIEW_ROUNDS_MAX = 64 };

enum {
    HMI_ENTRY_GONE = 1,
    HMI_ENTRY_REDACTED = 2,
    HMI_ENTRY_ASKED = 4,  /* being decided again */
    HMI_ENTRY_CLAIM = 8,  /* this partner's own, under an id that is somebody else's */
    HMI_ENTRY_ALONE = 16, /* there was never another entry with its id */
    HMI_ENTRY_GIVEN = 32  /* its giving was entered since the server was started */
};

/* One object version that this partner sees. Entries are in the order of their dates. */
typedef struct hmi_view_entry {
    int64_t date_us; /* strictly increasing */
    const uint8_t *out;
    uint32_t out_len;
    uint32_t row;
    uint32_t older;      /* 1 + the entry before with this id, or 0 */
    uint8_t flags, rule; /* hmi_rule */
} hmi_view_entry;

typedef struct hmi_view hmi_view;

/* `policy` and `partner` must outlive the view. One reference is the caller's. */
int hmi_view_new(hmi_journal *journal, uint32_t collection, const hmi_policy *policy,
                 const hmi_partner *partner, hmi_purpose purpose, hmi_view **ret_view, hm_err *err);
hmi_view *hmi_view_ref(hmi_view *view);
void hmi_view_unref(hmi_view *view); /* NULL is fine; the last one frees */

/* The same rules, in another policy: the old one is not looked at any more. */
void hmi_view_move(hmi_view *view, const hmi_policy *policy, const hmi_partner *partner);
/* How many rows of the journal were not looked at yet; needs no lock. */
size_t hmi_view_behind(hmi_view *view);
/* Locks it and brings it up to date; unlocks on failure. */
int hmi_view_begin(hmi_view *view, hm_err *err);
void hmi_view_end(hmi_view *view);

/* Between begin and end: */
size_t hmi_view_count(const hmi_view *view);
const hmi_view_entry *hmi_view_at(const hmi_view *view, size_t entry);
/* The row behind an entry; it does not move until end. */
const hmi_journal_row *hmi_view_row(const hmi_view *view, const hmi_view_entry *entry);
void hmi_view_note_given(hmi_view *view, size_t entry);
/* 1 + the newest entry with this id that is there, or 0; then the next one. */
uint32_t hmi_view_find(const hmi_view *view, hm_text id);
uint32_t hmi_view_find_row(const hmi_view *view, const hmi_journal_row *row);
uint32_t hmi_view_older(const hmi_view *view, uint32_t entry);
/* The first entry that is later than the moment. */
size_t hmi_view_after(const hmi_view *view, int64_t date_us);

#endif
