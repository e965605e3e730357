/* SPDX-License-Identifier: Apache-2.0
 *
 * inside.h - what the files of the library share.
 */
#ifndef HMI_LIB_INSIDE_H
#define HMI_LIB_INSIDE_H

#include <hallmark/casebook.h>

#include "base/json.h"
#include "casebook/store.h"

struct hm_casebook {
    hmi_store *store;
};

/* One question: memory that ends with it, and the answer that is handed over. */
typedef struct hmi_asking {
    hmi_arena arena;
    hmi_buf buf;
    hmi_json_writer json;
} hmi_asking;

void hmi_asking_begin(hmi_asking *asking);
/* Hands the answer over when `code` is HM_OK, and ends the question either way. `ret_len` may be
 * NULL. */
int hmi_asking_end(hmi_asking *asking, int code, char **ret, size_t *ret_len, hm_err *err);

/* HM_E_MISUSE. */
int hmi_misuse(hm_err *err, const char *what);
int hmi_take_name(const char *name, hm_text *ret, hm_err *err);

#endif
