#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# make-routes.py - the table of routes, made from the document that describes them.
#
# WHY    What is served and what is described are one thing: a route without a description or an access rule cannot be
#        in the table. Each operation is a function hmi_do_ + its id; one that is missing does not link.
# usage: make-routes.py openapi.json OUT.c OUT.h
import json
import re
import sys

ACCESS = {"public": "HMI_ACCESS_PUBLIC", "self": "HMI_ACCESS_SELF", "reader": "HMI_ACCESS_READER",
          "analyst": "HMI_ACCESS_ANALYST", "liaison": "HMI_ACCESS_LIAISON", "admin": "HMI_ACCESS_ADMIN"}
METHODS = ("get", "post", "put", "patch", "delete")


def wrong(path, method, why):
    sys.exit(f"openapi.json: {method.upper()} {path}: {why}")


def operations(document):
    seen = set()
    for path, item in document["paths"].items():
        for method in METHODS:
            if method not in item:
                continue
            one = item[method]
            name = one.get("operationId", "")
            if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or name in seen:
                wrong(path, method, "operationId is missing, no name, or stands twice")
            seen.add(name)
            if one.get("x-access") not in ACCESS:
                wrong(path, method, "x-access is none of " + ", ".join(ACCESS))
            if (one["x-access"] == "public") != (one.get("security") == []):
                wrong(path, method, "public and an empty security belong together")
            if not one.get("summary") or "default" not in one.get("responses", {}):
                wrong(path, method, "summary or the default response is missing")
            if ("requestBody" in one) != ("x-body-max" in one):
                wrong(path, method, "requestBody and x-body-max belong together")
            if method in ("get", "delete") and "requestBody" in one:
                wrong(path, method, "a body is refused with this method before anybody reads it")
            named = re.findall(r"{(\w+)}", path)
            stated = [p["name"] for p in item.get("parameters", [])]
            if named != stated:
                wrong(path, method, f"the path names {named}, its parameters are {stated}")
            yield path, method, one


def references(node):
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref":
                yield value
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def main():
    source, out_c, out_h = sys.argv[1:]
    with open(source, encoding="utf-8") as file:
        document = json.load(file)
    for target in references(document):
        place = document
        for step in target.removeprefix("#/").split("/"):
            place = place.get(step) if isinstance(place, dict) else None
        if place is None:
            sys.exit(f"openapi.json: nothing is at {target}")
    rows, names = [], []
    for path, method, one in list(operations(document)):
        if one.get("x-planned"):  # described ahead of its time
            del document["paths"][path][method]
            continue
        raw = "application/octet-stream" in one.get("requestBody", {}).get("content", {})
        name = one["operationId"]
        names.append(name)
        rows.append(f'    {{ "{method.upper()}", "{path}", "{name}", {ACCESS[one["x-access"]]}, {one.get("x-body-max", 0)}, '
                    f'{"true" if raw else "false"}, hmi_do_{name} }},')
    document["paths"] = {path: item for path, item in document["paths"].items() if set(item) & set(METHODS)}
    served = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    with open(out_h, "w", encoding="utf-8") as file:
        file.write("/* Made by make-routes.py from openapi.json. */\n#ifndef HMI_API_ROUTES_MADE_H\n"
                   "#define HMI_API_ROUTES_MADE_H\n#include \"api/inside.h\"\n")
        file.writelines(f"void hmi_do_{name}(hmi_call *call);\n" for name in names)
        file.write("#endif\n")
    with open(out_c, "w", encoding="utf-8") as file:
        file.write("/* Made by make-routes.py from openapi.json. */\n#include \"api/routes_made.h\"\n"
                   "const hmi_route hmi_routes[] = {\n" + "\n".join(rows) + "\n};\n"
                   f"const size_t hmi_route_count = {len(rows)};\nstatic const unsigned char DOCUMENT[] = {{\n")
        for at in range(0, len(served), 24):
            file.write("    " + " ".join(f"{byte}," for byte in served[at:at + 24]) + "\n")
        file.write("};\nconst hm_bytes hmi_openapi = { DOCUMENT, sizeof(DOCUMENT) };\n")


main()
