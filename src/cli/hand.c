/* SPDX-License-Identifier: Apache-2.0
 *
 * hand.c - nothing leaves without an entry: the entry is on the disk before the first byte is out.
 */
#include "cli/hand.h"

#include "base/error.h"
#include "cli/file.h"

static int enter(hmi_giver *giver, hmi_invocation *inv, const hmi_handing *hand, uint64_t *ret_seq,
                 hm_err *err)
{
    hmi_giving_object *list = hmi_new_array(inv->arena, hmi_giving_object, hand->count);
    size_t count = 0;
    if (list == NULL) {
        return hmi_arena_fail(inv->arena, err);
    }
    for (size_t i = 0; i < hand->count; i++) {
        const hmi_release_object *o = &hand->objects[i];
        if (o->answer != HMI_HOLD) {
            list[count++] = (hmi_giving_object){ .id = o->id,
                                                 .modified = o->modified,
                                                 .answer = hmi_text_of(hmi_answer_name(o->answer)),
                                                 .rule = hmi_text_of(hmi_rule_name(o->rule)),
                                                 .bytes = o->out };
        }
    }
    hmi_giving giving = { .partner_id = hand->asked->partner->id,
                          .partner_name = hand->asked->partner->name,
                          .incident = hand->incident,
                          .channel = hand->channel,
                          .purpose = hmi_text_of(hand->asked->purpose_name),
                          .objects = list,
                          .count = count };
    return hmi_give(giver, &giving, ret_seq, err);
}

static int enter_and_write(hmi_giver *giver, hmi_invocation *inv, const hmi_handing *hand,
                           hm_bytes content, const char *path, uint64_t *ret_entry, hm_err *err)
{
    hm_err second = { 0 };
    HMI_TRY(enter(giver, inv, hand, ret_entry, err));
    int code = hmi_write_file(path, content, err);
    if (code != HM_OK &&
        hmi_give_failed(giver, *ret_entry, hmi_text_of(err->text), &second) != HM_OK) {
        hmi_complain("%s: entry %llu says that this was given, and that it was not could not be "
                     "entered: %s",
                     inv->command->name, (unsigned long long)*ret_entry, second.text);
    }
    return code;
}

int hmi_hand_out_bytes(hmi_invocation *inv, const hmi_handing *hand, hm_bytes content,
                       const char *path, uint64_t *ret_entry, hm_err *err)
{
    hmi_giver *giver = NULL;
    HMI_TRY(hmi_giver_open(hand->store, &giver, err));
    int code = enter_and_write(giver, inv, hand, content, path, ret_entry, err);
    if (hmi_giver_warning(giver) != NULL) {
        hmi_complain("%s: the newest entry is not remembered outside the casebook: %s",
                     inv->command->name, hmi_giver_warning(giver));
    }
    hmi_giver_close(giver);
    return code;
}

int hmi_hand_out(hmi_invocation *inv, const hmi_handing *hand, const char *path,
                 uint64_t *ret_entry, hm_err *err)
{
    hmi_buf bundle;
    hmi_buf_init(&bundle, 0);
    int code = hmi_release_bundle(hand->objects, hand->count, inv->arena, &bundle, err);
    code = code == HM_OK
               ? hmi_hand_out_bytes(inv, hand, hmi_buf_bytes(&bundle), path, ret_entry, err)
               : code;
    hmi_buf_fini(&bundle);
    return code;
}
