/* SPDX-License-Identifier: Apache-2.0
 *
 * decode.c - checks what a worker says before anybody believes it.
 *
 * WHY    A worker reads hostile bytes, so a worker may be the attacker. This file is the only door
 *        between it and the casebook.
 * FORM   protocol.h. What may come when:
 *
 *          state      | trait note fact member object end | data
 *          open       |  yes   yes  yes   yes    yes   yes |  -
 *          content    |   -     -    -     -      -     -  | yes, never more than was announced
 *          ended      |   -     -    -     -      -     -  |  -
 *
 *        A value must be its own canonical form: so nobody can store two spellings of one trait.
 * TRUST  None. Lengths stay inside the packet (cursor), numbers inside their enums, text clean,
 *        totals inside the quota; content grows as it arrives, never by announcement.
 * OWNS   Content and names under way; the scratch arena of one record.
 */
#include "jail/protocol.h"

#include "base/cursor.h"
#include "base/error.h"
#include "base/num.h"
#include "base/text.h"

/* One record's canonical form: a URL of HMI_TRAIT_VALUE_MAX bytes and its parts. */
enum { SCRATCH_MAX = 1 << 20 };

/* 0001-01-01 to 9999-12-31, the moments that time.h knows. */
static const int64_t TIME_MIN_US = INT64_C(-62135596800) * 1000000;
static const int64_t TIME_MAX_US = INT64_C(253402300800) * 1000000 - 1;

static int offence(hmi_decoder *d, const hmi_cur *cur, hm_err *err, const char *what)
{
    d->fault = HMI_FAULT_WORKER;
    return hmi_fail(err, HM_E_MALFORMED, cur->pos, "the worker's answer is no answer: %s", what);
}

static int over_quota(hmi_decoder *d, hm_err *err, uint64_t max, const char *what)
{
    d->fault = HMI_FAULT_QUOTA;
    return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE, "more than %llu %s in one piece",
                    (unsigned long long)max, what);
}

static int from_sink(hmi_decoder *d, int code)
{
    if (code < 0) {
        d->fault = HMI_FAULT_SINK;
    }
    return code;
}

static int no_memory(hmi_decoder *d, hm_err *err)
{
    d->fault = HMI_FAULT_MEMORY;
    return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "the system has no memory left");
}

static int64_t take_signed(hmi_cur *cur)
{
    uint64_t zigzag = hmi_cur_uleb(cur);
    return (int64_t)(zigzag >> 1 ^ (~(zigzag & 1) + 1));
}

/* At most `max` bytes, else the cursor goes bad. */
static hm_bytes take_bytes(hmi_cur *cur, size_t max)
{
    uint64_t len = hmi_cur_uleb(cur);
    if (len > max) {
        cur->bad = true;
        return (hm_bytes){ NULL, 0 };
    }
    return hmi_cur_bytes(cur, (size_t)len);
}

static hm_text take_text(hmi_cur *cur, size_t max)
{
    hm_bytes bytes = take_bytes(cur, max);
    hm_text text = { (const char *)bytes.ptr, bytes.len };
    if (!hmi_utf8_clean(bytes)) {
        cur->bad = true;
        return (hm_text){ NULL, 0 };
    }
    return text;
}

static uint64_t take_offset(hmi_cur *cur, unsigned flags)
{
    return flags & HMI_FLAG_OFFSET ? hmi_cur_uleb(cur) : HM_OFFSET_NONE;
}

static bool offset_ok(const hmi_decoder *d, uint64_t offset)
{
    return offset == HM_OFFSET_NONE || offset <= d->evidence_size;
}

static bool moment_ok(int64_t us)
{
    return us == HMI_TIME_NONE || (us >= TIME_MIN_US && us <= TIME_MAX_US);
}

static bool role_ok(unsigned role)
{
    return role == HMI_ROLE_NONE ||
           (role <= HMI_ROLE_MAX && hmi_role_name((hmi_role)role)[0] != '\0');
}

static bool code_ok(int64_t code)
{
    return code <= HM_OK && code >= HM_E_CONFLICT;
}

