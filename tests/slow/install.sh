#!/bin/sh
# Installing into an empty prefix, and building a program with what is there, as TAP. The ways that take longer are
# in tests/embed, which make check runs.
set -u
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")/../.." || exit 1
CC=${CC:-cc}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
prefix=$tmp/prefix
count=0

# check NAME COMMAND...: a test, whose output is shown where it fails
check() {
  count=$((count + 1))
  title=$1
  shift
  if "$@" >"$tmp/output" 2>&1; then
    echo "ok $count - $title"
  else
    echo "not ok $count - $title"
    sed 's/^/# /' "$tmp/output"
  fi
}

# This make is none of those that run the tests, and builds with their settings.
plain_make() {
  env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make --no-print-directory B="${B:-build}" CC="$CC" CFLAGS="${CFLAGS:--O2 -g}" \
    SQLITE_SOURCE="${SQLITE_SOURCE:-}" SQLITE_DEFINES="${SQLITE_DEFINES:-}" SQLITE_CFLAGS="${SQLITE_CFLAGS:-}" \
    SQLITE_LIBS="${SQLITE_LIBS:--lsqlite3}" "$@"
}

awk '/^```text output$/ { inside = 1; next } /^```$/ && inside { exit } inside' README.md >"$tmp/expected"

# prints_what_the_readme_shows PROGRAM
prints_what_the_readme_shows() {
  LD_LIBRARY_PATH=$prefix/lib DYLD_LIBRARY_PATH=$prefix/lib "$1" >"$tmp/actual" && diff "$tmp/expected" "$tmp/actual"
}

it_installs_into_an_empty_prefix() {
  plain_make install PREFIX="$prefix" && [ -f "$prefix/include/nangolite.h" ] && [ -f "$prefix/lib/libnangolite.a" ]
}

# shellcheck disable=SC2086  # flags are several words
a_program_links_the_static_library() {
  $CC -I"$prefix/include" ${SQLITE_CFLAGS:-} examples/quickstart.c "$prefix/lib/libnangolite.a" ${SQLITE_LIBS:--lsqlite3} \
    -o "$tmp/static" && prints_what_the_readme_shows "$tmp/static"
}

# shellcheck disable=SC2086  # flags are several words
a_program_links_the_shared_library() {
  $CC -I"$prefix/include" examples/quickstart.c -L"$prefix/lib" -lnangolite -o "$tmp/shared" &&
    prints_what_the_readme_shows "$tmp/shared"
}

# shellcheck disable=SC2046,SC2086  # flags are several words
pkg_config_knows_it() {
  PKG_CONFIG_PATH=$prefix/lib/pkgconfig
  export PKG_CONFIG_PATH
  [ "$(pkg-config --modversion nangolite)" = "$(sed -n 's/^#define NANGOLITE_VERSION "\(.*\)"$/\1/p' nangolite.h)" ] &&
    $CC $(pkg-config --cflags nangolite) examples/quickstart.c $(pkg-config --libs nangolite) -o "$tmp/pkg" &&
    prints_what_the_readme_shows "$tmp/pkg" &&
    $CC $(pkg-config --cflags nangolite) examples/quickstart.c "$prefix/lib/libnangolite.a" \
      $(pkg-config --static --libs-only-l nangolite | sed 's/-lnangolite//') -o "$tmp/pkg_static"
}

# shellcheck disable=SC2046,SC2086  # flags are several words
the_shared_library_exports_what_the_header_declares() {
  printf '#include "nangolite.h"\n' | $CC ${SQLITE_CFLAGS:-} -I. -E -P -x c - | tr '\n' ' ' | tr ';' '\n' |
    grep -v 'typedef' | grep -o 'nangolite_[a-z0-9_]* *(' | tr -d ' (' | sort -u >"$tmp/declared"
  nm -D --defined-only "$prefix/lib/libnangolite.so" | awk '{ print $3 }' | sort | diff "$tmp/declared" -
}

