/* SPDX-License-Identifier: Apache-2.0
 *
 * encode.c - a sink that turns what readers say into packets.
 *
 * WHY    A program gives a hundred thousand traits: one message each would be mostly system calls.
 *        Records gather in one packet, which goes when the next record does not fit.
 * FORM   protocol.h.
 * TRUST  Runs inside the worker, on a reader's word. It keeps the quota so that an honest reading
 *        that grows too large ends as a limit, with what it said so far, and not as an offence.
 * OWNS   Its packet; no allocation.
 */
#include "jail/protocol.h"

#include "base/error.h"
#include "base/num.h"
#include "base/text.h"

enum {
    ULEB_MAX = 10,
    /* The most that all fields of one record but its texts take. */
    FIXED_MAX = 128
};

static int flush(hmi_encoder *e, hm_err *err)
{
    if (e->used == 0) {
        return HM_OK;
    }
    hm_bytes packet = { e->packet, e->used };
    e->used = 0;
    return e->send(e->with, packet, err);
}

/* Sends what is there unless `len` more bytes of text and all else of one record fit. */
static int make_room(hmi_encoder *e, size_t len, hm_err *err)
{
    hmi_assert(len + FIXED_MAX <= HMI_PACKET_MAX);
    return HMI_PACKET_MAX - e->used < len + FIXED_MAX ? flush(e, err) : HM_OK;
}

static void put_u8(hmi_encoder *e, unsigned value)
{
    hmi_assert(e->used < HMI_PACKET_MAX);
    e->packet[e->used++] = (uint8_t)value;
}

static void put(hmi_encoder *e, uint64_t value)
{
    while (value >= 0x80) {
        put_u8(e, (unsigned)(value & 0x7f) | 0x80);
        value >>= 7;
    }
    put_u8(e, (unsigned)value);
}

static void put_signed(hmi_encoder *e, int64_t value)
{
    put(e, (uint64_t)value << 1 ^ (uint64_t)(value >> 63));
}

static void put_bytes(hmi_encoder *e, hm_bytes bytes)
{
    put(e, bytes.len);
    hmi_assert(bytes.len <= HMI_PACKET_MAX - e->used);
    if (bytes.len > 0) {
        memcpy(e->packet + e->used, bytes.ptr, bytes.len);
        e->used += bytes.len;
    }
}

static void put_text(hmi_encoder *e, hm_text text)
{
    put_bytes(e, hmi_text_bytes(text));
}

/* A place that a header claims and the evidence does not have is none: the decoder would take it
 * for an offence, and whoever forges a header could have the whole piece thrown away. */
static uint64_t place(const hmi_encoder *e, uint64_t offset)
{
    return offset <= e->evidence_size ? offset : HM_OFFSET_NONE;
}

static void put_offset(hmi_encoder *e, uint64_t offset)
{
    if (place(e, offset) != HM_OFFSET_NONE) {
        put(e, offset);
    }
}

static unsigned offset_flag(const hmi_encoder *e, uint64_t offset)
{
    return place(e, offset) != HM_OFFSET_NONE ? HMI_FLAG_OFFSET : 0;
}

/* The text cut to `max` bytes, on the border of a character. */
static hm_text cut(hm_text text, size_t max)
{
    if (text.len <= max) {
        return text;
    }
    size_t len = max;
    while (len > 0 && ((uint8_t)text.ptr[len] & 0xc0) == 0x80) {
        len--;
    }
    return (hm_text){ text.ptr, len };
}

static int one_more(uint64_t *count, uint64_t max, const char *what, hm_err *err)
{
    if (*count >= max) {
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE, "more than %llu %s in one piece",
                        (unsigned long long)max, what);
    }
    (*count)++;
    return HM_OK;
}

static hmi_encoder *encoder_of(hmi_sink *sink)
{
    return (hmi_encoder *)(void *)sink;
}

static int on_trait(hmi_sink *sink, const hmi_trait *trait, hm_err *err)
{
    hmi_encoder *e = encoder_of(sink);
    if (trait->value.len > HMI_TRAIT_VALUE_MAX || trait->detail.len > HMI_TRAIT_DETAIL_MAX) {
        return hmi_fail(err, HM_E_MISUSE, trait->offset, "a reader gave a trait of %zu bytes",
                        hmi_max(trait->value.len, trait->detail.len));
    }
    HMI_TRY(one_more(&e->traits, hmi_told_max(e->evidence_size), "traits", err));
    HMI_TRY(make_room(e, trait->value.len + trait->detail.len, err));
    unsigned flags = offset_flag(e, trait->offset) | (trait->count != 1 ? HMI_FLAG_COUNT : 0u) |
                     (trait->first_us != HMI_TIME_NONE ? HMI_FLAG_FIRST : 0u) |
                     (trait->last_us != HMI_TIME_NONE ? HMI_FLAG_LAST : 0u) |
                     (trait->detail.len > 0 ? HMI_FLAG_DETAIL : 0u);
    put_u8(e, HMI_RECORD_TRAIT);
    put_u8(e, (unsigned)trait->class_id);
    put_u8(e, (unsigned)trait->role);
    put_u8(e, flags);
    put_text(e, trait->value);
    put_offset(e, trait->offset);
    if (flags & HMI_FLAG_COUNT) {
        put(e, trait->count);
    }
    if (flags & HMI_FLAG_FIRST) {
        put_signed(e, trait->first_us);
    }
    if (flags & HMI_FLAG_LAST) {
        put_signed(e, trait->last_us);
    }
    if (flags & HMI_FLAG_DETAIL) {
        put_bytes(e, trait->detail);
    }
    return HM_OK;
}

