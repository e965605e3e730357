# SPDX-License-Identifier: Apache-2.0
"""hallmark - what attacks have in common, and how rare that is.

    with hallmark.Casebook("casebook") as casebook:
        for match in casebook.compare("culver-city-2014").matches:
            print(match.incident, match.bits, match.words)
"""
import json as _json

from ._library import Denied, Error, Misuse, NotFound
from ._library import document as _document, ffi as _ffi, lib as _lib, taken as _taken, taken_bytes as _taken_bytes
from .casebook import (Attribution, Casebook, Finding, Found, Hallmark, Incident, Match, Suspect, Totals, Trait,
                       casebook_path)
from .matcher import Hit, Indicator, LeftOut, Matcher

__all__ = ["Attribution", "Casebook", "Denied", "Error", "Finding", "Found", "Hallmark", "Hit", "Incident", "Indicator",
           "LeftOut", "Match", "Matcher", "Misuse", "NotFound", "Suspect", "Totals", "Trait", "casebook_path",
           "stix_lift", "stix_validate", "version"]


def _content(said):
    if isinstance(said, (dict, list)):
        said = _json.dumps(said, ensure_ascii=False)
    return said.encode() if isinstance(said, str) else said


def version():
    """Of the library that was loaded."""
    return _ffi.string(_lib.hm_version()).decode()


def stix_validate(said):
    """Is this STIX 2.1? The same report as `hallmark stix validate --json`."""
    content, _keep = _document(_content(said))
    return _json.loads(_taken(_lib.hm_stix_validate_json, content[0]))


def stix_lift(said):
    """STIX 2.0 as STIX 2.1."""
    content, _keep = _document(_content(said))
    return _json.loads(_taken_bytes(_lib.hm_stix_lift, content[0]))
