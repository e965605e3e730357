/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_sigma.c - any rule file over any event: an answer or a refusal.
 */
#include "detect/sigma.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_rule(void *with, const hmi_sigma_rule_info *rule, const hm_err *refused)
{
    (void)with;
    (void)rule;
    (void)refused;
}

static void on_hit(void *with, const hmi_sigma_rule_info *rule)
{
    (void)with;
    (void)rule;
}

static const char EVENT[] =
    "{\"Event\":{\"System\":{\"EventID\":1,\"Channel\":\"Microsoft-Windows-Sysmon/Operational\"},"
    "\"EventData\":{\"A\":\"x -Enc 10.0.0.1\",\"B\":[1,null,\"C:\\\\y\\\\cmd.exe\"],\"C\":5}}}";

/* rules, perhaps a NUL and an event behind it */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hm_bytes all = hmi_bytes(data, size);
    size_t cut = hmi_find_byte(all, 0);
    hm_bytes rules = hmi_slice(all, 0, cut == HMI_NPOS ? size : cut);
    hm_bytes event =
        cut == HMI_NPOS ? hmi_bytes(EVENT, sizeof(EVENT) - 1) : hmi_slice(all, cut + 1, size);
    hmi_sigma *set;
    hmi_json *json;
    hmi_value root;
    if (hmi_sigma_new(&set, NULL) != HM_OK) {
        return 0;
    }
    if (hmi_json_new(&json, NULL) == HM_OK &&
        hmi_sigma_add(set, rules, on_rule, NULL, NULL) == HM_OK &&
        hmi_sigma_compile(set, NULL) == HM_OK &&
        hmi_json_parse(json, event, 0, &root, NULL) == HM_OK) {
        (void)hmi_sigma_match(set, root, on_hit, NULL, NULL);
    }
    hmi_json_free(json);
    hmi_sigma_free(set);
    return 0;
}
