/* SPDX-License-Identifier: Apache-2.0
 *
 * squid.c - the native access log of the Squid proxy.
 *
 * WHY    What people inside asked for outside: where a beacon or a download shows.
 * FORM   epoch.ms  elapsed client code/status bytes method URL user hierarchy/peer type
 *        Fields are padded with blanks; CONNECT has host:port instead of a URL.
 * TRUST  The URL is the client's, percent-escaped by Squid; a blank in it cannot stand here.
 * OWNS   Nothing.
 */
#include "formats/record/formats.h"
#include "formats/record/names.h"
#include "formats/record/words.h"

static int parse_squid(__attribute__((unused)) hmi_line_ctx *ctx, hm_bytes line, hmi_event *event,
                       __attribute__((unused)) hm_err *err)
{
    enum { TIME, ELAPSED, CLIENT, CODE, BYTES, METHOD, URL, USER, PEER, COUNT };
    hm_bytes rest = line, words[COUNT];
    for (int i = 0; i < COUNT; i++) {
        if (!hmi_word(&rest, &words[i])) {
            return HMI_LINE_NOT;
        }
        if (i == TIME && (hmi_find_byte(words[TIME], '.') == HMI_NPOS ||
                          !hmi_epoch_parse(words[TIME], &event->time))) {
            return HMI_LINE_NOT;
        }
    }
    size_t slash = hmi_find_byte(words[CODE], '/'), behind = hmi_find_byte(words[PEER], '/');
    hm_bytes status = hmi_slice(words[CODE], slash + 1, 3);
    if (slash == HMI_NPOS || behind == HMI_NPOS || !hmi_all_digits(words[BYTES]) ||
        !hmi_all_digits(status) || status.len != 3) {
        return HMI_LINE_NOT;
    }
    event->kind = HMI_EVENT_REQUEST;
    event->status = (uint16_t)((status.ptr[0] - '0') * 100 + (status.ptr[1] - '0') * 10 +
                               (status.ptr[2] - '0'));
    hmi_event_add_host(event, HMI_ROLE_CLIENT, words[CLIENT], NULL);
    hmi_event_add_target(event, words[METHOD], words[URL], HMI_SPELL_PLAIN);
    hmi_event_add(event, HMI_ACCOUNT, HMI_ROLE_USER, words[USER]);
    hm_bytes peer = hmi_slice(words[PEER], behind + 1, words[PEER].len);
    if (!hmi_bytes_eq(peer, HM_BYTES("-"))) {
        hmi_event_add_host(event, HMI_ROLE_SERVER, peer, NULL);
    }
    return HMI_LINE_EVENT;
}

const hmi_line_format hmi_line_squid = { "squid", 0, parse_squid, NULL };
