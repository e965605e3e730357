/* SPDX-License-Identifier: Apache-2.0
 *
 * dns.c - tunnels and generated domains, from names that were asked for.
 *
 * WHY    What cannot leave by any other way leaves as names; and malware that cannot know its
 *        server's name tomorrow asks for many until one exists.
 * FORM   A tunnel: 100 and more different names below one registered domain (RITA's least step),
 *        long ones, seldom asked for twice. Generated domains: 10 and more different registered
 *        domains of one client whose letters no language has, among them many that do not exist.
 *        Different names are counted by linear counting in 1,024 bits.
 * TRUST  Names are anybody's. Block lists asked for through DNS (addresses written backwards) and
 *        the reverse tree are not counted. Some products tunnel on purpose: rarity tells, not we.
 * OWNS   Nothing: the arena is the study's.
 */
#include "behave/dns.h"

#include <stdio.h>

#include "base/error.h"
#include "base/num.h"
#include "trait/canon.h"

enum {
    NAMES_MIN = 100,
    LENGTH_MIN = 24, /* of what stands below the registered domain */
    GENERATED_MIN = 10,
    REPEATS_MAX = 4,      /* a tunnel's name is hardly asked for again */
    HAS_HIGH_LETTERS = 1, /* g to z */
    HAS_HIGH_DIGITS = 2,  /* 0 1 8 9: not base32 */
    HAS_UPPER = 4,
    HAS_MARKS = 8
};
static const double SURPRISE_MIN = 4.9;

int hmi_dns_init(hmi_dns *dns, hmi_arena *arena, size_t scale, hmi_names *names, hm_err *err)
{
    *dns = (hmi_dns){ .names = names,
                      .domain_max = hmi_min(scale, HMI_DNS_DOMAINS_MAX),
                      .asker_max = hmi_min(scale, HMI_DNS_ASKERS_MAX) };
    dns->domains = hmi_new_array(arena, hmi_dns_domain, dns->domain_max);
    dns->domain_of = hmi_new_array(arena, uint32_t, names->max + 1);
    dns->askers = hmi_new_array(arena, hmi_dns_asker, dns->asker_max);
    dns->asker_of = hmi_new_array(arena, uint32_t, names->max + 1);
    dns->cache = hmi_arena_take(arena, HMI_DNS_CACHE, sizeof(*dns->cache));
    bool whole = dns->domains && dns->domain_of && dns->askers && dns->asker_of && dns->cache;
    return whole ? HM_OK : hmi_arena_fail(arena, err);
}

static hmi_dns_domain *domain_get(hmi_dns *dns, hm_text registered, const hmi_act *act)
{
    uint32_t name = hmi_names_put_text(dns->names, registered, HMI_DOMAIN);
    if (name == 0) {
        return NULL;
    }
    if (dns->domain_of[name] == 0) {
        if (dns->domain_count == dns->domain_max) {
            dns->refused++;
            return NULL;
        }
        hm_text label =
            hmi_text_slice(registered, 0, hmi_find_byte(hmi_text_bytes(registered), '.'));
        bool ace = hmi_text_istarts(label, HM_TEXT("xn--"));
        dns->domains[dns->domain_count] =
            (hmi_dns_domain){ .name = name,
                              .offset = act->offset,
                              .bits_of_look = !ace && hmi_label_surprise(label) > SURPRISE_MIN };
        dns->domain_of[name] = (uint32_t)++dns->domain_count;
    }
    return &dns->domains[dns->domain_of[name] - 1];
}

static uint8_t letters_of(hm_text part, bool *ret_numeric)
{
    uint8_t letters = 0;
    size_t digits = 0, dots = 0;
    for (size_t i = 0; i < part.len; i++) {
        char c = part.ptr[i];
        digits += hmi_ascii_digit(c);
        dots += c == '.';
        if (c >= 'A' && c <= 'Z') {
            letters |= HAS_UPPER;
        }
        char low = hmi_ascii_lower(c);
        letters |= low >= 'g' && low <= 'z' ? HAS_HIGH_LETTERS : 0;
        letters |= c == '0' || c == '1' || c == '8' || c == '9' ? HAS_HIGH_DIGITS : 0;
        letters |= c == '_' || c == '=' || c == '+' || c == '/' ? HAS_MARKS : 0;
    }
    *ret_numeric = digits + dots == part.len && dots >= 3;
    return letters;
}