# The name that programs are linked with says which versions may stand in for this one.
the_shared_library_has_a_soname() {
  version=$(sed -n 's/^#define NANGOLITE_VERSION "\([0-9]*\.[0-9]*\).*/\1/p' nangolite.h)
  case $version in 0.*) ;; *) version=${version%%.*} ;; esac
  readelf -d "$prefix/lib/libnangolite.so" | grep -F "[libnangolite.so.$version]" && [ -e "$prefix/lib/libnangolite.so.$version" ]
}

destdir_comes_before_the_prefix() {
  plain_make install PREFIX=/opt/nowhere LIBDIR=/opt/nowhere/lib64 DESTDIR="$tmp/stage" &&
    [ -f "$tmp/stage/opt/nowhere/lib64/libnangolite.a" ] && [ ! -e /opt/nowhere ] &&
    grep '^libdir=/opt/nowhere/lib64$' "$tmp/stage/opt/nowhere/lib64/pkgconfig/nangolite.pc"
}

# Its manual is found, and the shells' completion is where they look.
the_command_line_is_installed() {
  "$prefix/bin/nangolite" --version && [ -f "$prefix/share/man/man1/nangolite.1" ] &&
    [ -f "$prefix/share/bash-completion/completions/nangolite" ] && [ -f "$prefix/share/zsh/site-functions/_nangolite" ] &&
    [ -f "$prefix/share/fish/vendor_completions.d/nangolite.fish" ]
}

uninstalling_leaves_nothing() {
  plain_make uninstall PREFIX="$prefix" && ! find "$prefix" ! -type d | grep .
}

# As on a machine without SQLite's header: the compiler does not look where the system has its own.
without_sqlite_make_says_what_to_install() {
  plain_make SQLITE_SOURCE= B="$tmp/build" CC="$CC -nostdinc" INSTALL=1 >"$tmp/said" 2>&1 && return 1
  cat "$tmp/said"
  grep 'apt-get install.*libsqlite3-dev' "$tmp/said" && ! grep 'Installing' "$tmp/said"
}

# By the pip that has what it needs: in a sandbox without a network it can fetch nothing. The library is the one installed above.
python_installs_its_module() {
  mkdir -p "$tmp/source/bindings"
  cp nangolite.h "$tmp/source"
  cp -R bindings/python "$tmp/source/bindings"
  for python in python3 /usr/bin/python3; do
    "$python" -m pip install --quiet --no-index --no-build-isolation --no-deps --target "$tmp/site" "$tmp/source/bindings/python" || continue
    [ "$(LD_LIBRARY_PATH=$prefix/lib DYLD_LIBRARY_PATH=$prefix/lib PYTHONPATH=$tmp/site "$python" -c \
      'import nangolite; nangolite.Store().close(); print(nangolite.__file__)')" = "$tmp/site/nangolite.py" ]
    return
  done
  return 1
}

# What pip builds a package with.
have_pip() {
  for python in python3 /usr/bin/python3; do
    "$python" -c 'import setuptools, wheel, pip' 2>/dev/null && return
  done
  return 1
}

check it_installs_into_an_empty_prefix it_installs_into_an_empty_prefix
check a_program_links_the_static_library a_program_links_the_static_library
check a_program_links_the_shared_library a_program_links_the_shared_library
if command -v pkg-config >/dev/null 2>&1; then
  check pkg_config_knows_it pkg_config_knows_it
else
  count=$((count + 1))
  echo "ok $count # SKIP pkg-config is not here"
fi
if [ "$(uname -s)" = Linux ]; then
  check the_shared_library_exports_what_the_header_declares the_shared_library_exports_what_the_header_declares
  check the_shared_library_has_a_soname the_shared_library_has_a_soname
fi
if have_pip; then
  check python_installs_its_module python_installs_its_module
else
  count=$((count + 1))
  echo "ok $count # SKIP pip, setuptools and wheel are not here"
fi
check destdir_comes_before_the_prefix destdir_comes_before_the_prefix
check the_command_line_is_installed the_command_line_is_installed
check uninstalling_leaves_nothing uninstalling_leaves_nothing
check without_sqlite_make_says_what_to_install without_sqlite_make_says_what_to_install

echo "1..$count"
