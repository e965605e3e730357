/* SPDX-License-Identifier: Apache-2.0
 *
 * stix_value.c - checks one value by the kind that its property table gives it (section 2).
 *
 * TRUST  Hostile values of any JSON kind. Recursion goes through structures of the tables only;
 *        free-form values are searched for emptiness within JSON's own depth limit.
 * OWNS   Nothing.
 */
#include "share/stix_walk.h"
#include "trait/stix_id.h"

enum { KEY_MAX = 250, HASH_KEY_MIN = 3, QUOTE_MAX = 60 };

#define QUOTED(text) (int)(text.len < QUOTE_MAX ? text.len : QUOTE_MAX), text.ptr

static bool wrong_kind(hmi_stix_checker *c, hmi_value value, hmi_json_kind want, const char *name,
                       const char *section)
{
    hmi_json_kind kind = hmi_json_kind_of(value);
    bool boolean = want == HMI_JSON_TRUE && kind == HMI_JSON_FALSE;
    if (kind == want || boolean) {
        return false;
    }
    hmi_stix_fault_at(c, HMI_STIX_CHECK_DATA_TYPE, value, section, "this must be %s", name);
    return true;
}

static bool lower_key(hm_text key)
{
    for (size_t i = 0; i < key.len; i++) {
        if (key.ptr[i] >= 'A' && key.ptr[i] <= 'Z') {
            return false;
        }
    }
    return true;
}

static bool key_form(hm_text key, size_t min)
{
    if (key.len < min || key.len > KEY_MAX) {
        return false;
    }
    for (size_t i = 0; i < key.len; i++) {
        char c = key.ptr[i];
        if (!hmi_ascii_alnum(c) && c != '-' && c != '_') {
            return false;
        }
    }
    return true;
}

void hmi_stix_nothing_empty(hmi_stix_checker *c, hmi_value value)
{
    hmi_json_kind kind = hmi_json_kind_of(value);
    if (kind != HMI_JSON_ARRAY && kind != HMI_JSON_OBJECT) {
        return;
    }
    if (hmi_json_count(value) == 0) {
        hmi_stix_fault_at(c, HMI_STIX_CHECK_EMPTY, value, kind == HMI_JSON_ARRAY ? "2.12" : "2.3",
                          "an empty %s is not allowed: leave the property out",
                          kind == HMI_JSON_ARRAY ? "list" : "dictionary");
    }
    size_t index = 0;
    for (hmi_value v = hmi_json_first(value); hmi_json_is(v); v = hmi_json_next(v), index++) {
        hmi_json_kind inner = hmi_json_kind_of(v);
        if (inner == HMI_JSON_ARRAY || inner == HMI_JSON_OBJECT) {
            if (kind == HMI_JSON_ARRAY) {
                hmi_stix_enter_index(c, index);
            } else {
                hmi_stix_enter_key(c, hmi_json_key(v, &c->arena));
            }
            hmi_stix_nothing_empty(c, v);
            hmi_stix_leave(c);
        }
    }
}

static void check_number(hmi_stix_checker *c, const hmi_stix_property *p, hmi_value value)
{
    static const int64_t MAX = (INT64_C(1) << 53) - 1;
    if (wrong_kind(c, value, HMI_JSON_NUMBER, "a number", NULL)) {
        return;
    }
    bool any = p->min == 0 && p->max == 0;
    int64_t whole = 0;
    double real = 0;
    if (p->kind == HMI_STIX_INTEGER) {
        int64_t min = any ? -MAX : p->min, max = any ? MAX : p->max;
        if (!hmi_json_int(value, &whole)) {
            hmi_stix_fault_at(c, HMI_STIX_CHECK_DATA_TYPE, value, "2.10",
                              "this must be a whole number of at most 54 bits");
        } else if (whole < min || whole > max) {
            hmi_stix_fault_at(c, HMI_STIX_CHECK_VALUE, value, NULL,
                              "this must be between %lld and %lld", (long long)min, (long long)max);
        }
    } else if (!hmi_json_double(value, &real)) {
        hmi_stix_fault_at(c, HMI_STIX_CHECK_DATA_TYPE, value, "2.6", "this is no 64-bit float");
    } else if (!any && (real < (double)p->min || real > (double)p->max)) {
        hmi_stix_fault_at(c, HMI_STIX_CHECK_VALUE, value, NULL,
                          "this must be between %lld and %lld", (long long)p->min,
                          (long long)p->max);
    }
}

