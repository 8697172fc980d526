#!/bin/sh
# The command line, build/nangolite, as TAP. tests/tools/store.c makes the stores that it looks at.
set -u
LC_ALL=C
export LC_ALL
unset COLUMNS NO_COLOR
cd "$(dirname "$0")/.." || exit 1
build=$(cd "${B:-build}" && pwd)
root=$PWD
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
PATH=$build:$PATH   # first, so that no other nangolite is tested
export PATH

. tests/tap

# check_with TOOL NAME: the same, where the tool is here
check_with() {
  if command -v "$1" >/dev/null 2>&1; then
    check "$2" "$2"
  else
    # shellcheck disable=SC2254  # it is a pattern
    case $2 in ${TEST_FILTER:-*}) ;; *) return ;; esac
    count=$((count + 1))
    echo "ok $count # SKIP $1 is not here"
  fi
}

# shellcheck disable=SC2086  # flags are several words
make_stores() {
  ${CC:-cc} -std=c11 -Wall -Wextra -Wpedantic -Werror ${CFLAGS:-} -O0 ${SQLITE_CFLAGS:-} -I. tests/tools/store.c \
    "$build/nangolite.o" ${SQLITE_LIBS:--lsqlite3} -lpthread -o "$tmp/store" &&
    "$tmp/store" "$tmp/plain.db" && "$tmp/store" "$tmp/hostile.db" hostile
}

make_stores || { echo "not ok 1 - the stores are made"; echo "1..1"; exit 1; }
# (what python3 names may be a script that looks for the real one each time)
python=$(python3 -c 'import sys; print(sys.executable)' 2>/dev/null || echo python3)

look() {
  "$python" -IS "$root/tests/tools/look.py" "$@"
}
cd "$tmp" || exit 1

# A copy to change: app.db
fresh() {
  rm -f app.db*
  cp plain.db app.db
}

# ends_with STATUS COMMAND...: what it prints goes to out and err
ends_with() {
  wanted=$1
  shift
  "$@" >out 2>err
  status=$?
  [ "$status" -eq "$wanted" ] && return
  echo "$* ended with $status"
  cat out err
  return 1
}

# says TEXT: err has it, and is one line
says() {
  grep -qF -- "$1" err && [ "$(wc -l <err)" -eq 1 ] && return
  echo "looked for: $1"
  cat err
  return 1
}

command_names() {
  nangolite --complete app.db '' | cut -f 1
}

# ---- help ------------------------------------------------------------------------------------------------------------

help_names_each_command() {
  nangolite --help >help && [ "$(command_names | wc -l)" -gt 14 ] || return 1
  for name in $(command_names); do
    grep -q "^  $name  *[A-Z]" help && nangolite "$name" --help | grep -q "^nangolite FILE $name" || { echo "$name"; return 1; }
    nangolite missing.db "$name" --help | cmp - /dev/null >/dev/null && { echo "$name"; return 1; }
  done
  return 0
}

# In the order of help: each works on the store that the one before has left.
the_example_of_each_command_runs() {
  fresh
  for name in $(command_names); do
    nangolite "$name" --help | sed -n '/^Example:$/,$s/^  //p' >example
    [ "$(wc -l <example)" -eq 1 ] && sh -eu example >out 2>err || { cat example out err; return 1; }
  done
}

# Lines "COMMAND --OPTION", as the program has them, and as the manual has them.
the_manual_names_each_command_and_option() {
  for name in $(command_names); do
    nangolite --complete app.db "$name" -- | cut -f 1 | sed "s/^/$name /"
  done | grep -v -e --help | sort >options
  command_names | sort >commands
  awk '/^\.It Cm/ { name = $3; print name }' "$root/tools/nangolite.1" | sort | diff commands - &&
    awk '/^\.It Cm/ { name = $3 } /^\.S[sh]/ { name = "" }
      name != "" && match($0, /[ ,]-[a-z][a-z-]*/) && /Fl/ { print name, "-" substr($0, RSTART + 1, RLENGTH - 1) }' \
      "$root/tools/nangolite.1" | sort -u | diff options -
}

