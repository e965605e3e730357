/* SPDX-License-Identifier: Apache-2.0
 *
 * names.c - the table of field names, and how values of one record come together.
 *
 * WHY    A value's role is the difference between an intruder and his victim, and named formats say
 *        it in the name. One table makes ten formats agree.
 * FORM   Sources: Zeek's script reference; Suricata's EVE schema (etc/schema.json); W3C extended
 * log format and IIS; ArcSight CEF and QRadar LEEF keys; systemd.journal-fields(7); and for GENERIC
 * what shippers and exports commonly write (ECS names among them). TRUST  Names come from the file,
 * too: at most HMI_NAME_MAX bytes are looked at. OWNS   Nothing.
 */
#include "formats/record/names.h"

#include <string.h>

#include "base/num.h"

#define Z HMI_DIALECT_ZEEK
#define E HMI_DIALECT_EVE
#define W HMI_DIALECT_W3C
#define C HMI_DIALECT_CEF
#define J HMI_DIALECT_JOURNAL
#define G HMI_DIALECT_GENERIC
#define N HMI_DIALECT_WINDOWS
#define A HMI_DIALECT_AWS

enum { HASHES_MAX = 8 };

#define TIME_(name, dialects)              \
    {                                      \
        name, dialects, HMI_USE_TIME, 0, 0 \
    }
#define HOST(name, dialects, part)                       \
    {                                                    \
        name, dialects, HMI_USE_HOST, 0, HMI_ROLE_##part \
    }
#define LIST(name, dialects, part)                       \
    {                                                    \
        name, dialects, HMI_USE_LIST, 0, HMI_ROLE_##part \
    }
#define TEXT(name, dialects)               \
    {                                      \
        name, dialects, HMI_USE_TEXT, 0, 0 \
    }
#define USE(name, dialects, what)            \
    {                                        \
        name, dialects, HMI_USE_##what, 0, 0 \
    }
/* The role is that of the host when it stands alone. */
#define WEB(name, dialects, part)                            \
    {                                                        \
        name, dialects, HMI_USE_WEB_HOST, 0, HMI_ROLE_##part \
    }
#define HASH(name, dialects)                              \
    {                                                     \
        name, dialects, HMI_USE_HASH, 0, HMI_ROLE_CONTENT \
    }
#define HASHES(name, dialects)                              \
    {                                                       \
        name, dialects, HMI_USE_HASHES, 0, HMI_ROLE_CONTENT \
    }
#define VALUE(name, dialects, kind, part)                          \
    {                                                              \
        name, dialects, HMI_USE_VALUE, HMI_##kind, HMI_ROLE_##part \
    }

