#!/bin/sh
# The C++ header: its tests, and its example, with the C++ compilers that are here, as TAP.
set -u
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")/.." || exit 1
library=${B:-build}/nangolite.o
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
strict='-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror'
planned=0

# tap TITLE COMMAND...: a test, whose output is shown where it fails
tap() {
  planned=$((planned + 1))
  title=$1
  shift
  if "$@" >"$tmp/output" 2>&1; then
    echo "ok $planned - $title"
  else
    echo "not ok $planned - $title"
    sed 's/^/# /' "$tmp/output"
  fi
}

# build COMPILER STANDARD SOURCE PROGRAM
build() {
  # shellcheck disable=SC2086  # flags are several words
  "$1" -std="$2" $strict ${CFLAGS:-} -O0 -Ibindings/cpp -I. "$3" "$library" ${SQLITE_LIBS:--lsqlite3} -lpthread -o "$4"
}

the_example_prints_what_it_should() {
  build "$1" c++11 examples/cpp/quickstart.cpp "$tmp/quickstart" && "$tmp/quickstart" >"$tmp/actual"
  diff - "$tmp/actual" <<'END'
ADDED {"id": 1, "open": true}
ADDED {"id": 2, "open": true}
UPDATED {"id": 1, "open": false}
DELETED {"id": 2, "open": true}
failed: the API does not answer
END
}

for compiler in g++ clang++; do
  command -v $compiler >/dev/null 2>&1 || continue
  tap "the_tests_compile_with_$compiler" build $compiler c++17 tests/cpp/test.cpp "$tmp/test-$compiler"
  tap "the_example_prints_what_it_should_with_$compiler" the_example_prints_what_it_should $compiler
done
first=$(ls "$tmp"/test-* 2>/dev/null | head -n 1)
[ -z "$first" ] || "$first" | awk -v before="$planned" '
  /^(not )?ok / { sub(/ok [0-9]+/, "ok " ++before) }
  /^1\.\./ { next }
  { print }
  END { print "1.." before }'
[ -n "$first" ] || echo "1..$planned"
