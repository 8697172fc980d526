#!/bin/sh
# amalgamate.sh: joins the parts in src/ into the two files that people embed, nangolite.c and nangolite.h.
#
#   ./amalgamate.sh            writes both next to this script
#   ./amalgamate.sh -o DIR     writes both to DIR
#   ./amalgamate.sh -l         adds #line directives, so that compilers and debuggers name the part
#
# The result depends on src/ and on nothing else: no date, locale, time zone or umask gets into it.
set -eu
LC_ALL=C
export LC_ALL
umask 022

# The map of the layers, bottom to top: a part uses only the parts above it in this list. Each part is
# src/NAME.h and src/NAME.c (or one of the two); in nangolite.c its header comes just before its code, so a
# call upwards does not compile.
parts() {
  cat <<'LIST'
internal        the system headers, the limits, slice
text            a growing byte buffer; writing JSON text
list            arrays that grow
utf8            which bytes are UTF-8; making JSON of any
base64          RFC 4648
timestamp       RFC 3339 text to microseconds, and back
frequency       "every 1.5 hours", and the grid of runs
name            which names are allowed
cursor          a place in a feed as text
hash            SipHash with 128 bits
json            stepping through JSON text
json_scan       judging JSON text; the records of a call
members         the names of an object's members in order
json_digest     a JSON value's digest
merge           the deep merge of JSON objects
key             where a record stands in its collection
sql             every SQL statement
store           an open store, its errors and its clock
statement       running a statement
transaction     beginning, committing, rolling back
tables          what the schema consists of
image           an empty store in the file format
schema          making the tables, and older ones current
connection      the end users' accounts
collection      a collection's counters
record          the two rows of a record
window          what a delete window has seen
payload         what the store knows of a record's JSON
batch           the JSON of a call, split into records
lookup          what is stored under a batch's ids
write           save, update and delete
feed            the records in the order of change
prune           emptying payloads
listing         what a query selects, and where its page ends
page            a page as the structs of the C API
records         the C API on records
schedule        when an instance runs, and the states of its runs
removal         taking collections away for good
sync            the definitions of syncs, and their functions
instance        a sync of one variant on one connection
event           what the application is told at the end of a run
run             one execution of a sync
due             finding what is due, and executing it
checkpoint      what a sync may remember
runs            the C API inside a run
selection       which instances a call means
status          what is told of instances
syncs           the C API on definitions and instances
connections     the C API on connections
maintain        the care that is due
check           every invariant of a store
open            opening, attaching, closing
environment     the variables that a request lists
target          a request's path, query and headers, taken apart
route           the requests there are, and what each takes
reply           the JSON that answers
input           what a request gives, checked
secret          the key that requests must bring
request         a request and its answer
LIST
}

fail() {
  echo "amalgamate.sh: $1" >&2
  exit 1
}

out=
line_directives=0
while getopts o:l option; do
  case $option in
    o) out=$(mkdir -p "$OPTARG" && cd "$OPTARG" && pwd) ;;
    l) line_directives=1 ;;
    *) sed -n 's/^# \{0,1\}//; 2,7p' "$0" >&2; exit 2 ;;
  esac
done
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
for file in src/*.h src/*.c; do
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
    /^[ \t]*#[ \t]*include[ \t]*</ && file != "internal.h" { refuse("system headers belong in internal.h") }
    /^[ \t]*#[ \t]*include[ \t]*"/ {
      split($0, quoted, "\"")
      header = quoted[2]
      if (header == "nangolite.h" && file == "internal.h") { print; blank = 0; next }
      if (header == "nangolite.h" || index(above, " " header " ")) { drop(); next }
      if (index(listed, " " header " ")) refuse("includes " header ", which belongs to a later part (the order is the list in amalgamate.sh)")
      refuse("includes " header ", which is no part")
    }
    /^[ \t]*$/ && !line_directives { if (!blank) print ""; blank = 1; next }
    { print; blank = 0 }
  ' "src/$1"
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
  above=" "
  for name in $names; do
    for file in "$name.h" "$name.c"; do
      [ -f "src/$file" ] || continue
      emit "$file"
      above="$above$file "
    done
  done
}

# A file whose bytes are right already keeps its time, so that nothing is compiled again for it.
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
