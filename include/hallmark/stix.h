/* SPDX-License-Identifier: Apache-2.0
 *
 * hallmark/stix.h - an incident in the formats that other programs read; STIX checked.
 *
 *     char *bundle;
 *     size_t len;
 *     if (hm_export(casebook, "seoul-2013", "stix", "amber", &bundle, &len, &err) == HM_OK) {
 *         fwrite(bundle, 1, len, stdout);
 *         hm_free(bundle);
 *     }
 *
 * STIX comes in as evidence, by hm_casebook_add: the jail reads it like everything else.
 *
 * Threads: one thread per casebook; hm_stix_validate_json and hm_stix_lift keep nothing and may be
 * called by any number of threads.
 */
#ifndef HALLMARK_STIX_H
#define HALLMARK_STIX_H

#include <hallmark/casebook.h>

HM_BEGIN_DECLS

/* The owner's own copy of an incident's traits, with the TLP 2.0 marking `tlp` ("clear", "green",
 * "amber", "amber+strict", "red"; NULL: "amber+strict"). `format` is "stix", "csv", "list",
 * "zeek-intel", "suricata", "sigma", "yara", "openioc", "misp" or "navigator". No release rule is
 * asked: what is meant for a partner goes through the program's share and export --to. *ret_bytes
 * is yours: hm_free(); a NUL follows it that *ret_len does not count. HM_E_NOT_FOUND, HM_E_MISUSE
 * for a format or level that is none, HM_E_UNSUPPORTED for formats that are several files. Since
 * 0.1. */
HM_API int hm_export(hm_casebook *casebook, const char *incident, const char *format,
                     const char *tlp, char **ret_bytes, size_t *ret_len, hm_err *err);

/* Is this STIX 2.1? A bundle or one object. What is wrong with it is in the answer ("valid",
 * "errors", "faults" ...), bytes that are no JSON too; an error is only ours. *ret_json is yours:
 * hm_free(). Since 0.1. */
HM_API int hm_stix_validate_json(hm_bytes document, char **ret_json, hm_err *err);

/* STIX 2.0 as STIX 2.1; everything else keeps its bytes. HM_E_MALFORMED when it is no JSON.
 * *ret_bytes is yours: hm_free(); a NUL follows it. Since 0.1. */
HM_API int hm_stix_lift(hm_bytes document, char **ret_bytes, size_t *ret_len, hm_err *err);

HM_END_DECLS

#endif
