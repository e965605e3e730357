/* SPDX-License-Identifier: Apache-2.0
 *
 * observables.h - what strings.c and the files of the observable scanner know of each other.
 */
#ifndef HMI_FORMATS_SCAN_OBSERVABLES_H
#define HMI_FORMATS_SCAN_OBSERVABLES_H

#include "formats/scan/scan.h"

/* As hmi_scan_text, for text whose characters stand `step` bytes apart in the evidence. */
int hmi_scan_text_step(hmi_reading *reading, hm_bytes text, uint64_t offset, uint32_t step,
                       hmi_role role, hm_err *err);

/* Is the last label of this dotted name one that files, code or versions end with rather than
 * hosts ("dll", "so", "py", "Net" of System.Net)? */
bool hmi_scan_is_no_domain(hm_text name);

#endif
