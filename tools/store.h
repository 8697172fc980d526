/* store: opening a file for a command, and telling why a call failed. */
#ifndef NANGOLITE_TOOL_STORE_H
#define NANGOLITE_TOOL_STORE_H

#include "command.h"

/* Opens it. DONE, or what the program ends with, after complaining. Only ACCESS_MAKE makes a file. */
int store_open(const char *file, command_access access, const nangolite_options *options, nangolite **store);

/* Reads a file that may be none. 0: it could not be opened. */
int store_open_quietly(const char *file, nangolite **store);

/* Closes it, and takes away what reading has made beside it. NULL does nothing. */
void store_close(nangolite *store);

/* Whether there is a file of this name that is not empty. */
int store_is_there(const char *file);

/* Takes away the file that was opened last, once it is closed. */
void store_remove(void);

/* The file's name, for messages and for SQLite. */
const char *store_filename(void);

/* Complains about a call that failed, and returns what the program ends with: WRONG_USAGE for arguments that
** are not allowed, else FAILED. An interruption is not complained about. */
int store_failed(nangolite *store, int result);

/* Why the last call failed, without the word that names the argument for the file. */
const char *store_message(nangolite *store);

/* Whether the user wants an end. */
int store_is_stopped(void);

/* Has `interrupt` called when the user wants an end, for work outside of the library. NULL: no more. */
void store_on_stop(void (*interrupt)(void));

#endif
