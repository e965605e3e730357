/* SPDX-License-Identifier: Apache-2.0
 *
 * test_study.c - planted behaviour is told, its innocent relatives are not.
 */
#include "behave/study.h"

#include <math.h>

#include "base/hash.h"
#include "check.h"
#include "collect.h"

enum { START = 1700006400, DAY = 86400 }; /* 2023-11-15T00:00:00Z, a Wednesday */

typedef struct scene {
    hmi_study *study;
    hmi_arena texts;
    collector got;
    uint64_t records;
} scene;

static hm_bytes plain(hmi_arena *scratch, const hmi_word *word)
{
    (void)scratch;
    return word->raw;
}

static void begin(scene *s)
{
    hm_err err = { 0 };
    *s = (scene){ .records = 0 };
    hmi_arena_init(&s->texts, 256 << 20);
    collect_init(&s->got, 64 << 20);
    CHECK_OK(hmi_study_new(100000, plain, &s->study, &err));
}

static void end(scene *s)
{
    hm_err err = { 0 };
    hmi_reading reading = collect_reading(&s->got);
    CHECK_OK(hmi_study_end(s->study, &reading, &err));
}

static void finish(scene *s)
{
    hmi_study_free(s->study);
    hmi_arena_fini(&s->texts);
    collect_fini(&s->got);
}

static hmi_word word(scene *s, hmi_class class_id, const char *text)
{
    hm_bytes raw = hmi_text_bytes(hmi_arena_text(&s->texts, hmi_text_of(text)));
    return (hmi_word){ raw, hmi_xxh3(raw, 99), 0, (uint8_t)class_id };
}

static hmi_act act_at(scene *s, hmi_act_kind kind, double second)
{
    return (hmi_act){
        .us = (int64_t)(second * 1e6), .offset = s->records++ * 100, .kind = kind, .repeat = 1
    };
}

static uint64_t dice = 1;
static double chance(void)
{
    dice = dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)(dice >> 11) / 9007199254740992.0;
}

static void flow(scene *s, const char *client, const char *server, uint16_t port, double second,
                 uint64_t up, double seconds_open, hmi_act_outcome outcome)
{
    hmi_act act = act_at(s, HMI_ACT_FLOW, second);
    act.client = word(s, HMI_ADDRESS, client);
    act.server = word(s, HMI_ADDRESS, server);
    act.port = port;
    act.bytes_up = up;
    act.duration_us = (uint64_t)(seconds_open * 1e6);
    act.outcome = outcome;
    hmi_study_act(s->study, &act);
}

static size_t count_of(const scene *s, hmi_class class_id)
{
    size_t count = 0;
    for (size_t i = 0; i < s->got.trait_count; i++) {
        count += s->got.traits[i].class_id == class_id;
    }
    return count;
}

static bool told(const scene *s, hmi_class class_id, const char *value)
{
    return collect_has(&s->got, class_id, HMI_ROLE_DERIVED, value);
}

/* ---- Beacons */

/* People on `clients` machines, each with a few sites, at moments by chance. */
static void people(scene *s, unsigned clients, unsigned visits)
{
    char client[32], server[32];
    for (unsigned c = 0; c < clients; c++) {
        (void)snprintf(client, sizeof(client), "10.9.%u.%u", c / 200, c % 200 + 1);
        for (unsigned v = 0; v < visits; v++) {
            (void)snprintf(server, sizeof(server), "151.101.%u.%u", c % 7, v % 5 + 1);
            flow(s, client, server, 443, START + chance() * DAY, (uint64_t)(chance() * 9000) + 200,
                 chance() * 30, HMI_ACT_SUCCESS);
        }
    }
}

