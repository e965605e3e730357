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
has "No such file"
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
done_testing
