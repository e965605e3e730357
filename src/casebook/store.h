/* SPDX-License-Identifier: Apache-2.0
 *
 * store.h - the one door to a casebook: incidents, evidence, traits, objects, baseline.
 *
 * A casebook is a directory: casebook.db (SQLite), evidence/ (content-addressed, stored so that it
 * cannot run), index/ (sealed segments, rebuilt from the database at any time); or a database on a
 * server, postgresql://... Everything above this header is blind to that.
 *
 * Writing: one transaction per piece of evidence, or per group of pieces. Begin, give traits,
 * commit; anything else leaves no trace. What commit acknowledged survives a power cut (WAL,
 * synchronous=FULL). One writer at a time (others wait up to `busy_ms`), any number of readers.
 *
 * Threads: one hmi_store per thread. Text handed out is lent until the next call on the same
 * iterator or the arena's end.
 */
#ifndef HMI_CASEBOOK_STORE_H
#define HMI_CASEBOOK_STORE_H

#include "base/hash.h"
#include "trait/trait.h"

typedef struct hmi_store hmi_store;

typedef struct hmi_store_options {
    bool read_only;
    uint32_t busy_ms; /* 0: 10,000 */
} hmi_store_options;

/* Does this name a database on a server rather than a folder? */
bool hmi_store_is_address(const char *where);
/* Makes an empty casebook at `where`: a directory that is absent or empty, or the address of a
 * database without one. */
int hmi_store_create(const char *where, hm_err *err);
/* Opens one; an older schema is migrated (not when read_only: HM_E_UNSUPPORTED), a newer refused.
 */
int hmi_store_open(const char *where, const hmi_store_options *options, hmi_store **ret_store,
                   hm_err *err);
void hmi_store_close(hmi_store *store);
/* As it was named: a folder, or an address. */
const char *hmi_store_where(const hmi_store *store);
/* A folder of this machine for what the casebook keeps beside its tables (a signing key, secrets of
 * overlaps): the casebook's own, or, when it lies on a server, one that belongs to it and its user.
 */
const char *hmi_store_folder(const hmi_store *store);
/* A folder for what was made from the tables and may be made again: the casebook's own, or this
 * machine's cache of it. */
const char *hmi_store_cache(const hmi_store *store);
/* hmi_store_folder of a casebook that is not open; HM_E_NOT_FOUND when there is none. malloc'ed. */
int hmi_store_folder_of(const char *where, char **ret_folder, hm_err *err);

/* ---- Incidents */
typedef struct hmi_incident {
    int64_t id;
    hm_text stix_id; /* "incident--uuid" */
    hm_text name;    /* unique, as given by the analyst */
    int64_t created_us;
    uint64_t evidence_count;
    uint64_t trait_count; /* summed over its pieces: a trait in two pieces counts twice */
} hmi_incident;

/* Finds or makes. */
int hmi_incident_put(hmi_store *store, hm_text name, int64_t *ret_id, hm_err *err);
/* HM_E_NOT_FOUND. `ret` lives in the arena. */
int hmi_incident_find(hmi_store *store, hmi_arena *arena, hm_text name, hmi_incident *ret,
                      hm_err *err);
int hmi_incident_get(hmi_store *store, hmi_arena *arena, int64_t id, hmi_incident *ret,
                     hm_err *err);
/* All, by name. For people: a comparison asks hmi_incident_get for the few it shows. */
int hmi_incident_list(hmi_store *store, hmi_arena *arena, hmi_incident **ret, size_t *ret_count,
                      hm_err *err);

