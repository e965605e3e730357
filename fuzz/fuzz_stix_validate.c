/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_stix_validate.c - the STIX checker on any bytes: no crash, clean sentences, places inside.
 */
#include <stdlib.h>

#include "base/text.h"
#include "share/stix_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static hmi_stix_checker *checker;
    hm_err err = { 0 };
    hmi_stix_report report;
    if (checker == NULL && hmi_stix_checker_new(&checker, &err) != HM_OK) {
        abort();
    }
    if (hmi_stix_check_document(checker, hmi_bytes(data, size), NULL, &report, &err) != HM_OK) {
        return 0;
    }
    for (size_t i = 0; i < report.fault_count; i++) {
        const hmi_stix_fault *f = &report.faults[i];
        if (f->offset > size || !hmi_utf8_clean(hmi_text_bytes(f->text)) ||
            !hmi_utf8_clean(hmi_text_bytes(f->path))) {
            abort();
        }
    }
    return 0;
}
