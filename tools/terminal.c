#ifdef _WIN32
#define _WIN32_WINNT 0x0601
#else
#define _XOPEN_SOURCE 700
#define _DARWIN_C_SOURCE
#endif

#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wchar.h>

#include "terminal.h"

static volatile sig_atomic_t came;
static void (*volatile to_stop)(void);

static int columns_of_terminal(void);

size_t terminal_columns(void) {
  const char *text = getenv("COLUMNS");
  int columns = text == NULL ? 0 : atoi(text);
  if (columns <= 0) columns = columns_of_terminal();
  return columns <= 0 ? 0 : columns < 20 ? 20 : (size_t)columns;
}

int terminal_has_colour(void) {
  const char *no_colour = getenv("NO_COLOR"), *kind = getenv("TERM");
  if (no_colour != NULL && *no_colour != '\0') return 0;
  return terminal_is(stdout) && (kind == NULL || strcmp(kind, "dumb") != 0);
}

int terminal_signal(void) {
  return (int)came;
}

#ifndef _WIN32

#include <langinfo.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

static volatile sig_atomic_t reader_left;

static void note_reader_left(int number) {
  (void)number;
  reader_left = 1;
}

/* wcwidth() knows the characters of Unicode in a locale that has them. */
static int knows_unicode;

static void set_handler(int number, void (*handler)(int), int flags) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigaction(number, &action, NULL);
}

void terminal_begin(int *count, char ***arguments) {
  static const char *const locales[] = {"", "C.UTF-8", "en_US.UTF-8", NULL};
  (void)count;
  (void)arguments;
  for (size_t i = 0; locales[i] != NULL && !knows_unicode; i++) {
    knows_unicode = setlocale(LC_CTYPE, locales[i]) != NULL && strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
  }
  set_handler(SIGPIPE, note_reader_left, 0);
}

int terminal_is(FILE *stream) {
  return isatty(fileno(stream));
}

static int columns_of_terminal(void) {
  struct winsize size;
  return isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

int terminal_width(uint32_t character) {
  return knows_unicode || character < 0x80 ? wcwidth((wchar_t)character) : 1;
}

/* A pipe whose reader has left tells so without being asked for anything. */
void terminal_wait(int milliseconds) {
  struct pollfd output = {STDOUT_FILENO, 0, 0};
  if (poll(&output, 1, milliseconds) > 0 && (output.revents & (POLLERR | POLLHUP)) != 0) reader_left = 1;
}

static void take_signal(int number) {
  came = number;
  if (to_stop != NULL) to_stop();
}

void terminal_on_signal(void (*stop)(void)) {
  to_stop = stop;
  set_handler(SIGINT, take_signal, (int)SA_RESETHAND);
  set_handler(SIGTERM, take_signal, (int)SA_RESETHAND);
}

int terminal_reader_left(void) {
  return reader_left;
}

#else

#include <fcntl.h>
#include <io.h>
#include <windows.h>
#include <shellapi.h>

static char *utf8_of(const wchar_t *wide) {
  int size = WideCharToMultiByte(CP_UTF8, 0, wide, -1, NULL, 0, NULL, NULL);
  char *text = calloc(1, (size_t)size + 1);
  if (text == NULL) exit(1);
  WideCharToMultiByte(CP_UTF8, 0, wide, -1, text, size, NULL, NULL);
  return text;
}

/* They live as long as the program. */
static void take_arguments(int *count, char ***arguments) {
  wchar_t **wide = CommandLineToArgvW(GetCommandLineW(), count);
  *arguments = wide == NULL ? NULL : calloc((size_t)*count + 1, sizeof **arguments);
  if (*arguments == NULL) exit(1);
  for (int i = 0; i < *count; i++) (*arguments)[i] = utf8_of(wide[i]);
  LocalFree(wide);
}

void terminal_begin(int *count, char ***arguments) {
  HANDLE screen = GetStdHandle(STD_OUTPUT_HANDLE);
  DWORD mode = 0;
  take_arguments(count, arguments);
  SetConsoleOutputCP(CP_UTF8);
  if (GetConsoleMode(screen, &mode))
    SetConsoleMode(screen, mode | 4 /* ENABLE_VIRTUAL_TERMINAL_PROCESSING */);
  _setmode(_fileno(stdin), _O_BINARY);
  _setmode(_fileno(stdout), _O_BINARY);
}

int terminal_is(FILE *stream) {
  return _isatty(_fileno(stream)) != 0;
}

static int columns_of_terminal(void) {
  CONSOLE_SCREEN_BUFFER_INFO info;
  if (!GetConsoleScreenBufferInfo(GetStdHandle(STD_OUTPUT_HANDLE), &info)) return 0;
  return info.srWindow.Right - info.srWindow.Left + 1;
}

/* There is no wcwidth(): two columns are taken by the letters of East Asia and by most pictures. */
int terminal_width(uint32_t c) {
  if (c < 0x20 || (c >= 0x7f && c < 0xa0)) return -1;
  if (c >= 0x300 && c <= 0x36f) return 0;
  return (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) || (c >= 0xac00 && c <= 0xd7a3) ||
             (c >= 0xf900 && c <= 0xfaff) || (c >= 0xfe30 && c <= 0xfe6f) || (c >= 0xff00 && c <= 0xff60) ||
             (c >= 0x1f300 && c <= 0x1faff) || (c >= 0x20000 && c <= 0x3fffd)
           ? 2
           : 1;
}

void terminal_wait(int milliseconds) {
  Sleep((DWORD)milliseconds);
}

static void take_signal(int number) {
  came = number;
  if (to_stop != NULL) to_stop();
}

void terminal_on_signal(void (*stop)(void)) {
  to_stop = stop;
  signal(SIGINT, take_signal);
  signal(SIGTERM, take_signal);
}

int terminal_reader_left(void) {
  return ferror(stdout) && (errno == EPIPE || errno == EINVAL);
}

#endif
