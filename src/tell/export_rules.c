/* SPDX-License-Identifier: Apache-2.0
 *
 * export_rules.c - Sigma rules, OpenIOC, an ATT&CK Navigator layer.
 *
 * FORM   Sigma: one document a log source, values in single quotes, '*', '?' and '\' of a value
 *        escaped so that they mean themselves. OpenIOC 1.0: one OR of items. Layer: format 4.5.
 *        TRUST Values are the attacker's: none may end a string, an element or a document. Values
 *        with characters that cannot be seen are left out: a person must be able to read a rule.
 * OWNS   Nothing.
 */
#include <inttypes.h>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "base/time.h"
#include "tell/claims.h"
#include "tell/export.h"
#include "trait/openioc.h"
#include "trait/stix_id.h"

static bool can_be_read(hm_text text)
{
    for (size_t at = 0; at < text.len;) {
        uint32_t code = hmi_utf8_next(text, &at);
        if (code < 0x20 || (code >= 0x7f && code < 0xa0) || hmi_is_hidden(code)) {
            return false;
        }
    }
    return text.len > 0;
}

/* ---- Sigma */

typedef struct source {
    const char *what, *product, *category; /* product NULL: any */
    struct {
        hmi_class class_id;
        const char *field, *prefix; /* prefix: written before the value */
    } fields[4];
} source;

static const source SOURCES[] = {
    { "a name was asked for",
      NULL,
      "dns",
      { { HMI_DOMAIN, "query", "" }, { HMI_DOMAIN, "query|endswith", "." } } },
    { "a name was asked for by a program",
      "windows",
      "dns_query",
      { { HMI_DOMAIN, "QueryName", "" }, { HMI_DOMAIN, "QueryName|endswith", "." } } },
    { "a connection",
      NULL,
      "firewall",
      { { HMI_ADDRESS, "dst_ip", "" },
        { HMI_ADDRESS, "src_ip", "" },
        { HMI_RANGE, "dst_ip|cidr", "" } } },
    { "a request",
      NULL,
      "proxy",
      { { HMI_URL, "c-uri", "" },
        { HMI_USER_AGENT, "c-useragent", "" },
        { HMI_DOMAIN, "cs-host", "" } } },
    { "a program was started",
      "windows",
      "process_creation",
      { { HMI_SHA256, "Hashes|contains", "SHA256=" },
        { HMI_MD5, "Hashes|contains", "MD5=" },
        { HMI_COMMAND_LINE, "CommandLine", "" } } },
    { "a pipe was made", "windows", "pipe_created", { { HMI_PIPE_NAME, "PipeName", "" } } },
    { "the registry was changed",
      "windows",
      "registry_set",
      { { HMI_REGISTRY_KEY, "TargetObject|contains", "" } } },
};

static void add_yaml(hmi_buf *out, const char *prefix, hm_text text)
{
    hmi_buf_printf(out, "            - '%s", prefix);
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '*' || c == '?' || c == '\\') {
            hmi_buf_add_char(out, '\\');
        }
        if (c == '\'') {
            hmi_buf_add_char(out, c);
        }
        hmi_buf_add_char(out, c);
    }
    hmi_buf_add_cstr(out, "'\n");
}

/* Programs that log shorten the name of a hive each in their own way: it is left out. */
static hm_text as_logged(const hmi_incident_trait *t)
{
    size_t at = t->class_id == HMI_REGISTRY_KEY ? hmi_find_byte(hmi_text_bytes(t->value), '\\') : 0;
    return at == HMI_NPOS ? t->value : hmi_text_slice(t->value, at, t->value.len);
}

/* The i-th field's values; returns how many. */
static size_t add_selection(const hmi_export *e, const source *s, size_t at, hmi_buf *out)
{
    size_t written = 0;
    for (size_t i = 0; i < e->count; i++) {
        if (e->traits[i].class_id != s->fields[at].class_id || !can_be_read(e->traits[i].value)) {
            continue;
        }
        if (written++ == 0) {
            hmi_buf_printf(out, "    selection_%zu:\n        %s:\n", at + 1, s->fields[at].field);
        }
        add_yaml(out, s->fields[at].prefix, as_logged(&e->traits[i]));
    }
    return written;
}

static void add_quoted(hmi_buf *out, hm_text text)
{
    hmi_buf_add_char(out, '\'');
    for (size_t i = 0; i < text.len; i++) {
        hmi_buf_add_char(out, text.ptr[i]);
        if (text.ptr[i] == '\'') {
            hmi_buf_add_char(out, '\'');
        }
    }
    hmi_buf_add_char(out, '\'');
}

