#!/bin/sh
# What `make dist` makes, as TAP: twice, from two clones, in another time zone, with another umask: the same bytes.
set -u
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")/../.." || exit 1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
count=0

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

version=$(sed -n 's/^#define NANGOLITE_VERSION "\(.*\)"$/\1/p' nangolite.h)
npm=0
INSTALL=0 tests/needs node >/dev/null 2>&1 && npm=1

# dist CLONE: a release of the commit, without the checks
dist() {
  [ -d "$tmp/$1" ] || git clone -q . "$tmp/$1" || return 1
  (cd "$tmp/$1" && env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make --no-print-directory dist CHECKS=0 NPM=$npm INSTALL=0 B=build)
}

it_is_made() {
  dist one && [ -f "$tmp/one/build/dist/SHA256SUMS" ] && (cd "$tmp/one/build/dist" && sha256sum -c SHA256SUMS)
}

the_same_commit_gives_the_same_bytes() {
  (umask 077 && TZ=Asia/Kathmandu && export TZ && sleep 2 && dist two) && diff -r "$tmp/one/build/dist" "$tmp/two/build/dist"
}

# A program builds from the zip alone.
# shellcheck disable=SC2086  # flags are several words
the_zip_is_the_pair() {
  mkdir "$tmp/zip" && (cd "$tmp/zip" && python3 -m zipfile -e "$tmp/one/build/dist/nangolite-$version.zip" .) &&
    cmp "$tmp/zip/nangolite-$version/nangolite.c" "$tmp/one/nangolite.c" &&
    cmp "$tmp/zip/nangolite-$version/nangolite.h" "$tmp/one/nangolite.h" && [ -f "$tmp/zip/nangolite-$version/LICENSE" ]
}

the_sources_are_the_commit() {
  mkdir "$tmp/tar" && tar -xzf "$tmp/one/build/dist/nangolite-$version.tar.gz" -C "$tmp/tar" &&
    (cd "$tmp/one" && git ls-files | sort) >"$tmp/committed" &&
    (cd "$tmp/tar/nangolite-$version" && find . ! -type d | sed 's,^\./,,' | sort) | diff "$tmp/committed" -
}

# refused MESSAGE: the clone makes no release, and says why
refused() {
  dist one >"$tmp/refusal" 2>&1 && { echo accepted; return 1; }
  cat "$tmp/refusal"
  grep -q "$1" "$tmp/refusal"
}

what_is_not_committed_is_refused() {
  echo >>"$tmp/one/README.md"
  refused 'changes that are not committed'
}

another_version_in_the_changelog_is_refused() {
  (cd "$tmp/one" && git checkout -q README.md && sed -i 's/^## [0-9]/## 99/' CHANGELOG.md)
  refused 'CHANGELOG.md begins with 99'
}

check it_is_made it_is_made
check the_same_commit_gives_the_same_bytes the_same_commit_gives_the_same_bytes
check the_zip_is_the_pair the_zip_is_the_pair
check the_sources_are_the_commit the_sources_are_the_commit
check what_is_not_committed_is_refused what_is_not_committed_is_refused
check another_version_in_the_changelog_is_refused another_version_in_the_changelog_is_refused
echo "1..$count"