static int check_canonical(hmi_decoder *d, const hmi_trait *trait, const hmi_cur *cur, hm_err *err)
{
    hm_text same = { NULL, 0 };
    hm_err ignored;
    int code =
        hmi_trait_canonical(&d->scratch, trait->class_id, trait->value, false, &same, &ignored);
    if (code == HM_E_MEMORY) {
        return no_memory(d, err);
    }
    if (code < 0 || !hmi_text_eq(same, trait->value)) {
        return offence(d, cur, err, "a value that is not in its class's canonical form");
    }
    return HM_OK;
}

static int take_trait(hmi_decoder *d, hmi_cur *cur, hm_err *err)
{
    unsigned class_id = hmi_cur_u8(cur);
    unsigned role = hmi_cur_u8(cur);
    unsigned flags = hmi_cur_u8(cur);
    hmi_trait trait = { .class_id = (hmi_class)class_id, .role = (hmi_role)role };
    trait.value = take_text(cur, HMI_TRAIT_VALUE_MAX);
    trait.offset = take_offset(cur, flags);
    trait.count = flags & HMI_FLAG_COUNT ? hmi_cur_uleb(cur) : 1;
    trait.first_us = flags & HMI_FLAG_FIRST ? take_signed(cur) : HMI_TIME_NONE;
    trait.last_us = flags & HMI_FLAG_LAST ? take_signed(cur) : HMI_TIME_NONE;
    if (flags & HMI_FLAG_DETAIL) {
        trait.detail = take_bytes(cur, HMI_TRAIT_DETAIL_MAX);
    }
    if (cur->bad) {
        return offence(d, cur, err, "a trait cut short, too long or not clean text");
    }
    if (hmi_class_find((int)class_id) == NULL || !role_ok(role)) {
        return offence(d, cur, err, "a trait of no known class or role");
    }
    if (trait.count == 0 || trait.count > INT64_MAX || !offset_ok(d, trait.offset) ||
        !moment_ok(trait.first_us) || !moment_ok(trait.last_us) ||
        (trait.last_us != HMI_TIME_NONE && trait.first_us > trait.last_us)) {
        return offence(d, cur, err, "a trait seen nowhere, never, or before it was first seen");
    }
    const uint64_t told_max = hmi_told_max(d->evidence_size);
    if (d->traits++ >= told_max) {
        return over_quota(d, err, told_max, "traits");
    }
    HMI_TRY(check_canonical(d, &trait, cur, err));
    return from_sink(d, hmi_sink_trait(d->sink, &trait, err));
}

/* Keeps a copy of what is under way: the packet it stands in is gone when its content ends.
 * Growth moves the copies, so they are looked up only by end_content. */
static bool keep(hmi_buf *names, hm_bytes bytes)
{
    hmi_buf_add(names, bytes);
    return names->bad == 0;
}

static int end_content(hmi_decoder *d, hm_err *err)
{
    hm_bytes names = hmi_buf_bytes(&d->names);
    hmi_record kind = d->under_way;
    d->under_way = 0;
    int code = HM_OK;
    if (kind == HMI_RECORD_MEMBER) {
        d->member.name = names;
        d->member.content = hmi_buf_bytes(&d->blob);
        code = hmi_sink_member(d->sink, &d->member, err);
    } else {
        hmi_object *o = &d->object;
        hm_text all = { (const char *)names.ptr, names.len };
        o->id = hmi_text_slice(all, 0, o->id.len);
        o->type = hmi_text_slice(all, o->id.len, o->type.len);
        o->modified = hmi_text_slice(all, o->id.len + o->type.len, o->modified.len);
        o->raw = hmi_buf_bytes(&d->blob);
        code = hmi_sink_object(d->sink, o, err);
    }
    /* A member may be large and the next one small: hand the memory back. */
    hmi_buf_fini(&d->blob);
    hmi_buf_init(&d->blob, 0);
    return from_sink(d, code);
}

static int begin_content(hmi_decoder *d, hmi_record kind, uint64_t size, hm_err *err)
{
    if (size > d->quota.output_max - d->output) {
        return over_quota(d, err, d->quota.output_max, "bytes of content");
    }
    d->output += size;
    d->under_way = kind;
    d->expected = size;
    return size == 0 ? end_content(d, err) : HM_OK;
}

