/* SPDX-License-Identifier: Apache-2.0
 *
 * stix_objects.c - the property tables of sections 3 to 5, 7 and 8: domain, relationship and meta
 * objects, and what they are made of.
 */
#include "share/stix_table.h"

#define P(name, kind)                        \
    {                                        \
        name, HMI_STIX_##kind, 0, 0, 0, 0, 0 \
    }
#define NEED(name, kind)                                     \
    {                                                        \
        name, HMI_STIX_##kind, HMI_STIX_REQUIRED, 0, 0, 0, 0 \
    }
#define LIST(name, kind)                                 \
    {                                                    \
        name, HMI_STIX_##kind, HMI_STIX_LIST, 0, 0, 0, 0 \
    }
#define OPEN(name, words)                                 \
    {                                                     \
        name, HMI_STIX_OPEN, 0, HMI_STIX_##words, 0, 0, 0 \
    }
#define NEED_OPEN(name, words)                                            \
    {                                                                     \
        name, HMI_STIX_OPEN, HMI_STIX_REQUIRED, HMI_STIX_##words, 0, 0, 0 \
    }
#define OPENS(name, words)                                            \
    {                                                                 \
        name, HMI_STIX_OPEN, HMI_STIX_LIST, HMI_STIX_##words, 0, 0, 0 \
    }
#define REF(name, to)                             \
    {                                             \
        name, HMI_STIX_IDENTIFIER, 0, 0, to, 0, 0 \
    }
#define NEED_REF(name, to)                                        \
    {                                                             \
        name, HMI_STIX_IDENTIFIER, HMI_STIX_REQUIRED, 0, to, 0, 0 \
    }
#define REFS(name, to)                                        \
    {                                                         \
        name, HMI_STIX_IDENTIFIER, HMI_STIX_LIST, 0, to, 0, 0 \
    }
#define NEED_REFS(name, to)                                                       \
    {                                                                             \
        name, HMI_STIX_IDENTIFIER, HMI_STIX_LIST | HMI_STIX_REQUIRED, 0, to, 0, 0 \
    }
#define STRUCTS(name, space)                                               \
    {                                                                      \
        name, HMI_STIX_STRUCTURE, HMI_STIX_LIST, HMI_STIX_##space, 0, 0, 0 \
    }
#define CREATOR(flag)                                                                            \
    {                                                                                            \
        "created_by_ref", HMI_STIX_IDENTIFIER, HMI_STIX_CREATOR | (flag), 0, BIT(IDENTITY), 0, 0 \
    }
#define BIT(type) HMI_STIX_BIT(type)
#define NUMBER(name, flag, min, max)                 \
    {                                                \
        name, HMI_STIX_INTEGER, flag, 0, 0, min, max \
    }
#define END \
    {       \
        0   \
    }

/* What SDOs and SROs have in common (section 3.2). */
static const hmi_stix_property COMMON[] = {
    NEED("type", OWN_TYPE),
    NEED("spec_version", VERSION_WORD),
    NEED("id", OWN_ID),
    CREATOR(0),
    NEED("created", MILLISECONDS),
    NEED("modified", MILLISECONDS),
    P("revoked", BOOLEAN),
    LIST("labels", STRING),
    NUMBER("confidence", 0, 0, 100),
    P("lang", LANGUAGE),
    STRUCTS("external_references", EXTERNAL_REFERENCE),
    REFS("object_marking_refs", BIT(MARKING_DEFINITION)),
    STRUCTS("granular_markings", GRANULAR_MARKING),
    P("extensions", EXTENSIONS),
    END,
};
static const hmi_stix_property COMMON_SCO[] = {
    NEED("type", OWN_TYPE),
    P("spec_version", VERSION_WORD),
    NEED("id", OWN_ID),
    REFS("object_marking_refs", BIT(MARKING_DEFINITION)),
    STRUCTS("granular_markings", GRANULAR_MARKING),
    P("defanged", BOOLEAN),
    P("extensions", EXTENSIONS),
    END,
};
static const hmi_stix_property COMMON_META[] = {
    NEED("type", OWN_TYPE),
    NEED("spec_version", VERSION_WORD),
    NEED("id", OWN_ID),
    CREATOR(0),
    NEED("created", MILLISECONDS),
    NEED("modified", MILLISECONDS),
    P("revoked", BOOLEAN),
    LIST("labels", STRING),
    NUMBER("confidence", 0, 0, 100),
    STRUCTS("external_references", EXTERNAL_REFERENCE),
    REFS("object_marking_refs", BIT(MARKING_DEFINITION)),
    STRUCTS("granular_markings", GRANULAR_MARKING),
    P("extensions", EXTENSIONS),
    END,
};
/* Marking definitions have no versions (section 7.2.1). */
static const hmi_stix_property COMMON_MARKING[] = {
    NEED("type", OWN_TYPE),
    NEED("spec_version", VERSION_WORD),
    NEED("id", OWN_ID),
    CREATOR(0),
    NEED("created", MILLISECONDS),
    STRUCTS("external_references", EXTERNAL_REFERENCE),
    REFS("object_marking_refs", BIT(MARKING_DEFINITION)),
    STRUCTS("granular_markings", GRANULAR_MARKING),
    P("extensions", EXTENSIONS),
    END,
};
static const hmi_stix_property COMMON_EXTENSION[] = {
    NEED("type", OWN_TYPE),
    NEED("spec_version", VERSION_WORD),
    NEED("id", OWN_ID),
    CREATOR(HMI_STIX_REQUIRED),
    NEED("created", MILLISECONDS),
    NEED("modified", MILLISECONDS),
    P("revoked", BOOLEAN),
    LIST("labels", STRING),
    STRUCTS("external_references", EXTERNAL_REFERENCE),
    REFS("object_marking_refs", BIT(MARKING_DEFINITION)),
    STRUCTS("granular_markings", GRANULAR_MARKING),
    END,
};

