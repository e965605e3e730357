/* SPDX-License-Identifier: Apache-2.0
 *
 * schema.c - every table of a casebook, and how an older one becomes a newer one.
 *
 * WHY    A casebook outlives programs. Its version stands in user_version; a step is one row in the
 *        table below and is never edited after a release, only followed by another.
 * FORM   Plain SQL; for PostgreSQL engine/dialect.c says types and keys otherwise.
 *        Invariants, checked by hmi_store_verify:
 *        1. trait.key is the key of (class, value); trait_name leads from its first 63 bits (or the
 * next free number, when another trait was there first) to trait.id. Ids are given in order of
 *           arrival, so the traits of one piece lie together and only the small trait_name is
 *           written in random order.
 *        2. posting holds, for each incident, the sum over its distinct pieces of evidence of
 *           occurrence; class_count counts the distinct traits of posting.
 *        3. link.seq only grows: the index is built from it.
 *        4. evidence.kept means that evidence/ab/cdef... is there, on a server in `depot`.
 * OWNS   Nothing.
 */
#include "casebook/schema.h"

#include "base/error.h"

static const char VERSION_1[] =
    "CREATE TABLE meta ("
    "  name TEXT NOT NULL PRIMARY KEY,"
    "  number INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE incident ("
    "  id INTEGER PRIMARY KEY,"
    "  stix_id TEXT NOT NULL UNIQUE,"
    "  name TEXT NOT NULL UNIQUE,"
    "  created_us INTEGER NOT NULL"
    ") STRICT;"
    "CREATE TABLE evidence ("
    "  id INTEGER PRIMARY KEY,"
    "  sha256 BLOB NOT NULL UNIQUE CHECK (length(sha256) = 32),"
    "  size INTEGER NOT NULL,"
    "  name BLOB NOT NULL,"
    "  format TEXT NOT NULL,"
    "  verdict INTEGER NOT NULL,"
    "  reason TEXT NOT NULL,"
    "  added_us INTEGER NOT NULL,"
    "  modified_us INTEGER,"
    "  readers INTEGER NOT NULL,"
    "  trait_count INTEGER NOT NULL,"
    "  kept INTEGER NOT NULL,"
    "  complete INTEGER NOT NULL"
    ") STRICT;"
    /* Evidence under a name in an incident; parent 0: it came by itself. */
    "CREATE TABLE link ("
    "  seq INTEGER PRIMARY KEY,"
    "  incident INTEGER NOT NULL REFERENCES incident (id),"
    "  evidence INTEGER NOT NULL REFERENCES evidence (id),"
    "  parent INTEGER NOT NULL,"
    "  name BLOB NOT NULL,"
    "  UNIQUE (incident, evidence, parent, name)"
    ") STRICT;"
    /* The least parent of a piece with 10,000 links is one look. */
    "CREATE INDEX link_evidence ON link (evidence, parent, incident);"
    "CREATE INDEX link_parent ON link (parent) WHERE parent <> 0;"
    "CREATE TABLE trait ("
    "  id INTEGER PRIMARY KEY,"
    "  class INTEGER NOT NULL,"
    "  key BLOB NOT NULL CHECK (length(key) = 16),"
    "  value TEXT NOT NULL"
    ") STRICT;"
    "CREATE TABLE trait_name ("
    "  hash INTEGER PRIMARY KEY,"
    "  trait INTEGER NOT NULL REFERENCES trait (id)"
    ") STRICT;"
    "CREATE TABLE function ("
    "  trait INTEGER PRIMARY KEY REFERENCES trait (id),"
    "  fingerprint BLOB NOT NULL"
    ") STRICT;"
    "CREATE TABLE occurrence ("
    "  evidence INTEGER NOT NULL REFERENCES evidence (id),"
    "  trait INTEGER NOT NULL REFERENCES trait (id),"
    "  role INTEGER NOT NULL,"
    "  count INTEGER NOT NULL,"
    "  place INTEGER,"
    "  first_us INTEGER,"
    "  last_us INTEGER,"
    "  PRIMARY KEY (evidence, trait, role)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE posting ("
    "  incident INTEGER NOT NULL REFERENCES incident (id),"
    "  class INTEGER NOT NULL,"
    "  trait INTEGER NOT NULL,"
    "  role INTEGER NOT NULL,"
    "  pieces INTEGER NOT NULL,"
    "  count INTEGER NOT NULL,"
    "  PRIMARY KEY (incident, class, trait, role)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE class_count ("
    "  incident INTEGER NOT NULL REFERENCES incident (id),"
    "  class INTEGER NOT NULL,"
    "  traits INTEGER NOT NULL,"
    "  PRIMARY KEY (incident, class)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE note ("
    "  evidence INTEGER NOT NULL REFERENCES evidence (id),"
    "  number INTEGER NOT NULL,"
    "  severity INTEGER NOT NULL,"
    "  code INTEGER NOT NULL,"
    "  place INTEGER,"
    "  text TEXT NOT NULL,"
    "  PRIMARY KEY (evidence, number)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE fact ("
    "  evidence INTEGER NOT NULL REFERENCES evidence (id),"
    "  number INTEGER NOT NULL,"
    "  name TEXT NOT NULL,"
    "  value TEXT NOT NULL,"
    "  PRIMARY KEY (evidence, number)"
    ") STRICT, WITHOUT ROWID;"
    /* Same id and moment, other bytes: two rows, two claims. */
    "CREATE TABLE object ("
    "  number INTEGER PRIMARY KEY,"
    "  stix_id TEXT NOT NULL,"
    "  modified TEXT NOT NULL,"
    "  sha256 BLOB NOT NULL CHECK (length(sha256) = 32),"
    "  type TEXT NOT NULL,"
    "  raw BLOB NOT NULL,"
    "  UNIQUE (stix_id, modified, sha256)"
    ") STRICT;"
    "CREATE TABLE object_in ("
    "  evidence INTEGER NOT NULL REFERENCES evidence (id),"
    "  object INTEGER NOT NULL REFERENCES object (number),"
    "  place INTEGER,"
    "  PRIMARY KEY (evidence, object)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE stamp ("
    "  scope INTEGER NOT NULL,"
    "  path BLOB NOT NULL,"
    "  device INTEGER NOT NULL,"
    "  inode INTEGER NOT NULL,"
    "  size INTEGER NOT NULL,"
    "  modified_ns INTEGER NOT NULL,"
    "  changed_ns INTEGER NOT NULL,"
    "  sha256 BLOB NOT NULL CHECK (length(sha256) = 32),"
    "  PRIMARY KEY (scope, path)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE baseline_file ("
    "  number INTEGER PRIMARY KEY,"
    "  sha256 BLOB NOT NULL UNIQUE CHECK (length(sha256) = 32),"
    "  name BLOB NOT NULL"
    ") STRICT;"
    "CREATE TABLE baseline_function ("
    "  number INTEGER PRIMARY KEY,"
    "  key INTEGER NOT NULL UNIQUE,"
    "  fingerprint BLOB NOT NULL"
    ") STRICT;";