static void check_timestamp(hmi_stix_checker *c, const hmi_stix_property *p, hmi_value value,
                            hm_text text)
{
    unsigned digits = hmi_stix_timestamp_digits(text);
    if (digits == 0) {
        hmi_stix_fault_at(c, HMI_STIX_CHECK_TIMESTAMP, value, NULL,
                          "\"%.*s\" is no moment of the form YYYY-MM-DDTHH:mm:ss[.s+]Z",
                          QUOTED(text));
    } else if (p->kind == HMI_STIX_MILLISECONDS && digits < 4) {
        hmi_stix_fault_at(c, HMI_STIX_CHECK_TIMESTAMP, value, "3.2",
                          "\"%s\" must be precise to the millisecond at least", p->name);
    }
}

/* -- Identifiers. */

static bool id_parts(hmi_stix_checker *c, hmi_value value, hm_text text, hm_text *ret_type)
{
    if (!hmi_stix_id_is(text)) {
        hmi_stix_fault_at(c, HMI_STIX_CHECK_ID, value, NULL,
                          "\"%.*s\" has not the form object-type--UUID", QUOTED(text));
        return false;
    }
    *ret_type = hmi_text_slice(text, 0, text.len - HMI_UUID_TEXT - 2);
    return true;
}

static uint64_t bit_of_type(hmi_stix_checker *c, hm_text type)
{
    hmi_stix_space found = hmi_stix_type_find(c->lexicon, type);
    return found == HMI_STIX_TYPE_COUNT ? HMI_STIX_CUSTOM_BIT : UINT64_C(1) << found;
}

/* Inside an observable container references are keys of that container. */
static void check_local_reference(hmi_stix_checker *c, const hmi_stix_property *p, hmi_value value,
                                  hm_text text)
{
    for (hmi_value v = hmi_json_first(c->container); hmi_json_is(v); v = hmi_json_next(v)) {
        if (!hmi_text_eq(hmi_json_key(v, &c->arena), text)) {
            continue;
        }
        hm_text type = hmi_json_text(hmi_json_get(v, "type"), &c->arena);
        if (type.ptr != NULL && (bit_of_type(c, type) & p->targets) == 0) {
            hmi_stix_fault_at(c, HMI_STIX_CHECK_REFERENCE, value, NULL,
                              "\"%s\" may not refer to an object of type \"%.*s\"", p->name,
                              QUOTED(type));
        }
        return;
    }
    hmi_stix_fault_at(c, HMI_STIX_CHECK_REFERENCE, value, "2.13",
                      "\"%.*s\" is no object of this container", QUOTED(text));
}

static void check_reference(hmi_stix_checker *c, const hmi_stix_property *p, hmi_value value,
                            hm_text text)
{
    hm_text type;
    if (hmi_json_is(c->container)) {
        check_local_reference(c, p, value, text);
        return;
    }
    if (!id_parts(c, value, text, &type) || (bit_of_type(c, type) & p->targets) != 0) {
        return;
    }
    if (p->flags & HMI_STIX_CREATOR) {
        hmi_stix_fault_at(c, HMI_STIX_CHECK_CREATOR, value, NULL,
                          "the creator is described by an identity, not by \"%.*s\"", QUOTED(type));
    } else {
        hmi_stix_fault_at(c, HMI_STIX_CHECK_REFERENCE, value, NULL,
                          "\"%s\" may not refer to an object of type \"%.*s\"", p->name,
                          QUOTED(type));
    }
}

