/* SPDX-License-Identifier: Apache-2.0
 *
 * state.c - a side's memory between its two steps, as bytes.
 *
 * FORM   "HMOVLS1\0", then fixed fields, then elements with their lengths, the element of each
 * point, tags. Little-endian. TRUST  A file of ours that may be damaged: every number is checked
 * against what is there. OWNS   Nothing.
 */
#include "overlap/session.h"

#include "base/cursor.h"
#include "base/error.h"

static const uint8_t MAGIC[8] = "HMOVLS1";
enum { NAME_MAX_BYTES = 64, VALUE_MAX_BYTES = 4096 };

static void add_text(hmi_buf *out, hm_text text)
{
    hmi_buf_add_u16(out, (uint16_t)text.len);
    hmi_buf_add_text(out, text);
}

int hmi_overlap_state_write(const hmi_overlap_state *state, hmi_buf *out, hm_err *err)
{
    hmi_buf_add(out, hmi_bytes(MAGIC, sizeof(MAGIC)));
    hmi_buf_add_u8(out, (uint8_t)state->mode);
    hmi_buf_add_u8(out, state->answers);
    hmi_buf_add(out, hmi_bytes(state->session, sizeof(state->session)));
    hmi_buf_add(out, hmi_bytes(state->peer, 32));
    hmi_buf_add(out, hmi_bytes(state->scalar, 32));
    hmi_buf_add(out, hmi_bytes(state->salt, 32));
    hmi_buf_add(out, hmi_bytes(state->sent.bytes, 32));
    hmi_buf_add_u32(out, state->padded);
    hmi_buf_add_u32(out, state->tag_count);
    hmi_buf_add_u32(out, (uint32_t)state->element_count);
    for (size_t i = 0; i < state->element_count; i++) {
        const hmi_overlap_element *e = &state->elements[i];
        if (e->class_name.len > NAME_MAX_BYTES || e->value.len > VALUE_MAX_BYTES) {
            return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE, "a trait is too long for an overlap");
        }
        add_text(out, e->class_name);
        add_text(out, e->value);
    }
    for (size_t i = 0; i < state->padded; i++) {
        hmi_buf_add_u32(out, state->element_of[i]);
    }
    hmi_buf_add(out, hmi_bytes(state->tags, (size_t)state->tag_count * HMI_OVERLAP_TAG));
    return hmi_buf_check(out, err);
}

static hm_text take_text(hmi_cur *cur)
{
    size_t len = hmi_cur_u16(cur);
    const uint8_t *at = hmi_cur_need(cur, len);
    return hmi_text((const char *)at, at == NULL ? 0 : len);
}

static void take(hmi_cur *cur, uint8_t *out, size_t len)
{
    const uint8_t *at = hmi_cur_need(cur, len);
    if (at != NULL) {
        memcpy(out, at, len);
    }
}

static int read_lists(hmi_cur *cur, hmi_arena *arena, hmi_overlap_state *state, hm_err *err)
{
    state->elements = hmi_new_array(arena, hmi_overlap_element, state->element_count);
    state->element_of = hmi_new_array(arena, uint32_t, state->padded);
    state->tags = hmi_arena_take(arena, state->tag_count, HMI_OVERLAP_TAG);
    if (state->elements == NULL || state->element_of == NULL || state->tags == NULL) {
        return hmi_arena_fail(arena, err);
    }
    for (size_t i = 0; i < state->element_count && !cur->bad; i++) {
        state->elements[i].class_name = take_text(cur);
        state->elements[i].value = take_text(cur);
    }
    for (size_t i = 0; i < state->padded && !cur->bad; i++) {
        state->element_of[i] = hmi_cur_u32(cur);
        cur->bad |=
            state->element_of[i] >= state->element_count && state->element_of[i] != UINT32_MAX;
    }
    take(cur, state->tags, (size_t)state->tag_count * HMI_OVERLAP_TAG);
    return HM_OK;
}

int hmi_overlap_state_read(hm_bytes bytes, hmi_arena *arena, hmi_overlap_state *ret, hm_err *err)
{
    hmi_overlap_state state = { 0 };
    hmi_cur cur = hmi_cur_over(bytes);
    bool good = hmi_cur_match(&cur, hmi_bytes(MAGIC, sizeof(MAGIC)));
    state.mode = (hmi_overlap_mode)hmi_cur_u8(&cur);
    state.answers = hmi_cur_u8(&cur) != 0;
    take(&cur, state.session, sizeof(state.session));
    take(&cur, state.peer, 32);
    take(&cur, state.scalar, 32);
    take(&cur, state.salt, 32);
    take(&cur, state.sent.bytes, 32);
    state.padded = hmi_cur_u32(&cur);
    state.tag_count = hmi_cur_u32(&cur);
    state.element_count = hmi_cur_u32(&cur);
    good = good && !cur.bad && state.padded <= HMI_OVERLAP_POINTS_MAX &&
           state.tag_count <= HMI_OVERLAP_POINTS_MAX && state.element_count <= state.padded &&
           (state.mode == HMI_OVERLAP_COUNT || state.mode == HMI_OVERLAP_VALUES);
    if (good) {
        HMI_TRY(read_lists(&cur, arena, &state, err));
    }
    if (!good || cur.bad || hmi_cur_left(&cur) != 0) {
        return hmi_fail(err, HM_E_CORRUPT, HM_OFFSET_NONE,
                        "what was kept of this overlap is damaged: offer anew");
    }
    *ret = state;
    return HM_OK;
}