/* clang-format off */
static const hmi_name_rule RULES[] = {
    /* time */
    TIME_("ts", Z | G), TIME_("timestamp", E | G), TIME_("@timestamp", G), TIME_("time", G),
    TIME_("datetime", G), TIME_("eventtime", G), TIME_("date", G), TIME_("created", G),
    TIME_("utctime", G), TIME_("rt", C), TIME_("start", C), TIME_("devTime", C), TIME_("end", C),
    TIME_("__REALTIME_TIMESTAMP", J),
    /* who asked */
    HOST("id.orig_h", Z, CLIENT), HOST("src_ip", E | G, CLIENT), HOST("c-ip", W, CLIENT),
    HOST("src", C | Z | G, CLIENT), HOST("shost", C, CLIENT), HOST("sourceAddress", C, CLIENT),
    HOST("clientip", G, CLIENT), HOST("client", G, CLIENT), HOST("remoteaddr", G, CLIENT),
    HOST("remoteip", G, CLIENT), HOST("sourceip", G, CLIENT), HOST("srcip", G, CLIENT),
    HOST("sourceaddress", G, CLIENT), HOST("clientaddress", G, CLIENT), HOST("remotehost", G, CLIENT),
    HOST("ipaddress", G, CLIENT), HOST("rhost", G, CLIENT), HOST("source.ip", G, CLIENT),
    HOST("client.ip", G, CLIENT), HOST("sourceipaddress", G, CLIENT), HOST("peer", G, CLIENT),
    HOST("client_addr", Z, CLIENT), HOST("X-Forwarded-For", W, CLIENT), HOST("identSrc", C, CLIENT),
    LIST("tx_hosts", Z, SERVER), LIST("rx_hosts", Z, CLIENT), LIST("proxied", Z, CLIENT),
    LIST("http.xff", E, CLIENT), LIST("xforwardedfor", G, CLIENT), LIST("x_originating_ip", Z, SENDER),
    /* who answered */
    HOST("id.resp_h", Z, SERVER), HOST("dest_ip", E | G, SERVER), HOST("s-ip", W, SERVER),
    HOST("dst", C | Z | G, SERVER), HOST("dhost", C, SERVER), HOST("r-ip", W, SERVER),
    HOST("destinationip", G, SERVER), HOST("dstip", G, SERVER), HOST("destip", G, SERVER),
    HOST("serverip", G, SERVER), HOST("destinationaddress", G, SERVER), HOST("upstream", G, SERVER),
    HOST("destination.ip", G, SERVER), HOST("server.ip", G, SERVER), HOST("destinationhostname", G, SERVER),
    HOST("remote_location.host", Z, SERVER), HOST("server_addr", Z, SERVER),
    /* the machine that wrote the record */
    HOST("_HOSTNAME", J, HOST), HOST("hostname", G, HOST), HOST("computer", G, HOST),
    HOST("computername", G, HOST), HOST("dvchost", C, HOST), HOST("dvc", C, HOST), HOST("host.name", G, HOST),
    HOST("workstation", G, HOST), HOST("workstationname", G, CLIENT), HOST("s-computername", W, HOST),
    HOST("client_fqdn", Z, CLIENT), HOST("host_name", Z, CLIENT), HOST("assigned_addr", Z, CLIENT),
    VALUE("mac", Z | G, MAC_ADDRESS, CLIENT), VALUE("smac", C, MAC_ADDRESS, CLIENT),
    VALUE("dhcp.client_mac", E, MAC_ADDRESS, CLIENT), VALUE("ether.src_mac", E, MAC_ADDRESS, CLIENT),
    /* web */
    USE("method", Z | G, METHOD), USE("http.http_method", E, METHOD), USE("cs-method", W, METHOD),
    USE("requestMethod", C, METHOD), USE("requestmethod", G, METHOD), USE("verb", G, METHOD),
    USE("http.request.method", G, METHOD),
    USE("uri", Z | G, URI), USE("http.url", E, URI), USE("cs-uri-stem", W, URI), USE("cs-uri", W, URI),
    USE("request", C, URI), USE("url", G | C, URI), USE("requesturi", G, URI), USE("uripath", G, URI),
    USE("path", G, URI), USE("requesturl", G, URI), USE("url.original", G, URI), USE("url.full", G, URI),
    USE("cs-uri-query", W, QUERY), USE("uriquery", G, QUERY),
    WEB("host", Z, QUERY), WEB("host", G, HOST), WEB("http.hostname", E, QUERY), WEB("cs-host", W, SERVER),
    WEB("cs(Host)", W, SERVER), WEB("vhost", G, SERVER), WEB("httphost", G, SERVER),
    WEB("servername", G, SERVER), WEB("url.domain", G, QUERY),
    USE("http.http_port", E, PORT),
    USE("status_code", Z, STATUS), USE("http.status", E, STATUS), USE("sc-status", W, STATUS),
    USE("status", G, STATUS), USE("statuscode", G, STATUS), USE("http.response.status_code", G, STATUS),
    USE("response_body_len", Z, BYTES), USE("http.length", E, BYTES), USE("sc-bytes", W, BYTES),
    USE("out", C, BYTES), USE("bodybytessent", G, BYTES), USE("bytes", G, BYTES),
    VALUE("user_agent", Z, USER_AGENT, CLIENT), VALUE("http.http_user_agent", E, USER_AGENT, CLIENT),
    VALUE("cs(User-Agent)", W, USER_AGENT, CLIENT), VALUE("requestClientApplication", C, USER_AGENT, CLIENT),
    VALUE("useragent", G, USER_AGENT, CLIENT), VALUE("httpuseragent", G, USER_AGENT, CLIENT),
    VALUE("user_agent.original", G, USER_AGENT, CLIENT), VALUE("agent", G, USER_AGENT, CLIENT),
    VALUE("referrer", Z | G, URL, REFERRER), VALUE("http.http_refer", E, URL, REFERRER),
    VALUE("cs(Referer)", W, URL, REFERRER), VALUE("requestContext", C, URL, REFERRER),
    VALUE("referer", G, URL, REFERRER), VALUE("httpreferer", G, URL, REFERRER),
    VALUE("http.redirect", E, URL, SERVER),
    /* names asked for */
    HOST("query", Z | G, QUERY), HOST("dns.rrname", E, QUERY), HOST("dns.query.rrname", E, QUERY),
    HOST("dns.queries.rrname", E, QUERY), HOST("qname", G, QUERY), HOST("rrname", G, QUERY),
    HOST("queryname", G, QUERY), HOST("dns.question.name", G, QUERY), HOST("domain", G, QUERY),
    LIST("answers", Z, SERVER), HOST("dns.answers.rdata", E, SERVER), HOST("dns.rdata", E, SERVER),
    HOST("dns.grouped.A", E, SERVER), HOST("dns.grouped.AAAA", E, SERVER),
    HOST("dns.grouped.CNAME", E, SERVER), HOST("dns.grouped.NS", E, SERVER), HOST("dns.grouped.MX", E, SERVER),
    LIST("rdata", G, SERVER), HOST("destinationDnsDomain", C, QUERY),
    /* TLS and other fingerprints */
    USE("server_name", Z, TLS_NAME), USE("tls.sni", E, TLS_NAME), USE("quic.sni", E, TLS_NAME),
    USE("sni", G, TLS_NAME),
    VALUE("ja3", Z | G, JA3, CLIENT), VALUE("tls.ja3.hash", E, JA3, CLIENT),
    VALUE("quic.ja3.hash", E, JA3, CLIENT), VALUE("ja4", Z | G, JA4, CLIENT), VALUE("tls.ja4", E, JA4, CLIENT),
    VALUE("quic.ja4", E, JA4, CLIENT), LIST("cert_chain_fps", Z, SERVER), LIST("client_cert_chain_fps", Z, CLIENT),
    VALUE("fingerprint", Z, CERTIFICATE, SERVER),
    VALUE("client", Z, PROTOCOL_MARK, CLIENT), VALUE("server", Z, PROTOCOL_MARK, SERVER),
    VALUE("ssh.client.software_version", E, PROTOCOL_MARK, CLIENT),
    VALUE("ssh.server.software_version", E, PROTOCOL_MARK, SERVER),
    TEXT("tls.subject", E), TEXT("tls.issuerdn", E),
    /* people */
    VALUE("username", Z | G, ACCOUNT, USER), VALUE("user", Z | G, ACCOUNT, USER),
    VALUE("cs-username", W, ACCOUNT, USER), VALUE("suser", C, ACCOUNT, USER),
    VALUE("duser", C, ACCOUNT, USER), VALUE("usrName", C, ACCOUNT, USER), VALUE("accountname", G, ACCOUNT, USER),
    VALUE("remoteuser", G, ACCOUNT, USER), VALUE("targetusername", G, ACCOUNT, USER),
    VALUE("subjectusername", G, ACCOUNT, USER), VALUE("user.name", G, ACCOUNT, USER),
    VALUE("acct", G, ACCOUNT, USER), VALUE("login", G, ACCOUNT, USER), VALUE("account", G, ACCOUNT, USER),
    VALUE("cookie", Z, ACCOUNT, CLIENT),
    VALUE("snmp.usm", E, ACCOUNT, USER), VALUE("rdp.cookie", E, ACCOUNT, CLIENT),
    VALUE("smb.ntlmssp.user", E, ACCOUNT, USER), VALUE("password", Z, PASSWORD, USER),
    /* mail */
    VALUE("mailfrom", Z, MAIL, SENDER), VALUE("from", Z | G, MAIL, SENDER),
    LIST("rcptto", Z, RECIPIENT), LIST("to", Z | G, RECIPIENT), LIST("cc", Z, RECIPIENT),
    VALUE("reply_to", Z, MAIL, SENDER), VALUE("smtp.mail_from", E, MAIL, SENDER),
    VALUE("smtp.rcpt_to", E, MAIL, RECIPIENT), VALUE("email.from", E, MAIL, SENDER),
    VALUE("email.to", E, MAIL, RECIPIENT), VALUE("sender", G, MAIL, SENDER),
    VALUE("recipient", G, MAIL, RECIPIENT), VALUE("email", G, MAIL, CONTENT),
    /* files */
    HASH("md5", Z | G), HASH("sha1", Z | G), HASH("sha256", Z | G), HASH("fileinfo.md5", E),
    HASH("fileinfo.sha1", E), HASH("fileinfo.sha256", E), HASH("files.md5", E), HASH("files.sha256", E),
    HASH("fileHash", C), HASH("hash", G), HASH("filehash", G),
    VALUE("filename", Z | G, FILE_NAME, CONTENT), VALUE("fileinfo.filename", E, FILE_NAME, CONTENT),
    VALUE("files.filename", E, FILE_NAME, CONTENT), VALUE("fname", C, FILE_NAME, CONTENT),
    VALUE("filePath", C, FILE_PATH, CONTENT), VALUE("smb.filename", E, FILE_PATH, CONTENT),
    VALUE("smb.share", E, FILE_PATH, CONTENT),
    VALUE("image", G, FILE_PATH, CONTENT), VALUE("targetfilename", G, FILE_PATH, CONTENT),
    VALUE("processpath", G, FILE_PATH, CONTENT), VALUE("exe", G, FILE_PATH, CONTENT),
    VALUE("_EXE", J, FILE_PATH, CONTENT), VALUE("smb.named_pipe", E, PIPE_NAME, CONTENT),
    VALUE("commandline", G, COMMAND_LINE, CONTENT), VALUE("_CMDLINE", J, COMMAND_LINE, CONTENT),
    VALUE("processcommandline", G, COMMAND_LINE, CONTENT), VALUE("cmdline", G, COMMAND_LINE, CONTENT),
    VALUE("targetobject", G, REGISTRY_KEY, CONTENT), VALUE("servicename", G, SERVICE_NAME, CONTENT),
    /* AWS CloudTrail; passive DNS (COF) */
    TIME_("eventTime", A), HOST("sourceIPAddress", A, CLIENT), VALUE("userAgent", A, USER_AGENT, CLIENT),
    VALUE("userIdentity.userName", A, ACCOUNT, USER), VALUE("userIdentity.arn", A, ACCOUNT, USER),
    VALUE("userIdentity.accessKeyId", A, ACCOUNT, USER),
    VALUE("userIdentity.sessionContext.sessionIssuer.arn", A, ACCOUNT, USER),
    VALUE("requestParameters.userName", A, ACCOUNT, USER),
    VALUE("responseElements.accessKey.accessKeyId", A, ACCOUNT, USER),
    VALUE("requestParameters.roleArn", A, ACCOUNT, USER), TEXT("errorMessage", A),
    USE("responseElements.ConsoleLogin", A, OUTCOME), TIME_("time_first", G), TIME_("time_last", G),
    /* Windows event data (Security, Sysmon, System, TerminalServices, WMI, PowerShell) */
    HOST("IpAddress", N, CLIENT), HOST("SourceIp", N, CLIENT), HOST("SourceAddress", N, CLIENT),
    HOST("SourceHostname", N, CLIENT), HOST("WorkstationName", N, CLIENT), HOST("Workstation", N, CLIENT),
    HOST("ClientAddress", N, CLIENT), HOST("Address", N, CLIENT), HOST("ClientName", N | G, CLIENT),
    HOST("DestinationIp", N, SERVER), HOST("DestAddress", N | G, SERVER), HOST("TargetServerName", N | G, SERVER),
    HOST("DestinationHostname", N, SERVER), HOST("QueryName", N, QUERY), TEXT("QueryResults", N | G),
    VALUE("TargetUserName", N, ACCOUNT, USER), VALUE("SubjectUserName", N, ACCOUNT, USER),
    VALUE("User", N, ACCOUNT, USER), VALUE("SamAccountName", N | G, ACCOUNT, USER),
    VALUE("SourceUser", N | G, ACCOUNT, USER), VALUE("TargetUser", N | G, ACCOUNT, USER),
    VALUE("ParentUser", N | G, ACCOUNT, USER), VALUE("AccountName", N, ACCOUNT, USER),
    VALUE("Image", N, FILE_PATH, CONTENT), VALUE("ParentImage", N | G, FILE_PATH, CONTENT),
    VALUE("NewProcessName", N | G, FILE_PATH, CONTENT), VALUE("ParentProcessName", N | G, FILE_PATH, CONTENT),
    VALUE("ProcessName", N | G, FILE_PATH, CONTENT), VALUE("Application", N | G, FILE_PATH, CONTENT),
    VALUE("ImageLoaded", N | G, FILE_PATH, CONTENT), VALUE("SourceImage", N | G, FILE_PATH, CONTENT),
    VALUE("TargetImage", N | G, FILE_PATH, CONTENT), VALUE("TargetFilename", N, FILE_PATH, CONTENT),
    VALUE("ShareName", N | G, FILE_PATH, CONTENT), VALUE("ObjectName", N, FILE_PATH, CONTENT),
    VALUE("OriginalFileName", N | G, FILE_NAME, CONTENT), VALUE("RelativeTargetName", N | G, FILE_NAME, CONTENT),
    VALUE("CommandLine", N, COMMAND_LINE, CONTENT), VALUE("ParentCommandLine", N | G, COMMAND_LINE, CONTENT),
    VALUE("ImagePath", N | G, COMMAND_LINE, CONTENT), VALUE("ServiceFileName", N | G, COMMAND_LINE, CONTENT),
    VALUE("ServiceName", N, SERVICE_NAME, CONTENT), VALUE("TaskName", N | G, SERVICE_NAME, CONTENT),
    VALUE("PipeName", N | G, PIPE_NAME, CONTENT), VALUE("TargetObject", N, REGISTRY_KEY, CONTENT),
    HASHES("Hashes", N | G), HASHES("Hash", N), TEXT("ScriptBlockText", N | G), TEXT("Details", N),
    TEXT("TaskContent", N), TEXT("Payload", N), TEXT("ContextInfo", N), TEXT("Destination", N),
    TEXT("param1", N), TEXT("param2", N), TEXT("Param1", N), TEXT("Param2", N), TEXT("Param3", N),

    /* what others concluded */
    VALUE("alert.signature", E, RULE_HIT, DERIVED), VALUE("note", Z, RULE_HIT, DERIVED),
    VALUE("alert.metadata.mitre_technique_id", E, TECHNIQUE, DERIVED),
    VALUE("tls.fingerprint", E, CERTIFICATE, SERVER),
    TEXT("msg", Z | C | G), TEXT("sub", Z), TEXT("message", G), TEXT("MESSAGE", J), TEXT("reason", C),
    TEXT("subject", Z | G), TEXT("command", Z), TEXT("arg", Z), TEXT("email.subject", E),
    TEXT("description", G), TEXT("body", G), TEXT("anomaly.event", E), TEXT("error", G), TEXT("log", G),
    /* flows */
    USE("orig_ip_bytes", Z, BYTES_UP), USE("request_body_len", Z, BYTES_UP),
    USE("flow.bytes_toserver", E, BYTES_UP), USE("netflow.bytes", E, BYTES_UP), USE("cs-bytes", W, BYTES_UP),
    USE("bytesout", G, BYTES_UP), USE("source.bytes", G, BYTES_UP), USE("sentbytes", G, BYTES_UP),
    USE("resp_ip_bytes", Z, BYTES), USE("flow.bytes_toclient", E, BYTES), USE("destination.bytes", G, BYTES),
    USE("id.resp_p", Z, SERVER_PORT), USE("dest_port", E | G, SERVER_PORT), USE("s-port", W, SERVER_PORT),
    USE("dpt", C, SERVER_PORT), USE("dstPort", C, SERVER_PORT), USE("dstport", G, SERVER_PORT),
    USE("destinationport", G, SERVER_PORT), USE("destination.port", G, SERVER_PORT),
    USE("duration", Z, DURATION), USE("flow.age", E, DURATION), USE("netflow.age", E, DURATION),
    USE("conn_state", Z, STATE), USE("flow.state", E, STATE), USE("flow.start", E, START),
    USE("rcode_name", Z, RCODE), USE("dns.rcode", E, RCODE), USE("rcode", G, RCODE),
    USE("dns.response_code", G, RCODE),
    USE("eventid", G, CODE), USE("event.code", G, CODE), USE("channel", G, CHANNEL),
    USE("auth_success", Z, OUTCOME), USE("outcome", C | G, OUTCOME),
};
/* clang-format on */