/* ---- Evidence */
typedef struct hmi_evidence {
    int64_t id;
    hmi_sha256 sha256;
    uint64_t size;
    hm_bytes name;  /* as first given; data, may be any bytes */
    hm_text format; /* the fact "format" that its reader gave: "elf", "zip+pdf"; or empty */
    int verdict;    /* hmi_verdict (jail.h) */
    hm_text reason; /* for verdicts other than read */
    int64_t added_us;
    int64_t parent; /* evidence id of the container, 0 if none */
    uint64_t trait_count;
    uint32_t readers; /* hmi_piece.readers of the reading that is stored */
    bool kept;        /* its bytes are in the casebook */
    bool complete;    /* false: its members were still to come when the work was cut off */
} hmi_evidence;

/* Is this content known? HM_E_NOT_FOUND. The caller reads it again when `complete` is false or
 * `readers` is older than its own: taking it in again replaces what the older reading said. */
int hmi_evidence_find(hmi_store *store, const hmi_sha256 *sha256, hmi_arena *arena,
                      hmi_evidence *ret, hm_err *err);
/* Links known evidence to an incident under a name (idempotent). Its members follow it. */
int hmi_evidence_link(hmi_store *store, int64_t incident, int64_t evidence, hm_bytes name,
                      int64_t parent, hm_err *err);
/* The distinct functions of one piece, by the store's names for them, ascending. */
int hmi_evidence_functions(hmi_store *store, hmi_arena *arena, int64_t evidence, int64_t **ret,
                           size_t *ret_count, hm_err *err);
int hmi_evidence_list(hmi_store *store, hmi_arena *arena, int64_t incident, hmi_evidence **ret,
                      size_t *ret_count, hm_err *err);
/* Says that all members of a container are in (see hmi_intake_members_follow). */
int hmi_evidence_complete(hmi_store *store, int64_t evidence, hm_err *err);
/* The stored bytes, verified against their hash: HM_E_CORRUPT otherwise, HM_E_LIMIT above
 * HMI_EVIDENCE_BYTES_MAX. malloc'ed: free(). */
enum { HMI_EVIDENCE_BYTES_MAX = 1 << 30 };
/* The same into an open file, whatever their length. */
int hmi_evidence_write(hmi_store *store, const hmi_sha256 *sha256, int fd, uint64_t *ret_size,
                       hm_err *err);
int hmi_evidence_bytes(hmi_store *store, const hmi_sha256 *sha256, uint8_t **ret_bytes,
                       size_t *ret_len, hm_err *err);

/* ---- Taking in one piece
 *
 * Several intakes may be open on one store at once (workers answer side by side): traits are
 * gathered in memory (sorted there, which also makes the insert fast) and the database's
 * transaction begins and ends inside commit. */
typedef struct hmi_intake hmi_intake;
typedef struct hmi_piece {
    int64_t incident;
    hmi_sha256 sha256; /* the other digests come as traits, from the worker */
    uint64_t size;
    hm_bytes name;       /* data */
    int64_t parent;      /* evidence id of the container, 0 if none */
    int64_t modified_us; /* the file's own clock, HMI_TIME_NONE if unknown */
    bool keep;           /* store the bytes in the casebook */
    int content_fd;      /* where they are: `size` bytes from offset 0, read with pread; borrowed */
    uint32_t readers;    /* version of the set of readers that reads it */
} hmi_piece;

/* The content is copied here (to a temporary file) and need not outlive the call: HM_E_CONFLICT
 * when it does not hash to `sha256` (it changed meanwhile). */
int hmi_intake_begin(hmi_store *store, const hmi_piece *piece, hmi_intake **ret_intake,
                     hm_err *err);
/* The sink to give to the jail: traits, notes, facts and objects go into the transaction; members
 * are not for the store and are refused (HM_E_MISUSE): the caller takes them in as pieces. */
hmi_sink *hmi_intake_sink(hmi_intake *intake);
/* Distinct traits gathered so far. */
uint64_t hmi_intake_traits(const hmi_intake *intake);
/* How often a trait was told that found no room any more; not 0: not all is kept. */
uint64_t hmi_intake_refused(const hmi_intake *intake);
/* Before commit, when the piece is a container: it counts as completely known only after
 * hmi_evidence_complete, so that work cut off between container and members is taken up again. */
