/* SPDX-License-Identifier: Apache-2.0
 *
 * session.h - one overlap between two partners, step by step; docs/OVERLAP.md says what it
 * protects.
 *
 *     one side                                   the other
 *     hmi_overlap_offer   -- its points      --> hmi_overlap_answer
 *     hmi_overlap_finish  <-- points and tags --
 *                         -- tags            --> hmi_overlap_result
 *
 * Each side keeps a state between its two steps: secret numbers and the elements. The steps work on
 * bytes; who carries the messages is not their business.
 */
#ifndef HMI_OVERLAP_SESSION_H
#define HMI_OVERLAP_SESSION_H

#include "overlap/group.h"

typedef struct hmi_overlap_state {
    hmi_overlap_mode mode;
    bool answers; /* made by hmi_overlap_answer */
    uint8_t session[HMI_OVERLAP_SESSION], peer[32], scalar[32], salt[32];
    hmi_sha256 sent;               /* our message */
    uint32_t padded;               /* how many points we sent */
    uint32_t *element_of;          /* of each point; UINT32_MAX: padding */
    hmi_overlap_element *elements; /* by class and value, none twice */
    size_t element_count;
    uint8_t *tags; /* the answering side: what it made of the other's points */
    uint32_t tag_count;
} hmi_overlap_state;

typedef struct hmi_overlap_found {
    uint32_t common;
    const hmi_overlap_element **elements; /* HMI_OVERLAP_VALUES alone */
    size_t element_count;
} hmi_overlap_found;

/* `peer` is the other's public key, from the policy. Messages are appended. Everything lives in the
 * arena, the state's secrets too: wipe with hmi_overlap_state_wipe. */
int hmi_overlap_offer(const hmi_giver *giver, hmi_overlap_mode mode, const uint8_t peer[32],
                      const hmi_overlap_element *elements, size_t count, hmi_arena *arena,
                      hmi_overlap_state *ret, hmi_buf *message, hm_err *err);
/* HM_E_DENIED when the offer is not signed by `peer`, not meant for us, or asks for values and
 * `values` does not agree. */
int hmi_overlap_answer(const hmi_giver *giver, hm_bytes offer, const uint8_t peer[32], bool values,
                       const hmi_overlap_element *elements, size_t count, hmi_arena *arena,
                       hmi_overlap_state *ret, hmi_buf *message, hm_err *err);
int hmi_overlap_finish(const hmi_giver *giver, const hmi_overlap_state *state, hm_bytes answer,
                       hmi_arena *arena, hmi_overlap_found *ret, hmi_buf *message, hm_err *err);
/* HM_E_CONFLICT when the other found another number than we do. */
int hmi_overlap_result(const hmi_giver *giver, const hmi_overlap_state *state, hm_bytes result,
                       hmi_arena *arena, hmi_overlap_found *ret, hm_err *err);

int hmi_overlap_state_write(const hmi_overlap_state *state, hmi_buf *out, hm_err *err);
/* HM_E_CORRUPT. `bytes` must outlive what is returned. */
int hmi_overlap_state_read(hm_bytes bytes, hmi_arena *arena, hmi_overlap_state *ret, hm_err *err);
void hmi_overlap_state_wipe(hmi_overlap_state *state);

#endif
