#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# completion.sh - what bash, zsh and fish offer at a command, a subcommand and an option: asked of the shells themselves.
. "$(dirname "$0")/lib.sh"
for shell in bash zsh fish; do
    "$HALLMARK" completion $shell >script.$shell || fail "no completion for $shell"
done
expect 2 "$HALLMARK" completion tcsh

# offers SHELL WORD...: the last word is the one being typed.
offers_bash() {
    # shellcheck disable=SC2016
    bash --norc -c '. ./script.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _hallmark; printf "%s\n" "${COMPREPLY[@]}"' _ "$@"
}
offers_zsh() { # what is offered goes to compadd, which knows the word being typed
    # shellcheck disable=SC2016
    zsh -f -c 'compadd() { shift; print -l -- "$@" }; _files() { print -l -- *(N) }; words=("$@"); CURRENT=$#; . ./script.zsh' _ "$@" |
        grep -e "^${*: -1}"
}
offers_fish() {
    HOME=$house XDG_CONFIG_HOME=$house fish --no-config -c 'source script.fish; complete -C "$argv"' -- "$*" | cut -f1
}
touch a-file.txt
for shell in bash zsh fish; do
    if ! command -v $shell >/dev/null; then
        echo "no $shell here: its completion is not tried"
        continue
    fi
    $shell -n script.$shell || fail "$shell cannot read its completion"
    same "$("offers_$shell" hallmark compa | sort | tr '\n' ' ')" "compare " "$shell at compa"
    same "$("offers_$shell" hallmark baseline l | grep -v '^-')" learn "$shell at baseline l"
    "offers_$shell" hallmark compare --hall | grep -qx -- --hallmarks || fail "$shell does not offer --hallmarks to compare"
    "offers_$shell" hallmark compare --case | grep -qx -- --casebook || fail "$shell does not offer --casebook"
    "offers_$shell" hallmark add incident a- | grep -qx a-file.txt || fail "$shell does not offer files"
    [ -z "$("offers_$shell" hallmark zzz)" ] || fail "$shell offers something at zzz"
done
# Every command is there, in each of the three.
for command in $(sed -n 's/^ *&hmi_command_\([a-z]*\).*,$/\1/p' "$HALLMARK_SOURCE_ROOT/src/cli/commands.c" | sort -u); do
    for shell in bash zsh fish; do
        grep -qw "$command" script.$shell || fail "$shell does not know $command"
    done
done
done_testing
