#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# make-assets.py - the built page as a table of C arrays: bytes as they are sent, compressed where that is shorter.
#
# WHY    The page needs no file beside the program. A checkout without the built page makes an empty table, and
#        `hallmark serve` says so. Writes only what changed, so nothing is compiled again for nothing.
# usage: make-assets.py WEB/dist OUT.c
import hashlib
import os
import sys
import zlib

TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".mjs": "text/javascript; charset=utf-8",
         ".css": "text/css; charset=utf-8", ".json": "application/json", ".svg": "image/svg+xml", ".png": "image/png",
         ".ico": "image/x-icon", ".txt": "text/plain; charset=utf-8", ".webmanifest": "application/manifest+json",
         ".woff2": "font/woff2"}
DEPTH_MAX, FILES_MAX, BYTES_MAX = 4, 500, 16 << 20


def gzip(content):
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return packer.compress(content) + packer.flush()


def files(root):
    found = []
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(folder, name)
            inside = os.path.relpath(path, root).replace(os.sep, "/")
            kind = TYPES.get(os.path.splitext(name)[1].lower())
            if os.path.islink(path) or kind is None or inside.count("/") > DEPTH_MAX:
                continue
            with open(path, "rb") as file:
                found.append((inside, kind, file.read()))
    if len(found) > FILES_MAX or sum(len(content) for _, _, content in found) > BYTES_MAX:
        sys.exit(f"{root}: more than {FILES_MAX} files or {BYTES_MAX} bytes: is that a built page?")
    return found


def main():
    root, out = sys.argv[1:]
    text = ["/* Made by make-assets.py. */", '#include "api/assets.h"']
    rows = []
    for number, (path, kind, content) in enumerate(files(root) if os.path.isdir(root) else []):
        packed = gzip(content)
        packed_is_shorter = len(packed) < len(content)
        sent = packed if packed_is_shorter else content
        text.append(f"static const unsigned char FILE_{number}[] = {{")
        text.extend("    " + " ".join(f"{byte}," for byte in sent[at:at + 24]) for at in range(0, max(len(sent), 1), 24))
        text.append("};" if sent else "    0 };")
        quoted = path.replace("\\", "\\\\").replace('"', '\\"')
        rows.append(f'    {{ "/{quoted}", "{kind}", "\\"{hashlib.sha256(content).hexdigest()[:32]}\\"", '
                    f'{{ FILE_{number}, {len(sent)} }}, {len(content)}, {"true" if packed_is_shorter else "false"}, '
                    f'{"true" if path.startswith("assets/") else "false"} }},')
    text.append("const hmi_asset hmi_assets[] = {")
    text.extend(rows or ["    { 0 },"])
    text.append(f"}};\nconst size_t hmi_asset_count = {len(rows)};\n")
    made = "\n".join(text)
    try:
        with open(out, encoding="utf-8") as file:
            if file.read() == made:
                return
    except FileNotFoundError:
        pass
    with open(out, "w", encoding="utf-8") as file:
        file.write(made)


main()