void hmi_intake_members_follow(hmi_intake *intake);
/* Ends the transaction; HM_OK means it is on the disk. Frees the intake either way. */
int hmi_intake_commit(hmi_intake *intake, int verdict, hm_text reason, int64_t *ret_evidence,
                      hm_err *err);
void hmi_intake_abandon(hmi_intake *intake); /* NULL is fine */

/* ---- Several pieces in one transaction
 *
 * To make one piece durable costs as much as to make sixty. Between begin and commit all that is
 * written through this store goes into one transaction, which begins with the first write; HM_OK of
 * a write then says "written", and hmi_group_commit's HM_OK says "on the disk", for all of them; on
 * failure none is. Others who want to write wait meanwhile: keep it short. */
void hmi_group_begin(hmi_store *store);
/* Ends the group either way; HM_OK when nothing was written, too. */
int hmi_group_commit(hmi_store *store, hm_err *err);
void hmi_group_abandon(hmi_store *store); /* fine without a group */

/* ---- Files that did not change since they were read
 *
 * What stat(2) said of a file when its content was hashed, so that a second run over the same
 * folder need not read it again (as git's index does). Never trusted when the file was modified
 * within two seconds before it was hashed. `scope` is an incident id, or 0 for the baseline. */
typedef struct hmi_file_stamp {
    uint64_t device, inode, size;
    int64_t modified_ns, changed_ns;
} hmi_file_stamp;
/* HM_OK and *ret_sha256 when the same path was remembered with the very same stamp;
 * HM_E_NOT_FOUND otherwise. */
int hmi_stamp_find(hmi_store *store, int64_t scope, hm_bytes path, const hmi_file_stamp *stamp,
                   hmi_sha256 *ret_sha256, hm_err *err);
/* Remembers it. Gathered and written with the next commit, or by hmi_stamp_flush. */
int hmi_stamp_put(hmi_store *store, int64_t scope, hm_bytes path, const hmi_file_stamp *stamp,
                  const hmi_sha256 *sha256, hm_err *err);
int hmi_stamp_flush(hmi_store *store, hm_err *err);

/* ---- Asking
 *
 * Between begin and end every answer is of one moment, whatever others write, and asking is
 * cheaper. Nothing may be written through this store meanwhile. Begins and ends may nest. */
int hmi_snapshot_begin(hmi_store *store, hm_err *err);
void hmi_snapshot_end(hmi_store *store);

typedef struct hmi_seen {
    int64_t evidence;
    hmi_role role;
    uint64_t offset, count;
    int64_t first_us, last_us;
} hmi_seen;

/* Every distinct trait of an incident, ordered by (class, key); one row each. */
typedef struct hmi_incident_trait {
    int64_t id; /* the store's own name for the trait */
    hmi_class class_id;
    hmi_key key;
    hm_text value;
    hm_bytes detail;
    uint32_t roles; /* bit set of hmi_role */
    uint64_t count;
} hmi_incident_trait;
int hmi_incident_traits(hmi_store *store, hmi_arena *arena, int64_t incident,
                        hmi_incident_trait **ret, size_t *ret_count, hm_err *err);
/* How many incidents hold a trait. */
int hmi_trait_incident_count(hmi_store *store, int64_t trait, size_t *ret_count, hm_err *err);
/* Incidents that hold a trait, ascending. When they are more than `max`, none is written and
 * *ret_total is max + 1: a hub costs no more than any other trait. */
int hmi_trait_incidents(hmi_store *store, int64_t trait, int64_t *ret_ids, size_t max,
                        size_t *ret_total, hm_err *err);
/* How many distinct traits of each class an incident has (indexed by hmi_class): what a comparison
 * needs to say "both are rich in functions and share none" without reading them. */
int hmi_incident_class_counts(hmi_store *store, int64_t incident,
                              uint32_t ret_counts[HMI_CLASS_MAX + 1], hm_err *err);