/* -- Structures inside objects. */
static const hmi_stix_property EXTERNAL_REFERENCE[] = {
    NEED("source_name", STRING), P("description", STRING), P("url", URI),
    P("hashes", HASHES),         P("external_id", STRING), END,
};
static const hmi_stix_property KILL_CHAIN_PHASE[] = {
    NEED("kill_chain_name", RELATION_NAME),
    NEED("phase_name", RELATION_NAME),
    END,
};
static const hmi_stix_property GRANULAR_MARKING[] = {
    P("lang", LANGUAGE),
    REF("marking_ref", BIT(MARKING_DEFINITION)),
    { "selectors", HMI_STIX_SELECTOR, HMI_STIX_REQUIRED | HMI_STIX_LIST, 0, 0, 0, 0 },
    END,
};
static const hmi_stix_property EXTENSION_HEAD[] = {
    { "extension_type", HMI_STIX_ENUM, 0, HMI_STIX_EXTENSION_TYPE, 0, 0, 0 },
    END,
};

/* -- Domain objects. */
static const hmi_stix_property ATTACK_PATTERN[] = {
    NEED("name", STRING),
    P("description", STRING),
    LIST("aliases", STRING),
    STRUCTS("kill_chain_phases", KILL_CHAIN_PHASE),
    END,
};
static const hmi_stix_property CAMPAIGN[] = {
    NEED("name", STRING),
    P("description", STRING),
    LIST("aliases", STRING),
    P("first_seen", TIMESTAMP),
    P("last_seen", TIMESTAMP),
    P("objective", STRING),
    END,
};
static const hmi_stix_property COURSE_OF_ACTION[] = {
    NEED("name", STRING),
    P("description", STRING),
    END,
};
static const hmi_stix_property GROUPING[] = {
    P("name", STRING),
    P("description", STRING),
    NEED_OPEN("context", GROUPING_CONTEXT),
    NEED_REFS("object_refs", HMI_STIX_ANY),
    END,
};
static const hmi_stix_property IDENTITY[] = {
    NEED("name", STRING),
    P("description", STRING),
    LIST("roles", STRING),
    OPEN("identity_class", IDENTITY_CLASS),
    OPENS("sectors", INDUSTRY_SECTOR),
    P("contact_information", STRING),
    END,
};
static const hmi_stix_property INCIDENT[] = {
    NEED("name", STRING),
    P("description", STRING),
    END,
};
static const hmi_stix_property INDICATOR[] = {
    P("name", STRING),
    P("description", STRING),
    OPENS("indicator_types", INDICATOR_TYPE),
    NEED("pattern", PATTERN_TEXT),
    NEED_OPEN("pattern_type", PATTERN_TYPE),
    P("pattern_version", STRING),
    NEED("valid_from", TIMESTAMP),
    P("valid_until", TIMESTAMP),
    STRUCTS("kill_chain_phases", KILL_CHAIN_PHASE),
    END,
};
static const hmi_stix_property INFRASTRUCTURE[] = {
    NEED("name", STRING),
    P("description", STRING),
    OPENS("infrastructure_types", INFRASTRUCTURE_TYPE),
    LIST("aliases", STRING),
    STRUCTS("kill_chain_phases", KILL_CHAIN_PHASE),
    P("first_seen", TIMESTAMP),
    P("last_seen", TIMESTAMP),
    END,
};
static const hmi_stix_property INTRUSION_SET[] = {
    NEED("name", STRING),
    P("description", STRING),
    LIST("aliases", STRING),
    P("first_seen", TIMESTAMP),
    P("last_seen", TIMESTAMP),
    LIST("goals", STRING),
    OPEN("resource_level", ATTACK_RESOURCE_LEVEL),
    OPEN("primary_motivation", ATTACK_MOTIVATION),
    OPENS("secondary_motivations", ATTACK_MOTIVATION),
    END,
};
static const hmi_stix_property LOCATION[] = {
    P("name", STRING),
    P("description", STRING),
    { "latitude", HMI_STIX_FLOAT, 0, 0, 0, -90, 90 },
    { "longitude", HMI_STIX_FLOAT, 0, 0, 0, -180, 180 },
    P("precision", FLOAT),
    OPEN("region", REGION),
    P("country", COUNTRY),
    P("administrative_area", STRING),
    P("city", STRING),
    P("street_address", STRING),
    P("postal_code", STRING),
    END,
};
static const hmi_stix_property MALWARE[] = {
    P("name", STRING),
    P("description", STRING),
    OPENS("malware_types", MALWARE_TYPE),
    NEED("is_family", BOOLEAN),
    LIST("aliases", STRING),
    STRUCTS("kill_chain_phases", KILL_CHAIN_PHASE),
    P("first_seen", TIMESTAMP),
    P("last_seen", TIMESTAMP),
    REFS("operating_system_refs", BIT(SOFTWARE)),
    OPENS("architecture_execution_envs", PROCESSOR),
    OPENS("implementation_languages", IMPLEMENTATION_LANGUAGE),
    OPENS("capabilities", MALWARE_CAPABILITIES),
    REFS("sample_refs", BIT(FILE) | BIT(ARTIFACT)),
    END,
};
static const hmi_stix_property MALWARE_ANALYSIS[] = {
    NEED("product", RELATION_NAME),
    P("version", STRING),
    REF("host_vm_ref", BIT(SOFTWARE)),
    REF("operating_system_ref", BIT(SOFTWARE)),
    REFS("installed_software_refs", BIT(SOFTWARE)),
    P("configuration_version", STRING),
    LIST("modules", STRING),
    P("analysis_engine_version", STRING),
    P("analysis_definition_version", STRING),
    P("submitted", TIMESTAMP),
    P("analysis_started", TIMESTAMP),
    P("analysis_ended", TIMESTAMP),
    P("result_name", STRING),
    OPEN("result", MALWARE_RESULT),
    REFS("analysis_sco_refs", HMI_STIX_SCOS | HMI_STIX_CUSTOM_BIT),
    REF("sample_ref", BIT(FILE) | BIT(ARTIFACT) | BIT(NETWORK_TRAFFIC)),
    END,
};
static const hmi_stix_property NOTE[] = {
    P("abstract", STRING),
    NEED("content", STRING),
    LIST("authors", STRING),
    NEED_REFS("object_refs", HMI_STIX_ANY),
    END,
};
static const hmi_stix_property OBSERVED_DATA[] = {
    NEED("first_observed", TIMESTAMP),
    NEED("last_observed", TIMESTAMP),
    NUMBER("number_observed", HMI_STIX_REQUIRED, 1, 999999999),
    { "objects", HMI_STIX_CONTAINER, HMI_STIX_DEPRECATED, 0, 0, 0, 0 },
    REFS("object_refs", HMI_STIX_SCOS | BIT(RELATIONSHIP) | HMI_STIX_CUSTOM_BIT),
    END,
};
static const hmi_stix_property OPINION[] = {
    P("explanation", STRING),
    LIST("authors", STRING),
    { "opinion", HMI_STIX_ENUM, HMI_STIX_REQUIRED, HMI_STIX_OPINION_ENUM, 0, 0, 0 },
    NEED_REFS("object_refs", HMI_STIX_ANY),
    END,
};
static const hmi_stix_property REPORT[] = {
    NEED("name", STRING),
    P("description", STRING),
    OPENS("report_types", REPORT_TYPE),
    NEED("published", TIMESTAMP),
    NEED_REFS("object_refs", HMI_STIX_ANY),
    END,
};
static const hmi_stix_property THREAT_ACTOR[] = {
    NEED("name", STRING),
    P("description", STRING),
    OPENS("threat_actor_types", THREAT_ACTOR_TYPE),
    LIST("aliases", STRING),
    P("first_seen", TIMESTAMP),
    P("last_seen", TIMESTAMP),
    OPENS("roles", THREAT_ACTOR_ROLE),
    LIST("goals", STRING),
    OPEN("sophistication", SOPHISTICATION),
    OPEN("resource_level", ATTACK_RESOURCE_LEVEL),
    OPEN("primary_motivation", ATTACK_MOTIVATION),
    OPENS("secondary_motivations", ATTACK_MOTIVATION),
    OPENS("personal_motivations", ATTACK_MOTIVATION),
    END,
};
static const hmi_stix_property TOOL[] = {
    NEED("name", STRING),
    P("description", STRING),
    OPENS("tool_types", TOOL_TYPE),
    LIST("aliases", STRING),
    STRUCTS("kill_chain_phases", KILL_CHAIN_PHASE),
    P("tool_version", STRING),
    END,
};
static const hmi_stix_property VULNERABILITY[] = {
    NEED("name", STRING),
    P("description", STRING),
    END,
};

