/* SPDX-License-Identifier: Apache-2.0
 *
 * test_class.c - the table of classes is whole: ids ascend, names are unique, groups and caps hold.
 */
#include "check.h"
#include "trait/trait.h"

TEST(ids_ascend_and_each_is_found)
{
    size_t count;
    const hmi_class_row *rows = hmi_classes(&count);
    CHECK(count > 60);
    for (size_t i = 0; i < count; i++) {
        CHECK(rows[i].id > HMI_CLASS_NONE && rows[i].id < HMI_CLASS_MAX);
        CHECK(i == 0 || rows[i].id > rows[i - 1].id);
        CHECK(hmi_class_find((int)rows[i].id) == &rows[i]);
    }
    CHECK(hmi_class_find(HMI_CLASS_NONE) == NULL);
    CHECK(hmi_class_find(9) == NULL);
    CHECK(hmi_class_find(-1) == NULL);
    CHECK(hmi_class_find(HMI_CLASS_MAX) == NULL);
}

TEST(names_are_unique_and_well_formed)
{
    size_t count;
    const hmi_class_row *rows = hmi_classes(&count);
    for (size_t i = 0; i < count; i++) {
        hm_text name = hmi_text_of(rows[i].name);
        CHECK(name.len >= 3 && name.len <= 32);
        CHECK(hmi_ascii_alpha(name.ptr[0]));
        for (size_t k = 0; k < name.len; k++) {
            char c = name.ptr[k];
            CHECK((c >= 'a' && c <= 'z') || hmi_ascii_digit(c) || c == '-');
        }
        CHECK(hmi_class_by_name(name) == &rows[i]);
        CHECK(rows[i].label[0] != '\0');
    }
    CHECK(hmi_class_by_name(HM_TEXT("no-such-class")) == NULL);
    CHECK(hmi_class_by_name(HM_TEXT("")) == NULL);
}

TEST(every_class_has_a_group_and_a_bounded_weight)
{
    size_t count;
    const hmi_class_row *rows = hmi_classes(&count);
    for (size_t i = 0; i < count; i++) {
        const hmi_group_row *group = hmi_group_get(rows[i].group);
        CHECK(group != NULL);
        CHECK(rows[i].exact || rows[i].fuzzy);
        CHECK(rows[i].forge >= HMI_FORGE_TRIVIAL && rows[i].forge <= HMI_FORGE_COSTLY);
        CHECK(rows[i].cap_bits >= 0.0f && rows[i].cap_bits <= group->cap_bits);
        CHECK((rows[i].stix_type == NULL) == (rows[i].stix_property == NULL));
    }
    CHECK(hmi_group_get(HMI_GROUP_NONE) == NULL);
    CHECK(hmi_group_get(HMI_GROUP_COUNT) == NULL);
}

TEST(a_class_no_costlier_than_an_editor_says_at_most_three_nats)
{
    size_t count;
    const hmi_class_row *rows = hmi_classes(&count);
    for (size_t i = 0; i < count; i++) {
        CHECK(rows[i].forge != HMI_FORGE_TRIVIAL || rows[i].cap_bits < 4.4f);
    }
    CHECK(hmi_group_get(HMI_GROUP_BUILD)->cap_bits < 3.0f);
    CHECK(hmi_group_get(HMI_GROUP_CLAIM)->cap_bits == 0.0f);
}

TEST(groups_have_names)
{
    for (int g = HMI_GROUP_NONE + 1; g < HMI_GROUP_COUNT; g++) {
        const hmi_group_row *group = hmi_group_get((hmi_group)g);
        CHECK(group != NULL && (int)group->id == g);
        CHECK(group->name[0] != '\0' && group->label[0] != '\0' && group->planted_by[0] != '\0');
    }
}

RUN_TESTS()
