/* SPDX-License-Identifier: Apache-2.0
 * say_posix.c - saying on POSIX systems. */
#include "say.h"

#include <stdio.h>

void say(const char *line)
{
    puts(line);
}

void say_number(const char *what, unsigned long number)
{
    printf("%s: %lu\n", what, number);
}

int main(void)
{
    return specimen_main();
}
