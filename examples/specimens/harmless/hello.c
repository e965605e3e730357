/* SPDX-License-Identifier: Apache-2.0
 * hello.c - a harmless program of the harmless world: nothing but the system part. */
#include "../system/say.h"

int specimen_main(void)
{
    say("hello, world");
    say_number("answer", 42);
    return 0;
}