/* Distinct traits of one class only, ordered by key. */
int hmi_incident_class_traits(hmi_store *store, hmi_arena *arena, int64_t incident,
                              hmi_class class_id, hmi_incident_trait **ret, size_t *ret_count,
                              hm_err *err);
/* The same for many traits at once: the incidents of traits[i] are ids[from[i]] .. ids[from[i+1] -
 * 1], ascending; none, and max_each + 1 as their total, when they are more than `max_each`. All
 * three live in the arena. */
typedef struct hmi_incidents_of {
    const uint32_t *from; /* count + 1 */
    const uint32_t *totals;
    const int64_t *ids;
} hmi_incidents_of;
int hmi_traits_incidents(hmi_store *store, hmi_arena *arena, const int64_t *traits, size_t count,
                         uint32_t max_each, hmi_incidents_of *ret, hm_err *err);
/* The store's name for a trait; HM_E_NOT_FOUND. */
int hmi_trait_find(hmi_store *store, hmi_class class_id, hm_text value, int64_t *ret_trait,
                   hm_err *err);
/* One trait by that name; roles and count are 0, for they belong to an incident. */
int hmi_trait_get(hmi_store *store, hmi_arena *arena, int64_t trait, hmi_incident_trait *ret,
                  hm_err *err);
/* Where in an incident a trait was seen. */
int hmi_trait_seen(hmi_store *store, hmi_arena *arena, int64_t incident, int64_t trait,
                   hmi_seen **ret, size_t *ret_count, hm_err *err);
/* Notes and facts of one piece. */
typedef struct hmi_evidence_note {
    hmi_severity severity;
    int code;
    uint64_t offset;
    hm_text text;
} hmi_evidence_note;
int hmi_evidence_notes(hmi_store *store, hmi_arena *arena, int64_t evidence,
                       hmi_evidence_note **ret, size_t *ret_count, hm_err *err);
typedef struct hmi_evidence_fact {
    hm_text name, value;
} hmi_evidence_fact;
int hmi_evidence_facts(hmi_store *store, hmi_arena *arena, int64_t evidence,
                       hmi_evidence_fact **ret, size_t *ret_count, hm_err *err);
/* Shared objects that came with an incident's evidence, the sender's bytes; by id and moment. Two
 * that claim the same id and moment with different bytes are both kept and both listed. */
typedef struct hmi_stored_object {
    hm_text id, type, modified;
    hm_bytes raw;
    int64_t evidence;
} hmi_stored_object;
int hmi_incident_objects(hmi_store *store, hmi_arena *arena, int64_t incident,
                         hmi_stored_object **ret, size_t *ret_count, hm_err *err);
/* Every stored object of one STIX type, by id and moment; only those whose bytes hold `naming`,
 * when that is not empty. */
int hmi_objects_of_type(hmi_store *store, hmi_arena *arena, hm_text type, hm_text naming,
                        hmi_stored_object **ret, size_t *ret_count, hm_err *err);
/* Those of one type that came with an incident's evidence. */
int hmi_incident_objects_of_type(hmi_store *store, hmi_arena *arena, int64_t incident, hm_text type,
                                 hmi_stored_object **ret, size_t *ret_count, hm_err *err);
/* The newest version of one object; HM_E_NOT_FOUND. */
int hmi_object_newest(hmi_store *store, hmi_arena *arena, hm_text stix_id, hmi_stored_object *ret,
                      hm_err *err);
/* Every version of one object that anybody sent, oldest first; `evidence` is 0 for one that lies in
 * no evidence any more. */
int hmi_object_versions(hmi_store *store, hmi_arena *arena, hm_text stix_id,
                        hmi_stored_object **ret, size_t *ret_count, hm_err *err);
int hmi_incident_count(hmi_store *store, uint64_t *ret_count, hm_err *err);
/* The store's state: grows with every commit; in a finding, so that it can be re-run. */
int hmi_store_generation(hmi_store *store, uint64_t *ret_generation, hm_err *err);

