/* SPDX-License-Identifier: Apache-2.0
 *
 * openioc.c - OpenIOC's terms.
 *
 * FORM   The terms of Mandiant's and Redline's published lists (OpenIOC 1.0 and 1.1). The first row
 *        of a class is how it is written.
 */
#include "trait/openioc.h"

static const hmi_openioc_term TERMS[] = {
    { HMI_MD5, "FileItem/Md5sum", "md5" },
    { HMI_SHA1, "FileItem/Sha1sum", "sha1" },
    { HMI_SHA256, "FileItem/Sha256sum", "sha256" },
    { HMI_MD5, "TaskItem/md5sum", "md5" },
    { HMI_MD5, "DriverItem/Md5sum", "md5" },
    { HMI_MD5, "ServiceItem/pathmd5sum", "md5" },
    { HMI_MD5, "ServiceItem/serviceDLLmd5sum", "md5" },
    { HMI_MD5, "ProcessItem/SectionList/MemorySection/Md5sum", "md5" },
    { HMI_FILE_NAME, "FileItem/FileName", "string" },
    { HMI_FILE_PATH, "FileItem/FullPath", "string" },
    { HMI_FILE_PATH, "FileItem/FilePath", "string" },
    { HMI_FILE_PATH, "ProcessItem/path", "string" },
    { HMI_FILE_PATH, "ServiceItem/path", "string" },
    { HMI_FILE_PATH, "ServiceItem/serviceDLL", "string" },
    { HMI_FILE_NAME, "ProcessItem/name", "string" },
    { HMI_FILE_NAME, "FileDownloadHistoryItem/FileName", "string" },
    { HMI_COMMAND_LINE, "ProcessItem/arguments", "string" },
    { HMI_MUTEX, "ProcessItem/HandleList/Handle/Name", "string" },
    { HMI_SERVICE_NAME, "ServiceItem/name", "string" },
    { HMI_REGISTRY_KEY, "RegistryItem/KeyPath", "string" },
    { HMI_REGISTRY_KEY, "RegistryItem/Path", "string" },
    { HMI_PDB_PATH, "FileItem/PEInfo/PdbPath", "string" },
    { HMI_STRING, "FileItem/StringList/string", "string" },
    { HMI_STRING, "ProcessItem/StringList/string", "string" },
    { HMI_DOMAIN, "Network/DNS", "string" },
    { HMI_DOMAIN, "DnsEntryItem/Host", "string" },
    { HMI_DOMAIN, "DnsEntryItem/RecordName", "string" },
    { HMI_DOMAIN, "UrlHistoryItem/HostName", "string" },
    { HMI_ADDRESS, "PortItem/remoteIP", "IP" },
    { HMI_ADDRESS, "RouteEntryItem/Destination", "IP" },
    { HMI_ADDRESS, "DnsEntryItem/RecordData/IPv4Address", "IP" },
    { HMI_ADDRESS, "ProcessItem/PortList/PortItem/remoteIP", "IP" },
    { HMI_ADDRESS, "Network/IP", "IP" },
    { HMI_URL, "Network/URI", "string" },
    { HMI_URL, "UrlHistoryItem/URL", "string" },
    { HMI_URL, "FileDownloadHistoryItem/SourceURL", "string" },
    { HMI_USER_AGENT, "Network/UserAgent", "string" },
    { HMI_MAIL, "Email/From", "string" },
    { HMI_MAIL, "Email/ReplyTo", "string" },
};

const hmi_openioc_term *hmi_openioc_of_class(hmi_class class_id)
{
    for (size_t i = 0; i < HMI_COUNT(TERMS); i++) {
        if (TERMS[i].class_id == class_id) {
            return &TERMS[i];
        }
    }
    return NULL;
}

const hmi_openioc_term *hmi_openioc_of_search(hm_text search)
{
    for (size_t i = 0; i < HMI_COUNT(TERMS); i++) {
        if (hmi_text_ieq(search, hmi_text_of(TERMS[i].search))) {
            return &TERMS[i];
        }
    }
    return NULL;
}
