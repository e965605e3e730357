/* SPDX-License-Identifier: Apache-2.0
 *
 * queries.h - every question the store asks its database, one a row: HMI_QUERY(NAME, sql).
 *
 * In one place so that every maker sees what it must answer. Plain SQL, the same for all: no
 * function that only SQLite has, except PRAGMAs. HMI_WALK: the answer may be longer than memory.
 */
#ifndef HMI_WALK
#define HMI_WALK(name, sql) HMI_QUERY(name, sql)
#endif
HMI_QUERY(META_GET, "SELECT number FROM meta WHERE name = ?1")
HMI_QUERY(META_SET, "INSERT INTO meta (name, number) VALUES (?1, ?2)"
                    " ON CONFLICT (name) DO UPDATE SET number = excluded.number")
HMI_QUERY(META_GENERATION, "UPDATE meta SET number = number + 1 WHERE name = 'generation'")

HMI_QUERY(INCIDENT_ADD, "INSERT INTO incident (id, stix_id, name, created_us)"
                        " VALUES (" HMI_NEXT("id", "incident") ", ?1, ?2, ?3) RETURNING id")
HMI_QUERY(INCIDENT_ID, "SELECT id FROM incident WHERE name = ?1")
#define INCIDENT_COLUMNS                                                                          \
    "SELECT i.id, i.stix_id, i.name, i.created_us, count(l.evidence), "                           \
    "coalesce(CAST(sum(l.traits) AS BIGINT), 0)"                                                  \
    " FROM incident i LEFT JOIN (SELECT DISTINCT k.incident, k.evidence, e.trait_count AS traits" \
    "   FROM link k JOIN evidence e ON e.id = k.evidence"
HMI_QUERY(INCIDENT_GET, INCIDENT_COLUMNS " WHERE k.incident = ?1) l ON l.incident = i.id"
                                         " WHERE i.id = ?1 GROUP BY i.id")
HMI_QUERY(INCIDENT_LIST, INCIDENT_COLUMNS ") l ON l.incident = i.id GROUP BY i.id ORDER BY i.name")
HMI_QUERY(INCIDENT_EXISTS, "SELECT 1 FROM incident WHERE id = ?1")
HMI_QUERY(INCIDENT_COUNT, "SELECT count(*) FROM incident")

HMI_QUERY(EVIDENCE_FIND,
          "SELECT e.id, e.sha256, e.size, e.name, e.format, e.verdict, e.reason, e.added_us,"
          " coalesce((SELECT min(l.parent) FROM link l WHERE l.evidence = e.id), 0),"
          " e.trait_count, e.readers, e.kept, e.complete FROM evidence e WHERE e.sha256 = ?1")
HMI_QUERY(EVIDENCE_LIST,
          "SELECT e.id, e.sha256, e.size, l.name, e.format, e.verdict, e.reason, e.added_us,"
          " l.parent, e.trait_count, e.readers, e.kept, e.complete"
          " FROM link l JOIN evidence e ON e.id = l.evidence WHERE l.incident = ?1"
          " ORDER BY l.seq")
HMI_QUERY(EVIDENCE_FUNCTIONS, "SELECT DISTINCT o.trait FROM occurrence o"
                              " JOIN function f ON f.trait = o.trait WHERE o.evidence = ?1"
                              " ORDER BY o.trait")
HMI_QUERY(EVIDENCE_ADD,
          "INSERT INTO evidence (id, sha256, size, name, format, verdict, reason, added_us,"
          " modified_us, readers, trait_count, kept, complete)"
          " VALUES (" HMI_NEXT("id",
                               "evidence") ", ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"
                                           " RETURNING id")
HMI_QUERY(EVIDENCE_AGAIN,
          "UPDATE evidence SET format = ?2, verdict = ?3, reason = ?4, readers = ?5,"
          " trait_count = ?6, kept = kept | ?7, complete = ?8 WHERE id = ?1")
HMI_QUERY(EVIDENCE_ID, "SELECT id, kept FROM evidence WHERE sha256 = ?1")
HMI_QUERY(EVIDENCE_COMPLETE, "UPDATE evidence SET complete = 1 WHERE id = ?1")
HMI_QUERY(EVIDENCE_EXISTS, "SELECT 1 FROM evidence WHERE id = ?1")
HMI_WALK(EVIDENCE_KEPT, "SELECT sha256, size FROM evidence WHERE kept = 1 ORDER BY sha256")

