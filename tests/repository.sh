#!/bin/sh
# What the repository promises about itself, as TAP: the pair is fresh, and exports what the header declares.
set -u
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")/.." || exit 1
CC=${CC:-cc}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

. tests/tap

# ---- the pair ----------------------------------------------------------------------------------------------

committed() {
  git rev-parse --is-inside-work-tree >/dev/null 2>&1 && git diff --quiet HEAD -- src amalgamate.sh LICENSE &&
    [ -z "$(git ls-files --others --exclude-standard src)" ]
}

# The committed bytes, not the files: make renews those before any test. While src/ is being edited, the files.
the_pair_is_fresh() {
  (umask 077 && LC_ALL=tr_TR.UTF-8 LANG=de_DE TZ=Asia/Kathmandu ./amalgamate.sh -o "$tmp/fresh") || return 1
  for file in nangolite.c nangolite.h; do
    if committed; then git show "HEAD:$file"; else cat "$file"; fi | cmp - "$tmp/fresh/$file" || return 1
  done
}

the_mode_is_fixed() {
  for file in nangolite.c nangolite.h; do
    [ -n "$(find "$tmp/fresh/$file" -perm 644)" ] || return 1
  done
}

the_joined_lines_name_their_part() {
  ./amalgamate.sh -l -o "$tmp/lines" || return 1
  echo 'static int oops = "not a number";' >>"$tmp/lines/nangolite.c"
  # shellcheck disable=SC2086  # flags are several words
  $CC -std=c11 -fsyntax-only ${SQLITE_CFLAGS:-} "$tmp/lines/nangolite.c" 2>&1 | grep '^src/[a-z_/]*\.c:[0-9]*'
}

# refused MESSAGE: amalgamate.sh, in the copy in $tmp/copy, says no and gives this reason
refused() {
  "$tmp/copy/amalgamate.sh" -o "$tmp/copy/out" 2>"$tmp/reason" && { echo "accepted"; return 1; }
  cat "$tmp/reason"
  grep -q "$1" "$tmp/reason"
}

copy() {
  rm -rf "$tmp/copy"
  mkdir "$tmp/copy"
  cp -R amalgamate.sh LICENSE src "$tmp/copy"
}

a_copy_is_accepted() {
  copy
  "$tmp/copy/amalgamate.sh" -o "$tmp/copy/out"
}

an_unlisted_file_is_refused() {
  copy
  echo 'int stray;' >"$tmp/copy/src/stray.c"
  refused 'src/stray.c belongs to no part'
}

a_missing_part_is_refused() {
  copy
  rm "$tmp/copy/src/base/text.c" "$tmp/copy/src/base/text.h"
  refused "the part 'base/text' is listed, but"
}

a_part_listed_twice_is_refused() {
  copy
  awk '{ print } /^base.text / { print }' amalgamate.sh >"$tmp/copy/amalgamate.sh"
  refused 'listed twice: base/text'
}

an_include_of_a_later_part_is_refused() {
  copy
  echo '#include "json/json.h"' >>"$tmp/copy/src/base/text.c"
  refused 'src/base/text.c:[0-9]*: includes json/json.h, which belongs to a later part'
}

a_system_header_outside_internal_is_refused() {
  copy
  echo '#include <stdio.h>' >>"$tmp/copy/src/base/text.c"
  refused 'system headers belong in base/internal.h'
}

