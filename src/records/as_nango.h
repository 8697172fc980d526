/* as_nango: what becomes of a record that is given to a store made with the option as_nango, where Nango's
** own store does other than nangolite by default.
**
** Such a store keeps of a record what JSON.stringify(JSON.parse(text)) makes of its text, with the id as a
** string. What counts as given is that text with the id as it came: its hash is compared, and nothing else.
** Where the two differ, as they do for a numeric id and after an update, the entry has the stored text and
** its alternate has the given one (entry.h). */
#ifndef NANGOLITE_AS_NANGO_H
#define NANGOLITE_AS_NANGO_H

#include "base/utf8.h"
#include "json/json_scan.h"
#include "records/entry.h"

#define AS_NANGO_ID_MAX 255 /* UTF-16 units */

/* Appends the text that is stored for a record, still with its member "_nango_metadata", and its id. Sets
** *given to the hash and length of the given text, without that member, where it is another one, else to
** zeros. Latches what is wrong with the id; `position` is that of the record in the array. */
static void as_nango_take(nangolite *store, const json_record *given_record, size_t position, text *stored,
                          text *id, entry_text *given);

/* The time that the member "deletedAt" of a deleted record says, 0 where it says none. Latches
** NANGOLITE_INVALID where it is no time. */
static int64_t as_nango_deleted_at(nangolite *store, slice record, size_t position);

/* The hash of what was given last for the record with this entry. `alternate` is its alternate, where it
** has one. Of a pruned record it is all that is left. */
static hash128 as_nango_given(const entry *stored, const entry_text *alternate);

#endif
