/* SPDX-License-Identifier: Apache-2.0
 *
 * canon_path.c - paths, file names, registry keys.
 *
 * WHY    Windows takes C:/Users and c:\users for one; reports write HKLM for HKEY_LOCAL_MACHINE.
 * FORM   A path that begins with a drive, "\\", "%" or holds a backslash and no leading '/' is a
 *        Windows path: backslashes, runs of them made one (JSON and C sources double them), ASCII
 *        in lower case. Any other path is kept as it is. A file name is what stands behind the
 *        last separator, in lower-case ASCII. A registry key has its hive in full and is lower
 *        case as a whole, as the registry tells no case apart and STIX wants full hive names.
 * TRUST  Hostile text: nothing is ever opened by these names.
 * OWNS   Nothing.
 */
#include "trait/canon.h"

static bool is_separator(char c)
{
    return c == '/' || c == '\\';
}

static bool path_is_windows(hm_text path)
{
    if (path.len >= 2 && hmi_ascii_alpha(path.ptr[0]) && path.ptr[1] == ':') {
        return true;
    }
    return path.ptr[0] == '%' || path.ptr[0] == '\\' ||
           (path.ptr[0] != '/' && hmi_find_byte(hmi_text_bytes(path), '\\') != HMI_NPOS);
}

static void add_backslashed(hm_text path, hmi_canon *out)
{
    for (size_t i = 0; i < path.len; i++) {
        char c = path.ptr[i];
        if (!is_separator(c)) {
            hmi_canon_put(out, hmi_ascii_lower(c));
        } else if (out->len == 0 || out->bytes[out->len - 1] != '\\') {
            hmi_canon_put(out, '\\');
        }
    }
}

bool hmi_form_path(hm_text raw, hmi_canon *out)
{
    HMI_CANON(clean);
    if (!hmi_form_exact(raw, &clean)) {
        return false;
    }
    bool separated = false;
    for (size_t i = 0; i < raw.len && !separated; i++) {
        separated = is_separator(raw.ptr[i]);
    }
    if (!separated) {
        return false;
    }
    if (!path_is_windows(raw)) {
        hmi_canon_add(out, raw);
        return true;
    }
    if (raw.len >= 2 && raw.ptr[0] == '\\' && raw.ptr[1] == '\\') {
        /* a share or a device keeps its two */
        size_t name = 0;
        while (name < raw.len && is_separator(raw.ptr[name])) {
            name++;
        }
        raw = hmi_text_slice(raw, name, raw.len);
        hmi_canon_put(out, '\\');
        hmi_canon_put(out, '\\');
        if (raw.len == 0) {
            return false;
        }
    }
    add_backslashed(raw, out);
    return true;
}

bool hmi_form_file_name(hm_text raw, hmi_canon *out)
{
    size_t start = raw.len;
    while (start > 0 && !is_separator(raw.ptr[start - 1])) {
        start--;
    }
    hm_text name = hmi_text_trim(hmi_text_slice(raw, start, raw.len));
    if (name.len == 0 || hmi_text_is(name, ".") || hmi_text_is(name, "..") ||
        !hmi_form_exact(name, out)) {
        return false;
    }
    for (size_t i = 0; i < out->len; i++) {
        out->bytes[i] = hmi_ascii_lower(out->bytes[i]);
    }
    return true;
}

static const struct {
    hm_text spelling, hive;
} HIVES[] = {
    { HM_TEXT_INIT("hkey_local_machine"), HM_TEXT_INIT("hkey_local_machine") },
    { HM_TEXT_INIT("hklm"), HM_TEXT_INIT("hkey_local_machine") },
    { HM_TEXT_INIT("hkey_current_user"), HM_TEXT_INIT("hkey_current_user") },
    { HM_TEXT_INIT("hkcu"), HM_TEXT_INIT("hkey_current_user") },
    { HM_TEXT_INIT("hkey_classes_root"), HM_TEXT_INIT("hkey_classes_root") },
    { HM_TEXT_INIT("hkcr"), HM_TEXT_INIT("hkey_classes_root") },
    { HM_TEXT_INIT("hkey_users"), HM_TEXT_INIT("hkey_users") },
    { HM_TEXT_INIT("hku"), HM_TEXT_INIT("hkey_users") },
    { HM_TEXT_INIT("hkey_current_config"), HM_TEXT_INIT("hkey_current_config") },
    { HM_TEXT_INIT("hkcc"), HM_TEXT_INIT("hkey_current_config") },
    { HM_TEXT_INIT("hkey_performance_data"), HM_TEXT_INIT("hkey_performance_data") },
    /* the kernel's own spelling */
    { HM_TEXT_INIT("\\registry\\machine"), HM_TEXT_INIT("hkey_local_machine") },
    { HM_TEXT_INIT("\\registry\\user"), HM_TEXT_INIT("hkey_users") },
};

bool hmi_form_registry(hm_text raw, hmi_canon *out)
{
    HMI_CANON(clean);
    if (!hmi_form_exact(raw, &clean)) {
        return false;
    }
    for (size_t i = 0; i < HMI_COUNT(HIVES); i++) {
        hm_text spelling = HIVES[i].spelling;
        if (!hmi_text_istarts(raw, spelling)) {
            continue;
        }
        hm_text rest = hmi_text_slice(raw, spelling.len, raw.len);
        if (rest.len > 0 && rest.ptr[0] == ':') {
            rest = hmi_text_slice(rest, 1, rest.len); /* PowerShell's "HKLM:\" */
        }
        if (rest.len > 0 && rest.ptr[0] != '\\') {
            continue;
        }
        hmi_canon_add(out, HIVES[i].hive);
        for (size_t k = 0; k < rest.len; k++) {
            /* a '/' may be part of a key's name: only backslashes separate here */
            if (rest.ptr[k] != '\\' || out->bytes[out->len - 1] != '\\') {
                hmi_canon_put(out, hmi_ascii_lower(rest.ptr[k]));
            }
        }
        while (out->bytes[out->len - 1] == '\\' || out->bytes[out->len - 1] == ' ') {
            out->len--;
        }
        return out->len > HIVES[i].hive.len;
    }
    return false;
}
