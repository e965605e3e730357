/* SPDX-License-Identifier: Apache-2.0
 *
 * stix_table.h - STIX 2.1 as tables: object types, their properties, words, rules between them.
 *
 * The specification's property tables are rows here (stix_objects.c, stix_observables.c), its
 * vocabularies are words (stix_words.c), what it says about two properties of one object is a row
 * of stix_rules.c. The code that walks an object (stix_check.c, stix_value.c) knows none of them
 * by name. Only stix_*.c use this header.
 */
#ifndef HMI_SHARE_STIX_TABLE_H
#define HMI_SHARE_STIX_TABLE_H

#include "base/bytes.h"

/* name, spelling, role, section */
#define HMI_STIX_TYPES(ROW)                                             \
    ROW(ATTACK_PATTERN, "attack-pattern", SDO, "4.1")                   \
    ROW(CAMPAIGN, "campaign", SDO, "4.2")                               \
    ROW(COURSE_OF_ACTION, "course-of-action", SDO, "4.3")               \
    ROW(GROUPING, "grouping", SDO, "4.4")                               \
    ROW(IDENTITY, "identity", SDO, "4.5")                               \
    ROW(INCIDENT, "incident", SDO, "4.6")                               \
    ROW(INDICATOR, "indicator", SDO, "4.7")                             \
    ROW(INFRASTRUCTURE, "infrastructure", SDO, "4.8")                   \
    ROW(INTRUSION_SET, "intrusion-set", SDO, "4.9")                     \
    ROW(LOCATION, "location", SDO, "4.10")                              \
    ROW(MALWARE, "malware", SDO, "4.11")                                \
    ROW(MALWARE_ANALYSIS, "malware-analysis", SDO, "4.12")              \
    ROW(NOTE, "note", SDO, "4.13")                                      \
    ROW(OBSERVED_DATA, "observed-data", SDO, "4.14")                    \
    ROW(OPINION, "opinion", SDO, "4.15")                                \
    ROW(REPORT, "report", SDO, "4.16")                                  \
    ROW(THREAT_ACTOR, "threat-actor", SDO, "4.17")                      \
    ROW(TOOL, "tool", SDO, "4.18")                                      \
    ROW(VULNERABILITY, "vulnerability", SDO, "4.19")                    \
    ROW(RELATIONSHIP, "relationship", SRO, "5.1")                       \
    ROW(SIGHTING, "sighting", SRO, "5.2")                               \
    ROW(ARTIFACT, "artifact", SCO, "6.1")                               \
    ROW(AUTONOMOUS_SYSTEM, "autonomous-system", SCO, "6.2")             \
    ROW(DIRECTORY, "directory", SCO, "6.3")                             \
    ROW(DOMAIN_NAME, "domain-name", SCO, "6.4")                         \
    ROW(EMAIL_ADDR, "email-addr", SCO, "6.5")                           \
    ROW(EMAIL_MESSAGE, "email-message", SCO, "6.6")                     \
    ROW(FILE, "file", SCO, "6.7")                                       \
    ROW(IPV4_ADDR, "ipv4-addr", SCO, "6.8")                             \
    ROW(IPV6_ADDR, "ipv6-addr", SCO, "6.9")                             \
    ROW(MAC_ADDR, "mac-addr", SCO, "6.10")                              \
    ROW(MUTEX, "mutex", SCO, "6.11")                                    \
    ROW(NETWORK_TRAFFIC, "network-traffic", SCO, "6.12")                \
    ROW(PROCESS, "process", SCO, "6.13")                                \
    ROW(SOFTWARE, "software", SCO, "6.14")                              \
    ROW(URL, "url", SCO, "6.15")                                        \
    ROW(USER_ACCOUNT, "user-account", SCO, "6.16")                      \
    ROW(WINDOWS_REGISTRY_KEY, "windows-registry-key", SCO, "6.17")      \
    ROW(X509_CERTIFICATE, "x509-certificate", SCO, "6.18")              \
    ROW(LANGUAGE_CONTENT, "language-content", META, "7.1")              \
    ROW(MARKING_DEFINITION, "marking-definition", MARKING, "7.2.1")     \
    ROW(EXTENSION_DEFINITION, "extension-definition", EXTENSION, "7.3") \
    ROW(BUNDLE, "bundle", BUNDLE_ROLE, "8")

/* What an object is in the graph; decides its common properties (section 3.2). */
typedef enum hmi_stix_role {
    HMI_STIX_SDO,
    HMI_STIX_SRO,
    HMI_STIX_SCO,
    HMI_STIX_META,
    HMI_STIX_MARKING,
    HMI_STIX_EXTENSION,
    HMI_STIX_BUNDLE_ROLE
} hmi_stix_role;