/* The memory of what was given. `given` is the truth, each row chained to the one before and
 * signed; the three below are made from it, so that "who has a copy" is one look. */
static const char VERSION_2[] =
    "CREATE TABLE given ("
    "  seq INTEGER PRIMARY KEY CHECK (seq > 0),"
    "  at_us INTEGER NOT NULL,"
    "  kind TEXT NOT NULL,"
    "  partner TEXT NOT NULL,"
    "  incident TEXT NOT NULL,"
    "  entry BLOB NOT NULL,"
    "  hash BLOB NOT NULL CHECK (length(hash) = 32),"
    "  signature BLOB NOT NULL CHECK (length(signature) = 64)"
    ") STRICT;"
    "CREATE INDEX given_partner ON given (partner, kind, at_us);"
    "CREATE TABLE given_copy ("
    "  stix_id TEXT NOT NULL,"
    "  partner TEXT NOT NULL,"
    "  incident TEXT NOT NULL,"
    "  modified TEXT NOT NULL,"
    "  sha256 BLOB NOT NULL CHECK (length(sha256) = 32),"
    "  seq INTEGER NOT NULL REFERENCES given (seq),"
    "  PRIMARY KEY (stix_id, partner, incident, modified, sha256)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX given_copy_incident ON given_copy (incident, stix_id) WHERE incident <> '';"
    "CREATE TABLE recalled ("
    "  stix_id TEXT NOT NULL,"
    "  recall INTEGER NOT NULL REFERENCES given (seq),"
    "  PRIMARY KEY (stix_id, recall)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX recalled_by ON recalled (recall);"
    "CREATE TABLE obligation ("
    "  recall INTEGER NOT NULL REFERENCES given (seq),"
    "  partner TEXT NOT NULL,"
    "  due_us INTEGER NOT NULL,"
    "  sent INTEGER NOT NULL," /* the entry that says so; 0: none */
    "  acknowledged INTEGER NOT NULL,"
    "  PRIMARY KEY (recall, partner)"
    ") STRICT, WITHOUT ROWID;";

/* The claims ledger: rows are added and never changed; taking one back is another row. What
 * documents claim is read out of their objects, whose withdrawal names the object's id. */
