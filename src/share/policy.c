/* SPDX-License-Identifier: Apache-2.0
 *
 * policy.c - reads a policy: lines of words, strictly.
 *
 * WHY    A rule that is misspelt and silently ignored gives away what it should hold, so whatever
 * is not understood is an error with its line. FORM   line := word value* ["#" comment]; words are
 * separated by blanks and tabs. See docs/RELEASE.md for the words. TRUST  The owner's file, read as
 * strictly as anybody's. OWNS   Nothing: all is the arena's.
 */
#include "share/policy.h"

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"
#include "share/marking.h"
#include "trait/stix_id.h"

enum { WORDS_MAX = 4096 };

typedef struct reading {
    hmi_arena *arena;
    hmi_policy policy;
    size_t partner_room, statement_room, releasable_room, red_room, known_room, key_room;
    hm_text words[WORDS_MAX];
    size_t count;
    size_t line;
    uint64_t offset;
    hm_err *err;
} reading;

static int refuse(const reading *r, const char *what)
{
    return hmi_fail(r->err, HM_E_MALFORMED, r->offset, "line %zu of the policy: %s", r->line, what);
}

static int split(reading *r, hm_text line)
{
    r->count = 0;
    for (size_t at = 0; at < line.len;) {
        char c = line.ptr[at];
        if (c == ' ' || c == '\t') {
            at++;
            continue;
        }
        if (c == '#') {
            return HM_OK;
        }
        size_t end = at;
        while (end < line.len && line.ptr[end] != ' ' && line.ptr[end] != '\t') {
            end++;
        }
        if (r->count == WORDS_MAX) {
            return refuse(r, "too many words");
        }
        r->words[r->count] = hmi_arena_text(r->arena, hmi_text_slice(line, at, end - at));
        if (r->words[r->count].ptr == NULL) {
            return hmi_arena_fail(r->arena, r->err);
        }
        r->count++;
        at = end;
    }
    return HM_OK;
}

static bool is_marking(hm_text id)
{
    return hmi_stix_id_is(id) &&
           hmi_starts_with(hmi_text_bytes(id), HM_BYTES("marking-definition--"));
}

/* A marking that a line gives a meaning to. The predefined ones have theirs. */
static int check_marking(const reading *r, hm_text id)
{
    return hmi_tlp_find(id) == NULL ? HM_OK
                                    : refuse(r, "a predefined TLP marking has its meaning already");
}

/* As the rules compare ids: in lower case. */
static int lower_word(const reading *r, hm_text word, hm_text *ret)
{
    char *copy = hmi_arena_cstr(r->arena, word);
    if (copy == NULL) {
        return hmi_arena_fail(r->arena, r->err);
    }
    for (size_t i = 0; i < word.len; i++) {
        copy[i] = hmi_ascii_lower(copy[i]);
    }
    *ret = hmi_text(copy, word.len);
    return HM_OK;
}

static int uuids_from(reading *r, size_t from, const hm_text **ret, size_t *ret_count)
{
    size_t count = r->count - from;
    hm_text *list = hmi_new_array(r->arena, hm_text, count);
    if (list == NULL) {
        return hmi_arena_fail(r->arena, r->err);
    }
    for (size_t i = 0; i < count; i++) {
        if (!hmi_uuid_is(r->words[from + i])) {
            return refuse(r, "a UUID is expected");
        }
        list[i] = r->words[from + i];
    }
    *ret = list;
    *ret_count = count;
    return HM_OK;
}

static int read_partner(reading *r)
{
    static const char *const KINDS[] = { "own", "client", "community", "public" };
    hmi_policy *p = &r->policy;
    if (r->count < 4 || (r->count > 4 && !hmi_text_is(r->words[4], "group")) || r->count == 5) {
        return refuse(r, "partner NAME UUID KIND [group UUID ...]");
    }
    hmi_partner partner = { .name = r->words[1], .id = r->words[2] };
    size_t kind = 0;
    while (kind < HMI_COUNT(KINDS) && !hmi_text_is(r->words[3], KINDS[kind])) {
        kind++;
    }
    if (!hmi_uuid_is(partner.id) || kind == HMI_COUNT(KINDS)) {
        return refuse(r, "partner NAME UUID own|client|community|public");
    }
    if (hmi_uuid_is(partner.name)) {
        return refuse(r, "a name may not look like a UUID");
    }
    if (hmi_policy_partner(p, partner.name) != NULL || hmi_policy_partner(p, partner.id) != NULL) {
        return refuse(r, "this partner was named before");
    }
    partner.kind = (hmi_partner_kind)kind;
    HMI_TRY(uuids_from(r, r->count > 4 ? 5 : 4, &partner.groups, &partner.group_count));
    hmi_partner *grown =
        hmi_arena_grow(r->arena, p->partners, p->partner_count, &r->partner_room, sizeof(*grown));
    if (grown == NULL) {
        return hmi_arena_fail(r->arena, r->err);
    }
    p->partners = grown;
    p->partners[p->partner_count++] = partner;
    return HM_OK;
}