static bool is_filler(uint8_t c)
{
    return c == '_' || c == '-' || c == '.' || c == ' ';
}

/* GENERIC names are compared without case and fillers: src_ip, SrcIP and "src ip" are one. */
static size_t fold(hm_bytes name, bool generic, char *out)
{
    size_t len = 0;
    for (size_t i = 0; i < name.len && len < HMI_NAME_MAX; i++) {
        if (!generic) {
            out[len++] = (char)name.ptr[i];
        } else if (!is_filler(name.ptr[i])) {
            out[len++] = hmi_ascii_lower((char)name.ptr[i]);
        }
    }
    return len;
}

const hmi_name_rule *hmi_name_find(hmi_dialect dialect, hm_bytes name)
{
    bool generic = dialect == HMI_DIALECT_GENERIC;
    char asked[HMI_NAME_MAX], known[HMI_NAME_MAX];
    if (name.len == 0 || name.len > HMI_NAME_MAX) {
        return NULL;
    }
    size_t asked_len = fold(name, generic, asked);
    for (size_t i = 0; i < HMI_COUNT(RULES); i++) {
        if (!(RULES[i].dialects & dialect)) {
            continue;
        }
        size_t known_len = fold(hmi_text_bytes(hmi_text_of(RULES[i].name)), generic, known);
        if (known_len == asked_len && memcmp(known, asked, known_len) == 0) {
            return &RULES[i];
        }
    }
    return NULL;
}