/* ---- Claims: who says what about whose it is
 *
 * Shown beside findings, never weighed. Rows are added and never changed: a withdrawal is another
 * row. What documents claim is not here: it is read out of their objects. */
typedef struct hmi_claim {
    hm_text stix_id;  /* "note--uuid", drawn by hmi_claim_add */
    int64_t incident; /* what it is about, 0: about an actor */
    hm_text about;    /* the actor it is about when there is no incident, else empty */
    hm_text relation; /* "attributed-to", "related-to" */
    hm_text target;   /* the actor, or the other incident, as the publisher writes it */
    hm_text publisher;
    hm_text said;      /* "2014-12-19" or a full timestamp: when it was published */
    int opinion;       /* 1 strongly disagrees ... 5 strongly agrees that it is so */
    int confidence;    /* 0 .. 100 as the publisher states it, -1: not stated */
    hm_text grade;     /* Admiralty, "B2"; empty: not graded */
    hm_text ground;    /* on what ground */
    hm_text source;    /* URL or title */
    bool has_document; /* the document's own hash is known */
    hmi_sha256 document;
    int64_t entered_us;
} hmi_claim;
enum { HMI_CLAIM_TEXT_MAX = 4000 };
/* Adds a row; entered_us and stix_id are drawn here. HM_E_MISUSE for what is no claim. */
int hmi_claim_add(hmi_store *store, hmi_arena *arena, const hmi_claim *claim, hm_text *ret_id,
                  hm_err *err);
/* By date, withdrawn ones too; incident 0: all. */
int hmi_claim_list(hmi_store *store, hmi_arena *arena, int64_t incident, hmi_claim **ret,
                   size_t *ret_count, hm_err *err);
bool hmi_claim_is_held(hmi_store *store, hm_text stix_id);
/* `claim` is a claim's id or that of the object that makes it. HM_E_EXISTS when it was withdrawn
 * already. Whether there is such a claim is the caller's to know. */
int hmi_claim_withdraw(hmi_store *store, hm_text claim, hm_text why, hm_err *err);
/* HM_E_NOT_FOUND when it stands. */
int hmi_claim_withdrawn(hmi_store *store, hmi_arena *arena, hm_text claim, int64_t *ret_at_us,
                        hm_text *ret_why, hm_err *err);

/* ---- Remarks: what analysts write about an incident
 *
 * Versions are added and never changed. Whoever changes a remark says which version was seen:
 * HM_E_CONFLICT when another came first, and nothing is written. */
typedef struct hmi_remark {
    hm_text stix_id; /* "note--uuid" */
    int64_t version; /* from 1 */
    int64_t incident;
    hm_text author;
    int64_t at_us, created_us; /* of this version, of the first */
    bool removed;
    hm_text text;
} hmi_remark;
enum { HMI_REMARK_TEXT_MAX = 65536, HMI_REMARK_AUTHOR_MAX = 200 };
/* HM_E_MISUSE for a text or an author that is empty or too long. `ret` lives in the arena. */
int hmi_remark_add(hmi_store *store, hmi_arena *arena, int64_t incident, hm_text author,
                   hm_text text, hmi_remark *ret, hm_err *err);
/* The next version after `seen`; with `removed` the text stays what it was. */
int hmi_remark_change(hmi_store *store, hmi_arena *arena, hm_text stix_id, int64_t seen,
                      hm_text author, hm_text text, bool removed, hmi_remark *ret, hm_err *err);
/* The newest version, also of a removed one; HM_E_NOT_FOUND. */
int hmi_remark_get(hmi_store *store, hmi_arena *arena, hm_text stix_id, hmi_remark *ret,
                   hm_err *err);
/* The newest version of each that is not removed, oldest remark first. */
int hmi_remark_list(hmi_store *store, hmi_arena *arena, int64_t incident, hmi_remark **ret,
                    size_t *ret_count, hm_err *err);
