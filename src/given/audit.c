/* SPDX-License-Identifier: Apache-2.0
 *
 * audit.c - checks the memory of what was given from its first entry to its last.
 *
 * WHY    Four kinds of hands reach for a log: one changes an entry, one takes some out, one changes
 *        their order, one cuts the end off or puts yesterday's copy back. Each leaves another
 * trace, and the one who looks wants to know which. the hash over the text          changed the
 * signature over the text     forged (hashed again by somebody without the key) numbers inside and
 * outside      reordered, missing the hash of the one before      broken the remembered head
 * truncated, rolled back, rewritten The casebook counts every commit (its generation): a log that
 * is shorter than remembered in a casebook that has gone on was cut; in one that is younger than
 * remembered, all was put back. TRUST  None: every row may be anybody's. OWNS   Nothing.
 */
#include "given/audit.h"

#include <stdarg.h>

#include "base/error.h"
#include "given/entry.h"
#include "given/inside.h"

enum { SENTENCE_MAX = 300, ENTRY_MEMORY_MAX = 256 << 20 };

typedef struct auditor {
    hmi_store *store;
    hmi_json *json;
    hmi_arena arena;
    const hmi_head *remembered;
    void (*say)(void *with, hmi_audit_fault fault, uint64_t seq, hm_text sentence);
    void *with;
    hmi_audit_report report;
    bool key_known, seen_remembered, key_told;
    uint64_t copies, recalled, debts;
    bool lists_sound;
} auditor;

const char *hmi_audit_fault_name(hmi_audit_fault fault)
{
    static const char *const NAMES[] = {
        [HMI_AUDIT_CHANGED] = "changed",     [HMI_AUDIT_FORGED] = "forged",
        [HMI_AUDIT_MISSING] = "missing",     [HMI_AUDIT_REORDERED] = "reordered",
        [HMI_AUDIT_BROKEN] = "broken",       [HMI_AUDIT_DAMAGED] = "damaged",
        [HMI_AUDIT_TRUNCATED] = "truncated", [HMI_AUDIT_ROLLED_BACK] = "rolled-back",
        [HMI_AUDIT_REWRITTEN] = "rewritten", [HMI_AUDIT_COPIES] = "copies",
    };
    return NAMES[fault];
}

__attribute__((format(printf, 4, 5))) static void fault(auditor *a, hmi_audit_fault what,
                                                        uint64_t seq, const char *format, ...)
{
    char sentence[SENTENCE_MAX];
    va_list args;
    if (++a->report.faults > HMI_AUDIT_FAULTS_MAX) {
        return;
    }
    va_start(args, format);
    vsnprintf(sentence, sizeof(sentence), format, args);
    va_end(args);
    a->say(a->with, what, seq, hmi_text_of(sentence));
}

#define NUMBER(n) (unsigned long long)(n)

static void check_signature(auditor *a, const hmi_given_row *row, const hmi_entry *entry)
{
    hmi_head *head = &a->report.head;
    if (!a->key_known) {
        a->key_known = row->seq == 1 && hmi_text_is(entry->kind, "key") &&
                       hmi_unhex(entry->public_key, head->public_key, sizeof(head->public_key));
    }
    if (!a->key_known) {
        if (!a->key_told) {
            a->key_told = true;
            fault(a, HMI_AUDIT_FORGED, row->seq,
                  "the first entry names no key: nothing shows who wrote the log");
        }
    } else if (!hmi_signature_good(hmi_bytes(head->public_key, sizeof(head->public_key)),
                                   HMI_ENTRY_DOMAIN, row->entry, row->signature)) {
        fault(a, HMI_AUDIT_FORGED, row->seq, "entry %llu is not signed with the log's key",
              NUMBER(row->seq));
    }
}

static void check_place(auditor *a, const hmi_given_row *row, const hmi_entry *entry)
{
    const hmi_head *before = &a->report.head;
    if (entry->seq != row->seq) {
        fault(a, HMI_AUDIT_REORDERED, row->seq, "entry %llu stands where entry %llu was",
              NUMBER(entry->seq), NUMBER(row->seq));
    } else if (row->seq > before->seq + 1) {
        fault(a, HMI_AUDIT_MISSING, row->seq, "entries %llu to %llu are missing",
              NUMBER(before->seq + 1), NUMBER(row->seq - 1));
    } else if (memcmp(&entry->prev, &before->hash, sizeof(entry->prev)) != 0) {
        fault(a, HMI_AUDIT_BROKEN, row->seq, "entry %llu does not follow the entry before it",
              NUMBER(row->seq));
    }
    if (!hmi_text_eq(row->kind, entry->kind) || !hmi_text_eq(row->partner, entry->partner) ||
        !hmi_text_eq(row->incident, entry->incident) || row->at_us != entry->at_us) {
        fault(a, HMI_AUDIT_CHANGED, row->seq,
              "the columns of entry %llu say other than the entry does", NUMBER(row->seq));
    }
}

