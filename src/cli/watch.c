/* SPDX-License-Identifier: Apache-2.0
 *
 * watch.c - hallmark watch: known indicators against records, past and coming.
 */
#include <inttypes.h>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "cli/refresh.h"
#include "cli/telling.h"
#include "watch/socket.h"

enum { KAFKA_CONFIG_MAX = 65536 };

static int on_settled(void *with, hm_err *err)
{
    hmi_telling *t = with;
    return hmi_out_flush(t->inv->out)
               ? hmi_sending_settle(&t->sending, err)
               : hmi_fail(err, HM_E_IO, HM_OFFSET_NONE, "standard output cannot be written");
}

static const hm_matcher *on_refresh(void *with)
{
    hmi_telling *t = with;
    return t->refresh != NULL ? hmi_refresh_look(t->refresh) : NULL;
}

static int run_watch_on(hmi_invocation *inv, hmi_telling *t, const hm_matcher *matcher,
                        const hmi_watch_options *options)
{
    hm_err err = { 0 };
    hmi_watch *watch = NULL;
    hmi_watch_listener listener = {
        t, hmi_telling_hit, on_settled, hmi_telling_notice, hmi_telling_cancelled, on_refresh
    };
    int code = hmi_watch_new(matcher, options, &listener, &watch, &err);
    for (size_t i = 0; code == HM_OK && i < inv->operand_count; i++) {
        code = hmi_watch_add_path(watch, inv->operands[i], &err);
    }
    if (code == HM_OK) {
        code = hmi_watch_run(watch, &err);
    }
    hmi_watch_sums sums = { 0 };
    if (watch != NULL) {
        hmi_watch_sums_get(watch, &sums);
    }
    hmi_watch_free(watch);
    if (code != HM_OK && code != HM_E_CANCELLED) {
        return hmi_failed(inv, &err);
    }
    if (!inv->out->quiet) {
        hmi_complain("watch: %" PRIu64 " lines in %" PRIu64 " sources, %" PRIu64 " hits, %" PRIu64
                     " suppressed after being broken off, %" PRIu64 " harmless",
                     sums.lines, sums.sources, sums.hits - t->harmless, sums.suppressed,
                     t->harmless);
    }
    if (code == HM_E_CANCELLED) {
        return HMI_EXIT_INTERRUPTED;
    }
    if (sums.unreadable > 0) {
        return HMI_EXIT_INPUT;
    }
    return sums.hits > t->harmless || !options->once ? HMI_EXIT_DONE : HMI_EXIT_NOTHING;
}

static int run_watch(hmi_invocation *inv)
{
    hm_err err = { 0 };
    hmi_telling t = { .inv = inv };
    hm_matcher *matcher = NULL;
    uint64_t hits = 0;
    int exit_code = 0;
    if (!hmi_given_size(inv, "break-hits", &hits)) {
        return HMI_EXIT_USAGE;
    }
    hmi_watch_options options = { .once = hmi_given(inv, "once"),
                                  .from_end = hmi_given(inv, "from-end"),
                                  .allow_weak_jail = hmi_given(inv, "allow-weak-jail"),
                                  .checkpoint = hmi_given_text(inv, "checkpoint"),
                                  .tls = { hmi_given_text(inv, "listen-cert"),
                                           hmi_given_text(inv, "listen-key"),
                                           hmi_given_text(inv, "listen-ca") },
                                  .break_hits = hits > UINT32_MAX ? UINT32_MAX : (uint32_t)hits };
    options.unwrap = (hmi_given(inv, "utf16") ? (unsigned)HM_UNWRAP_UTF16 : 0) |
                     (hmi_given(inv, "base64") ? (unsigned)HM_UNWRAP_BASE64 : 0);
    if (options.once && options.from_end) {
        return hmi_usage_error(inv, "--once reads what is there, --from-end what is not there yet");
    }
    for (size_t i = 0; options.once && i < inv->operand_count; i++) {
        if (hmi_socket_is(inv->operands[i])) {
            return hmi_usage_error(inv, "--once reads what is there, and on a socket nothing is");
        }
    }
    const char *kafka = hmi_given_text(inv, "kafka-config");
    hmi_buf settings;
    hmi_buf_init(&settings, KAFKA_CONFIG_MAX + (1 << 20));
    if (kafka != NULL && hmi_input_read(kafka, KAFKA_CONFIG_MAX, &settings, &err) != HM_OK) {
        hmi_buf_fini(&settings);
        return hmi_failed(inv, &err);
    }
    options.kafka_config = hmi_arena_text(inv->arena, hmi_buf_text(&settings));
    hmi_buf_fini(&settings);
    hmi_catch_interrupts();
    uint64_t files = hmi_refresh_files(inv);
    if (hmi_telling_build(&t, &matcher, &exit_code, &err) != HM_OK) {
        return exit_code != 0 ? exit_code : hmi_failed(inv, &err);
    }
    hmi_buf_init(&t.json, 0);
    if (hmi_sending_open(&t.sending, inv, &t, &err) != HM_OK ||
        hmi_telling_benign(&t, &err) != HM_OK) {
        hmi_telling_end(&t);
        hm_matcher_free(matcher);
        return hmi_failed(inv, &err);
    }
    t.refresh = options.once ? NULL : hmi_refresh_begin(&t, matcher, files);
    int code = run_watch_on(inv, &t, matcher, &options);
    hmi_telling_end(&t);
    if (t.refresh == NULL) {
        hm_matcher_free(matcher);
    }
    hmi_refresh_end(t.refresh);
    return code;
}

