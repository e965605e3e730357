/* SPDX-License-Identifier: Apache-2.0
 *
 * message.h - what two partners hand each other to learn what they have in common.
 *
 *   offset size
 *        0    8  "HMOVLP1\0"
 *        8    1  step: 1 offer, 2 answer, 3 result
 *        9    1  mode: 1 count, 2 values
 *       10    2  zero
 *       12    4  points           little-endian, a power of two; 0 in a result
 *       16    4  tags             0 in an offer
 *       20    4  common           what the sender found; 0 but in a result
 *       24   16  session
 *       40   32  sender's signing key
 *       72   32  receiver's signing key
 *      104   32  SHA-256 of the message before; zeros in an offer
 *      136   32  commitment to the sender's elements; zeros in a result
 *      168       points of 32 bytes, ascending, none twice; then tags of 16 bytes
 *       -64  64  signature over all before it
 */
#ifndef HMI_OVERLAP_MESSAGE_H
#define HMI_OVERLAP_MESSAGE_H

#include "base/buf.h"
#include "base/hash.h"
#include "given/giver.h"

enum {
    HMI_OVERLAP_POINTS_MAX = 1 << 20,
    HMI_OVERLAP_POINTS_MIN = 256, /* smaller sets are padded to this */
    HMI_OVERLAP_POINT = 32,
    HMI_OVERLAP_TAG = 16,
    HMI_OVERLAP_SESSION = 16,
    HMI_OVERLAP_HEAD = 168,
    HMI_OVERLAP_MESSAGE_MAX = HMI_OVERLAP_HEAD + HMI_OVERLAP_POINTS_MAX * (32 + 16) + 64
};

typedef enum hmi_overlap_step {
    HMI_OVERLAP_OFFER = 1,
    HMI_OVERLAP_ANSWER = 2,
    HMI_OVERLAP_RESULT = 3
} hmi_overlap_step;

typedef enum hmi_overlap_mode { HMI_OVERLAP_COUNT = 1, HMI_OVERLAP_VALUES = 2 } hmi_overlap_mode;

typedef struct hmi_overlap_message {
    hmi_overlap_step step;
    hmi_overlap_mode mode;
    uint32_t point_count, tag_count, common;
    uint8_t session[HMI_OVERLAP_SESSION];
    uint8_t sender[32], receiver[32];
    hmi_sha256 before, commitment;
    const uint8_t *points, *tags; /* borrowed */
} hmi_overlap_message;

/* HM_E_MALFORMED, HM_E_TRUNCATED, HM_E_LIMIT with the offset. Nothing is believed yet: the
 * signature is hmi_overlap_signed's business, the points are judged when they are used. */
int hmi_overlap_read(hm_bytes bytes, hmi_overlap_message *ret, hm_err *err);
/* Is it signed by the sender that it names? */
bool hmi_overlap_signed(hm_bytes bytes, const hmi_overlap_message *message);
/* Appends the message, signed. */
int hmi_overlap_write(const hmi_giver *giver, const hmi_overlap_message *message, hmi_buf *out,
                      hm_err *err);
const char *hmi_overlap_step_name(hmi_overlap_step step);
const char *hmi_overlap_mode_name(hmi_overlap_mode mode);

#endif
