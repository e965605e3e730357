/* SPDX-License-Identifier: Apache-2.0
 *
 * session.c - Diffie-Hellman private set intersection, both sides.
 *
 * WHY    One side raises its points to a, the other to b; what both raised is the same whoever was
 *        first, so equal elements meet as equal tags, and nothing else can be recognised.
 * FORM   Points are sent ascending, which hides the order of elements. Tags of the other's points
 * go back in the order of those points when both agreed on values, so that it sees which matched,
 * and ascending when only the count is to be learned. Sets are padded to a power of two. TRUST  A
 * message is used only when it is signed by the key that the policy names, meant for us, and
 *        follows the very message that we sent. What a partner can do beyond: docs/OVERLAP.md.
 * OWNS   Nothing: everything lives in the arena.
 */
#include "overlap/session.h"

#include <sodium.h>
#include <stdlib.h>

#include "base/error.h"

/* ---- Our elements as points */

static int by_element(const void *x, const void *y)
{
    const hmi_overlap_element *a = x, *b = y;
    int order = hmi_bytes_cmp(hmi_text_bytes(a->class_name), hmi_text_bytes(b->class_name));
    return order != 0 ? order : hmi_bytes_cmp(hmi_text_bytes(a->value), hmi_text_bytes(b->value));
}

static int take_elements(hmi_overlap_state *state, const hmi_overlap_element *elements,
                         size_t count, hmi_arena *arena, hm_err *err)
{
    hmi_overlap_element *list = hmi_new_array(arena, hmi_overlap_element, count);
    size_t kept = 0;
    if (list == NULL) {
        return hmi_arena_fail(arena, err);
    }
    if (count > 0) {
        memcpy(list, elements, count * sizeof(*list));
        qsort(list, count, sizeof(*list), by_element);
    }
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || by_element(&list[kept - 1], &list[i]) != 0) {
            list[kept++] = list[i];
        }
    }
    if (kept > HMI_OVERLAP_POINTS_MAX) {
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE,
                        "%zu traits would enter, an overlap holds at most %d", kept,
                        HMI_OVERLAP_POINTS_MAX);
    }
    state->elements = list;
    state->element_count = kept;
    state->padded = HMI_OVERLAP_POINTS_MIN;
    while (state->padded < kept) {
        state->padded *= 2;
    }
    return HM_OK;
}

typedef struct placed {
    uint8_t point[HMI_OVERLAP_POINT];
    uint32_t element;
} placed;

static int by_point(const void *x, const void *y)
{
    return memcmp(x, y, HMI_OVERLAP_POINT);
}

/* Blinds, pads, sorts. The points live in the arena. */
static int make_points(hmi_overlap_state *state, hmi_arena *arena, uint8_t **ret, hm_err *err)
{
    size_t n = state->padded;
    uint8_t *points = hmi_arena_take(arena, n, HMI_OVERLAP_POINT);
    placed *order = hmi_new_array(arena, placed, n);
    state->element_of = hmi_new_array(arena, uint32_t, n);
    if (points == NULL || order == NULL || state->element_of == NULL) {
        return hmi_arena_fail(arena, err);
    }
    hmi_overlap_blind(state->elements, state->element_count, state->scalar, points);
    hmi_overlap_pad(n - state->element_count, points + state->element_count * HMI_OVERLAP_POINT);
    for (size_t i = 0; i < n; i++) {
        memcpy(order[i].point, points + i * HMI_OVERLAP_POINT, HMI_OVERLAP_POINT);
        order[i].element = i < state->element_count ? (uint32_t)i : UINT32_MAX;
    }
    qsort(order, n, sizeof(*order), by_point);
    for (size_t i = 0; i < n; i++) {
        memcpy(points + i * HMI_OVERLAP_POINT, order[i].point, HMI_OVERLAP_POINT);
        state->element_of[i] = order[i].element;
    }
    *ret = points;
    return HM_OK;
}

static int begin(hmi_overlap_state *state, const hmi_overlap_element *elements, size_t count,
                 hmi_arena *arena, uint8_t **ret_points, hm_err *err)
{
    if (sodium_init() < 0) {
        return hmi_fail(err, HM_E_IO, HM_OFFSET_NONE, "the system gives no random numbers");
    }
    HMI_TRY(take_elements(state, elements, count, arena, err));
    hmi_overlap_scalar(state->scalar);
    randombytes_buf(state->salt, sizeof(state->salt));
    return make_points(state, arena, ret_points, err);
}

static int send_message(const hmi_giver *giver, hmi_overlap_state *state,
                        hmi_overlap_message *message, hmi_buf *out, hm_err *err)
{
    size_t from = out->len;
    message->mode = state->mode;
    memcpy(message->session, state->session, sizeof(message->session));
    memcpy(message->sender, hmi_giver_public_key(giver).ptr, sizeof(message->sender));
    memcpy(message->receiver, state->peer, sizeof(message->receiver));
    HMI_TRY(hmi_overlap_write(giver, message, out, err));
    state->sent = hmi_sha256_of(hmi_slice(hmi_buf_bytes(out), from, out->len - from));
    return HM_OK;
}

