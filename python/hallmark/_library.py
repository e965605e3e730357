# SPDX-License-Identifier: Apache-2.0
"""_library.py - finds libhallmark and speaks with it.

The declarations are the public headers' own (_api.h). Nothing here knows what a call means; it turns an
hm_err into an exception and a lent pointer into a Python object before the pointer's life ends.
"""
import os
import pathlib

import cffi

ffi = cffi.FFI()
ffi.cdef(pathlib.Path(__file__).with_name("_api.h").read_text(encoding="utf-8"))
_OFFSET_NONE = 2**64 - 1


class Error(Exception):
    """One failure of the library: a stable code, the byte of the input, one sentence."""

    def __init__(self, code, text, offset=None):
        super().__init__(text)
        self.code, self.text, self.offset = code, text, offset

    def __str__(self):
        place = "" if self.offset is None else f" (byte {self.offset})"
        return f"{self.text or self.code}{place}"


class NotFound(Error):
    """There is no such casebook, incident or file."""


class Misuse(Error):
    """The call broke the library's rules: a name that is none, a closed casebook."""


class Denied(Error):
    """A rule forbids it: an indicator that would match the harmless world."""


_KINDS = {-7: NotFound, -10: Misuse, -9: Denied}


def _load():
    named = os.environ.get("HALLMARK_LIBRARY")
    # The number in the name is the library's ABI: see docs/decisions.
    for name in [named] if named else ["libhallmark.so.0"]:
        try:
            return ffi.dlopen(name)
        except OSError as why:
            last = why
    raise ImportError(f"libhallmark cannot be loaded ({last}); install it, or set HALLMARK_LIBRARY to its path")


lib = _load()


def code_name(code):
    return ffi.string(lib.hm_code_name(code)).decode()


def failure(code, err=None):
    text = ffi.string(err.text).decode("utf-8", "replace") if err is not None else ""
    offset = None if err is None or err.offset == _OFFSET_NONE else int(err.offset)
    return _KINDS.get(code, Error)(code_name(code), text, offset)


def call(function, *arguments):
    """Calls with an hm_err behind the arguments; raises what it says."""
    err = ffi.new("hm_err *")
    code = function(*arguments, err)
    if code != 0:
        raise failure(code, err)


def path_bytes(path):
    raw = os.fsencode(path)
    if b"\0" in raw:
        raise Misuse("misuse", "a path cannot hold a zero byte")
    return raw


def text_bytes(text):
    if not isinstance(text, str):
        raise TypeError(f"expected str, not {type(text).__name__}")
    try:
        raw = text.encode("utf-8")
    except UnicodeEncodeError as why:
        raise Misuse("misuse", f"text that UTF-8 cannot say: {why.reason}") from None
    if b"\0" in raw:
        raise Misuse("misuse", "text cannot hold a zero byte")
    return raw


def optional(text):
    return ffi.NULL if text is None else ffi.new("char[]", text_bytes(text))


def taken(function, *arguments):
    """A function that hands one NUL-terminated answer over."""
    answer = ffi.new("char **")
    call(function, *arguments, answer)
    try:
        return ffi.string(answer[0])
    finally:
        lib.hm_free(answer[0])


def taken_bytes(function, *arguments):
    answer, length = ffi.new("char **"), ffi.new("size_t *")
    call(function, *arguments, answer, length)
    try:
        return ffi.buffer(answer[0], length[0])[:]
    finally:
        lib.hm_free(answer[0])


def document(content):
    """An hm_bytes over bytes-like content, and what must live as long as it."""
    keep = ffi.from_buffer(content)
    return ffi.new("hm_bytes *", {"ptr": ffi.cast("const uint8_t *", keep), "len": len(keep)}), keep
