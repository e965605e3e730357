/* SPDX-License-Identifier: Apache-2.0
 *
 * verdict.c - from how a worker ended to what we tell people about its piece.
 *
 * WHY    "Killed by signal 31" means nothing to an analyst; "tried something forbidden" does.
 * FORM   The signal first, for a worker that was killed said nothing last; then what it said.
 * TRUST  The status comes from the kernel by way of the zygote, the decoder's content was checked.
 * OWNS   Nothing.
 */
#include "jail/verdict.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "base/error.h"

const char *hmi_verdict_name(hmi_verdict verdict)
{
    switch (verdict) {
    case HMI_VERDICT_READ:
        return "read";
    case HMI_VERDICT_PARTIAL:
        return "partial";
    case HMI_VERDICT_UNKNOWN:
        return "unknown-format";
    case HMI_VERDICT_TIME:
        return "time-limit";
    case HMI_VERDICT_MEMORY:
        return "memory-limit";
    case HMI_VERDICT_CRASHED:
        return "crashed";
    case HMI_VERDICT_POLICY:
        return "policy";
    case HMI_VERDICT_PROTOCOL:
        return "protocol";
    case HMI_VERDICT_UNREADABLE:
        return "unreadable";
    case HMI_VERDICT_LIMIT:
        return "limit";
    }
    return "";
}

static hmi_verdict give(hm_err *ret_reason, hmi_verdict verdict, int code, const char *why)
{
    hmi_fail(ret_reason, code, HM_OFFSET_NONE, "%s", why);
    return verdict;
}

static hmi_verdict killed(const hmi_ending *ending, hm_err *ret_reason)
{
    int sig = WTERMSIG(ending->status);
    bool late = ending->cpu_ms >= ending->cpu_ms_max;
    if (sig == SIGSYS) {
        return give(ret_reason, HMI_VERDICT_POLICY, HM_E_DENIED,
                    "its reader asked the system for something forbidden and was stopped");
    }
    if (sig == SIGPROF || sig == SIGXCPU || (sig == SIGKILL && late)) {
        hmi_fail(ret_reason, HM_E_LIMIT, HM_OFFSET_NONE,
                 "reading it took more than %u ms of processor time", ending->cpu_ms_max);
        return HMI_VERDICT_TIME;
    }
    if (sig == SIGKILL) {
        return give(ret_reason, HMI_VERDICT_CRASHED, HM_E_CRASHED,
                    "the system killed its reader, perhaps for want of memory");
    }
    const char *name = sigabbrev_np(sig);
    hmi_fail(ret_reason, HM_E_CRASHED, HM_OFFSET_NONE, "its reader crashed (SIG%s)",
             name != NULL ? name : "?");
    return HMI_VERDICT_CRASHED;
}

static hmi_verdict said(const hmi_decoder *decoder, hm_err *ret_reason)
{
    *ret_reason = decoder->end;
    if (decoder->ended_memory || decoder->end.code == HM_E_MEMORY) {
        return HMI_VERDICT_MEMORY;
    }
    if (decoder->end.code == HM_E_LIMIT) {
        return HMI_VERDICT_LIMIT;
    }
    if (decoder->end.code < 0) {
        return HMI_VERDICT_PARTIAL;
    }
    if (decoder->damaged) {
        *ret_reason = decoder->first_damage;
        return HMI_VERDICT_PARTIAL;
    }
    if (decoder->unknown) {
        return give(ret_reason, HMI_VERDICT_UNKNOWN, HM_E_UNSUPPORTED,
                    "no reader knows this format; only general traits were taken");
    }
    return HMI_VERDICT_READ;
}

hmi_verdict hmi_verdict_of(const hmi_ending *ending, hm_err *ret_reason)
{
    if (WIFSIGNALED(ending->status)) {
        return killed(ending, ret_reason);
    }
    if (WEXITSTATUS(ending->status) == HMI_EXIT_NO_WALLS) {
        return give(ret_reason, HMI_VERDICT_CRASHED, HM_E_CRASHED,
                    "its worker could not be confined and read nothing");
    }
    if (!ending->decoder->ended || ending->status != 0) {
        return give(ret_reason, HMI_VERDICT_PROTOCOL, HM_E_MALFORMED,
                    "its worker ended without saying how the reading ended");
    }
    return said(ending->decoder, ret_reason);
}