HMI_QUERY(LINK_ADD,
          "INSERT INTO link (seq, incident, evidence, parent, name)"
          " VALUES (" HMI_NEXT("seq",
                               "link") ", ?1, ?2, ?3, ?4)"
                                       " ON CONFLICT (incident, evidence, parent, name) DO NOTHING")
HMI_QUERY(LINK_HELD, "SELECT 1 FROM link WHERE evidence = ?2 AND incident = ?1 LIMIT 1")
HMI_QUERY(LINK_SAME, "SELECT 1 FROM link WHERE incident = ?1 AND evidence = ?2 AND parent = ?3"
                     " AND name = ?4")
HMI_QUERY(LINK_INCIDENTS, "SELECT DISTINCT incident FROM link WHERE evidence = ?1")
/* "parent <> 0" leads SQLite to the index that leaves those out. */
HMI_QUERY(LINK_MEMBERS, "SELECT DISTINCT evidence, name FROM link WHERE parent = ?1"
                        " AND parent <> 0")
HMI_QUERY(LINK_NEWEST, "SELECT coalesce(max(seq), 0) FROM link")
HMI_WALK(LINK_PAIRS, "SELECT l.seq, l.incident, o.trait FROM link l"
                     " JOIN occurrence o ON o.evidence = l.evidence"
                     " WHERE l.seq > ?1 AND l.seq <= ?2 ORDER BY l.seq")

HMI_QUERY(TRAIT_NEWEST, "SELECT coalesce(max(id), 0) FROM trait")
HMI_QUERY(TRAIT_ADD, "INSERT INTO trait (id, class, key, value) VALUES (?1, ?2, ?3, ?4)")
HMI_QUERY(TRAIT_ADD_MANY,
          "INSERT INTO trait (id, class, key, value) VALUES " HMI_ROWS("(?, ?, ?, ?)"))
HMI_QUERY(TRAIT_NAME_ADD, "INSERT INTO trait_name (hash, trait) VALUES (?1, ?2)")
HMI_QUERY(TRAIT_NAME_ADD_MANY, "INSERT INTO trait_name (hash, trait) VALUES " HMI_ROWS("(?, ?)"))
HMI_QUERY(TRAIT_NAMED, "SELECT t.id, t.key FROM trait_name n JOIN trait t ON t.id = n.trait"
                       " WHERE n.hash = ?1")
HMI_QUERY(TRAIT_GET, "SELECT t.id, t.key, t.value, t.class, f.fingerprint FROM trait t"
                     " LEFT JOIN function f ON f.trait = t.id WHERE t.id = ?1")
HMI_WALK(TRAIT_FROM, "SELECT id, key, value FROM trait WHERE id >= ?1 ORDER BY id")
HMI_QUERY(TRAIT_ROW, "SELECT id, key, value FROM trait WHERE id = ?1")
HMI_WALK(TRAIT_ALL, "SELECT id, class, key, value FROM trait ORDER BY id")
HMI_WALK(TRAIT_NAMES, "SELECT n.hash, t.key FROM trait_name n LEFT JOIN trait t ON t.id = n.trait")
HMI_QUERY(TRAIT_NAMES_MISSING, "SELECT (SELECT count(*) FROM trait) - (SELECT count(*)"
                               " FROM trait_name)")
HMI_QUERY(FUNCTION_ADD, "INSERT INTO function (trait, fingerprint) VALUES (?1, ?2)")
HMI_QUERY(FUNCTION_ADD_MANY, "INSERT INTO function (trait, fingerprint) VALUES " HMI_ROWS("(?, ?)"))
HMI_QUERY(FUNCTION_REPLACE, "UPDATE function SET fingerprint = ?2 WHERE trait = ?1")
HMI_QUERY(FUNCTION_GET, "SELECT trait, fingerprint FROM function WHERE trait = ?1")
HMI_WALK(FUNCTION_FROM, "SELECT trait, fingerprint FROM function WHERE trait >= ?1 ORDER BY trait")
HMI_QUERY(FUNCTION_NEWEST, "SELECT coalesce(max(trait), 0) FROM function")
HMI_WALK(FUNCTION_RANGE, "SELECT trait, fingerprint FROM function"
                         " WHERE trait > ?1 AND trait <= ?2 ORDER BY trait")