the_manual_has_no_faults() {
  man --warnings -l "$root/tools/nangolite.1" >out 2>err && ! grep . err && grep -q EXIT out
}

it_tells_its_version() {
  nangolite --version | grep -q "^nangolite $(sed -n 's/^#define NANGOLITE_VERSION "\(.*\)"$/\1/p' "$root/nangolite.h"), SQLite [0-9]"
}

the_shell_is_told_what_can_follow() {
  nangolite --complete plain.db pa | grep -q "^pause$(printf '\t')" &&
    [ "$(nangolite --complete plain.db records '' | cut -f 1 | tr '\n' ' ')" = "github notion " ] &&
    [ "$(nangolite --complete plain.db records github '' | cut -f 1 | tr '\n' ' ')" = "ada grace " ] &&
    [ "$(nangolite --complete plain.db records github ada I | cut -f 1)" = Issue ] &&
    [ "$(nangolite --complete plain.db trigger github ada --res | cut -f 1)" = --reset ] &&
    [ -z "$(nangolite --complete missing.db records '')" ] && [ ! -e missing.db ]
}

bash_completes_commands_and_names() {
  cat >complete.bash <<'END'
source "$1"
COMP_WORDS=(nangolite plain.db records github g) COMP_CWORD=4
_nangolite
echo "${COMPREPLY[@]}"
COMP_WORDS=(nangolite plain) COMP_CWORD=1
_nangolite
echo "${COMPREPLY[@]}"
END
  bash complete.bash "$root/tools/completion/nangolite" >out && printf 'grace\nplain.db\n' | diff - out
}

check help_names_each_command help_names_each_command
check the_example_of_each_command_runs the_example_of_each_command_runs
check the_manual_names_each_command_and_option the_manual_names_each_command_and_option
check_with man the_manual_has_no_faults
check it_tells_its_version it_tells_its_version
check the_shell_is_told_what_can_follow the_shell_is_told_what_can_follow
check_with bash bash_completes_commands_and_names

# ---- lists -----------------------------------------------------------------------------------------------------------

status_tells_why_a_sync_failed() {
  nangolite plain.db status >out && cat out &&
    grep -q '^github  *ada  *issues::eu  *SUCCESS  *2  *[0-9]* min ago  *in [0-9]* min  *every hour$' out &&
    grep -A 1 '^github  *ada  *pulls  *ERROR' out | grep -q '^  network: GET /pulls?page=2 was answered with 503' &&
    grep -q '^notion  *ada  *notes  *PAUSED' out
}

status_is_of_the_named_syncs_only() {
  nangolite plain.db status github ada issues pulls >out && [ "$(grep -c '^github' out)" -eq 2 ] &&
    ends_with 1 nangolite plain.db status github ada isues && says "there is no sync 'isues'; did you mean 'issues'?"
}

runs_tell_which_sync_when_and_why() {
  nangolite plain.db runs >out && cat out &&
    grep -A 1 '^20[0-9-]* [0-9:]*  github  *ada  *pulls  *ERROR' out | grep -q '^  network: GET /pulls' &&
    grep -q '^20[0-9-]* [0-9:]*  github  *ada  *issues  *SUCCESS  *[0-9.]* s  *+2 ~0 -0  *INITIAL$' out &&
    sed 1d out | grep -v '^  ' | cut -c 1-19 | sort -r -c && ends_with 0 nangolite plain.db runs -n 3 &&
    [ "$(grep -c '^20' out)" -eq 3 ] && says 'the 3 newest'
}

records_are_printed_in_the_order_of_their_changes() {
  nangolite plain.db records github grace Issue >out && cat out && sed -n 2p out | grep -q 'ADDED  *1  *{"id": "1"' &&
    sed -n 3p out | grep -q 'DELETED  *2  *{"id": 2, "title": "b"' &&
    nangolite plain.db records github grace Issue --filter deleted --json | grep -q '^{"id": 2,.*"_nango_metadata":{' &&
    [ "$(nangolite plain.db records github grace Issue --id 1 --json | wc -l)" -eq 1 ] &&
    ends_with 0 nangolite plain.db records github grace Isue &&
    says "there are no records of the model 'Isue'; did you mean 'Issue'?"
}

