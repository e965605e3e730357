/* SPDX-License-Identifier: Apache-2.0
 *
 * task.c - the one message a worker gets: what it is to read and within which bounds.
 *
 * WHY    Name and passwords go to the worker of this piece directly and never through the zygote,
 *        from which later workers are copied: no piece of evidence can learn of another.
 * FORM   version u8, then unsigned LEB128 (zigzag for the moment): output_max, members_max,
 *        memory_max, context_us, depth, moments u8, functions u8, apart u8, name, count of
 *        passwords, passwords, count of addresses, addresses.
 * TRUST  The worker trusts us; the decoder is careful all the same.
 * OWNS   Nothing.
 */
#include "jail/protocol.h"

#include "base/cursor.h"
#include "base/error.h"

static void add_bytes(hmi_buf *packet, hm_bytes bytes)
{
    hmi_buf_add_uleb(packet, bytes.len);
    hmi_buf_add(packet, bytes);
}

int hmi_task_encode(const hmi_task *task, hmi_buf *packet, hm_err *err)
{
    if (task->name.len > HMI_MEMBER_NAME_MAX) {
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE, "a name of %zu bytes, more than %d",
                        task->name.len, HMI_MEMBER_NAME_MAX);
    }
    if (task->password_count > HMI_JAIL_PASSWORDS_MAX) {
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE, "%u passwords to try, more than %d",
                        task->password_count, HMI_JAIL_PASSWORDS_MAX);
    }
    hmi_assert(task->spelled_count <= HMI_JAIL_SPELLED_MAX);
    hmi_buf_add_u8(packet, HMI_PROTOCOL_VERSION);
    hmi_buf_add_uleb(packet, task->quota.output_max);
    hmi_buf_add_uleb(packet, task->quota.members_max);
    hmi_buf_add_uleb(packet, task->memory_max);
    uint64_t zigzag = (uint64_t)task->context_us << 1 ^ (uint64_t)(task->context_us >> 63);
    hmi_buf_add_uleb(packet, zigzag);
    hmi_buf_add_uleb(packet, task->depth);
    hmi_buf_add_u8(packet, task->moments);
    hmi_buf_add_u8(packet, task->functions);
    hmi_buf_add_u8(packet, task->apart);
    add_bytes(packet, task->name);
    hmi_buf_add_uleb(packet, task->password_count);
    for (uint32_t i = 0; i < task->password_count; i++) {
        if (task->passwords[i].len > HMI_JAIL_PASSWORD_MAX) {
            return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE,
                            "a password of %zu bytes, more than %d", task->passwords[i].len,
                            HMI_JAIL_PASSWORD_MAX);
        }
        add_bytes(packet, hmi_text_bytes(task->passwords[i]));
    }
    hmi_buf_add_uleb(packet, task->spelled_count);
    for (uint32_t i = 0; i < task->spelled_count; i++) {
        hmi_buf_add_uleb(packet, task->spelled[i]);
    }
    return hmi_buf_check(packet, err);
}

static hm_bytes take_bytes(hmi_cur *cur)
{
    uint64_t len = hmi_cur_uleb(cur);
    return hmi_cur_bytes(cur, len > HMI_PACKET_MAX ? HMI_PACKET_MAX : (size_t)len);
}

int hmi_task_decode(hm_bytes packet, hmi_task *ret_task, hm_err *err)
{
    hmi_cur cur = hmi_cur_over(packet);
    hmi_task task = { .depth = 0 };
    unsigned version = hmi_cur_u8(&cur);
    task.quota.output_max = hmi_cur_uleb(&cur);
    task.quota.members_max = (uint32_t)hmi_cur_uleb(&cur);
    task.memory_max = hmi_cur_uleb(&cur);
    uint64_t zigzag = hmi_cur_uleb(&cur);
    task.context_us = (int64_t)(zigzag >> 1 ^ (~(zigzag & 1) + 1));
    task.depth = (uint32_t)hmi_cur_uleb(&cur);
    task.moments = hmi_cur_u8(&cur) != 0;
    task.functions = hmi_cur_u8(&cur) != 0;
    task.apart = hmi_cur_u8(&cur) != 0;
    task.name = take_bytes(&cur);
    uint64_t count = hmi_cur_uleb(&cur);
    if (cur.bad || version != HMI_PROTOCOL_VERSION || count > HMI_JAIL_PASSWORDS_MAX) {
        return hmi_fail(err, HM_E_MALFORMED, cur.bad_at, "a task that this worker does not know");
    }
    task.password_count = (uint32_t)count;
    for (uint32_t i = 0; i < task.password_count; i++) {
        hm_bytes password = take_bytes(&cur);
        task.passwords[i] = (hm_text){ (const char *)password.ptr, password.len };
    }
    count = hmi_cur_uleb(&cur);
    if (count > HMI_JAIL_SPELLED_MAX) {
        return hmi_fail(err, HM_E_MALFORMED, cur.pos, "a task that asks for too many functions");
    }
    task.spelled_count = (uint32_t)count;
    for (uint32_t i = 0; i < task.spelled_count; i++) {
        task.spelled[i] = hmi_cur_uleb(&cur);
    }
    if (cur.bad || hmi_cur_left(&cur) != 0) {
        return hmi_fail(err, HM_E_MALFORMED, cur.pos,
                        "a task cut short or with something behind it");
    }
    *ret_task = task;
    return HM_OK;
}
