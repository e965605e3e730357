/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_likeness.c - any bytes digested, and any text as a digest: answers stay in their ranges.
 */
#include "sink.h"

#include "trait/likeness.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char ssdeep[HMI_SSDEEP_TEXT_MAX + 1], tlsh[HMI_TLSH_TEXT + 1];
    hm_bytes bytes = { data, size };
    hm_text text = hmi_text((const char *)data, size);
    if (hmi_ssdeep_of(bytes, ssdeep)) {
        hm_text digest = hmi_text_of(ssdeep);
        fuzz_want(hmi_ssdeep_likeness(digest, digest) == 100);
        int likeness = hmi_ssdeep_likeness(digest, text);
        fuzz_want(likeness >= -1 && likeness <= 100);
    }
    if (hmi_tlsh_of(bytes, tlsh)) {
        fuzz_want(hmi_tlsh_distance(hmi_text_of(tlsh), hmi_text_of(tlsh)) == 0);
        fuzz_want(hmi_tlsh_distance(hmi_text_of(tlsh), text) >= -1);
    }
    return 0;
}