static void check_own_id(hmi_stix_checker *c, hmi_value value, hm_text text)
{
    hm_text type, want = c->type_text;
    if (hmi_json_is(c->container)) {
        return; /* keys of any form (section 2.9) */
    }
    if (id_parts(c, value, text, &type) && want.ptr != NULL && !hmi_text_eq(type, want)) {
        hmi_stix_fault_at(c, HMI_STIX_CHECK_ID, value, NULL, "the id must begin with \"%.*s--\"",
                          QUOTED(want));
    }
}

/* -- Words. */

static bool lower_hyphens(hm_text word)
{
    bool letter = false;
    for (size_t i = 0; i < word.len; i++) {
        char c = word.ptr[i];
        if ((c >= 'A' && c <= 'Z') || c == ' ' || c == '_') {
            return false;
        }
        letter |= hmi_ascii_alpha(c) || (unsigned char)c >= 0x80;
    }
    return letter;
}

static void check_word_form(hmi_stix_checker *c, hmi_value value, hm_text text, const char *section)
{
    if (!lower_hyphens(text)) {
        hmi_stix_fault_at(c, HMI_STIX_CHECK_WORD_FORM, value, section,
                          "\"%.*s\" should be lower case with hyphens between words", QUOTED(text));
    }
}

static void check_vocabulary(hmi_stix_checker *c, const hmi_stix_property *p, hmi_value value,
                             hm_text text)
{
    hmi_stix_vocabulary words = (hmi_stix_vocabulary)p->detail;
    if (hmi_stix_word_is(c->lexicon, words, text)) {
        return;
    }
    const hmi_stix_words *list = &hmi_stix_vocabularies[words];
    if (p->kind == HMI_STIX_ENUM) {
        hmi_stix_fault_at(c, HMI_STIX_CHECK_ENUMERATION, value, list->section,
                          "\"%.*s\" is not in %s", QUOTED(text), list->name);
        return;
    }
    hmi_stix_fault_at(c, HMI_STIX_CHECK_VOCABULARY, value, list->section, "\"%.*s\" is not in %s",
                      QUOTED(text), list->name);
    check_word_form(c, value, text, NULL);
}

/* -- Encoded texts. */

static bool is_base64(hm_text text)
{
    size_t padding = 0;
    for (size_t i = 0; i < text.len; i++) {
        char ch = text.ptr[i];
        bool pad = ch == '=' && i + 2 >= text.len;
        if (!hmi_ascii_alnum(ch) && ch != '+' && ch != '/' && !pad) {
            return false;
        }
        if (padding > 0 && !pad) {
            return false;
        }
        padding += pad ? 1 : 0;
    }
    return text.len % 4 == 0 && text.len > 0;
}

static bool is_hex(hm_text text, bool capitals)
{
    for (size_t i = 0; i < text.len; i++) {
        char ch = text.ptr[i];
        if (hmi_hex_digit(ch) < 0 || (!capitals && ch >= 'A' && ch <= 'F')) {
            return false;
        }
    }
    return text.len % 2 == 0 && text.len > 0;
}

static size_t digest_digits(hm_text name)
{
    static const struct {
        const char *name;
        size_t digits;
    } ROWS[] = { { "MD5", 32 },      { "SHA-1", 40 },    { "SHA-256", 64 },
                 { "SHA-512", 128 }, { "SHA3-256", 64 }, { "SHA3-512", 128 } };
    for (size_t i = 0; i < HMI_COUNT(ROWS); i++) {
        if (hmi_text_is(name, ROWS[i].name)) {
            return ROWS[i].digits;
        }
    }
    return 0;
}

