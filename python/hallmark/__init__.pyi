# SPDX-License-Identifier: Apache-2.0
# What the package promises, typed. tests/test_hallmark.py holds it against the code.
import os
from dataclasses import dataclass
from typing import Any, BinaryIO, Dict, Iterable, Iterator, List, Optional, Union

__all__: List[str]
_Path = Union[str, bytes, "os.PathLike[str]", "os.PathLike[bytes]"]
_Json = Dict[str, Any]

class Error(Exception):
    code: str
    text: str
    offset: Optional[int]
    def __init__(self, code: str, text: str, offset: Optional[int] = ...) -> None: ...

class NotFound(Error): ...
class Misuse(Error): ...
class Denied(Error): ...

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
    more: _Json = ...

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
    here: List[_Json]
    there: List[_Json]

@dataclass(frozen=True)
class Match:
    incident: str
    bits: float
    words: str
    related: bool
    groups: Dict[str, float]
    without_group: Dict[str, float]
    hallmarks: List[Hallmark]
    against: List[_Json]

@dataclass(frozen=True)
class Finding:
    incident: str
    related_bits: float
    matches: List[Match]
    raw: _Json

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
    groups: Dict[str, float]
    without_group: Dict[str, float]
    arguments: List[_Json]
    more: _Json = ...

@dataclass(frozen=True)
class Attribution:
    incident: str
    none: float
    contradiction: bool
    suspects: List[Suspect]
    claims: List[_Json]
    raw: _Json

@dataclass(frozen=True)
class Found:
    trait_class: str
    value: str
    incidents: int
    baseline: int
    baseline_all: int
    holders: List[_Json]

class Casebook:
    def __init__(self, path: _Path) -> None: ...
    @classmethod
    def create(cls, path: _Path) -> "Casebook": ...
    def close(self) -> None: ...
    def __enter__(self) -> "Casebook": ...
    def __exit__(self, *why: object) -> None: ...
    def __del__(self) -> None: ...
    def add(self, incident: str, *paths: _Path) -> Totals: ...
    def learn(self, *paths: _Path) -> Totals: ...
    def add_stix(self, incident: str, bundle: Union[str, bytes, _Json, List[Any]]) -> Totals: ...
    def incidents(self) -> List[Incident]: ...
    def traits(self, incident: str, trait_class: Optional[str] = ...) -> List[Trait]: ...
    def compare(self, incident: str) -> Finding: ...
    def attribute(self, incident: str, statements: Optional[_Path] = ..., uniform_prior: bool = ...) -> Attribution: ...
    def search(self, value: str, trait_class: Optional[str] = ...) -> List[Found]: ...
    def export(self, incident: str, format: str = ..., tlp: str = ...) -> bytes: ...
    def stix(self, incident: str, tlp: str = ...) -> _Json: ...

@dataclass(frozen=True)
class Indicator:
    value: str
    kind: Optional[str] = ...
    id: Optional[str] = ...
    source: Optional[str] = ...
    below: bool = ...

@dataclass(frozen=True)
class LeftOut:
    indicator: Indicator
    code: str
    text: str

@dataclass(frozen=True)
class Hit:
    line: int
    offset: int
    indicator: int
    kind: str
    semantic: str
    value: str
    found: str
    id: str
    source: str
    record: bytes

class Matcher:
    left_out: List[LeftOut]
    def __init__(self, indicators: Iterable[Union[str, Indicator]], allow_poison: bool = ...) -> None: ...
    @classmethod
    def open(cls, path: _Path) -> "Matcher": ...
    def save(self, path: _Path) -> None: ...
    def close(self) -> None: ...
    def __enter__(self) -> "Matcher": ...
    def __exit__(self, *why: object) -> None: ...
    def __del__(self) -> None: ...
    def __len__(self) -> int: ...
    def scan(self, records: Union[str, bytes, bytearray, memoryview, BinaryIO]) -> Iterator[Hit]: ...

def casebook_path() -> str: ...
def stix_lift(said: Union[str, bytes, _Json, List[Any]]) -> Any: ...
def stix_validate(said: Union[str, bytes, _Json, List[Any]]) -> _Json: ...
def version() -> str: ...
