#!/bin/sh
# The code blocks of the documents, compiled or run, as TAP. docs/README.md says how a block tells what is done with it.
set -u
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")/.." || exit 1
root=$PWD
build=${B:-build}
case $build in /*) ;; *) build=$root/$build ;; esac
strict='-std=c11 -Wall -Wextra -Wpedantic -Werror -Wno-unused -Wno-unused-parameter'
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

. tests/tap

# needed COMMAND: the block is skipped where the command is not here
needed() {
  command -v "$1" >/dev/null 2>&1 || { echo "$1 is not here"; return 77; }
}

# ---- the reference ---------------------------------------------------------------------------------------------------

# A public function without a comment directly before it, or a group of functions with one.
every_public_function_is_in_the_reference() {
  awk -f docs/reference.awk nangolite.h >"$tmp/reference.md"
  for name in $(sed -n 's/^NANGOLITE_API .*[ *]\(nangolite_[a-z_]*\)(.*/\1/p' nangolite.h); do
    grep -q "$name(" "$tmp/reference.md" || { echo "the reference lacks $name"; return 1; }
  done
}

# A comment ends directly before its declaration, or before the first of a group without blank lines.
every_public_function_has_a_comment() {
  awk '
    /^$/ { commented = 0 }
    /\*\/ *$/ { commented = 1 }
    /^NANGOLITE_API / && !commented { print "no comment: " $0; missing = 1 }
    END { exit missing }' nangolite.h
}

check every_public_function_is_in_the_reference every_public_function_is_in_the_reference
check every_public_function_has_a_comment every_public_function_has_a_comment

# ---- blocks ----------------------------------------------------------------------------------------------------------

# blocks FILE: writes each block to $tmp/blocks/LINE.LANGUAGE[.run|.part], the output that is shown for it to LINE.expected
blocks() {
  rm -rf "$tmp/blocks"
  mkdir "$tmp/blocks"
  awk -v to="$tmp/blocks/" '
    !inside && /^ *```[a-z]/ {
      sub(/^ *```/, "")
      words = split($0, word, " ")
      inside = 1
      if ($0 == "text output") file = to latest ".expected"
      else { latest = sprintf("%04d", NR); file = to latest "." word[1] (words > 1 ? "." word[2] : "") }
      next
    }
    inside && /^ *```$/ { inside = 0; close(file); next }
    inside { print > file }' "$1"
}

# A folder as a user has it before the commands of a block: the pair, a program, a store.
workplace() {
  rm -rf "$tmp/work"
  mkdir -p "$tmp/work/your-project"
  cp nangolite.c nangolite.h "$tmp/work"
  cp examples/quickstart.c "$tmp/work/app.c"
  cp "$tmp/app.db" "$tmp/work"
}

# What a block printed is what the document shows, where it shows something.
shown() {
  [ ! -f "$1" ] || diff "$1" "$tmp/printed"
}

compile() {
  # shellcheck disable=SC2086  # flags are several words
  ${CC:-cc} $strict ${CFLAGS:--O0} ${SQLITE_CFLAGS:-} -I"$root" "$@"
}

# shellcheck disable=SC2086  # flags are several words
c_program() {
  workplace
  compile -x c "$1" -x none "$build/nangolite.o" ${SQLITE_LIBS:--lsqlite3} -lpthread -o "$tmp/program" &&
    (cd "$tmp/work" && "$tmp/program") >"$tmp/printed" || { cat "$tmp/printed"; return 1; }
  shown "$2"
}

# Statements are compiled inside of a function that has what they speak of; declarations as they stand.
c_part() {
  {
    printf '#include <sqlite3.h>\n#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n#include "nangolite.h"\n'
    if grep -q '^\(static \)*\(int\|void\|char\) .*) {$' "$1"; then cat "$1"; else
      echo 'int example(nangolite *store, nangolite_run *run, sqlite3 *db, const char *json, void *user, int result) { {'
      cat "$1"
      echo '} return result; }'
    fi
  } >"$tmp/part.c"
  compile -fsyntax-only "$tmp/part.c"
}

c_block() {
  if grep -q '^int main(' "$1"; then c_program "$1" "$2"; else c_part "$1"; fi
}

cpp_block() {
  # shellcheck disable=SC2086  # flags are several words
  ${CC:-cc} -x c++ -std=c++11 -Wall -Wextra ${SQLITE_CFLAGS:-} -I. -Ibindings/cpp -fsyntax-only "$1"
}

# Commands that are only shown: the shell must understand them, and make must know the targets.
sh_block() {
  sh -n "$1" || return 1
  sed -n 's/#.*//; s/^ *make \([a-z][a-z-]*\).*/\1/p' "$1" | while read -r target; do
    grep -q "^$target:" Makefile || { echo "the Makefile has no target $target"; exit 1; }
  done
}

run_in_workplace() {
  workplace
  (cd "$tmp/work" && PATH="$build:$PATH" NANGOLITE_LIBRARY="$build/python" PYTHONPATH="$root/bindings/python" NO_COLOR=1 COLUMNS=100 \
    "$@") >"$tmp/printed" 2>&1 || { cat "$tmp/printed"; return 1; }
}

sh_run() {
  run_in_workplace sh -eu "$1" && shown "$2"
}

sql_block() {
  needed sqlite3 || return 77
  run_in_workplace sqlite3 -batch -bail -cmd '.headers off' app.db ".read $1" && shown "$2"
}

python_block() {
  needed python3 || return 77
  python3 -c 'import ast, sys; ast.parse(open(sys.argv[1]).read())' "$1"
}

python_run() {
  needed python3 || return 77
  [ -f "$build/python/libnangolite.so" ] || { echo "there is no shared library for Python"; exit 77; }
  run_in_workplace python3 "$1" && shown "$2"
}

js_block() {
  needed node || return 77
  cp "$1" "$tmp/block.mjs"
  node --check "$tmp/block.mjs"
}

json_block() {
  needed python3 || return 77
  python3 -c 'import json, sys; json.load(open(sys.argv[1]))' "$1"
}

# What is no code, and what a test of its own builds (tests/slow/install.sh has the build systems).
not_code() {
  :
}

block() {
  case $1 in
    *.c) c_block "$1" "$2" ;;
    *.cpp) cpp_block "$1" ;;
    *.sh) sh_block "$1" ;;
    *.sh.run) sh_run "$1" "$2" ;;
    *.sql) sql_block "$1" "$2" ;;
    *.python) python_block "$1" ;;
    *.python.run) python_run "$1" "$2" ;;
    *.js | *.html) js_block "$1" ;;
    *.json) json_block "$1" ;;
    *.text | *.cmake | *.meson) not_code ;;
    *) echo "a block of an unknown kind: ${1##*/}"; return 1 ;;
  esac
}

# shellcheck disable=SC2086  # flags are several words
compile tests/docs/store.c "$build/nangolite.o" ${SQLITE_LIBS:--lsqlite3} -lpthread -o "$tmp/store" && (cd "$tmp" && ./store) ||
  { echo "Bail out! app.db could not be made"; exit 1; }

for document in README.md docs/*.md; do
  blocks "$document"
  for file in "$tmp/blocks"/*; do
    case $file in *.expected | *.text | *'/*') continue ;; esac
    line=$(basename "$file")
    check "$document:${line%%.*}:${line#*.}" block "$file" "$tmp/blocks/${line%%.*}.expected"
  done
done

echo "1..$count"
