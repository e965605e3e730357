/* SPDX-License-Identifier: Apache-2.0
 *
 * misp.c - MISP's attribute types (describeTypes.json of MISP 2.5) that have a class here.
 *
 * FORM   The first row of a class is the one that is written; the others are only read.
 */
#include "trait/misp.h"

#include "base/bytes.h"

static const hmi_misp_type TYPES[] = {
    { "ip-dst", HMI_ADDRESS, "Network activity" },
    { "ip-src", HMI_ADDRESS, "Network activity" },
    { "ip-dst", HMI_RANGE, "Network activity" },
    { "domain", HMI_DOMAIN, "Network activity" },
    { "hostname", HMI_DOMAIN, "Network activity" },
    { "dns-soa-email", HMI_MAIL, "Attribution" },
    { "hostname", HMI_ONION, "Network activity" },
    { "url", HMI_URL, "Network activity" },
    { "email-src", HMI_MAIL, "Payload delivery" },
    { "email-dst", HMI_MAIL, "Payload delivery" },
    { "email", HMI_MAIL, "Social network" },
    { "email-reply-to", HMI_MAIL, "Payload delivery" },
    { "target-email", HMI_MAIL, "Targeting data" },
    { "whois-registrant-email", HMI_MAIL, "Attribution" },
    { "md5", HMI_MD5, "Payload delivery" },
    { "malware-sample", HMI_FILE_NAME, "Payload delivery" },
    { "sha1", HMI_SHA1, "Payload delivery" },
    { "sha256", HMI_SHA256, "Payload delivery" },
    { "sha512", HMI_SHA512, "Payload delivery" },
    { "ssdeep", HMI_SSDEEP, "Payload delivery" },
    { "tlsh", HMI_TLSH, "Payload delivery" },
    { "imphash", HMI_IMPORT_HASH, "Payload delivery" },
    { "authentihash", HMI_AUTHENTIHASH, "Payload delivery" },
    { "filename", HMI_FILE_NAME, "Payload delivery" },
    { "pdb", HMI_PDB_PATH, "Artifacts dropped" },
    { "mutex", HMI_MUTEX, "Artifacts dropped" },
    { "named pipe", HMI_PIPE_NAME, "Artifacts dropped" },
    { "regkey", HMI_REGISTRY_KEY, "Persistence mechanism" },
    { "windows-service-name", HMI_SERVICE_NAME, "Artifacts dropped" },
    { "pattern-in-file", HMI_STRING, "Payload installation" },
    { "user-agent", HMI_USER_AGENT, "Network activity" },
    { "x509-fingerprint-sha256", HMI_CERTIFICATE, "Network activity" },
    { "ja3-fingerprint-md5", HMI_JA3, "Network activity" },
    { "AS", HMI_ASN, "Network activity" },
    { "mac-address", HMI_MAC_ADDRESS, "Network activity" },
    { "btc", HMI_WALLET, "Financial fraud" },
    { "xmr", HMI_WALLET, "Financial fraud" },
    { "vulnerability", HMI_VULNERABILITY, "External analysis" },
};

const hmi_misp_type *hmi_misp_type_find(hm_text name)
{
    for (size_t i = 0; i < HMI_COUNT(TYPES); i++) {
        if (hmi_text_is(name, TYPES[i].name)) {
            return &TYPES[i];
        }
    }
    return NULL;
}

const hmi_misp_type *hmi_misp_type_of(hmi_class class_id)
{
    /* Rows that come first for reading, not for writing. */
    static const char *const READ_ONLY[] = { "dns-soa-email", "malware-sample" };
    for (size_t i = 0; i < HMI_COUNT(TYPES); i++) {
        bool written = TYPES[i].class_id == class_id;
        for (size_t k = 0; k < HMI_COUNT(READ_ONLY); k++) {
            written = written && strcmp(TYPES[i].name, READ_ONLY[k]) != 0;
        }
        if (written) {
            return &TYPES[i];
        }
    }
    return NULL;
}