static const hmi_option WATCH_OPTIONS[] = {
    HMI_INDICATOR_OPTIONS,
    { "once", NULL, "scan what is there and end; exit code 1 when nothing hit", '1', false },
    { "from-end", NULL, "of files met for the first time, only what comes from now on", 0, false },
    { "checkpoint", "FILE", "remember here how far each file was read, and go on there", 0, false },
    { "utf16", NULL, "look for indicators in UTF-16 text too", 0, false },
    { "base64", NULL, "look for indicators inside base64 too, and in UTF-16 inside it", 0, false },
    { "break-hits", "N",
      "an indicator that hits a fifth of all lines is broken off after N hits "
      "(default 1000)",
      0, false },
    { "listen-cert", "FILE", "the certificate (PEM) of tls:ADDRESS:PORT", 0, false },
    { "listen-key", "FILE", "its key", 0, false },
    { "listen-ca", "FILE",
      "take records over TLS only from who has a certificate of this authority", 0, false },
    { "kafka-config", "FILE", "settings for kafka:BROKER:PORT/TOPIC, lines of PROPERTY=VALUE", 0,
      false },
    HMI_SENDING_OPTIONS,
    { "allow-weak-jail", NULL, "unpack compressed files even without seccomp and Landlock", 0,
      false },
    { 0 },
};

const hmi_command hmi_command_watch = {
    .name = "watch",
    .operands = "PATH...",
    .summary = "find known indicators in records, past and coming",
    .about =
        "Reads log files, folders of them, or \"-\" for standard input, and tells each line that "
        "holds "
        "a known indicator: addresses in any spelling and by range, domains on label borders, URLs "
        "in canonical form, mail addresses, digests, file names, and by whole field user agents, "
        "registry keys, mutexes and JA4. Defanged and escaped forms are understood. Files are "
        "followed by name across rotation and truncation; gzip and Zstandard are read as they are."
        "\n\n"
        "Indicators come from *--indicators* and, when none is given or with *--incident*, from "
        "the "
        "casebook: what published intelligence there states as malicious. In a list, a domain with "
        "a "
        "leading dot means the name and all below it. Entries that would hit the harmless world "
        "(public suffixes, private ranges, the empty file's digest) are refused with line and "
        "reason; "
        "one that turns out to hit a fifth of all lines is broken off, visibly."
        " *udp:ADDRESS:PORT*, *tcp:ADDRESS:PORT* (syslog, RFC 6587), *tls:ADDRESS:PORT* (the same "
        "over TLS, "
        "RFC 5425, with *--listen-cert* and *--listen-key*) and *unix:PATH* (datagrams) "
        "listen; *udp::5514* on this machine alone. What the kernel drops because records come "
        "faster "
        "than they are scanned is counted and told."
        "\n\n"
        "*kafka:BROKER:PORT/TOPIC* reads the messages of a topic, each a record. *--kafka-config* "
        "holds what "
        "librdkafka is to be told, such as security.protocol=ssl and ssl.ca.location=FILE. "
        "Positions are "
        "kept by *--checkpoint*, not by the brokers; *--once* reads what was there when it began."
        "\n\n"
        "*--utf16* finds indicators in UTF-16 text, whole files of it or pieces in other records, "
        "and "
        "*--base64* what base64 hides, as in *powershell -enc*; both cost time."
        "\n\n"
        "While it runs, changed files of indicators are taken up by themselves, and on SIGHUP: the "
        "new set "
        "is made beside and swapped in without losing a line."
        "\n\n"
        "With *--json* each hit is one line of JSON in the fields of the Elastic Common Schema. "
        "Its "
        "event.id depends on the record alone: with *--checkpoint* a killed run loses no hit and "
        "repeats at most its last batch, under the same ids."
        "\n\n"
        "*--send* sends hits on as the same JSON: as messages of RFC 5424 to a syslog receiver "
        "(a datagram each; over TCP and TLS with their length in front), or as JSON lines posted "
        "to a "
        "webhook, signed with *--send-secret*: Hallmark-Signature is sha256= and the "
        "HMAC-SHA-256 of Hallmark-Timestamp, a dot and the body. Certificates are verified, "
        "redirects are not followed. A receiver that does not take them is tried again, and "
        "nothing is read meanwhile; after *--send-patience* the run ends, and with "
        "*--checkpoint* the next one goes on with the hits that were not taken."
        "\n\n"
        "*--send casebook:INCIDENT* keeps hits in the casebook, as STIX sightings in an incident, "
        "which is "
        "made when there is none of that name. A sighting that is there already is not written "
        "again: with "
        "*--checkpoint*, a killed run loses none and doubles none.",
    .examples = "  hallmark watch --once -i partners.csv /var/log/nginx/\n"
                "  hallmark watch --once --utf16 --base64 -i partners.csv powershell.log\n"
                "  hallmark watch --json --checkpoint watch.state /var/log/squid/access.log\n"
                "  hallmark watch --checkpoint watch.state --send syslog:tcp:loghost.example:601 "
                "/var/log/nginx/\n"
                "  hallmark watch --checkpoint watch.state --send casebook:our-records "
                "/var/log/nginx/\n",
    .options = WATCH_OPTIONS,
    .operands_min = 1,
    .operands_max = SIZE_MAX,
    .run = run_watch,
};