static void count_name(hmi_dns_domain *domain, hm_text name, hm_text registered, const hmi_act *act)
{
    uint64_t before = 0, after = 0;
    for (size_t i = 0; i < HMI_COUNT(domain->bits); i++) {
        before += (unsigned)__builtin_popcountll(domain->bits[i]);
    }
    hmi_bits_add_word(domain->bits, HMI_COUNT(domain->bits), &act->name);
    for (size_t i = 0; i < HMI_COUNT(domain->bits); i++) {
        after += (unsigned)__builtin_popcountll(domain->bits[i]);
    }
    if (after == before || name.len <= registered.len) {
        return;
    }
    bool numeric = false;
    hm_text part = hmi_text_slice(name, 0, name.len - registered.len - 1);
    domain->letters |= letters_of(part, &numeric);
    domain->numeric |= numeric;
    domain->fresh++;
    domain->fresh_length += part.len;
}

static void count_asker(hmi_dns *dns, uint32_t client, const hmi_dns_domain *domain,
                        const hmi_act *act)
{
    if (client == 0 || client > dns->names->max) {
        return;
    }
    if (dns->asker_of[client] == 0) {
        if (dns->asker_count == dns->asker_max) {
            return;
        }
        dns->askers[dns->asker_count] =
            (hmi_dns_asker){ .client = client, .offset = act->offset, .length_least = 255 };
        dns->asker_of[client] = (uint32_t)++dns->asker_count;
    }
    hmi_dns_asker *asker = &dns->askers[dns->asker_of[client] - 1];
    uint32_t second = hmi_second_of(act->us);
    uint64_t hash = domain->name * UINT64_C(0x9e3779b97f4a7c15);
    hmi_bits_add(asker->seen, HMI_COUNT(asker->seen), hash);
    if (!domain->bits_of_look) {
        return;
    }
    asker->generated++;
    asker->missing += act->missing;
    asker->first_s = asker->first_s == 0 || second < asker->first_s ? second : asker->first_s;
    asker->last_s = second > asker->last_s ? second : asker->last_s;
    hmi_bits_add(asker->made, HMI_COUNT(asker->made), hash);
    hm_text name = hmi_names_text(dns->names, domain->name);
    size_t dot = hmi_find_byte(hmi_text_bytes(name), '.');
    hm_text label = hmi_text_slice(name, 0, dot), suffix = hmi_text_slice(name, dot, name.len);
    asker->length_least =
        label.len < asker->length_least ? (uint8_t)label.len : asker->length_least;
    asker->length_most = label.len > asker->length_most ? (uint8_t)label.len : asker->length_most;
    for (size_t i = 0; i < label.len; i++) {
        asker->digits |= hmi_ascii_digit(label.ptr[i]);
    }
    for (size_t i = 0; i < HMI_COUNT(asker->suffix) && suffix.len < sizeof(asker->suffix[0]); i++) {
        if (asker->suffix[i][0] == 0) {
            (void)snprintf(asker->suffix[i], sizeof(asker->suffix[i]), "%.*s", HMI_FMT(suffix));
        }
        if (hmi_text_is(suffix, asker->suffix[i])) {
            break;
        }
    }
}