/* -- Relationship objects. */
static const hmi_stix_property RELATIONSHIP[] = {
    NEED("relationship_type", RELATION_NAME),
    P("description", STRING),
    NEED_REF("source_ref", HMI_STIX_SDOS | HMI_STIX_SCOS | HMI_STIX_CUSTOM_BIT),
    NEED_REF("target_ref", HMI_STIX_SDOS | HMI_STIX_SCOS | HMI_STIX_CUSTOM_BIT),
    P("start_time", TIMESTAMP),
    P("stop_time", TIMESTAMP),
    END,
};
static const hmi_stix_property SIGHTING[] = {
    P("description", STRING),
    P("first_seen", TIMESTAMP),
    P("last_seen", TIMESTAMP),
    NUMBER("count", 0, 0, 999999999),
    NEED_REF("sighting_of_ref", HMI_STIX_SDOS | HMI_STIX_CUSTOM_BIT),
    REFS("observed_data_refs", BIT(OBSERVED_DATA)),
    REFS("where_sighted_refs", BIT(IDENTITY) | BIT(LOCATION)),
    P("summary", BOOLEAN),
    END,
};

/* -- Meta objects and the bundle. */
static const hmi_stix_property LANGUAGE_CONTENT[] = {
    NEED_REF("object_ref", HMI_STIX_ANY),
    P("object_modified", TIMESTAMP),
    NEED("contents", TRANSLATIONS),
    END,
};
static const hmi_stix_property MARKING_DEFINITION[] = {
    P("name", STRING),
    P("definition_type", STRING),
    P("definition", DEFINITION),
    END,
};
static const hmi_stix_property EXTENSION_DEFINITION[] = {
    NEED("name", STRING),
    P("description", STRING),
    NEED("schema", STRING),
    NEED("version", STRING),
    { "extension_types", HMI_STIX_ENUM, HMI_STIX_REQUIRED | HMI_STIX_LIST, HMI_STIX_EXTENSION_TYPE,
      0, 0, 0 },
    LIST("extension_properties", STRING),
    END,
};
static const hmi_stix_property BUNDLE[] = {
    NEED("type", OWN_TYPE),
    NEED("id", OWN_ID),
    LIST("objects", ANYTHING), /* each is checked as an object of its own */
    END,
};

