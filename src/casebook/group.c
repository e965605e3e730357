/* SPDX-License-Identifier: Apache-2.0
 *
 * group.c - several writes in one transaction.
 *
 * WHY    A commit waits for the disk, and so does each file of content: 31 pieces a second,
 * whatever the processor. Pieces that are acknowledged together may wait together. FORM   hmi_begin
 * opens the group's transaction with the first write, hmi_commit leaves it open; contents gather
 * here. At the end: contents to the disk, then their names, then the folder of folders, then the
 * database. Any failure undoes all of the group. OWNS   Unfinished content files, until the group
 * ends.
 */
#include "casebook/inside.h"

int hmi_group_content(hmi_store *store, hmi_sealed *content, hm_err *err)
{
    hmi_write_group *group = &store->group;
    hmi_assert(group->on && store->writing);
    if (group->content_count == HMI_GROUP_CONTENTS_MAX) {
        return hmi_sealed_commit(content, 0400, err);
    }
    group->contents[group->content_count++] = content;
    return HM_OK;
}

void hmi_group_begin(hmi_store *store)
{
    hmi_assert(!store->group.on && !store->writing);
    store->group.on = true;
}

static int seal_contents(hmi_store *store, hm_err *err)
{
    hmi_write_group *group = &store->group;
    size_t count = group->content_count;
    if (count == 0) {
        return HM_OK;
    }
    group->content_count = 0;
    HMI_TRY(hmi_sealed_commit_all(group->contents, count, 0400, err));
    char folder[HMI_PATH_MAX];
    HMI_TRY(hmi_store_path(store, "evidence", folder, err));
    return hmi_sync_folder(folder, err); /* of the folders that were new */
}

int hmi_group_commit(hmi_store *store, hm_err *err)
{
    hmi_write_group *group = &store->group;
    hmi_assert(group->on && !store->writing);
    int code = HM_OK;
    if (group->lost) {
        code = hmi_begin(store, err);
    } else if (group->open) {
        group->on = false;
        store->writing = true;
        code = seal_contents(store, err);
        if (code == HM_OK) {
            code = hmi_commit(store, err);
        }
    }
    if (code != HM_OK) {
        hmi_group_abandon(store);
    }
    *group = (hmi_write_group){ .on = false };
    return code;
}

void hmi_group_abandon(hmi_store *store)
{
    hmi_write_group *group = &store->group;
    if (group->open) {
        hmi_rollback(store);
    }
    for (size_t i = 0; i < group->content_count; i++) {
        hmi_sealed_abandon(group->contents[i]);
    }
    *group = (hmi_write_group){ .on = false };
}