static int add_marking(reading *r, hmi_marking_line **list, size_t *count, size_t *room,
                       const hmi_marking_line *line)
{
    hmi_marking_line *grown = hmi_arena_grow(r->arena, *list, *count, room, sizeof(*grown));
    if (grown == NULL) {
        return hmi_arena_fail(r->arena, r->err);
    }
    *list = grown;
    grown[(*count)++] = *line;
    return HM_OK;
}

static int read_statement(reading *r)
{
    hmi_policy *p = &r->policy;
    if (r->count != 3 || !is_marking(r->words[1]) ||
        (!hmi_text_is(r->words[2], "allow") && !hmi_text_is(r->words[2], "deny"))) {
        return refuse(r, "statement MARKING-ID allow|deny");
    }
    HMI_TRY(check_marking(r, r->words[1]));
    if (hmi_policy_statement(p, r->words[1]) != NULL) {
        return refuse(r, "this marking was named before");
    }
    hmi_marking_line line = { .id = r->words[1], .deny = hmi_text_is(r->words[2], "deny") };
    return add_marking(r, &p->statements, &p->statement_count, &r->statement_room, &line);
}

static int read_releasable(reading *r)
{
    hmi_policy *p = &r->policy;
    if (r->count < 2 || !is_marking(r->words[1])) {
        return refuse(r, "releasable MARKING-ID UUID ...");
    }
    HMI_TRY(check_marking(r, r->words[1]));
    if (hmi_policy_releasable(p, r->words[1]) != NULL) {
        return refuse(r, "this marking was named before");
    }
    hmi_marking_line line = { .id = r->words[1] };
    HMI_TRY(uuids_from(r, 2, &line.uuids, &line.uuid_count));
    return add_marking(r, &p->releasables, &p->releasable_count, &r->releasable_room, &line);
}

static int add_id(reading *r, hm_text **list, size_t *count, size_t *room)
{
    if (hmi_policy_has(*list, *count, r->words[1])) {
        return refuse(r, "this id was named before");
    }
    hm_text *grown = hmi_arena_grow(r->arena, *list, *count, room, sizeof(*grown));
    if (grown == NULL) {
        return hmi_arena_fail(r->arena, r->err);
    }
    *list = grown;
    grown[(*count)++] = r->words[1];
    return HM_OK;
}

static int read_key(reading *r)
{
    hmi_policy *p = &r->policy;
    hmi_key_line line = { 0 };
    if (r->count != 3 || !hmi_uuid_is(r->words[1]) ||
        !hmi_unhex(r->words[2], line.key, sizeof(line.key))) {
        return refuse(r, "key UUID and 64 hexadecimal digits");
    }
    if (hmi_policy_key(p, r->words[1]) != NULL) {
        return refuse(r, "this partner has a key already");
    }
    line.partner = r->words[1];
    hmi_key_line *grown =
        hmi_arena_grow(r->arena, p->keys, p->key_count, &r->key_room, sizeof(*grown));
    if (grown == NULL) {
        return hmi_arena_fail(r->arena, r->err);
    }
    p->keys = grown;
    grown[p->key_count++] = line;
    return HM_OK;
}