static int take_member(hmi_decoder *d, hmi_cur *cur, hm_err *err)
{
    unsigned flags = hmi_cur_u8(cur);
    hm_bytes name = take_bytes(cur, HMI_MEMBER_NAME_MAX);
    uint64_t offset = take_offset(cur, flags);
    uint64_t size = hmi_cur_uleb(cur);
    bool apart = (flags & HMI_FLAG_APART) != 0;
    if (cur->bad || !offset_ok(d, offset) || (apart && size != 0)) {
        return offence(d, cur, err, "a member cut short or outside the evidence");
    }
    if (d->members++ >= d->quota.members_max) {
        return over_quota(d, err, d->quota.members_max, "members");
    }
    d->member = (hmi_member){ .offset = offset,
                              .truncated = (flags & HMI_FLAG_TRUNCATED) != 0,
                              .apart = apart };
    hmi_buf_clear(&d->names);
    if (!keep(&d->names, name)) {
        return no_memory(d, err);
    }
    return begin_content(d, HMI_RECORD_MEMBER, size, err);
}

static int take_object(hmi_decoder *d, hmi_cur *cur, hm_err *err)
{
    unsigned flags = hmi_cur_u8(cur);
    hm_text id = take_text(cur, HMI_OBJECT_ID_MAX);
    hm_text type = take_text(cur, HMI_OBJECT_TYPE_MAX);
    hm_text modified = take_text(cur, HMI_OBJECT_MODIFIED_MAX);
    uint64_t offset = take_offset(cur, flags);
    uint64_t size = hmi_cur_uleb(cur);
    if (cur->bad || id.len == 0 || type.len == 0 || !offset_ok(d, offset)) {
        return offence(d, cur, err, "an object cut short, unnamed or outside the evidence");
    }
    if (d->objects++ >= HMI_JAIL_OBJECTS_MAX) {
        return over_quota(d, err, HMI_JAIL_OBJECTS_MAX, "objects");
    }
    d->object = (hmi_object){ .id = id, .type = type, .modified = modified, .offset = offset };
    hmi_buf_clear(&d->names);
    if (!keep(&d->names, hmi_text_bytes(id)) || !keep(&d->names, hmi_text_bytes(type)) ||
        !keep(&d->names, hmi_text_bytes(modified))) {
        return no_memory(d, err);
    }
    return begin_content(d, HMI_RECORD_OBJECT, size, err);
}

static int take_data(hmi_decoder *d, hmi_cur *cur, hm_err *err)
{
    hm_bytes part = take_bytes(cur, HMI_PACKET_MAX);
    if (cur->bad || part.len == 0 || part.len > d->expected) {
        return offence(d, cur, err, "content cut short, empty or longer than announced");
    }
    hmi_buf_add(&d->blob, part);
    if (d->blob.bad != 0) {
        return no_memory(d, err);
    }
    d->expected -= part.len;
    return d->expected == 0 ? end_content(d, err) : HM_OK;
}

static void remember_damage(hmi_decoder *d, const hmi_note *note)
{
    if (note->severity != HMI_NOTE_DAMAGE || d->damaged) {
        return;
    }
    d->damaged = true;
    hmi_fail(&d->first_damage, note->code != HM_OK ? note->code : HM_E_MALFORMED, note->offset,
             "%.*s", HMI_FMT(note->text));
}

static int take_note(hmi_decoder *d, hmi_cur *cur, hm_err *err)
{
    unsigned flags = hmi_cur_u8(cur);
    unsigned severity = hmi_cur_u8(cur);
    int64_t code = take_signed(cur);
    uint64_t offset = take_offset(cur, flags);
    hm_text text = take_text(cur, HMI_NOTE_TEXT_MAX);
    if (cur->bad || severity > HMI_NOTE_DAMAGE || !code_ok(code) || !offset_ok(d, offset)) {
        return offence(d, cur, err, "a note cut short, too long or about nothing");
    }
    if (d->notes++ >= HMI_JAIL_NOTES_MAX) {
        return over_quota(d, err, HMI_JAIL_NOTES_MAX, "notes");
    }
    hmi_note note = { (hmi_severity)severity, (int)code, offset, text };
    remember_damage(d, &note);
    return from_sink(d, hmi_sink_note(d->sink, &note, err));
}

