/* SPDX-License-Identifier: Apache-2.0
 *
 * stix_rules.c - what the specification says about several properties of one object, and which
 * relationship types it suggests between which objects.
 */
#include "share/stix_table.h"

#define RULE(space, relation, a, b)                 \
    {                                               \
        HMI_STIX_##space, HMI_STIX_##relation, a, b \
    }
#define VERSIONS(space) RULE(space, NOT_BEFORE, "modified", "created")

const hmi_stix_rule_row hmi_stix_rules[] = {
    /* 3.2: modified is never earlier than created. */
    VERSIONS(COMMON),
    VERSIONS(COMMON_META),
    VERSIONS(COMMON_EXTENSION),
    RULE(EXTERNAL_REFERENCE, ONE_OF, "description url external_id", NULL),
    RULE(GRANULAR_MARKING, EXACTLY_ONE, "lang marking_ref", NULL),
    RULE(CAMPAIGN, NOT_BEFORE, "last_seen", "first_seen"),
    RULE(INDICATOR, AFTER, "valid_until", "valid_from"),
    RULE(INDICATOR, SHOULD_HAVE, "name", NULL),
    RULE(INDICATOR, SHOULD_HAVE, "description", NULL),
    RULE(INFRASTRUCTURE, NOT_BEFORE, "last_seen", "first_seen"),
    RULE(INTRUSION_SET, NOT_BEFORE, "last_seen", "first_seen"),
    RULE(LOCATION, ONE_OF, "region country latitude", NULL),
    RULE(LOCATION, NEEDS, "latitude", "longitude"),
    RULE(LOCATION, NEEDS, "longitude", "latitude"),
    RULE(LOCATION, NEEDS, "precision", "latitude longitude"),
    RULE(MALWARE, NOT_BEFORE, "last_seen", "first_seen"),
    RULE(MALWARE, WHEN_TRUE_NEEDS, "is_family", "name"),
    RULE(MALWARE_ANALYSIS, ONE_OF, "result analysis_sco_refs", NULL),
    RULE(OBSERVED_DATA, NOT_BEFORE, "last_observed", "first_observed"),
    RULE(OBSERVED_DATA, EXACTLY_ONE, "objects object_refs", NULL),
    RULE(THREAT_ACTOR, NOT_BEFORE, "last_seen", "first_seen"),
    RULE(RELATIONSHIP, AFTER, "stop_time", "start_time"),
    RULE(SIGHTING, NOT_BEFORE, "last_seen", "first_seen"),
    RULE(EXTENSION_DEFINITION, SHOULD_HAVE, "description", NULL),
    RULE(MARKING_DEFINITION, ONE_OF, "definition_type extensions", NULL),
    RULE(MARKING_DEFINITION, NEEDS, "definition_type", "definition"),
    RULE(MARKING_DEFINITION, NEEDS, "definition", "definition_type"),
    RULE(ARTIFACT, EXACTLY_ONE, "payload_bin url", NULL),
    RULE(ARTIFACT, NEEDS, "url", "hashes"),
    RULE(ARTIFACT, NEEDS, "decryption_key", "encryption_algorithm"),
    RULE(EMAIL_MESSAGE, WHEN_TRUE_NOT, "is_multipart", "body"),
    RULE(EMAIL_MESSAGE, WHEN_FALSE_NOT, "is_multipart", "body_multipart"),
    RULE(MIME_PART, ONE_OF, "body body_raw_ref", NULL),
    RULE(FILE, ONE_OF, "hashes name", NULL),
    RULE(NETWORK_TRAFFIC, ONE_OF, "src_ref dst_ref", NULL),
    RULE(NETWORK_TRAFFIC, NOT_BEFORE, "end", "start"),
    RULE(NETWORK_TRAFFIC, WHEN_TRUE_NOT, "is_active", "end"),
    RULE(NETWORK_TRAFFIC, SHOULD_HAVE, "src_port", NULL),
    RULE(NETWORK_TRAFFIC, SHOULD_HAVE, "dst_port", NULL),
    RULE(PROCESS, ONE_OF,
         "extensions is_hidden pid created_time cwd command_line environment_variables "
         "opened_connection_refs creator_user_ref image_ref parent_ref child_refs",
         NULL),
    RULE(USER_ACCOUNT, ONE_OF,
         "extensions user_id credential account_login account_type display_name "
         "is_service_account is_privileged can_escalate_privs is_disabled account_created "
         "account_expires credential_last_changed account_first_login account_last_login",
         NULL),
    RULE(WINDOWS_REGISTRY_KEY, ONE_OF,
         "key values modified_time creator_user_ref number_of_subkeys", NULL),
    RULE(REGISTRY_VALUE, ONE_OF, "name data data_type", NULL),
    RULE(X509_CERTIFICATE, ONE_OF,
         "is_self_signed hashes version serial_number signature_algorithm issuer "
         "validity_not_before validity_not_after subject subject_public_key_algorithm "
         "subject_public_key_modulus subject_public_key_exponent x509_v3_extensions",
         NULL),
    RULE(NTFS_EXT, ONE_OF, "sid alternate_data_streams", NULL),
    RULE(PDF_EXT, ONE_OF, "version is_optimized document_info_dict pdfid0 pdfid1", NULL),
    RULE(RASTER_IMAGE_EXT, ONE_OF, "image_height image_width bits_per_pixel exif_tags", NULL),
    RULE(WINDOWS_PEBINARY_EXT, ONE_OF,
         "imphash machine_hex number_of_sections time_date_stamp pointer_to_symbol_table_hex "
         "number_of_symbols size_of_optional_header characteristics_hex file_header_hashes "
         "optional_header sections",
         NULL),
    RULE(TCP_EXT, ONE_OF, "src_flags_hex dst_flags_hex", NULL),
    RULE(WINDOWS_PROCESS_EXT, ONE_OF,
         "aslr_enabled dep_enabled priority owner_sid window_title startup_info integrity_level",
         NULL),
    RULE(WINDOWS_SERVICE_EXT, ONE_OF,
         "service_name descriptions display_name group_name start_type service_dll_refs "
         "service_type service_status",
         NULL),
    RULE(UNIX_ACCOUNT_EXT, ONE_OF, "gid groups home_dir shell", NULL),
};
const size_t hmi_stix_rule_count = sizeof(hmi_stix_rules) / sizeof(hmi_stix_rules[0]);

