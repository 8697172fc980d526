#!/bin/sh
# The Python module and the example, where python3 is present, as TAP.
set -u
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")/.." || exit 1
build=${B:-build}
case $build in /*) ;; *) build=$PWD/$build ;; esac
library=$build/python/libnangolite.so
count=0

# python NAME COMMAND...: a test, skipped where there is nothing to run it with
python() {
  name=$1
  shift
  # shellcheck disable=SC2254  # it is a pattern
  case $name in ${TEST_FILTER:-*}) ;; *) return ;; esac
  count=$((count + 1))
  skipped=
  command -v python3 >/dev/null 2>&1 || skipped="python3 is not here"
  [ -f "$library" ] || skipped="the shared library takes the system's SQLite"
  if [ -n "$skipped" ]; then
    echo "ok $count - $name # SKIP $skipped"
  elif NANGOLITE_LIBRARY=$library PYTHONPATH=bindings/python PYTHONDONTWRITEBYTECODE=1 "$@" >"$build/python.log" 2>&1; then
    echo "ok $count - $name"
  else
    echo "not ok $count - $name"
    sed 's/^/# /' "$build/python.log"
  fi
}

python the_python_module_passes_its_tests python3 -W error -m unittest discover -s bindings/python
python the_python_example_passes_its_tests python3 -W error -m unittest discover -s examples/python

echo "1..$count"