TEST(a_beacon_among_people_is_told_with_its_marks)
{
    scene s;
    begin(&s);
    people(&s, 60, 40);
    for (int i = 0; i < 1440; i++) {
        flow(&s, "10.9.0.77", "185.220.101.9", 443, START + i * 60, 344, 0.2, HMI_ACT_SUCCESS);
    }
    end(&s);
    CHECK(told(&s, HMI_BEACON, "every 60 s"));
    CHECK(told(&s, HMI_BEACON, "every 60 s, jitter 0 %, 344 bytes"));
    CHECK_EQ(count_of(&s, HMI_BEACON), 2);
    hm_text fact = collect_fact_of(&s.got, "behaviour-beacon");
    CHECK(hmi_find(hmi_text_bytes(fact), HM_BYTES("10.9.0.77 -> 185.220.101.9: score 1.000 = "
                                                  "timestamps 1.000, sizes 1.000")) == 0);
    finish(&s);
}

TEST(a_jittered_beacon_is_told)
{
    scene s;
    begin(&s);
    people(&s, 60, 40);
    double at = START;
    while (at < START + DAY) {
        flow(&s, "10.9.0.77", "185.220.101.9", 443, at, 344 + (uint64_t)(chance() * 40), 0.2,
             HMI_ACT_SUCCESS);
        at += 300 * (0.8 + 0.4 * chance());
    }
    end(&s);
    CHECK(told(&s, HMI_BEACON, "every 300 s"));
    finish(&s);
}

TEST(updates_that_all_machines_look_for_are_no_beacon)
{
    scene s;
    char client[32];
    begin(&s);
    people(&s, 40, 40);
    for (unsigned c = 0; c < 40; c++) {
        (void)snprintf(client, sizeof(client), "10.9.0.%u", c + 1);
        for (unsigned i = 0; i < 24; i++) {
            flow(&s, client, "151.101.2.132", 80, START + i * 3600 + c * 7, 180, 0.1,
                 HMI_ACT_SUCCESS);
        }
    }
    end(&s);
    CHECK_EQ(count_of(&s, HMI_BEACON), 0);
    finish(&s);
}

TEST(jobs_between_machines_of_one_house_are_no_beacon)
{
    scene s;
    begin(&s);
    for (int i = 0; i < 288; i++) {
        flow(&s, "10.9.0.5", "10.9.0.6", 9100, START + i * 300, 90, 0.1, HMI_ACT_SUCCESS);
    }
    end(&s);
    CHECK_EQ(count_of(&s, HMI_BEACON), 0);
    finish(&s);
}

TEST(long_connections_are_told_by_their_hours)
{
    scene s;
    begin(&s);
    people(&s, 10, 20);
    flow(&s, "10.9.0.3", "185.220.101.9", 4444, START, 100, 5 * 3600, HMI_ACT_SUCCESS);
    flow(&s, "10.9.0.4", "10.9.0.5", 22, START, 100, 9 * 3600, HMI_ACT_SUCCESS);
    end(&s);
    CHECK(told(&s, HMI_BEHAVIOUR, "long connection over 4 h to port 4444"));
    CHECK_EQ(count_of(&s, HMI_BEHAVIOUR), 1);
    finish(&s);
}

/* ---- Scanning */

TEST(a_scan_of_hosts_is_told_and_a_busy_client_is_not)
{
    scene s;
    char server[32];
    begin(&s);
    for (unsigned i = 0; i < 60; i++) {
        (void)snprintf(server, sizeof(server), "10.1.0.%u", i + 1);
        flow(&s, "10.9.0.3", server, 445, START + i, 0, 0,
             i % 10 == 0 ? HMI_ACT_SUCCESS : HMI_ACT_FAILURE);
        flow(&s, "10.9.0.4", server, 443, START + i, 900, 2,
             i % 10 == 0 ? HMI_ACT_FAILURE : HMI_ACT_SUCCESS);
    }
    end(&s);
    CHECK(told(&s, HMI_BEHAVIOUR, "scan of hosts, port 445"));
    CHECK_EQ(count_of(&s, HMI_BEHAVIOUR), 1);
    finish(&s);
}

TEST(a_scan_of_ports_is_told)
{
    scene s;
    begin(&s);
    for (uint16_t port = 1; port <= 200; port++) {
        flow(&s, "10.9.0.3", "10.1.0.1", port, START + port, 0, 0, HMI_ACT_UNKNOWN);
    }
    end(&s);
    CHECK(told(&s, HMI_BEHAVIOUR, "scan of ports of one host"));
    finish(&s);
}

