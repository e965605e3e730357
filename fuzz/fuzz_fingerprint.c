/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_fingerprint.c - two strangers' fingerprints: every question answers within its bounds.
 */
#include <stdlib.h>

#include "base/bytes.h"
#include "code/code.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void want(bool good)
{
    if (!good) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t half = size / 2;
    hm_bytes a = { data, half }, b = { data + half, size - half };
    double similarity = hmi_fingerprint_similarity(a, b);
    want(similarity >= 0 && similarity <= 1);
    want(similarity == hmi_fingerprint_similarity(b, a));
    hmi_function_facts facts;
    /* The head alone gives the facts: also of prints whose lists are no lists. */
    want(hmi_fingerprint_facts(a, &facts) || !hmi_fingerprint_valid(a));
    want(!hmi_fingerprint_valid(a) || hmi_fingerprint_similarity(a, a) == 1);
    uint64_t probes[40];
    size_t count = hmi_fingerprint_probes(a, probes, HMI_COUNT(probes));
    want(count <= HMI_COUNT(probes) && (count > 0) == hmi_fingerprint_valid(a));
    return 0;
}
