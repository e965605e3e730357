/* SPDX-License-Identifier: Apache-2.0
 *
 * refresh.h - the set of indicators while a watch goes on: compiled beside, swapped between two
 * batches.
 *
 * A new set is made when a file of indicators has changed and then kept still for a look, or on
 * SIGHUP. Until it is there, and when it cannot be made, the old one watches on; no line is passed
 * over.
 */
#ifndef HMI_CLI_REFRESH_H
#define HMI_CLI_REFRESH_H

#include "cli/telling.h"

typedef struct hmi_refresh hmi_refresh;
/* Which files they are, how long, and when they changed: asked before the first set is made. */
uint64_t hmi_refresh_files(const hmi_invocation *inv);
/* Takes over `matcher`, made of files that looked like `files`. NULL without memory. */
hmi_refresh *hmi_refresh_begin(hmi_telling *telling, hm_matcher *matcher, uint64_t files);
/* The set to use from now on; the one before is freed at the next look. Called often: it looks at
 * the files once a second. */
const hm_matcher *hmi_refresh_look(hmi_refresh *refresh);
/* After the watch ended. Waits for a compilation in progress. */
void hmi_refresh_end(hmi_refresh *refresh); /* NULL is fine */

#endif