static void check_digest(hmi_stix_checker *c, hmi_value digest, hm_text name)
{
    hm_text text = hmi_json_text(digest, &c->arena);
    size_t digits = digest_digits(name);
    if (!key_form(name, HASH_KEY_MIN)) {
        hmi_stix_fault_at(c, HMI_STIX_CHECK_KEY, digest, "2.7",
                          "\"%.*s\" is no name of a hash algorithm", QUOTED(name));
    } else if (!hmi_stix_word_is(c->lexicon, HMI_STIX_HASH_ALGORITHM, name) &&
               !hmi_starts_with(hmi_text_bytes(name), HM_BYTES("x_"))) {
        hmi_stix_fault_at(c, HMI_STIX_CHECK_HASH_NAME, digest, NULL,
                          "\"%.*s\" is not in hash-algorithm-ov", QUOTED(name));
    }
    if (text.ptr == NULL || (digits > 0 && (text.len != digits || !is_hex(text, true)))) {
        hmi_stix_fault_at(c, HMI_STIX_CHECK_HASH, digest, NULL, "this is no %.*s", QUOTED(name));
    }
}

static void check_hashes(hmi_stix_checker *c, hmi_value value)
{
    if (wrong_kind(c, value, HMI_JSON_OBJECT, "a dictionary of hashes", "2.7")) {
        return;
    }
    hmi_stix_nothing_empty(c, value);
    for (hmi_value v = hmi_json_first(value); hmi_json_is(v); v = hmi_json_next(v)) {
        hm_text name = hmi_json_key(v, &c->arena);
        hmi_stix_enter_key(c, name);
        check_digest(c, v, name);
        hmi_stix_leave(c);
    }
}

/* -- Dictionaries. */

static void check_key(hmi_stix_checker *c, const hmi_stix_property *p, hmi_value value, hm_text key)
{
    bool foreign = p->kind != HMI_STIX_DICTIONARY;
    if (!key_form(key, 1)) {
        hmi_stix_fault_at(c, HMI_STIX_CHECK_KEY, value, NULL,
                          "the key \"%.*s\" has other characters than letters, digits, - and _",
                          QUOTED(key));
    } else if (!foreign && !lower_key(key)) {
        hmi_stix_fault_at(c, HMI_STIX_CHECK_KEY_CASE, value, NULL,
                          "the key \"%.*s\" should be lower case", QUOTED(key));
    }
    hmi_stix_vocabulary words = (hmi_stix_vocabulary)p->detail;
    bool ipfix = words == HMI_STIX_IPFIX;
    bool known = words == HMI_STIX_NO_VOCABULARY ||
                 (ipfix ? key.len > 1 && key.ptr[0] >= 'a' && key.ptr[0] <= 'z'
                        : hmi_stix_word_is(c->lexicon, words, key));
    if (!known) {
        hmi_stix_fault_at(c, HMI_STIX_CHECK_FOREIGN_KEY, value,
                          hmi_stix_vocabularies[words].section, "\"%.*s\" is not among the %s",
                          QUOTED(key), hmi_stix_vocabularies[words].name);
    }
    if (p->kind == HMI_STIX_MULTI_KEYS && hmi_json_kind_of(value) != HMI_JSON_ARRAY) {
        hmi_stix_fault_at(c, HMI_STIX_CHECK_DATA_TYPE, value, NULL, "this must be a list of texts");
    }
}

static void check_dictionary(hmi_stix_checker *c, const hmi_stix_property *p, hmi_value value)
{
    if (wrong_kind(c, value, HMI_JSON_OBJECT, "a dictionary", "2.3")) {
        return;
    }
    hmi_stix_nothing_empty(c, value);
    for (hmi_value v = hmi_json_first(value); hmi_json_is(v); v = hmi_json_next(v)) {
        hm_text key = hmi_json_key(v, &c->arena);
        hmi_stix_enter_key(c, key);
        check_key(c, p, v, key);
        hmi_stix_leave(c);
    }
}