static void request(scene *s, const char *client, const char *target, uint16_t status,
                    double second, const char *agent)
{
    hmi_act act = act_at(s, HMI_ACT_REQUEST, second);
    act.client = word(s, HMI_ADDRESS, client);
    act.request = word(s, HMI_REQUEST_SHAPE, target);
    act.agent = word(s, HMI_USER_AGENT, agent);
    act.status = status;
    hmi_study_act(s->study, &act);
}

TEST(a_search_for_paths_is_told_with_its_order)
{
    scene s;
    char text[64];
    begin(&s);
    for (unsigned c = 0; c < 100; c++) { /* visitors all come by the same way */
        char client[32];
        (void)snprintf(client, sizeof(client), "20.0.0.%u", c + 1);
        static const char *const way[] = { "GET /", "GET /style.css", "GET /news",
                                           "GET /logo.png" };
        for (unsigned v = 0; v < 4; v++) {
            request(&s, client, way[v], 200, START + c * 60 + v, "Mozilla/5.0 (X11)");
        }
    }
    static const char *const tool[] = { "GET /.env", "GET /wp-login.php", "GET /cgi-bin/t.cgi" };
    for (unsigned i = 0; i < 3; i++) {
        request(&s, "45.9.9.9", tool[i], 404, START + 500 + i, "zgrab/0.x");
    }
    for (unsigned i = 0; i < 60; i++) {
        (void)snprintf(text, sizeof(text), "GET /backup%u.zip", i);
        request(&s, "45.9.9.9", text, 404, START + 600 + i, "zgrab/0.x");
    }
    end(&s);
    CHECK(told(&s, HMI_BEHAVIOUR, "scan of web paths"));
    CHECK(told(&s, HMI_STEP_ORDER,
               "GET /.env > GET /wp-login.php > GET /cgi-bin/t.cgi > GET /backup0.zip > GET "
               "/backup1.zip > GET /backup2.zip > GET /backup3.zip > GET /backup4.zip"));
    CHECK_EQ(count_of(&s, HMI_STEP_ORDER), 1);
    CHECK(told(&s, HMI_USER_AGENT, "zgrab/0.x"));
    CHECK_EQ(count_of(&s, HMI_USER_AGENT), 1);
    finish(&s);
}

/* ---- Guessing */

static void login(scene *s, const char *from, const char *to, const char *user, double second,
                  hmi_act_outcome outcome)
{
    hmi_act act = act_at(s, HMI_ACT_LOGIN, second);
    act.host = word(s, HMI_DOMAIN, to);
    act.client = word(s, hmi_ascii_digit(from[0]) ? HMI_ADDRESS : HMI_DOMAIN, from);
    act.user = word(s, HMI_ACCOUNT, user);
    act.outcome = outcome;
    hmi_study_act(s->study, &act);
}

TEST(brute_force_is_told_with_the_accounts_in_order)
{
    static const char *const users[] = { "root", "admin", "oracle", "test" };
    scene s;
    begin(&s);
    for (unsigned i = 0; i < 200; i++) {
        login(&s, "45.9.9.9", "gate", users[i / 50], START + i * 2, HMI_ACT_FAILURE);
    }
    login(&s, "45.9.9.9", "gate", "test", START + 500, HMI_ACT_SUCCESS);
    end(&s);
    CHECK(told(&s, HMI_BEHAVIOUR, "brute force on several accounts"));
    CHECK(told(&s, HMI_BEHAVIOUR, "brute force on several accounts, then a login"));
    CHECK(told(&s, HMI_STEP_ORDER, "accounts: root > admin > oracle > test"));
    finish(&s);
}