/* ---- Assembly */

static uint64_t read_number(hm_bytes digits)
{
    uint64_t value = 0;
    for (size_t i = 0; i < digits.len && i < 18 && hmi_ascii_digit((char)digits.ptr[i]); i++) {
        value = value * 10 + (uint64_t)(digits.ptr[i] - '0');
    }
    return value;
}

static void put_hash(hmi_event *event, const hmi_name_rule *rule, hm_bytes raw)
{
    hmi_class class_id = raw.len == 64    ? HMI_SHA256
                         : raw.len == 40  ? HMI_SHA1
                         : raw.len == 32  ? HMI_MD5
                         : raw.len == 128 ? HMI_SHA512
                                          : HMI_CLASS_NONE;
    if (class_id != HMI_CLASS_NONE) {
        hmi_event_add(event, class_id, (hmi_role)rule->role, raw);
    }
}

/* Sysmon writes all digests into one field, each with its kind. */
static void put_hashes(hmi_event *event, const hmi_name_rule *rule, hm_bytes raw)
{
    hm_text rest = hmi_text((const char *)raw.ptr, raw.len), one;
    for (unsigned n = 0; n < HASHES_MAX && hmi_split(&rest, ',', &one); n++) {
        hm_bytes pair = hmi_text_bytes(hmi_text_trim(one));
        size_t equals = hmi_find_byte(pair, '=');
        size_t begin = equals == HMI_NPOS ? 0 : equals + 1;
        hm_bytes value = hmi_slice(pair, begin, pair.len);
        if (hmi_text_istarts(one, HM_TEXT("imphash="))) {
            hmi_event_add(event, HMI_IMPORT_HASH, (hmi_role)rule->role, value);
        } else {
            put_hash(event, rule, value);
        }
    }
}

