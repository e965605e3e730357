/* SPDX-License-Identifier: Apache-2.0
 *
 * unpack.h - compressed records read as what they hold.
 */
#ifndef HMI_WATCH_UNPACK_H
#define HMI_WATCH_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct hmi_unpack hmi_unpack;
/* NULL when the file is not compressed (or memory is out). The descriptor is borrowed. */
hmi_unpack *hmi_unpack_new(int fd);
void hmi_unpack_free(hmi_unpack *unpack); /* NULL is fine */
/* As read(2); -1 with hmi_unpack_why(). */
ssize_t hmi_unpack_read(hmi_unpack *unpack, uint8_t *to, size_t len);
bool hmi_unpack_begun(const hmi_unpack *unpack);
const char *hmi_unpack_why(const hmi_unpack *unpack);

#endif
