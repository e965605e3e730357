#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# stix_validate.sh - documents are judged with the place and the section; the terminal stays safe.
. "$(dirname "$0")/lib.sh"

expect 0 "$HALLMARK" stix validate "$HALLMARK_SOURCE_ROOT/tests/cases/stix_validate/bundle.json"
has "3 objects, 0 errors"
expect 3 "$HALLMARK" stix validate --strict "$HALLMARK_SOURCE_ROOT/tests/cases/stix_validate/bundle.json"
has "recommended"
expect 2 "$HALLMARK" stix validate --ignore nothing-such x
has "no check"
expect 2 "$HALLMARK" stix validate
expect 3 "$HALLMARK" stix validate absent.json
has "no such file"
printf '{"type":"tool","name":"\\u001b[31m","id":"\\u001b]52"}' >esc.json
expect 3 "$HALLMARK" stix validate esc.json
safe_output
has "section 2.9"
expect 3 "$HALLMARK" stix validate esc.json --json
safe_output
same "$(value "[0]['valid']")" False "verdict"
same "$(value "[0]['faults'][0]['severity']")" error "severity"
printf 'no json' >bad.json
expect 3 "$HALLMARK" stix validate bad.json
has "json"
expect 3 "$HALLMARK" stix validate .

# STIX 2.0 is judged by what 2.1 makes of it.
printf '{"type":"bundle","spec_version":"2.0","id":"bundle--0c7b5b88-8ff7-4a4d-aa9d-feb398cd0061","objects":[{"type":"tool","id":"tool--0c7b5b88-8ff7-4a4d-aa9d-feb398cd0061","created":"2016-04-06T20:03:48.000Z","modified":"2016-04-06T20:03:48.000Z","name":"x","labels":["remote-access"]}]}' >old.json
expect 0 "$HALLMARK" stix validate old.json
has "stix-2.0"
expect 0 "$HALLMARK" stix lift old.json -o new.json
has "1 objects lifted"
expect 0 "$HALLMARK" stix validate --strict new.json
lacks "stix-2.0"
expect 0 "$HALLMARK" stix lift new.json
has '"tool_types":["remote-access"]'
printf '{' >cut.json
expect 3 "$HALLMARK" stix lift cut.json
expect 4 "$HALLMARK" stix lift nowhere.json
done_testing