HMI_QUERY(OCCURRENCE_ADD, "INSERT INTO occurrence (evidence, trait, role, count, place, first_us,"
                          " last_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")
HMI_QUERY(OCCURRENCE_ADD_MANY,
          "INSERT INTO occurrence (evidence, trait, role, count, place, first_us,"
          " last_us) VALUES " HMI_ROWS("(?, ?, ?, ?, ?, ?, ?)"))
HMI_QUERY(OCCURRENCE_DROP, "DELETE FROM occurrence WHERE evidence = ?1")
HMI_QUERY(OCCURRENCE_CLASSES, "SELECT t.class, o.trait, o.role, o.count FROM occurrence o"
                              " JOIN trait t ON t.id = o.trait WHERE o.evidence = ?1"
                              " ORDER BY t.class, o.trait, o.role")
/* Unsorted: to sort one row costs SQLite more than to find it. */
HMI_QUERY(OCCURRENCE_SEEN,
          "SELECT o.evidence, o.role, o.count, o.place, o.first_us, o.last_us, l.name, e.sha256"
          " FROM link l JOIN occurrence o ON o.evidence = l.evidence"
          " JOIN evidence e ON e.id = o.evidence WHERE l.incident = ?1 AND o.trait = ?2")

HMI_QUERY(POSTING_HELD, "SELECT 1 FROM posting WHERE incident = ?1 AND class = ?2 AND trait = ?3"
                        " LIMIT 1")
#define POSTING_ADD(rows)                                                                    \
    "INSERT INTO posting (incident, class, trait, role, pieces, count) VALUES " rows         \
    " ON CONFLICT (incident, class, trait, role) DO UPDATE SET pieces = posting.pieces + 1," \
    " count = posting.count + excluded.count"