/* Members of a list carry their class in their shape. */
static void put_member(hmi_event *event, const hmi_name_rule *rule, hm_bytes raw,
                       hmi_spelling spelling)
{
    bool hex64 = raw.len == 64;
    for (size_t i = 0; i < raw.len && hex64; i++) {
        hex64 = hmi_hex_digit((char)raw.ptr[i]) >= 0;
    }
    if (hmi_find_byte(raw, '@') != HMI_NPOS) {
        hmi_event_add_spelled(event, HMI_MAIL, (hmi_role)rule->role, raw, spelling);
    } else if (hex64) {
        hmi_event_add(event, HMI_CERTIFICATE, (hmi_role)rule->role, raw);
    } else if (hmi_find_byte(raw, ' ') == HMI_NPOS) {
        hmi_event_add_host(event, (hmi_role)rule->role, raw, NULL);
    }
}

static void put_outcome(hmi_event *event, hm_bytes raw)
{
    static const char *const good[] = { "T", "true", "success", "succeeded", "accepted" };
    static const char *const bad[] = { "F", "false", "failure", "failed", "denied" };
    hm_text word = hmi_text((const char *)raw.ptr, raw.len);
    for (size_t i = 0; i < HMI_COUNT(good); i++) {
        if (hmi_text_ieq(word, hmi_text_of(good[i]))) {
            event->outcome = HMI_OUTCOME_SUCCESS;
        } else if (hmi_text_ieq(word, hmi_text_of(bad[i]))) {
            event->outcome = HMI_OUTCOME_FAILURE;
        }
    }
}