static int read_line(reading *r)
{
    hmi_policy *p = &r->policy;
    hm_text word = r->words[0];
    if (hmi_text_is(word, "partner")) {
        return read_partner(r);
    }
    if (hmi_text_is(word, "statement")) {
        return read_statement(r);
    }
    if (hmi_text_is(word, "key")) {
        return read_key(r);
    }
    if (hmi_text_is(word, "releasable")) {
        return read_releasable(r);
    }
    if (hmi_text_is(word, "red")) {
        return r->count == 2 && hmi_uuid_is(r->words[1])
                   ? add_id(r, &p->red, &p->red_count, &r->red_room)
                   : refuse(r, "red UUID");
    }
    if (hmi_text_is(word, "known")) {
        return r->count == 2 && hmi_stix_id_is(r->words[1])
                   ? add_id(r, &p->known, &p->known_count, &r->known_room)
                   : refuse(r, "known ID");
    }
    if (hmi_text_is(word, "unmarked")) {
        if (r->count != 2 || !is_marking(r->words[1])) {
            return refuse(r, "unmarked MARKING-ID");
        }
        if (p->unmarked.ptr != NULL) {
            return refuse(r, "\"unmarked\" stands twice");
        }
        return lower_word(r, r->words[1], &p->unmarked);
    }
    return refuse(r, "unknown word: partner, key, red, statement, releasable, unmarked or known");
}

static int read_all(reading *r, hm_bytes rest)
{
    const uint8_t *start = rest.ptr;
    hm_bytes bytes;
    hm_text line;
    while (hmi_next_line(&rest, &bytes)) {
        r->line++;
        r->offset = bytes.ptr != NULL ? (uint64_t)(bytes.ptr - start) : 0;
        if (r->line > HMI_POLICY_LINES_MAX) {
            return refuse(r, "too many lines");
        }
        if (!hmi_text_from(bytes, &line)) {
            return refuse(r, "this is no UTF-8");
        }
        HMI_TRY(split(r, line));
        if (r->count > 0) {
            HMI_TRY(read_line(r));
        }
    }
    return HM_OK;
}

int hmi_policy_read(hm_bytes text, hmi_arena *arena, hmi_policy *ret, hm_err *err)
{
    if (text.len > HMI_POLICY_BYTES_MAX) {
        return hmi_fail(err, HM_E_LIMIT, HMI_POLICY_BYTES_MAX, "the policy is too large");
    }
    reading *r = hmi_new(arena, reading);
    if (r == NULL) {
        return hmi_arena_fail(arena, err);
    }
    r->arena = arena;
    r->err = err;
    HMI_TRY(read_all(r, text));
    *ret = r->policy;
    return HM_OK;
}

const hmi_partner *hmi_policy_partner(const hmi_policy *policy, hm_text name_or_id)
{
    for (size_t i = 0; i < policy->partner_count; i++) {
        const hmi_partner *p = &policy->partners[i];
        if (hmi_text_eq(p->name, name_or_id) || hmi_text_ieq(p->id, name_or_id)) {
            return p;
        }
    }
    return NULL;
}

static const hmi_marking_line *find_line(const hmi_marking_line *lines, size_t count, hm_text id)
{
    for (size_t i = 0; i < count; i++) {
        if (hmi_text_ieq(lines[i].id, id)) {
            return &lines[i];
        }
    }
    return NULL;
}

const hmi_marking_line *hmi_policy_statement(const hmi_policy *policy, hm_text id)
{
    return find_line(policy->statements, policy->statement_count, id);
}

const hmi_marking_line *hmi_policy_releasable(const hmi_policy *policy, hm_text id)
{
    return find_line(policy->releasables, policy->releasable_count, id);
}

bool hmi_policy_has(const hm_text *list, size_t count, hm_text id)
{
    for (size_t i = 0; i < count; i++) {
        if (hmi_text_ieq(list[i], id)) {
            return true;
        }
    }
    return false;
}

bool hmi_purpose_find(hm_text name, hmi_purpose *ret)
{
    static const char *const NAMES[HMI_PURPOSE_COUNT] = { "detect", "respond", "inform",
                                                          "publish" };
    for (unsigned i = 0; i < HMI_PURPOSE_COUNT; i++) {
        if (hmi_text_is(name, NAMES[i])) {
            *ret = (hmi_purpose)i;
            return true;
        }
    }
    return false;
}

const uint8_t *hmi_policy_key(const hmi_policy *policy, hm_text partner_id)
{
    for (size_t i = 0; i < policy->key_count; i++) {
        if (hmi_text_ieq(policy->keys[i].partner, partner_id)) {
            return policy->keys[i].key;
        }
    }
    return NULL;
}
