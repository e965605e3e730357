/* SPDX-License-Identifier: Apache-2.0
 *
 * sigma_source.c - which log sources of Sigma rules does an event belong to?
 *
 * WHY    A rule for registry changes must not be asked of a process start that happens to have the
 *        same field. Windows events say by channel and number what they are; of other events the
 *        user says it, or every rule is asked.
 * FORM   Rows: channel, first and last EventID, categories, service.
 * OWNS   Nothing: the table is constant.
 */
#include "detect/sigma_inside.h"

#define SYSMON "Microsoft-Windows-Sysmon/Operational"

static const struct row {
    const char *channel;
    uint16_t first, last;
    hmi_sigma_source source;
} ROWS[] = {
#define ROW(channel, first, last, categories, service)                               \
    {                                                                                \
        channel, first, last,                                                        \
        {                                                                            \
            HM_TEXT_INIT("windows"), HM_TEXT_INIT(categories), HM_TEXT_INIT(service) \
        }                                                                            \
    }
    ROW(SYSMON, 1, 1, "process_creation", "sysmon"),
    ROW(SYSMON, 2, 2, "file_change", "sysmon"),
    ROW(SYSMON, 3, 3, "network_connection", "sysmon"),
    ROW(SYSMON, 4, 4, "sysmon_status", "sysmon"),
    ROW(SYSMON, 5, 5, "process_termination", "sysmon"),
    ROW(SYSMON, 6, 6, "driver_load", "sysmon"),
    ROW(SYSMON, 7, 7, "image_load", "sysmon"),
    ROW(SYSMON, 8, 8, "create_remote_thread", "sysmon"),
    ROW(SYSMON, 9, 9, "raw_access_thread", "sysmon"),
    ROW(SYSMON, 10, 10, "process_access", "sysmon"),
    ROW(SYSMON, 11, 11, "file_event", "sysmon"),
    ROW(SYSMON, 12, 12, "registry_event registry_add registry_delete", "sysmon"),
    ROW(SYSMON, 13, 13, "registry_event registry_set", "sysmon"),
    ROW(SYSMON, 14, 14, "registry_event registry_rename", "sysmon"),
    ROW(SYSMON, 15, 15, "create_stream_hash", "sysmon"),
    ROW(SYSMON, 16, 16, "sysmon_status", "sysmon"),
    ROW(SYSMON, 17, 18, "pipe_created", "sysmon"),
    ROW(SYSMON, 19, 21, "wmi_event", "sysmon"),
    ROW(SYSMON, 22, 22, "dns_query", "sysmon"),
    ROW(SYSMON, 23, 23, "file_delete", "sysmon"),
    ROW(SYSMON, 24, 24, "clipboard_capture", "sysmon"),
    ROW(SYSMON, 25, 25, "process_tampering", "sysmon"),
    ROW(SYSMON, 26, 26, "file_delete", "sysmon"),
    ROW(SYSMON, 27, 27, "file_block_executable", "sysmon"),
    ROW(SYSMON, 28, 28, "file_block_shredding", "sysmon"),
    ROW(SYSMON, 29, 29, "file_executable_detected", "sysmon"),
    ROW(SYSMON, 255, 255, "sysmon_error", "sysmon"),
    ROW("Security", 4688, 4688, "process_creation", "security"),
    ROW("Security", 4657, 4657, "registry_event registry_set", "security"),
    ROW("Security", 5156, 5156, "network_connection", "security"),
    ROW("Security", 0, 65535, "", "security"),
    ROW("System", 0, 65535, "", "system"),
    ROW("Application", 0, 65535, "", "application"),
    ROW("Windows PowerShell", 400, 400, "ps_classic_start", "powershell-classic"),
    ROW("Windows PowerShell", 600, 600, "ps_classic_provider_start", "powershell-classic"),
    ROW("Windows PowerShell", 0, 65535, "", "powershell-classic"),
    ROW("Microsoft-Windows-PowerShell/Operational", 4103, 4103, "ps_module", "powershell"),
    ROW("Microsoft-Windows-PowerShell/Operational", 4104, 4104, "ps_script", "powershell"),
    ROW("Microsoft-Windows-PowerShell/Operational", 0, 65535, "", "powershell"),
    ROW("PowerShellCore/Operational", 4103, 4103, "ps_module", "powershell"),
    ROW("PowerShellCore/Operational", 4104, 4104, "ps_script", "powershell"),
    ROW("Microsoft-Windows-Kernel-File/Analytic", 0, 65535, "file_access", ""),
#define SERVICE(channel, service) ROW(channel, 0, 65535, "", service)
    SERVICE("Microsoft-Windows-Windows Defender/Operational", "windefend"),
    SERVICE("Microsoft-Windows-TaskScheduler/Operational", "taskscheduler"),
    SERVICE("Microsoft-Windows-WMI-Activity/Operational", "wmi"),
    SERVICE("Microsoft-Windows-NTLM/Operational", "ntlm"),
    SERVICE("Microsoft-Windows-CodeIntegrity/Operational", "codeintegrity-operational"),
    SERVICE("Microsoft-Windows-AppXDeploymentServer/Operational", "appxdeployment-server"),
    SERVICE("Microsoft-Windows-AppxPackaging/Operational", "appxpackaging-om"),
    SERVICE("Microsoft-Windows-AppModel-Runtime/Admin", "appmodel-runtime"),
    SERVICE("Microsoft-Windows-Bits-Client/Operational", "bits-client"),
    SERVICE("Microsoft-Windows-DNS-Client/Operational", "dns-client"),
    SERVICE("DNS Server", "dns-server"),
    SERVICE("Microsoft-Windows-DNS-Server/Analytical", "dns-server-analytic"),
    SERVICE("Microsoft-Windows-DNS-Server/Audit", "dns-server-audit"),
    SERVICE("Microsoft-IIS-Configuration/Operational", "iis-configuration"),
    SERVICE("MSExchange Management", "msexchange-management"),
    SERVICE("Microsoft-Windows-Windows Firewall With Advanced Security/Firewall", "firewall-as"),
    SERVICE("Microsoft-Windows-Security-Mitigations/KernelMode", "security-mitigations"),
    SERVICE("Microsoft-Windows-Security-Mitigations/UserMode", "security-mitigations"),
    SERVICE("Microsoft-Windows-AppLocker/EXE and DLL", "applocker"),
    SERVICE("Microsoft-Windows-AppLocker/MSI and Script", "applocker"),
    SERVICE("Microsoft-Windows-AppLocker/Packaged app-Deployment", "applocker"),
    SERVICE("Microsoft-Windows-AppLocker/Packaged app-Execution", "applocker"),
    SERVICE("Microsoft-Windows-SmbClient/Connectivity", "smbclient-connectivity"),
    SERVICE("Microsoft-Windows-SmbClient/Security", "smbclient-security"),
    SERVICE("Microsoft-Windows-SMBServer/Connectivity", "smbserver-connectivity"),
    SERVICE("Microsoft-Windows-PrintService/Admin", "printservice-admin"),
    SERVICE("Microsoft-Windows-PrintService/Operational", "printservice-operational"),
    SERVICE("Microsoft-ServiceBus-Client", "microsoft-servicebus-client"),
    SERVICE("Microsoft-Windows-TerminalServices-LocalSessionManager/Operational",
            "terminalservices-localsessionmanager"),
    SERVICE("Microsoft-Windows-Shell-Core/Operational", "shell-core"),
    SERVICE("Microsoft-Windows-CertificateServicesClient-Lifecycle-System/Operational",
            "certificateservicesclient-lifecycle-system"),
    SERVICE("Microsoft-Windows-DriverFrameworks-UserMode/Operational", "driver-framework"),
    SERVICE("Microsoft-Windows-LDAP-Client/Debug", "ldap"),
    SERVICE("Microsoft-Windows-Diagnosis-Scripted/Operational", "diagnosis-scripted"),
    SERVICE("Microsoft-Windows-LSA/Operational", "lsa-server"),
    SERVICE("OpenSSH/Operational", "openssh"),
    SERVICE("Microsoft-Windows-CAPI2/Operational", "capi2"),
#undef SERVICE
#undef ROW
};

