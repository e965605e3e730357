/* SPDX-License-Identifier: Apache-2.0
 *
 * error.h - the one way to report that something went wrong.
 *
 * Their bytes are wrong:   return hmi_fail(err, HM_E_MALFORMED, offset, "...");
 * Our code is wrong:       hmi_assert(cond);   on in release builds too, stops the process.
 * Nothing reachable by input may ever stand in an hmi_assert.
 *
 * Wording: one sentence, lower case, no full stop, what happened and where; a user must know
 * what to do next. Quoted input goes through hmi_fail's %s only when it is known to be short and
 * printable: use hmi_text_safe() (text.h) for the rest.
 */
#ifndef HMI_BASE_ERROR_H
#define HMI_BASE_ERROR_H

#include <hallmark/base.h>

/* Fills *err (if given) and returns `code`, so that `return hmi_fail(...)` is one line. */
__attribute__((format(printf, 4, 5))) int hmi_fail(hm_err *err, int code, uint64_t offset,
                                                   const char *format, ...);
/* Puts "context: " in front of what *err says already, keeps its code and offset; returns the
 * code. */
__attribute__((format(printf, 2, 3))) int hmi_fail_in(hm_err *err, const char *format, ...);
/* HM_E_IO (or NOT_FOUND, EXISTS, DENIED, MEMORY, BUSY where errno says so) with strerror's words.
 */
__attribute__((format(printf, 2, 3))) int hmi_fail_errno(hm_err *err, const char *format, ...);

_Noreturn void hmi_assert_failed(const char *file, int line, const char *expr);
#define hmi_assert(expr) ((expr) ? (void)0 : hmi_assert_failed(__FILE_NAME__, __LINE__, #expr))
#ifndef __FILE_NAME__
#define __FILE_NAME__ __FILE__
#endif

/* `HMI_TRY(call)`: hands a failure on to our caller unchanged. */
#define HMI_TRY(call)              \
    do {                           \
        int hmi_try_code = (call); \
        if (hmi_try_code < 0) {    \
            return hmi_try_code;   \
        }                          \
    } while (0)

#endif
