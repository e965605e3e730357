/* SPDX-License-Identifier: Apache-2.0
 *
 * read.h - each function of a program with all its features, before they are packed.
 *
 * The reader packs and emits them; the trainer of weights counts them. Nobody else should need
 * them.
 */
#ifndef HMI_CODE_READ_H
#define HMI_CODE_READ_H

#include "code/feature.h"

/* Everything is lent for the duration of the call; a negative answer ends the reading. */
typedef int hmi_function_read(void *context, const hmi_function *function, hmi_walk *walk,
                              const hmi_features *features, hm_err *err);
int hmi_code_functions(hmi_reading *reading, const hmi_image *image, hmi_function_read *read,
                       void *context, hm_err *err);

#endif
