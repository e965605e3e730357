/* SPDX-License-Identifier: Apache-2.0
 *
 * windows.c - what Windows' event numbers mean: which are logins, processes, connections,
 * questions.
 *
 * WHY    The same events come as EVTX, and as JSON in many wrappings; what they mean is one table.
 * FORM   (channel, number) -> kind, outcome.
 * TRUST  Numbers are the record's.
 * OWNS   Constants.
 */
#include "formats/record/windows.h"

void hmi_windows_classify(hmi_event *event)
{
    static const struct {
        uint32_t code;
        const char *source;
        hmi_event_kind kind;
        hmi_outcome outcome;
    } known[] = {
        { 4624, "Security", HMI_EVENT_LOGIN, HMI_OUTCOME_SUCCESS },
        { 4625, "Security", HMI_EVENT_LOGIN, HMI_OUTCOME_FAILURE },
        { 4648, "Security", HMI_EVENT_LOGIN, HMI_OUTCOME_UNKNOWN },
        { 4768, "Security", HMI_EVENT_LOGIN, HMI_OUTCOME_UNKNOWN },
        { 4769, "Security", HMI_EVENT_LOGIN, HMI_OUTCOME_UNKNOWN },
        { 4771, "Security", HMI_EVENT_LOGIN, HMI_OUTCOME_FAILURE },
        { 4776, "Security", HMI_EVENT_LOGIN, HMI_OUTCOME_UNKNOWN },
        { 4688, "Security", HMI_EVENT_PROCESS, HMI_OUTCOME_SUCCESS },
        { 5156, "Security", HMI_EVENT_FLOW, HMI_OUTCOME_SUCCESS },
        { 1, "Microsoft-Windows-Sysmon/Operational", HMI_EVENT_PROCESS, HMI_OUTCOME_SUCCESS },
        { 3, "Microsoft-Windows-Sysmon/Operational", HMI_EVENT_FLOW, HMI_OUTCOME_SUCCESS },
        { 22, "Microsoft-Windows-Sysmon/Operational", HMI_EVENT_QUERY, HMI_OUTCOME_UNKNOWN },
        { 1149, "Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational",
          HMI_EVENT_LOGIN, HMI_OUTCOME_UNKNOWN },
        { 21, "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational", HMI_EVENT_LOGIN,
          HMI_OUTCOME_SUCCESS },
    };
    for (size_t i = 0; i < HMI_COUNT(known); i++) {
        if (known[i].code == event->code &&
            hmi_bytes_eq(event->source, hmi_text_bytes(hmi_text_of(known[i].source)))) {
            event->kind = known[i].kind;
            event->outcome = known[i].outcome;
            return;
        }
    }
}
