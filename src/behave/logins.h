/* SPDX-License-Identifier: Apache-2.0
 *
 * logins.h - the graph of logins: moving on from machine to machine.
 */
#ifndef HMI_BEHAVE_LOGINS_H
#define HMI_BEHAVE_LOGINS_H

#include "behave/say.h"

enum {
    HMI_LOGIN_EDGES_MAX = 1 << 12, /* different (from, to, account) */
    HMI_LOGIN_LOOK_MAX = 256       /* earlier logins that one may continue */
};

typedef struct hmi_login_edge {
    uint32_t from, to, user; /* names */
    uint32_t alias;          /* another name of `from`, or 0 */
    uint32_t first_s, last_s, count, days, last_day;
    uint64_t offset;
} hmi_login_edge;

typedef struct hmi_logins {
    hmi_login_edge *list;
    uint32_t *slots;
    size_t count, max;
    uint64_t refused;
    hmi_arena *arena;
} hmi_logins;

int hmi_logins_init(hmi_logins *logins, hmi_arena *arena, size_t scale, hm_err *err);
/* A login that worked. */
void hmi_logins_act(hmi_logins *logins, uint32_t from, uint32_t alias, uint32_t to, uint32_t user,
                    const hmi_act *act);
void hmi_logins_say(const hmi_logins *logins, const hmi_names *names, const hmi_names *users,
                    hmi_voice *voice);

#endif