static bool fact_name_ok(hm_text name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        if (!hmi_ascii_alnum(c) && c != '-' && c != '_' && c != '.') {
            return false;
        }
    }
    return name.len > 0;
}

static int take_fact(hmi_decoder *d, hmi_cur *cur, hm_err *err)
{
    hm_text name = take_text(cur, HMI_FACT_NAME_MAX);
    hm_text value = take_text(cur, HMI_FACT_VALUE_MAX);
    if (cur->bad || !fact_name_ok(name)) {
        return offence(d, cur, err, "a fact without a proper name or value");
    }
    if (d->facts++ >= HMI_JAIL_FACTS_MAX) {
        return over_quota(d, err, HMI_JAIL_FACTS_MAX, "facts");
    }
    if (hmi_text_is(name, "format")) {
        d->unknown = hmi_text_is(value, "data");
    }
    return from_sink(d, hmi_sink_fact(d->sink, name, value, err));
}

static int take_end(hmi_decoder *d, hmi_cur *cur, hm_err *err)
{
    unsigned flags = hmi_cur_u8(cur);
    int64_t code = take_signed(cur);
    uint64_t offset = take_offset(cur, flags);
    hm_text text = take_text(cur, HMI_END_TEXT_MAX);
    if (cur->bad || !code_ok(code) || hmi_cur_left(cur) != 0 ||
        hmi_find_byte(hmi_text_bytes(text), 0) != HMI_NPOS) {
        return offence(d, cur, err, "an end cut short or not the end");
    }
    d->ended = true;
    d->ended_memory = (flags & HMI_FLAG_MEMORY) != 0;
    d->end = (hm_err){ .offset = HM_OFFSET_NONE };
    if (code < 0) {
        hmi_fail(&d->end, (int)code, offset, "%.*s", HMI_FMT(text));
    }
    return HM_OK;
}

static int take_record(hmi_decoder *d, hmi_cur *cur, hm_err *err)
{
    unsigned kind = hmi_cur_u8(cur);
    bool content = d->under_way != 0;
    if (d->ended || content != (kind == HMI_RECORD_DATA)) {
        return offence(d, cur, err, "a message out of order");
    }
    switch (kind) {
    case HMI_RECORD_TRAIT:
        return take_trait(d, cur, err);
    case HMI_RECORD_MEMBER:
        return take_member(d, cur, err);
    case HMI_RECORD_OBJECT:
        return take_object(d, cur, err);
    case HMI_RECORD_DATA:
        return take_data(d, cur, err);
    case HMI_RECORD_NOTE:
        return take_note(d, cur, err);
    case HMI_RECORD_FACT:
        return take_fact(d, cur, err);
    case HMI_RECORD_END:
        return take_end(d, cur, err);
    default:
        return offence(d, cur, err, "a message of no known kind");
    }
}

int hmi_decoder_take(hmi_decoder *decoder, hm_bytes packet, hm_err *err)
{
    hmi_assert(decoder->fault == HMI_FAULT_NONE);
    hmi_cur cur = hmi_cur_over(packet);
    if (packet.len == 0 || packet.len > HMI_PACKET_MAX) {
        return offence(decoder, &cur, err, "an empty or oversized message");
    }
    while (hmi_cur_left(&cur) > 0) {
        HMI_TRY(take_record(decoder, &cur, err));
        hmi_arena_reset(&decoder->scratch);
    }
    return HM_OK;
}

void hmi_decoder_init(hmi_decoder *decoder, hmi_quota quota, uint64_t evidence_size, hmi_sink *sink)
{
    hmi_assert(sink != NULL && sink->ops != NULL);
    *decoder = (hmi_decoder){ .sink = sink, .quota = quota, .evidence_size = evidence_size };
    hmi_arena_init(&decoder->scratch, SCRATCH_MAX);
    hmi_buf_init(&decoder->blob, 0);
    hmi_buf_init(&decoder->names, 0);
}

void hmi_decoder_fini(hmi_decoder *decoder)
{
    if (decoder != NULL) {
        hmi_arena_fini(&decoder->scratch);
        hmi_buf_fini(&decoder->blob);
        hmi_buf_fini(&decoder->names);
    }
}