HMI_QUERY(POSTING_ADD, POSTING_ADD("(?, ?, ?, ?, 1, ?)"))
HMI_QUERY(POSTING_ADD_MANY, POSTING_ADD(HMI_ROWS("(?, ?, ?, ?, 1, ?)")))
#undef POSTING_ADD
HMI_QUERY(POSTING_PUT, "INSERT INTO posting (incident, class, trait, role, pieces, count)"
                       " VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
HMI_QUERY(POSTING_LESS, "UPDATE posting SET pieces = pieces - 1, count = count - ?5"
                        " WHERE incident = ?1 AND class = ?2 AND trait = ?3 AND role = ?4")
HMI_QUERY(POSTING_DROP, "DELETE FROM posting WHERE incident = ?1 AND class = ?2 AND trait = ?3"
                        " AND pieces <= 0")
HMI_QUERY(POSTING_TRAITS, "SELECT trait, class, role, count FROM posting"
                          " WHERE incident = ?1 AND class BETWEEN ?2 AND ?3"
                          " ORDER BY class, trait, role")
HMI_QUERY(
    CLASS_COUNT_ADD,
    "INSERT INTO class_count (incident, class, traits) VALUES (?1, ?2, ?3)"
    " ON CONFLICT (incident, class) DO UPDATE SET traits = class_count.traits + excluded.traits")
HMI_QUERY(CLASS_COUNTS, "SELECT class, traits FROM class_count WHERE incident = ?1")

HMI_QUERY(NOTE_ADD, "INSERT INTO note (evidence, number, severity, code, place, text)"
                    " VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
HMI_QUERY(NOTE_DROP, "DELETE FROM note WHERE evidence = ?1")
HMI_QUERY(NOTE_LIST, "SELECT severity, code, place, text FROM note WHERE evidence = ?1"
                     " ORDER BY number")
HMI_QUERY(FACT_ADD, "INSERT INTO fact (evidence, number, name, value) VALUES (?1, ?2, ?3, ?4)")
HMI_QUERY(FACT_DROP, "DELETE FROM fact WHERE evidence = ?1")
HMI_QUERY(FACT_LIST, "SELECT name, value FROM fact WHERE evidence = ?1 ORDER BY number")

HMI_QUERY(OBJECT_ADD,
          "INSERT INTO object (number, stix_id, modified, sha256, type, raw)"
          " VALUES (" HMI_NEXT("number",
                               "object") ", ?1, ?2, ?3, ?4, ?5)"
                                         " ON CONFLICT (stix_id, modified, sha256) DO NOTHING")
HMI_QUERY(OBJECT_NUMBER, "SELECT number FROM object WHERE stix_id = ?1 AND modified = ?2"
                         " AND sha256 = ?3")
HMI_QUERY(OBJECT_CLAIMS, "SELECT count(*) FROM object WHERE stix_id = ?1 AND modified = ?2")
HMI_QUERY(OBJECT_IN_ADD, "INSERT INTO object_in (evidence, object, place) VALUES (?1, ?2, ?3)"
                         " ON CONFLICT (evidence, object) DO NOTHING")
HMI_QUERY(OBJECT_IN_DROP, "DELETE FROM object_in WHERE evidence = ?1")
HMI_QUERY(OBJECT_LIST,
          "SELECT b.stix_id, b.type, b.modified, b.raw, min(i.evidence)"
          " FROM (SELECT DISTINCT evidence FROM link WHERE incident = ?1) l"
          " JOIN object_in i ON i.evidence = l.evidence JOIN object b ON b.number = i.object"
          " GROUP BY b.number ORDER BY b.stix_id, b.modified, b.sha256")
HMI_WALK(OBJECT_ALL, "SELECT stix_id, sha256, raw FROM object ORDER BY number")

HMI_WALK(OBJECT_OF_TYPE,
         "SELECT b.stix_id, b.type, b.modified, b.raw,"
         " coalesce((SELECT min(i.evidence) FROM object_in i WHERE i.object = b.number), 0)"
         " FROM object b WHERE b.type = ?1 ORDER BY b.stix_id, b.modified, b.sha256")
HMI_QUERY(OBJECT_OF_TYPE_IN,
          "SELECT b.stix_id, b.type, b.modified, b.raw, min(i.evidence)"
          " FROM (SELECT DISTINCT evidence FROM link WHERE incident = ?2) l"
          " JOIN object_in i ON i.evidence = l.evidence JOIN object b ON b.number = i.object"
          " WHERE b.type = ?1 GROUP BY b.number ORDER BY b.stix_id, b.modified, b.sha256")
HMI_QUERY(OBJECT_NEWEST,
          "SELECT b.stix_id, b.type, b.modified, b.raw,"
          " coalesce((SELECT min(i.evidence) FROM object_in i WHERE i.object = b.number), 0)"
          " FROM object b WHERE b.stix_id = ?1 ORDER BY b.modified DESC, b.sha256 LIMIT 1")

HMI_QUERY(CLAIM_ADD,
          "INSERT INTO claim (number, stix_id, incident, about, relation, target, publisher, said, "
          "opinion,"
          " confidence, grade, ground, source, document, entered_us)"
          " VALUES (" HMI_NEXT("number",
                               "claim") ", ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12,"
                                        " ?13, ?14)")
#define CLAIM_COLUMNS                                                                              \
    "SELECT c.stix_id, c.incident, c.about, c.relation, c.target, c.publisher, c.said, c.opinion," \
    " c.confidence, c.grade, c.ground, c.source, c.document, c.entered_us FROM claim c"
HMI_QUERY(CLAIM_LIST, CLAIM_COLUMNS " ORDER BY c.said, c.number")
HMI_QUERY(CLAIM_OF, CLAIM_COLUMNS " WHERE c.incident = ?1 ORDER BY c.said, c.number")
HMI_QUERY(CLAIM_HELD, "SELECT 1 FROM claim WHERE stix_id = ?1")
HMI_QUERY(CLAIM_WITHDRAW, "INSERT INTO claim_withdrawn (claim, at_us, why) VALUES (?1, ?2, ?3)")
HMI_QUERY(CLAIM_WITHDRAWN, "SELECT at_us, why FROM claim_withdrawn WHERE claim = ?1")

HMI_QUERY(STAMP_GET, "SELECT device, inode, size, modified_ns, changed_ns, sha256 FROM stamp"
                     " WHERE scope = ?1 AND path = ?2")
HMI_QUERY(STAMP_SET,
          "INSERT INTO stamp (scope, path, device, inode, size, modified_ns, changed_ns, sha256)"
          " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (scope, path) DO UPDATE SET"
          " device = excluded.device, inode = excluded.inode, size = excluded.size,"
          " modified_ns = excluded.modified_ns, changed_ns = excluded.changed_ns,"
          " sha256 = excluded.sha256")

HMI_QUERY(BASELINE_KNOWS, "SELECT 1 FROM baseline_file WHERE sha256 = ?1")
HMI_QUERY(BASELINE_FILES, "SELECT count(*) FROM baseline_file")
HMI_QUERY(BASELINE_ADD, "INSERT INTO baseline_file (number, sha256, name) VALUES (?1, ?2, ?3)")
HMI_QUERY(BASELINE_NAME, "SELECT name, sha256 FROM baseline_file WHERE number = ?1")
HMI_QUERY(BASELINE_FORGET, "DELETE FROM baseline_file WHERE number > ?1 AND number <= ?2")
HMI_QUERY(BASELINE_FUNCTION_ADD,
          "INSERT INTO baseline_function (number, key, fingerprint)"
          " VALUES (" HMI_NEXT("number",
                               "baseline_function") ", ?1, ?2) ON CONFLICT (key) DO NOTHING")
HMI_QUERY(BASELINE_FUNCTION_KNOWN, "SELECT 1 FROM baseline_function WHERE key = ?1")
HMI_QUERY(BASELINE_FUNCTION_PUT,
          "INSERT INTO baseline_function (number, key, fingerprint) VALUES (?1, ?2, ?3)")
HMI_QUERY(BASELINE_FUNCTION_NEWEST, "SELECT coalesce(max(number), 0) FROM baseline_function")
HMI_WALK(BASELINE_FUNCTION_RANGE, "SELECT number, fingerprint FROM baseline_function"
                                  " WHERE number > ?1 AND number <= ?2 ORDER BY number")
HMI_QUERY(BASELINE_FUNCTION_GET, "SELECT key, fingerprint FROM baseline_function WHERE number = ?1")

HMI_QUERY(VERIFY_INTEGRITY, "PRAGMA integrity_check(50)")
HMI_QUERY(VERIFY_FOREIGN, "PRAGMA foreign_key_check")
/* The references of schema.c, for an engine that is not told of them. */
#define NAMES_NONE(table, column, of, id)                                               \
    "SELECT '" table "' FROM " table " c WHERE c." column " IS NOT NULL AND NOT EXISTS" \
    " (SELECT 1 FROM " of " p WHERE p." id " = c." column ")"
HMI_WALK(VERIFY_REFERENCES, NAMES_NONE("link", "incident", "incident", "id") " UNION "
                                                                             "ALL " NAMES_NONE(
                                                                                 "link", "evidence",
                                                                                 "evidence", "id") " UNION ALL " NAMES_NONE("trait_name", "trait", "trait", "id") " UNION ALL " NAMES_NONE("function", "trait", "trait", "id") " UNION ALL " NAMES_NONE("occurrence", "evidence", "evidence", "id") " UNION ALL " NAMES_NONE("occurrence", "trait", "trait", "id") " UNION ALL " NAMES_NONE("posting",
                                                                                                                                                                                                                                                                                                                                                                                            "incident", "incident", "id") " UNION ALL " NAMES_NONE("class_count",
                                                                                                                                                                                                                                                                                                                                                                                                                                                   "incident",
                                                                                                                                                                                                                                                                                                                                                                                                                                                   "incident", "id") " UNION ALL " NAMES_NONE("note",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                              "evidence",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                              "evidence", "id") " UNION ALL " NAMES_NONE("fact", "evidence", "evidence", "id") " UNION ALL " NAMES_NONE("object_in",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                        "evidence", "evidence", "id") " UNION ALL " NAMES_NONE("object_in",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                               "object",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                               "object",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                               "number") " UNION ALL " NAMES_NONE("given_copy",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                  "seq", "given", "seq") " UNION ALL " NAMES_NONE("recalled", "recall", "given", "seq") " UNION ALL " NAMES_NONE("obligation",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                 "recall",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                 "given",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                 "seq") " UNION ALL " NAMES_NONE("claim",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                 "incident", "incident", "id") " UNION ALL " NAMES_NONE("remark",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                        "incident", "incident",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                        "id"))
#undef NAMES_NONE
HMI_WALK(VERIFY_POSTINGS,
         "SELECT l.incident, o.trait, o.role, count(*), CAST(sum(o.count) AS BIGINT)"
         " FROM (SELECT DISTINCT incident, evidence FROM link) l"
         " JOIN occurrence o ON o.evidence = l.evidence GROUP BY l.incident, o.trait, o.role"
         " EXCEPT SELECT incident, trait, role, pieces, count FROM posting")
HMI_QUERY(VERIFY_POSTINGS_TOTAL,
          "SELECT (SELECT count(*) FROM (SELECT DISTINCT l.incident, o.trait, o.role FROM link l"
          " JOIN occurrence o ON o.evidence = l.evidence) d), (SELECT count(*) FROM posting)")
HMI_WALK(VERIFY_CLASS_COUNTS,
         "SELECT incident, class, count(DISTINCT trait) FROM posting GROUP BY incident, class"
         " EXCEPT SELECT incident, class, traits FROM class_count")
HMI_WALK(VERIFY_PAIRS, "SELECT incident, trait FROM posting"
                       " ORDER BY incident, class, trait, role")
HMI_WALK(VERIFY_PARENTS, "SELECT DISTINCT l.parent FROM link l WHERE l.parent <> 0"
                         " AND NOT EXISTS (SELECT 1 FROM evidence e WHERE e.id = l.parent)")

HMI_QUERY(GIVEN_HEAD, "SELECT seq, hash FROM given ORDER BY seq DESC LIMIT 1")
HMI_QUERY(GIVEN_ADD, "INSERT INTO given (seq, at_us, kind, partner, incident, entry, hash,"
                     " signature) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")
#define GIVEN_COLUMNS \
    "SELECT seq, at_us, kind, partner, incident, entry, hash, signature FROM given"
HMI_WALK(GIVEN_ALL, GIVEN_COLUMNS " ORDER BY seq")
HMI_QUERY(GIVEN_GET, GIVEN_COLUMNS " WHERE seq = ?1")
HMI_QUERY(GIVEN_COUNT, "SELECT count(*) FROM given WHERE partner = ?1 AND kind = ?2"
                       " AND at_us >= ?3")
HMI_QUERY(GIVEN_COPY_ADD,
          "INSERT INTO given_copy (stix_id, partner, modified, sha256, incident, seq)"
          " VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
          " ON CONFLICT (stix_id, partner, incident, modified, sha256) DO NOTHING")
HMI_QUERY(GIVEN_COPY_HELD, "SELECT seq FROM given_copy WHERE stix_id = ?1 AND partner = ?2"
                           " AND modified = ?3 AND sha256 = ?4 LIMIT 1")
HMI_QUERY(GIVEN_COPY_ENTRY, "SELECT seq FROM given_copy WHERE stix_id = ?1 AND partner = ?2"
                            " AND modified = ?3 AND sha256 = ?4 AND incident = ?5")
#define COPY_COLUMNS "SELECT stix_id, partner, incident, modified, sha256, seq FROM given_copy"
HMI_QUERY(GIVEN_COPIES, COPY_COLUMNS " WHERE stix_id = ?1 ORDER BY partner, seq, modified")
HMI_QUERY(GIVEN_INCIDENT_COPIES, COPY_COLUMNS " WHERE incident = ?1 AND incident <> ''"
                                              " ORDER BY stix_id, partner, seq, modified")
HMI_QUERY(RECALLED_ADD, "INSERT INTO recalled (stix_id, recall) VALUES (?1, ?2)"
                        " ON CONFLICT (stix_id, recall) DO NOTHING")
HMI_QUERY(RECALLED_IS, "SELECT 1 FROM recalled WHERE stix_id = ?1 LIMIT 1")
HMI_QUERY(RECALLED_LIST, "SELECT stix_id FROM recalled WHERE recall = ?1 ORDER BY stix_id")
HMI_QUERY(RECALLED_SINCE, "SELECT stix_id, recall FROM recalled WHERE recall > ?1 ORDER BY recall")
HMI_QUERY(OBLIGATION_ADD, "INSERT INTO obligation (recall, partner, due_us, sent, acknowledged)"
                          " VALUES (?1, ?2, ?3, 0, 0)")
HMI_QUERY(OBLIGATION_SENT, "UPDATE obligation SET sent = ?3 WHERE recall = ?1 AND partner = ?2"
                           " RETURNING recall")
HMI_QUERY(OBLIGATION_ACKNOWLEDGED, "UPDATE obligation SET acknowledged = ?3 WHERE recall = ?1"
                                   " AND partner = ?2 RETURNING recall")
HMI_QUERY(OBLIGATION_LIST, "SELECT recall, partner, due_us, sent, acknowledged FROM obligation"
                           " ORDER BY recall, partner")
HMI_QUERY(GIVEN_TOTALS, "SELECT (SELECT count(*) FROM given), (SELECT count(*) FROM given_copy),"
                        " (SELECT count(*) FROM recalled), (SELECT count(*) FROM obligation)")
HMI_QUERY(OBJECT_VERSIONS, "SELECT b.stix_id, b.type, b.modified, b.raw,"
                           " coalesce((SELECT min(i.evidence) FROM object_in i"
                           "   WHERE i.object = b.number), 0)"
                           " FROM object b WHERE b.stix_id = ?1"
                           " ORDER BY b.modified, b.sha256")

#define REMARK_COLUMNS                                                               \
    "SELECT r.stix_id, r.version, r.incident, r.author, r.at_us, r.removed, r.text," \
    " (SELECT f.at_us FROM remark f WHERE f.stix_id = r.stix_id AND f.version = 1) FROM remark r"
#define REMARK_IS_NEWEST \
    " r.version = (SELECT max(n.version) FROM remark n WHERE n.stix_id = r.stix_id)"
HMI_QUERY(REMARK_ADD,
          "INSERT INTO remark (number, stix_id, version, incident, author, at_us, removed, text)"
          " VALUES (" HMI_NEXT("number", "remark") ", ?1, ?2, ?3, ?4, ?5, ?6, ?7)")
HMI_QUERY(REMARK_GET, REMARK_COLUMNS " WHERE r.stix_id = ?1 ORDER BY r.version DESC LIMIT 1")
HMI_QUERY(REMARK_VERSIONS, REMARK_COLUMNS " WHERE r.stix_id = ?1 ORDER BY r.version")
HMI_QUERY(REMARK_LIST, REMARK_COLUMNS
          " WHERE r.incident = ?1 AND r.removed = 0 AND" REMARK_IS_NEWEST " ORDER BY 8, r.stix_id")
HMI_QUERY(REMARK_COUNT, "SELECT count(*) FROM remark r WHERE r.incident = ?1 AND r.removed = 0"
                        " AND" REMARK_IS_NEWEST)
HMI_WALK(VERIFY_REMARKS, "SELECT stix_id FROM remark GROUP BY stix_id"
                         " HAVING count(*) <> max(version) OR min(version) <> 1"
                         " OR count(DISTINCT incident) <> 1")
#undef REMARK_COLUMNS
#undef REMARK_IS_NEWEST

HMI_QUERY(PAGE_INCIDENTS, "SELECT id, stix_id, name, created_us FROM incident WHERE id > ?1"
                          " ORDER BY id LIMIT ?2")
HMI_QUERY(PAGE_INCIDENT_STIX, "SELECT id FROM incident WHERE stix_id = ?1")
HMI_QUERY(PAGE_TOTALS,
          "SELECT (SELECT count(DISTINCT evidence) FROM link WHERE incident = ?1),"
          " (SELECT coalesce(CAST(sum(traits) AS BIGINT), 0) FROM class_count WHERE incident = ?1)")
/* "+" keeps SQLite on the index by incident: other incidents' links lie between. */
HMI_QUERY(PAGE_EVIDENCE,
          "SELECT e.id, e.sha256, e.size, l.name, e.format, e.verdict, e.reason, e.added_us,"
          " l.parent, e.trait_count, e.readers, e.kept, e.complete, l.seq"
          " FROM link l JOIN evidence e ON e.id = l.evidence"
          " WHERE l.incident = ?1 AND +l.seq > ?2 ORDER BY +l.seq LIMIT ?3")
HMI_QUERY(PAGE_LINK_COUNT, "SELECT count(*) FROM link WHERE incident = ?1")
HMI_QUERY(PAGE_VERDICTS, "SELECT e.verdict, count(*) FROM (SELECT DISTINCT evidence FROM link"
                         "   WHERE incident = ?1) l JOIN evidence e ON e.id = l.evidence"
                         " GROUP BY e.verdict ORDER BY e.verdict")
HMI_QUERY(PAGE_TRAITS,
          "SELECT p.trait, p.class, t.key, t.value, p.role, p.count FROM posting p"
          " JOIN trait t ON t.id = p.trait WHERE p.incident = ?1 AND p.class = ?2 AND p.trait > ?3"
          " ORDER BY p.trait, p.role")
HMI_QUERY(PAGE_TRAIT_HELD, "SELECT p.trait, p.class, t.key, t.value, p.role, p.count FROM posting p"
                           " JOIN trait t ON t.id = p.trait WHERE p.incident = ?1 AND p.class = ?2"
                           " AND p.trait = ?3 ORDER BY p.role")
HMI_QUERY(PAGE_TRAIT_VALUES,
          "SELECT id, class, value FROM trait WHERE id > ?1 ORDER BY id LIMIT ?2")
HMI_QUERY(PAGE_LINKS, "SELECT seq, incident, evidence, name FROM link WHERE seq > ?1 ORDER BY seq"
                      " LIMIT ?2")
/* Those that are not the newest any more are left to the search, which asks for the incident. */
HMI_QUERY(PAGE_REMARKS, "SELECT number, incident, 0, text FROM remark WHERE number > ?1"
                        " AND removed = 0 ORDER BY number LIMIT ?2")
HMI_QUERY(PAGE_EVIDENCE_INCIDENTS, "SELECT DISTINCT incident FROM link WHERE evidence = ?1"
                                   " ORDER BY incident LIMIT ?2")
HMI_QUERY(PAGE_EVIDENCE_NAME, "SELECT name FROM link WHERE incident = ?1 AND evidence = ?2 LIMIT 1")
HMI_QUERY(PAGE_EVIDENCE_ID,
          "SELECT e.id, e.sha256, e.size, e.name, e.format, e.verdict, e.reason, e.added_us,"
          " 0, e.trait_count, e.readers, e.kept, e.complete FROM evidence e WHERE e.id = ?1")

/* Asked of a casebook on a server alone: what is a file in a folder's. */
HMI_QUERY(DEPOT_GET, "SELECT size, sha256 FROM depot WHERE name = ?1")
HMI_QUERY(DEPOT_ADD, "INSERT INTO depot (name, size, sha256) VALUES (?1, ?2, ?3)")
HMI_QUERY(DEPOT_DROP, "DELETE FROM depot WHERE name = ?1")
HMI_QUERY(DEPOT_NAMES, "SELECT name FROM depot WHERE name >= ?1 AND name < ?2 ORDER BY name")
HMI_QUERY(DEPOT_PIECE_GET, "SELECT sha256, bytes FROM depot_piece WHERE name = ?1 AND number = ?2")
HMI_QUERY(DEPOT_PIECE_ADD,
          "INSERT INTO depot_piece (name, number, sha256, bytes) VALUES (?1, ?2, ?3, ?4)")
HMI_QUERY(DEPOT_PIECES_DROP, "DELETE FROM depot_piece WHERE name = ?1")

/* All of a table, for move.c. */
#define HMI_TABLE(name, columns, parameters, kinds)              \
    HMI_WALK(MOVE_FROM_##name, "SELECT " columns " FROM " #name) \
    HMI_QUERY(MOVE_INTO_##name, "INSERT INTO " #name " (" columns ") VALUES (" parameters ")")
#include "casebook/tables.h"
#undef HMI_TABLE
#undef HMI_WALK
