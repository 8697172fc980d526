#include "requests/auth.h"

#include "database/call.h"

/* Takes the same time for a key that is nearly right as for one that is entirely wrong. */
static int auth_matches(slice given, slice key) {
  unsigned difference = given.length != key.length;
  for (size_t i = 0; i < given.length; i++) {
    difference |= (unsigned char)given.at[i] ^ (unsigned)(unsigned char)key.at[i % key.length];
  }
  return difference == 0;
}

/* What follows "Bearer " in the header; absent where the header does not begin with that. */
static slice auth_bearer(slice header) {
  static const char scheme[] = "bearer ";
  if (!slice_starts_with_word(header, scheme)) return (slice){NULL, 0};
  slice rest = slice_from(header, strlen(scheme));
  while (rest.length > 0 && *rest.at == ' ') rest = slice_from(rest, 1);
  return rest;
}

static int auth_admits(const nangolite *store, slice headers, reply *r) {
  slice key = {store->secret_key.at, store->secret_key.length};
  if (key.length == 0) return 1;
  slice header = target_header(headers, "authorization");
  if (header.length == 0) {
    reply_set_error(r, 401, "missing_auth_header", "the header Authorization is missing");
    return 0;
  }
  if (auth_matches(auth_bearer(header), key)) return 1;
  reply_set_error(r, 401, "unknown_key", "the header Authorization does not have the secret key");
  return 0;
}

int nangolite_secret_key_set(nangolite *store, const char *secret_key) {
  if (!call_open(store)) return NANGOLITE_MISUSE;
  text key = {0};
  if (secret_key != NULL && *secret_key == '\0') store_fail(store, NANGOLITE_INVALID, "secret_key is empty");
  if (secret_key != NULL) text_append_string(&key, secret_key);
  store_check_text(store, &key);
  text *unused = store_failed(store) ? &key : &store->secret_key;
  text_free(unused);
  if (!store_failed(store)) store->secret_key = key;
  return call_end(store);
}
