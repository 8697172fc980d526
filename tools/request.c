/* request: the command that answers a request of the HTTP API. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "input.h"
#include "line.h"
#include "store.h"
#include "text.h"

/* All headers, a line each; to be given to free(). NULL: one of them is none. */
static char *headers_of(const line *given) {
  size_t size = 1;
  for (size_t i = 0; i < given->given_count; i++) {
    if (given->given[i].id == OPTION_HEADER) size += strlen(given->given[i].value) + 1;
  }
  char *headers = text_need(calloc(1, size));
  for (size_t i = 0; i < given->given_count; i++) {
    const char *value = given->given[i].value;
    if (given->given[i].id != OPTION_HEADER) continue;
    if (strchr(value, ':') == NULL || strpbrk(value, "\r\n") != NULL) {
      text_complain("request: the header '%s' is not NAME:VALUE", value);
      free(headers);
      return NULL;
    }
    strcat(headers, value);
    strcat(headers, "\n");
  }
  return headers;
}

static int answer(nangolite *store, const line *given, const char *headers, const char *body) {
  int http = 0;
  char *response = NULL;
  int result =
    nangolite_request(store, given->arguments[0], given->arguments[1], headers, body, &http, &response);
  if (result != NANGOLITE_OK) return store_failed(store, result);
  text_put(stdout, span_of(response));
  putchar('\n');
  nangolite_free(response);
  if (http >= 400) text_complain("the status is %d", http);
  return http >= 400 ? FAILED : DONE;
}

int request_run(nangolite *store, const line *given) {
  const char *data = line_value(given, OPTION_DATA);
  int is_input = data != NULL && strcmp(data, "-") == 0;
  char *input = NULL, *headers = headers_of(given);
  size_t length = 0;
  int status = headers == NULL ? WRONG_USAGE : DONE;
  if (status == DONE && is_input) status = input_read(&input, &length, NULL);
  if (status == DONE) status = answer(store, given, headers, is_input ? input : data);
  free(headers);
  free(input);
  return status;
}
