/* SPDX-License-Identifier: Apache-2.0
 *
 * ole.h - what the files of the compound file reader know of one file.
 *
 * compound.c finds streams, ole.c decides what each is, summary.c reads property sets, vba.c
 * macros, message.c what Outlook keeps.
 */
#ifndef HMI_FORMATS_OLE_H
#define HMI_FORMATS_OLE_H

#include "base/cursor.h"
#include "base/error.h"
#include "base/num.h"
#include "formats/parts.h"
#include "formats/reader.h"

enum {
    HMI_OLE_ENTRIES_MAX = 16384, /* streams and folders of one file */
    HMI_OLE_DEPTH_MAX = 64,      /* folders inside folders */
    HMI_OLE_STREAM_MAX = 32 << 20,
    HMI_OLE_TIMES = 3, /* bytes of all streams, in file sizes: chains may cross */
    HMI_OLE_NAME_MAX = 96,
    HMI_OLE_PROPERTIES_MAX = 256,
    HMI_VBA_MODULES_MAX = 512,
    HMI_VBA_PROJECTS_MAX = 4,
    HMI_VBA_DIR_MAX = 1 << 20,
    HMI_VBA_SOURCE_MAX = 8 << 20, /* of all modules */
    HMI_MESSAGE_ATTACHMENTS_MAX = 200,
    HMI_MESSAGE_TEXT_MAX = 4 << 20
};

typedef enum hmi_ole_kind {
    HMI_OLE_NONE = 0,
    HMI_OLE_FOLDER = 1,
    HMI_OLE_STREAM = 2,
    HMI_OLE_ROOT = 5
} hmi_ole_kind;

typedef struct hmi_ole_entry {
    char name[HMI_OLE_NAME_MAX + 1]; /* UTF-8; control characters as they are */
    hmi_ole_kind kind;
    uint32_t left, right, child, start;
    uint32_t parent; /* number of the folder, UINT32_MAX if no folder names it */
    uint64_t size, place;
    uint8_t class_id[16];
    uint64_t created, modified;
} hmi_ole_entry;

typedef struct hmi_ole {
    hmi_reading *reading;
    hm_bytes file;
    hmi_parts parts;
    hmi_ole_entry *entries;
    size_t entry_count;
    uint32_t *fat, *mini_fat; /* the next sector of each */
    size_t fat_count, mini_count;
    hm_bytes mini; /* the stream that small streams live in */
    unsigned sector_shift, mini_shift;
    uint32_t mini_cutoff;
    uint64_t budget;    /* bytes of streams still to be put together */
    size_t source_left; /* bytes of macros still to be unpacked */
    unsigned vba_count, kinds_told;
    bool broken_told;
} hmi_ole;

/* Reads header, tables and directory. MALFORMED or TRUNCATED when there is no directory. */
int hmi_ole_open(hmi_ole *ole, hm_err *err);
/* The stream's bytes, in the arena; shorter when its chain is. Empty for what is no stream. */
int hmi_ole_stream(hmi_ole *ole, size_t index, hm_bytes *ret_content, hm_err *err);
/* A stream or folder of that name in a folder; SIZE_MAX if none. ASCII case does not count. */
size_t hmi_ole_find(const hmi_ole *ole, size_t folder, const char *name);
/* "A/B/C" into the arena. */
hm_text hmi_ole_path(hmi_ole *ole, size_t index);

/* A property set stream (MS-OLEPS). */
int hmi_summary_read(hmi_ole *ole, hm_bytes stream, uint64_t offset, hm_err *err);
/* The folder "VBA" with its modules. */
int hmi_vba_read(hmi_ole *ole, size_t folder, hm_err *err);
/* MS-OVBA 2.4.1: a compressed container into the arena, as far as it is good, at most about `max`
 * bytes. */
int hmi_vba_unpack(hmi_arena *arena, hm_bytes packed, size_t max, hm_bytes *ret_text, hm_err *err);
/* An Outlook message's properties and attachments. */
int hmi_message_read(hmi_ole *ole, hm_err *err);
/* The body of a "Package" object: label, path and content of an embedded file. */
int hmi_package_give(hmi_parts *parts, hm_bytes native, uint64_t offset, hm_err *err);

#endif
