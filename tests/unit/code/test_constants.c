/* SPDX-License-Identifier: Apache-2.0
 * test_constants.c - which numbers are rare enough to mean something. */
#include "check.h"
#include "code/constants.h"

TEST(chosen_numbers_are_rare)
{
    CHECK(hmi_constant_is_rare(0x7a3f19c5, 4));
    CHECK(hmi_constant_is_rare(0xd76aa478, 4));
    CHECK(hmi_constant_is_rare(0x9e3779b1, 4));
    CHECK(hmi_constant_is_rare(0xc6a4a7935bd1e995, 8));
}

TEST(everyday_numbers_are_not)
{
    static const uint32_t words[] = { 0,          1,          0xffffffff, 0x80000000, 0x7fffffff,
                                      0xff00ff00, 0x55555555, 0x01010101, 0x0fffffff, 0xfffff000,
                                      1000000000, 3600000000, 0x3f800000, 0x40490000, 0x3dcccccd,
                                      0xcccccccd, 0xaaaaaaab, 0x92492493, 0x51eb851f, 0x66666667,
                                      0x10624dd3, 0x46464952, 0xfffe0001, 0x00012345 };
    for (size_t i = 0; i < HMI_COUNT(words); i++) {
        if (hmi_constant_is_rare(words[i], 4)) {
            print_error("%08x\n", words[i]);
            CHECK(false);
        }
    }
    static const uint64_t longs[] = { 0x8000000000000000, 0x7fefffffffffffff, 0x3ff0000000000000,
                                      0xcccccccccccccccd, 0xaaaaaaaaaaaaaaab, 0x5555555555555555,
                                      0x3fb999999999999a, 0x00000000d76aa478, 0x6f77206f6c6c6568 };
    for (size_t i = 0; i < HMI_COUNT(longs); i++) {
        if (hmi_constant_is_rare(longs[i], 8)) {
            print_error("%016llx\n", (unsigned long long)longs[i]);
            CHECK(false);
        }
    }
    CHECK(!hmi_constant_is_rare(0xa5, 1));
}

RUN_TESTS()
