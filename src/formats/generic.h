/* SPDX-License-Identifier: Apache-2.0
 *
 * generic.h - what can be said of any file at all.
 */
#ifndef HMI_FORMATS_GENERIC_H
#define HMI_FORMATS_GENERIC_H

#include "trait/trait.h"

enum { HMI_GENERIC_VERSION = 1 };

/* Digests (SELF), the name's last component (SELF), facts "size" and "entropy". */
int hmi_generic_identity(hmi_reading *reading, hm_bytes file, hm_err *err);
/* Shannon entropy in thousandths of a bit per byte, 0..8000, the same on every machine. */
unsigned hmi_entropy_milli(hm_bytes bytes);

#endif