# What a part offers to others stands in its header: else the next reader looks for it in vain.
every_function_used_elsewhere_is_in_a_header() {
  for file in src/*/*.c; do
    header=${file%.c}.h
    for name in $(sed -n 's/^static [a-z0-9_ *]*[ *]\([a-z0-9_]*\)(.*/\1/p' "$file"); do
      [ -f "$header" ] && grep -qw "$name" "$header" && continue
      grep -lw "$name" src/*/*.c | grep -v "^$file\$" || continue
      echo "no header declares $name of $file"
      return 1
    done
  done
}

# Two headers with one guard would hide each other.
every_guard_is_named_after_its_header() {
  for file in src/*/*.h tools/*.h tests/*.h; do
    name=$(basename "$file" .h | tr '[:lower:]' '[:upper:]')
    case $file in
      tests/test.h) guard=NANGOLITE_TEST_H ;;
      tests/*) guard=NANGOLITE_TEST_${name}_H ;;
      tools/*) guard=NANGOLITE_TOOL_${name}_H ;;
      *) guard=NANGOLITE_${name}_H ;;
    esac
    [ "$(grep -c "^#\(ifndef\|define\) $guard\$" "$file")" -eq 2 ] || { echo "the guard of $file is not $guard"; return 1; }
  done
}

# shellcheck disable=SC2086  # flags are several words
every_part_compiles_alone() {
  for file in src/*/*.c; do
    case $file in src/extension/*) layer=-DNANGOLITE_EXTENSION ;; *) layer= ;; esac
    $CC -std=c11 ${SQLITE_CFLAGS:-} $layer -Isrc -I. -fsyntax-only -w -Werror=implicit-function-declaration "$file" ||
      return 1
  done
}

# The layers, bottom to top, as amalgamate.sh lists them.
layers() {
  sed -n "/^parts()/,/^LIST/s,^\([a-z]*\)/.*,\1,p" amalgamate.sh | uniq
}

no_layer_is_listed_in_two_places() {
  [ "$(layers | wc -l)" -eq "$(find src -mindepth 1 -type d | wc -l)" ] && ! layers | sort | uniq -d | grep .
}

# A call needs a declaration, and those of internal functions come by an include.
no_part_includes_a_higher_layer() {
  below=" "
  for layer in $(layers); do
    below="$below$layer "
    for file in "src/$layer"/*; do
      for used in $(sed -n 's,^#include "\([a-z]*\)/.*,\1,p' "$file"); do
        case $below in *" $used "*) ;; *) echo "$file includes $used, which is a higher layer"; return 1 ;; esac
      done
    done
  done
}

# Public functions are declared everywhere, and stand in the top layers.
no_part_calls_a_public_function_of_a_higher_layer() {
  for layer in $(layers | grep -v -e api -e requests -e extension); do
    # (comments name public functions: they stand behind ** or /*)
    sed 's,/\*.*,,; /^ *\*\*/d' "src/$layer"/*.c | grep -n 'nangolite_[a-z_]*(' && { echo "in src/$layer"; return 1; }
  done
  ! sed 's,/\*.*,,; /^ *\*\*/d' src/api/*.c | grep 'nangolite_\(request\|env_\|secret_\)[a-z_]*('
}

check the_pair_is_fresh_whatever_the_locale_time_zone_and_umask the_pair_is_fresh
check the_pair_has_a_fixed_mode the_mode_is_fixed
check line_directives_name_the_part the_joined_lines_name_their_part
check a_copy_of_the_parts_is_accepted a_copy_is_accepted
check an_unlisted_file_is_refused an_unlisted_file_is_refused
check a_missing_part_is_refused a_missing_part_is_refused
check a_part_listed_twice_is_refused a_part_listed_twice_is_refused
check an_include_of_a_later_part_is_refused an_include_of_a_later_part_is_refused
check every_function_used_elsewhere_is_in_a_header every_function_used_elsewhere_is_in_a_header
check every_guard_is_named_after_its_header every_guard_is_named_after_its_header
check every_part_compiles_alone every_part_compiles_alone
check no_layer_is_listed_in_two_places no_layer_is_listed_in_two_places
check no_part_includes_a_higher_layer no_part_includes_a_higher_layer
check no_part_calls_a_public_function_of_a_higher_layer no_part_calls_a_public_function_of_a_higher_layer
check a_system_header_outside_internal_is_refused a_system_header_outside_internal_is_refused

# ---- the interface -----------------------------------------------------------------------------------------

# shellcheck disable=SC2086  # flags are several words
declared() {
  printf '#include "nangolite.h"\n' | $CC ${SQLITE_CFLAGS:-} -I. -E -P -x c - | tr '\n' ' ' | tr ';' '\n' |
    grep -v 'typedef' | grep -o 'nangolite_[a-z0-9_]* *(' | tr -d ' (' | sort -u
}

# shellcheck disable=SC2086  # flags are several words
exported() {
  $CC -std=c11 ${SQLITE_CFLAGS:-} -I. -c nangolite.c -o "$tmp/nangolite.o" &&
    nm -g "$tmp/nangolite.o" | awk '$2 ~ /^[A-TV-Z]$/ { sub(/^_nango/, "nango", $3); print $3 }' | sort -u
}

every_export_is_declared() {
  declared >"$tmp/declared" && exported >"$tmp/exported" && ! comm -13 "$tmp/declared" "$tmp/exported" | grep .
}

every_declaration_is_exported() {
  declared >"$tmp/declared" && exported >"$tmp/exported" && ! comm -23 "$tmp/declared" "$tmp/exported" | grep .
}

# A declaration's comment stands directly before it, without a blank line between (several may share one), and its last
# line names the section of the specification.
every_declaration_has_its_contract() {
  awk 'BEGIN { RS = ""; contract = "\n[*][*] SPEC[.]md, sections? [1-9]( and [1-9])?[.] [*]/\nNANGOLITE_API " }
    /(^|\n)NANGOLITE_API / && !(/^\/[*] / && $0 ~ contract) { print; bad = 1 }
    END { exit bad }' src/nangolite.h
}

# A result or an option that a comment names, and that is not there, leads its reader astray.
every_name_in_a_comment_is_declared() {
  $CC -std=c11 -E -dD -P -x c src/nangolite.h >"$tmp/words" || return 1
  cat src/extension/*.[ch] >>"$tmp/words" # the functions of SQL, and what the extension is compiled with
  sed 's/sqlite3_nangolite_init//g' src/nangolite.h |
    grep -o '\(NANGOLITE\|nangolite\)_[A-Za-z0-9_]*[A-Za-z0-9]' | sort -u | while read -r name; do
    grep -qw "$name" "$tmp/words" || echo "$name"
  done | grep . && return 1
  return 0
}

no_line_of_the_header_is_longer_than_110() {
  ! grep -n '.\{111\}' src/nangolite.h
}

# header_compiles LANGUAGE STANDARD
header_compiles() {
  printf '#include "nangolite.h"\n#include "nangolite.h"\nint main(void) { return NANGOLITE_OK; }\n' |
    $CC -x "$1" -std="$2" -Wall -Wextra -Wpedantic -Werror -I. -fsyntax-only -
}

# The headers of C and of POSIX, where they are there, define macros, types and functions of many names.
the_library_compiles_behind_all_headers_of_the_system() {
  for name in \
    assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal stdalign stdarg stdatomic \
    stdbool stddef stdint stdio stdlib stdnoreturn string tgmath threads time uchar wchar wctype \
    aio arpa/inet cpio dirent dlfcn fcntl fmtmsg fnmatch ftw glob grp iconv langinfo libgen monetary mqueue ndbm \
    net/if netdb netinet/in netinet/tcp nl_types poll pthread pwd regex sched search semaphore spawn strings \
    sys/ioctl sys/ipc sys/mman sys/msg sys/param sys/resource sys/select sys/sem sys/shm sys/socket sys/stat \
    sys/statvfs sys/time sys/times sys/types sys/uio sys/un sys/utsname sys/wait syslog tar termios ulimit unistd \
    utime utmpx wordexp; do
    printf '#if __has_include(<%s.h>)\n#include <%s.h>\n#endif\n' "$name" "$name"
  done >"$tmp/headers.c"
  echo '#include "nangolite.c"' >>"$tmp/headers.c"
  # shellcheck disable=SC2086  # flags are several words
  $CC -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror ${SQLITE_CFLAGS:-} -I. -fsyntax-only "$tmp/headers.c"
}

check every_export_is_declared every_export_is_declared
check every_declaration_is_exported every_declaration_is_exported
check every_declaration_has_a_comment_that_names_its_section every_declaration_has_its_contract
check every_name_in_a_comment_of_the_header_is_declared every_name_in_a_comment_is_declared
check no_line_of_the_header_is_longer_than_110_columns no_line_of_the_header_is_longer_than_110
check the_header_compiles_alone header_compiles c c11
check the_header_compiles_as_cxx header_compiles c++ c++11
check the_library_compiles_behind_all_headers_of_the_system the_library_compiles_behind_all_headers_of_the_system

# ---- the version -------------------------------------------------------------------------------------------

# The header says it; everything else reads it there, and the changelog tells of it first.
the_version_stands_in_one_place() {
  version=$(sed -n 's/^#define NANGOLITE_VERSION "\(.*\)"$/\1/p' src/nangolite.h)
  number=$(echo "$version" | awk -F. '{ print $1 * 1000000 + $2 * 1000 + $3 }')
  grep -qx "#define NANGOLITE_VERSION_NUMBER $number" src/nangolite.h || { echo "the number of $version is $number"; return 1; }
  sed -n 's/^## \([0-9.]*\).*/\1/p' CHANGELOG.md | head -n 1 | grep -qx "$version" ||
    { echo "CHANGELOG.md does not begin with $version"; return 1; }
  ! git grep -nwF "$version" -- ':!src/nangolite.h' ':!nangolite.[ch]' ':!CHANGELOG.md' ':!*package-lock.json' ':!*.svg'
}

check the_version_stands_in_one_place the_version_stands_in_one_place

# ---- the tests ---------------------------------------------------------------------------------------------

# In white-box tests the compiler does not tell.
every_test_is_listed() {
  for file in tests/*.c; do
    for name in $(sed -n 's/^\(PLAIN_\)*TEST(\([a-z0-9_]*\)).*/\2/p' "$file"); do
      [ "$(grep -c "[^a-z0-9_]${name}[^a-z0-9_]" "$file")" -gt 1 ] || { echo "$file: $name"; return 1; }
    done
  done
}

# A reader who looks for the test of a promise finds it in the table.
every_program_has_a_row_in_the_table_of_tests() {
  for file in tests/test_*.c tests/white_*.c tests/*.sh; do
    name=$(basename "$file" .c)
    grep -q "^| .*\`$name\`" tests/README.md || { echo "tests/README.md: the table does not name $name"; return 1; }
  done
}

check every_test_is_listed every_test_is_listed
check every_program_has_a_row_in_the_table_of_tests every_program_has_a_row_in_the_table_of_tests

# ---- the form of files -------------------------------------------------------------------------------------

# As .editorconfig says; .clang-format is for make check.
the_files_obey_the_editorconfig() {
  git ls-files | grep -v '^tests/fuzz/corpus/' >"$tmp/files"
  {
    tr '\n' '\0' <"$tmp/files" | xargs -0 grep -n "$(printf '[ \t\r]$')"
    grep -vx Makefile "$tmp/files" | tr '\n' '\0' | xargs -0 grep -n "$(printf '\t')"
    while read -r file; do [ -z "$(tail -c 1 "$file")" ] || echo "$file: the last line does not end"; done <"$tmp/files"
  } | cut -c1-200 | grep . && return 1
  return 0
}

check the_files_obey_the_editorconfig the_files_obey_the_editorconfig

# ---- the documentation -------------------------------------------------------------------------------------

# sample N: the Nth block of C in README
sample() {
  awk -v wanted="$1" '/^```c$/ { inside = ++count == wanted; next } /^```$/ { inside = 0 } inside' README.md
}

the_samples_are_the_examples() {
  sample 1 | diff - examples/quickstart.c && sample 2 | diff - examples/first_sync.c
}

# Relative links in Markdown, each from the directory of its file.
every_link_leads_somewhere() {
  git ls-files '*.md' | while read -r file; do
    grep -o '](\([^)#:]*\)[#)]' "$file" | sed 's/^](//; s/[#)]$//' | while read -r link; do
      [ -z "$link" ] || [ -e "$(dirname "$file")/$link" ] || echo "$file: $link"
    done
  done | grep . && return 1
  return 0
}

# The drawing of the layers in src/README.md names each part once, in the row of its folder.
the_map() {
  sed -n '/^```text$/,/^```$/{/^  [a-z]*\/ /p}' src/README.md | awk '{ for (i = 2; i <= NF; i++) print $1 $i }' | sort
}

the_map_in_src_readme_is_the_tree() {
  sed -n "/^parts()/,/^LIST/s,^\([a-z]*/[a-z_0-9]*\)  .*,\1,p" amalgamate.sh | sort >"$tmp/parts"
  the_map | diff "$tmp/parts" -
}

check every_link_leads_somewhere every_link_leads_somewhere
check the_map_in_src_readme_is_the_tree the_map_in_src_readme_is_the_tree
[ ! -f README.md ] || check the_samples_of_the_readme_are_the_examples the_samples_are_the_examples

echo "1..$count"