TEST(spraying_is_told_and_forgetful_people_are_not)
{
    scene s;
    char user[32];
    begin(&s);
    for (unsigned i = 0; i < 40; i++) {
        (void)snprintf(user, sizeof(user), "user%u", i);
        login(&s, "45.9.9.9", "gate", user, START + i * 700, HMI_ACT_FAILURE);
        (void)snprintf(user, sizeof(user), "10.9.0.%u", i + 1); /* each at home, twice wrong */
        login(&s, user, "gate", user, START + i * 700, HMI_ACT_FAILURE);
        login(&s, user, "gate", user, START + i * 700 + 9, HMI_ACT_FAILURE);
        login(&s, user, "gate", user, START + i * 700 + 20, HMI_ACT_SUCCESS);
    }
    end(&s);
    CHECK(told(&s, HMI_BEHAVIOUR, "password spraying"));
    CHECK_EQ(count_of(&s, HMI_BEHAVIOUR), 1);
    finish(&s);
}

/* ---- Names */

static void query(scene *s, const char *client, const char *name, double second, bool missing)
{
    hmi_act act = act_at(s, HMI_ACT_QUERY, second);
    act.client = word(s, HMI_ADDRESS, client);
    act.name = word(s, HMI_DOMAIN, name);
    act.missing = missing;
    hmi_study_act(s->study, &act);
}

static void letters(char *out, size_t count, const char *alphabet)
{
    size_t kinds = strlen(alphabet);
    for (size_t i = 0; i < count; i++) {
        out[i] = alphabet[(size_t)(chance() * (double)kinds)];
    }
    out[count] = 0;
}

TEST(a_tunnel_is_told_and_a_content_network_is_not)
{
    scene s;
    char data[64], name[128];
    begin(&s);
    for (unsigned i = 0; i < 400; i++) {
        letters(data, 48, "abcdefghijklmnopqrstuvwxyz234567");
        (void)snprintf(name, sizeof(name), "%s.t.evil-relay.net", data);
        query(&s, "10.9.0.3", name, START + i * 3, false);
        letters(data, 13, "abcdefghijklmnopqrstuvwxyz0123456789");
        (void)snprintf(name, sizeof(name), "d%s.fast-content.com", data);
        query(&s, "10.9.0.4", name, START + i * 3, false);
        (void)snprintf(name, sizeof(name), "%u.%u.%u.%u.dnsbl-of-mail.org", i % 250, i % 7, 9u,
                       99u);
        query(&s, "10.9.0.5", name, START + i * 3, true);
    }
    end(&s);
    CHECK(told(&s, HMI_BEHAVIOUR, "tunnel through DNS, base32, names of about 50"));
    CHECK_EQ(count_of(&s, HMI_BEHAVIOUR), 1);
    finish(&s);
}

TEST(generated_domains_are_told_and_browsing_is_not)
{
    static const char *const sites[] = {
        "wikipedia.org", "debian.org",   "washingtonpost.com", "stackoverflow.com",
        "nytimes.com",   "linkedin.com", "microsoft.com",      "cloudflare.com",
        "elsevier.com",  "springer.com", "university.edu",     "hospital.org"
    };
    scene s;
    char data[32], name[64];
    begin(&s);
    for (unsigned i = 0; i < 60; i++) {
        letters(data, 14, "abcdefghijklmnopqrstuvwxyz");
        (void)snprintf(name, sizeof(name), "%s.com", data);
        query(&s, "10.9.0.3", name, START + i, true);
        query(&s, "10.9.0.4", sites[i % 12], START + i, false);
    }
    end(&s);
    CHECK(told(&s, HMI_BEHAVIOUR, "generated domains of 14 to 14 letters, .com"));
    CHECK_EQ(count_of(&s, HMI_BEHAVIOUR), 1);
    finish(&s);
}

/* ---- Logins */

