/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_canonical.c - whatever a form accepts is clean and its own canonical form; noise lists, keys
 * and observables take any canonical value.
 *
 * First byte: class; lowest bit of the second: defanged spellings allowed; the rest: the value.
 */
#include <stdlib.h>

#include "base/text.h"
#include "trait/canon.h"
#include "trait/stix_id.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void want(bool good)
{
    if (!good) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 || hmi_class_find(data[0]) == NULL) {
        return 0;
    }
    hmi_class class_id = (hmi_class)data[0];
    hm_text raw = hmi_text((const char *)data + 2, size - 2);
    hmi_canon once, twice;
    if (!hmi_canon_run(class_id, raw, data[1] & 1, &once)) {
        return 0;
    }
    hm_text value = hmi_canon_text(&once);
    want(value.len > 0 && value.len <= HMI_TRAIT_VALUE_MAX);
    want(hmi_utf8_clean(hmi_text_bytes(value)));
    want(hmi_canon_run(class_id, value, false, &twice));
    want(hmi_text_eq(hmi_canon_text(&twice), value));
    (void)hmi_trait_is_noise(class_id, value, NULL);
    (void)hmi_trait_key(class_id, value);
    if (class_id == HMI_DOMAIN) {
        (void)hmi_domain_registered(value);
    }
    hmi_buf out;
    hmi_buf_init(&out, 0);
    (void)hmi_stix_observable(class_id, value, &out, NULL);
    hmi_buf_fini(&out);
    return 0;
}
