/* SPDX-License-Identifier: Apache-2.0
 *
 * export_network.c - indicators for Zeek, rules and lists for Suricata.
 *
 * FORM   Zeek: a tab-separated table that begins with "#fields"; what would break a row is \xNN.
 *        Suricata: one rule a value; in content what the parser reads itself stands as |NN|.
 *        Numbers are from the range for local rules (1,000,000 to 1,999,999) and follow from the
 *        value, so that the same value keeps its number from one export to the next. Lists: strings
 *        in base64, hashes as hexadecimal, addresses as they are.
 * TRUST  Values are the attacker's: none may end a field, a string or a rule.
 * OWNS   The table of numbers given away, while writing.
 */
#include <stdlib.h>

#include "base/error.h"
#include "tell/export.h"

/* ---- Zeek */

static const struct {
    hmi_class class_id;
    const char *type;
} ZEEK[] = {
    { HMI_ADDRESS, "Intel::ADDR" },
    { HMI_RANGE, "Intel::SUBNET" },
    { HMI_DOMAIN, "Intel::DOMAIN" },
    { HMI_ONION, "Intel::DOMAIN" },
    { HMI_URL, "Intel::URL" },
    { HMI_MAIL, "Intel::EMAIL" },
    { HMI_MD5, "Intel::FILE_HASH" },
    { HMI_SHA1, "Intel::FILE_HASH" },
    { HMI_SHA256, "Intel::FILE_HASH" },
    { HMI_FILE_NAME, "Intel::FILE_NAME" },
    { HMI_USER_AGENT, "Intel::SOFTWARE" },
};

static void add_zeek(hmi_buf *out, hm_text text)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = (uint8_t)text.ptr[i];
        if (c < 0x20 || c == 0x7f || c == '\\') {
            hmi_buf_printf(out, "\\x%02x", c);
        } else {
            hmi_buf_add_u8(out, c);
        }
    }
}

/* Zeek knows URLs without their scheme. */
static hm_text without_scheme(hm_text url)
{
    size_t at = hmi_find(hmi_text_bytes(url), HM_BYTES("://"));
    return at == HMI_NPOS ? url : hmi_text_slice(url, at + 3, url.len);
}

int hmi_export_zeek(const hmi_export *e, hmi_buf *out, hm_err *err)
{
    hm_text title = hmi_export_title(e);
    hmi_buf_add_cstr(out, "#fields\tindicator\tindicator_type\tmeta.source\tmeta.desc\n");
    for (size_t i = 0; i < e->count; i++) {
        const char *type = NULL;
        for (size_t k = 0; k < HMI_COUNT(ZEEK); k++) {
            type = ZEEK[k].class_id == e->traits[i].class_id ? ZEEK[k].type : type;
        }
        hm_text value = e->traits[i].value;
        value = e->traits[i].class_id == HMI_URL ? without_scheme(value) : value;
        if (type == NULL || value.len == 0 || hmi_text_is(value, "-")) {
            continue;
        }
        add_zeek(out, value);
        hmi_buf_printf(out, "\t%s\thallmark\t", type);
        add_zeek(out, title);
        hmi_buf_printf(out, " (%s)\n", e->tlp->name);
    }
    return hmi_buf_check(out, err);
}

/* ---- Suricata: numbers */

enum { SID_FIRST = 1000000, SID_COUNT = 1000000 };

typedef struct rules {
    const hmi_export *e;
    hmi_buf *out;
    uint8_t *taken; /* a bit a number */
} rules;

static uint32_t take_sid(rules *r, hmi_key key, uint32_t turn)
{
    uint32_t at = (uint32_t)((hmi_key_high(key) + turn) % SID_COUNT);
    while ((r->taken[at / 8] >> at % 8 & 1) != 0) {
        at = (at + 1) % SID_COUNT;
    }
    r->taken[at / 8] = (uint8_t)(r->taken[at / 8] | 1u << at % 8);
    return SID_FIRST + at;
}

/* ---- Suricata: texts */

static bool is_plain_char(uint8_t c)
{
    return hmi_ascii_alnum((char)c) || c == ' ' || c == '.' || c == '_' || c == '-';
}

/* A message has no escapes that all versions agree on: what is not plain is an underscore. */
static void add_message(hmi_buf *out, hm_text text, size_t max)
{
    for (size_t i = 0; i < text.len && i < max; i++) {
        hmi_buf_add_char(out, is_plain_char((uint8_t)text.ptr[i]) ? text.ptr[i] : '_');
    }
}

static void add_content(hmi_buf *out, hm_text text)
{
    static const char HEX[] = "0123456789ABCDEF";
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = (uint8_t)text.ptr[i];
        if (is_plain_char(c) || c == '/' || c == '?' || c == '=' || c == '&') {
            hmi_buf_add_u8(out, c);
        } else {
            hmi_buf_add_char(out, '|');
            hmi_buf_add_char(out, HEX[c >> 4]);
            hmi_buf_add_char(out, HEX[c & 15]);
            hmi_buf_add_char(out, '|');
        }
    }
}

