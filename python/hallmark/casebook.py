# SPDX-License-Identifier: Apache-2.0
"""casebook.py - incidents, their evidence, and what they have in common."""
import json
import os
import pathlib
import tempfile
from dataclasses import dataclass, field

from ._library import call, ffi, lib, Misuse, optional, path_bytes, taken, taken_bytes, text_bytes


def _from_json(kind, said):
    """A dataclass from a JSON object: members of newer libraries are kept in `more`."""
    known = {name for name in kind.__dataclass_fields__ if name != "more"}
    return kind(**{k: v for k, v in said.items() if k in known}, more={k: v for k, v in said.items() if k not in known})


@dataclass(frozen=True)
class Totals:
    files: int
    pieces: int
    read: int
    partial: int
    known: int
    unknown: int
    bad: int
    skipped: int
    bytes: int
    traits: int


@dataclass(frozen=True)
class Incident:
    name: str
    id: str
    created: str
    evidence: int
    traits: int
    more: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Trait:
    trait_class: str
    value: str
    key: str
    count: int


@dataclass(frozen=True)
class Hallmark:
    trait_class: str
    value: str
    bits: float
    similarity: float
    incidents: int
    incidents_all: int
    baseline: int
    baseline_all: int
    here: list
    there: list


@dataclass(frozen=True)
class Match:
    incident: str
    bits: float
    words: str
    related: bool
    groups: dict
    without_group: dict
    hallmarks: list
    against: list


@dataclass(frozen=True)
class Finding:
    incident: str
    related_bits: float
    matches: list
    raw: dict


@dataclass(frozen=True)
class Suspect:
    actor: str
    bits: float
    evidence_words: str
    prior: float
    posterior: float
    posterior_words: str
    basis: str
    nameable: bool
    incidents: int
    groups: dict
    without_group: dict
    arguments: list
    more: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Attribution:
    incident: str
    none: float
    contradiction: bool
    suspects: list
    claims: list
    raw: dict


@dataclass(frozen=True)
class Found:
    trait_class: str
    value: str
    incidents: int
    baseline: int
    baseline_all: int
    holders: list


def _hallmark(h):
    return Hallmark(h["class"], h["value"], h["bits"], h["similarity"], h["incidents"], h["incidents_all"],
                    h["baseline"], h["baseline_all"], h["here"], h["there"])


def _match(m):
    return Match(m["incident"], m["bits"], m["words"], m["related"], m["groups"], m["without_group"],
                 [_hallmark(h) for h in m["hallmarks"]], m["against"])


class Casebook:
    """Opens the casebook at `path`. One thread at a time; open it again for another."""

    def __init__(self, path):
        self._handle = None
        handle = ffi.new("hm_casebook **")
        call(lib.hm_casebook_open, path_bytes(path), handle)
        self._handle = handle[0]

    @classmethod
    def create(cls, path):
        call(lib.hm_casebook_create, path_bytes(path))
        return cls(path)

    def close(self):
        if self._handle is not None:
            lib.hm_casebook_close(self._handle)
            self._handle = None

    def __enter__(self):
        return self

    def __exit__(self, *why):
        self.close()

    def __del__(self):
        self.close()

    def _open(self):
        if self._handle is None:
            raise Misuse("misuse", "the casebook is closed")
        return self._handle

    # ---- Evidence in

    def _take(self, function, paths, *arguments):
        raw = [ffi.new("char[]", path_bytes(p)) for p in paths]
        totals = ffi.new("hm_add_totals *")
        call(function, *arguments, ffi.new("char *[]", raw), len(raw), totals)
        return Totals(**{name: int(getattr(totals, name)) for name in Totals.__dataclass_fields__})

    def add(self, incident, *paths):
        return self._take(lib.hm_casebook_add, paths, self._open(), text_bytes(incident))

    def learn(self, *paths):
        return self._take(lib.hm_casebook_learn, paths, self._open())

    def add_stix(self, incident, bundle):
        if isinstance(bundle, (dict, list)):
            bundle = json.dumps(bundle, ensure_ascii=False, separators=(",", ":"))
        content = bundle.encode() if isinstance(bundle, str) else bytes(bundle)
        with tempfile.TemporaryDirectory(prefix="hallmark-") as folder:
            path = pathlib.Path(folder, "bundle.json")
            path.write_bytes(content)
            return self.add(incident, path)

    # ---- Questions

    def incidents(self):
        said = json.loads(taken(lib.hm_incidents_json, self._open()))
        return [_from_json(Incident, i) for i in said["incidents"]]

    def traits(self, incident, trait_class=None):
        said = json.loads(taken(lib.hm_traits_json, self._open(), text_bytes(incident), optional(trait_class)))
        return [Trait(t["class"], t["value"], t["key"], t["count"]) for t in said["traits"]]

    def compare(self, incident):
        finding = ffi.new("hm_finding **")
        call(lib.hm_compare, self._open(), text_bytes(incident), finding)
        try:
            said = json.loads(ffi.string(lib.hm_finding_json(finding[0])))
        finally:
            lib.hm_finding_free(finding[0])
        return Finding(said["incident"], said["related_bits"], [_match(m) for m in said["matches"]], said)

    def attribute(self, incident, statements=None, uniform_prior=False):
        path = ffi.NULL if statements is None else ffi.new("char[]", path_bytes(statements))
        options = ffi.new("hm_attribute_options *", {"statements": path, "uniform_prior": bool(uniform_prior)})
        said = json.loads(taken(lib.hm_attribute_json, self._open(), text_bytes(incident), options))
        return Attribution(said["incident"], said["none"], said["contradiction"],
                           [_from_json(Suspect, s) for s in said["suspects"]], said["claims"], said)

    def search(self, value, trait_class=None):
        said = json.loads(taken(lib.hm_search_json, self._open(), optional(trait_class), text_bytes(value)))
        return [Found(f["class"], f["value"], f["incidents"], f["baseline"], f["baseline_all"], f["holders"])
                for f in said["found"]]

    # ---- Out

    def export(self, incident, format="stix", tlp="amber+strict"):
        return taken_bytes(lib.hm_export, self._open(), text_bytes(incident), text_bytes(format), text_bytes(tlp))

    def stix(self, incident, tlp="amber+strict"):
        return json.loads(self.export(incident, "stix", tlp))


def casebook_path():
    """Where the program would look: $HALLMARK_CASEBOOK, or ./casebook."""
    return os.environ.get("HALLMARK_CASEBOOK", "casebook")