# What a request answers and what records prints is the same.
records_are_printed_as_a_request_answers_them() {
  nangolite plain.db request GET '/records?model=Issue' -H 'Connection-Id: ada' -H 'Provider-Config-Key: github' |
    sed 's/^{"records":\[\(.*\)\],"next_cursor":null}$/\1/; s/}},{/}}\n{/g' >asked &&
    nangolite plain.db records github ada Issue --json | diff asked - && [ "$(wc -l <asked)" -eq 2 ]
}

print_all() {
  nangolite "$1" status "${2:---}" >"$3.status" && nangolite "$1" runs "${2:---}" >"$3.runs" &&
    nangolite "$1" records "${2:---}" github ada Issue >"$3.records" && nangolite "$1" syncs "${2:---}" >"$3.syncs" &&
    nangolite "$1" connections "${2:---}" >"$3.connections" && nangolite "$1" collections "${2:---}" >"$3.collections"
}

every_line_of_json_is_an_object() {
  print_all plain.db --json json1 && print_all hostile.db --json json2 && look json json1.* json2.* &&
    grep -q '^{"provider_config_key":"github","connection_id":"ada","name":"issues","variant":"eu","id":' json1.runs &&
    ends_with 0 nangolite plain.db connections none --json && cmp out /dev/null && cmp err /dev/null
}

stored_control_characters_are_never_printed() {
  print_all hostile.db '' bare && print_all hostile.db --json bare_json &&
    COLUMNS=60 print_all hostile.db '' cut && nangolite hostile.db request GET '/connections/ada?provider_config_key=github' >bare.request &&
    nangolite hostile.db "$(printf 'x\033[2J')" >out 2>bare.err
  look plain bare.* bare_json.* cut.* && grep -q '\\u001b\[2J\\u001b\]0;owned\\u0007\\u009b31m\\u009b31m\\u007f\\u202e' bare.records &&
    grep -q 'network: \\u001b' bare.status && grep -q "'x.u001b" bare.err
}

lines_fit_the_width() {
  for columns in 20 40 80 200; do
    COLUMNS=$columns print_all plain.db '' "plain$columns" && COLUMNS=$columns print_all hostile.db '' "hostile$columns" || return 1
    cat "plain$columns".* "hostile$columns".* >"all$columns"
  done
  for name in $(command_names); do COLUMNS=40 nangolite "$name" --help | sed '/^Example:/,$d'; done >help40 && COLUMNS=40 nangolite --help >>help40
  look width 20 all20 40 all40 40 help40 80 all80 200 all200 && grep -q 'pulls  *ERROR' plain40.status && grep -q 'pulls .* due' plain80.status
}

a_terminal_gets_its_width_and_colours() {
  look terminal 50 nangolite plain.db status >out && grep -q "$(printf '\033')" out && sed "s/$(printf '\033')\[[0-9]*m//g" out >bare.out &&
    look width 50 bare.out && NO_COLOR=1 look terminal 50 nangolite plain.db status >out && ! grep "$(printf '\033')" out &&
    ! nangolite plain.db status | grep "$(printf '\033')"
}

check status_tells_why_a_sync_failed status_tells_why_a_sync_failed
check status_is_of_the_named_syncs_only status_is_of_the_named_syncs_only
check runs_tell_which_sync_when_and_why runs_tell_which_sync_when_and_why
check records_are_printed_in_the_order_of_their_changes records_are_printed_in_the_order_of_their_changes
check records_are_printed_as_a_request_answers_them records_are_printed_as_a_request_answers_them
check_with python3 every_line_of_json_is_an_object
check_with python3 stored_control_characters_are_never_printed
check_with python3 lines_fit_the_width
check_with python3 a_terminal_gets_its_width_and_colours

# ---- following -------------------------------------------------------------------------------------------------------

# until_true COMMAND...: waits for it to succeed, 10 seconds at most
until_true() {
  for _ in $(seq 500); do
    "$@" && return 0
    sleep 0.02
  done
  return 1
}

