/* SPDX-License-Identifier: Apache-2.0
 *
 * sending.h - the receivers that --send names.
 */
#ifndef HMI_CLI_SENDING_H
#define HMI_CLI_SENDING_H

#include "cli/command.h"
#include "watch/sink.h"

enum { HMI_SENDING_MAX = 8 };

typedef struct hmi_sending {
    hmi_hit_sink *sinks[HMI_SENDING_MAX];
    size_t count;
    hmi_sink_options options;
    hmi_buf secret;
} hmi_sending;

#define HMI_SENDING_OPTIONS                                                                        \
    { "send", "RECEIVER",                                                                          \
      "also send hits to syslog:udp:ADDRESS:PORT, syslog:tcp:ADDRESS:PORT, syslog:tls:HOST:PORT, " \
      "syslog:unix:PATH, https://... or, as sightings, casebook:INCIDENT",                         \
      0, true },                                                                                   \
        { "send-secret", "FILE", "sign what a webhook gets with the secret in this file", 0,       \
          false },                                                                                 \
        { "send-ca", "FILE",                                                                       \
          "trust these certificates (PEM) for webhooks and syslog over TLS, not the system's", 0,  \
          false },                                                                                 \
    {                                                                                              \
        "send-patience", "SECONDS", "how long a receiver is tried again (default 300)", 0, false   \
    }

/* Opens them; notices and cancelling go through `with`. */
int hmi_sending_open(hmi_sending *sending, hmi_invocation *inv, void *with, hm_err *err);
int hmi_sending_hit(hmi_sending *sending, const hmi_watch_hit *hit, hm_err *err);
int hmi_sending_settle(hmi_sending *sending, hm_err *err);
void hmi_sending_close(hmi_sending *sending);

#endif
