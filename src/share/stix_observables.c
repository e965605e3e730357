/* SPDX-License-Identifier: Apache-2.0
 *
 * stix_observables.c - the property tables of section 6: cyber-observable objects and the
 * extensions that the specification defines for them.
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
#define ENUM(name, words)                                 \
    {                                                     \
        name, HMI_STIX_ENUM, 0, HMI_STIX_##words, 0, 0, 0 \
    }
#define REF(name, to)                             \
    {                                             \
        name, HMI_STIX_IDENTIFIER, 0, 0, to, 0, 0 \
    }
#define REFS(name, to)                                        \
    {                                                         \
        name, HMI_STIX_IDENTIFIER, HMI_STIX_LIST, 0, to, 0, 0 \
    }
#define STRUCT(name, space)                                    \
    {                                                          \
        name, HMI_STIX_STRUCTURE, 0, HMI_STIX_##space, 0, 0, 0 \
    }
#define STRUCTS(name, space)                                               \
    {                                                                      \
        name, HMI_STIX_STRUCTURE, HMI_STIX_LIST, HMI_STIX_##space, 0, 0, 0 \
    }
#define SIZE(name)                                                 \
    {                                                              \
        name, HMI_STIX_INTEGER, 0, 0, 0, 0, (INT64_C(1) << 53) - 1 \
    }
#define BIT(type) HMI_STIX_BIT(type)
#define END \
    {       \
        0   \
    }

static const hmi_stix_property ARTIFACT[] = {
    P("mime_type", MEDIA_TYPE),
    P("payload_bin", BINARY),
    P("url", URI),
    P("hashes", HASHES),
    ENUM("encryption_algorithm", ENCRYPTION_ALGORITHM),
    P("decryption_key", STRING),
    END,
};
static const hmi_stix_property AUTONOMOUS_SYSTEM[] = {
    NEED("number", INTEGER),
    P("name", STRING),
    P("rir", STRING),
    END,
};
static const hmi_stix_property DIRECTORY[] = {
    NEED("path", STRING),
    P("path_enc", CHARSET),
    P("ctime", TIMESTAMP),
    P("mtime", TIMESTAMP),
    P("atime", TIMESTAMP),
    REFS("contains_refs", BIT(FILE) | BIT(DIRECTORY)),
    END,
};
static const hmi_stix_property DOMAIN_NAME[] = {
    NEED("value", DOMAIN),
    REFS("resolves_to_refs", BIT(IPV4_ADDR) | BIT(IPV6_ADDR) | BIT(DOMAIN_NAME)),
    END,
};
static const hmi_stix_property EMAIL_ADDR[] = {
    NEED("value", MAIL),
    P("display_name", STRING),
    REF("belongs_to_ref", BIT(USER_ACCOUNT)),
    END,
};
static const hmi_stix_property EMAIL_MESSAGE[] = {
    NEED("is_multipart", BOOLEAN),
    P("date", TIMESTAMP),
    P("content_type", STRING),
    REF("from_ref", BIT(EMAIL_ADDR)),
    REF("sender_ref", BIT(EMAIL_ADDR)),
    REFS("to_refs", BIT(EMAIL_ADDR)),
    REFS("cc_refs", BIT(EMAIL_ADDR)),
    REFS("bcc_refs", BIT(EMAIL_ADDR)),
    P("message_id", STRING),
    P("subject", STRING),
    LIST("received_lines", STRING),
    P("additional_header_fields", KEYS),
    P("body", STRING),
    STRUCTS("body_multipart", MIME_PART),
    REF("raw_email_ref", BIT(ARTIFACT)),
    END,
};
static const hmi_stix_property MIME_PART[] = {
    P("body", STRING),
    REF("body_raw_ref", BIT(ARTIFACT) | BIT(FILE)),
    P("content_type", STRING),
    P("content_disposition", STRING),
    END,
};
static const hmi_stix_property FILE_ROWS[] = {
    P("hashes", HASHES),
    SIZE("size"),
    P("name", STRING),
    P("name_enc", CHARSET),
    P("magic_number_hex", HEX),
    P("mime_type", MEDIA_TYPE),
    P("ctime", TIMESTAMP),
    P("mtime", TIMESTAMP),
    P("atime", TIMESTAMP),
    REF("parent_directory_ref", BIT(DIRECTORY)),
    REFS("contains_refs", HMI_STIX_SCOS | HMI_STIX_CUSTOM_BIT),
    REF("content_ref", BIT(ARTIFACT)),
    END,
};
static const hmi_stix_property IPV4_ADDR[] = {
    NEED("value", IPV4),
    REFS("resolves_to_refs", BIT(MAC_ADDR)),
    REFS("belongs_to_refs", BIT(AUTONOMOUS_SYSTEM)),
    END,
};
static const hmi_stix_property IPV6_ADDR[] = {
    NEED("value", IPV6),
    REFS("resolves_to_refs", BIT(MAC_ADDR)),
    REFS("belongs_to_refs", BIT(AUTONOMOUS_SYSTEM)),
    END,
};
static const hmi_stix_property MAC_ADDR[] = { NEED("value", MAC), END };
static const hmi_stix_property MUTEX[] = { NEED("name", STRING), END };
#define ENDPOINT (BIT(IPV4_ADDR) | BIT(IPV6_ADDR) | BIT(MAC_ADDR) | BIT(DOMAIN_NAME))
static const hmi_stix_property NETWORK_TRAFFIC[] = {
    P("start", TIMESTAMP),
    P("end", TIMESTAMP),
    P("is_active", BOOLEAN),
    REF("src_ref", ENDPOINT),
    REF("dst_ref", ENDPOINT),
    { "src_port", HMI_STIX_INTEGER, 0, 0, 0, 0, 65535 },
    { "dst_port", HMI_STIX_INTEGER, 0, 0, 0, 0, 65535 },
    { "protocols", HMI_STIX_PROTOCOL, HMI_STIX_REQUIRED | HMI_STIX_LIST, 0, 0, 0, 0 },
    SIZE("src_byte_count"),
    SIZE("dst_byte_count"),
    SIZE("src_packets"),
    SIZE("dst_packets"),
    { "ipfix", HMI_STIX_KEYS, 0, HMI_STIX_IPFIX, 0, 0, 0 },
    REF("src_payload_ref", BIT(ARTIFACT)),
    REF("dst_payload_ref", BIT(ARTIFACT)),
    REFS("encapsulates_refs", BIT(NETWORK_TRAFFIC)),
    REF("encapsulated_by_ref", BIT(NETWORK_TRAFFIC)),
    END,
};
static const hmi_stix_property PROCESS[] = {
    P("is_hidden", BOOLEAN),
    P("pid", INTEGER),
    P("created_time", TIMESTAMP),
    P("cwd", STRING),
    P("command_line", STRING),
    P("environment_variables", KEYS),
    REFS("opened_connection_refs", BIT(NETWORK_TRAFFIC)),
    REF("creator_user_ref", BIT(USER_ACCOUNT)),
    REF("image_ref", BIT(FILE)),
    REF("parent_ref", BIT(PROCESS)),
    REFS("child_refs", BIT(PROCESS)),
    END,
};
static const hmi_stix_property SOFTWARE[] = {
    NEED("name", STRING),
    P("cpe", CPE),
    P("swid", STRING),
    LIST("languages", LANGUAGE),
    P("vendor", STRING),
    P("version", STRING),
    END,
};
static const hmi_stix_property URL[] = { NEED("value", URI), END };
static const hmi_stix_property USER_ACCOUNT[] = {
    P("user_id", STRING),
    P("credential", STRING),
    P("account_login", STRING),
    OPEN("account_type", ACCOUNT_TYPE),
    P("display_name", STRING),
    P("is_service_account", BOOLEAN),
    P("is_privileged", BOOLEAN),
    P("can_escalate_privs", BOOLEAN),
    P("is_disabled", BOOLEAN),
    P("account_created", TIMESTAMP),
    P("account_expires", TIMESTAMP),
    P("credential_last_changed", TIMESTAMP),
    P("account_first_login", TIMESTAMP),
    P("account_last_login", TIMESTAMP),
    END,
};
static const hmi_stix_property WINDOWS_REGISTRY_KEY[] = {
    P("key", REGISTRY_PATH),       STRUCTS("values", REGISTRY_VALUE),
    P("modified_time", TIMESTAMP), REF("creator_user_ref", BIT(USER_ACCOUNT)),
    SIZE("number_of_subkeys"),     END,
};
static const hmi_stix_property REGISTRY_VALUE[] = {
    P("name", STRING),
    P("data", STRING),
    ENUM("data_type", REGISTRY_DATATYPE),
    END,
};
static const hmi_stix_property X509_CERTIFICATE[] = {
    P("is_self_signed", BOOLEAN),
    P("hashes", HASHES),
    P("version", STRING),
    P("serial_number", STRING),
    P("signature_algorithm", STRING),
    P("issuer", STRING),
    P("validity_not_before", TIMESTAMP),
    P("validity_not_after", TIMESTAMP),
    P("subject", STRING),
    P("subject_public_key_algorithm", STRING),
    P("subject_public_key_modulus", STRING),
    P("subject_public_key_exponent", INTEGER),
    STRUCT("x509_v3_extensions", X509_V3),
    END,
};
static const hmi_stix_property X509_V3[] = {
    P("basic_constraints", STRING),
    P("name_constraints", STRING),
    P("policy_constraints", STRING),
    P("key_usage", STRING),
    P("extended_key_usage", STRING),
    P("subject_key_identifier", STRING),
    P("authority_key_identifier", STRING),
    P("subject_alternative_name", STRING),
    P("issuer_alternative_name", STRING),
    P("subject_directory_attributes", STRING),
    P("crl_distribution_points", STRING),
    P("inhibit_any_policy", STRING),
    P("private_key_usage_period_not_before", TIMESTAMP),
    P("private_key_usage_period_not_after", TIMESTAMP),
    P("certificate_policies", STRING),
    P("policy_mappings", STRING),
    END,
};

/* -- Predefined extensions. */
static const hmi_stix_property ARCHIVE_EXT[] = {
    { "contains_refs", HMI_STIX_IDENTIFIER, HMI_STIX_REQUIRED | HMI_STIX_LIST, 0,
      BIT(FILE) | BIT(DIRECTORY), 0, 0 },
    P("comment", STRING),
    END,
};
static const hmi_stix_property NTFS_EXT[] = {
    P("sid", STRING),
    STRUCTS("alternate_data_streams", ALTERNATE_STREAM),
    END,
};
static const hmi_stix_property ALTERNATE_STREAM[] = {
    NEED("name", STRING),
    P("hashes", HASHES),
    SIZE("size"),
    END,
};
static const hmi_stix_property PDF_EXT[] = {
    P("version", STRING),
    P("is_optimized", BOOLEAN),
    { "document_info_dict", HMI_STIX_KEYS, 0, HMI_STIX_PDF_KEYS, 0, 0, 0 },
    P("pdfid0", STRING),
    P("pdfid1", STRING),
    END,
};
static const hmi_stix_property RASTER_IMAGE_EXT[] = {
    P("image_height", INTEGER),
    P("image_width", INTEGER),
    P("bits_per_pixel", INTEGER),
    P("exif_tags", KEYS),
    END,
};
static const hmi_stix_property WINDOWS_PEBINARY_EXT[] = {
    { "pe_type", HMI_STIX_OPEN, HMI_STIX_REQUIRED, HMI_STIX_PEBINARY_TYPE, 0, 0, 0 },
    P("imphash", STRING),
    P("machine_hex", HEX),
    SIZE("number_of_sections"),
    P("time_date_stamp", TIMESTAMP),
    P("pointer_to_symbol_table_hex", HEX),
    SIZE("number_of_symbols"),
    SIZE("size_of_optional_header"),
    P("characteristics_hex", HEX),
    P("file_header_hashes", HASHES),
    STRUCT("optional_header", PE_OPTIONAL_HEADER),
    STRUCTS("sections", PE_SECTION),
    END,
};
static const hmi_stix_property PE_OPTIONAL_HEADER[] = {
    P("magic_hex", HEX),
    P("major_linker_version", INTEGER),
    P("minor_linker_version", INTEGER),
    SIZE("size_of_code"),
    SIZE("size_of_initialized_data"),
    SIZE("size_of_uninitialized_data"),
    P("address_of_entry_point", INTEGER),
    P("base_of_code", INTEGER),
    P("base_of_data", INTEGER),
    P("image_base", INTEGER),
    P("section_alignment", INTEGER),
    P("file_alignment", INTEGER),
    P("major_os_version", INTEGER),
    P("minor_os_version", INTEGER),
    P("major_image_version", INTEGER),
    P("minor_image_version", INTEGER),
    P("major_subsystem_version", INTEGER),
    P("minor_subsystem_version", INTEGER),
    P("win32_version_value_hex", HEX),
    SIZE("size_of_image"),
    SIZE("size_of_headers"),
    P("checksum_hex", HEX),
    P("subsystem_hex", HEX),
    P("dll_characteristics_hex", HEX),
    SIZE("size_of_stack_reserve"),
    SIZE("size_of_stack_commit"),
    SIZE("size_of_heap_reserve"),
    SIZE("size_of_heap_commit"),
    P("loader_flags_hex", HEX),
    P("number_of_rva_and_sizes", INTEGER),
    P("hashes", HASHES),
    END,
};
static const hmi_stix_property PE_SECTION[] = {
    NEED("name", STRING), SIZE("size"), P("entropy", FLOAT), P("hashes", HASHES), END,
};
static const hmi_stix_property HTTP_REQUEST_EXT[] = {
    NEED("request_method", STRING),
    NEED("request_value", STRING),
    P("request_version", STRING),
    { "request_header", HMI_STIX_MULTI_KEYS, 0, HMI_STIX_HTTP_HEADERS, 0, 0, 0 },
    P("message_body_length", INTEGER),
    REF("message_body_data_ref", BIT(ARTIFACT)),
    END,
};
static const hmi_stix_property ICMP_EXT[] = {
    NEED("icmp_type_hex", HEX),
    NEED("icmp_code_hex", HEX),
    END,
};
static const hmi_stix_property SOCKET_EXT[] = {
    { "address_family", HMI_STIX_ENUM, HMI_STIX_REQUIRED, HMI_STIX_SOCKET_FAMILY, 0, 0, 0 },
    P("is_blocking", BOOLEAN),
    P("is_listening", BOOLEAN),
    { "options", HMI_STIX_KEYS, 0, HMI_STIX_SOCKET_OPTIONS, 0, 0, 0 },
    ENUM("socket_type", SOCKET_TYPE),
    SIZE("socket_descriptor"),
    P("socket_handle", INTEGER),
    END,
};
static const hmi_stix_property TCP_EXT[] = {
    P("src_flags_hex", HEX),
    P("dst_flags_hex", HEX),
    END,
};
static const hmi_stix_property WINDOWS_PROCESS_EXT[] = {
    P("aslr_enabled", BOOLEAN),
    P("dep_enabled", BOOLEAN),
    P("priority", STRING),
    P("owner_sid", STRING),
    P("window_title", STRING),
    P("startup_info", KEYS),
    ENUM("integrity_level", INTEGRITY_LEVEL),
    END,
};
static const hmi_stix_property WINDOWS_SERVICE_EXT[] = {
    P("service_name", STRING),
    LIST("descriptions", STRING),
    P("display_name", STRING),
    P("group_name", STRING),
    ENUM("start_type", SERVICE_START_TYPE),
    REFS("service_dll_refs", BIT(FILE)),
    ENUM("service_type", SERVICE_TYPE),
    ENUM("service_status", SERVICE_STATUS),
    END,
};
static const hmi_stix_property UNIX_ACCOUNT_EXT[] = {
    P("gid", INTEGER), LIST("groups", STRING), P("home_dir", STRING), P("shell", STRING), END,
};

