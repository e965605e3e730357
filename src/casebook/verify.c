/* SPDX-License-Identifier: Apache-2.0
 *
 * verify.c - is everything still what it was?
 *
 * WHY    Evidence is worth what its keeping can be shown to be. So nothing is believed here: the
 *        database's structure, its references and sums, each trait's key, each file's hash, each
 *        segment against the database.
 * TRUST  None.
 * OWNS   Nothing. Repairs only what can be made again: segments, leftover files. What a damaged
 *        part of the baseline held is forgotten, so that it can be learned again.
 */
#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "casebook/content.h"
#include "casebook/index.h"
#include "index/sealed.h"

enum { SENTENCE_MAX = 400, FAULTS_SAID_MAX = 1000 };

typedef struct check {
    hmi_store *store;
    void (*say)(void *with, hm_text sentence);
    void *with;
    hmi_verify_report report;
    uint64_t said;
} check;

__attribute__((format(printf, 2, 3))) static void fault(check *c, const char *format, ...)
{
    if (++c->said > FAULTS_SAID_MAX) {
        return;
    }
    char sentence[SENTENCE_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof(sentence), format, args);
    va_end(args);
    c->say(c->with, hmi_text_of(c->said == FAULTS_SAID_MAX ? "further faults are counted, not named"
                                                           : sentence));
}

static void hear(void *with, hm_text sentence)
{
    check *c = with;
    fault(c, "%.*s", HMI_FMT(sentence));
}

/* Each row of a query is a fault; `row` words it. */
static int each_row(check *c, hmi_query_id id, void (*row)(check *c, hmi_stmt *stmt), hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(c->store, id, &stmt, err));
    int rc;
    while ((rc = hmi_step(c->store, stmt, err)) == 1) {
        row(c, stmt);
    }
    return rc;
}

/* ---- The database */

static void row_integrity(check *c, hmi_stmt *stmt)
{
    hm_text words = hmi_column_lent_text(stmt, 0);
    if (!hmi_text_is(words, "ok")) {
        c->report.rows_bad++;
        fault(c, "database: %.*s", HMI_FMT(words));
    }
}

static void row_foreign(check *c, hmi_stmt *stmt)
{
    hm_text table = hmi_column_lent_text(stmt, 0);
    c->report.rows_bad++;
    fault(c, "database: a row of %.*s names something that is not there", HMI_FMT(table));
}

static void row_postings(check *c, hmi_stmt *stmt)
{
    c->report.rows_bad++;
    fault(c, "incident %lld counts trait %lld otherwise than its evidence does",
          (long long)hmi_column(stmt, 0), (long long)hmi_column(stmt, 1));
}

static void row_postings_total(check *c, hmi_stmt *stmt)
{
    long long evidence = hmi_column(stmt, 0), postings = hmi_column(stmt, 1);
    c->report.rows_checked += (uint64_t)postings;
    if (evidence != postings) {
        c->report.rows_bad++;
        fault(c, "incidents hold %lld postings where their evidence gives %lld", postings,
              evidence);
    }
}

static void row_class_counts(check *c, hmi_stmt *stmt)
{
    c->report.rows_bad++;
    fault(c, "incident %lld miscounts its traits of class %d", (long long)hmi_column(stmt, 0),
          hmi_column_int(stmt, 1));
}

static void row_remark(check *c, hmi_stmt *stmt)
{
    (void)stmt;
    c->report.rows_bad++;
    fault(c, "versions of a note of an analyst are missing");
}

static void row_parent(check *c, hmi_stmt *stmt)
{
    c->report.rows_bad++;
    fault(c, "evidence %lld is named as a container and is not there",
          (long long)hmi_column(stmt, 0));
}

static void row_trait(check *c, hmi_stmt *stmt)
{
    int64_t id = hmi_column(stmt, 0);
    hm_bytes value = hmi_column_lent(stmt, 3);
    hmi_key key = hmi_trait_key((hmi_class)hmi_column_int(stmt, 1),
                                hmi_text((const char *)value.ptr, value.len));
    c->report.rows_checked++;
    if (!hmi_bytes_eq(hmi_column_lent(stmt, 2), hmi_bytes(key.bytes, sizeof(key.bytes)))) {
        c->report.rows_bad++;
        fault(c, "trait %lld is not what its key says", (long long)id);
    }
}

