/* SPDX-License-Identifier: Apache-2.0
 *
 * test_chances.c - the prior that a posterior and a likelihood ratio leave; the rows of the scales.
 */
#include "check.h"
#include "tell/chances.h"

TEST(prior_odds_times_likelihood_ratio_are_posterior_odds)
{
    const hmi_suspect even = { .posterior = 0.5, .llr = 0 };
    CHECK(hmi_prior_of(&even) > 0.4999 && hmi_prior_of(&even) < 0.5001);
    const hmi_suspect strong = { .posterior = 0.9, .llr = 4.394449154672439 }; /* ln 81 */
    CHECK(hmi_prior_of(&strong) > 0.0999 && hmi_prior_of(&strong) < 0.1001);
    const hmi_suspect sure = { .posterior = 1, .llr = 3 };
    CHECK(hmi_prior_of(&sure) >= 1);
}

TEST(each_row_of_the_scale_has_its_value)
{
    static const struct {
        double probability;
        uint64_t value;
    } ROWS[] = { { 0, 5 },      { 0.049, 5 }, { 0.05, 15 }, { 0.2, 30 },
                 { 0.449, 30 }, { 0.45, 50 }, { 0.55, 70 }, { 0.8, 85 },
                 { 0.94, 85 },  { 0.95, 95 }, { 1, 95 } };
    for (size_t i = 0; i < HMI_COUNT(ROWS); i++) {
        CHECK_EQ(hmi_dni_value(ROWS[i].probability), ROWS[i].value);
    }
}

TEST(a_basis_is_about_breadth_and_agreement)
{
    hmi_suspect s = { .nameable = true, .support = 20, .posterior = 0.01 };
    CHECK_CSTR(hmi_basis_of(&s, false), "high"); /* however unlikely */
    CHECK_CSTR(hmi_basis_of(&s, true), "low");
    s.support = 3;
    CHECK_CSTR(hmi_basis_of(&s, false), "moderate");
    s.nameable = false;
    s.posterior = 0.99;
    CHECK_CSTR(hmi_basis_of(&s, false), "low"); /* however likely */
}

RUN_TESTS()
