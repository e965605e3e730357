/* SPDX-License-Identifier: Apache-2.0
 *
 * auth.h - what login daemons say: who tried to get in, from where, and whether he did.
 */
#ifndef HMI_FORMATS_AUTH_H
#define HMI_FORMATS_AUTH_H

#include "formats/record/event.h"

/* Fills the event from a message of `program` (without path and process number). False when the
 * message is no login, command or account record of a program known here; the event is untouched
 * then. */
bool hmi_auth_message(hm_bytes program, hm_bytes message, hmi_event *event);

#endif
