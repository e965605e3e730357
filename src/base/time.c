/* SPDX-License-Identifier: Apache-2.0
 *
 * time.c - moments in and out of the forms that records use.
 *
 * WHY    strptime and mktime ask the locale and the zone of this machine; evidence was written on
 *        another. So the forms are read by hand, from small tables of what stands where.
 * FORM   RFC 3339   2014-11-24T08:00:00.5+09:00     also: space, t, z, +0900 (Suricata), no zone
 *        CLF        24/Nov/2014:08:00:00 +0900
 *        RFC 3164   Nov 24 08:00:00, day padded with a blank
 * TRUST  Any text. Sums stay small: every field has at most four digits.
 * OWNS   Nothing.
 */
#include "base/time.h"

#include <time.h>

#include "base/num.h"

static const int64_t SECOND = 1000000;
static const int64_t DAY = INT64_C(86400) * 1000000;
/* 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999999Z */
static const int64_t US_MIN = INT64_C(-62135596800) * 1000000;
static const int64_t US_MAX = INT64_C(253402300800) * 1000000 - 1;

static bool is_leap(int32_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static unsigned days_of_month(int32_t year, unsigned month)
{
    static const uint8_t DAYS[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    return DAYS[month - 1] + (month == 2 && is_leap(year) ? 1u : 0u);
}

/* Days since 1970-01-01. Years begin in March, so that the leap day is a year's last; 400 of them
 * are 146097 days. (H. Hinnant, "chrono-compatible low-level date algorithms") */
static int64_t days_from_civil(int32_t year, unsigned month, unsigned day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400, year_of_era = y - era * 400;
    int64_t day_of_year = (153 * ((int64_t)month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

bool hmi_civil_to_us(const hmi_civil *civil, int16_t zone_minutes, int64_t *ret_us)
{
    if (civil->year < 1 || civil->year > 9999 || civil->month < 1 || civil->month > 12 ||
        civil->day < 1 || civil->day > days_of_month(civil->year, civil->month) ||
        civil->hour > 23 || civil->minute > 59 || civil->second > 60 || civil->us >= SECOND ||
        zone_minutes <= -24 * 60 || zone_minutes >= 24 * 60) {
        return false;
    }
    bool leap = civil->second == 60;
    int64_t seconds = civil->hour * 3600 + civil->minute * 60 + (leap ? 59 : civil->second);
    int64_t us = days_from_civil(civil->year, civil->month, civil->day) * DAY + seconds * SECOND +
                 (leap ? SECOND - 1 : (int64_t)civil->us) - zone_minutes * 60 * SECOND;
    if (us < US_MIN || us > US_MAX) {
        return false;
    }
    *ret_us = us;
    return true;
}

hmi_civil hmi_us_to_civil(int64_t us)
{
    int64_t days = us / DAY - (us % DAY < 0 ? 1 : 0);
    int64_t rest = us % DAY + (us % DAY < 0 ? DAY : 0);
    int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097, doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    int64_t month = mp < 10 ? mp + 3 : mp - 9;
    return (hmi_civil){
        .year = (int32_t)(yoe + era * 400 + (month <= 2 ? 1 : 0)),
        .month = (uint8_t)month,
        .day = (uint8_t)(doy - (153 * mp + 2) / 5 + 1),
        .hour = (uint8_t)(rest / (3600 * SECOND)),
        .minute = (uint8_t)(rest / (60 * SECOND) % 60),
        .second = (uint8_t)(rest / SECOND % 60),
        .us = (uint32_t)(rest % SECOND),
    };
}

/* -- Reading. A form is a string in which letters stand for fields and everything else for itself:
 *    Y M D h m s  one digit of year, month, day, hour, minute, second      b  a month's name
 *    T            't', 'T' or a blank */

typedef struct reading {
    hm_text text;
    size_t pos;
    hmi_civil civil;
} reading;

static char peek(const reading *r)
{
    return r->pos < r->text.len ? r->text.ptr[r->pos] : '\0';
}

static bool digit_follows(const reading *r, size_t ahead)
{
    return r->pos + ahead < r->text.len && hmi_ascii_digit(r->text.ptr[r->pos + ahead]);
}

static bool read_month_name(reading *r)
{
    static const char NAMES[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    hm_text name = hmi_text_slice(r->text, r->pos, 3);
    for (uint8_t i = 0; i < 12; i++) {
        if (hmi_text_ieq(name, (hm_text){ NAMES + 3 * i, 3 })) {
            r->civil.month = (uint8_t)(i + 1);
            r->pos += 3;
            return true;
        }
    }
    return false;
}

static bool read_digit(reading *r, char field)
{
    if (!digit_follows(r, 0)) {
        return false;
    }
    uint8_t digit = (uint8_t)(r->text.ptr[r->pos++] - '0');
    if (field == 'Y') {
        r->civil.year = r->civil.year * 10 + digit;
        return true;
    }
    uint8_t *two = field == 'M'   ? &r->civil.month
                   : field == 'D' ? &r->civil.day
                   : field == 'h' ? &r->civil.hour
                   : field == 'm' ? &r->civil.minute
                                  : &r->civil.second;
    *two = (uint8_t)(*two * 10 + digit);
    return true;
}

static bool read_form(reading *r, const char *form)
{
    for (; *form != '\0'; form++) {
        char c = peek(r);
        if (strchr("YMDhms", *form) != NULL) {
            if (!read_digit(r, *form)) {
                return false;
            }
        } else if (*form == 'b') {
            if (!read_month_name(r)) {
                return false;
            }
        } else if (*form == 'T' ? c == 'T' || c == 't' || c == ' ' : c == *form) {
            r->pos++;
        } else {
            return false;
        }
    }
    return true;
}

/* ".123" behind the seconds; a point without digits is somebody else's. */
static void read_fraction(reading *r, hmi_instant *instant)
{
    uint32_t place = 100000;
    if (peek(r) != '.' || !digit_follows(r, 1)) {
        return;
    }
    for (r->pos++; digit_follows(r, 0); r->pos++) {
        r->civil.us += place * (uint32_t)(r->text.ptr[r->pos] - '0');
        place /= 10;
        if (instant->digits < 9) {
            instant->digits++;
        }
    }
}

/* "+0900", "+09:00"; nothing else may look like a number behind it. */
static bool read_offset(reading *r, int16_t *ret_minutes)
{
    bool west = peek(r) == '-';
    int fields[2] = { 0, 0 };
    r->pos++;
    for (int i = 0; i < 2; i++) {
        if (!digit_follows(r, 0) || !digit_follows(r, 1)) {
            return false;
        }
        fields[i] = (r->text.ptr[r->pos] - '0') * 10 + (r->text.ptr[r->pos + 1] - '0');
        r->pos += 2;
        r->pos += i == 0 && peek(r) == ':' ? 1 : 0;
    }
    if (fields[0] > 23 || fields[1] > 59 || digit_follows(r, 0)) {
        return false;
    }
    int minutes = fields[0] * 60 + fields[1];
    *ret_minutes = (int16_t)(west ? -minutes : minutes);
    return true;
}

static bool read_zone(reading *r, hmi_instant *instant)
{
    char c = peek(r);
    if (c == 'Z' || c == 'z') {
        r->pos++;
        return true;
    }
    if ((c == '+' || c == '-') && digit_follows(r, 1)) {
        return read_offset(r, &instant->zone_minutes);
    }
    instant->trust |= HMI_TIME_ZONE_ASSUMED;
    return !hmi_ascii_digit(c);
}

bool hmi_time_parse_rfc3339_prefix(hm_text text, hmi_instant *ret, size_t *ret_used)
{
    reading r = { .text = text };
    hmi_instant instant = { .us = HMI_TIME_NONE };
    if (!read_form(&r, "YYYY-MM-DDThh:mm:ss")) {
        return false;
    }
    read_fraction(&r, &instant);
    if (!read_zone(&r, &instant) || !hmi_civil_to_us(&r.civil, instant.zone_minutes, &instant.us)) {
        return false;
    }
    *ret = instant;
    *ret_used = r.pos;
    return true;
}

bool hmi_time_parse_rfc3339(hm_text text, hmi_instant *ret)
{
    hmi_instant instant;
    size_t used;
    if (!hmi_time_parse_rfc3339_prefix(text, &instant, &used) || used != text.len) {
        return false;
    }
    *ret = instant;
    return true;
}

bool hmi_time_parse_clf(hm_text text, hmi_instant *ret)
{
    reading r = { .text = text };
    hmi_instant instant = { .us = HMI_TIME_NONE };
    if (!read_form(&r, "DD/b/YYYY:hh:mm:ss ") || (peek(&r) != '+' && peek(&r) != '-') ||
        !read_offset(&r, &instant.zone_minutes) || r.pos != text.len ||
        !hmi_civil_to_us(&r.civil, instant.zone_minutes, &instant.us)) {
        return false;
    }
    *ret = instant;
    return true;
}

bool hmi_time_parse_rfc3164(hm_text text, int64_t context_us, hmi_instant *ret, size_t *ret_used)
{
    reading r = { .text = text };
    if (context_us < US_MIN || context_us > US_MAX || !read_form(&r, "b ")) {
        return false;
    }
    r.pos += peek(&r) == ' ' ? 1 : 0;
    if (!read_form(&r, digit_follows(&r, 1) ? "DD hh:mm:ss" : "D hh:mm:ss") ||
        digit_follows(&r, 0)) {
        return false;
    }
    int64_t latest = context_us > US_MAX - DAY ? US_MAX : context_us + DAY;
    int32_t year = hmi_us_to_civil(latest).year;
    /* 29 February can be eight years away (around 1900). */
    for (int back = 0; back <= 8; back++) {
        int64_t us;
        r.civil.year = year - back;
        if (hmi_civil_to_us(&r.civil, 0, &us) && us <= latest) {
            *ret =
                (hmi_instant){ .us = us, .trust = HMI_TIME_ZONE_ASSUMED | HMI_TIME_YEAR_ASSUMED };
            *ret_used = r.pos;
            return true;
        }
    }
    return false;
}

/* -- Writing. */

static void add_time(hmi_buf *buf, int64_t us, bool always_millis)
{
    if (us == HMI_TIME_NONE) {
        return;
    }
    us = us < US_MIN ? US_MIN : us > US_MAX ? US_MAX : us;
    hmi_civil c = hmi_us_to_civil(us);
    hmi_buf_printf(buf, "%04d-%02u-%02uT%02u:%02u:%02u", (int)c.year, c.month, c.day, c.hour,
                   c.minute, c.second);
    if (c.us % 1000 != 0) {
        hmi_buf_printf(buf, ".%06u", (unsigned)c.us);
    } else if (c.us != 0 || always_millis) {
        hmi_buf_printf(buf, ".%03u", (unsigned)(c.us / 1000));
    }
    hmi_buf_add_char(buf, 'Z');
}

void hmi_buf_add_time(hmi_buf *buf, int64_t us)
{
    add_time(buf, us, false);
}

void hmi_buf_add_stix_time(hmi_buf *buf, int64_t us)
{
    add_time(buf, us, true);
}

/* -- The clock. */

static int64_t ask(clockid_t clock)
{
    struct timespec now = { 0 };
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * SECOND + now.tv_nsec / 1000;
}

int64_t hmi_now_us(void)
{
    return ask(CLOCK_REALTIME);
}

int64_t hmi_clock_us(void)
{
    return ask(CLOCK_MONOTONIC);
}
