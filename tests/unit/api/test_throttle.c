/* SPDX-License-Identifier: Apache-2.0
 *
 * test_throttle.c - ten tries for a name from everywhere, ten from a place at every name.
 */
#include "api/throttle.h"
#include "check.h"

TEST(tries_run_out_and_come_back)
{
    hmi_throttle *t = hmi_throttle_new();
    int64_t now = 1000000;
    for (int i = 0; i < HMI_THROTTLE_BURST; i++) {
        CHECK_EQ(hmi_throttle_take(t, HM_TEXT("kim"), HM_TEXT("192.0.2.1"), now), 0);
    }
    CHECK(hmi_throttle_take(t, HM_TEXT("kim"), HM_TEXT("192.0.2.2"), now) > 0); /* the name */
    CHECK(hmi_throttle_take(t, HM_TEXT("lee"), HM_TEXT("192.0.2.1"), now) > 0); /* the place */
    CHECK_EQ(hmi_throttle_take(t, HM_TEXT("lee"), HM_TEXT("192.0.2.2"), now), 0);
    now += INT64_C(1000000) * HMI_THROTTLE_REFILL_S;
    CHECK_EQ(hmi_throttle_take(t, HM_TEXT("kim"), HM_TEXT("192.0.2.1"), now), 0);
    CHECK(hmi_throttle_take(t, HM_TEXT("kim"), HM_TEXT("192.0.2.1"), now) > 0);
    hmi_throttle_give_back(t, HM_TEXT("kim"), HM_TEXT("192.0.2.1"));
    CHECK_EQ(hmi_throttle_take(t, HM_TEXT("kim"), HM_TEXT("192.0.2.1"), now), 0);
    hmi_throttle_free(t);
}

TEST(what_succeeds_costs_nothing)
{
    hmi_throttle *t = hmi_throttle_new();
    for (int i = 0; i < 100; i++) {
        CHECK_EQ(hmi_throttle_take(t, HM_TEXT("kim"), HM_TEXT("::1"), 5), 0);
        hmi_throttle_give_back(t, HM_TEXT("kim"), HM_TEXT("::1"));
    }
    hmi_throttle_free(t);
}

RUN_TESTS()