uint32_t hmi_dns_act(hmi_dns *dns, uint32_t client, const hmi_act *act, hmi_arena *scratch)
{
    if (!hmi_word_is(&act->name)) {
        return 0;
    }
    size_t at = (size_t)(act->name.hash >> 20) & (HMI_DNS_CACHE - 1);
    hmi_dns_domain *domain = NULL;
    if (dns->cache[at].hash == act->name.hash && dns->cache[at].domain != 0) {
        domain = &dns->domains[dns->cache[at].domain - 1];
    } else {
        hm_text raw = hmi_word_text(dns->names->decode, &act->name, scratch);
        HMI_CANON(canon);
        if (raw.len == 0 || !hmi_canon_run(HMI_DOMAIN, raw, false, &canon)) {
            return 0;
        }
        hm_text name = hmi_canon_text(&canon), registered = hmi_domain_registered(name);
        if (registered.len == 0 || hmi_ends_with(hmi_text_bytes(name), HM_BYTES(".arpa"))) {
            return 0;
        }
        domain = domain_get(dns, registered, act);
        if (domain == NULL) {
            return 0;
        }
        count_name(domain, name, registered, act);
        dns->cache[at].hash = act->name.hash;
        dns->cache[at].domain = (uint32_t)(domain - dns->domains) + 1;
    }
    uint32_t second = hmi_second_of(act->us);
    domain->count++;
    domain->missing += act->missing;
    domain->first_s = domain->first_s == 0 || second < domain->first_s ? second : domain->first_s;
    domain->last_s = second > domain->last_s ? second : domain->last_s;
    count_asker(dns, client, domain, act);
    return domain->name;
}

/* ---- What is said */

static const char *alphabet(uint8_t letters)
{
    return !(letters & HAS_HIGH_LETTERS)  ? "hexadecimal"
           : letters & HAS_MARKS          ? "base64"
           : !(letters & HAS_HIGH_DIGITS) ? "base32"
                                          : "letters and digits";
}

static void say_tunnel(const hmi_dns *dns, const hmi_dns_domain *d, hmi_voice *voice)
{
    unsigned names = hmi_bits_count(d->bits, HMI_COUNT(d->bits));
    if (names < NAMES_MIN || d->fresh == 0 || d->numeric || d->count > names * REPEATS_MAX) {
        return;
    }
    unsigned mean = (unsigned)(d->fresh_length / d->fresh);
    if (mean < LENGTH_MIN) {
        return;
    }
    hmi_span span = { d->offset, d->count, hmi_us_of(d->first_s), hmi_us_of(d->last_s) };
    hmi_say_traitf(voice, HMI_BEHAVIOUR, &span, "tunnel through DNS, %s, names of about %u",
                   alphabet(d->letters), (mean + 5) / 10 * 10);
    hmi_say_fact(voice, "behaviour-dns-tunnel",
                 "%.*s: about %u different names in %u questions, %u characters below the domain "
                 "on average, %s",
                 HMI_FMT(hmi_names_text(dns->names, d->name)), names, d->count, mean,
                 alphabet(d->letters));
}

static void say_generated(const hmi_dns *dns, const hmi_dns_asker *a, hmi_voice *voice)
{
    unsigned made = hmi_bits_count(a->made, HMI_COUNT(a->made));
    unsigned seen = hmi_bits_count(a->seen, HMI_COUNT(a->seen));
    if (made < GENERATED_MIN || made * 3 < seen) {
        return;
    }
    hmi_span span = { a->offset, a->generated, hmi_us_of(a->first_s), hmi_us_of(a->last_s) };
    hmi_say_traitf(voice, HMI_BEHAVIOUR, &span, "generated domains of %u to %u %s, %s%s%s%s%s",
                   a->length_least, a->length_most, a->digits ? "letters and digits" : "letters",
                   a->suffix[0], a->suffix[1][0] ? " " : "", a->suffix[1],
                   a->suffix[2][0] ? " " : "", a->suffix[2]);
    hmi_say_fact(voice, "behaviour-generated-domains",
                 "%.*s: about %u domains that look generated of %u asked for; %u of %u such "
                 "questions had no answer",
                 HMI_FMT(hmi_names_text(dns->names, a->client)), made, seen, a->missing,
                 a->generated);
}

void hmi_dns_say(const hmi_dns *dns, hmi_voice *voice)
{
    hmi_voice_begin(voice);
    for (size_t i = 0; i < dns->domain_count; i++) {
        say_tunnel(dns, &dns->domains[i], voice);
    }
    hmi_voice_begin(voice);
    for (size_t i = 0; i < dns->asker_count; i++) {
        say_generated(dns, &dns->askers[i], voice);
    }
    if (dns->refused > 0) {
        hmi_say_note(voice, "%llu questions for domains beyond the first %zu were not counted",
                     (unsigned long long)dns->refused, dns->domain_max);
    }
}