static void row_trait_name(check *c, hmi_stmt *stmt)
{
    int64_t hash = hmi_column(stmt, 0);
    hm_bytes raw = hmi_column_lent(stmt, 1);
    hmi_key key = { { 0 } };
    if (raw.len == sizeof(key)) {
        memcpy(&key, raw.ptr, sizeof(key));
    }
    int64_t first = hmi_trait_first_hash(key);
    bool near = hash >= first ? hash - first < HMI_TRAIT_PROBES_MAX : hash < HMI_TRAIT_PROBES_MAX;
    if (!near || raw.len != sizeof(key)) {
        c->report.rows_bad++;
        fault(c, "the name %lld leads to no trait or to a wrong one", (long long)hash);
    }
}

static void row_names_missing(check *c, hmi_stmt *stmt)
{
    if (hmi_column(stmt, 0) != 0) {
        c->report.rows_bad++;
        fault(c, "%lld traits have no name", (long long)hmi_column(stmt, 0));
    }
}

static void row_object(check *c, hmi_stmt *stmt)
{
    hmi_sha256 is = hmi_sha256_of(hmi_column_lent(stmt, 2));
    c->report.rows_checked++;
    if (!hmi_bytes_eq(hmi_column_lent(stmt, 1), hmi_bytes(is.bytes, sizeof(is.bytes)))) {
        c->report.rows_bad++;
        hm_bytes id = hmi_column_lent(stmt, 0);
        fault(c, "object %.*s is not what its hash says", (int)id.len, (const char *)id.ptr);
    }
}

static int check_database(check *c, hm_err *err)
{
    static const struct {
        hmi_query_id id;
        void (*row)(check *c, hmi_stmt *stmt);
        bool near_only, far_only;
    } QUESTIONS[] = {
        { HMI_Q_VERIFY_INTEGRITY, row_integrity, .near_only = true },
        { HMI_Q_VERIFY_FOREIGN, row_foreign, .near_only = true },
        { HMI_Q_VERIFY_REFERENCES, row_foreign, .far_only = true },
        { HMI_Q_TRAIT_ALL, row_trait },
        { HMI_Q_TRAIT_NAMES, row_trait_name },
        { HMI_Q_TRAIT_NAMES_MISSING, row_names_missing },
        { HMI_Q_OBJECT_ALL, row_object },
        { HMI_Q_VERIFY_POSTINGS, row_postings },
        { HMI_Q_VERIFY_POSTINGS_TOTAL, row_postings_total },
        { HMI_Q_VERIFY_CLASS_COUNTS, row_class_counts },
        { HMI_Q_VERIFY_PARENTS, row_parent },
        { HMI_Q_VERIFY_REMARKS, row_remark },
    };
    const bool far = c->store->engine->far;
    for (size_t i = 0; i < HMI_COUNT(QUESTIONS); i++) {
        if (far ? QUESTIONS[i].near_only : QUESTIONS[i].far_only) {
            continue;
        }
        HMI_TRY(each_row(c, QUESTIONS[i].id, QUESTIONS[i].row, err));
    }
    return HM_OK;
}

/* ---- Evidence */

static int check_piece(check *c, const hmi_sha256 *sha256, uint64_t size, hm_err *err)
{
    char part[HMI_VAULT_NAME_MAX + 10] = "evidence/";
    hmi_vault_name(sha256, part + 9);
    hmi_sha256 is = { { 0 } };
    uint64_t has = 0;
    hm_err why = { 0 };
    int code = hmi_content_hash(c->store, sha256, &is, &has, &why);
    c->report.evidence_checked++;
    if (code == HM_E_MEMORY || (code == HM_E_IO && c->store->engine->far)) {
        return hmi_fail(err, code, HM_OFFSET_NONE, "%s", why.text);
    }
    if (code != HM_OK) {
        c->report.evidence_bad++;
        fault(c, "%s: %s", part, why.text);
    } else if (memcmp(&is, sha256, sizeof(is)) != 0 || has != size) {
        c->report.evidence_bad++;
        fault(c, "%s: its content is not what its name says", part);
    }
    return HM_OK;
}

