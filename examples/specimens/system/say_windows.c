/* SPDX-License-Identifier: Apache-2.0
 * say_windows.c - saying on Windows, with two functions of kernel32 and no C library. */
#include "say.h"

#ifdef _WIN64
#define STDCALL
#else
#define STDCALL __attribute__((stdcall))
#endif

__declspec(dllimport) void *STDCALL GetStdHandle(unsigned which);
__declspec(dllimport) int STDCALL
    WriteFile(void *file, const void *bytes, unsigned len, unsigned *written, void *overlapped);
__declspec(dllimport) void STDCALL ExitProcess(unsigned code);

void *memcpy(void *to, const void *from, __SIZE_TYPE__ len);
void *memset(void *to, int value, __SIZE_TYPE__ len);

/* The compiler may call these two behind our back. */
void *memcpy(void *to, const void *from, __SIZE_TYPE__ len)
{
    volatile char *t = to;
    const char *f = from;
    while (len-- > 0) {
        *t++ = *f++;
    }
    return to;
}

void *memset(void *to, int value, __SIZE_TYPE__ len)
{
    volatile char *t = to;
    while (len-- > 0) {
        *t++ = (char)value;
    }
    return to;
}

static void put(const char *text)
{
    unsigned len = 0, written = 0;
    while (text[len] != '\0') {
        len++;
    }
    WriteFile(GetStdHandle(0xfffffff5u), text, len, &written, 0);
}

void say(const char *line)
{
    put(line);
    put("\r\n");
}

void say_number(const char *what, unsigned long number)
{
    char digits[24];
    unsigned at = sizeof(digits) - 1;
    digits[at] = '\0';
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    put(what);
    put(": ");
    say(digits + at);
}

void start(void);
void start(void)
{
    ExitProcess((unsigned)specimen_main());
}
