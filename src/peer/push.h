/* SPDX-License-Identifier: Apache-2.0
 *
 * push.h - objects that the release rules let out, to a partner's collection.
 */
#ifndef HMI_PEER_PUSH_H
#define HMI_PEER_PUSH_H

#include "share/release.h"
#include "peer/client.h"

enum {
    HMI_PUSH_BATCH_MAX = 500,           /* objects in an envelope */
    HMI_PUSH_BATCH_BYTES_MAX = 8 << 20, /* of an envelope, unless one object is larger */
    HMI_PUSH_POLLS_MAX = 120,
    HMI_PUSH_SENT_MAX = 1 << 28 /* bytes of the memory of what was sent */
};

typedef struct hmi_push_failure {
    hm_text id, message; /* in the arena */
} hmi_push_failure;

typedef struct hmi_push_result {
    uint64_t sent, known, accepted, refused; /* known: acknowledged earlier */
    hmi_push_failure *failures;
    size_t failure_count;
} hmi_push_result;

typedef struct hmi_push_options {
    const char *sent_path; /* digests of what was acknowledged, one a line; appended to */
    bool (*stop)(void *user);
    void *user;
    /* Called before a batch leaves; an error keeps it here. May be NULL. */
    int (*leaving)(void *user, const hmi_release_object *const *objects, size_t count, hm_err *err);
} hmi_push_options;

/* `objects` were decided about (hmi_release); those held are left out here. */
int hmi_push(hmi_client *client, const hmi_remote *remote, const hmi_push_options *options,
             const hmi_release_object *objects, size_t count, hmi_arena *arena,
             hmi_push_result *ret, hm_err *err);

#endif