has_lines() {
  [ "$(wc -l <followed)" -ge "$1" ]
}

records_follow_what_another_process_changes() {
  fresh
  nangolite app.db records github ada Issue --follow --json >followed 2>err &
  follower=$!
  until_true has_lines 2 && "$tmp/store" app.db change && until_true has_lines 3
  kill -INT $follower
  wait $follower
  status=$?
  cat followed err
  [ $status -eq 130 ] && sed -n 3p followed | grep -q '^{"id": 3,"_nango_metadata"' && has_lines 3 && ! has_lines 4 && [ ! -s err ] &&
    ls app.db* && [ "$(ls app.db*)" = app.db ]
}

a_follower_ends_when_its_reader_leaves() {
  fresh
  timeout 5 sh -c '{ nangolite app.db records github ada Issue --follow; echo $? >status; } | head -n 1' >out 2>err &&
    [ "$(cat status)" -eq 0 ] && [ ! -s err ]
}

# 4,000 records
make_many() {
  { printf '[{"id": "x1"}'; seq -f ',{"id": %.0f, "text": "some text to fill the pipe"}' 2 4000; echo ']'; } >many
}

a_reader_that_leaves_ends_it_quietly() {
  fresh
  make_many
  "$tmp/store" app.db many <many
  { nangolite app.db records github ada Issue --json; echo $? >status; } 2>err | head -n 1 >out
  [ "$(cat status)" -eq 0 ] && [ ! -s err ] && [ -s out ] && [ "$(nangolite app.db records github ada Issue --json | wc -l)" -gt 3999 ]
}

output_that_cannot_be_written_is_a_failure() {
  [ ! -e /dev/full ] && return
  nangolite plain.db status >/dev/full 2>err
  [ $? -eq 1 ] && says 'standard output could not be written'
}

an_interrupt_ends_it_with_130() {
  fresh
  mkfifo input
  nangolite app.db request POST /sync/pause -d - <input >out 2>err &
  exec 4>input
  sleep 0.1
  kill -INT $!
  wait $!
  status=$?
  exec 4>&-
  cat out err
  [ $status -eq 130 ] && [ ! -s out ] && [ ! -s err ]
}

check records_follow_what_another_process_changes records_follow_what_another_process_changes
check a_follower_ends_when_its_reader_leaves a_follower_ends_when_its_reader_leaves
check a_reader_that_leaves_ends_it_quietly a_reader_that_leaves_ends_it_quietly
check output_that_cannot_be_written_is_a_failure output_that_cannot_be_written_is_a_failure
check an_interrupt_ends_it_with_130 an_interrupt_ends_it_with_130

# ---- syncs and requests ----------------------------------------------------------------------------------------------

status_of() {
  nangolite app.db status github ada "$1" | awk 'NR == 2 { print $4 }'
}

syncs_are_paused_started_triggered_and_cancelled() {
  fresh
  nangolite app.db pause github ada issues && [ "$(status_of issues)" = PAUSED ] && [ "$(status_of issues::eu)" = SUCCESS ] &&
    nangolite app.db start github ada && [ "$(status_of issues)" = SUCCESS ] &&
    nangolite app.db trigger github ada issues --reset --empty-cache && [ -z "$(nangolite app.db records github ada Issue)" ] &&
    nangolite app.db cancel github ada && nangolite app.db check
}

a_command_to_what_is_not_there_changes_nothing() {
  fresh
  ends_with 1 nangolite app.db pause github ada issus && says "there is no sync 'issus'; did you mean 'issues'?" &&
    ends_with 1 nangolite app.db pause github eve && ends_with 2 nangolite app.db trigger github ada --empty-cache &&
    says 'needs --reset' && nangolite app.db status --json >after && nangolite plain.db status --json | cmp - after
}

