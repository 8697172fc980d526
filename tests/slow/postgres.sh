#!/bin/sh
# examples/postgres: four programs follow four stores into one PostgreSQL, and are killed at random, as TAP. The server is
# Debian's own, started for this test on a free port, without root. BENCH_RECORDS says of how many records the figure is.
set -u
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")/../.." || exit 1
tmp=$(mktemp -d)
chmod 755 "$tmp"
children=
count=0

# Ends what this test has started, and nothing else.
finish() {
  # shellcheck disable=SC2086  # several processes
  [ -z "$children" ] || kill $children 2>/dev/null
  [ ! -f "$tmp/server/postmaster.pid" ] || as_server pg_ctl -D "$tmp/server" -m immediate -w stop >/dev/null 2>&1
  rm -rf "$tmp"
}
trap finish EXIT
trap "exit 1" HUP INT TERM # out of time

skip() {
  echo "ok 1 - the_feeds_of_four_stores_arrive_in_one_server # SKIP $1"
  echo 1..1
  exit 0
}

check() {
  count=$((count + 1))
  title=$1
  shift
  if "$@" >"$tmp/output" 2>&1; then
    echo "ok $count - $title"
  else
    echo "not ok $count - $title"
    sed 's/^/# /' "$tmp/output" | tail -n 40
  fi
}

