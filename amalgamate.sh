#!/bin/sh
# amalgamate.sh: joins the parts in src/ into the two files that people embed, nangolite.c and nangolite.h.
#
#   ./amalgamate.sh            writes both next to this script
#   ./amalgamate.sh -o DIR     writes both to DIR
#   ./amalgamate.sh -l         adds #line directives, so that compilers and debuggers name the part
#   ./amalgamate.sh -s FILE -o DIR   puts SQLite's sqlite3.c before it, all of it static: then nothing is needed besides
#
# The result depends on src/, LICENSE and this script only, not on date, locale, time zone or umask.
set -eu
LC_ALL=C
export LC_ALL
umask 022

# The parts, bottom to top: a folder is a layer, and a part uses only the parts above it in this list. Each part is
# src/NAME.h and src/NAME.c (or one of the two); in nangolite.c its header comes just before its code, so a
# call upwards does not compile.
parts() {
  cat <<'LIST'
base/internal             the system headers and the limits
base/platform             what differs between operating systems: the clock
base/bytes                eight bytes as one number
base/slice                bytes that somebody else owns
base/text                 a growing byte buffer
base/list                 arrays that grow
base/utf8                 which bytes are UTF-8
base/base64               RFC 4648
base/hash                 SipHash with 128 bits
json/json_write           building JSON text
json/json                 stepping through JSON text
json/json_scan            checking JSON text; the records of a call
json/json_pointer         finding a value by its path
json/json_members         the names of an object's members in order
json/json_digest          a JSON value's digest
json/json_difference      where two JSON values differ, for people
json/json_merge           the deep merge of JSON objects
json/json_overlay         one object's members over another's
json/json_number          numbers as JavaScript writes them
json/json_script          objects as JavaScript writes and merges them
values/timestamp          RFC 3339 text to microseconds, and back
values/frequency          "every 1.5 hours", and the grid of runs
values/name               which names are allowed
values/cursor             a place in a feed as text
values/row_key            where a record stands in its collection
values/schedule           when an instance runs, and the states of its runs
database/sql              every SQL statement
database/store            an open store, its errors and its clock
database/open_stores      the stores that this process has open
database/query            running a statement
database/immutable        a store in a folder that cannot be written
database/transaction      beginning, committing, rolling back
database/call             how a public function begins and ends
database/arguments        checks of what a caller gave
database/id_list          ids of rows
database/tables           what the schema consists of
database/memory_image     a database as bytes, in memory
database/blank_image      an empty store in the file format
database/schema           making the tables, and older ones current
database/snapshot         the whole database of a store as bytes, and back
records/connection        the end users' accounts
records/collection        a collection's counters
records/identity          from a record's id to its number
records/entry             what is known of records without reading them
records/record            the row of a record's payload
records/delete_window     what a delete window has seen
records/payload           what the store knows of a record's JSON
records/guess             recognizing what a source sends again
records/as_nango          what is kept of a record with the option as_nango
records/batch             the JSON of a call, split into records
records/batch_lookup      the numbers of a batch's ids
records/write             save, update and delete
records/feed              the records in the order of change
records/collection_list   the collections as JSON
records/metadata          what an application keeps with a connection
records/connection_list   the connections as JSON
records/prune             emptying payloads
records/page              what a query selects, and where its page ends
records/expectation       the live records against expected ones
records/removal           taking collections away for good
syncs/sync                the definitions of syncs
syncs/sync_function       the functions that this process gave for them
syncs/sync_list           the definitions as JSON
syncs/instance            a sync of one variant on one connection
syncs/result              what the latest run changed
syncs/kept_run            the runs that ended last
syncs/event               what the application is told at the end of a run
syncs/run                 one execution of a sync
syncs/due                 finding what is due, and executing it
syncs/checkpoint          what a sync may remember
syncs/selection           which instances a call means
syncs/status              what is told of instances
syncs/command             what is done to definitions and instances
syncs/fixture             what was recorded of a sync function, stored
syncs/environment_rows    the variables that a request lists
syncs/dump_form           the kinds of lines that a dump has
syncs/dump                writing a store as lines of JSON
syncs/load                reading such lines into a store
api/store_handle          the C API on an open store itself
api/store_open            opening, attaching, closing
api/json_values           the C API that takes JSON apart
api/backup                a copy of the store in a file
api/overview              the C API that tells what is in a store
api/connections           the C API on connections
api/record_page           a page as the structs of the C API
api/records               the C API on records
api/syncs                 the C API on definitions and instances
api/scheduler             the C API that finds and executes what is due
api/runs                  the C API inside a run
api/maintain              the care that is due
api/testing               the C API for tests of sync functions
api/check                 every invariant of a store
api/dumps                 the C API that writes a store as text
api/repair_report         what a repair has done, in sentences
api/repair_records        mending what is kept of records
api/repair_syncs          mending definitions and schedules
api/repair                making a damaged store sound
requests/environment      the C API on those variables
requests/target           a request's path, query and headers, taken apart
requests/route            the requests there are, and what each takes
requests/reply            the JSON that answers
requests/connection_reply  connections as the HTTP API tells of them
requests/input            what a request gives, checked
requests/auth             the key that requests must bring
requests/request          a request and its answer
extension/host            the store of a connection that has loaded the library
extension/functions       the functions of SQL that answer requests and write records
extension/cursor_collation  cursors compared by their places
extension/feed_back       the records from the last change back
extension/records_plan    what a query asks of the table of records
extension/records_table   the records as a table of SQL
extension/syncs_table     the instances of syncs as a table of SQL
extension/entry           where SQLite enters the extension
LIST
}

