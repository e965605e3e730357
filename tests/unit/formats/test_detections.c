/* SPDX-License-Identifier: Apache-2.0
 *
 * test_detections.c - rules that fired become techniques, vulnerabilities and their order.
 */
#include "records.h"

#define GOOD                                                                                       \
    "{\"type\":\"hallmark-detections\",\"hits\":["                                                 \
    "{\"file\":\"a\",\"line\":1,\"rule\":\"A\",\"id\":\"aa-1\",\"tags\":[\"attack.execution\","    \
    "\"attack.t1059.001\",\"cve.2021-44228\"]},"                                                   \
    "{\"file\":\"a\",\"line\":2,\"rule\":\"B\",\"tags\":[\"attack.T1003\",\"attack.t1059.001\"]}," \
    "{\"file\":\"a\",\"line\":3,\"rule\":\"C\",\"id\":\"cc-3\",\"tags\":[\"attack.t1490\","        \
    "\"attack.tango\",\"attack.t\"]}],\"events\":3}"

TEST(hits_become_techniques_in_their_order)
{
    collector got;
    hm_err err = { 0 };
    CHECK_OK(records_collect(&got, HM_BYTES(GOOD), &err));
    CHECK_TEXT(collect_fact_of(&got, "format"), "detections");
    CHECK(collect_has(&got, HMI_TECHNIQUE, HMI_ROLE_DERIVED, "T1059.001"));
    CHECK(collect_has(&got, HMI_TECHNIQUE, HMI_ROLE_DERIVED, "T1003"));
    CHECK(collect_has(&got, HMI_VULNERABILITY, HMI_ROLE_DERIVED, "CVE-2021-44228"));
    CHECK(collect_has(&got, HMI_RULE_HIT, HMI_ROLE_DERIVED, "aa-1"));
    CHECK(collect_has(&got, HMI_RULE_HIT, HMI_ROLE_DERIVED, "B"));
    CHECK(collect_has(&got, HMI_STEP_ORDER, HMI_ROLE_DERIVED,
                      "techniques: T1059.001 > T1003 > T1490"));
    collect_fini(&got);
}

TEST(other_json_is_none)
{
    CHECK_EQ(hmi_reader_detections.detect(HM_BYTES("{\"hits\":[]}"), HM_BYTES("")), 0);
    CHECK_EQ(hmi_reader_detections.detect(HM_BYTES(""), HM_BYTES("")), 0);
}

/* Every prefix is refused or read, every flipped bit gets an answer. */
TEST(damage_is_never_more_than_damage)
{
    static const char good[] = GOOD;
    for (size_t bit = 0; bit < (sizeof(good) - 1) * 8; bit++) {
        char copy[sizeof(good)];
        collector got;
        hm_err err = { 0 };
        memcpy(copy, good, sizeof(good));
        copy[bit / 8] ^= (char)(1u << (bit % 8));
        collect_init(&got, 16 << 20);
        hmi_reading reading = collect_reading(&got);
        (void)hmi_reader_detections.read(&reading, hmi_bytes(copy, sizeof(good) - 1), &err);
        collect_fini(&got);
        collect_init(&got, 16 << 20);
        reading = collect_reading(&got);
        CHECK(hmi_reader_detections.read(&reading, hmi_bytes(good, bit / 8), &err) < 0);
        collect_fini(&got);
    }
}

RUN_TESTS()
