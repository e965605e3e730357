/* SPDX-License-Identifier: Apache-2.0
 *
 * folder.c - folders of this machine for a casebook that lies on a server.
 *
 * WHY    Segments are mapped, so they are made here, too, from the tables; what a partner agreed
 *        with this machine alone, and its signing key, stay here. Neither is shared by others:
 *        - cache: CACHE/ID-HISTORY/, may be deleted at any time;
 *        - state: STATE/casebooks/ID/, lasting, the user's alone.
 *        HISTORY names the server's history: one that was put back to an earlier moment, or lost
 *        its last transactions in a fail-over, gives the same numbers to other things, so what was
 *        made from the old one is left behind.
 * TRUST  A folder that somebody else owns or may write to is refused.
 * OWNS   Nothing.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "casebook/inside.h"

enum { PLACES = 3 };
/* A variable, and what is below the folder that it names. */
typedef struct place {
    const char *variable, *below;
} place;

static const place CACHES[PLACES] = { { "HALLMARK_CACHE", "" },
                                      { "XDG_CACHE_HOME", "/hallmark" },
                                      { "HOME", "/.cache/hallmark" } };
static const place STATES[PLACES] = { { "HALLMARK_STATE", "" },
                                      { "XDG_STATE_HOME", "/hallmark" },
                                      { "HOME", "/.local/state/hallmark" } };

/* The folder and all above it. */
static int make_all(char path[HMI_PATH_MAX], hm_err *err)
{
    for (char *at = path + 1;; at++) {
        if (*at != '/' && *at != '\0') {
            continue;
        }
        const char was = *at;
        *at = '\0';
        const bool made = mkdir(path, 0700) == 0 || errno == EEXIST;
        int code = made ? HM_OK : hmi_fail_errno(err, "cannot make %s", path);
        *at = was;
        if (was == '\0' || code != HM_OK) {
            return code;
        }
    }
}

static int check_ours(const char *path, hm_err *err)
{
    struct stat st;
    if (stat(path, &st) != 0) {
        return hmi_fail_errno(err, "cannot look at %s", path);
    }
    if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 022) != 0) {
        return hmi_fail(err, HM_E_DENIED, HM_OFFSET_NONE,
                        "%s must be a folder that you own and nobody else may write to", path);
    }
    return HM_OK;
}

static int make_in(const place *places, const char *below, const char *name, char out[HMI_PATH_MAX],
                   hm_err *err)
{
    for (size_t i = 0; i < PLACES; i++) {
        const char *base = getenv(places[i].variable);
        if (base == NULL || base[0] != '/') {
            continue;
        }
        int len = snprintf(out, HMI_PATH_MAX, "%s%s%s/%s", base, places[i].below, below, name);
        if (len < 0 || len >= HMI_PATH_MAX) {
            return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE, "the path below %s is too long",
                            places[i].variable);
        }
        HMI_TRY(make_all(out, err));
        return check_ours(out, err);
    }
    return hmi_fail(err, HM_E_NOT_FOUND, HM_OFFSET_NONE,
                    "a casebook on a server needs a folder of this machine: neither %s nor %s nor "
                    "HOME names one",
                    places[0].variable, places[1].variable);
}

int hmi_folder_cache(const char *name, char out[HMI_PATH_MAX], hm_err *err)
{
    return make_in(CACHES, "", name, out, err);
}

int hmi_folder_state(const char *name, char out[HMI_PATH_MAX], hm_err *err)
{
    return make_in(STATES, "/casebooks", name, out, err);
}