typedef struct word_meaning {
    hm_text word;
    hmi_outcome outcome;
} word_meaning;

/* Zeek's conn_state; Suricata's flow.state, of which "new" is one that was never answered. */
static const word_meaning STATES[] = {
    { HM_TEXT_INIT("S0"), HMI_OUTCOME_FAILURE },
    { HM_TEXT_INIT("REJ"), HMI_OUTCOME_FAILURE },
    { HM_TEXT_INIT("RSTOS0"), HMI_OUTCOME_FAILURE },
    { HM_TEXT_INIT("RSTRH"), HMI_OUTCOME_FAILURE },
    { HM_TEXT_INIT("SH"), HMI_OUTCOME_FAILURE },
    { HM_TEXT_INIT("SHR"), HMI_OUTCOME_FAILURE },
    { HM_TEXT_INIT("new"), HMI_OUTCOME_FAILURE },
    { HM_TEXT_INIT("SF"), HMI_OUTCOME_SUCCESS },
    { HM_TEXT_INIT("S1"), HMI_OUTCOME_SUCCESS },
    { HM_TEXT_INIT("S2"), HMI_OUTCOME_SUCCESS },
    { HM_TEXT_INIT("S3"), HMI_OUTCOME_SUCCESS },
    { HM_TEXT_INIT("RSTO"), HMI_OUTCOME_SUCCESS },
    { HM_TEXT_INIT("RSTR"), HMI_OUTCOME_SUCCESS },
    { HM_TEXT_INIT("established"), HMI_OUTCOME_SUCCESS },
    { HM_TEXT_INIT("closed"), HMI_OUTCOME_SUCCESS },
};
static const word_meaning RCODES[] = {
    { HM_TEXT_INIT("NOERROR"), HMI_OUTCOME_SUCCESS },
    { HM_TEXT_INIT("NXDOMAIN"), HMI_OUTCOME_FAILURE },
    { HM_TEXT_INIT("3"), HMI_OUTCOME_FAILURE },
    { HM_TEXT_INIT("0"), HMI_OUTCOME_SUCCESS },
};

