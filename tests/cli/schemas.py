#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""schemas.py SCHEMAS ANSWERS - each answer NAME.N is what NAME.schema.json says, and has no member that the schema leaves out.

Published schemas let members be added, as docs/JSON.md promises; here every object that does not say otherwise is closed, so
that a new member is described before it is released. Every schema must be met by some answer."""
import json
import pathlib
import sys

import jsonschema

schemas, answers = (pathlib.Path(p) for p in sys.argv[1:3])
bad, met = [], set()


def closed(schema):
    if isinstance(schema, list):
        return [closed(s) for s in schema]
    if not isinstance(schema, dict):
        return schema
    out = {k: ({n: closed(s) for n, s in v.items()} if k == "properties" else closed(v)) for k, v in schema.items()}
    if "properties" in out and "additionalProperties" not in out:
        out["additionalProperties"] = False
    return out


def documents(path):
    text = path.read_text()
    try:
        return [json.loads(text)]
    except json.JSONDecodeError:
        return [json.loads(line) for line in text.splitlines()]  # watch tells a hit a line


for path in sorted(answers.iterdir()):
    name = path.name.rsplit(".", 1)[0]
    file = schemas / f"{name}.schema.json"
    if not file.exists():
        bad.append(f"{name}: there is no {file.name}")
        continue
    met.add(file.name)
    schema = json.loads(file.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    for kind, one in (("", schema), (" (closed)", closed(schema))):
        for said in documents(path):
            for error in jsonschema.Draft202012Validator(one).iter_errors(said):
                bad.append(f"{path.name}{kind}: {'/'.join(map(str, error.absolute_path))}: {error.message[:200]}")
for file in sorted(schemas.glob("*.schema.json")):
    if file.name not in met:
        bad.append(f"{file.name}: no answer meets it: add one to tests/cli/schemas.sh")
    if jsonschema.Draft202012Validator(json.loads(file.read_text())).is_valid("no answer at all"):
        bad.append(f"{file.name}: anything is valid")
for line in dict.fromkeys(bad):
    print(line)
print(f"{len(bad)} wrong" if bad else f"{len(met)} schemas say what is printed")
sys.exit(bool(bad))
