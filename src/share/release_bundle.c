/* SPDX-License-Identifier: Apache-2.0
 *
 * release_bundle.c - what leaves, as one STIX bundle whose bytes follow from nothing else.
 */
#include <stdlib.h>

#include "base/error.h"
#include "base/hash.h"
#include "share/release.h"
#include "trait/stix_id.h"

/* A name space of our own: bundles must not use that of observables (section 2.9). */
static const uint8_t SPACE[16] = { 0x5b, 0x1c, 0x7f, 0x0e, 0x63, 0x2d, 0x4d, 0x19,
                                   0x9a, 0x41, 0x0c, 0x77, 0xe2, 0x5d, 0x88, 0x36 };

static int order(const void *a, const void *b)
{
    const hmi_release_object *x = *(const hmi_release_object *const *)a;
    const hmi_release_object *y = *(const hmi_release_object *const *)b;
    int by = hmi_bytes_cmp(hmi_text_bytes(x->id), hmi_text_bytes(y->id));
    by = by != 0 ? by : hmi_bytes_cmp(hmi_text_bytes(x->modified), hmi_text_bytes(y->modified));
    return by != 0 ? by : hmi_bytes_cmp(x->out, y->out);
}

int hmi_release_bundle(const hmi_release_object *objects, size_t count, hmi_arena *arena,
                       hmi_buf *out, hm_err *err)
{
    const hmi_release_object **leaving = hmi_new_array(arena, const hmi_release_object *, count);
    if (leaving == NULL) {
        return hmi_arena_fail(arena, err);
    }
    size_t used = 0, kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (objects[i].answer != HMI_HOLD) {
            leaving[used++] = &objects[i];
        }
    }
    if (used > 0) {
        qsort(leaving, used, sizeof(*leaving), order);
    }
    hmi_buf body;
    hmi_buf_init(&body, 0);
    for (size_t i = 0; i < used; i++) {
        if (i == 0 || order(&leaving[i - 1], &leaving[i]) != 0) {
            hmi_buf_add_cstr(&body, kept++ > 0 ? ",\n" : "");
            hmi_buf_add(&body, leaving[i]->out);
        }
    }
    int code = hmi_buf_check(&body, err);
    if (code == HM_OK) {
        char uuid[HMI_UUID_TEXT + 1];
        hmi_uuid5(SPACE, hmi_buf_bytes(&body), uuid);
        hmi_buf_printf(out, "{\"type\":\"bundle\",\"id\":\"bundle--%s\"%s", uuid,
                       kept > 0 ? ",\"objects\":[\n" : "");
        hmi_buf_add(out, hmi_buf_bytes(&body));
        hmi_buf_add_cstr(out, kept > 0 ? "\n]}\n" : "}\n");
        code = hmi_buf_check(out, err);
    }
    hmi_buf_fini(&body);
    return code;
}