static void check_translations(hmi_stix_checker *c, hmi_value value)
{
    if (wrong_kind(c, value, HMI_JSON_OBJECT, "a dictionary of languages", NULL)) {
        return;
    }
    hmi_stix_nothing_empty(c, value);
    for (hmi_value v = hmi_json_first(value); hmi_json_is(v); v = hmi_json_next(v)) {
        hm_text language = hmi_json_key(v, &c->arena);
        if (!hmi_stix_language_is(language)) {
            hmi_stix_fault_at(c, HMI_STIX_CHECK_LANGUAGE, v, "7.1",
                              "\"%.*s\" is no language code of RFC 5646", QUOTED(language));
        }
        hmi_stix_enter_key(c, language);
        wrong_kind(c, v, HMI_JSON_OBJECT, "a dictionary of properties", "7.1");
        hmi_stix_leave(c);
    }
}

static void check_container(hmi_stix_checker *c, hmi_value value)
{
    if (wrong_kind(c, value, HMI_JSON_OBJECT, "a dictionary of observables", "2.13")) {
        return;
    }
    hmi_stix_nothing_empty(c, value);
    c->container = value;
    for (hmi_value v = hmi_json_first(value); hmi_json_is(v); v = hmi_json_next(v)) {
        hmi_stix_enter_key(c, hmi_json_key(v, &c->arena));
        hmi_stix_contained(c, v);
        hmi_stix_leave(c);
    }
    c->container = (hmi_value){ NULL, 0 };
}

static void check_structure(hmi_stix_checker *c, const hmi_stix_property *p, hmi_value value)
{
    if (wrong_kind(c, value, HMI_JSON_OBJECT, "an object", NULL)) {
        return;
    }
    if (hmi_json_count(value) == 0) {
        hmi_stix_nothing_empty(c, value);
    }
    hmi_stix_found found;
    hmi_stix_members(c, value, (hmi_stix_space)p->detail, HMI_STIX_SPACE_COUNT, &found);
    if (p->detail == HMI_STIX_EXTERNAL_REFERENCE) {
        hmi_stix_external_reference(c, value);
    }
}

/* -- Texts. */

static void check_shape(hmi_stix_checker *c, const hmi_stix_property *p, hmi_value value,
                        hm_text text)
{
    if (hmi_stix_shape_is((hmi_stix_kind)p->kind, text)) {
        return;
    }
    hmi_stix_check check = p->kind == HMI_STIX_MEDIA_TYPE ? HMI_STIX_CHECK_MEDIA_TYPE
                           : p->kind == HMI_STIX_PROTOCOL ? HMI_STIX_CHECK_PROTOCOL
                                                          : HMI_STIX_CHECK_VALUE;
    hmi_stix_fault_at(c, check, value, NULL, "\"%.*s\" is not what \"%s\" must hold", QUOTED(text),
                      p->name);
}

/* Either case: the specification's own example is "th". */
static bool is_country(const hmi_stix_checker *c, hm_text text)
{
    char code[2];
    if (text.len != sizeof(code) || !hmi_ascii_alpha(text.ptr[0]) ||
        !hmi_ascii_alpha(text.ptr[1])) {
        return false;
    }
    code[0] = (char)(text.ptr[0] & ~0x20);
    code[1] = (char)(text.ptr[1] & ~0x20);
    return hmi_stix_word_is(c->lexicon, HMI_STIX_COUNTRIES, hmi_text(code, sizeof(code)));
}

