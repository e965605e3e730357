/* SPDX-License-Identifier: Apache-2.0
 *
 * test_kernels.c - a kernel runs only where all is there that it was compiled for.
 */
#include "check.h"

#include "match/scan.h"

static const unsigned ALL =
    HMI_CPU_AVX2 | HMI_CPU_BMI | HMI_CPU_BMI2 | HMI_CPU_LZCNT | HMI_CPU_POPCNT;

static void test_nothing_is_enough_for_the_portable(void **state)
{
    (void)state;
    CHECK_EQ(hmi_kernel_portable.needs, 0);
    assert_ptr_equal(hmi_kernel_for(0), &hmi_kernel_portable);
}

#if defined(__x86_64__)
static void test_each_missing_one_counts(void **state)
{
    (void)state;
    CHECK_EQ(hmi_kernel_avx2.needs, ALL);
    assert_ptr_equal(hmi_kernel_for(ALL), &hmi_kernel_avx2);
    for (unsigned bit = 1; bit <= ALL; bit <<= 1) {
        assert_ptr_equal(hmi_kernel_for(ALL & ~bit), &hmi_kernel_portable);
    }
}
#endif

static void test_this_machine(void **state)
{
    (void)state;
    CHECK_EQ(hmi_kernel_for(hmi_cpu_has())->needs & ~hmi_cpu_has(), 0);
    CHECK_EQ(hmi_cpu_has() & ~ALL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_is_enough_for_the_portable),
#if defined(__x86_64__)
        cmocka_unit_test(test_each_missing_one_counts),
#endif
        cmocka_unit_test(test_this_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