/* ---- Tags */

static int by_tag(const void *x, const void *y)
{
    return memcmp(x, y, HMI_OVERLAP_TAG);
}

static bool has_tag(const uint8_t *sorted, size_t count, const uint8_t *tag)
{
    return count > 0 && bsearch(tag, sorted, count, HMI_OVERLAP_TAG, by_tag) != NULL;
}

static uint8_t *sorted_copy(const uint8_t *tags, size_t count, hmi_arena *arena)
{
    uint8_t *copy = hmi_arena_take(arena, count, HMI_OVERLAP_TAG);
    if (copy != NULL) {
        memcpy(copy, tags, count * HMI_OVERLAP_TAG);
        qsort(copy, count, HMI_OVERLAP_TAG, by_tag);
    }
    return copy;
}

/* What the other's points become under our number, in their order. */
static int tags_of(const hmi_overlap_state *state, const hmi_overlap_message *theirs,
                   hmi_arena *arena, uint8_t **ret, hm_err *err)
{
    size_t n = theirs->point_count;
    uint8_t *raised = hmi_arena_take(arena, n, HMI_OVERLAP_POINT);
    uint8_t *tags = hmi_arena_take(arena, n, HMI_OVERLAP_TAG);
    if (raised == NULL || tags == NULL) {
        return hmi_arena_fail(arena, err);
    }
    HMI_TRY(hmi_overlap_raise(theirs->points, n, state->scalar, raised, err));
    hmi_overlap_tags(raised, n, state->session, tags);
    *ret = tags;
    return HM_OK;
}

/* Tags that came back, one for each of our points (`theirs`), against those we made ourselves. */
static int match(const hmi_overlap_state *state, const uint8_t *theirs, const uint8_t *ours,
                 size_t our_count, hmi_arena *arena, hmi_overlap_found *ret, hm_err *err)
{
    hmi_overlap_found found = { 0 };
    const uint8_t *sorted = sorted_copy(theirs, state->padded, arena);
    found.elements = hmi_new_array(arena, const hmi_overlap_element *, state->padded);
    if (sorted == NULL || found.elements == NULL) {
        return hmi_arena_fail(arena, err);
    }
    for (size_t i = 1; i < state->padded; i++) {
        if (by_tag(sorted + (i - 1) * HMI_OVERLAP_TAG, sorted + i * HMI_OVERLAP_TAG) == 0) {
            return hmi_fail(err, HM_E_MALFORMED, HM_OFFSET_NONE,
                            "a tag of the message comes twice");
        }
    }
    for (size_t i = 0; i < state->padded; i++) {
        uint32_t element = state->element_of[i];
        if (has_tag(ours, our_count, theirs + i * HMI_OVERLAP_TAG)) {
            found.common++;
            if (state->mode == HMI_OVERLAP_VALUES && element < state->element_count) {
                found.elements[found.element_count++] = &state->elements[element];
            }
        }
    }
    *ret = found;
    return HM_OK;
}

/* ---- The four steps */

static int check_from(const hmi_giver *giver, hm_bytes bytes, const hmi_overlap_message *m,
                      hmi_overlap_step step, const uint8_t peer[32], hm_err *err)
{
    if (m->step != step) {
        return hmi_fail(err, HM_E_DENIED, 8, "this message is %s, expected was %s",
                        m->step == HMI_OVERLAP_RESULT   ? "a result"
                        : m->step == HMI_OVERLAP_ANSWER ? "an answer"
                                                        : "an offer",
                        hmi_overlap_step_name(step));
    }
    if (memcmp(m->sender, peer, 32) != 0 || !hmi_overlap_signed(bytes, m)) {
        return hmi_fail(err, HM_E_DENIED, 40,
                        "the message is not signed with the key that the policy names");
    }
    if (memcmp(m->receiver, hmi_giver_public_key(giver).ptr, 32) != 0) {
        return hmi_fail(err, HM_E_DENIED, 72, "the message is meant for somebody else");
    }
    return HM_OK;
}

int hmi_overlap_offer(const hmi_giver *giver, hmi_overlap_mode mode, const uint8_t peer[32],
                      const hmi_overlap_element *elements, size_t count, hmi_arena *arena,
                      hmi_overlap_state *ret, hmi_buf *message, hm_err *err)
{
    hmi_overlap_state state = { .mode = mode };
    uint8_t *points = NULL;
    memcpy(state.peer, peer, sizeof(state.peer));
    HMI_TRY(begin(&state, elements, count, arena, &points, err));
    randombytes_buf(state.session, sizeof(state.session));
    hmi_overlap_message offer = { .step = HMI_OVERLAP_OFFER,
                                  .point_count = state.padded,
                                  .points = points,
                                  .commitment = hmi_overlap_commit(
                                      state.elements, state.element_count, state.salt) };
    HMI_TRY(send_message(giver, &state, &offer, message, err));
    *ret = state;
    return HM_OK;
}