static void put_meaning(hmi_event *event, const word_meaning *list, size_t count, hm_bytes raw)
{
    for (size_t i = 0; i < count; i++) {
        if (raw.len == list[i].word.len && raw.ptr[0] == (uint8_t)list[i].word.ptr[0] &&
            hmi_bytes_eq(raw, hmi_text_bytes(list[i].word))) {
            event->outcome = list[i].outcome;
            return;
        }
    }
}

/* "12.345" seconds. */
static uint64_t read_seconds_us(hm_bytes raw)
{
    size_t dot = hmi_find_byte(raw, '.');
    hm_bytes whole = hmi_slice(raw, 0, hmi_min(dot, 9)), part = { NULL, 0 };
    if (dot != HMI_NPOS) {
        part = hmi_slice(raw, dot + 1, 6);
    }
    uint64_t us = read_number(whole) * 1000000, fraction = read_number(part);
    for (size_t i = part.len; i < 6; i++) {
        fraction *= 10;
    }
    return us + fraction;
}

void hmi_assembly_put(hmi_assembly *assembly, hmi_event *event, const hmi_name_rule *rule,
                      hm_bytes raw, hmi_spelling spelling)
{
    if (raw.len == 0 || (raw.len == 1 && raw.ptr[0] == '-')) {
        return;
    }
    switch ((hmi_use)rule->use) {
    case HMI_USE_VALUE:
        hmi_event_add_spelled(event, (hmi_class)rule->class_id, (hmi_role)rule->role, raw,
                              spelling);
        break;
    case HMI_USE_HOST:
        hmi_event_add_host(event, (hmi_role)rule->role, raw, NULL);
        break;
    case HMI_USE_LIST:
        put_member(event, rule, raw, spelling);
        break;
    case HMI_USE_TEXT:
        hmi_event_add_spelled(event, HMI_CLASS_NONE, HMI_ROLE_CONTENT, raw, spelling);
        break;
    case HMI_USE_METHOD:
        assembly->method = raw;
        break;
    case HMI_USE_URI:
        assembly->uri = raw;
        assembly->spelling = spelling;
        break;
    case HMI_USE_QUERY:
        assembly->query = raw;
        break;
    case HMI_USE_WEB_HOST:
        assembly->host = raw;
        assembly->host_role = (hmi_role)rule->role;
        break;
    case HMI_USE_PORT:
        assembly->port = (uint16_t)read_number(hmi_slice(raw, 0, 5));
        break;
    case HMI_USE_STATUS:
        event->status = (uint16_t)(raw.len == 3 ? read_number(raw) : 0);
        break;
    case HMI_USE_BYTES:
        event->bytes = read_number(raw);
        break;
    case HMI_USE_HASH:
        put_hash(event, rule, raw);
        break;
    case HMI_USE_HASHES:
        put_hashes(event, rule, raw);
        break;
    case HMI_USE_TLS_NAME:
        hmi_event_add_host(event, HMI_ROLE_QUERY, raw, NULL);
        break;
    case HMI_USE_OUTCOME:
        put_outcome(event, raw);
        break;
    case HMI_USE_BYTES_UP:
        event->bytes_up = read_number(raw);
        break;
    case HMI_USE_SERVER_PORT:
        event->server_port = (uint16_t)read_number(hmi_slice(raw, 0, 5));
        break;
    case HMI_USE_DURATION:
        event->duration_us = read_seconds_us(raw);
        break;
    case HMI_USE_STATE:
        put_meaning(event, STATES, HMI_COUNT(STATES), raw);
        break;
    case HMI_USE_RCODE:
        put_meaning(event, RCODES, HMI_COUNT(RCODES), raw);
        break;
    case HMI_USE_START: {
        hmi_instant start = HMI_INSTANT_NONE;
        if (hmi_any_time_parse(raw, &start)) {
            event->time = start;
        }
        break;
    }
    case HMI_USE_CODE:
        event->code = raw.len <= 9 ? (uint32_t)read_number(raw) : 0;
        break;
    case HMI_USE_CHANNEL:
        event->source = raw;
        break;
    case HMI_USE_NONE:
    case HMI_USE_TIME:
        break;
    }
}

