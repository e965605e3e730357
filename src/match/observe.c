/* SPDX-License-Identifier: Apache-2.0
 *
 * observe.c - a scanner over a set in which every gate is open and nothing is found.
 *
 * OWNS   That set: a head, a gate of ones, one empty slot.
 */
#include "match/observe.h"

#include <stdlib.h>

#include "base/error.h"
#include "match/scan.h"

enum { GATE_WORDS = 8 };

struct hmi_observer {
    hm_scanner *scanner;
    hm_matcher set;
    hmi_set_head head;
    uint64_t gate[GATE_WORDS];
    uint8_t ranges16[HMI_SET_RANGES16];
    hmi_slot slot;
    hmi_seen seen;
};

static void open_all(hmi_observer *o)
{
    memset(o->gate, 0xff, sizeof(o->gate));
    o->head.groups = (1u << HMI_KEY_GROUPS) - 1;
    o->head.field_classes[0] = 1;
    o->set = (hm_matcher){ .head = &o->head,
                           .gate = o->gate,
                           .gate_words = GATE_WORDS,
                           .ranges16 = o->ranges16,
                           .slots = &o->slot,
                           .slot_count = 1 };
}

int hmi_observer_new(hmi_seen_fn *seen, void *with, hmi_observer **ret_observer, hm_err *err)
{
    hmi_observer *o = calloc(1, sizeof(*o));
    if (o == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for an observer");
    }
    open_all(o);
    int code = hm_scanner_new(&o->set, &o->scanner, err);
    if (code != HM_OK) {
        free(o);
        return code;
    }
    o->seen.fn = seen;
    o->seen.with = with;
    o->scanner->seen = &o->seen;
    *ret_observer = o;
    return HM_OK;
}

void hmi_observer_free(hmi_observer *o)
{
    if (o != NULL) {
        hm_scanner_free(o->scanner);
        free(o);
    }
}

void hmi_observer_forget(hmi_observer *o)
{
    memset(o->seen.recent, 0, sizeof(o->seen.recent));
    o->head.field_classes[0] = 1;
}

void hmi_observer_skip_fields(hmi_observer *o)
{
    o->head.field_classes[0] = 0;
}

static int on_hit(void *user, const hm_hit *hit, hm_err *err)
{
    (void)user;
    (void)hit;
    (void)err;
    hmi_assert(false); /* an empty set has none */
    return HM_OK;
}

int hmi_observer_scan(hmi_observer *o, hm_bytes records, hm_err *err)
{
    return hm_scanner_scan(o->scanner, records, on_hit, NULL, err);
}

/* ---- For the checks */

/* Names repeat; what was told of one need not be worked out again. */
bool hmi_seen_before(hm_scanner *s, hm_bytes token)
{
    hmi_seen *seen = s->seen;
    uint64_t hash = hmi_sip(seen->seed, 1, token) | 1;
    uint64_t *slot = &seen->recent[(hash >> 1) % HMI_SEEN_RECENT];
    bool before = *slot == hash;
    *slot = hash;
    return before;
}

void hmi_seen_tell(hm_scanner *s, hmi_seen_kind kind, hm_bytes value)
{
    s->seen->fn(s->seen->with, kind, value);
}

/* The name that ends at `end`, as a file's name would: also without an escape in front of it. */
void hmi_seen_file(hm_scanner *s, hmi_view *v, size_t end)
{
    if (end == 0 || v->ptr[end - 1] == '-') {
        return; /* no file name ends so: see hmi_file_tail */
    }
    size_t start = end;
    unsigned dots = 0;
    while (start > 0 && end - start < HMI_FILE_NAME_MAX) {
        uint8_t c = v->ptr[start - 1];
        if (c == '.' ? ++dots == 2 : !hmi_byte_is(c, HMI_B_NAME) || hmi_byte_is(c, HMI_B_HIGH)) {
            break;
        }
        start--;
    }
    bool escaped;
    size_t clear = hmi_escape_end(v, start, &escaped);
    size_t starts[2] = { start, escaped && clear < end ? clear : start };
    for (unsigned i = 0; i < 2; i++) {
        hm_bytes tail;
        hm_text name = { (const char *)v->ptr + starts[i], end - starts[i] };
        if ((i == 0 || starts[i] != start) && hmi_file_tail(name, &tail)) {
            hmi_seen_tell(s, HMI_SEEN_FILE, tail);
        }
    }
}
