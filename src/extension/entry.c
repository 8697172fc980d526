/* entry: where SQLite enters the library as an extension, for each connection. */
#include "extension/cursor_collation.h"
#include "extension/functions.h"
#include "extension/records_table.h"
#include "extension/syncs_table.h"

#ifdef NANGOLITE_EXTENSION

int sqlite3_nangolite_init(struct sqlite3 *db, char **message, const struct sqlite3_api_routines *routines) {
  (void)routines;
#ifndef SQLITE_CORE
  sqlite3_api = routines;
#endif
  if (sqlite3_libversion_number() < 3015000) {
    *message = sqlite3_mprintf("nangolite needs SQLite 3.15, this is %s", sqlite3_libversion());
    return SQLITE_ERROR;
  }
  host *h = host_make(db);
  if (h == NULL) return SQLITE_NOMEM;
  int code = cursor_collation_register(db);
  if (code == SQLITE_OK) code = functions_register(h);
  if (code == SQLITE_OK) code = records_table_register(h);
  if (code == SQLITE_OK) code = syncs_table_register(h);
  host_release(h);
  if (code != SQLITE_OK) *message = sqlite3_mprintf("%s", sqlite3_errmsg(db));
  return code;
}

#endif
