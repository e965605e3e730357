/* SPDX-License-Identifier: Apache-2.0
 *
 * class.c - every kind of trait, one row each.
 *
 * WHY    One place says what a class is called, how STIX names it, who could plant it and how far
 *        it may carry a conclusion, so that no other file has to know the list.
 * FORM   Caps are written in nats and turned into bits. They bound what one class may add however
 *        rare its values look; they come from what analysts were fooled by in the past: build
 *        marks were forged (Rich header, 2018), personas are made up (2014, 2015), infrastructure
 *        is shared or taken over, while functions and keys are costly to imitate. Where a cap
 *        depends on whether a value was public before the incident, which no row can know, the
 *        lower one stands here. A group's cap is below the sum of its classes: traits of one group
 *        are planted by the same act.
 * TRUST  Nothing here depends on input.
 * OWNS   Constants. 1. Ascending ids. 2. A name and an id, once given, never change meaning.
 */
#include "trait/class.h"

#define NATS(nats) ((float)((nats)*1.4426950408889634))
#define CLASS(id, name, label, group, exact, fuzzy, forge, nats, type, property)               \
    {                                                                                          \
        HMI_##id, name, label, HMI_GROUP_##group, exact, fuzzy, HMI_FORGE_##forge, NATS(nats), \
            type, property                                                                     \
    }

