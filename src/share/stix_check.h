/* SPDX-License-Identifier: Apache-2.0
 *
 * stix_check.h - is this STIX 2.1? Every MUST that is broken is an error, every SHOULD a warning,
 * each with the path of the value, its byte and the section that asks for it.
 *
 *     hmi_stix_checker *checker;
 *     hmi_stix_checker_new(&checker, &err);
 *     hmi_stix_check_document(checker, bytes, NULL, &report, &err);   a bundle, or one object
 *     for (size_t i = 0; i < report.fault_count; i++) { report.faults[i] ... }
 *
 * The report lives until the checker's next check. A checker is for one thread.
 */
#ifndef HMI_SHARE_STIX_CHECK_H
#define HMI_SHARE_STIX_CHECK_H

#include "base/arena.h"
#include "base/json.h"

/* name, spelling, is it an error, section (NULL: the object's own) */
#define HMI_STIX_CHECKS(ROW)                             \
    ROW(JSON, "json", true, "1.2.10")                    \
    ROW(TYPE, "type", true, "3.2")                       \
    ROW(REQUIRED, "required", true, NULL)                \
    ROW(DATA_TYPE, "data-type", true, NULL)              \
    ROW(VALUE, "value", true, NULL)                      \
    ROW(EMPTY, "empty", true, "2.12")                    \
    ROW(ID, "id", true, "2.9")                           \
    ROW(REFERENCE, "reference", true, NULL)              \
    ROW(TIMESTAMP, "timestamp", true, "2.16")            \
    ROW(ORDER, "time-order", true, NULL)                 \
    ROW(KEY, "dictionary-key", true, "2.3")              \
    ROW(HASH, "hash", true, "2.7")                       \
    ROW(ENUMERATION, "enumeration", true, "10")          \
    ROW(TOGETHER, "together", true, NULL)                \
    ROW(LANGUAGE, "language", true, "3.2")               \
    ROW(SELECTOR, "selector", true, "7.2.3")             \
    ROW(CIRCLE, "marking-circle", true, "7.2.1")         \
    ROW(MARKING, "marking", true, "7.2.1")               \
    ROW(PATTERN, "pattern", true, "9")                   \
    ROW(PROPERTY_NAME, "property-name", true, "3.1")     \
    ROW(RESERVED, "reserved-name", true, "3.8")          \
    ROW(EXTENSION_NAME, "extension-name", true, "11.3")  \
    ROW(ID_VERSION, "id-version", true, "2.9")           \
    ROW(CUSTOM_REFUSED, "custom-refused", true, "11")    \
    ROW(CONFLICT, "conflict", true, "3.6")               \
    ROW(EXTENSION_USE, "extension-use", false, "11")     \
    ROW(CUSTOM_PREFIX, "custom-prefix", false, "11.1")   \
    ROW(CUSTOM_X, "custom-x", false, "11.1")             \
    ROW(VOCABULARY, "vocabulary", false, "10")           \
    ROW(WORD_FORM, "word-form", false, "2.14")           \
    ROW(UUID, "uuid", false, "2.9")                      \
    ROW(SCO_ID, "deterministic-id", false, "2.9")        \
    ROW(DEPRECATED, "deprecated", false, NULL)           \
    ROW(CREATOR, "creator", false, "3.2")                \
    ROW(RECOMMENDED, "recommended", false, NULL)         \
    ROW(HASH_NAME, "hash-name", false, "10.7")           \
    ROW(MEDIA_TYPE, "media-type", false, NULL)           \
    ROW(PROTOCOL, "protocol", false, "6.12")             \
    ROW(KEY_CASE, "key-case", false, "2.3")              \
    ROW(FOREIGN_KEY, "foreign-key", false, NULL)         \
    ROW(RELATIONSHIP, "relationship-type", false, "5.1") \
    ROW(DUPLICATE, "duplicate", false, "8")              \
    ROW(OLD_VERSION, "stix-2.0", false, "3.2")

typedef enum hmi_stix_check {
#define ROW(name, spelling, is_error, section) HMI_STIX_CHECK_##name,
    HMI_STIX_CHECKS(ROW)
#undef ROW
        HMI_STIX_CHECK_COUNT
} hmi_stix_check;

enum { HMI_STIX_FAULTS_MAX = 10000, HMI_STIX_DOCUMENT_MAX = 1 << 30 };

typedef struct hmi_stix_fault {
    hmi_stix_check check;
    bool is_error;
    uint64_t offset;
    hm_text id;   /* of the object, as it was given; may be empty */
    hm_text path; /* "objects[3].external_references[0].url" */
    hm_text text; /* one sentence, no full stop; may quote input: escape it for a terminal */
    const char *section;
} hmi_stix_fault;

typedef struct hmi_stix_report {
    const hmi_stix_fault *faults; /* in the document's order, at most HMI_STIX_FAULTS_MAX */
    size_t fault_count;
    uint64_t errors, warnings; /* all, also those beyond the maximum */
    uint64_t objects;          /* checked; the bundle itself is not counted */
} hmi_stix_report;

typedef struct hmi_stix_check_options {
    uint64_t ignore;                            /* bit set of hmi_stix_check */
    bool no_custom_properties, no_custom_types; /* what no extension declares is an error */
} hmi_stix_check_options;

typedef struct hmi_stix_checker hmi_stix_checker;

const char *hmi_stix_check_name(hmi_stix_check check);
/* False when there is no check of that name. */
bool hmi_stix_check_find(hm_text name, hmi_stix_check *ret_check);

int hmi_stix_checker_new(hmi_stix_checker **ret_checker, hm_err *err);
void hmi_stix_checker_free(hmi_stix_checker *checker); /* NULL is fine */
/* A bundle or a single object, as text. What is wrong with the document is in the report, bytes
 * that are no JSON too; an error is only ours: no memory. `options` may be NULL. */
int hmi_stix_check_document(hmi_stix_checker *checker, hm_bytes document,
                            const hmi_stix_check_options *options, hmi_stix_report *ret,
                            hm_err *err);
/* The report's members, into an object that is open. */
void hmi_stix_report_json(hmi_json_writer *w, const hmi_stix_report *report, bool valid);
/* One object that somebody has parsed already. */
int hmi_stix_check_object(hmi_stix_checker *checker, hmi_value object,
                          const hmi_stix_check_options *options, hmi_stix_report *ret, hm_err *err);

#endif
