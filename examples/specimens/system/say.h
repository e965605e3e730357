/* SPDX-License-Identifier: Apache-2.0
 * say.h - all that a specimen may do to the world: print a line. */
#ifndef SPECIMEN_SAY_H
#define SPECIMEN_SAY_H

void say(const char *line);
void say_number(const char *what, unsigned long number);
int specimen_main(void);

#endif
