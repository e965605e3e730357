/* SPDX-License-Identifier: Apache-2.0
 *
 * windows.h - what Windows' event numbers mean.
 */
#ifndef HMI_FORMATS_WINDOWS_H
#define HMI_FORMATS_WINDOWS_H

#include "formats/record/event.h"

/* By event->source (the channel) and event->code sets kind and outcome, when both are known. */
void hmi_windows_classify(hmi_event *event);

#endif
