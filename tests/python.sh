#!/bin/sh
# The Python example, where python3 is present, as TAP.
set -u
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")/.." || exit 1
build=${B:-build}/python
name=the_python_example_passes_its_tests

skip() {
  echo "ok 1 - $name # SKIP $1"
  echo 1..1
  exit 0
}

command -v python3 >/dev/null 2>&1 || skip "python3 is not here"
case ${SQLITE_LIBS:-} in
  *.o*) skip "the shared library takes the system's SQLite" ;;
esac

# Without the flags of the other tests: a library with a sanitizer in it cannot be loaded into a program without.
check() {
  mkdir -p "$build" || return 1
  # shellcheck disable=SC2086  # both are several words
  ${CC:-cc} -std=c11 -shared -fPIC -O1 ${SQLITE_CFLAGS:-} nangolite.c ${SQLITE_LIBS:--lsqlite3} \
    -o "$build/libnangolite.so" || return 1
  NANGOLITE_LIBRARY=$build/libnangolite.so PYTHONDONTWRITEBYTECODE=1 \
    python3 -W error -m unittest discover -s examples/python
}

if check >"$build.log" 2>&1; then
  echo "ok 1 - $name"
else
  echo "not ok 1 - $name"
  sed 's/^/# /' "$build.log"
fi
echo 1..1
