/* SPDX-License-Identifier: Apache-2.0
 *
 * lbfgs.h - finds weights that make a loss smallest, some of them kept at zero or above.
 */
#ifndef HMI_COMPARE_ACTOR_LBFGS_H
#define HMI_COMPARE_ACTOR_LBFGS_H

#include <stdbool.h>
#include <stddef.h>

enum { HMI_LBFGS_SIZE_MAX = 192, HMI_LBFGS_MEMORY = 12 };

/* The loss at x, its gradient into g. Same answer for the same x, always. */
typedef double (*hmi_loss)(void *with, const double *x, double *g);

/* `sign[i]`: 1 keeps x[i] >= 0, -1 keeps x[i] <= 0, 0 leaves it free. Stops when no step helps or
 * after iterations_max. Deterministic. Returns the iterations made. */
size_t hmi_lbfgs(hmi_loss loss, void *with, double *x, const signed char *sign, size_t size,
                 size_t iterations_max, double *ret_loss);

#endif