/* Whatever the entry says was given stands in the lists that are made from the entries. */
static int check_lists(auditor *a, const hmi_given_row *row, const hmi_entry *entry, hm_err *err)
{
    bool release = hmi_text_is(entry->kind, "release"), recall = hmi_text_is(entry->kind, "recall");
    for (size_t i = 0; release && i < entry->object_count; i++) {
        const hmi_entry_object *object = &entry->objects[i];
        hmi_given_copy copy = { .stix_id = object->id,
                                .partner = entry->partner,
                                .incident = entry->incident,
                                .modified = object->modified,
                                .sha256 = object->sha256 };
        uint64_t seq = 0;
        HMI_TRY(hmi_given_copy_entry(a->store, &copy, &seq, err));
        a->copies += seq == row->seq;
        if ((seq == 0 || seq > row->seq) && a->lists_sound) {
            a->lists_sound = false;
            fault(a, HMI_AUDIT_COPIES, row->seq,
                  "entry %llu gave an object that the list of copies does not know",
                  NUMBER(row->seq));
        }
    }
    a->recalled += recall ? entry->object_count : 0;
    a->debts += recall ? entry->debtor_count : 0;
    return HM_OK;
}

static int check_row(void *with, const hmi_given_row *row, hm_err *err)
{
    auditor *a = with;
    hmi_entry entry = { 0 };
    hmi_sha256 is = hmi_sha256_of(row->entry);
    hm_err why = { 0 };
    int code = HM_OK;
    hmi_arena_reset(&a->arena);
    a->report.entries++;
    if (memcmp(&is, &row->hash, sizeof(is)) != 0) {
        fault(a, HMI_AUDIT_CHANGED, row->seq, "entry %llu was changed after it was written",
              NUMBER(row->seq));
    } else if (hmi_entry_read(a->json, row->entry, &a->arena, &entry, &why) != HM_OK) {
        fault(a, HMI_AUDIT_DAMAGED, row->seq, "entry %llu cannot be read: %.150s", NUMBER(row->seq),
              why.text);
    } else {
        check_signature(a, row, &entry);
        check_place(a, row, &entry);
        code = check_lists(a, row, &entry, err);
    }
    const hmi_head *old = a->remembered;
    if (old != NULL && old->seq == row->seq) {
        a->seen_remembered = true;
        if (memcmp(&old->hash, &row->hash, sizeof(row->hash)) != 0) {
            fault(a, HMI_AUDIT_REWRITTEN, row->seq,
                  "entry %llu is another than the one that is remembered", NUMBER(row->seq));
        }
    }
    a->report.head.seq = row->seq;
    a->report.head.hash = row->hash;
    return code;
}

static void check_memory(auditor *a)
{
    const hmi_head *old = a->remembered, *now = &a->report.head;
    if (old == NULL) {
        return;
    }
    if (now->seq > 0 && memcmp(old->public_key, now->public_key, sizeof(old->public_key)) != 0) {
        fault(a, HMI_AUDIT_REWRITTEN, 0, "the log is signed with another key than is remembered");
    }
    if (old->seq > now->seq && now->generation < old->generation) {
        fault(a, HMI_AUDIT_ROLLED_BACK, now->seq,
              "the log ends with entry %llu, entry %llu is remembered: an older casebook was put "
              "back",
              NUMBER(now->seq), NUMBER(old->seq));
    } else if (old->seq > now->seq) {
        fault(a, HMI_AUDIT_TRUNCATED, now->seq,
              "the log ends with entry %llu, entry %llu is remembered: its end was cut off",
              NUMBER(now->seq), NUMBER(old->seq));
    } else if (!a->seen_remembered && old->seq > 0) {
        fault(a, HMI_AUDIT_MISSING, old->seq, "entry %llu is remembered and is not there",
              NUMBER(old->seq));
    }
}

static int check_totals(auditor *a, hm_err *err)
{
    hmi_given_totals totals;
    HMI_TRY(hmi_given_totals_get(a->store, &totals, err));
    if (a->lists_sound && (totals.copies != a->copies || totals.recalled != a->recalled ||
                           totals.obligations != a->debts)) {
        fault(a, HMI_AUDIT_COPIES, 0,
              "the entries tell of %llu copies, %llu recalled objects and %llu obligations, the "
              "lists of %llu, %llu and %llu",
              NUMBER(a->copies), NUMBER(a->recalled), NUMBER(a->debts), NUMBER(totals.copies),
              NUMBER(totals.recalled), NUMBER(totals.obligations));
    }
    return HM_OK;
}

int hmi_audit(hmi_store *store, const hmi_head *remembered,
              void (*say)(void *with, hmi_audit_fault fault, uint64_t seq, hm_text sentence),
              void *with, hmi_audit_report *ret, hm_err *err)
{
    auditor a = {
        .store = store, .remembered = remembered, .say = say, .with = with, .lists_sound = true
    };
    a.report.remembered = remembered != NULL;
    HMI_TRY(hmi_json_new(&a.json, err));
    hmi_arena_init(&a.arena, ENTRY_MEMORY_MAX);
    int code = hmi_store_generation(store, &a.report.head.generation, err);
    code = code == HM_OK ? hmi_given_walk(store, check_row, &a, err) : code;
    code = code == HM_OK ? check_totals(&a, err) : code;
    hmi_arena_fini(&a.arena);
    hmi_json_free(a.json);
    HMI_TRY(code);
    check_memory(&a);
    *ret = a.report;
    return HM_OK;
}