/* Places that have properties: each type, the common sets, and structures inside objects. */
typedef enum hmi_stix_space {
#define ROW(name, spelling, role, section) HMI_STIX_##name,
    HMI_STIX_TYPES(ROW)
#undef ROW
        HMI_STIX_TYPE_COUNT,
    HMI_STIX_COMMON = HMI_STIX_TYPE_COUNT, /* SDO and SRO */
    HMI_STIX_COMMON_SCO,
    HMI_STIX_COMMON_META,
    HMI_STIX_COMMON_MARKING,
    HMI_STIX_COMMON_EXTENSION,
    HMI_STIX_EXTERNAL_REFERENCE,
    HMI_STIX_KILL_CHAIN_PHASE,
    HMI_STIX_GRANULAR_MARKING,
    HMI_STIX_EXTENSION_HEAD, /* what any extension inside an object may begin with */
    HMI_STIX_MIME_PART,
    HMI_STIX_REGISTRY_VALUE,
    HMI_STIX_X509_V3,
    HMI_STIX_ALTERNATE_STREAM,
    HMI_STIX_PE_OPTIONAL_HEADER,
    HMI_STIX_PE_SECTION,
    HMI_STIX_ARCHIVE_EXT,
    HMI_STIX_NTFS_EXT,
    HMI_STIX_PDF_EXT,
    HMI_STIX_RASTER_IMAGE_EXT,
    HMI_STIX_WINDOWS_PEBINARY_EXT,
    HMI_STIX_HTTP_REQUEST_EXT,
    HMI_STIX_ICMP_EXT,
    HMI_STIX_SOCKET_EXT,
    HMI_STIX_TCP_EXT,
    HMI_STIX_WINDOWS_PROCESS_EXT,
    HMI_STIX_WINDOWS_SERVICE_EXT,
    HMI_STIX_UNIX_ACCOUNT_EXT,
    HMI_STIX_SPACE_COUNT
} hmi_stix_space;

/* The data types of section 2, and the string formats that property tables ask for. */
typedef enum hmi_stix_kind {
    HMI_STIX_STRING,
    HMI_STIX_BOOLEAN,
    HMI_STIX_INTEGER, /* min, max */
    HMI_STIX_FLOAT,   /* min, max */
    HMI_STIX_TIMESTAMP,
    HMI_STIX_MILLISECONDS, /* a timestamp with at least three digits */
    HMI_STIX_IDENTIFIER,   /* targets: the types that may be meant */
    HMI_STIX_OWN_ID,
    HMI_STIX_OWN_TYPE,
    HMI_STIX_VERSION_WORD, /* "2.1" */
    HMI_STIX_BINARY,
    HMI_STIX_HEX,
    HMI_STIX_HASHES,
    HMI_STIX_DICTIONARY,
    HMI_STIX_OPEN,      /* detail: vocabulary */
    HMI_STIX_ENUM,      /* detail: vocabulary */
    HMI_STIX_STRUCTURE, /* detail: space */
    HMI_STIX_EXTENSIONS,
    HMI_STIX_CONTAINER, /* the deprecated observable container */
    HMI_STIX_SELECTOR,
    HMI_STIX_LANGUAGE,
    HMI_STIX_COUNTRY,
    HMI_STIX_URI,
    HMI_STIX_IPV4,
    HMI_STIX_IPV6,
    HMI_STIX_MAC,
    HMI_STIX_MAIL,
    HMI_STIX_DOMAIN,
    HMI_STIX_CPE,
    HMI_STIX_CHARSET,
    HMI_STIX_MEDIA_TYPE,
    HMI_STIX_PROTOCOL,
    HMI_STIX_REGISTRY_PATH,
    HMI_STIX_RELATION_NAME,
    HMI_STIX_PATTERN_TEXT,
    HMI_STIX_TRANSLATIONS, /* contents of language-content */
    HMI_STIX_DEFINITION,   /* definition of a marking */
    HMI_STIX_KEYS,         /* a dictionary with keys of another standard; detail: vocabulary */
    HMI_STIX_MULTI_KEYS,   /* the same, each value a list */
    HMI_STIX_ANYTHING
} hmi_stix_kind;

enum { HMI_STIX_REQUIRED = 1, HMI_STIX_LIST = 2, HMI_STIX_DEPRECATED = 4, HMI_STIX_CREATOR = 8 };

typedef struct hmi_stix_property {
    const char *name;
    uint8_t kind, flags, detail;
    uint64_t targets;
    int64_t min, max; /* both 0: any */
} hmi_stix_property;

#define HMI_STIX_BIT(name) (UINT64_C(1) << HMI_STIX_##name)
/* Groups of types for references. */
#define HMI_STIX_SDOS (HMI_STIX_BIT(RELATIONSHIP) - 1)
#define HMI_STIX_SROS (HMI_STIX_BIT(RELATIONSHIP) | HMI_STIX_BIT(SIGHTING))
#define HMI_STIX_SCOS (HMI_STIX_BIT(LANGUAGE_CONTENT) - HMI_STIX_BIT(ARTIFACT))
#define HMI_STIX_METAS                                                   \
    (HMI_STIX_BIT(LANGUAGE_CONTENT) | HMI_STIX_BIT(MARKING_DEFINITION) | \
     HMI_STIX_BIT(EXTENSION_DEFINITION))
