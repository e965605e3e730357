/* SPDX-License-Identifier: Apache-2.0
 *
 * stix_id.h - names that STIX 2.1 gives to things: deterministic SCO ids and random ids.
 *
 * Section 2.9: an SCO's id is a UUIDv5 in namespace 00abedb4-aa42-466c-9c01-fed23315a9b7 over the
 * RFC 8785 canonical JSON of its ID contributing properties.
 */
#ifndef HMI_TRAIT_STIX_ID_H
#define HMI_TRAIT_STIX_ID_H

#include "base/buf.h"
#include "base/json.h"
#include "trait/trait.h"

enum { HMI_UUID_TEXT = 36 };

/* This program as the author of what it makes: an identity, the same in every document. */
#define HMI_STIX_PROGRAM "identity--8a4c1f27-3b0e-5d6a-9c51-2f7e60d9b814"
#define HMI_STIX_PROGRAM_MADE_US INT64_C(1767225600000000) /* 2026-01-01 */

/* Lower-case text of a version 5 UUID (RFC 4122 section 4.3) of `name` in `name_space`. */
void hmi_uuid5(const uint8_t name_space[16], hm_bytes name, char ret_text[HMI_UUID_TEXT + 1]);
/* Random version 4 UUID. HM_E_IO when the system gives no randomness. */
int hmi_uuid4(char ret_text[HMI_UUID_TEXT + 1], hm_err *err);
bool hmi_uuid_is(hm_text text);
/* "type--uuid" with a type of [a-z0-9-]{3,250}. */
bool hmi_stix_id_is(hm_text text);

/* Appends the SCO that stands for a trait, as one JSON object with its deterministic id
 * ({"type":"domain-name","spec_version":"2.1","id":"domain-name--...","value":"..."}).
 * HM_E_UNSUPPORTED when STIX has no observable for the class. */
int hmi_stix_observable(hmi_class class_id, hm_text value, hmi_buf *out, hm_err *err);
/* Only its id. */
int hmi_stix_observable_id(hmi_class class_id, hm_text value, hmi_buf *out, hm_err *err);
/* Appends the id that a whole SCO should have, whatever id it came with. HM_E_UNSUPPORTED when its
 * type or its properties make none: such objects have random ids. */
int hmi_stix_sco_id(hmi_value object, hmi_arena *arena, hmi_buf *out, hm_err *err);
/* Appends "type--uuid" for canonical JSON of ID contributing properties. */
void hmi_stix_id_add(hm_text type, hm_bytes canonical, hmi_buf *out);

#endif
