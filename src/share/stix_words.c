/* SPDX-License-Identifier: Apache-2.0
 *
 * stix_words.c - the vocabularies and enumerations of section 10, and the few lists of other
 * standards that property tables point to.
 *
 * FORM   One text a vocabulary, words separated by blanks. The errata's own slip in section 10.17
 *        ("AF_ISOCK_DGRAMNET", two words run together) is taken beside the word that was meant.
 *        Header and option names are those in common use: what is not among them is a warning.
 */
#include "share/stix_table.h"

const hmi_stix_words hmi_stix_vocabularies[HMI_STIX_VOCABULARY_COUNT] = {
    [HMI_STIX_ACCOUNT_TYPE] = { "account-type-ov", "10.1",
                                "facebook ldap nis openid radius skype tacacs twitter unix "
                                "windows-local "
                                "windows-domain" },
    [HMI_STIX_ATTACK_MOTIVATION] = { "attack-motivation-ov", "10.2",
                                     "accidental coercion dominance ideology notoriety "
                                     "organizational-gain personal-gain "
                                     "personal-satisfaction revenge unpredictable" },
    [HMI_STIX_ATTACK_RESOURCE_LEVEL] = { "attack-resource-level-ov", "10.3",
                                         "individual club contest team organization government" },
    [HMI_STIX_ENCRYPTION_ALGORITHM] = { "encryption-algorithm-enum", "10.4",
                                        "AES-256-GCM ChaCha20-Poly1305 mime-type-indicated" },
    [HMI_STIX_EXTENSION_TYPE] = { "extension-type-enum", "10.5",
                                  "new-sdo new-sco new-sro property-extension "
                                  "toplevel-property-extension" },
    [HMI_STIX_GROUPING_CONTEXT] = { "grouping-context-ov", "10.6",
                                    "suspicious-activity malware-analysis unspecified" },
    [HMI_STIX_HASH_ALGORITHM] = { "hash-algorithm-ov", "10.7",
                                  "MD5 SHA-1 SHA-256 SHA-512 SHA3-256 SHA3-512 SSDEEP TLSH" },
    [HMI_STIX_IDENTITY_CLASS] = { "identity-class-ov", "10.8",
                                  "individual group system organization class unknown" },
    [HMI_STIX_IMPLEMENTATION_LANGUAGE] = { "implementation-language-ov", "10.9",
                                           "applescript bash c c++ c# go java javascript lua "
                                           "objective-c perl php powershell "
                                           "python ruby rust scala swift typescript visual-basic "
                                           "x86-32 x86-64" },
    [HMI_STIX_INDICATOR_TYPE] = { "indicator-type-ov", "10.10",
                                  "anomalous-activity anonymization benign compromised "
                                  "malicious-activity attribution "
                                  "unknown" },
    [HMI_STIX_INDUSTRY_SECTOR] = { "industry-sector-ov", "10.11",
                                   "agriculture aerospace automotive chemical commercial "
                                   "communications construction "
                                   "defense education energy entertainment financial-services "
                                   "government "
                                   "emergency-services government-local government-national "
                                   "government-public-services "
                                   "government-regional healthcare hospitality-leisure "
                                   "infrastructure dams nuclear water "
                                   "insurance legal manufacturing mining non-profit "
                                   "pharmaceuticals retail technology "
                                   "telecommunications transportation utilities" },
    [HMI_STIX_INFRASTRUCTURE_TYPE] = { "infrastructure-type-ov", "10.12",
                                       "amplification anonymization botnet command-and-control "
                                       "control-system exfiltration "
                                       "firewall hosting-malware hosting-target-lists phishing "
                                       "reconnaissance "
                                       "routers-switches staging workstation unknown" },
    [HMI_STIX_MALWARE_CAPABILITIES] = { "malware-capabilities-ov", "10.13",
                                        "accesses-remote-machines anti-debugging anti-disassembly "
                                        "anti-emulation "
                                        "anti-memory-forensics anti-sandbox anti-vm "
                                        "captures-input-peripherals "
                                        "captures-output-peripherals captures-system-state-data "
                                        "cleans-traces-of-infection "
                                        "commits-fraud communicates-with-c2 "
                                        "compromises-data-availability "
                                        "compromises-data-integrity "
                                        "compromises-system-availability controls-local-machine "
                                        "degrades-security-software degrades-system-updates "
                                        "determines-c2-server emails-spam "
                                        "escalates-privileges evades-av exfiltrates-data "
                                        "fingerprints-host hides-artifacts "
                                        "hides-executing-code infects-files "
                                        "infects-remote-machines installs-other-components "
                                        "persists-after-system-reboot prevents-artifact-access "
                                        "prevents-artifact-deletion "
                                        "probes-network-environment self-modifies "
                                        "steals-authentication-credentials "
                                        "violates-system-operational-integrity" },
    [HMI_STIX_MALWARE_RESULT] = { "malware-result-ov", "10.14",
                                  "malicious suspicious benign unknown" },
    [HMI_STIX_MALWARE_TYPE] = { "malware-type-ov", "10.15",
                                "adware backdoor bot bootkit ddos downloader dropper exploit-kit "
                                "keylogger ransomware "
                                "remote-access-trojan resource-exploitation "
                                "rogue-security-software rootkit "
                                "screen-capture spyware trojan unknown virus webshell wiper worm" },
    [HMI_STIX_SOCKET_FAMILY] = { "network-socket-address-family-enum", "10.16",
                                 "AF_UNSPEC AF_INET AF_IPX AF_APPLETALK AF_NETBIOS AF_INET6 "
                                 "AF_IRDA AF_BTH" },
    [HMI_STIX_SOCKET_TYPE] = { "network-socket-type-enum", "10.17",
                               "SOCK_STREAM AF_ISOCK_DGRAMNET SOCK_DGRAM SOCK_RAW SOCK_RDM "
                               "SOCK_SEQPACKET" },
    [HMI_STIX_OPINION_ENUM] = { "opinion-enum", "10.18",
                                "strongly-disagree disagree neutral agree strongly-agree" },
    [HMI_STIX_PATTERN_TYPE] = { "pattern-type-ov", "10.19", "stix pcre sigma snort suricata yara" },
    [HMI_STIX_PROCESSOR] = { "processor-architecture-ov", "10.20",
                             "alpha arm ia-64 mips powerpc sparc x86 x86-64" },
    [HMI_STIX_REGION] = { "region-ov", "10.21",
                          "africa eastern-africa middle-africa northern-africa southern-africa "
                          "western-africa "
                          "americas caribbean central-america latin-america-caribbean "
                          "northern-america "
                          "south-america asia central-asia eastern-asia southern-asia "
                          "south-eastern-asia "
                          "western-asia europe eastern-europe northern-europe southern-europe "
                          "western-europe "
                          "oceania antarctica australia-new-zealand melanesia micronesia "
                          "polynesia" },
    [HMI_STIX_REPORT_TYPE] = { "report-type-ov", "10.22",
                               "attack-pattern campaign identity incident indicator intrusion-set "
                               "malware "
                               "observed-data threat-actor threat-report tool vulnerability" },
    [HMI_STIX_THREAT_ACTOR_TYPE] = { "threat-actor-type-ov", "10.23",
                                     "activist competitor crime-syndicate criminal hacker "
                                     "insider-accidental "
                                     "insider-disgruntled nation-state private-sector "
                                     "sensationalist spy terrorist unknown" },
    [HMI_STIX_THREAT_ACTOR_ROLE] = { "threat-actor-role-ov", "10.24",
                                     "agent director independent infrastructure-architect "
                                     "infrastructure-operator "
                                     "malware-author sponsor" },
    [HMI_STIX_SOPHISTICATION] = { "threat-actor-sophistication-ov", "10.25",
                                  "none minimal intermediate advanced expert innovator strategic" },
    [HMI_STIX_TOOL_TYPE] = { "tool-type-ov", "10.26",
                             "denial-of-service exploitation information-gathering network-capture "
                             "credential-exploitation remote-access vulnerability-scanning "
                             "unknown" },
    [HMI_STIX_INTEGRITY_LEVEL] = { "windows-integrity-level-enum", "10.27",
                                   "low medium high system" },
    [HMI_STIX_PEBINARY_TYPE] = { "windows-pebinary-type-ov", "10.28", "dll exe sys" },
    [HMI_STIX_REGISTRY_DATATYPE] = { "windows-registry-datatype-enum", "10.29",
                                     "REG_NONE REG_SZ REG_EXPAND_SZ REG_BINARY REG_DWORD "
                                     "REG_DWORD_BIG_ENDIAN "
                                     "REG_DWORD_LITTLE_ENDIAN REG_LINK REG_MULTI_SZ "
                                     "REG_RESOURCE_LIST "
                                     "REG_FULL_RESOURCE_DESCRIPTION REG_RESOURCE_REQUIREMENTS_LIST "
                                     "REG_QWORD "
                                     "REG_INVALID_TYPE" },
    [HMI_STIX_SERVICE_START_TYPE] = { "windows-service-start-type-enum", "10.30",
                                      "SERVICE_AUTO_START SERVICE_BOOT_START SERVICE_DEMAND_START "
                                      "SERVICE_DISABLED "
                                      "SERVICE_SYSTEM_ALERT" },
    [HMI_STIX_SERVICE_TYPE] = { "windows-service-type-enum", "10.31",
                                "SERVICE_KERNEL_DRIVER SERVICE_FILE_SYSTEM_DRIVER "
                                "SERVICE_WIN32_OWN_PROCESS "
                                "SERVICE_WIN32_SHARE_PROCESS" },
    [HMI_STIX_SERVICE_STATUS] = { "windows-service-status-enum", "10.32",
                                  "SERVICE_CONTINUE_PENDING SERVICE_PAUSE_PENDING SERVICE_PAUSED "
                                  "SERVICE_RUNNING "
                                  "SERVICE_START_PENDING SERVICE_STOP_PENDING SERVICE_STOPPED" },
    [HMI_STIX_COUNTRIES] = { "ISO 3166-1 alpha-2", "4.10",
                             "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH "
                             "BI BJ BL BM BN "
                             "BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU "
                             "CV CW CX CY CZ "
                             "DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE "
                             "GF GG GH GI GL "
                             "GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ "
                             "IR IS IT JE JM "
                             "JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV "
                             "LY MA MC MD ME "
                             "MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF "
                             "NG NI NL NO NP "
                             "NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU "
                             "RW SA SB SC SD "
                             "SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ "
                             "TK TL TM TN TO "
                             "TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA "
                             "ZM ZW" },
    [HMI_STIX_PDF_KEYS] = { "PDF document information", "6.7.4",
                            "Title Author Subject Keywords Creator Producer CreationDate ModDate "
                            "Trapped" },
    [HMI_STIX_HTTP_HEADERS] = { "HTTP request headers", "6.12.2",
                                "Accept Accept-Charset Accept-Encoding Accept-Language "
                                "Accept-Datetime Authorization "
                                "Cache-Control Connection Cookie Content-Length Content-MD5 "
                                "Content-Type Date Expect "
                                "Forwarded From Host If-Match If-Modified-Since If-None-Match "
                                "If-Range "
                                "If-Unmodified-Since Max-Forwards Origin Pragma "
                                "Proxy-Authorization Range Referer TE "
                                "User-Agent Upgrade Via Warning X-Requested-With DNT "
                                "X-Forwarded-For X-Forwarded-Host "
                                "X-Forwarded-Proto Front-End-Https X-Http-Method-Override "
                                "X-ATT-DeviceId "
                                "X-Wap-Profile Proxy-Connection X-UIDH X-Csrf-Token X-Request-ID "
                                "X-Correlation-ID" },
    [HMI_STIX_SOCKET_OPTIONS] = { "socket options", "6.12.4",
                                  "ICMP6_FILTER IP_ADD_MEMBERSHIP IP_ADD_SOURCE_MEMBERSHIP "
                                  "IP_BIND_ADDRESS_NO_PORT "
                                  "IP_BLOCK_SOURCE IP_DONTFRAGMENT IP_DROP_MEMBERSHIP "
                                  "IP_DROP_SOURCE_MEMBERSHIP "
                                  "IP_FREEBIND IP_HDRINCL IP_MSFILTER IP_MTU IP_MTU_DISCOVER "
                                  "IP_MULTICAST_ALL "
                                  "IP_MULTICAST_IF IP_MULTICAST_LOOP IP_MULTICAST_TTL IP_NODEFRAG "
                                  "IP_OPTIONS "
                                  "IP_ORIGINAL_ARRIVAL_IF IP_PKTINFO IP_RECEIVE_BROADCAST "
                                  "IP_RECVDSTADDR IP_RECVERR "
                                  "IP_RECVIF IP_RECVOPTS IP_RECVORIGDSTADDR IP_RECVTOS IP_RECVTTL "
                                  "IP_RETOPTS "
                                  "IP_ROUTER_ALERT IP_TOS IP_TRANSPARENT IP_TTL IP_UNBLOCK_SOURCE "
                                  "IP_UNICAST_IF "
                                  "IP_WFP_REDIRECT_CONTEXT IP_WFP_REDIRECT_RECORDS "
                                  "IPV6_ADD_MEMBERSHIP IPV6_CHECKSUM "
                                  "IPV6_DONTFRAG IPV6_DROP_MEMBERSHIP IPV6_DSTOPTS IPV6_HDRINCL "
                                  "IPV6_HOPLIMIT "
                                  "IPV6_HOPOPTS IPV6_JOIN_GROUP IPV6_LEAVE_GROUP IPV6_MTU "
                                  "IPV6_MTU_DISCOVER "
                                  "IPV6_MULTICAST_HOPS IPV6_MULTICAST_IF IPV6_MULTICAST_LOOP "
                                  "IPV6_NEXTHOP IPV6_PATHMTU "
                                  "IPV6_PKTINFO IPV6_PROTECTION_LEVEL IPV6_RECVDSTOPTS "
                                  "IPV6_RECVHOPLIMIT "
                                  "IPV6_RECVHOPOPTS IPV6_RECVIF IPV6_RECVPATHMTU IPV6_RECVPKTINFO "
                                  "IPV6_RECVRTHDR "
                                  "IPV6_RECVTCLASS IPV6_RTHDR IPV6_TCLASS IPV6_UNICAST_HOPS "
                                  "IPV6_UNICAST_IF "
                                  "IPV6_UNICAT_HOPS IPV6_USE_MIN_MTU IPV6_V6ONLY IRLMP_9WIRE_MODE "
                                  "IRLMP_DISCOVERY_MODE "
                                  "IRLMP_ENUMDEVICES IRLMP_EXCLUSIVE_MODE IRLMP_IAS_QUERY "
                                  "IRLMP_IAS_SET "
                                  "IRLMP_IRLPT_MODE IRLMP_PARAMETERS IRLMP_SEND_PDU_LEN "
                                  "IRLMP_SHARP_MODE "
                                  "IRLMP_TINYTP_MODE MCAST_BLOCK_SOURCE MCAST_JOIN_GROUP "
                                  "MCAST_JOIN_SOURCE_GROUP "
                                  "MCAST_LEAVE_GROUP MCAST_LEAVE_SOURCE_GROUP MCAST_UNBLOCK_SOURCE "
                                  "SO_ACCEPTCONN "
                                  "SO_ATTACH_BPF SO_ATTACH_FILTER SO_ATTACH_REUSEPORT_CBPF "
                                  "SO_BINDTODEVICE SO_BROADCAST "
                                  "SO_BSDCOMPAT SO_BSP_STATE SO_BUSY_POLL SO_CONDITIONAL_ACCEPT "
                                  "SO_CONFIRM_NAME "
                                  "SO_CONNDATA SO_CONNDATALEN SO_CONNECT_TIME SO_CONNOPT "
                                  "SO_CONNOPTLEN SO_DEBUG "
                                  "SO_DEREGISTER_NAME SO_DETACH_FILTER SO_DISCDATA SO_DISCDATALEN "
                                  "SO_DISCOPT "
                                  "SO_DISCOPTLEN SO_DOMAIN SO_DONTLINGER SO_DONTROUTE SO_ERROR "
                                  "SO_EXCLUSIVEADDRUSE "
                                  "SO_GETLOCALZONES SO_GETMYZONE SO_GETNETINFO SO_GETZONELIST "
                                  "SO_GROUP_ID "
                                  "SO_GROUP_PRIORITY SO_INCOMING_CPU SO_KEEPALIVE SO_LINGER "
                                  "SO_LOOKUP_MYZONE "
                                  "SO_LOOKUP_NAME SO_LOOKUP_NETDEF_ON_ADAPTER SO_LOOKUP_ZONES "
                                  "SO_LOOKUP_ZONES_ON_ADAPTER SO_MARK SO_MAX_MSG_SIZE SO_MAXDG "
                                  "SO_MAXPATHDG "
                                  "SO_OOBINLINE SO_OPENTYPE SO_PAP_GET_SERVER_STATUS "
                                  "SO_PAP_PRIME_READ "
                                  "SO_PAP_SET_SERVER_STATUS SO_PASSCRED SO_PASSSEC SO_PAUSE_ACCEPT "
                                  "SO_PEEK_OFF "
                                  "SO_PEERCRED SO_PORT_SCALABILITY SO_PRIORITY SO_PROTOCOL "
                                  "SO_PROTOCOL_INFO "
                                  "SO_PROTOCOL_INFOA SO_PROTOCOL_INFOW SO_RANDOMIZE_PORT SO_RCVBUF "
                                  "SO_RCVBUFFORCE "
                                  "SO_RCVLOWAT SO_RCVTIMEO SO_REGISTER_NAME SO_REMOVE_NAME "
                                  "SO_REUSE_MULTICASTPORT "
                                  "SO_REUSE_UNICASTPORT SO_REUSEADDR SO_REUSEPORT SO_RXQ_OVFL "
                                  "SO_SNDBUF SO_SNDBUFFORCE "
                                  "SO_SNDLOWAT SO_SNDTIMEO SO_TIMESTAMP SO_TYPE "
                                  "SO_UPDATE_ACCEPT_CONTEXT "
                                  "SO_UPDATE_CONNECT_CONTEXT SO_USELOOPBACK TCP_BSDURGENT "
                                  "TCP_CONGESTION TCP_CORK "
                                  "TCP_DEFER_ACCEPT TCP_EXPEDITED_1122 TCP_FASTOPEN TCP_INFO "
                                  "TCP_KEEPCNT TCP_KEEPIDLE "
                                  "TCP_KEEPINTVL TCP_LINGER2 TCP_MAXRT TCP_MAXSEG TCP_NODELAY "
                                  "TCP_QUICKACK TCP_SYNCNT "
                                  "TCP_TIMESTAMPS TCP_USER_TIMEOUT TCP_WINDOW_CLAMP" },
    [HMI_STIX_IPFIX] = { "IPFIX information elements", "6.12", NULL },
};