a_request_is_answered_and_its_status_counts() {
  fresh
  ends_with 0 nangolite app.db request GET '/sync/status?provider_config_key=github&syncs=*' && grep -q '^{"syncs":\[' out &&
    ends_with 0 nangolite app.db request POST /sync/pause -d '{"provider_config_key":"github","syncs":["issues"],"connection_id":"ada"}' &&
    [ "$(status_of issues)" = PAUSED ] &&
    echo '{"provider_config_key":"github","syncs":["issues"],"connection_id":"ada"}' | nangolite app.db request POST /sync/start --data=- &&
    [ "$(status_of issues)" = SUCCESS ] && ends_with 1 nangolite app.db request GET /nothing && grep -q '"error"' out && says 404 &&
    ends_with 2 nangolite app.db request GET /records -H nonsense && says "the header 'nonsense' is not NAME:VALUE"
}

check syncs_are_paused_started_triggered_and_cancelled syncs_are_paused_started_triggered_and_cancelled
check a_command_to_what_is_not_there_changes_nothing a_command_to_what_is_not_there_changes_nothing
check a_request_is_answered_and_its_status_counts a_request_is_answered_and_its_status_counts

# ---- the file --------------------------------------------------------------------------------------------------------

# Neither the file nor its folder is another after each command that reads.
readers_create_and_change_no_file() {
  fresh
  rm -rf folder
  mkdir folder
  cp app.db folder
  for command in status runs syncs connections collections check 'records github ada Issue' 'records github ada Isue' 'status none' \
    'request GET /environment-variables' 'backup ../another.db' 'status --help'; do
    # shellcheck disable=SC2086  # several words
    (cd folder && nangolite app.db $command) >out 2>&1
    [ "$(ls folder)" = app.db ] && cmp app.db folder/app.db || { echo "$command"; ls folder; return 1; }
  done
}

a_missing_file_is_3_and_is_not_made() {
  for name in $(command_names); do
    case $name in
      records) ends_with 3 nangolite missing.db records github ada Issue ;;
      request) ends_with 3 nangolite missing.db request POST /sync/start ;;
      trigger | pause | start | cancel) ends_with 3 nangolite missing.db "$name" github ada ;;
      backup) ends_with 3 nangolite missing.db backup other.db ;;
      import) continue ;;
      *) ends_with 3 nangolite missing.db "$name" ;;
    esac && says 'missing.db: there is no file of this name' && [ ! -e missing.db ] && [ ! -e other.db ] || return 1
  done
}

what_is_no_store_is_3_and_stays_as_it_is() {
  : >empty
  echo 'This is a text, and longer than the header of a database, which has a hundred bytes, the first of them SQLite format 3.' >text
  cp plain.db foreign
  head -c 4096 /dev/zero >zeros
  for file in empty text zeros ':memory:' memory:x "$tmp"; do
    for command in status compact 'pause github ada'; do
      # shellcheck disable=SC2086  # several words
      nangolite "$file" $command >out 2>err
      status=$?
      [ "$file" != "$tmp" ] || { [ $status -eq 1 ] && status=3; }
      [ $status -eq 3 ] && [ ! -s out ] && [ "$(wc -l <err)" -eq 1 ] || { echo "$file $command: $status"; cat out err; return 1; }
    done
  done
  [ ! -s empty ] && [ ! -e ./:memory: ] && [ ! -e memory:x ] && head -c 4096 /dev/zero | cmp - zeros
}

# The bytes of each page in turn are others.
a_damaged_file_is_told_and_crashes_nothing() {
  size=$(wc -c <plain.db)
  at=100
  while [ $at -lt "$size" ]; do
    cp plain.db damaged.db
    printf '\377\377\377\377\377\377\377\377' | dd of=damaged.db bs=1 seek=$at conv=notrunc 2>/dev/null
    for command in status runs check 'records github ada Issue'; do
      # shellcheck disable=SC2086  # several words
      nangolite damaged.db $command >out 2>err
      [ $? -lt 4 ] || { echo "$command at $at"; cat out err; return 1; }
    done
    at=$((at + 12973))
  done
  cp plain.db damaged.db
  dd if=/dev/urandom of=damaged.db bs=4096 seek=1 count=20 conv=notrunc 2>/dev/null
  ends_with 1 nangolite damaged.db check
}

