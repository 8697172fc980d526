#!/bin/sh
# dist.sh DIR: what a release consists of, made from the commit that is checked out:
#
#   nangolite-VERSION.zip       the pair, and the licence
#   nangolite-VERSION.tar.gz    the sources
#   nangolite-VERSION.tgz       the npm package
#   SHA256SUMS                  of the three
#
# The same commit gives the same bytes: nothing in them depends on the time, the time zone, the user or the umask.
# All checks run before (CHECKS=0 leaves them out, for a try). NPM=0 leaves the npm package out.
set -eu
LC_ALL=C
TZ=UTC
export LC_ALL TZ
umask 022
cd "$(dirname "$0")"
dir=$1
MAKE=${MAKE:-make}

fail() {
  echo "dist.sh: $1" >&2
  exit 1
}

# The header says which version this is; the changelog tells of it first.
version=$(sed -n 's/^#define NANGOLITE_VERSION "\(.*\)"$/\1/p' nangolite.h)
number=$(sed -n 's/^#define NANGOLITE_VERSION_NUMBER \([0-9]*\)$/\1/p' nangolite.h)
told=$(sed -n 's/^## \([0-9][0-9.]*\).*/\1/p' CHANGELOG.md | head -n 1)
[ "$number" = "$(echo "$version" | awk -F. '{ print $1 * 1000000 + $2 * 1000 + $3 }')" ] ||
  fail "NANGOLITE_VERSION is $version, and NANGOLITE_VERSION_NUMBER $number"
[ "$told" = "$version" ] || fail "NANGOLITE_VERSION is $version, and CHANGELOG.md begins with $told"
git rev-parse --is-inside-work-tree >/dev/null 2>&1 || fail "this is no clone: a release is made from a commit"
[ -z "$(git status --porcelain --untracked-files=no)" ] || fail "there are changes that are not committed"

if [ "${CHECKS:-1}" != 0 ]; then
  .ci/run
  $MAKE check
fi

rm -rf "$dir"
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
git archive --format=zip --prefix="nangolite-$version/" -o "$dir/nangolite-$version.zip" HEAD nangolite.c nangolite.h LICENSE
git archive --format=tar --prefix="nangolite-$version/" HEAD | gzip -9 -n >"$dir/nangolite-$version.tar.gz"
if [ "${NPM:-1}" != 0 ]; then
  made=$(bindings/node/pack "${B:-build}/node" | tail -n 1)
  [ "$(basename "$made")" = "nangolite-$version.tgz" ] || fail "the npm package is $made"
  cp "$made" "$dir"
fi
(cd "$dir" && sha256sum nangolite-* >SHA256SUMS)
cat "$dir/SHA256SUMS"
