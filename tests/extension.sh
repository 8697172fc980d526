#!/bin/sh
# The library as an extension of SQLite: loaded by the sqlite3 shell and by Python, and linked into a program, as TAP.
set -u
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")/.." || exit 1
CC=${CC:-cc}
root=$PWD
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
strict='-std=c11 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror'

. tests/tap

skip() {
  count=$((count + 1))
  echo "ok $count - $1 # SKIP $2"
}

# Without the flags of the other tests: what has a sanitizer in it cannot be loaded into a program without.
# shellcheck disable=SC2086  # flags are several words
it_compiles_as_the_header_says() {
  $CC $strict -O0 ${SQLITE_CFLAGS:-} -DNANGOLITE_EXTENSION -fPIC -shared nangolite.c -o "$tmp/nangolite.so"
}

# What it needs of SQLite comes from the program that loads it, which may keep its own SQLite to itself.
it_needs_no_symbol_of_sqlite() {
  [ -f "$tmp/nangolite.so" ] && ! nm -u "$tmp/nangolite.so" | grep sqlite3
}

it_exports_its_entry_besides() {
  nm -g --defined-only "$tmp/nangolite.so" | awk '$2 == "T" { print $3 }' | grep -v '^nangolite_\|^_init$\|^_fini$' >"$tmp/exported"
  echo sqlite3_nangolite_init | diff - "$tmp/exported"
}

# Five issues of one user, and notes that the user's own program keeps about them.
the_shell_joins_records_with_a_table_of_its_own() {
  {
    echo ".load $tmp/nangolite"
    cat
  } <<'END' | sqlite3 -batch "$tmp/shell.db" >"$tmp/actual" 2>&1
.mode list
CREATE TABLE note (issue INTEGER, note TEXT);
INSERT INTO note VALUES (2, 'ask Grace'), (4, 'next week');
SELECT nangolite_save('github', 'ada', 'Issue', '[{"id":1},{"id":2,"open":true},{"id":3},{"id":4,"open":true},{"id":5}]');
SELECT nangolite_update('github', 'ada', 'Issue', '{"id":2,"open":false}');
SELECT nangolite_delete('github', 'ada', 'Issue', '{"id":3}');
SELECT r.id, r.last_action, note, payload FROM note JOIN nango_records('github', 'ada', 'Issue') AS r ON r.id = note.issue;
SELECT id FROM nango_records('github', 'ada', 'Issue') ORDER BY cursor DESC LIMIT 2;
SELECT nangolite('GET', '/records?model=Issue&filter=deleted', 'Connection-Id: ada' || char(10) || 'Provider-Config-Key: github')
  LIKE '{"records":[{"id":3,"_nango_metadata":{%"last_action":"DELETED"%';
SELECT nangolite('GET', '/nowhere');
SELECT count(*) FROM nango_syncs();
END
  diff - "$tmp/actual" <<'END'
{"added":5,"updated":0,"deleted":0,"unchanged":0,"skipped":0,"duplicates":0}
{"added":0,"updated":1,"deleted":0,"unchanged":0,"skipped":0,"duplicates":0}
{"added":0,"updated":0,"deleted":1,"unchanged":0,"skipped":0,"duplicates":0}
2|UPDATED|ask Grace|{"id":2,"open":false}
4|ADDED|next week|{"id":4,"open":true}
3
2
1
{"error":{"code":"not_found","message":"there is no such path"}}
0
END
}

# A Python whose sqlite3 can load extensions.
python() {
  for name in python3 /usr/bin/python3; do
    "$name" -c 'import sqlite3; sqlite3.connect(":memory:").enable_load_extension(True)' 2>/dev/null && echo "$name" && return
  done
}

in_python() {
  NANGOLITE_EXTENSION=$tmp/nangolite PYTHONDONTWRITEBYTECODE=1 "$(python)" -W error -m unittest discover -s "$root/tests/extension"
}

# shellcheck disable=SC2086  # flags are several words
linked_into_a_program() {
  $CC $strict ${CFLAGS:-} -O0 ${SQLITE_CFLAGS:-} -I. -DNANGOLITE_EXTENSION -DSQLITE_CORE nangolite.c tests/extension/linked.c \
    ${SQLITE_LIBS:--lsqlite3} -lpthread -o "$tmp/linked" && "$tmp/linked" "$tmp/linked.db"
}

check it_compiles_as_the_header_says it_compiles_as_the_header_says
check it_needs_no_symbol_of_sqlite it_needs_no_symbol_of_sqlite
check it_exports_its_entry_besides it_exports_its_entry_besides
if command -v sqlite3 >/dev/null 2>&1; then
  check the_shell_joins_records_with_a_table_of_its_own the_shell_joins_records_with_a_table_of_its_own
else
  skip the_shell_joins_records_with_a_table_of_its_own "the sqlite3 shell is not here"
fi
if [ -n "$(python)" ]; then
  check in_python_it_keeps_its_promises in_python
else
  skip in_python_it_keeps_its_promises "there is no Python here whose sqlite3 loads extensions"
fi
check linked_into_a_program_it_leaves_nothing_behind linked_into_a_program
echo "1..$count"