/* clang-format off */
static const hmi_class_row ROWS[] = {
    CLASS(FUNCTION,       "function",       "function",              CODE, true, true,  COSTLY,  6.0, NULL, NULL),
    CLASS(CONSTANT_TABLE, "constant-table", "constant table or key", CODE, true, false, COSTLY,  5.0, NULL, NULL),
    CLASS(ALGORITHM,      "algorithm",      "algorithm",             CODE, true, false, COSTLY,  5.0, NULL, NULL),
    /* one operand is easily met by chance and easily written */
    CLASS(RARE_CONSTANT,  "rare-constant",  "rare constant",         CODE, true, false, MEDIUM,  4.0, NULL, NULL),
    /* a script is text: whoever has it rewrites it in an afternoon, and public ones are copied whole */
    CLASS(SCRIPT_SHAPE,   "script-shape",   "shape of a script",     CODE, true, false, MEDIUM,  4.0, NULL, NULL),
    CLASS(SCRIPT_PART,    "script-part",    "part of a script",      CODE, true, false, MEDIUM,  3.0, NULL, NULL),

    CLASS(COMPILER,      "compiler",      "compiler or linker",    BUILD, true, false, TRIVIAL, 2.0, NULL, NULL),
    CLASS(RICH_HEADER,   "rich-header",   "Rich header",           BUILD, true, false, TRIVIAL, 2.0, NULL, NULL),
    CLASS(PDB_PATH,      "pdb-path",      "PDB path",              BUILD, true, false, TRIVIAL, 2.0, NULL, NULL),
    CLASS(IMPORT_HASH,   "import-hash",   "import hash",           BUILD, true, false, EASY,    2.0, NULL, NULL),
    CLASS(EXPORT_SET,    "export-set",    "set of exports",        BUILD, true, false, EASY,    2.0, NULL, NULL),
    CLASS(SECTION_HASH,  "section-hash",  "section hash",          BUILD, true, false, EASY,    2.0, NULL, NULL),
    CLASS(RESOURCE_HASH, "resource-hash", "resource hash",         BUILD, true, false, EASY,    2.0, NULL, NULL),
    CLASS(LANGUAGE,      "language",      "language",              BUILD, true, false, TRIVIAL, 1.5, NULL, NULL),
    CLASS(BUILD_TIME,    "build-time",    "build time",            BUILD, true, false, TRIVIAL, 2.0, NULL, NULL),
    CLASS(BUILD_ID,      "build-id",      "build id",              BUILD, true, false, TRIVIAL, 2.0, NULL, NULL),
    CLASS(VERSION_INFO,  "version-info",  "version information",   BUILD, true, false, TRIVIAL, 2.0, NULL, NULL),
    CLASS(SECTION_NAMES, "section-names", "section names",         BUILD, true, false, TRIVIAL, 2.0, NULL, NULL),
    CLASS(SOURCE_PATH,   "source-path",   "source path",           BUILD, true, false, TRIVIAL, 2.0, NULL, NULL),
    CLASS(OVERLAY_HASH,  "overlay-hash",  "overlay hash",          BUILD, true, false, EASY,    2.0, NULL, NULL),
    CLASS(DOTNET_ID,     "dotnet-id",     ".NET module id",        BUILD, true, false, TRIVIAL, 2.0, NULL, NULL),
    CLASS(PACKER,        "packer",        "packer",                BUILD, true, false, EASY,    2.0, NULL, NULL),
    CLASS(ICON_HASH,     "icon-hash",     "icon hash",             BUILD, true, false, EASY,    2.0, NULL, NULL),
    CLASS(ENTRY_CODE,    "entry-code",    "code at the entry point", BUILD, true, false, EASY,  2.0, NULL, NULL),
    CLASS(DOCUMENT_PROPERTY, "document-property", "document property", BUILD, true, false, TRIVIAL, 2.0, NULL, NULL),

    CLASS(SHA256,       "sha256",       "SHA-256",              FILE, true, false, EASY,   4.0, "file", "hashes.'SHA-256'"),
    CLASS(SHA1,         "sha1",         "SHA-1",                FILE, true, false, EASY,   4.0, "file", "hashes.'SHA-1'"),
    CLASS(MD5,          "md5",          "MD5",                  FILE, true, false, EASY,   4.0, "file", "hashes.MD5"),
    CLASS(SHA512,       "sha512",       "SHA-512",              FILE, true, false, EASY,   4.0, "file", "hashes.'SHA-512'"),
    CLASS(SSDEEP,       "ssdeep",       "ssdeep",               FILE, true, true,  EASY,   4.0, "file", "hashes.SSDEEP"),
    CLASS(TLSH,         "tlsh",         "TLSH",                 FILE, true, true,  EASY,   4.0, "file", "hashes.TLSH"),
    /* needs the private key, or its theft */
    CLASS(SIGNER,       "signer",       "signer",               FILE, true, false, COSTLY, 7.0, NULL, NULL),
    CLASS(AUTHENTIHASH, "authentihash", "Authenticode hash",    FILE, true, false, EASY,   4.0, NULL, NULL),
    CLASS(FILE_NAME,    "file-name",    "file name",            FILE, true, false, TRIVIAL, 3.0, "file", "name"),
    CLASS(YARA_RULE,    "yara-rule",    "YARA rule",            FILE, true, false, EASY,   3.0, NULL, NULL),

    CLASS(STRING,       "string",       "string",               TEXT, true, false, EASY,    3.0, NULL, NULL),
    CLASS(PASSWORD,     "password",     "password",             TEXT, true, false, EASY,    4.0, NULL, NULL),
    CLASS(MUTEX,        "mutex",        "mutex",                TEXT, true, false, EASY,    3.0, "mutex", "name"),
    CLASS(SERVICE_NAME, "service-name", "service name",         TEXT, true, false, EASY,    3.0, NULL, NULL),
    CLASS(MESSAGE,      "message",      "message to the victim", TEXT, true, false, TRIVIAL, 1.0, NULL, NULL),
    CLASS(REGISTRY_KEY, "registry-key", "registry key",         TEXT, true, false, EASY,    3.0, "windows-registry-key", "key"),
    CLASS(FILE_PATH,    "file-path",    "file path",            TEXT, true, false, EASY,    3.0, NULL, NULL),
    CLASS(PIPE_NAME,    "pipe-name",    "named pipe",           TEXT, true, false, EASY,    3.0, NULL, NULL),
    CLASS(COMMAND_LINE, "command-line", "command line",         TEXT, true, false, EASY,    3.0, NULL, NULL),
    CLASS(PERSONA,      "persona",      "persona",              TEXT, true, false, TRIVIAL, 1.0, NULL, NULL),

    CLASS(ADDRESS,     "address",     "address",         INFRASTRUCTURE, true, false, EASY,   4.0, "ipv4-addr", "value"),
    CLASS(RANGE,       "range",       "address range",   INFRASTRUCTURE, true, false, EASY,   4.0, "ipv4-addr", "value"),
    CLASS(DOMAIN,      "domain",      "domain",          INFRASTRUCTURE, true, false, EASY,   4.0, "domain-name", "value"),
    CLASS(URL,         "url",         "URL",             INFRASTRUCTURE, true, false, EASY,   4.0, "url", "value"),
    CLASS(MAIL,        "mail",        "mail address",    INFRASTRUCTURE, true, false, EASY,   4.0, "email-addr", "value"),
    CLASS(CERTIFICATE, "certificate", "certificate",     INFRASTRUCTURE, true, false, COSTLY, 7.0, "x509-certificate", "hashes.'SHA-256'"),
    /* the client library a tool was built with: a third-party part */
    CLASS(JA3,         "ja3",         "JA3",             INFRASTRUCTURE, true, false, EASY,   2.0, NULL, NULL),
    CLASS(JA4,         "ja4",         "JA4",             INFRASTRUCTURE, true, false, EASY,   2.0, NULL, NULL),
    CLASS(ASN,         "asn",         "autonomous system", INFRASTRUCTURE, true, false, EASY, 2.0, "autonomous-system", "number"),
    CLASS(WALLET,      "wallet",      "wallet",          INFRASTRUCTURE, true, false, COSTLY, 7.0, NULL, NULL),
    CLASS(MAC_ADDRESS, "mac-address", "MAC address",     INFRASTRUCTURE, true, false, EASY,   4.0, "mac-addr", "value"),
    /* the name is the service's public key */
    CLASS(ONION,       "onion",       "onion service",   INFRASTRUCTURE, true, false, COSTLY, 7.0, "domain-name", "value"),

    CLASS(USER_AGENT,    "user-agent",    "user agent",        BEHAVIOUR, true, false, EASY,   3.0, NULL, NULL),
    CLASS(REQUEST_SHAPE, "request-shape", "shape of requests", BEHAVIOUR, true, false, MEDIUM, 4.0, NULL, NULL),
    CLASS(BEACON,        "beacon",        "beacon",            BEHAVIOUR, true, true,  MEDIUM, 5.0, NULL, NULL),
    CLASS(STEP_ORDER,    "step-order",    "order of steps",    BEHAVIOUR, true, true,  MEDIUM, 4.0, NULL, NULL),
    CLASS(ACTIVE_HOURS,  "active-hours",  "active hours",      BEHAVIOUR, true, true,  MEDIUM, 1.5, NULL, NULL),
    CLASS(ONSET,         "onset",         "onset over hosts",  BEHAVIOUR, true, true,  MEDIUM, 4.0, NULL, NULL),
    CLASS(ACCOUNT,       "account",       "account",           BEHAVIOUR, true, false, EASY,   4.0, "user-account", "account_login"),
    CLASS(PROTOCOL_MARK, "protocol-mark", "protocol mark",     BEHAVIOUR, true, false, MEDIUM, 5.0, NULL, NULL),
    CLASS(BEHAVIOUR,     "behaviour",     "behaviour",         BEHAVIOUR, true, false, EASY,   3.0, NULL, NULL),

    CLASS(TECHNIQUE,     "technique",     "technique",     TECHNIQUE, true, false, TRIVIAL, 3.0, NULL, NULL),
    CLASS(TOOL,          "tool",          "tool",          TECHNIQUE, true, false, EASY,    3.0, NULL, NULL),
    CLASS(RULE_HIT,      "rule-hit",      "rule hit",      TECHNIQUE, true, false, EASY,    3.0, NULL, NULL),
    CLASS(VULNERABILITY, "vulnerability", "vulnerability", TECHNIQUE, true, false, TRIVIAL, 2.0, NULL, NULL),

    /* shown, never weighed */
    CLASS(ACTOR_CLAIM, "actor-claim", "claim about the actor", CLAIM, true, false, TRIVIAL, 0.0, NULL, NULL),
};

