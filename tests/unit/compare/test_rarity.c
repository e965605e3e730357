/* SPDX-License-Identifier: Apache-2.0
 *
 * test_rarity.c - rarer is worth more, never more than the counts can say.
 */
#include "check.h"

#include "compare/rarity.h"

TEST(weight_falls_with_every_incident_that_holds_it)
{
    size_t count = 0;
    const hmi_class_row *rows = hmi_classes(&count);
    for (size_t i = 0; i < count; i++) {
        double last = 100;
        for (uint64_t others = 0; others < 1000; others += 10) {
            hmi_counts counts = { others, 1000, 0, 500 };
            double bits = hmi_rarity_bits(&rows[i], &counts);
            CHECK(bits >= 0 && bits <= last);
            last = bits;
        }
    }
}

TEST(weight_falls_with_every_harmless_file_that_carries_it)
{
    double last = 100;
    for (uint64_t files = 0; files < 500; files++) {
        hmi_counts counts = { 0, 6, files, 500 };
        double bits = hmi_rarity_bits(hmi_class_find(HMI_STRING), &counts);
        CHECK(bits <= last);
        last = bits;
    }
}

TEST(few_incidents_cannot_claim_much)
{
    hmi_counts small = { 0, 6, 0, 0 }, large = { 0, 100000, 0, 0 };
    const hmi_class_row *address = hmi_class_find(HMI_ADDRESS);
    CHECK(hmi_rarity_bits(address, &small) < 4);
    CHECK(hmi_rarity_bits(address, &large) > 10);
}

TEST(claims_weigh_nothing)
{
    hmi_counts counts = { 0, 1000, 0, 1000 };
    CHECK(hmi_rarity_bits(hmi_class_find(HMI_ACTOR_CLAIM), &counts) <= 0);
}

TEST(hubs_by_share_of_harmless_files)
{
    CHECK(!hmi_rarity_is_hub(hmi_class_find(HMI_STRING),
                             &(hmi_counts){ .baseline = 0, .baseline_all = 0 }));
    CHECK(!hmi_rarity_is_hub(hmi_class_find(HMI_STRING),
                             &(hmi_counts){ .baseline = 2, .baseline_all = 10 }));
    CHECK(hmi_rarity_is_hub(hmi_class_find(HMI_STRING),
                            &(hmi_counts){ .baseline = 3, .baseline_all = 150 }));
    CHECK(!hmi_rarity_is_hub(hmi_class_find(HMI_STRING),
                             &(hmi_counts){ .baseline = 9, .baseline_all = 500 }));
    CHECK(hmi_rarity_is_hub(hmi_class_find(HMI_STRING),
                            &(hmi_counts){ .baseline = 10, .baseline_all = 500 }));
    /* one harmless program is enough to make a function anybody's */
    CHECK(hmi_rarity_is_hub(hmi_class_find(HMI_FUNCTION),
                            &(hmi_counts){ .baseline = 1, .baseline_all = 500 }));
    CHECK(!hmi_rarity_is_hub(hmi_class_find(HMI_FUNCTION),
                             &(hmi_counts){ .baseline = 0, .baseline_all = 500 }));
}

TEST(parts_grow_from_nothing_to_all)
{
    CHECK(hmi_function_part(6) <= 0 && hmi_function_part(32) >= 1);
    CHECK(hmi_function_part(19) > 0.49 && hmi_function_part(19) < 0.51);
    CHECK(hmi_likeness_part(0.6) <= 0 && hmi_likeness_part(1) >= 1);
    CHECK(hmi_likeness_part(0.8) > 0.49 && hmi_likeness_part(0.8) < 0.51);
}

RUN_TESTS()