an_unsound_store_is_1_with_the_reason_and_is_repaired() {
  fresh
  "$tmp/store" app.db unsound && ends_with 1 nangolite app.db check && grep '^unsound: ' out && ends_with 0 nangolite plain.db check &&
    [ "$(cat out)" = sound ] && ends_with 0 nangolite app.db repair && cat out && grep '[a-z]' out && ! grep '^sound' out &&
    ends_with 0 nangolite app.db check && ends_with 0 nangolite app.db repair && grep '^sound: ' out
}

a_backup_is_the_store_and_replaces_nothing() {
  fresh
  ends_with 0 nangolite app.db backup backup.db && nangolite backup.db check && nangolite backup.db status --json >copied &&
    nangolite app.db status --json | cmp - copied && cp backup.db before.db && ends_with 1 nangolite app.db backup backup.db && cmp backup.db before.db
}

compacting_gives_free_pages_back() {
  fresh
  make_many
  "$tmp/store" app.db many <many
  before=$(wc -c <app.db)
  nangolite app.db trigger github ada issues --reset --empty-cache && nangolite app.db compact &&
    [ "$(wc -c <app.db)" -lt $((before / 2)) ] && nangolite app.db check && [ "$(ls app.db*)" = app.db ]
}

maintaining_prunes_only_what_an_option_says() {
  rm -f old.db*
  "$tmp/store" old.db old
  nangolite old.db maintain >out && grep -q '^pruned 0, freed 0$' out && nangolite old.db records github ada Issue | grep -q title &&
    nangolite old.db maintain --prune-after 50 | grep -q 'pruned 0' && nangolite old.db maintain --prune-after 20 | grep -q 'pruned [1-9]' &&
    nangolite old.db records github ada Issue | grep -q '(pruned)' && nangolite old.db check && ends_with 2 nangolite old.db maintain --prune-after 0 &&
    nangolite old.db maintain --delete-after 20 && [ -z "$(nangolite old.db records github ada Issue)" ]
}

an_export_is_imported_and_is_the_same_again() {
  fresh
  rm -f new.db*
  for store in app.db hostile.db; do
    nangolite "$store" export >app.jsonl && ends_with 0 nangolite new.db import <app.jsonl && nangolite new.db check &&
      nangolite new.db export | cmp - app.jsonl && [ "$(ls new.db*)" = new.db ] && [ "$(wc -l <app.jsonl)" -gt 40 ] || return 1
    mv new.db before.db
  done
  ends_with 1 nangolite before.db import <app.jsonl && says 'not empty' && nangolite before.db export | cmp - app.jsonl
}

what_cannot_be_imported_leaves_no_file() {
  fresh
  rm -f new.db*
  nangolite app.db export | head -n 5 >half.jsonl && nangolite app.db export github >part.jsonl && nangolite app.db export --content >content.jsonl
  echo nonsense >nonsense.jsonl
  : >nothing.jsonl
  for file in half part content nonsense nothing; do
    ends_with 1 nangolite new.db import <$file.jsonl && [ ! -e new.db ] && [ ! -s out ] && says 'new.db: ' || { echo "$file"; return 1; }
  done
  echo 'This is no store, and stays as it is.' >words
  ends_with 3 nangolite words import <half.jsonl && [ "$(wc -c <words)" -eq 38 ]
}

a_part_is_exported_and_compared() {
  nangolite plain.db export github grace Issue --content >part && grep -q '"kind":"record".*"id":"1"' part && ! grep -e stamp -e '"ada"' part
}

progress_is_shown_on_a_terminal_only() {
  fresh
  rm -f new.db*
  ends_with 0 nangolite app.db export && [ ! -s err ] && look terminal 80 sh -c 'nangolite app.db export >app.jsonl' >shown &&
    grep -q 'exporting \[####*\.*\] *[0-9]*%' shown && look terminal 80 sh -c 'nangolite new.db import <app.jsonl' >shown &&
    grep -q 'reading \[####*\] 100%' shown && look terminal 80 nangolite app.db import >shown
  [ $? -eq 2 ] && grep -q 'import reads a dump from standard input' shown && look terminal 80 nangolite hostile.db export >shown &&
    look plain shown
}