static void begin_rule(rules *r, const char *head, const char *what)
{
    hmi_buf_printf(r->out, "alert %s (msg:\"hallmark ", head);
    add_message(r->out, hmi_export_title(r->e), 60);
    hmi_buf_printf(r->out, " %s\"; ", what);
}

static void end_rule(rules *r, const hmi_incident_trait *t, uint32_t turn)
{
    hmi_buf_printf(r->out, "classtype:trojan-activity; metadata:tlp %s; sid:%u; rev:1;)\n",
                   r->e->tlp->value, (unsigned)take_sid(r, t->key, turn));
}

/* Longest text that one content takes in every version. */
enum { CONTENT_MAX = 255 };

static void address_rule(rules *r, const hmi_incident_trait *t)
{
    hmi_buf_add_cstr(r->out, "alert ip any any <> ["); /* colons of IPv6 stand only in brackets */
    hmi_buf_add_text(r->out, t->value);
    hmi_buf_add_cstr(r->out, "] any (msg:\"hallmark ");
    add_message(r->out, hmi_export_title(r->e), 60);
    hmi_buf_add_cstr(r->out, " address\"; ");
    end_rule(r, t, 0);
}

/* The name itself and all below it, asked for, in a handshake, in a request. */
static void domain_rules(rules *r, const hmi_incident_trait *t)
{
    static const struct {
        const char *head, *what, *buffer, *nocase;
    } PLACES[] = { { "dns any any -> any any", "name asked for", "dns.query", " nocase;" },
                   { "tls any any -> any any", "name in TLS", "tls.sni", " nocase;" },
                   { "http any any -> any any", "host", "http.host", "" } };
    for (size_t i = 0; i < HMI_COUNT(PLACES); i++) {
        begin_rule(r, PLACES[i].head, PLACES[i].what);
        hmi_buf_printf(r->out, "%s; dotprefix; content:\".", PLACES[i].buffer);
        add_content(r->out, t->value);
        hmi_buf_printf(r->out, "\";%s endswith; ", PLACES[i].nocase);
        end_rule(r, t, (uint32_t)i);
    }
}

static bool url_rule(rules *r, const hmi_incident_trait *t)
{
    hm_text rest = without_scheme(t->value);
    if (!hmi_text_istarts(t->value, HM_TEXT("http://"))) {
        return false; /* what TLS hides no rule sees */
    }
    size_t slash = hmi_find_byte(hmi_text_bytes(rest), '/');
    hm_text host = hmi_text_slice(rest, 0, slash == HMI_NPOS ? rest.len : slash);
    hm_text path = slash == HMI_NPOS ? HM_TEXT("/") : hmi_text_slice(rest, slash, rest.len);
    size_t at = hmi_find_byte(hmi_text_bytes(host), '@');
    host = at == HMI_NPOS ? host : hmi_text_slice(host, at + 1, host.len);
    size_t port = hmi_find_last_byte(hmi_text_bytes(host), ':');
    if (port != HMI_NPOS && hmi_find_byte(hmi_text_bytes(host), ']') == HMI_NPOS) {
        host = hmi_text_slice(host, 0, port);
    }
    if (host.len == 0 || host.len > CONTENT_MAX || path.len > CONTENT_MAX) {
        return false;
    }
    begin_rule(r, "http any any -> any any", "URL");
    hmi_buf_add_cstr(r->out, "http.host; content:\"");
    add_content(r->out, host);
    hmi_buf_printf(r->out, "\"; bsize:%zu; http.uri; content:\"", host.len);
    add_content(r->out, path);
    hmi_buf_add_cstr(r->out, "\"; startswith; ");
    end_rule(r, t, 0);
    return true;
}

static void whole_rule(rules *r, const hmi_incident_trait *t, const char *head, const char *what,
                       const char *buffer)
{
    begin_rule(r, head, what);
    hmi_buf_printf(r->out, "%s; content:\"", buffer);
    add_content(r->out, t->value);
    hmi_buf_printf(r->out, "\"; bsize:%zu; ", t->value.len);
    end_rule(r, t, 0);
}

static bool one_rule(rules *r, const hmi_incident_trait *t)
{
    if (t->value.len == 0 || t->value.len > CONTENT_MAX) {
        return false;
    }
    switch ((int)t->class_id) {
    case HMI_ADDRESS:
    case HMI_RANGE:
        address_rule(r, t);
        return true;
    case HMI_DOMAIN:
    case HMI_ONION:
        domain_rules(r, t);
        return true;
    case HMI_URL:
        return url_rule(r, t);
    case HMI_USER_AGENT:
        whole_rule(r, t, "http any any -> any any", "user agent", "http.user_agent");
        return true;
    case HMI_JA3:
        whole_rule(r, t, "tls any any -> any any", "JA3", "ja3.hash");
        return true;
    default:
        return false;
    }
}

