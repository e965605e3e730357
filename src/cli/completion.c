/* SPDX-License-Identifier: Apache-2.0
 *
 * completion.c - hallmark completion: shell completions, made from the command table.
 */
#include "cli/commands.h"

/* First words of all commands, each once; then second words of those that have them. */
static bool first_word(size_t index, hm_text *ret)
{
    hm_text name = hmi_text_of(hmi_commands[index]->name), word;
    hmi_split(&name, ' ', &word);
    for (size_t i = 0; i < index; i++) {
        hm_text other = hmi_text_of(hmi_commands[i]->name), before;
        hmi_split(&other, ' ', &before);
        if (hmi_text_eq(word, before)) {
            return false;
        }
    }
    *ret = word;
    return true;
}

static void add_first_words(hmi_buf *buf)
{
    hm_text word;
    for (size_t i = 0; hmi_commands[i] != NULL; i++) {
        if (first_word(i, &word)) {
            hmi_buf_printf(buf, "%s%.*s", i ? " " : "", HMI_FMT(word));
        }
    }
}

static void add_second_words(hmi_buf *buf, hm_text first)
{
    for (size_t i = 0; hmi_commands[i] != NULL; i++) {
        hm_text name = hmi_text_of(hmi_commands[i]->name), word;
        hmi_split(&name, ' ', &word);
        if (hmi_text_eq(word, first) && name.len > 0) {
            hmi_buf_printf(buf, "%.*s ", HMI_FMT(name));
        }
    }
}

static void add_option_words(hmi_buf *buf, const hmi_option *options)
{
    for (const hmi_option *o = options; o != NULL && o->name != NULL; o++) {
        hmi_buf_printf(buf, "--%s ", o->name);
    }
}

/* case arms "first) words=...;;" with subcommands and the options of every command under it. */
static void add_arms(hmi_buf *buf)
{
    hm_text word;
    for (size_t i = 0; hmi_commands[i] != NULL; i++) {
        if (!first_word(i, &word)) {
            continue;
        }
        hmi_buf_printf(buf, "        %.*s) choices=\"", HMI_FMT(word));
        add_second_words(buf, word);
        for (size_t k = i; hmi_commands[k] != NULL; k++) {
            hm_text name = hmi_text_of(hmi_commands[k]->name), first;
            hmi_split(&name, ' ', &first);
            if (hmi_text_eq(first, word)) {
                add_option_words(buf, hmi_commands[k]->options);
            }
        }
        add_option_words(buf, hmi_common_options);
        hmi_buf_add_cstr(buf, "\" ;;\n");
    }
}

static void add_bash(hmi_buf *buf)
{
    hmi_buf_add_cstr(buf, "# bash completion for hallmark\n"
                          "_hallmark() {\n"
                          "    local choices current=${COMP_WORDS[COMP_CWORD]}\n"
                          "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
                          "        choices=\"");
    add_first_words(buf);
    hmi_buf_add_cstr(buf, "\"\n    else\n        case ${COMP_WORDS[1]} in\n");
    add_arms(buf);
    hmi_buf_add_cstr(buf, "        esac\n    fi\n"
                          "    case $current in\n"
                          "        -*) ;;\n"
                          "        *) [ \"$COMP_CWORD\" -gt 1 ] && "
                          "COMPREPLY=($(compgen -f -- \"$current\")) ;;\n"
                          "    esac\n"
                          "    COMPREPLY+=($(compgen -W \"$choices\" -- \"$current\"))\n"
                          "}\n"
                          "complete -o filenames -F _hallmark hallmark\n");
}

static void add_zsh(hmi_buf *buf)
{
    hmi_buf_add_cstr(buf, "#compdef hallmark\n"
                          "_hallmark() {\n"
                          "    local choices\n"
                          "    if (( CURRENT == 2 )); then\n        choices=\"");
    add_first_words(buf);
    hmi_buf_add_cstr(buf, "\"\n    else\n        case ${words[2]} in\n");
    add_arms(buf);
    hmi_buf_add_cstr(buf, "        esac\n    fi\n"
                          "    compadd -- ${=choices}\n"
                          "    (( CURRENT > 2 )) && _files\n"
                          "}\n"
                          "_hallmark \"$@\"\n");
}

/* In single quotes fish knows two marks: the quote and the backslash. */
static void add_fish_text(hmi_buf *buf, const char *text)
{
    hmi_buf_add_cstr(buf, " -d '");
    for (; *text != '\0'; text++) {
        if (*text == '\'' || *text == '\\') {
            hmi_buf_add_char(buf, '\\');
        }
        hmi_buf_add_char(buf, *text);
    }
    hmi_buf_add_cstr(buf, "'\n");
}

static void add_fish(hmi_buf *buf)
{
    hmi_buf_add_cstr(buf, "# fish completion for hallmark\n");
    for (size_t i = 0; hmi_commands[i] != NULL; i++) {
        const hmi_command *c = hmi_commands[i];
        hm_text rest = hmi_text_of(c->name), word, shown;
        hmi_split(&rest, ' ', &word);
        if (first_word(i, &shown)) {
            hmi_buf_printf(buf, "complete -c hallmark -n __fish_use_subcommand -a %.*s",
                           HMI_FMT(word));
            add_fish_text(buf, rest.len ? "" : c->summary);
        }
        if (rest.len > 0) {
            hmi_buf_printf(buf,
                           "complete -c hallmark -n '__fish_seen_subcommand_from %.*s' -a %.*s",
                           HMI_FMT(word), HMI_FMT(rest));
            add_fish_text(buf, c->summary);
        }
        for (const hmi_option *o = c->options; o != NULL && o->name != NULL; o++) {
            hmi_buf_printf(buf,
                           "complete -c hallmark -n '__fish_seen_subcommand_from %.*s' -l %s%s\n",
                           HMI_FMT(word), o->name, o->argument ? " -r" : "");
        }
    }
    for (const hmi_option *o = hmi_common_options; o->name != NULL; o++) {
        hmi_buf_printf(buf, "complete -c hallmark -l %s%s", o->name, o->argument ? " -r" : "");
        add_fish_text(buf, o->help);
    }
}

static int run_completion(hmi_invocation *inv)
{
    hm_text shell = hmi_text_of(inv->operands[0]);
    if (hmi_text_is(shell, "bash")) {
        add_bash(&inv->out->buf);
    } else if (hmi_text_is(shell, "zsh")) {
        add_zsh(&inv->out->buf);
    } else if (hmi_text_is(shell, "fish")) {
        add_fish(&inv->out->buf);
    } else {
        return hmi_usage_error(inv, "the shell is bash, zsh or fish");
    }
    return HMI_EXIT_DONE;
}

const hmi_command hmi_command_completion = {
    .name = "completion",
    .operands = "bash|zsh|fish",
    .summary = "print completions for a shell",
    .about = "Prints a script that teaches the shell this program's commands and options. "
             "Installed packages bring it along.",
    .examples = "  . <(hallmark completion bash)       # in this shell\n",
    .operands_min = 1,
    .operands_max = 1,
    .run = run_completion,
    .no_json = true,
};
