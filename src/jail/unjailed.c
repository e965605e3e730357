/* SPDX-License-Identifier: Apache-2.0
 *
 * unjailed.c - the same reading without walls, for tests and debuggers.
 *
 * WHY    A crash inside a worker is hard to look at; here a debugger sees it. Alone in its file, so
 *        that a program which never calls it does not even contain the readers.
 */
#include "jail/jail.h"

#include "formats/reader.h"

int hmi_jail_read_unjailed(hmi_reading *reading, hm_bytes file, hm_err *err)
{
    hmi_formats_prepare();
    return hmi_formats_read(reading, file, err);
}