#define SPACE(name, number) [HMI_STIX_##name] = { name, number, NULL, 0 }
const hmi_stix_properties hmi_stix_objects[HMI_STIX_SPACE_COUNT] = {
    SPACE(COMMON, "3.2"),
    SPACE(COMMON_SCO, "3.2"),
    SPACE(COMMON_META, "3.2"),
    SPACE(COMMON_MARKING, "7.2.1"),
    SPACE(COMMON_EXTENSION, "7.3"),
    SPACE(EXTERNAL_REFERENCE, "2.5"),
    SPACE(KILL_CHAIN_PHASE, "2.11"),
    SPACE(GRANULAR_MARKING, "7.2.3"),
    SPACE(EXTENSION_HEAD, "7.3"),
    SPACE(ATTACK_PATTERN, "4.1"),
    SPACE(CAMPAIGN, "4.2"),
    SPACE(COURSE_OF_ACTION, "4.3"),
    SPACE(GROUPING, "4.4"),
    SPACE(IDENTITY, "4.5"),
    SPACE(INCIDENT, "4.6"),
    SPACE(INDICATOR, "4.7"),
    SPACE(INFRASTRUCTURE, "4.8"),
    SPACE(INTRUSION_SET, "4.9"),
    SPACE(LOCATION, "4.10"),
    SPACE(MALWARE, "4.11"),
    SPACE(MALWARE_ANALYSIS, "4.12"),
    SPACE(NOTE, "4.13"),
    SPACE(OBSERVED_DATA, "4.14"),
    SPACE(OPINION, "4.15"),
    SPACE(REPORT, "4.16"),
    SPACE(THREAT_ACTOR, "4.17"),
    SPACE(TOOL, "4.18"),
    SPACE(VULNERABILITY, "4.19"),
    SPACE(RELATIONSHIP, "5.1"),
    SPACE(SIGHTING, "5.2"),
    SPACE(LANGUAGE_CONTENT, "7.1"),
    SPACE(MARKING_DEFINITION, "7.2.1"),
    SPACE(EXTENSION_DEFINITION, "7.3"),
    SPACE(BUNDLE, "8.1"),
};