static int check_evidence(check *c, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(c->store, HMI_Q_EVIDENCE_KEPT, &stmt, err));
    int rc;
    while ((rc = hmi_step(c->store, stmt, err)) == 1) {
        hm_bytes sha256 = hmi_column_lent(stmt, 0);
        if (sha256.len != sizeof(hmi_sha256)) {
            continue; /* integrity_check has named it */
        }
        hmi_sha256 is;
        memcpy(&is, sha256.ptr, sizeof(is));
        int code = check_piece(c, &is, (uint64_t)hmi_column(stmt, 1), err);
        if (code != HM_OK) {
            hmi_reset(stmt);
            return code;
        }
    }
    return rc;
}

/* Content that no row names: an intake was cut off between file and commit. */
static int is_orphan(check *c, const char *folder, const char *name, bool *ret_orphan, hm_err *err)
{
    char hex[80];
    hmi_sha256 sha256;
    snprintf(hex, sizeof(hex), "%.2s%.70s", folder, name);
    if (!hmi_unhex(hmi_text_of(hex), sha256.bytes, sizeof(sha256.bytes))) {
        *ret_orphan = false;
        return HM_OK;
    }
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(c->store, HMI_Q_EVIDENCE_ID, &stmt, err));
    hmi_bind_bytes(stmt, 1, hmi_bytes(sha256.bytes, sizeof(sha256.bytes)));
    int rc = hmi_step(c->store, stmt, err);
    HMI_TRY(rc < 0 ? rc : HM_OK);
    *ret_orphan = rc == 0 || hmi_column_int(stmt, 1) == 0;
    hmi_reset(stmt);
    return HM_OK;
}

static int clean_folder(check *c, const char *path, const char *folder, hm_err *err)
{
    int swept = hmi_sealed_sweep(path, err);
    HMI_TRY(swept < 0 ? swept : HM_OK);
    c->report.orphans_removed += (uint64_t)swept;
    DIR *dir = opendir(path);
    if (dir == NULL) {
        return hmi_fail_errno(err, "cannot list %s", path);
    }
    int code = HM_OK;
    for (struct dirent *entry; code == HM_OK && (entry = readdir(dir)) != NULL;) {
        bool orphan = false;
        if (entry->d_name[0] == '.' || hmi_sealed_is_temporary(entry->d_name)) {
            continue;
        }
        code = is_orphan(c, folder, entry->d_name, &orphan, err);
        if (code == HM_OK && orphan && unlinkat(dirfd(dir), entry->d_name, 0) == 0) {
            c->report.orphans_removed++;
        }
    }
    closedir(dir);
    return code;
}

/* Under the write lock: no intake is between its file and its commit. */
static int remove_orphans(check *c, hm_err *err)
{
    static const char HEX[] = "0123456789abcdef";
    for (int i = 0; i < 256; i++) {
        char part[16] = "evidence/", path[HMI_PATH_MAX];
        part[9] = HEX[i / 16];
        part[10] = HEX[i % 16];
        HMI_TRY(hmi_store_path(c->store, part, path, err));
        if (access(path, F_OK) == 0) {
            HMI_TRY(clean_folder(c, path, part + 9, err));
        }
    }
    static const char *const OTHERS[] = { "index", "baseline" };
    for (size_t i = 0; i < HMI_COUNT(OTHERS); i++) {
        char path[HMI_PATH_MAX];
        HMI_TRY(hmi_store_path(c->store, OTHERS[i], path, err));
        int swept = hmi_sealed_sweep(path, err);
        HMI_TRY(swept < 0 ? swept : HM_OK);
        c->report.orphans_removed += (uint64_t)swept;
    }
    return HM_OK;
}

int hmi_store_verify(hmi_store *store, void (*say)(void *with, hm_text sentence), void *with,
                     hmi_verify_report *ret, hm_err *err)
{
    check c = { .store = store, .say = say, .with = with };
    HMI_TRY(check_database(&c, err));
    HMI_TRY(check_evidence(&c, err));
    if (!store->read_only) {
        HMI_TRY(hmi_begin(store, err));
        int code = remove_orphans(&c, err);
        hmi_rollback(store);
        HMI_TRY(code);
        int bad = hmi_baseline_verify(store, hear, &c, err);
        HMI_TRY(bad < 0 ? bad : HM_OK);
        int rebuilt = hmi_index_verify(store, hear, &c, err);
        HMI_TRY(rebuilt < 0 ? rebuilt : HM_OK);
        c.report.index_rebuilt = (uint64_t)rebuilt;
    }
    *ret = c.report;
    return HM_OK;
}
