/* SPDX-License-Identifier: Apache-2.0
 *
 * kernels.c - which kernel this processor can run.
 *
 * WHY    A kernel that is compiled for instructions which the processor lacks ends the program, or,
 *        with LZCNT, counts wrongly: an older processor runs it as BSR without a word. What a
 *        kernel needs is therefore what it was compiled for (scan.h), not a list kept by hand.
 */
#include "match/scan.h"

#if defined(__x86_64__)
#include <cpuid.h>

/* __builtin_cpu_supports of older clang has no word for it. */
static bool has_lzcnt(void)
{
    enum { LEAF = 0x80000001, ECX_LZCNT = 1 << 5 };
    unsigned eax = 0;
    unsigned ebx = 0;
    unsigned ecx = 0;
    unsigned edx = 0;
    return __get_cpuid((unsigned)LEAF, &eax, &ebx, &ecx, &edx) != 0 && (ecx & ECX_LZCNT) != 0;
}

unsigned hmi_cpu_has(void)
{
    unsigned has = 0;
    has |= __builtin_cpu_supports("avx2") ? HMI_CPU_AVX2 : 0u;
    has |= __builtin_cpu_supports("bmi") ? HMI_CPU_BMI : 0u;
    has |= __builtin_cpu_supports("bmi2") ? HMI_CPU_BMI2 : 0u;
    has |= __builtin_cpu_supports("popcnt") ? HMI_CPU_POPCNT : 0u;
    has |= has_lzcnt() ? HMI_CPU_LZCNT : 0u;
    return has;
}
#else
unsigned hmi_cpu_has(void)
{
    return 0;
}
#endif

const hmi_kernel *hmi_kernel_for(unsigned has)
{
#if defined(__x86_64__)
    if ((hmi_kernel_avx2.needs & ~has) == 0) {
        return &hmi_kernel_avx2;
    }
#endif
    (void)has;
    return &hmi_kernel_portable;
}
