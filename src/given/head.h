/* SPDX-License-Identifier: Apache-2.0
 *
 * head.h - the newest entry, remembered where whoever changes the casebook cannot reach it.
 *
 * A chain shows that nothing was changed inside it; only a memory of its end shows that the end is
 * still there. The memory is one line, for people to note down and for a file of the user's:
 * $HALLMARK_STATE/heads/NAME, else $XDG_STATE_HOME/hallmark/heads/NAME, else
 * ~/.local/state/hallmark/heads/NAME, where NAME is made from the casebook's path.
 *
 *     hallmark-head 1 PUBLICKEY SEQ GENERATION HASH
 */
#ifndef HMI_GIVEN_HEAD_H
#define HMI_GIVEN_HEAD_H

#include "base/buf.h"
#include "casebook/given.h"

typedef struct hmi_head {
    uint8_t public_key[32];
    uint64_t seq, generation;
    hmi_sha256 hash;
} hmi_head;

void hmi_head_write(const hmi_head *head, hmi_buf *out);
/* HM_E_MALFORMED. Blanks around it are fine. */
int hmi_head_read(hm_text line, hmi_head *ret, hm_err *err);
/* What this user remembers of the casebook: HM_E_NOT_FOUND when nothing. */
int hmi_head_recalled(const char *casebook, hmi_head *ret, hm_err *err);
/* A head of the same log with a higher number is left, unless `anyhow`. */
int hmi_head_remember(const char *casebook, const hmi_head *head, bool anyhow, hm_err *err);

#endif
