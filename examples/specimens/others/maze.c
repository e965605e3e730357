/* SPDX-License-Identifier: Apache-2.0
 * maze.c - finds the way through a small maze, breadth first. */
#include "../system/say.h"

#define WIDE 12
#define HIGH 8

static const char PLAN[HIGH][WIDE + 1] = { "S.#.....#...", "..#.###.#.#.", "#...#...#.#.",
                                           "..#.#.#...#.", ".##.#.###.#.", "....#...#.#.",
                                           ".####.#.#.#.", "......#...#E" };

static int queue[WIDE * HIGH];
static int came[WIDE * HIGH];

static int passable(int x, int y)
{
    return x >= 0 && y >= 0 && x < WIDE && y < HIGH && PLAN[y][x] != '#';
}

static int search(int from)
{
    static const signed char STEP[4][2] = { { 1, 0 }, { 0, 1 }, { -1, 0 }, { 0, -1 } };
    int head = 0, tail = 0;
    for (int i = 0; i < WIDE * HIGH; i++) {
        came[i] = -1;
    }
    queue[tail++] = from;
    came[from] = from;
    while (head < tail) {
        int here = queue[head++], x = here % WIDE, y = here / WIDE;
        if (PLAN[y][x] == 'E') {
            return here;
        }
        for (int d = 0; d < 4; d++) {
            int nx = x + STEP[d][0], ny = y + STEP[d][1];
            if (passable(nx, ny) && came[ny * WIDE + nx] < 0) {
                came[ny * WIDE + nx] = here;
                queue[tail++] = ny * WIDE + nx;
            }
        }
    }
    return -1;
}

int specimen_main(void)
{
    say("garden maze, north entrance");
    int at = search(0), steps = 0;
    while (at > 0 && came[at] != at) {
        at = came[at];
        steps++;
    }
    say_number("steps to the fountain", (unsigned long)steps);
    return at < 0;
}
