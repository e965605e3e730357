/* SPDX-License-Identifier: Apache-2.0
 *
 * vfs.h - a disk that forgets: an SQLite VFS over the system's own that knows what was not synced.
 *
 * Every write since a file's last sync is remembered with what stood there before. At the power cut
 * each sector of it independently stays, is lost, or is torn in the middle; growth that was not
 * synced may be cut off. The same VFS can fail its n-th call. One process, one thread.
 */
#ifndef HMI_TESTS_FAULTS_VFS_H
#define HMI_TESTS_FAULTS_VFS_H

#include <stdbool.h>
#include <stdint.h>

/* Becomes SQLite's default. */
void fault_vfs_install(void);
/* The n-th write, truncate or sync from now on is not done: the power goes and the process ends
 * with status 9. 0: never. */
void fault_vfs_cut_at(uint64_t nth, uint64_t seed);

typedef enum fault_kind { FAULT_IO, FAULT_FULL, FAULT_SYNC } fault_kind;
/* The n-th write, truncate or sync (FAULT_SYNC: the n-th sync) fails; sticky: and all later ones.
 */
void fault_vfs_fail_at(uint64_t nth, fault_kind kind, bool sticky);
/* Calls of the counted kind since. */
uint64_t fault_vfs_calls(void);

#endif
