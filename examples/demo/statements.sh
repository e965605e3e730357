#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# statements.sh HALLMARK - who said what of 2013 and 2014, when, on what ground: public statements, in the order in
# which they were made. They go into the claims ledger: shown beside what the evidence says, never weighed.
set -euo pipefail
hallmark=${1:?usage: statements.sh HALLMARK}

# INCIDENT BY DAY actor|like NAME OPINION GROUND SOURCE
say() {
    "$hallmark" claim add "$1" --by "$2" --on "$3" "--$4" "$5" --opinion "$6" --ground "$7" --source "$8"
}

first=$(say seoul-2013 "Korea Communications Commission" 2013-03-21 actor "a source in China" agree \
    "an address in China took part in the attack on one bank" \
    "Yonhap, BBC and Reuters, 21 March 2013")
"$hallmark" claim withdraw "$first" \
    --why "22 March 2013: it was an internal address of the bank, equal to a public one in China"
say seoul-2013 "Symantec" 2013-03-29 like "the intrusions of 2011 (Prioxer)" agree \
    "both built under Z:\\Work\\Make Troy\\ and packed alike" "Symantec, 29 March 2013, as reported by eWEEK"
say seoul-2013 "KISA / MSIP joint investigation team" 2013-04-10 actor "North Korea" strongly-agree \
    "22 of 49 relay addresses had been used in attacks since 2009; more than 30 of 76 programs were identical to earlier ones" \
    "10 April 2013, as reported by KBS World, PRI and northkoreatech.org"
say culver-city-2014 "Kaspersky" 2014-12-04 like gulf-2012 neutral \
    "the commonalities do not prove that the crew behind Shamoon is the same" "Threatpost, 4 December 2014"
say culver-city-2014 "FBI" 2014-12-19 actor "North Korea" strongly-agree \
    "similarities in specific lines of code, encryption algorithms, data deletion methods, and compromised networks" \
    "FBI, Update on Sony Investigation, 19 December 2014"
say culver-city-2014 "FBI" 2014-12-19 like seoul-2013 agree \
    "the tools have similarities to a cyber attack in March of last year against South Korean banks and media outlets" \
    "FBI, Update on Sony Investigation, 19 December 2014"
say culver-city-2014 "Norse" 2014-12-29 actor "six individuals, among them a former employee" agree \
    "leaked personnel records" "press reports, December 2014"
say culver-city-2014 "Novetta (Operation Blockbuster)" 2016-02-24 like seoul-2013 strongly-agree \
    "common snippets and libraries across more than 45 families; one archive password in the droppers of all campaigns" \
    "Operation Blockbuster: Unraveling the Long Thread of the Sony Attack, February 2016"
