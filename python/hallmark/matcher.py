# SPDX-License-Identifier: Apache-2.0
"""matcher.py - millions of indicators against records."""
from dataclasses import dataclass
from typing import Optional

from ._library import call, Error, ffi, lib, Misuse, optional, path_bytes, document

_CHUNK = 1 << 20
_LINE_MAX = 64 << 20
# What hm_matcher_add answers of an indicator that it leaves out while the others go on.
_LEFT_OUT = {"malformed", "unsupported", "denied", "exists"}


@dataclass(frozen=True)
class Indicator:
    value: str
    kind: Optional[str] = None
    id: Optional[str] = None
    source: Optional[str] = None
    below: bool = False


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


def _text(t):
    return ffi.buffer(t.ptr, t.len)[:].decode("utf-8", "replace") if t.len else ""


def _hit(h):
    return Hit(int(h.line), int(h.offset), int(h.indicator), ffi.string(h.kind).decode(),
               ffi.string(lib.hm_semantic_name(h.semantic)).decode(), _text(h.value), _text(h.found), _text(h.id),
               _text(h.source), ffi.buffer(h.record.ptr, h.record.len)[:] if h.record.len else b"")


def _add(builder, indicator):
    raw = indicator.value.encode("utf-8", "surrogatepass")
    keep = (ffi.new("char[]", raw), optional(indicator.kind), optional(indicator.id), optional(indicator.source))
    call(lib.hm_matcher_add, builder, ffi.new("hm_indicator *", {
        "value": keep[0], "value_len": len(raw), "kind": keep[1], "id": keep[2], "source": keep[3],
        "reach": lib.HM_REACH_BELOW if indicator.below else lib.HM_REACH_SELF}))


class Matcher:
    """Immutable; any number of threads may scan with it. `left_out` says which indicators it did not take, and why."""

    def __init__(self, indicators, allow_poison=False):
        self._handle, self.left_out = None, []
        builder = ffi.new("hm_matcher_builder **")
        call(lib.hm_matcher_begin, ffi.new("hm_matcher_options *", {"allow_poison": bool(allow_poison)}), builder)
        try:
            for one in indicators:
                indicator = one if isinstance(one, Indicator) else Indicator(one)
                try:
                    _add(builder[0], indicator)
                except Error as why:
                    if why.code not in _LEFT_OUT:
                        raise
                    self.left_out.append(LeftOut(indicator, why.code, why.text))
        except BaseException:
            lib.hm_matcher_builder_free(builder[0])
            raise
        handle = ffi.new("hm_matcher **")
        call(lib.hm_matcher_build, builder[0], handle)
        self._handle = handle[0]

    @classmethod
    def open(cls, path):
        handle = ffi.new("hm_matcher **")
        call(lib.hm_matcher_open, path_bytes(path), handle)
        self = cls.__new__(cls)
        self._handle, self.left_out = handle[0], []
        return self

    def save(self, path):
        call(lib.hm_matcher_save, self._open(), path_bytes(path))

    def _open(self):
        if self._handle is None:
            raise Misuse("misuse", "the matcher is closed")
        return self._handle

    def close(self):
        if self._handle is not None:
            lib.hm_matcher_free(self._handle)
            self._handle = None

    def __enter__(self):
        return self

    def __exit__(self, *why):
        self.close()

    def __del__(self):
        self.close()

    def __len__(self):
        facts = ffi.new("hm_matcher_facts *")
        lib.hm_matcher_facts_get(self._open(), facts)
        return int(facts.indicators)

    def scan(self, records):
        """Yields every hit in bytes, or in a binary file, which is read in pieces of whole lines."""
        self._open()
        if isinstance(records, str):
            records = records.encode()
        pieces = [records] if isinstance(records, (bytes, bytearray, memoryview)) else _whole_lines(records)
        return self._scan(pieces)

    def _scan(self, pieces):
        hits = []

        @ffi.callback("hm_hit_fn", error=lib.HM_E_CANCELLED)
        def on_hit(_user, hit, _err):
            hits.append(_hit(hit))
            return 0

        scanner = ffi.new("hm_scanner **")
        call(lib.hm_scanner_new, self._open(), scanner)
        try:
            for piece in pieces:
                self._open()  # it may have been closed while the caller held the iterator
                content, _keep = document(piece)
                call(lib.hm_scanner_scan, scanner[0], content[0], on_hit, ffi.NULL)
                yield from hits
                hits.clear()
        finally:
            lib.hm_scanner_free(scanner[0])


def _whole_lines(file):
    """Pieces that end with a line; a line longer than _LINE_MAX is given in parts."""
    parts, waiting = [], 0
    while True:
        piece = file.read(_CHUNK)
        if not isinstance(piece, bytes):
            raise TypeError("records are read from a file opened in binary mode")
        if not piece:
            break
        cut = piece.rfind(b"\n") + 1
        if cut > 0 or waiting >= _LINE_MAX:
            yield b"".join([*parts, piece[:cut]])
            parts, waiting = [], 0
        if cut < len(piece):
            parts.append(piece[cut:])
            waiting += len(piece) - cut
    if parts:
        yield b"".join(parts)