static void add_document(const hmi_export *e, const source *s, size_t number, hm_bytes detection,
                         hmi_buf *out)
{
    char what[32], uuid[HMI_UUID_TEXT + 1];
    hmi_civil day = hmi_us_to_civil(e->incident->created_us);
    snprintf(what, sizeof(what), "sigma-%zu", number);
    hmi_export_uuid(e, what, uuid);
    hm_text title = hmi_arena_printf(e->arena, "Hallmarks of %.*s: %s",
                                     HMI_FMT(hmi_text_slice(hmi_export_title(e), 0, 120)), s->what);
    hmi_buf_add_cstr(out, out->len > 0 ? "---\ntitle: " : "title: ");
    add_quoted(out, title);
    hmi_buf_printf(out,
                   "\nid: %s\nstatus: experimental\ndescription: what an intruder brought, as "
                   "Hallmark found it\ndate: %04d-%02d-%02d\ntags:\n    - tlp.",
                   uuid, (int)day.year, day.month, day.day);
    for (const char *c = e->tlp->value; *c != '\0'; c++) {
        hmi_buf_add_char(out, *c == '+' ? '-' : *c);
    }
    hmi_buf_add_cstr(out, "\nlogsource:\n");
    if (s->product != NULL) {
        hmi_buf_printf(out, "    product: %s\n", s->product);
    }
    hmi_buf_printf(out, "    category: %s\ndetection:\n", s->category);
    hmi_buf_add(out, detection);
    hmi_buf_add_cstr(out, "    condition: 1 of selection_*\nfalsepositives:\n    - Unknown\n"
                          "level: medium\n");
}

int hmi_export_sigma(const hmi_export *e, hmi_buf *out, hm_err *err)
{
    hmi_buf detection;
    hmi_buf_init(&detection, 0);
    hmi_buf_printf(out, "# %s\n", e->tlp->name);
    size_t head = out->len;
    for (size_t k = 0; k < HMI_COUNT(SOURCES); k++) {
        size_t written = 0;
        hmi_buf_clear(&detection);
        for (size_t f = 0; f < HMI_COUNT(SOURCES[k].fields) && SOURCES[k].fields[f].field; f++) {
            written += add_selection(e, &SOURCES[k], f, &detection);
        }
        if (written > 0) {
            hmi_buf document;
            hmi_buf_init(&document, 0);
            add_document(e, &SOURCES[k], k, hmi_buf_bytes(&detection), &document);
            hmi_buf_add_cstr(out, out->len > head ? "---\n" : "");
            hmi_buf_add(out, hmi_buf_bytes(&document));
            hmi_buf_fini(&document);
        }
    }
    int code = hmi_buf_check(&detection, err);
    hmi_buf_fini(&detection);
    return code == HM_OK ? hmi_buf_check(out, err) : code;
}

/* ---- OpenIOC */

static void add_xml(hmi_buf *out, hm_text text)
{
    for (size_t i = 0; i < text.len; i++) {
        switch (text.ptr[i]) {
        case '<':
            hmi_buf_add_cstr(out, "&lt;");
            break;
        case '>':
            hmi_buf_add_cstr(out, "&gt;");
            break;
        case '&':
            hmi_buf_add_cstr(out, "&amp;");
            break;
        case '"':
            hmi_buf_add_cstr(out, "&quot;");
            break;
        default:
            hmi_buf_add_char(out, text.ptr[i]);
        }
    }
}

static void add_item(const hmi_export *e, const hmi_incident_trait *t, hmi_buf *out)
{
    const hmi_openioc_term *term = hmi_openioc_of_class(t->class_id);
    if (term == NULL || !can_be_read(t->value)) {
        return;
    }
    char uuid[HMI_UUID_TEXT + 1], what[48];
    hmi_hex(hmi_bytes(t->key.bytes, sizeof(t->key.bytes)), what);
    hmi_export_uuid(e, what, uuid);
    size_t slash = hmi_find_byte(hmi_text_bytes(hmi_text_of(term->search)), '/');
    hmi_buf_printf(out,
                   "      <IndicatorItem id=\"%s\" condition=\"is\">\n"
                   "        <Context document=\"%.*s\" search=\"%s\" type=\"mir\"/>\n"
                   "        <Content type=\"%s\">",
                   uuid, (int)slash, term->search, term->search, term->type);
    add_xml(out, t->value);
    hmi_buf_add_cstr(out, "</Content>\n      </IndicatorItem>\n");
}

int hmi_export_openioc(const hmi_export *e, hmi_buf *out, hm_err *err)
{
    char ioc[HMI_UUID_TEXT + 1], top[HMI_UUID_TEXT + 1];
    hmi_civil day = hmi_us_to_civil(e->incident->created_us);
    hmi_export_uuid(e, "ioc", ioc);
    hmi_export_uuid(e, "ioc-or", top);
    hmi_buf_printf(out,
                   "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
                   "<ioc xmlns=\"http://schemas.mandiant.com/2010/ioc\" id=\"%s\""
                   " last-modified=\"%04d-%02d-%02dT00:00:00\">\n  <short_description>",
                   ioc, (int)day.year, day.month, day.day);
    add_xml(out, hmi_export_title(e));
    hmi_buf_printf(
        out,
        "</short_description>\n  <authored_date>%04d-%02d-%02dT00:00:00</authored_date>\n"
        "  <links>\n    <link rel=\"tlp\">%s</link>\n  </links>\n  <definition>\n"
        "    <Indicator operator=\"OR\" id=\"%s\">\n",
        (int)day.year, day.month, day.day, e->tlp->name, top);
    for (size_t i = 0; i < e->count; i++) {
        add_item(e, &e->traits[i], out);
    }
    hmi_buf_add_cstr(out, "    </Indicator>\n  </definition>\n</ioc>\n");
    return hmi_buf_check(out, err);
}