/* A channel that no row knows is Windows all the same. */
static const hmi_sigma_source WINDOWS = { HM_TEXT_INIT("windows"), HM_TEXT_INIT("-"),
                                          HM_TEXT_INIT("-") };

const hmi_sigma_source *hmi_sigma_source_of(hm_text channel, hm_text event_id)
{
    uint64_t id = 0;
    if (channel.len == 0) {
        return NULL;
    }
    (void)hmi_decimal(event_id, 65535, &id);
    for (size_t i = 0; i < HMI_COUNT(ROWS); i++) {
        if (id >= ROWS[i].first && id <= ROWS[i].last &&
            hmi_text_ieq(channel, hmi_text_of(ROWS[i].channel))) {
            return &ROWS[i].source;
        }
    }
    return &WINDOWS;
}

static bool among(hm_text words, hm_text word)
{
    hm_text part;
    while (hmi_split(&words, ' ', &part)) {
        if (hmi_text_ieq(part, word)) {
            return true;
        }
    }
    return false;
}

bool hmi_sigma_source_fits(const hmi_sigma_source *rule, const hmi_sigma_source *event)
{
    return (rule->product.len == 0 || event->product.len == 0 ||
            hmi_text_ieq(rule->product, event->product)) &&
           (rule->category.len == 0 || among(event->category, rule->category)) &&
           (rule->service.len == 0 || among(event->service, rule->service));
}
