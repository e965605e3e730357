/* SPDX-License-Identifier: Apache-2.0
 *
 * message.c - reads and writes the messages of an overlap.
 *
 * TRUST  A partner's bytes: counts are checked against the length before anything is looked at, and
 *        points must ascend, so that none comes twice.
 * OWNS   Nothing.
 */
#include "overlap/message.h"

#include "base/cursor.h"
#include "base/error.h"

static const uint8_t MAGIC[8] = "HMOVLP1";
#define DOMAIN "hallmark overlap message 1"

const char *hmi_overlap_step_name(hmi_overlap_step step)
{
    return step == HMI_OVERLAP_OFFER ? "offer" : step == HMI_OVERLAP_ANSWER ? "answer" : "result";
}

const char *hmi_overlap_mode_name(hmi_overlap_mode mode)
{
    return mode == HMI_OVERLAP_COUNT ? "count" : "values";
}

static bool size_allowed(uint32_t count)
{
    return count >= HMI_OVERLAP_POINTS_MIN && count <= HMI_OVERLAP_POINTS_MAX &&
           (count & (count - 1)) == 0;
}

/* An offer has points, a result tags, an answer both. */
static bool counts_fit(const hmi_overlap_message *m)
{
    bool points = m->step != HMI_OVERLAP_RESULT, tags = m->step != HMI_OVERLAP_OFFER;
    return (points ? size_allowed(m->point_count) : m->point_count == 0) &&
           (tags ? size_allowed(m->tag_count) : m->tag_count == 0) &&
           (m->step == HMI_OVERLAP_RESULT || m->common == 0);
}

static int check_order(const hmi_overlap_message *m, hm_err *err)
{
    for (size_t i = 1; i < m->point_count; i++) {
        const uint8_t *here = m->points + i * HMI_OVERLAP_POINT;
        if (memcmp(here - HMI_OVERLAP_POINT, here, HMI_OVERLAP_POINT) >= 0) {
            return hmi_fail(err, HM_E_MALFORMED, HMI_OVERLAP_HEAD + i * HMI_OVERLAP_POINT,
                            "the points of the message do not ascend");
        }
    }
    return HM_OK;
}

int hmi_overlap_read(hm_bytes bytes, hmi_overlap_message *ret, hm_err *err)
{
    hmi_overlap_message m = { 0 };
    if (bytes.len < HMI_OVERLAP_HEAD + HMI_GIVEN_SIGNATURE) {
        return hmi_fail(err, HM_E_TRUNCATED, bytes.len, "the message is cut short");
    }
    hmi_cur cur = hmi_cur_over(bytes);
    if (!hmi_cur_match(&cur, hmi_bytes(MAGIC, sizeof(MAGIC)))) {
        return hmi_fail(err, HM_E_MALFORMED, 0, "this is no message of an overlap");
    }
    m.step = (hmi_overlap_step)hmi_cur_u8(&cur);
    m.mode = (hmi_overlap_mode)hmi_cur_u8(&cur);
    uint16_t zero = hmi_cur_u16(&cur);
    m.point_count = hmi_cur_u32(&cur);
    m.tag_count = hmi_cur_u32(&cur);
    m.common = hmi_cur_u32(&cur);
    if (m.step < HMI_OVERLAP_OFFER || m.step > HMI_OVERLAP_RESULT || zero != 0 ||
        (m.mode != HMI_OVERLAP_COUNT && m.mode != HMI_OVERLAP_VALUES)) {
        return hmi_fail(err, HM_E_MALFORMED, 8, "the message is of no known kind");
    }
    if (!counts_fit(&m)) {
        return hmi_fail(err, HM_E_MALFORMED, 12,
                        "the message has an impossible number of points or tags");
    }
    uint64_t wanted = HMI_OVERLAP_HEAD + (uint64_t)m.point_count * HMI_OVERLAP_POINT +
                      (uint64_t)m.tag_count * HMI_OVERLAP_TAG + HMI_GIVEN_SIGNATURE;
    if (bytes.len != wanted) {
        return hmi_fail(err, bytes.len < wanted ? HM_E_TRUNCATED : HM_E_MALFORMED, bytes.len,
                        "the message has another length than its counts say");
    }
    const uint8_t *at = bytes.ptr + 24;
    memcpy(m.session, at, sizeof(m.session));
    memcpy(m.sender, at + 16, 32);
    memcpy(m.receiver, at + 48, 32);
    memcpy(m.before.bytes, at + 80, 32);
    memcpy(m.commitment.bytes, at + 112, 32);
    m.points = bytes.ptr + HMI_OVERLAP_HEAD;
    m.tags = m.points + (size_t)m.point_count * HMI_OVERLAP_POINT;
    HMI_TRY(check_order(&m, err));
    *ret = m;
    return HM_OK;
}

bool hmi_overlap_signed(hm_bytes bytes, const hmi_overlap_message *message)
{
    size_t len = bytes.len - HMI_GIVEN_SIGNATURE;
    return hmi_signature_good(hmi_bytes(message->sender, 32), DOMAIN, hmi_slice(bytes, 0, len),
                              bytes.ptr + len);
}

int hmi_overlap_write(const hmi_giver *giver, const hmi_overlap_message *m, hmi_buf *out,
                      hm_err *err)
{
    uint8_t signature[HMI_GIVEN_SIGNATURE];
    size_t from = out->len;
    hmi_assert(counts_fit(m));
    hmi_buf_add(out, hmi_bytes(MAGIC, sizeof(MAGIC)));
    hmi_buf_add_u8(out, (uint8_t)m->step);
    hmi_buf_add_u8(out, (uint8_t)m->mode);
    hmi_buf_add_u16(out, 0);
    hmi_buf_add_u32(out, m->point_count);
    hmi_buf_add_u32(out, m->tag_count);
    hmi_buf_add_u32(out, m->common);
    hmi_buf_add(out, hmi_bytes(m->session, sizeof(m->session)));
    hmi_buf_add(out, hmi_bytes(m->sender, 32));
    hmi_buf_add(out, hmi_bytes(m->receiver, 32));
    hmi_buf_add(out, hmi_bytes(m->before.bytes, 32));
    hmi_buf_add(out, hmi_bytes(m->commitment.bytes, 32));
    hmi_buf_add(out, hmi_bytes(m->points, (size_t)m->point_count * HMI_OVERLAP_POINT));
    hmi_buf_add(out, hmi_bytes(m->tags, (size_t)m->tag_count * HMI_OVERLAP_TAG));
    HMI_TRY(hmi_buf_check(out, err));
    hmi_giver_sign(giver, DOMAIN, hmi_slice(hmi_buf_bytes(out), from, out->len - from), signature);
    hmi_buf_add(out, hmi_bytes(signature, sizeof(signature)));
    return hmi_buf_check(out, err);
}