#define HMI_STIX_CUSTOM_BIT (UINT64_C(1) << 63)
#define HMI_STIX_ANY \
    (HMI_STIX_SDOS | HMI_STIX_SROS | HMI_STIX_SCOS | HMI_STIX_METAS | HMI_STIX_CUSTOM_BIT)

typedef struct hmi_stix_properties {
    const hmi_stix_property *rows; /* ends with a NULL name */
    const char *section;
    const char *extends; /* of a predefined extension: its key; NULL otherwise */
    uint8_t host;        /* of a predefined extension: the type that has it */
} hmi_stix_properties;
extern const hmi_stix_properties hmi_stix_objects[HMI_STIX_SPACE_COUNT];
extern const hmi_stix_properties hmi_stix_observables[HMI_STIX_SPACE_COUNT];

/* ---- Words */
typedef enum hmi_stix_vocabulary {
    HMI_STIX_NO_VOCABULARY,
    HMI_STIX_ACCOUNT_TYPE,
    HMI_STIX_ATTACK_MOTIVATION,
    HMI_STIX_ATTACK_RESOURCE_LEVEL,
    HMI_STIX_ENCRYPTION_ALGORITHM,
    HMI_STIX_EXTENSION_TYPE,
    HMI_STIX_GROUPING_CONTEXT,
    HMI_STIX_HASH_ALGORITHM,
    HMI_STIX_IDENTITY_CLASS,
    HMI_STIX_IMPLEMENTATION_LANGUAGE,
    HMI_STIX_INDICATOR_TYPE,
    HMI_STIX_INDUSTRY_SECTOR,
    HMI_STIX_INFRASTRUCTURE_TYPE,
    HMI_STIX_MALWARE_CAPABILITIES,
    HMI_STIX_MALWARE_RESULT,
    HMI_STIX_MALWARE_TYPE,
    HMI_STIX_SOCKET_FAMILY,
    HMI_STIX_SOCKET_TYPE,
    HMI_STIX_OPINION_ENUM,
    HMI_STIX_PATTERN_TYPE,
    HMI_STIX_PROCESSOR,
    HMI_STIX_REGION,
    HMI_STIX_REPORT_TYPE,
    HMI_STIX_THREAT_ACTOR_TYPE,
    HMI_STIX_THREAT_ACTOR_ROLE,
    HMI_STIX_SOPHISTICATION,
    HMI_STIX_TOOL_TYPE,
    HMI_STIX_INTEGRITY_LEVEL,
    HMI_STIX_PEBINARY_TYPE,
    HMI_STIX_REGISTRY_DATATYPE,
    HMI_STIX_SERVICE_START_TYPE,
    HMI_STIX_SERVICE_TYPE,
    HMI_STIX_SERVICE_STATUS,
    HMI_STIX_COUNTRIES,      /* ISO 3166-1 alpha-2 */
    HMI_STIX_PDF_KEYS,       /* PDF's document information dictionary */
    HMI_STIX_HTTP_HEADERS,   /* request headers */
    HMI_STIX_SOCKET_OPTIONS, /* SO_, IP_ ... */
    HMI_STIX_IPFIX,          /* no list: the names' shape */
    HMI_STIX_VOCABULARY_COUNT
} hmi_stix_vocabulary;

typedef struct hmi_stix_words {
    const char *name;    /* "account-type-ov" */
    const char *section; /* "10.1" */
    const char *words;   /* separated by blanks */
} hmi_stix_words;
extern const hmi_stix_words hmi_stix_vocabularies[HMI_STIX_VOCABULARY_COUNT];

/* ---- Rules between the properties of one object */
typedef enum hmi_stix_relation {
    HMI_STIX_NOT_BEFORE, /* a >= b, both moments */
    HMI_STIX_AFTER,      /* a > b */
    HMI_STIX_NOT_BOTH,   /* a and b exclude each other */
    HMI_STIX_NEEDS,      /* a only together with b */
    HMI_STIX_ONE_OF,     /* at least one of a (names separated by blanks) */
    HMI_STIX_EXACTLY_ONE,
    HMI_STIX_WHEN_TRUE_NEEDS, /* a is true: b must be there */
    HMI_STIX_WHEN_TRUE_NOT,   /* a is true: b must be absent */
    HMI_STIX_WHEN_FALSE_NOT,  /* a is false: b must be absent */
    HMI_STIX_SHOULD_HAVE      /* a SHOULD be there */
} hmi_stix_relation;

typedef struct hmi_stix_rule_row {
    uint8_t space;
    uint8_t relation;
    const char *a, *b;
} hmi_stix_rule_row;
extern const hmi_stix_rule_row hmi_stix_rules[];
extern const size_t hmi_stix_rule_count;

/* Relationship types that the specification suggests: "source type: name: targets". */
typedef struct hmi_stix_edge {
    uint8_t source;
    const char *name;
    uint64_t targets;
} hmi_stix_edge;
extern const hmi_stix_edge hmi_stix_edges[];
extern const size_t hmi_stix_edge_count;

#endif
