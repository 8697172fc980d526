#include <stdio.h>
#include <stdlib.h>

#include "command.h"
#include "input.h"
#include "store.h"
#include "text.h"

int input_read(char **text, size_t *length, void (*progress)(size_t length)) {
  size_t room = 0, got = 1;
  *text = NULL;
  *length = 0;
  while (got > 0 && !store_is_stopped()) {
    if (room - *length < 65537) *text = text_need(realloc(*text, room = room * 2 + 131072));
    got = fread(*text + *length, 1, 65536, stdin);
    *length += got;
    if (progress != NULL) progress(*length);
  }
  (*text)[*length] = '\0';
  if (store_is_stopped()) return FAILED;
  if (!ferror(stdin)) return DONE;
  text_complain("standard input could not be read");
  return FAILED;
}