int hmi_export_suricata(const hmi_export *e, hmi_buf *out, hm_err *err)
{
    rules r = { .e = e, .out = out, .taken = hmi_new_array(e->arena, uint8_t, SID_COUNT / 8) };
    if (r.taken == NULL) {
        return hmi_arena_fail(e->arena, err);
    }
    hmi_buf_printf(out, "# %s\n", e->tlp->name);
    for (size_t i = 0; i < e->count; i++) {
        (void)one_rule(&r, &e->traits[i]);
    }
    return hmi_buf_check(out, err);
}

/* ---- Suricata: lists */

static void add_base64(hmi_buf *out, hm_text text)
{
    static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < text.len; i += 3) {
        uint32_t bits = (uint32_t)(uint8_t)text.ptr[i] << 16;
        bits |= i + 1 < text.len ? (uint32_t)(uint8_t)text.ptr[i + 1] << 8 : 0;
        bits |= i + 2 < text.len ? (uint32_t)(uint8_t)text.ptr[i + 2] : 0;
        hmi_buf_add_char(out, DIGITS[bits >> 18]);
        hmi_buf_add_char(out, DIGITS[bits >> 12 & 63]);
        hmi_buf_add_char(out, i + 1 < text.len ? DIGITS[bits >> 6 & 63] : '=');
        hmi_buf_add_char(out, i + 2 < text.len ? DIGITS[bits & 63] : '=');
    }
}

static const struct list {
    const char *file;
    hmi_class class_id;
    bool base64;
    const char *rule; /* NAME stands in the file's name */
} LISTS[HMI_EXPORT_FILES - 1] = {
    { "hallmark-domains.lst", HMI_DOMAIN, true,
      "dns any any -> any any (msg:\"hallmark name asked for\"; dns.query; "
      "dataset:isset,hallmark-domains,type string,load hallmark-domains.lst;" },
    { "hallmark-user-agents.lst", HMI_USER_AGENT, true,
      "http any any -> any any (msg:\"hallmark user agent\"; http.user_agent; "
      "dataset:isset,hallmark-user-agents,type string,load hallmark-user-agents.lst;" },
    { "hallmark-ja3.lst", HMI_JA3, true,
      "tls any any -> any any (msg:\"hallmark JA3\"; ja3.hash; "
      "dataset:isset,hallmark-ja3,type string,load hallmark-ja3.lst;" },
    { "hallmark-addresses.lst", HMI_ADDRESS, false,
      "ip any any -> any any (msg:\"hallmark address\"; ip.dst; "
      "dataset:isset,hallmark-addresses,type ip,load hallmark-addresses.lst;" },
    { "hallmark-md5.lst", HMI_MD5, false,
      "http any any -> any any (msg:\"hallmark file\"; filemd5:hallmark-md5.lst;" },
    { "hallmark-sha1.lst", HMI_SHA1, false,
      "http any any -> any any (msg:\"hallmark file\"; filesha1:hallmark-sha1.lst;" },
    { "hallmark-sha256.lst", HMI_SHA256, false,
      "http any any -> any any (msg:\"hallmark file\"; filesha256:hallmark-sha256.lst;" },
};

int hmi_export_datasets(const hmi_export *e, hmi_export_file files[HMI_EXPORT_FILES], hm_err *err)
{
    hmi_export_file *table = &files[HMI_EXPORT_FILES - 1];
    table->name = "hallmark.rules";
    hmi_buf_init(&table->content, 0);
    hmi_buf_printf(&table->content, "# %s\n", e->tlp->name);
    int code = HM_OK;
    for (size_t k = 0; k < HMI_COUNT(LISTS); k++) {
        hmi_buf *out = &files[k].content;
        files[k].name = LISTS[k].file;
        hmi_buf_init(out, 0);
        for (size_t i = 0; i < e->count; i++) {
            hm_text value = e->traits[i].value;
            if (e->traits[i].class_id != LISTS[k].class_id) {
                continue;
            }
            if (LISTS[k].base64) {
                add_base64(out, value);
            } else {
                hmi_buf_add_text(out, value);
            }
            hmi_buf_add_char(out, '\n');
        }
        if (out->len > 0) {
            hmi_buf_printf(&table->content,
                           "alert %s classtype:trojan-activity; metadata:tlp %s; sid:%u; rev:1;)\n",
                           LISTS[k].rule, e->tlp->value, (unsigned)(SID_FIRST + k));
        }
        code = code == HM_OK ? hmi_buf_check(out, err) : code;
    }
    return code == HM_OK ? hmi_buf_check(&table->content, err) : code;
}