#define B(type) HMI_STIX_BIT(type)
#define EDGE(source, name, targets)      \
    {                                    \
        HMI_STIX_##source, name, targets \
    }
#define VICTIMS (B(IDENTITY) | B(LOCATION) | B(VULNERABILITY))
#define MEANS (B(ATTACK_PATTERN) | B(INFRASTRUCTURE) | B(MALWARE) | B(TOOL))
#define HOSTS_SEEN (B(IPV4_ADDR) | B(IPV6_ADDR) | B(DOMAIN_NAME) | B(URL))

/* From the summary table of relationships (appendix B). derived-from, duplicate-of and related-to
 * go between all objects (section 3.7). */
const hmi_stix_edge hmi_stix_edges[] = {
    EDGE(ATTACK_PATTERN, "delivers", B(MALWARE)),
    EDGE(ATTACK_PATTERN, "targets", VICTIMS),
    EDGE(ATTACK_PATTERN, "uses", B(MALWARE) | B(TOOL)),
    EDGE(CAMPAIGN, "attributed-to", B(INTRUSION_SET) | B(THREAT_ACTOR)),
    EDGE(CAMPAIGN, "compromises", B(INFRASTRUCTURE)),
    EDGE(CAMPAIGN, "originates-from", B(LOCATION)),
    EDGE(CAMPAIGN, "targets", VICTIMS),
    EDGE(CAMPAIGN, "uses", MEANS),
    EDGE(COURSE_OF_ACTION, "investigates", B(INDICATOR)),
    EDGE(COURSE_OF_ACTION, "mitigates",
         B(ATTACK_PATTERN) | B(INDICATOR) | B(MALWARE) | B(TOOL) | B(VULNERABILITY)),
    EDGE(COURSE_OF_ACTION, "remediates", B(MALWARE) | B(VULNERABILITY)),
    EDGE(DOMAIN_NAME, "resolves-to", B(DOMAIN_NAME) | B(IPV4_ADDR) | B(IPV6_ADDR)),
    EDGE(IDENTITY, "located-at", B(LOCATION)),
    EDGE(INDICATOR, "indicates",
         B(ATTACK_PATTERN) | B(CAMPAIGN) | B(INFRASTRUCTURE) | B(INTRUSION_SET) | B(MALWARE) |
             B(THREAT_ACTOR) | B(TOOL)),
    EDGE(INDICATOR, "based-on", B(OBSERVED_DATA)),
    EDGE(INFRASTRUCTURE, "communicates-with", B(INFRASTRUCTURE) | HOSTS_SEEN),
    EDGE(INFRASTRUCTURE, "consists-of", B(INFRASTRUCTURE) | B(OBSERVED_DATA) | HMI_STIX_SCOS),
    EDGE(INFRASTRUCTURE, "controls", B(INFRASTRUCTURE) | B(MALWARE)),
    EDGE(INFRASTRUCTURE, "delivers", B(MALWARE)),
    EDGE(INFRASTRUCTURE, "has", B(VULNERABILITY)),
    EDGE(INFRASTRUCTURE, "hosts", B(TOOL) | B(MALWARE)),
    EDGE(INFRASTRUCTURE, "located-at", B(LOCATION)),
    EDGE(INFRASTRUCTURE, "uses", B(INFRASTRUCTURE)),
    EDGE(INTRUSION_SET, "attributed-to", B(THREAT_ACTOR)),
    EDGE(INTRUSION_SET, "compromises", B(INFRASTRUCTURE)),
    EDGE(INTRUSION_SET, "hosts", B(INFRASTRUCTURE)),
    EDGE(INTRUSION_SET, "originates-from", B(LOCATION)),
    EDGE(INTRUSION_SET, "owns", B(INFRASTRUCTURE)),
    EDGE(INTRUSION_SET, "targets", VICTIMS),
    EDGE(INTRUSION_SET, "uses", MEANS),
    EDGE(IPV4_ADDR, "resolves-to", B(MAC_ADDR)),
    EDGE(IPV4_ADDR, "belongs-to", B(AUTONOMOUS_SYSTEM)),
    EDGE(IPV6_ADDR, "resolves-to", B(MAC_ADDR)),
    EDGE(IPV6_ADDR, "belongs-to", B(AUTONOMOUS_SYSTEM)),
    EDGE(MALWARE, "authored-by", B(THREAT_ACTOR) | B(INTRUSION_SET)),
    EDGE(MALWARE, "beacons-to", B(INFRASTRUCTURE)),
    EDGE(MALWARE, "exfiltrates-to", B(INFRASTRUCTURE)),
    EDGE(MALWARE, "communicates-with", HOSTS_SEEN),
    EDGE(MALWARE, "controls", B(MALWARE)),
    EDGE(MALWARE, "downloads", B(MALWARE) | B(FILE) | B(TOOL)),
    EDGE(MALWARE, "drops", B(MALWARE) | B(FILE) | B(TOOL)),
    EDGE(MALWARE, "exploits", B(VULNERABILITY)),
    EDGE(MALWARE, "originates-from", B(LOCATION)),
    EDGE(MALWARE, "targets", VICTIMS | B(INFRASTRUCTURE)),
    EDGE(MALWARE, "uses", MEANS),
    EDGE(MALWARE, "variant-of", B(MALWARE)),
    EDGE(MALWARE_ANALYSIS, "characterizes", B(MALWARE)),
    EDGE(MALWARE_ANALYSIS, "analysis-of", B(MALWARE)),
    EDGE(MALWARE_ANALYSIS, "static-analysis-of", B(MALWARE)),
    EDGE(MALWARE_ANALYSIS, "dynamic-analysis-of", B(MALWARE)),
    EDGE(THREAT_ACTOR, "attributed-to", B(IDENTITY)),
    EDGE(THREAT_ACTOR, "compromises", B(INFRASTRUCTURE)),
    EDGE(THREAT_ACTOR, "hosts", B(INFRASTRUCTURE)),
    EDGE(THREAT_ACTOR, "owns", B(INFRASTRUCTURE)),
    EDGE(THREAT_ACTOR, "impersonates", B(IDENTITY)),
    EDGE(THREAT_ACTOR, "located-at", B(LOCATION)),
    EDGE(THREAT_ACTOR, "targets", VICTIMS),
    EDGE(THREAT_ACTOR, "uses", MEANS),
    EDGE(TOOL, "delivers", B(MALWARE)),
    EDGE(TOOL, "drops", B(MALWARE)),
    EDGE(TOOL, "has", B(VULNERABILITY)),
    EDGE(TOOL, "targets", VICTIMS | B(INFRASTRUCTURE)),
    EDGE(TOOL, "uses", B(INFRASTRUCTURE)),
};
const size_t hmi_stix_edge_count = sizeof(hmi_stix_edges) / sizeof(hmi_stix_edges[0]);