static int put_content(hmi_encoder *e, hm_bytes content, hm_err *err)
{
    while (content.len > 0) {
        if (HMI_PACKET_MAX - e->used < 2 * FIXED_MAX) {
            HMI_TRY(flush(e, err));
        }
        hm_bytes part = hmi_slice(content, 0, HMI_PACKET_MAX - e->used - 1 - ULEB_MAX);
        put_u8(e, HMI_RECORD_DATA);
        put_bytes(e, part);
        content = hmi_slice(content, part.len, HMI_NPOS);
    }
    return HM_OK;
}

static int take_output(hmi_encoder *e, size_t len, hm_err *err)
{
    if (len > e->quota.output_max - e->output) {
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE,
                        "more than %llu bytes of content in one piece",
                        (unsigned long long)e->quota.output_max);
    }
    e->output += len;
    return HM_OK;
}

static int on_member(hmi_sink *sink, const hmi_member *member, hm_err *err)
{
    hmi_encoder *e = encoder_of(sink);
    hm_bytes name = hmi_slice(member->name, 0, HMI_MEMBER_NAME_MAX);
    HMI_TRY(one_more(&e->members, e->quota.members_max, "members", err));
    HMI_TRY(take_output(e, member->content.len, err));
    HMI_TRY(make_room(e, name.len, err));
    put_u8(e, HMI_RECORD_MEMBER);
    put_u8(e, offset_flag(e, member->offset) | (member->truncated ? HMI_FLAG_TRUNCATED : 0u) |
                  (member->apart ? HMI_FLAG_APART : 0u));
    put_bytes(e, name);
    put_offset(e, member->offset);
    put(e, member->content.len);
    return put_content(e, member->content, err);
}

static int on_object(hmi_sink *sink, const hmi_object *object, hm_err *err)
{
    hmi_encoder *e = encoder_of(sink);
    if (object->id.len > HMI_OBJECT_ID_MAX || object->type.len > HMI_OBJECT_TYPE_MAX ||
        object->modified.len > HMI_OBJECT_MODIFIED_MAX) {
        return hmi_fail(err, HM_E_MISUSE, object->offset, "a reader gave an object a long name");
    }
    HMI_TRY(one_more(&e->objects, HMI_JAIL_OBJECTS_MAX, "objects", err));
    HMI_TRY(take_output(e, object->raw.len, err));
    HMI_TRY(make_room(e, object->id.len + object->type.len + object->modified.len, err));
    put_u8(e, HMI_RECORD_OBJECT);
    put_u8(e, offset_flag(e, object->offset));
    put_text(e, object->id);
    put_text(e, object->type);
    put_text(e, object->modified);
    put_offset(e, object->offset);
    put(e, object->raw.len);
    return put_content(e, object->raw, err);
}

static int on_note(hmi_sink *sink, const hmi_note *note, hm_err *err)
{
    hmi_encoder *e = encoder_of(sink);
    hm_text text = cut(note->text, HMI_NOTE_TEXT_MAX);
    HMI_TRY(one_more(&e->notes, HMI_JAIL_NOTES_MAX, "notes", err));
    HMI_TRY(make_room(e, text.len, err));
    put_u8(e, HMI_RECORD_NOTE);
    put_u8(e, offset_flag(e, note->offset));
    put_u8(e, (unsigned)note->severity);
    put_signed(e, note->code);
    put_offset(e, note->offset);
    put_text(e, text);
    return HM_OK;
}

static int on_fact(hmi_sink *sink, hm_text name, hm_text value, hm_err *err)
{
    hmi_encoder *e = encoder_of(sink);
    name = cut(name, HMI_FACT_NAME_MAX);
    value = cut(value, HMI_FACT_VALUE_MAX);
    HMI_TRY(one_more(&e->facts, HMI_JAIL_FACTS_MAX, "facts", err));
    HMI_TRY(make_room(e, name.len + value.len, err));
    put_u8(e, HMI_RECORD_FACT);
    put_text(e, name);
    put_text(e, value);
    return HM_OK;
}

void hmi_encoder_init(hmi_encoder *encoder, hmi_quota quota,
                      int (*send)(void *with, hm_bytes packet, hm_err *err), void *with)
{
    static const hmi_sink_ops OPS = { .trait = on_trait,
                                      .member = on_member,
                                      .note = on_note,
                                      .fact = on_fact,
                                      .object = on_object };
    *encoder = (hmi_encoder){
        .sink = { &OPS }, .send = send, .with = with, .quota = quota, .evidence_size = UINT64_MAX
    };
}

int hmi_encoder_end(hmi_encoder *encoder, const hm_err *why, bool memory, hm_err *err)
{
    hm_text text = cut(hmi_text_of(why->text), HMI_END_TEXT_MAX);
    uint64_t offset = why->code != HM_OK ? why->offset : HM_OFFSET_NONE;
    HMI_TRY(make_room(encoder, text.len, err));
    put_u8(encoder, HMI_RECORD_END);
    put_u8(encoder, offset_flag(encoder, offset) | (memory ? HMI_FLAG_MEMORY : 0u));
    put_signed(encoder, why->code);
    put_offset(encoder, offset);
    put_text(encoder, text);
    return flush(encoder, err);
}
