/* SPDX-License-Identifier: Apache-2.0
 *
 * selector.h - STIX granular-marking selectors (section 7.2.3): "external_references.[0].url".
 */
#ifndef HMI_SHARE_SELECTOR_H
#define HMI_SHARE_SELECTOR_H

#include "base/arena.h"
#include "base/json.h"

/* The value that a selector names in an object; none when it names nothing that is there or is no
 * selector at all. Keys may hold any characters but '.'; the arena is for keys with escapes. */
hmi_value hmi_selector_find(hmi_value object, hm_text selector, hmi_arena *arena);

#endif