static const hmi_group_row GROUPS[HMI_GROUP_COUNT] = {
    [HMI_GROUP_CODE]           = { HMI_GROUP_CODE,           "code",           "code",           "rewriting the tool",    NATS(11.0) },
    /* trivially forged all at once: alone it can never reach a conclusion */
    [HMI_GROUP_BUILD]          = { HMI_GROUP_BUILD,          "build",          "build marks",    "an editor",             NATS(2.0) },
    [HMI_GROUP_FILE]           = { HMI_GROUP_FILE,           "file",           "files",          "copying a file",        NATS(7.0) },
    [HMI_GROUP_TEXT]           = { HMI_GROUP_TEXT,           "text",           "text",           "typing",                NATS(5.0) },
    [HMI_GROUP_INFRASTRUCTURE] = { HMI_GROUP_INFRASTRUCTURE, "infrastructure", "infrastructure", "renting the same host", NATS(7.0) },
    [HMI_GROUP_BEHAVIOUR]      = { HMI_GROUP_BEHAVIOUR,      "behaviour",      "behaviour",      "discipline",            NATS(6.0) },
    [HMI_GROUP_TECHNIQUE]      = { HMI_GROUP_TECHNIQUE,      "technique",      "techniques",     "reading the news",      NATS(3.0) },
    [HMI_GROUP_CLAIM]          = { HMI_GROUP_CLAIM,          "claim",          "claims",         "saying so",             NATS(0.0) },
};
/* clang-format on */

const hmi_class_row *hmi_class_find(int id)
{
    size_t low = 0;
    size_t high = HMI_COUNT(ROWS);
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if ((int)ROWS[mid].id == id) {
            return &ROWS[mid];
        }
        if ((int)ROWS[mid].id < id) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return NULL;
}

const hmi_class_row *hmi_class_by_name(hm_text name)
{
    for (size_t i = 0; i < HMI_COUNT(ROWS); i++) {
        if (hmi_text_is(name, ROWS[i].name)) {
            return &ROWS[i];
        }
    }
    return NULL;
}

const hmi_class_row *hmi_classes(size_t *ret_count)
{
    *ret_count = HMI_COUNT(ROWS);
    return ROWS;
}

const hmi_group_row *hmi_group_get(hmi_group group)
{
    return group > HMI_GROUP_NONE && group < HMI_GROUP_COUNT ? &GROUPS[group] : NULL;
}
