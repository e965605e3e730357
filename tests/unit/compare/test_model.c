/* SPDX-License-Identifier: Apache-2.0
 *
 * test_model.c - a model file is read or refused; posteriors add up; caps hold; the built-in loads.
 */
#include "check.h"

#include "base/error.h"
#include "compare/model.h"

static const char SMALL[] = "hallmark-model 1\n# by hand\nname small 3\nreference 0\ncap infra 3\n"
                            "weight S:ip 0.5\nweight none 1.25\nweight prior -0.5\n"
                            "pair technique 0.25\n";

TEST(a_small_model_is_read_and_written_back)
{
    hm_err err = { 0 };
    hmi_model model, again;
    hmi_buf out;
    CHECK_OK(hmi_model_parse(HM_BYTES(SMALL), &model, &err));
    CHECK_CSTR(model.name, "small 3");
    CHECK(model.cap[HMI_PLANT_INFRA] > 2.9 && model.weight[0] > 0.49);
    CHECK(model.weight[HMI_COL_PRIOR] < -0.49);
    hmi_buf_init(&out, 1 << 16);
    hmi_model_format(&model, HM_TEXT("again"), &out);
    CHECK_OK(hmi_model_parse(hmi_buf_bytes(&out), &again, &err));
    CHECK(memcmp(&model, &again, sizeof(model)) == 0);
    hmi_buf_fini(&out);
}

TEST(strange_lines_are_refused_with_their_place)
{
    static const struct {
        const char *text;
        int code;
        uint64_t offset;
    } BAD[] = {
        { "", HM_E_TRUNCATED, 0 },
        { "hallmark-model 2\nname x\n", HM_E_UNSUPPORTED, 0 },
        { "hallmark-model 1\n", HM_E_TRUNCATED, 17 },
        { "hallmark-model 1\nname x\nweight S:colour 1\n", HM_E_MALFORMED, 24 },
        { "hallmark-model 1\nname x\nweight S:ip inf\n", HM_E_MALFORMED, 24 },
        { "hallmark-model 1\nname x\nweight S:ip 1e9\n", HM_E_MALFORMED, 24 },
        { "hallmark-model 1\nname x\nweight S:ip 10000000\n", HM_E_MALFORMED, 24 },
        { "hallmark-model 1\nname x\nweight S:ip\n", HM_E_MALFORMED, 24 },
        { "hallmark-model 1\nname x\nreference 2\n", HM_E_MALFORMED, 24 },
        { "hallmark-model 1\nname x\x1b[2J\n", HM_E_MALFORMED, 17 },
    };
    for (size_t i = 0; i < HMI_COUNT(BAD); i++) {
        hm_err err = { 0 };
        hmi_model model = { .name = "untouched" };
        CHECK_EQ(hmi_model_parse(hmi_text_bytes(hmi_text_of(BAD[i].text)), &model, &err),
                 BAD[i].code);
        CHECK_EQ(err.offset, BAD[i].offset);
        CHECK_CSTR(model.name, "untouched");
    }
}

TEST(every_prefix_and_every_flipped_bit_is_survived)
{
    for (size_t i = 0; i < (sizeof(SMALL) - 1) * 9; i++) {
        char copy[sizeof(SMALL)];
        size_t len = sizeof(SMALL) - 1;
        hm_err err = { 0 };
        hmi_model model = { 0 };
        memcpy(copy, SMALL, sizeof(SMALL));
        if (i < len) {
            len = i;
        } else {
            copy[(i - len) / 8] = (char)(copy[(i - len) / 8] ^ 1 << (i - len) % 8);
        }
        int code = hmi_model_parse(hmi_bytes(copy, len), &model, &err);
        CHECK(code == HM_OK || err.text[0] != 0);
    }
}

TEST(columns_have_distinct_names)
{
    char a[32], b[32];
    for (int i = 0; i < HMI_COL_COUNT; i++) {
        CHECK(hmi_col_name(i, a)[0] != 0);
        for (int k = 0; k < i; k++) {
            CHECK(strcmp(hmi_col_name(k, b), a) != 0);
        }
    }
}

TEST(the_built_in_model_loads_and_is_capped)
{
    hm_err err = { 0 };
    hmi_model model;
    CHECK_OK(hmi_model_builtin(&model, &err));
    CHECK(model.name[0] != 0 && !model.reference);
    for (int group = 0; group < HMI_PLANT_COUNT; group++) {
        CHECK(model.cap[group] > 0);
    }
    for (int col = 0; col < HMI_COL_EVIDENCE; col++) {
        CHECK(model.weight[col] >= 0);
    }
}

TEST(posteriors_add_up_and_no_group_passes_its_cap)
{
    hm_err err = { 0 };
    hmi_model model;
    double rows[3 * HMI_COL_COUNT], posteriors[3], llrs[6];
    uint32_t present[3] = { 0, 1, 2 };
    hmi_scorer scorer = { .rows = rows, .present = present, .present_count = 3 };
    CHECK_OK(hmi_model_builtin(&model, &err));
    for (int i = 0; i < 3 * HMI_COL_COUNT; i++) {
        rows[i] = i < HMI_COL_COUNT ? 1000 : i < 2 * HMI_COL_COUNT ? 1 : 0;
    }
    for (int col = HMI_COL_PRIOR; col < HMI_COL_COUNT; col++) {
        rows[col] = rows[HMI_COL_COUNT + col] = 0;
    }
    const hmi_weighed w = hmi_model_weigh(&model, &scorer, 0);
    for (int group = 0; group < HMI_PLANT_COUNT; group++) {
        CHECK(w.group[group] <= model.cap[group]);
    }
    const double none = hmi_model_posterior(&model, &scorer, true, posteriors, llrs);
    const double sum = none + posteriors[0] + posteriors[1] + posteriors[2];
    CHECK(sum > 1 - 1e-12 && sum < 1 + 1e-12);
    CHECK(posteriors[0] > posteriors[1] && posteriors[1] > posteriors[2]);
    CHECK(llrs[0] > 0 && llrs[2] < 0);
}

RUN_TESTS()
