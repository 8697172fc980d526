/* moment: times as people read them. */
#ifndef NANGOLITE_TOOL_MOMENT_H
#define NANGOLITE_TOOL_MOMENT_H

#include <stdint.h>

enum { MOMENT_SIZE = 40 };

/* Microseconds since 1970 of "2024-01-15T10:30:00.000Z", as the library writes it; 0: it is no such text. */
int64_t moment_read(const char *text);

/* "2024-01-15T10:30:00.000000Z" */
void moment_write(int64_t microseconds, char text[MOMENT_SIZE]);

/* "2024-01-15 10:30:00" */
void moment_show(int64_t microseconds, char text[MOMENT_SIZE]);

/* "12 min ago", "in 3 h". */
void moment_show_distance(int64_t microseconds, int64_t now, char text[MOMENT_SIZE]);

/* "1.2 s", "3 min" */
void moment_show_duration(int64_t microseconds, char text[MOMENT_SIZE]);

#endif