TEST(a_path_of_logins_is_told_and_the_administrators_way_is_not)
{
    scene s;
    begin(&s);
    for (int day = 0; day < 10; day++) { /* over the jump host, every day */
        login(&s, "10.9.0.50", "jump", "anna", START + day * DAY, HMI_ACT_SUCCESS);
        login(&s, "jump", "db", "anna", START + day * DAY + 60, HMI_ACT_SUCCESS);
        login(&s, "db", "backup", "anna", START + day * DAY + 120, HMI_ACT_SUCCESS);
    }
    end(&s);
    CHECK_EQ(count_of(&s, HMI_BEHAVIOUR), 0);
    finish(&s);
    begin(&s);
    login(&s, "10.9.0.66", "web", "www", START, HMI_ACT_SUCCESS);
    login(&s, "web", "db", "www", START + 600, HMI_ACT_SUCCESS);
    login(&s, "DB.corp.example", "dc1", "domain-admin", START + 1200, HMI_ACT_SUCCESS);
    end(&s);
    CHECK(told(&s, HMI_BEHAVIOUR, "logins from machine to machine, account changes"));
    finish(&s);
}

TEST(one_machine_into_many_is_told_and_the_nightly_backup_is_not)
{
    scene s;
    char host[32];
    begin(&s);
    for (int i = 0; i < 20; i++) {
        (void)snprintf(host, sizeof(host), "pc%d", i);
        for (int day = 0; day < 4; day++) {
            login(&s, "10.9.0.9", host, "backup", START + day * DAY + i, HMI_ACT_SUCCESS);
        }
    }
    end(&s);
    CHECK_EQ(count_of(&s, HMI_BEHAVIOUR), 0);
    for (int i = 0; i < 12; i++) {
        (void)snprintf(host, sizeof(host), "pc%d", i);
        login(&s, "10.9.0.66", host, "admin", START + i * 20, HMI_ACT_SUCCESS);
    }
    end(&s);
    CHECK(told(&s, HMI_BEHAVIOUR, "logins from one machine into many"));
    finish(&s);
}

TEST(working_hours_are_told_only_with_a_zone)
{
    scene s;
    begin(&s);
    for (int day = 0; day < 28; day++) {
        for (int hour = 9; hour < 18 && day % 7 != 3 && day % 7 != 4; hour++) { /* Wed + 3: Sat */
            for (int who = 0; who < 2; who++) {
                hmi_act act = act_at(&s, HMI_ACT_LOGIN, START + day * DAY + (hour - 9) * 3600.0);
                act.user = word(&s, HMI_ACCOUNT, who ? "kim" : "lee");
                act.client = word(&s, HMI_ADDRESS, "45.9.9.9");
                act.outcome = HMI_ACT_SUCCESS;
                act.zone_assumed = who != 0;
                hmi_study_act(s.study, &act);
            }
        }
    }
    end(&s);
    CHECK(told(&s, HMI_ACTIVE_HOURS, "working week Monday to Friday at UTC+09:00"));
    CHECK_EQ(count_of(&s, HMI_ACTIVE_HOURS), 1);
    finish(&s);
}

/* ---- Onset */

static void record(scene *s, const char *host, double second, hmi_deed deed)
{
    hmi_act act = act_at(s, HMI_ACT_OTHER, second);
    act.host = word(s, HMI_DOMAIN, host);
    act.deed = deed;
    hmi_study_act(s->study, &act);
}

/* Forty hosts that write every minute or so; those below `lost` stop at `onset`. */
static void fleet(scene *s, int lost, double onset, bool destroyed)
{
    char host[16];
    for (int h = 0; h < 40; h++) {
        (void)snprintf(host, sizeof(host), "pc%d", h);
        double at = START + h, stop = h < lost ? onset + h * 5 : START + DAY;
        for (; at < stop; at += 40 + 40 * chance()) {
            record(s, host, at, HMI_DEED_NONE);
        }
        if (h < lost && destroyed) {
            record(s, host, stop + 1, HMI_DEED_BACKUP_DELETED);
            record(s, host, stop + 30, HMI_DEED_SERVICE_STOPPED);
            record(s, host, stop + 90, HMI_DEED_LOG_CLEARED);
        }
    }
}

TEST(the_hour_of_a_wiper_is_told)
{
    scene s;
    begin(&s);
    fleet(&s, 25, START + DAY / 2, true);
    end(&s);
    CHECK(told(&s, HMI_ONSET, "backups deleted > services stopped > logs cleared > silence"));
    CHECK(told(&s, HMI_ONSET,
               "backups deleted > services stopped > logs cleared > silence, 10 and "
               "more hosts within ten minutes"));
    finish(&s);
}

