/* SPDX-License-Identifier: Apache-2.0
 *
 * banned.h - the functions that no file of ours may call; meson.build puts it in front of each.
 *
 * WHY    Most of them write without knowing how much room there is, the others answer failure with
 *        a number (atoi), keep their result in one place for all threads (localtime), or start a
 *        shell (system). Each has a better one here:
 *          strcpy strcat sprintf ...    hmi_buf, hmi_arena_printf, memcpy with a length
 *          strtok                       hmi_split, hmi_next_line
 *          atoi atol atof               a cursor, hmi_decimal_read
 *          alloca strdupa               the arena
 *          localtime ctime ...          base/time.h
 *          tmpnam mktemp                mkstemp, memfd_create
 *          system popen                 nothing: evidence is never run
 *          rand                         getentropy, or a generator that the caller seeds
 * FORM   Poisoned names may not occur at all from here on, so the headers that declare them come
 *        first. Names that are also words (system, rand) are refused only as calls.
 *        Tests are free (HMI_BANNED_FREE): there a crash is a failure like any other.
 */
#ifndef HMI_BASE_BANNED_H
#define HMI_BASE_BANNED_H

#ifndef HMI_BANNED_FREE

#include <alloca.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#undef alloca
#undef strdupa
#undef strndupa

#pragma GCC poison strcpy strcat strncpy strncat stpcpy stpncpy sprintf vsprintf gets
#pragma GCC poison strtok strtok_r
#pragma GCC poison atoi atol atoll atof
#pragma GCC poison alloca strdupa strndupa
#pragma GCC poison localtime gmtime asctime asctime_r ctime ctime_r strptime
#pragma GCC poison tmpnam tempnam mktemp
#pragma GCC poison popen

#define system(...) hmi_banned_call_of_system
#define rand() hmi_banned_call_of_rand
#define srand(...) hmi_banned_call_of_srand

#endif
#endif