check readers_create_and_change_no_file readers_create_and_change_no_file
check an_export_is_imported_and_is_the_same_again an_export_is_imported_and_is_the_same_again
check what_cannot_be_imported_leaves_no_file what_cannot_be_imported_leaves_no_file
check a_part_is_exported_and_compared a_part_is_exported_and_compared
check_with python3 progress_is_shown_on_a_terminal_only
check a_missing_file_is_3_and_is_not_made a_missing_file_is_3_and_is_not_made
check what_is_no_store_is_3_and_stays_as_it_is what_is_no_store_is_3_and_stays_as_it_is
check a_damaged_file_is_told_and_crashes_nothing a_damaged_file_is_told_and_crashes_nothing
check an_unsound_store_is_1_with_the_reason_and_is_repaired an_unsound_store_is_1_with_the_reason_and_is_repaired
check a_backup_is_the_store_and_replaces_nothing a_backup_is_the_store_and_replaces_nothing
check compacting_gives_free_pages_back compacting_gives_free_pages_back
check maintaining_prunes_only_what_an_option_says maintaining_prunes_only_what_an_option_says

# ---- wrong usage -----------------------------------------------------------------------------------------------------

# Words, then what is said of them in one line.
what_is_wrong_is_named_in_one_line() {
  while IFS='|' read -r words message; do
    # shellcheck disable=SC2086  # several words
    ends_with 2 nangolite $words && says "$message" && [ ! -s out ] || { echo "nangolite $words"; return 1; }
  done <<'END'
|FILE is missing
plain.db|COMMAND is missing
status plain.db|FILE comes first
plain.db statsu|there is no command 'statsu'; did you mean 'status'?
plain.db rec|there is no command 'rec'; did you mean 'records'?
plain.db xyzzy|there is no command 'xyzzy'
--hlep|there is no option '--hlep'; did you mean '--help'?
plain.db status --jsno|status: there is no option '--jsno'; did you mean '--json'?
plain.db status --follow|status does not take the option '--follow'
plain.db status --json=yes|status: the option --json takes no value
plain.db records|records: PROVIDER_CONFIG_KEY is missing
plain.db records github ada|records: MODEL is missing
plain.db syncs github more|syncs: there is no place for 'more'
plain.db records github ada Issue -n|the option --limit needs a value
plain.db records github ada Issue --limit many|--limit needs a number from 1 to 999999999, not 'many'
plain.db records github ada Issue --limit -1|--limit needs a number from 1
plain.db records github ada issue|model must be
plain.db records github ada Issue --cursor nonsense|cursor
plain.db records github ada Issue --since yesterday|modified_after
plain.db records github ada Issue --filter changed|filter
END
}

# Whatever the words are, it ends by itself, and prints nothing that a terminal obeys.
nonsense_never_crashes_it() {
  for words in '-' '--' '-- --' '--=' '-=x status' 'plain.db --' 'plain.db -- status' 'plain.db status ---' 'plain.db status -=' 'plain.db status --json --json --json' \
    'plain.db records % * ?' 'plain.db request' 'plain.db request x' 'plain.db request GET %%%' 'plain.db status github ada a b c d e f g' \
    'plain.db runs --limit 99999999999999999999' '--help help' '--complete' '--complete x' '--complete plain.db' \
    '--complete plain.db nothing x' '--complete plain.db status a b c d e' 'plain.db backup /nowhere/at/all'; do
    # shellcheck disable=SC2086  # several words
    nangolite $words >out 2>err
    [ $? -le 3 ] || { echo "nangolite $words"; cat out err; return 1; }
  done
  long=$(head -c 20000 /dev/zero | tr '\0' 'x')
  ends_with 2 nangolite plain.db "$long" && ends_with 2 nangolite plain.db status "--$long" && ends_with 2 nangolite plain.db status "$long" &&
    ends_with 3 nangolite "$long" status && ends_with 2 nangolite plain.db "$(printf 'a\033[2J\377')" && ! grep "$(printf '\033')" err
}

check what_is_wrong_is_named_in_one_line what_is_wrong_is_named_in_one_line
check nonsense_never_crashes_it nonsense_never_crashes_it

echo "1..$count"