int hmi_overlap_answer(const hmi_giver *giver, hm_bytes bytes, const uint8_t peer[32], bool values,
                       const hmi_overlap_element *elements, size_t count, hmi_arena *arena,
                       hmi_overlap_state *ret, hmi_buf *message, hm_err *err)
{
    hmi_overlap_message offer;
    uint8_t *points = NULL, *tags = NULL;
    HMI_TRY(hmi_overlap_read(bytes, &offer, err));
    HMI_TRY(check_from(giver, bytes, &offer, HMI_OVERLAP_OFFER, peer, err));
    if (offer.mode == HMI_OVERLAP_VALUES && !values) {
        return hmi_fail(err, HM_E_DENIED, 9,
                        "the offer asks for values: agree with --values, or ask for a count");
    }
    hmi_overlap_state state = { .mode = offer.mode, .answers = true };
    memcpy(state.session, offer.session, sizeof(state.session));
    memcpy(state.peer, peer, sizeof(state.peer));
    HMI_TRY(begin(&state, elements, count, arena, &points, err));
    HMI_TRY(tags_of(&state, &offer, arena, &tags, err));
    state.tag_count = offer.point_count;
    state.tags = sorted_copy(tags, state.tag_count, arena);
    if (state.tags == NULL) {
        return hmi_arena_fail(arena, err);
    }
    hmi_overlap_message answer = { .step = HMI_OVERLAP_ANSWER,
                                   .point_count = state.padded,
                                   .points = points,
                                   .tag_count = state.tag_count,
                                   .tags = state.mode == HMI_OVERLAP_VALUES ? tags : state.tags,
                                   .before = hmi_sha256_of(bytes),
                                   .commitment = hmi_overlap_commit(
                                       state.elements, state.element_count, state.salt) };
    HMI_TRY(send_message(giver, &state, &answer, message, err));
    *ret = state;
    return HM_OK;
}

static int check_follows(const hmi_overlap_state *state, const hmi_overlap_message *m, hm_err *err)
{
    if (memcmp(m->session, state->session, sizeof(m->session)) != 0 || m->mode != state->mode ||
        memcmp(&m->before, &state->sent, sizeof(m->before)) != 0) {
        return hmi_fail(err, HM_E_DENIED, 104, "the message does not follow the one that we sent");
    }
    return m->tag_count == state->padded
               ? HM_OK
               : hmi_fail(err, HM_E_MALFORMED, 16, "the message has not one tag for each point");
}

int hmi_overlap_finish(const hmi_giver *giver, const hmi_overlap_state *state, hm_bytes bytes,
                       hmi_arena *arena, hmi_overlap_found *ret, hmi_buf *message, hm_err *err)
{
    hmi_overlap_message answer;
    hmi_overlap_found found;
    uint8_t *tags = NULL;
    HMI_TRY(hmi_overlap_read(bytes, &answer, err));
    HMI_TRY(check_from(giver, bytes, &answer, HMI_OVERLAP_ANSWER, state->peer, err));
    HMI_TRY(check_follows(state, &answer, err));
    HMI_TRY(tags_of(state, &answer, arena, &tags, err));
    const uint8_t *sorted = sorted_copy(tags, answer.point_count, arena);
    if (sorted == NULL) {
        return hmi_arena_fail(arena, err);
    }
    HMI_TRY(match(state, answer.tags, sorted, answer.point_count, arena, &found, err));
    hmi_overlap_message result = { .step = HMI_OVERLAP_RESULT,
                                   .tag_count = answer.point_count,
                                   .tags = state->mode == HMI_OVERLAP_VALUES ? tags : sorted,
                                   .common = found.common,
                                   .before = hmi_sha256_of(bytes) };
    hmi_overlap_state copy = *state;
    int code = send_message(giver, &copy, &result, message, err);
    sodium_memzero(&copy, sizeof(copy));
    HMI_TRY(code);
    *ret = found;
    return HM_OK;
}

int hmi_overlap_result(const hmi_giver *giver, const hmi_overlap_state *state, hm_bytes bytes,
                       hmi_arena *arena, hmi_overlap_found *ret, hm_err *err)
{
    hmi_overlap_message result;
    hmi_overlap_found found;
    HMI_TRY(hmi_overlap_read(bytes, &result, err));
    HMI_TRY(check_from(giver, bytes, &result, HMI_OVERLAP_RESULT, state->peer, err));
    HMI_TRY(check_follows(state, &result, err));
    HMI_TRY(match(state, result.tags, state->tags, state->tag_count, arena, &found, err));
    if (found.common != result.common) {
        return hmi_fail(err, HM_E_CONFLICT, 20,
                        "they say that %u are common, their tags show %u: ask them why",
                        result.common, found.common);
    }
    *ret = found;
    return HM_OK;
}

void hmi_overlap_state_wipe(hmi_overlap_state *state)
{
    sodium_memzero(state, sizeof(*state));
}