static const char VERSION_3[] = "CREATE TABLE claim ("
                                "  number INTEGER PRIMARY KEY,"
                                "  stix_id TEXT NOT NULL UNIQUE,"
                                "  incident INTEGER REFERENCES incident (id),"
                                "  about TEXT NOT NULL,"
                                "  relation TEXT NOT NULL,"
                                "  target TEXT NOT NULL,"
                                "  publisher TEXT NOT NULL,"
                                "  said TEXT NOT NULL,"
                                "  opinion INTEGER NOT NULL CHECK (opinion BETWEEN 1 AND 5),"
                                "  confidence INTEGER CHECK (confidence BETWEEN 0 AND 100),"
                                "  grade TEXT NOT NULL,"
                                "  ground TEXT NOT NULL,"
                                "  source TEXT NOT NULL,"
                                "  document BLOB CHECK (length(document) = 32),"
                                "  entered_us INTEGER NOT NULL"
                                ") STRICT;"
                                "CREATE INDEX claim_incident ON claim (incident);"
                                "CREATE TABLE claim_withdrawn ("
                                "  claim TEXT NOT NULL PRIMARY KEY,"
                                "  at_us INTEGER NOT NULL,"
                                "  why TEXT NOT NULL"
                                ") STRICT, WITHOUT ROWID;"
                                /* Opinions are few and stand anywhere. */
                                "CREATE INDEX object_type ON object (type);";

/* What analysts write about an incident. A change is another row with the next version, so nothing
 * that anybody wrote is lost; `removed` hides it and keeps its text. */
static const char VERSION_4[] =
    "CREATE TABLE remark ("
    "  number INTEGER PRIMARY KEY,"
    "  stix_id TEXT NOT NULL,"
    "  version INTEGER NOT NULL CHECK (version > 0),"
    "  incident INTEGER NOT NULL REFERENCES incident (id),"
    "  author TEXT NOT NULL,"
    "  at_us INTEGER NOT NULL,"
    "  removed INTEGER NOT NULL CHECK (removed IN (0, 1)),"
    "  text TEXT NOT NULL,"
    "  UNIQUE (stix_id, version)"
    ") STRICT;"
    "CREATE INDEX remark_incident ON remark (incident, stix_id, version);";

/* Pieces are compressed and masked before they come: nobody is to try it again. */
static const char DEPOT[] = "CREATE TABLE depot ("
                            "  name TEXT PRIMARY KEY,"
                            "  size INTEGER NOT NULL,"
                            "  sha256 BLOB NOT NULL CHECK (length(sha256) = 32)"
                            ") STRICT;"
                            "CREATE TABLE depot_piece ("
                            "  name TEXT NOT NULL,"
                            "  number INTEGER NOT NULL,"
                            "  sha256 BLOB NOT NULL CHECK (length(sha256) = 32),"
                            "  bytes BLOB NOT NULL,"
                            "  PRIMARY KEY (name, number)"
                            ") STRICT;"
                            "ALTER TABLE depot_piece ALTER COLUMN bytes SET STORAGE EXTERNAL;";

const char *hmi_schema_depot(void)
{
    return DEPOT;
}

static const hmi_migration MIGRATIONS[] = {
    { 1, VERSION_1 },
    { 2, VERSION_2 },
    { 3, VERSION_3 },
    { 4, VERSION_4 },
};

const hmi_migration *hmi_migrations(size_t *ret_count)
{
    *ret_count = HMI_COUNT(MIGRATIONS);
    return MIGRATIONS;
}

int hmi_schema_newest(void)
{
    return MIGRATIONS[HMI_COUNT(MIGRATIONS) - 1].version;
}

static int apply_inside(hmi_engine *engine, const hmi_migration *step, bool *ret_done, hm_err *err)
{
    int version = 0;
    HMI_TRY(hmi_engine_version(engine, &version, err)); /* another process may have been faster */
    if (version >= step->version) {
        return HM_OK;
    }
    HMI_TRY(hmi_engine_script(engine, step->sql, err));
    HMI_TRY(hmi_engine_version_set(engine, step->version, err));
    HMI_TRY(hmi_engine_commit(engine, err));
    *ret_done = true;
    return HM_OK;
}

static int apply(hmi_engine *engine, const hmi_migration *step, hm_err *err)
{
    bool done = false;
    hm_err why = { 0 };
    int code = hmi_engine_begin(engine, HMI_ENGINE_WRITING, &why);
    if (code == HM_OK) {
        code = apply_inside(engine, step, &done, &why);
    }
    if (!done) {
        hmi_engine_rollback(engine);
    }
    return code == HM_OK
               ? HM_OK
               : hmi_fail(err, code, HM_OFFSET_NONE, "cannot bring the casebook to version %d: %s",
                          step->version, why.text);
}

int hmi_schema_migrate(hmi_engine *engine, const hmi_migration *steps, size_t count, hm_err *err)
{
    int version = 0;
    HMI_TRY(hmi_engine_version(engine, &version, err));
    if (count > 0 && version > steps[count - 1].version) {
        return hmi_fail(err, HM_E_UNSUPPORTED, HM_OFFSET_NONE,
                        "the casebook has version %d, this program knows up to %d: use a newer one",
                        version, steps[count - 1].version);
    }
    for (size_t i = 0; i < count; i++) {
        if (steps[i].version > version) {
            HMI_TRY(apply(engine, &steps[i], err));
        }
    }
    return HM_OK;
}
