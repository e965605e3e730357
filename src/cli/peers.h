/* SPDX-License-Identifier: Apache-2.0
 *
 * peers.h - partners' servers by name, as they are kept in the casebook's taxii/peers.
 */
#ifndef HMI_CLI_PEERS_H
#define HMI_CLI_PEERS_H

#include "cli/command.h"
#include "peer/client.h"

enum { HMI_PEER_PATH_MAX = 4400 };

/* "CASEBOOK/taxii/peers/NAME" + suffix; makes the folders when `make`. HM_E_MALFORMED for a name
 * that is none, HM_E_NOT_FOUND without a casebook. */
int hmi_peer_path(hmi_invocation *inv, const char *name, const char *suffix, bool make,
                  char ret[HMI_PEER_PATH_MAX], hm_err *err);
int hmi_peer_load(hmi_invocation *inv, const char *name, hmi_remote *ret, hm_err *err);
int hmi_peer_save(hmi_invocation *inv, const char *name, const hmi_remote *remote, hm_err *err);
/* --url, --collection, --user and --password-file, --token-file, --cert and --key, --ca, --pin into
 * *remote; what is not given stays. */
int hmi_peer_given(hmi_invocation *inv, hmi_remote *remote, hm_err *err);

#define HMI_PEER_OPTIONS                                                                \
    { "collection", "ID", "the collection there, by id or alias", 0, false },           \
        { "user", "NAME", "our name there, with --password-file", 0, false },           \
        { "password-file", "FILE", "a file with our password there", 0, false },        \
        { "token-file", "FILE", "a file with our bearer token there", 0, false },       \
        { "cert", "FILE", "our client certificate, PEM, with --key", 0, false },        \
        { "key", "FILE", "its key, PEM", 0, false },                                    \
        { "ca", "FILE", "the authority that signed their certificate, PEM", 0, false }, \
    {                                                                                   \
        "pin", "PIN", "the digest of their public key: sha256//BASE64", 0, false        \
    }

/* Shared by pull and sync, push and sync: an exit code. */
int hmi_peer_pull(hmi_invocation *inv, const char *name, const hmi_remote *remote);
int hmi_peer_push(hmi_invocation *inv, const char *name, const hmi_remote *remote,
                  const char *const *files, size_t count);

#endif