static hm_bytes join(hmi_arena *scratch, const hm_bytes *parts, size_t count)
{
    size_t len = 0;
    for (size_t i = 0; i < count; i++) {
        len += parts[i].len;
    }
    uint8_t *out = hmi_arena_take(scratch, len, 1), *at = out;
    for (size_t i = 0; out != NULL && i < count; i++) {
        if (parts[i].len > 0) {
            memcpy(at, parts[i].ptr, parts[i].len);
        }
        at += parts[i].len;
    }
    return (hm_bytes){ out, out ? len : 0 };
}

static bool is_absolute(hm_bytes uri)
{
    return uri.len > 0 && uri.ptr[0] != '/' && hmi_find(uri, HM_BYTES("://")) != HMI_NPOS;
}

void hmi_assembly_end(const hmi_assembly *a, hmi_event *event, hmi_arena *scratch)
{
    hm_bytes uri = a->uri;
    bool query = a->query.len > 0 && !(a->query.len == 1 && a->query.ptr[0] == '-');
    if (uri.len > 0 && query) {
        hm_bytes parts[] = { uri, HM_BYTES("?"), a->query };
        uri = join(scratch, parts, HMI_COUNT(parts));
    }
    bool absolute = is_absolute(uri), path = uri.len > 0 && uri.ptr[0] == '/';
    if (absolute) {
        hmi_event_add_spelled(event, HMI_URL, HMI_ROLE_QUERY, uri, a->spelling);
    }
    if (path && a->method.len > 0) {
        hm_bytes parts[] = { a->method, HM_BYTES(" "), uri };
        hmi_event_add_spelled(event, HMI_REQUEST_SHAPE, HMI_ROLE_QUERY,
                              join(scratch, parts, HMI_COUNT(parts)), a->spelling);
    }
    if (a->host.len == 0) {
        return;
    }
    bool web = uri.len > 0 || a->method.len > 0;
    hmi_role role = web && a->host_role == HMI_ROLE_HOST ? HMI_ROLE_QUERY : a->host_role;
    if (path && role == HMI_ROLE_QUERY) {
        hm_bytes parts[] = { a->port == 443 ? HM_BYTES("https://") : HM_BYTES("http://"), a->host,
                             uri };
        hmi_event_add_spelled(event, HMI_URL, HMI_ROLE_QUERY,
                              join(scratch, parts, HMI_COUNT(parts)), a->spelling);
    } else {
        hmi_event_add_host(event, role, a->host, NULL);
    }
}

/* ---- Moments */

bool hmi_epoch_parse(hm_bytes digits, hmi_instant *ret)
{
    uint64_t whole = 0, fraction = 0;
    size_t i = 0, places = 0;
    for (; i < digits.len && i < 19 && hmi_ascii_digit((char)digits.ptr[i]); i++) {
        whole = whole * 10 + (uint64_t)(digits.ptr[i] - '0');
    }
    size_t whole_len = i;
    if (i < digits.len && digits.ptr[i] == '.') {
        for (i++; i < digits.len && hmi_ascii_digit((char)digits.ptr[i]); i++) {
            fraction = places < 6 ? fraction * 10 + (uint64_t)(digits.ptr[i] - '0') : fraction;
            places += places < 6;
        }
    }
    if (whole_len < 8 || i != digits.len) {
        return false;
    }
    for (; places < 6; places++) {
        fraction *= 10;
    }
    /* 11 digits of seconds reach the year 5138 */
    int64_t us = whole_len <= 11   ? (int64_t)(whole * 1000000 + fraction)
                 : whole_len <= 14 ? (int64_t)(whole * 1000 + fraction / 1000)
                 : whole_len <= 17 ? (int64_t)whole
                                   : (int64_t)(whole / 1000);
    *ret = (hmi_instant){ .us = us };
    return us <= INT64_C(253402300799999999);
}

bool hmi_any_time_parse(hm_bytes raw, hmi_instant *ret)
{
    return hmi_epoch_parse(raw, ret) ||
           hmi_time_parse_rfc3339(hmi_text((const char *)raw.ptr, raw.len), ret);
}