int hmi_remark_versions(hmi_store *store, hmi_arena *arena, hm_text stix_id, hmi_remark **ret,
                        size_t *ret_count, hm_err *err);
int hmi_remark_count(hmi_store *store, int64_t incident, uint64_t *ret_count, hm_err *err);

/* ---- Parts: what pages ask, a bounded piece of a long answer at a time
 *
 * Each takes up behind the place where the one before ended; 0 is the beginning. */
/* Without the counts. */
int hmi_part_incidents(hmi_store *store, hmi_arena *arena, int64_t after, size_t max,
                       hmi_incident **ret, size_t *ret_count, hm_err *err);
/* One of them; HM_E_NOT_FOUND. */
int hmi_incident_head(hmi_store *store, hmi_arena *arena, int64_t id, hmi_incident *ret,
                      hm_err *err);
/* The incidents that a piece lies in, ascending, at most `max`. */
int hmi_evidence_incidents(hmi_store *store, int64_t evidence, int64_t *ret_ids, size_t max,
                           size_t *ret_count, hm_err *err);
/* By its number, without a parent; HM_E_NOT_FOUND. */
int hmi_evidence_by_id(hmi_store *store, hmi_arena *arena, int64_t id, hmi_evidence *ret,
                       hm_err *err);
/* A name that an incident has a piece under; HM_E_NOT_FOUND. */
int hmi_evidence_named(hmi_store *store, hmi_arena *arena, int64_t incident, int64_t evidence,
                       hm_bytes *ret_name, hm_err *err);
/* HM_E_NOT_FOUND. */
int hmi_incident_named(hmi_store *store, hm_text stix_id, int64_t *ret_id, hm_err *err);
/* Distinct pieces and distinct traits of an incident. */
int hmi_incident_totals(hmi_store *store, int64_t incident, uint64_t *ret_evidence,
                        uint64_t *ret_traits, hm_err *err);
/* As hmi_evidence_list orders them. seqs[i] is the place behind ret[i]; *ret_total counts all. */
int hmi_part_evidence(hmi_store *store, hmi_arena *arena, int64_t incident, int64_t after,
                      size_t max, hmi_evidence **ret, int64_t **ret_seqs, size_t *ret_count,
                      uint64_t *ret_total, hm_err *err);
/* Pieces by verdict (hmi_verdict), for those below `max`. */
int hmi_incident_verdicts(hmi_store *store, int64_t incident, uint64_t *ret_counts, size_t max,
                          hm_err *err);
/* Distinct traits of one class with an id above `after`, ascending; without details. Those whose
 * value does not hold `holding` (ASCII case ignored) are passed over; empty holds everything. At
 * most `looks` rows are looked at: *ret_more is set, and *ret_last is where to go on, when the end
 * was not reached. */
int hmi_part_traits(hmi_store *store, hmi_arena *arena, int64_t incident, hmi_class class_id,
                    int64_t after, size_t max, size_t looks, hm_text holding,
                    hmi_incident_trait **ret, size_t *ret_count, int64_t *ret_last, bool *ret_more,
                    hm_err *err);
/* One trait as the incident holds it; HM_E_NOT_FOUND. */
int hmi_incident_trait_get(hmi_store *store, hmi_arena *arena, int64_t incident, int64_t trait,
                           hmi_incident_trait *ret, hm_err *err);

/* What a search looks through: values of traits, names of pieces, remarks, in order of arrival. */
typedef struct hmi_part_text {
    int64_t place; /* the trait's id, the link's seq, the remark's number */
    hmi_class class_id;
    int64_t incident, evidence;
    hm_bytes text;
} hmi_part_text;
typedef enum hmi_part_of { HMI_PART_TRAITS, HMI_PART_LINKS, HMI_PART_REMARKS } hmi_part_of;
int hmi_part_texts(hmi_store *store, hmi_arena *arena, hmi_part_of of, int64_t after, size_t max,
                   hmi_part_text **ret, size_t *ret_count, hm_err *err);