#define SPACE(name, rows, number) [HMI_STIX_##name] = { rows, number, NULL, 0 }
#define EXT(name, key, type, number) [HMI_STIX_##name] = { name, number, key, HMI_STIX_##type }
const hmi_stix_properties hmi_stix_observables[HMI_STIX_SPACE_COUNT] = {
    SPACE(ARTIFACT, ARTIFACT, "6.1"),
    SPACE(AUTONOMOUS_SYSTEM, AUTONOMOUS_SYSTEM, "6.2"),
    SPACE(DIRECTORY, DIRECTORY, "6.3"),
    SPACE(DOMAIN_NAME, DOMAIN_NAME, "6.4"),
    SPACE(EMAIL_ADDR, EMAIL_ADDR, "6.5"),
    SPACE(EMAIL_MESSAGE, EMAIL_MESSAGE, "6.6"),
    SPACE(FILE, FILE_ROWS, "6.7"),
    SPACE(IPV4_ADDR, IPV4_ADDR, "6.8"),
    SPACE(IPV6_ADDR, IPV6_ADDR, "6.9"),
    SPACE(MAC_ADDR, MAC_ADDR, "6.10"),
    SPACE(MUTEX, MUTEX, "6.11"),
    SPACE(NETWORK_TRAFFIC, NETWORK_TRAFFIC, "6.12"),
    SPACE(PROCESS, PROCESS, "6.13"),
    SPACE(SOFTWARE, SOFTWARE, "6.14"),
    SPACE(URL, URL, "6.15"),
    SPACE(USER_ACCOUNT, USER_ACCOUNT, "6.16"),
    SPACE(WINDOWS_REGISTRY_KEY, WINDOWS_REGISTRY_KEY, "6.17"),
    SPACE(X509_CERTIFICATE, X509_CERTIFICATE, "6.18"),
    SPACE(MIME_PART, MIME_PART, "6.6.2"),
    SPACE(REGISTRY_VALUE, REGISTRY_VALUE, "6.17.2"),
    SPACE(X509_V3, X509_V3, "6.18.2"),
    SPACE(ALTERNATE_STREAM, ALTERNATE_STREAM, "6.7.3"),
    SPACE(PE_OPTIONAL_HEADER, PE_OPTIONAL_HEADER, "6.7.6"),
    SPACE(PE_SECTION, PE_SECTION, "6.7.6"),
    EXT(ARCHIVE_EXT, "archive-ext", FILE, "6.7.2"),
    EXT(NTFS_EXT, "ntfs-ext", FILE, "6.7.3"),
    EXT(PDF_EXT, "pdf-ext", FILE, "6.7.4"),
    EXT(RASTER_IMAGE_EXT, "raster-image-ext", FILE, "6.7.5"),
    EXT(WINDOWS_PEBINARY_EXT, "windows-pebinary-ext", FILE, "6.7.6"),
    EXT(HTTP_REQUEST_EXT, "http-request-ext", NETWORK_TRAFFIC, "6.12.2"),
    EXT(ICMP_EXT, "icmp-ext", NETWORK_TRAFFIC, "6.12.3"),
    EXT(SOCKET_EXT, "socket-ext", NETWORK_TRAFFIC, "6.12.4"),
    EXT(TCP_EXT, "tcp-ext", NETWORK_TRAFFIC, "6.12.5"),
    EXT(WINDOWS_PROCESS_EXT, "windows-process-ext", PROCESS, "6.13.2"),
    EXT(WINDOWS_SERVICE_EXT, "windows-service-ext", PROCESS, "6.13.3"),
    EXT(UNIX_ACCOUNT_EXT, "unix-account-ext", USER_ACCOUNT, "6.16.2"),
};