static void check_text(hmi_stix_checker *c, const hmi_stix_property *p, hmi_value value)
{
    if (wrong_kind(c, value, HMI_JSON_STRING, "a text", NULL)) {
        return;
    }
    hm_text text = hmi_json_text(value, &c->arena);
    if (text.ptr == NULL) {
        c->out_of_memory = true;
        return;
    }
    switch (p->kind) {
    case HMI_STIX_TIMESTAMP:
    case HMI_STIX_MILLISECONDS:
        check_timestamp(c, p, value, text);
        break;
    case HMI_STIX_IDENTIFIER:
        check_reference(c, p, value, text);
        break;
    case HMI_STIX_OWN_ID:
        check_own_id(c, value, text);
        break;
    case HMI_STIX_VERSION_WORD:
        if (!hmi_text_is(text, "2.1")) {
            hmi_stix_fault_at(c, HMI_STIX_CHECK_VALUE, value, "3.2",
                              "\"spec_version\" must be \"2.1\"");
        }
        break;
    case HMI_STIX_OPEN:
    case HMI_STIX_ENUM:
        check_vocabulary(c, p, value, text);
        break;
    case HMI_STIX_RELATION_NAME:
        check_word_form(c, value, text, c->type == HMI_STIX_RELATIONSHIP ? "5.1" : "2.11");
        break;
    case HMI_STIX_BINARY:
    case HMI_STIX_HEX:
        if (p->kind == HMI_STIX_HEX ? !is_hex(text, false) : !is_base64(text)) {
            hmi_stix_fault_at(c, HMI_STIX_CHECK_VALUE, value,
                              p->kind == HMI_STIX_HEX ? "2.8" : "2.1", "this is no %s",
                              p->kind == HMI_STIX_HEX ? "even number of digits 0-9 and a-f"
                                                      : "base64");
        }
        break;
    case HMI_STIX_LANGUAGE:
        if (!hmi_stix_language_is(text)) {
            hmi_stix_fault_at(c, HMI_STIX_CHECK_LANGUAGE, value, NULL,
                              "\"%.*s\" is no language code of RFC 5646", QUOTED(text));
        }
        break;
    case HMI_STIX_COUNTRY:
        if (!is_country(c, text)) {
            hmi_stix_fault_at(c, HMI_STIX_CHECK_VOCABULARY, value, "4.10",
                              "\"%.*s\" is no country of ISO 3166-1 alpha-2", QUOTED(text));
        }
        break;
    case HMI_STIX_SELECTOR:
        hmi_stix_selector(c, value, text);
        break;
    default:
        check_shape(c, p, value, text);
    }
}

static void check_one(hmi_stix_checker *c, const hmi_stix_property *p, hmi_value value)
{
    switch (p->kind) {
    case HMI_STIX_BOOLEAN:
        wrong_kind(c, value, HMI_JSON_TRUE, "true or false", "2.2");
        break;
    case HMI_STIX_INTEGER:
    case HMI_STIX_FLOAT:
        check_number(c, p, value);
        break;
    case HMI_STIX_HASHES:
        check_hashes(c, value);
        break;
    case HMI_STIX_DICTIONARY:
    case HMI_STIX_KEYS:
    case HMI_STIX_MULTI_KEYS:
        check_dictionary(c, p, value);
        break;
    case HMI_STIX_STRUCTURE:
        check_structure(c, p, value);
        break;
    case HMI_STIX_EXTENSIONS:
        hmi_stix_extensions(c, value);
        break;
    case HMI_STIX_CONTAINER:
        check_container(c, value);
        break;
    case HMI_STIX_TRANSLATIONS:
        check_translations(c, value);
        break;
    case HMI_STIX_DEFINITION:
        wrong_kind(c, value, HMI_JSON_OBJECT, "an object", "7.2.1");
        break;
    case HMI_STIX_ANYTHING:
        break;
    default:
        check_text(c, p, value);
    }
}

void hmi_stix_value(hmi_stix_checker *c, const hmi_stix_property *p, hmi_value value)
{
    if (p->flags & HMI_STIX_DEPRECATED) {
        hmi_stix_fault_at(c, HMI_STIX_CHECK_DEPRECATED, value, NULL, "\"%s\" is deprecated",
                          p->name);
    }
    if ((p->flags & HMI_STIX_LIST) == 0) {
        check_one(c, p, value);
        return;
    }
    if (wrong_kind(c, value, HMI_JSON_ARRAY, "a list", "2.12")) {
        return;
    }
    if (hmi_json_count(value) == 0) {
        hmi_stix_nothing_empty(c, value);
        return;
    }
    size_t index = 0;
    for (hmi_value v = hmi_json_first(value); hmi_json_is(v); v = hmi_json_next(v), index++) {
        hmi_stix_enter_index(c, index);
        check_one(c, p, v);
        hmi_stix_leave(c);
    }
}
