#!/bin/sh
# The guess (src/records/guess.h) changes nothing but the time that a save takes: the tests on records pass without it too,
# and what random sources make of a store is the same byte by byte, as TAP.
set -u
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")/../.." || exit 1
build=${B:-build}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
count=0

# check NAME COMMAND...: a test, whose output is shown where it fails
check() {
  # shellcheck disable=SC2254  # it is a pattern
  case $1 in ${TEST_FILTER:-*}) ;; *) return ;; esac
  count=$((count + 1))
  name=$1
  shift
  if "$@" >"$tmp/output" 2>&1; then
    echo "ok $count - $name"
  else
    echo "not ok $count - $name"
    tail -n 30 "$tmp/output" | sed 's/^/# /'
  fi
}

# shellcheck disable=SC2086  # flags are several words
compile() {
  ${CC:-cc} -std=c11 ${CFLAGS:--O1} -O1 ${SQLITE_CFLAGS:-} -I. "$@"
}

# shellcheck disable=SC2086
link_libraries=${SQLITE_LIBS:--lsqlite3}

it_can_be_left_out() {
  compile -DNANGOLITE_OMIT_GUESS -c nangolite.c -o "$tmp/without.o"
}

# shellcheck disable=SC2086
random_sources_store_the_same() {
  compile -Wall -Wextra -Werror -c tests/guess/sources.c -o "$tmp/sources.o" || return 1
  compile "$tmp/sources.o" "$build/nangolite.o" $link_libraries -o "$tmp/sources_with" || return 1
  compile "$tmp/sources.o" "$tmp/without.o" $link_libraries -o "$tmp/sources_without" || return 1
  "$tmp/sources_with" "${GUESS_FIRST:-1}" "${GUESS_COUNT:-8}" >"$tmp/with" || return 1
  "$tmp/sources_without" "${GUESS_FIRST:-1}" "${GUESS_COUNT:-8}" >"$tmp/without" || return 1
  cmp "$tmp/with" "$tmp/without" || { diff "$tmp/with" "$tmp/without" | head -n 20; return 1; }
  [ "$(grep -c '^check: sound$' "$tmp/with")" -eq "${GUESS_COUNT:-8}" ]
}

# shellcheck disable=SC2086
passes_without_it() {
  compile "$build/tests/$1.o" "$build/tests/harness.o" "$build/tests/plain.o" "$tmp/without.o" -lcmocka \
    $link_libraries -lpthread -o "$tmp/$1" && "$tmp/$1"
}

check it_can_be_left_out it_can_be_left_out
check random_sources_store_the_same random_sources_store_the_same
for program in test_save test_duplicates test_change_detection test_reformat test_windows test_model; do
  check "${program}_passes_without_it" passes_without_it $program
done
echo "1..$count"
