/* check: whether a store keeps every invariant that the other parts rely on.
**
** The file
**  1. passes SQLite's own integrity_check;
**  2. has one row in nango_store, of this library's schema version, and every column holds values of its
**     type.
**
** Connections and collections
**  3. Their names are allowed, and a default variant is called "base".
**  4. A collection belongs to a connection that is there, and its number fits into a key (key.h).
**  5. Its counters are the number of records in each lane.
**  6. Its bytes are those of the payloads that are not pruned.
**  7. oldest_payload_at is not after the stamp of any payload that is not pruned; it is NULL exactly where
**     there is none.
**
** Records and identities
**  8. A record's key names a lane that there is and a collection that is there, and a sequence that was
**     given.
**  9. Each record has one identity and each identity one record: both have the same collection, id and key.
** 10. Identities have numbers that were given, each its own within the collection.
** 11. Within a collection, over all lanes, no sequence is there twice, and stamps ascend with it.
** 12. No stamp is there twice in the file, and none is above last_stamp.
** 13. first_seen_at is not after the stamp.
** 14. pruned_at is set exactly in the lanes of the pruned.
** 15. A payload is one JSON object without "_nango_metadata", and its id is the record's.
** 16. A pruned payload is the object with the id alone.
** 17. A hash has 16 bytes; where the payload is there, it is the hash of its text.
**
** Delete windows
** 18. Only a collection whose window is open has bits of what was seen, in chunks of the one size.
** 19. Only numbers that were given have been seen.
**
** Syncs, instances and runs
** 20. Names are allowed, a sync has models, and an interval is that of its frequency.
** 21. An instance belongs to a connection and a sync of one integration, and each pair of these has a base
**     instance.
** 22. A run in progress has a number that was given, and is in progress once; so was the writer of a
**     record given.
** 23. wake_at is the end of the lease of a run in progress, and else due_at.
** 24. What is paused and not triggered is not due; everything else is.
** 25. The columns of an instance's schedule agree with each other.
** 26. A checkpoint keeps the rules of checkpoints.
** 27. A result belongs to an instance. */
#ifndef NANGOLITE_CHECK_H
#define NANGOLITE_CHECK_H

#include "checkpoint.h"
#include "feed.h"
#include "frequency.h"
#include "payload.h"
#include "schema.h"
#include "window.h"

#endif