/* ---- Baseline: what is common in the harmless world */
typedef struct hmi_baseline_batch hmi_baseline_batch;
/* One batch holds many files; it is on the disk, searchable and remembered after commit, absent
 * after abandon or a crash (so a learning run resumes where it stopped). A batch that grows beyond
 * its memory commits what it has by itself and goes on. One batch at a time on a store. */
int hmi_baseline_begin(hmi_store *store, hmi_baseline_batch **ret_batch, hm_err *err);
/* True when a file with this content was learned already (batch included). */
int hmi_baseline_knows(hmi_store *store, const hmi_sha256 *sha256, bool *ret_known, hm_err *err);
/* Each trait counts once per file, whatever its role and count. */
int hmi_baseline_file(hmi_baseline_batch *batch, const hmi_sha256 *sha256, hm_bytes name,
                      const hmi_trait *traits, size_t count, hm_err *err);
int hmi_baseline_commit(hmi_baseline_batch *batch, hm_err *err);
void hmi_baseline_abandon(hmi_baseline_batch *batch);
/* Merges segments so that asking stays one probe; safe to interrupt. */
int hmi_baseline_merge(hmi_store *store, hm_err *err);
/* Harmless files that carry each key, in the order of `keys`. */
int hmi_baseline_counts(hmi_store *store, const hmi_key *keys, size_t count, uint32_t *ret_counts,
                        hm_err *err);
int hmi_baseline_files(hmi_store *store, uint64_t *ret_files, hm_err *err);
/* Which harmless files carry a key: how many, and the name of the one that tells most, as data: the
 * library's, when one library has it, whatever programs have it too; else the first learned. Those
 * with the content `except` do not count. */
typedef struct hmi_carrier {
    uint32_t files;
    hm_bytes name; /* in the arena; empty when there is none */
    bool library;  /* the name is that of the one library that has it: .so, .a, .dll ... */
} hmi_carrier;
enum { HMI_CARRIERS_MAX = 64 }; /* whose names are looked at */
int hmi_baseline_carrier(hmi_store *store, hmi_arena *arena, hmi_key key, const hmi_sha256 *except,
                         size_t except_count, hmi_carrier *ret, hm_err *err);
/* Of functions: how many harmless files hold one at least as alike as each of `similarities`, which
 * descend. */
int hmi_baseline_alike(hmi_store *store, hm_bytes fingerprint, const double *similarities,
                       size_t count, uint32_t *ret_counts, hm_err *err);

/* ---- Functions alike across the casebook */
typedef struct hmi_alike {
    int64_t trait;
    double similarity;
} hmi_alike;
/* Functions of the casebook at least `similarity` alike, best first, at most `max`; the one asked
 * about is among them when it is stored. */
int hmi_functions_alike(hmi_store *store, hm_bytes fingerprint, double similarity, hmi_alike *ret,
                        size_t max, size_t *ret_count, hm_err *err);

/* Brings the index up to what is stored. Asking does it too when much is new: call it after a
 * batch so that the first question need not. */
int hmi_store_settle(hmi_store *store, hm_err *err);

/* ---- Trust */
typedef struct hmi_verify_report {
    uint64_t evidence_checked, evidence_bad, orphans_removed, index_rebuilt;
    uint64_t rows_checked, rows_bad;
} hmi_verify_report;
/* Checks the database's own integrity, every evidence hash, every trait key, every segment.
 * `say` is called for each fault found with one sentence. HM_OK says that the check ran to its end,
 * not that nothing was found. Repairs only what can be made again: the index, leftover files. */
int hmi_store_verify(hmi_store *store, void (*say)(void *with, hm_text sentence), void *with,
                     hmi_verify_report *ret, hm_err *err);

#endif
