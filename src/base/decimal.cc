/* SPDX-License-Identifier: Apache-2.0
 *
 * decimal.cc - the C++ library's exact number conversions behind three C functions.
 *
 * WHY    strtod and printf ask the locale for the decimal point, and C has no "shortest digits that
 *        read back the same". std::from_chars and std::to_chars have no locale and are exact.
 * TRUST  Any text.
 * OWNS   Nothing.
 */
#include "base/decimal.h"

#include <charconv>
#include <cmath>
#include <cstring>

/* from_chars gives one error for too large and too small; the sign of the decimal exponent of the
 * first digit that counts tells which. */
static bool is_tiny(const char *text, size_t len)
{
    const char *mark = static_cast<const char *>(memchr(text, 'e', len));
    if (mark == nullptr) {
        mark = static_cast<const char *>(memchr(text, 'E', len));
    }
    const char *end = text + len;
    const char *digits_end = mark != nullptr ? mark : end;
    long long exponent = 0, place = 0;
    bool counts = false, after_point = false;
    for (const char *at = text; at < digits_end; at++) {
        if (*at == '.') {
            after_point = true;
        } else if (*at >= '0' && *at <= '9') {
            counts = counts || *at != '0';
            place += after_point ? (counts ? 0 : -1) : (counts ? 1 : 0);
        }
    }
    if (mark != nullptr) {
        const char *at = mark + 1;
        bool minus = at < end && *at == '-';
        at += at < end && (*at == '-' || *at == '+') ? 1 : 0;
        for (; at < end && exponent < 1000000000000LL; at++) {
            exponent = exponent * 10 + (*at - '0');
        }
        exponent = minus ? -exponent : exponent;
    }
    return place + exponent < 0;
}

bool hmi_decimal_read(const char *text, size_t len, double *ret)
{
    double value = 0;
    std::from_chars_result result = std::from_chars(text, text + len, value);
    if (result.ptr != text + len || result.ec == std::errc::invalid_argument) {
        return false;
    }
    if (result.ec == std::errc::result_out_of_range) {
        if (!is_tiny(text, len)) {
            return false;
        }
        value = len > 0 && text[0] == '-' ? -0.0 : 0.0;
    }
    if (!std::isfinite(value)) {
        return false; /* from_chars takes "inf" and "nan" */
    }
    *ret = value;
    return true;
}

size_t hmi_decimal_shortest(double value, char out[HMI_DECIMAL_MAX])
{
    std::to_chars_result result =
        std::to_chars(out, out + HMI_DECIMAL_MAX, value, std::chars_format::scientific);
    return static_cast<size_t>(result.ptr - out);
}

size_t hmi_decimal_fixed(double value, unsigned places, char out[HMI_DECIMAL_MAX])
{
    if (places > HMI_DECIMAL_PLACES_MAX) {
        places = HMI_DECIMAL_PLACES_MAX;
    }
    std::to_chars_result result = std::to_chars(out, out + HMI_DECIMAL_MAX, value,
                                                std::chars_format::fixed, static_cast<int>(places));
    size_t len = static_cast<size_t>(result.ptr - out);
    bool zero = true;
    for (size_t i = 0; i < len; i++) {
        zero = zero && (out[i] == '-' || out[i] == '.' || out[i] == '0');
    }
    if (zero && out[0] == '-') {
        memmove(out, out + 1, --len);
    }
    return len;
}
