/* SPDX-License-Identifier: Apache-2.0
 *
 * cookie.c - where the secret of a session or token stands in a request.
 *
 * WHY    On TLS the cookie's name begins with __Host-, so that no neighbour and no plain page can
 *        set it. Two cookies of that name mean that somebody else set one: none counts.
 * TRUST  Headers are anybody's: a secret is 64 digits or it is none.
 * OWNS   Nothing.
 */
#include "api/inside.h"

static const char *cookie_name(const hmi_api *api)
{
    return api->options.secure ? "__Host-hallmark" : "hallmark";
}

static bool is_secret(hm_text text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (hmi_hex_digit(text.ptr[i]) < 0) {
            return false;
        }
    }
    return text.len == HMI_SECRET_TEXT - 1;
}

hm_text hmi_cookie_find(const hmi_api *api, const hmi_http_request *request)
{
    hm_text found = { NULL, 0 };
    const hmi_http_head *head = request->head;
    for (size_t i = 0; i < head->header_count; i++) {
        hm_text rest = head->headers[i].value, part;
        if (!hmi_text_ieq(head->headers[i].name, HM_TEXT("cookie"))) {
            continue;
        }
        while (hmi_split(&rest, ';', &part)) {
            hm_text value = hmi_text_trim(part), name;
            if (!hmi_split(&value, '=', &name) || !hmi_text_is(name, cookie_name(api))) {
                continue;
            }
            if (found.ptr != NULL || !is_secret(value)) {
                return (hm_text){ NULL, 0 };
            }
            found = value;
        }
    }
    return found;
}

void hmi_cookie_set(hmi_call *call, const char *secret, int64_t seconds)
{
    hmi_buf_printf(&call->answer->head,
                   "Set-Cookie: %s=%s; Path=/; Max-Age=%lld; HttpOnly; SameSite=Strict%s\r\n",
                   cookie_name(call->api), secret, (long long)seconds,
                   call->api->options.secure ? "; Secure" : "");
}

hm_text hmi_bearer_find(const hmi_http_request *request)
{
    hm_text value = hmi_http_header_find(request->head, "Authorization");
    if (value.ptr == NULL || !hmi_text_istarts(value, HM_TEXT("bearer "))) {
        return (hm_text){ NULL, 0 };
    }
    hm_text secret = hmi_text_trim(hmi_text_slice(value, 7, value.len));
    return is_secret(secret) ? secret : HM_TEXT(""); /* a wrong one is not none */
}