for folder in /usr/lib/postgresql/*/bin; do PATH=$PATH:$folder; done
export PATH
for needed in initdb pg_ctl psql sqlite3; do
  command -v $needed >/dev/null 2>&1 || skip "$needed is not here"
done
printf '#include <libpq-fe.h>\n' | ${CC:-cc} "-I$(pg_config --includedir 2>/dev/null)" -E -x c - >/dev/null 2>&1 ||
  skip "libpq-fe.h is not here"

# PostgreSQL does not run as root.
as_server() {
  if [ "$(id -u)" -eq 0 ]; then setpriv --reuid=nobody --regid=nogroup --clear-groups -- "$@"; else "$@"; fi
}

start_server() {
  mkdir "$tmp/server" "$tmp/socket"
  [ "$(id -u)" -ne 0 ] || chown nobody:nogroup "$tmp/server" "$tmp/socket"
  as_server initdb -D "$tmp/server" -U test -A trust -E UTF8 --locale=C >"$tmp/initdb.log" 2>&1 || return 1
  for port in 55431 55433 55477 56543 57123; do
    as_server pg_ctl -D "$tmp/server" -l "$tmp/server/log" -w -t 30 \
      -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$tmp/socket" start >"$tmp/start.log" 2>&1 && break
  done
  conninfo="host=127.0.0.1 port=$port user=test dbname=postgres"
  ask 'SELECT 1'
}

ask() {
  psql -X -q -A -t -d "$conninfo" -c "$1"
}

build() {
  env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make --no-print-directory -s B="${B:-build}" extension \
    "${B:-build}/examples/postgres" && extension=${B:-build}/nangolite
}

# write STORE ROUNDS: each round saves 100 records, of 400 ids, of two connections, and deletes a few.
write() {
  {
    echo ".load $extension"
    echo "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA busy_timeout = 20000;"
    round=0
    while [ $round -lt "$2" ]; do
      for connection in "store$1-a" "store$1-b"; do
        cat <<END
SELECT nangolite_save('github', '$connection', 'Issue', (SELECT json_group_array(json_object('id', abs(random()) % 400,
  'round', $round, 'text', 'quotes " \\ '' {,} ' || char(9, 955, 128512) || hex(randomblob(20)))) FROM generate_series(1, 100)));
SELECT nangolite_delete('github', '$connection', 'Issue', json_object('id', abs(random()) % 400));
END
      done
      round=$((round + 1))
    done
  } | sqlite3 -batch "$tmp/$1.db" >"$tmp/$1.written" 2>&1
}

# follow STORE: starts the program that follows it; $started is its id
follow() {
  "${B:-build}/examples/postgres" "$tmp/$1.db" "$conninfo" >>"$tmp/$1.log" 2>&1 &
  started=$!
  children="$children $started"
}

# shellcheck disable=SC2016  # those are PostgreSQL's quotes
# Of every collection, the newest change that is there is the one that its cursor names.
torn='SELECT count(*) FROM nango_cursor AS c JOIN LATERAL (SELECT max(last_modified_at) AS newest FROM nango_record AS r
  WHERE (r.connection_id, r.provider_config_key, r.model, r.variant) = (c.connection_id, c.provider_config_key, c.model, c.variant)) AS n
  ON true WHERE split_part(convert_from(decode(c.cursor, $$base64$$), $$UTF8$$), $$||$$, 1)::timestamptz IS DISTINCT FROM n.newest
  AND (c.cursor IS NOT NULL OR n.newest IS NOT NULL)'

# Four stores are written while four programs follow them, of which one is killed every moment, until all is written.
the_programs_are_killed_at_random() {
  for store in 1 2 3 4; do write $store 1; done
  for store in 1 2 3 4; do
    write $store 60 &
    eval "writer$store=$!"
    follow $store
    eval "follower$store=$started"
  done
  kills=0
  victim=1
  while [ $kills -lt 60 ]; do
    victim=$(((victim * 7 + kills) % 4 + 1))
    sleep "0.$(((kills * 37 + $$) % 30 + 5))"
    eval "kill -9 \$follower$victim" || return 1
    eval "wait \$follower$victim" 2>/dev/null
    follow $victim
    eval "follower$victim=$started"
    found=$(ask "$torn") || return 1
    [ "$found" -eq 0 ] || { echo "rows and cursors of $found collections do not belong together"; return 1; }
    kills=$((kills + 1))
  done
  for store in 1 2 3 4; do eval "wait \$writer$store"; done
}

sigterm_ends_them() {
  for store in 1 2 3 4; do
    eval "kill -TERM \$follower$store; wait \$follower$store" || return 1
  done
  children=
}

in_the_stores() {
  for store in 1 2 3 4; do
    sqlite3 -batch -separator '|' "$tmp/$store.db" \
      "SELECT provider_config_key, connection_id, model, variant, id, payload, last_action, first_seen_at, last_modified_at
       FROM nango_view_records"
  done | sort
}

in_the_server() {
  times="'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'"
  ask "SET timezone = 'UTC'; SELECT provider_config_key, connection_id, model, variant, id, payload, last_action,
    to_char(first_seen_at, $times), to_char(last_modified_at, $times) FROM nango_record" | sort
}

every_record_is_there_once() {
  for store in 1 2 3 4; do "${B:-build}/examples/postgres" "$tmp/$store.db" "$conninfo" once || return 1; done
  in_the_stores >"$tmp/stores" && in_the_server >"$tmp/server.rows" || return 1
  grep -h -i 'error' "$tmp"/*.written && return 1
  [ "$(wc -l <"$tmp/stores")" -gt 2000 ] || { echo "only $(wc -l <"$tmp/stores") records"; return 1; }
  diff "$tmp/stores" "$tmp/server.rows" >"$tmp/difference" || { head -n 20 "$tmp/difference"; return 1; }
}

listeners_are_notified() {
  # (psql shows what has arrived after its next command)
  { echo 'LISTEN nango_changes;'; sleep 2; echo 'SELECT 1;'; } | psql -X -d "$conninfo" >"$tmp/heard" 2>&1 &
  sleep 1
  write 1 1
  "${B:-build}/examples/postgres" "$tmp/1.db" "$conninfo" once || return 1
  wait $!
  grep 'notification "nango_changes".*store1-a' "$tmp/heard"
}

# The figure of README: as many records as one program takes over in a second, on this machine.
it_says_how_many_changes_a_second() {
  {
    echo ".load $extension"
    echo "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;"
    echo "SELECT nangolite_save('github', 'ada', 'Issue', (SELECT json_group_array(json_object('id', value, 'title',
      'issue ' || value, 'text', hex(randomblob(200)))) FROM generate_series(1, ${BENCH_RECORDS:-20000})));"
  } | sqlite3 -batch "$tmp/5.db" >/dev/null || return 1
  start=$(date +%s.%N)
  "${B:-build}/examples/postgres" "$tmp/5.db" "$conninfo" once >"$tmp/5.log" 2>&1 || return 1
  speed=$(awk -v n="${BENCH_RECORDS:-20000}" -v from="$start" -v to="$(date +%s.%N)" 'BEGIN { printf "%d", n / (to - from) }')
  grep -q "^${BENCH_RECORDS:-20000} changes" "$tmp/5.log"
}

start_server >"$tmp/output" 2>&1 || { cat "$tmp/output" "$tmp/initdb.log" "$tmp/start.log" | sed 's/^/# /'; skip "the server does not start"; }
speed=none
check it_builds build
check the_programs_are_killed_at_random the_programs_are_killed_at_random
check sigterm_ends_them sigterm_ends_them
check every_record_is_there_once every_record_is_there_once
check listeners_are_notified listeners_are_notified
check it_says_how_many_changes_a_second it_says_how_many_changes_a_second
echo "# $speed changes a second"
echo "1..$count"
