/* SPDX-License-Identifier: Apache-2.0
 *
 * tables.h - every table of schema.c, for those who copy all of it: HMI_TABLE(name, columns,
 * parameters, kinds). Kinds, one a column: n number, t text, b bytes. Kept complete by
 * test_move.c.
 */
HMI_TABLE(meta, "name, number", "?1, ?2", "tn")
HMI_TABLE(incident, "id, stix_id, name, created_us", "?1, ?2, ?3, ?4", "nttn")
HMI_TABLE(evidence,
          "id, sha256, size, name, format, verdict, reason, added_us, modified_us, readers,"
          " trait_count, kept, complete",
          "?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13", "nbnbtntnnnnnn")
HMI_TABLE(link, "seq, incident, evidence, parent, name", "?1, ?2, ?3, ?4, ?5", "nnnnb")
HMI_TABLE(trait, "id, class, key, value", "?1, ?2, ?3, ?4", "nnbt")
HMI_TABLE(trait_name, "hash, trait", "?1, ?2", "nn")
HMI_TABLE(function, "trait, fingerprint", "?1, ?2", "nb")
HMI_TABLE(occurrence, "evidence, trait, role, count, place, first_us, last_us",
          "?1, ?2, ?3, ?4, ?5, ?6, ?7", "nnnnnnn")
HMI_TABLE(posting, "incident, class, trait, role, pieces, count", "?1, ?2, ?3, ?4, ?5, ?6",
          "nnnnnn")
HMI_TABLE(class_count, "incident, class, traits", "?1, ?2, ?3", "nnn")
HMI_TABLE(note, "evidence, number, severity, code, place, text", "?1, ?2, ?3, ?4, ?5, ?6", "nnnnnt")
HMI_TABLE(fact, "evidence, number, name, value", "?1, ?2, ?3, ?4", "nntt")
HMI_TABLE(object, "number, stix_id, modified, sha256, type, raw", "?1, ?2, ?3, ?4, ?5, ?6",
          "nttbtb")
HMI_TABLE(object_in, "evidence, object, place", "?1, ?2, ?3", "nnn")
HMI_TABLE(stamp, "scope, path, device, inode, size, modified_ns, changed_ns, sha256",
          "?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8", "nbnnnnnb")
HMI_TABLE(baseline_file, "number, sha256, name", "?1, ?2, ?3", "nbb")
HMI_TABLE(baseline_function, "number, key, fingerprint", "?1, ?2, ?3", "nnb")
HMI_TABLE(given, "seq, at_us, kind, partner, incident, entry, hash, signature",
          "?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8", "nntttbbb")
HMI_TABLE(given_copy, "stix_id, partner, incident, modified, sha256, seq", "?1, ?2, ?3, ?4, ?5, ?6",
          "ttttbn")
HMI_TABLE(recalled, "stix_id, recall", "?1, ?2", "tn")
HMI_TABLE(obligation, "recall, partner, due_us, sent, acknowledged", "?1, ?2, ?3, ?4, ?5", "ntnnn")
HMI_TABLE(claim,
          "number, stix_id, incident, about, relation, target, publisher, said, opinion,"
          " confidence, grade, ground, source, document, entered_us",
          "?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15", "ntntttttnntttbn")
HMI_TABLE(claim_withdrawn, "claim, at_us, why", "?1, ?2, ?3", "tnt")
HMI_TABLE(remark, "number, stix_id, version, incident, author, at_us, removed, text",
          "?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8", "ntnntnnt")