TEST(silence_alone_is_told)
{
    scene s;
    begin(&s);
    fleet(&s, 12, START + DAY / 2, false);
    end(&s);
    CHECK(told(&s, HMI_ONSET, "silence"));
    finish(&s);
}

TEST(the_end_of_a_log_is_no_silence)
{
    scene s;
    begin(&s);
    fleet(&s, 0, 0, false);
    end(&s);
    CHECK_EQ(count_of(&s, HMI_ONSET), 0);
    finish(&s);
}

TEST(machines_switched_off_every_evening_are_not_silent)
{
    scene s;
    char host[16];
    begin(&s);
    for (int day = 0; day < 5; day++) {
        for (int h = 0; h < 30; h++) {
            (void)snprintf(host, sizeof(host), "pc%d", h);
            for (double at = START + day * DAY + 8 * 3600; at < START + day * DAY + 17 * 3600;
                 at += 60 + 60 * chance()) {
                record(&s, host, at, HMI_DEED_NONE);
            }
        }
    }
    for (double at = START; at < START + 5 * DAY - 7200; at += 300) { /* servers go on */
        record(&s, "server", at, HMI_DEED_NONE);
    }
    end(&s);
    CHECK_EQ(count_of(&s, HMI_ONSET), 0);
    finish(&s);
}

TEST(a_night_of_patches_is_no_onset)
{
    scene s;
    char host[16];
    begin(&s);
    for (int h = 0; h < 30; h++) {
        (void)snprintf(host, sizeof(host), "pc%d", h);
        for (double at = START; at < START + DAY; at += 60) {
            bool patch = at >= START + 3 * 3600 && at < START + 3 * 3600 + 60;
            record(&s, host, at, patch ? HMI_DEED_SERVICE_STOPPED : HMI_DEED_NONE);
        }
    }
    end(&s);
    CHECK_EQ(count_of(&s, HMI_ONSET), 0);
    finish(&s);
}

/* ---- Bounds */

TEST(a_flood_of_names_stays_within_its_bounds_and_says_so)
{
    scene s;
    char client[32], server[32];
    begin(&s);
    for (int i = 0; i < 288; i++) { /* first, so that it has room */
        flow(&s, "10.9.0.77", "185.220.101.9", 443, START + i * 300, 344, 0.2, HMI_ACT_SUCCESS);
    }
    for (unsigned i = 0; i < 150000; i++) {
        (void)snprintf(client, sizeof(client), "11.%u.%u.%u", i >> 16, i >> 8 & 255, i & 255);
        (void)snprintf(server, sizeof(server), "12.%u.%u.%u", i >> 16, i >> 8 & 255, i & 255);
        flow(&s, client, server, 443, START + i % DAY, 10, 1, HMI_ACT_SUCCESS);
    }
    end(&s);
    CHECK(told(&s, HMI_BEACON, "every 300 s"));
    CHECK(s.got.note_count > 0);
    finish(&s);
}

TEST(an_empty_study_says_nothing)
{
    scene s;
    begin(&s);
    end(&s);
    CHECK_EQ(s.got.trait_count, 0);
    finish(&s);
}

TEST(acts_without_time_or_names_are_taken)
{
    scene s;
    begin(&s);
    for (int kind = HMI_ACT_OTHER; kind <= HMI_ACT_PROCESS; kind++) {
        hmi_act act = { .us = HMI_TIME_NONE, .kind = (hmi_act_kind)kind };
        hmi_study_act(s.study, &act);
        act.us = INT64_MAX;
        hmi_study_act(s.study, &act);
        flow(&s, "10.9.0.1", "185.220.101.9", 1, -5, 1, 1, HMI_ACT_SUCCESS);
    }
    end(&s);
    CHECK_EQ(s.got.trait_count, 0);
    finish(&s);
}

RUN_TESTS()
