/* SPDX-License-Identifier: Apache-2.0
 *
 * class.h - the one table of what kinds of traits exist (trait/class.c holds its rows).
 *
 * A class says what a value means, how it is written canonically, how STIX names it, whether
 * equality or likeness counts, who could plant it and how far it may carry a conclusion alone.
 * Numbers are stored in casebooks: never reused, never renumbered.
 */
#ifndef HMI_TRAIT_CLASS_H
#define HMI_TRAIT_CLASS_H

#include "base/bytes.h"

typedef enum hmi_class {
    HMI_CLASS_NONE = 0,
    /* code: rewriting the tool */
    HMI_FUNCTION = 1,       /* position-independent hash of one function; detail: fingerprint */
    HMI_CONSTANT_TABLE = 2, /* hash of a rare table or key in data, with its length */
    HMI_ALGORITHM = 3,      /* recognised algorithm ("rc4-like", "crc32 poly 0x...") */
    HMI_RARE_CONSTANT = 4,  /* an immediate operand that is not an address */
    HMI_SCRIPT_SHAPE = 5,   /* "language:32 hex digits" of a whole script's normalised tokens */
    HMI_SCRIPT_PART = 6,    /* the same of a run of its tokens */
    /* build: an editor */
    HMI_COMPILER = 10,
    HMI_RICH_HEADER = 11,
    HMI_PDB_PATH = 12,
    HMI_IMPORT_HASH = 13, /* imphash, or its ELF counterpart, prefixed by kind */
    HMI_EXPORT_SET = 14,
    HMI_SECTION_HASH = 15,
    HMI_RESOURCE_HASH = 16,
    HMI_LANGUAGE = 17,   /* BCP 47 where known, else "lcid:0xNNNN" */
    HMI_BUILD_TIME = 18, /* RFC 3339 UTC */
    HMI_BUILD_ID = 19,
    HMI_VERSION_INFO = 20, /* "Key=Value" of a PE version resource */
    HMI_SECTION_NAMES = 21,
    HMI_SOURCE_PATH = 22, /* a source or build path found inside */
    HMI_OVERLAY_HASH = 23,
    HMI_DOTNET_ID = 24, /* "mvid:UUID", "typelib:UUID" */
    HMI_PACKER = 25,
    HMI_ICON_HASH = 26,
    HMI_ENTRY_CODE = 27,
    HMI_DOCUMENT_PROPERTY = 28, /* "key=value" of what a program wrote into a document or link */
    /* file: copying a file */
    HMI_SHA256 = 30,
    HMI_SHA1 = 31,
    HMI_MD5 = 32,
    HMI_SHA512 = 33,
    HMI_SSDEEP = 34,
    HMI_TLSH = 35,
    HMI_SIGNER = 36, /* subject and serial of a signing certificate */
    HMI_AUTHENTIHASH = 37,
    HMI_FILE_NAME = 38, /* last component only */
    HMI_YARA_RULE = 39,
    /* text: typing */
    HMI_STRING = 40,
    HMI_PASSWORD = 41,
    HMI_MUTEX = 42,
    HMI_SERVICE_NAME = 43,
    HMI_MESSAGE = 44, /* what the intruder said to the victim */
    HMI_REGISTRY_KEY = 45,
    HMI_FILE_PATH = 46,
    HMI_PIPE_NAME = 47,
    HMI_COMMAND_LINE = 48,
    HMI_PERSONA = 49,
    /* infrastructure: renting the same host */
    HMI_ADDRESS = 60, /* IPv4 or IPv6 */
    HMI_RANGE = 61,   /* CIDR */
    HMI_DOMAIN = 62,
    HMI_URL = 63,
    HMI_MAIL = 64,
    HMI_CERTIFICATE = 65, /* SHA-256 of the certificate */
    HMI_JA3 = 66,
    HMI_JA4 = 67,
    HMI_ASN = 68,
    HMI_WALLET = 69,
    HMI_MAC_ADDRESS = 70,
    HMI_ONION = 71,
    /* behaviour: discipline */
    HMI_USER_AGENT = 80,
    HMI_REQUEST_SHAPE = 81,
    HMI_BEACON = 82,
    HMI_STEP_ORDER = 83,
    HMI_ACTIVE_HOURS = 84,
    HMI_ONSET = 85,
    HMI_ACCOUNT = 86,
    HMI_PROTOCOL_MARK = 87, /* framing, ports, banners */
    HMI_BEHAVIOUR = 88,     /* named behaviour: "scan", "brute-force", "dns-tunnel" ... */
    /* technique: reading the news */
    HMI_TECHNIQUE = 100,     /* ATT&CK id */
    HMI_TOOL = 101,          /* malware or tool name */
    HMI_RULE_HIT = 102,      /* a detection rule's id that fired */
    HMI_VULNERABILITY = 103, /* CVE id */
    /* claim: saying so; shown, never weighed */
    HMI_ACTOR_CLAIM = 120,
    HMI_CLASS_MAX = 127
} hmi_class;

typedef enum hmi_group {
    HMI_GROUP_NONE = 0,
    HMI_GROUP_CODE,
    HMI_GROUP_BUILD,
    HMI_GROUP_FILE,
    HMI_GROUP_TEXT,
    HMI_GROUP_INFRASTRUCTURE,
    HMI_GROUP_BEHAVIOUR,
    HMI_GROUP_TECHNIQUE,
    HMI_GROUP_CLAIM,
    HMI_GROUP_COUNT
} hmi_group;

/* How an intruder would plant it in somebody else's name. */
typedef enum hmi_forge {
    HMI_FORGE_TRIVIAL = 1, /* an editor, a headline */
    HMI_FORGE_EASY = 2,    /* copying, typing, renting */
    HMI_FORGE_MEDIUM = 3,  /* discipline over weeks */
    HMI_FORGE_COSTLY = 4   /* rewriting the tool */
} hmi_forge;

typedef struct hmi_class_row {
    hmi_class id;
    const char *name;  /* stable, lower-case, hyphenated: used in JSON, --class, model files */
    const char *label; /* what a person reads: "function", "PDB path" */
    hmi_group group;
    bool exact; /* equality of canonical values is a match */
    bool fuzzy; /* likeness is a match too (function, ssdeep, tlsh) */
    hmi_forge forge;
    float cap_bits;            /* the most one class may add to a conclusion */
    const char *stix_type;     /* "ipv4-addr", NULL when STIX has no observable for it */
    const char *stix_property; /* "value", "hashes.'SHA-256'" */
} hmi_class_row;

typedef struct hmi_group_row {
    hmi_group id;
    const char *name;
    const char *label;
    const char *planted_by; /* a phrase for people */
    float cap_bits;         /* the most one group may add to a conclusion */
} hmi_group_row;

/* NULL for a number that is no class. */
const hmi_class_row *hmi_class_find(int id);
const hmi_class_row *hmi_class_by_name(hm_text name);
/* All rows in ascending order of id. */
const hmi_class_row *hmi_classes(size_t *ret_count);
const hmi_group_row *hmi_group_get(hmi_group group);

#endif
