#!/bin/sh
# The examples, built by `make test` and run here, as TAP.
set -u
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")/.." || exit 1
examples=${B:-build}/examples
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

. tests/tap

# ---- quickstart -----------------------------------------------------------------------------------------------------

the_quickstart_prints_what_the_readme_shows() {
  awk '/^```text output$/ { inside = 1; next } /^```$/ && inside { exit } inside' README.md >"$tmp/expected"
  "$examples/quickstart" >"$tmp/actual" && diff "$tmp/expected" "$tmp/actual"
}

[ ! -f README.md ] || check the_quickstart_prints_what_the_readme_shows the_quickstart_prints_what_the_readme_shows

# ---- demo -----------------------------------------------------------------------------------------------------------

# Prints the rows of the second table, without times.
the_news() {
  "$examples/demo" >"$tmp/demo" || return 1
  sed -n '/where the application stopped/,$p' "$tmp/demo" | awk '/^   (ADDED|UPDATED|DELETED) / { print $1, $2 }' | sort
}

the_demo_shows_what_changed_and_nothing_else() {
  cat >"$tmp/expected" <<'NEWS'
ADDED 880180201
ADDED 880180518
ADDED 880180835
DELETED 880170057
DELETED 880176714
DELETED 880179250
UPDATED 880164668
UPDATED 880164985
UPDATED 880168789
UPDATED 880170374
UPDATED 880177982
NEWS
  the_news >"$tmp/actual" && diff "$tmp/expected" "$tmp/actual"
}

the_demo_is_plain_where_there_is_no_terminal() {
  "$examples/demo" >"$tmp/demo" && ! grep "$(printf '\033')" "$tmp/demo"
}

# In a terminal of 80 columns, and without one. A byte takes a column at most, but for those of Unicode.
the_demo_fits_80_columns() {
  "$examples/demo" >"$tmp/demo" && "$examples/demo" --help >>"$tmp/demo" && "$examples/demo" examples/data/issues-0900.json >>"$tmp/demo" || return 1
  python=$(command -v python3) && $python tests/tools/look.py terminal 80 "$examples/demo" | sed "s/$(printf '\033')\[[0-9]*m//g" >>"$tmp/demo"
  ! awk 'length($0) > 80' "$tmp/demo" | grep .
}

the_demo_reads_a_file_back_byte_for_byte() {
  "$examples/demo" examples/data/issues-1000.json | tee "$tmp/demo"
  grep -q '0 changes, 25 unchanged' "$tmp/demo" && grep -q '25 of 25 equal the file byte for byte' "$tmp/demo"
}

a_file_that_is_no_recording_is_refused() {
  echo '{"nango": {}}' >"$tmp/empty.json"
  ! "$examples/demo" "$tmp/empty.json" && ! "$examples/demo" "$tmp/missing.json"
}

bad_records_are_refused_with_the_reason() {
  echo '{"nango": {"batchSave": {"Issue": [{"id": 1}, {"title": "no id"}]}}}' >"$tmp/bad.json"
  "$examples/demo" "$tmp/bad.json" 2>"$tmp/reason" && return 1
  cat "$tmp/reason"
  grep -q invalid "$tmp/reason"
}

the_demo_has_help() {
  "$examples/demo" --help | grep -q 'demo FILE' && ! "$examples/demo" --no-such-option
}

check the_demo_shows_what_changed_and_nothing_else the_demo_shows_what_changed_and_nothing_else
check the_demo_is_plain_where_there_is_no_terminal the_demo_is_plain_where_there_is_no_terminal
check the_demo_fits_80_columns the_demo_fits_80_columns
check the_demo_reads_a_file_back_byte_for_byte the_demo_reads_a_file_back_byte_for_byte
check a_file_that_is_no_recording_is_refused a_file_that_is_no_recording_is_refused
check bad_records_are_refused_with_the_reason bad_records_are_refused_with_the_reason
check the_demo_has_help the_demo_has_help

# ---- offline_test ---------------------------------------------------------------------------------------------------

check a_week_of_syncs_is_played_offline "$examples/offline_test"

# ---- desktop_loop ---------------------------------------------------------------------------------------------------

# until_true COMMAND...: waits for it to succeed, 20 seconds at most
until_true() {
  for _ in $(seq 400); do
    "$@" && return 0
    sleep 0.05
  done
  return 1
}

# loop_printed COUNT PATTERN
loop_printed() {
  [ "$(grep -c "$2" "$tmp/loop")" = "$1" ]
}

# Starts it; what is written to descriptor 3 is typed.
start_loop() {
  rm -f "$tmp"/desktop.db* "$tmp/keys" "$tmp/loop"
  mkfifo "$tmp/keys"
  "$examples/desktop_loop" "$tmp/desktop.db" <"$tmp/keys" >"$tmp/loop" &
  exec 3>"$tmp/keys"
}

end_loop() {
  exec 3>&-
  wait "$!" || return 1
  cat "$tmp/loop"
}

the_desktop_loop_syncs_all_accounts_at_once_and_on_demand() {
  start_loop
  until_true loop_printed 3 '^[a-z]*  *100 added,   0 updated'
  echo s >&3
  until_true loop_printed 3 '^[a-z]*  *0 added,  10 updated'
  echo q >&3
  end_loop && loop_printed 3 '^[a-z]*  *100 issues' && loop_printed 1 '^6 runs. Closed.$'
}

the_desktop_loop_ends_its_runs_when_it_is_told_to() {
  start_loop
  until_true test -s "$tmp/desktop.db"
  kill -TERM "$!"
  end_loop && loop_printed 1 '^[0-3] runs. Closed.$'
}

check the_desktop_loop_syncs_all_accounts_at_once_and_on_demand the_desktop_loop_syncs_all_accounts_at_once_and_on_demand
check the_desktop_loop_ends_its_runs_when_it_is_told_to the_desktop_loop_ends_its_runs_when_it_is_told_to

echo "1..$count"