fail() {
  echo "amalgamate.sh: $1" >&2
  exit 1
}

out=
line_directives=0
sqlite=
while getopts o:ls: option; do
  case $option in
    o) out=$(mkdir -p "$OPTARG" && cd "$OPTARG" && pwd) ;;
    l) line_directives=1 ;;
    s) sqlite=$(cd "$(dirname "$OPTARG")" && pwd)/$(basename "$OPTARG") ;;
    *) sed -n 's/^# \{0,1\}//; 2,8p' "$0" >&2; exit 2 ;;
  esac
done
[ -z "$sqlite" ] || [ -n "$out" ] || fail "-s needs -o DIR: the pair beside this script stays without SQLite"
[ -z "$sqlite" ] || [ -f "$sqlite" ] || fail "there is no $sqlite"
cd "$(dirname "$0")"
[ -n "$out" ] || out=.

# The list and the directory hold the same files.
names=$(parts | sed 's/ .*//')
[ -z "$(echo "$names" | sort | uniq -d)" ] || fail "listed twice: $(echo "$names" | sort | uniq -d | tr '\n' ' ')"
listed=" nangolite.h "
for name in $names; do
  [ -f "src/$name.h" ] || [ -f "src/$name.c" ] || fail "the part '$name' is listed, but there is no src/$name.h or src/$name.c"
  listed="$listed$name.h $name.c "
done
for file in src/*.h src/*.c src/*/*.h src/*/*.c; do
  [ -e "$file" ] || continue
  case $listed in
    *" ${file#src/} "*) ;;
    *) fail "$file belongs to no part of the list in amalgamate.sh" ;;
  esac
done
[ -f src/nangolite.h ] || fail "there is no src/nangolite.h"
version=$(sed -n 's/^#define NANGOLITE_VERSION "\(.*\)"$/\1/p' src/nangolite.h)
[ -n "$version" ] || fail 'src/nangolite.h has no line #define NANGOLITE_VERSION "..."'

# Prints src/$1 under a banner, less the includes of other parts, which already stand above it.
emit() {
  awk -v file="$1" -v above="$above" -v listed="$listed" -v line_directives="$line_directives" '
    function refuse(why) {
      print "amalgamate.sh: src/" file ":" FNR ": " why | "cat 1>&2"
      exit 1
    }
    function drop() {
      if (line_directives) print ""
    }
    BEGIN {
      printf "\n/******** %s ********/\n\n", file
      if (line_directives) printf "#line 1 \"src/%s\"\n", file
      blank = 1
    }
    /^[ \t]*#[ \t]*include[ \t]*</ && file != "base/internal.h" { refuse("system headers belong in base/internal.h") }
    /^[ \t]*#[ \t]*include[ \t]*"/ {
      split($0, quoted, "\"")
      header = quoted[2]
      if (header == "nangolite.h" && file == "base/internal.h") { print; blank = 0; next }
      if (header == "nangolite.h" || index(above, " " header " ")) { drop(); next }
      if (index(listed, " " header " ")) refuse("includes " header ", which belongs to a later part (the order is the list in amalgamate.sh)")
      refuse("includes " header ", which is no part")
    }
    /^[ \t]*$/ && !line_directives { if (!blank) print ""; blank = 1; next }
    { print; blank = 0 }
  ' "src/$1"
}

# SQLite with nothing to be seen from outside. The compiler leaves out what is not used here, and is not to tell of it.
sqlite_static() {
  cat <<END
#define SQLITE_API static
#define SQLITE_EXTERN
#ifdef __GNUC__
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wunused-variable"
#endif
END
  cat "$sqlite"
}

amalgamation() {
  cat <<END
/* nangolite.c, version $version: Nango's Syncs API as a C library on one SQLite file.
**
** Made by amalgamate.sh from the parts in src/: edit those, not this file.
** To use it, compile it with your program, include nangolite.h, and link SQLite (3.15 or newer).
**
** $(sed -n '/^Copyright/p' LICENSE)
** SPDX-License-Identifier: $(sed -n '1s/ License$//p' LICENSE) */
END
  [ -z "$sqlite" ] || sqlite_static
  above=" "
  for name in $names; do
    for file in "$name.h" "$name.c"; do
      [ -f "src/$file" ] || continue
      emit "$file"
      above="$above$file "
    done
  done
}

# A file that has the right bytes already is not touched, so that nothing is compiled again.
install_as() {
  if cmp -s "$1" "$2"; then rm -f "$1"; else mv -f "$1" "$2"; fi
  chmod 644 "$2"
}

new=$out/.amalgamate.$$
trap 'rm -f "$new.c" "$new.h"' EXIT
amalgamation >"$new.c"
cat src/nangolite.h >"$new.h"
install_as "$new.c" "$out/nangolite.c"
install_as "$new.h" "$out/nangolite.h"
