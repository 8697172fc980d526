/* A store in a folder that cannot be written: shipped with a program, or checked in. The readers are
** processes without the right to write there; where the tests run as root, they first become somebody else. */
#define _DEFAULT_SOURCE

#include "records.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct place {
  char folder[64], file[80];
} place;

static const nangolite_options reading = {.read_only = 1};

static void place_command(const place *p, const char *command) {
  char line[256];
  snprintf(line, sizeof line, command, p->folder);
  if (system(line) != 0) fail_msg("%s failed", line);
}

/* A folder that others may look into, and a store of one record there. */
static void place_make(place *p, const char *name) {
  strcpy(p->folder, "/tmp/nangolite-XXXXXX");
  assert_non_null(mkdtemp(p->folder));
  snprintf(p->file, sizeof p->file, "%s/%s", p->folder, name);
  nangolite *store;
  assert_int_equal(nangolite_open(p->file, NULL, &store), NANGOLITE_OK);
  assert_int_equal(nangolite_connection_create(store, "github", "user-1"), NANGOLITE_OK);
  assert_int_equal(nangolite_records_save(store, &issues, "{\"id\":1}", -1, NULL), NANGOLITE_OK);
  nangolite_close(store);
  chmod(p->file, 0444);
  chmod(p->folder, 0555);
}

static void place_remove(place *p) {
  place_command(p, "chmod u+w %1$s && rm -r %1$s");
}

/* What a process that may not write sees there: how many records, or less than 0, a result. */
static int seen_by_somebody(const place *p, const char *says) {
  int status = 0;
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    nangolite *store;
    int64_t count = 0;
    if (getuid() == 0 && setuid(65534) != 0) _exit(100);
    int result = nangolite_open(p->file, &reading, &store);
    if (result == NANGOLITE_OK) result = nangolite_records_count(store, &issues, &count, NULL);
    if (result != NANGOLITE_OK && strstr(nangolite_errmsg(store), says) == NULL) _exit(101);
    nangolite_close(store);
    _exit(result == NANGOLITE_OK ? (int)count : 200 - result);
  }
  waitpid(child, &status, 0);
  int code = WIFEXITED(status) ? WEXITSTATUS(status) : 99;
  return code > 101 ? code - 200 : code;
}

PLAIN_TEST(test_a_store_that_was_closed_is_read_in_a_folder_that_cannot_be_written) {
  place p;
  place_make(&p, "store.db");
  assert_int_equal(seen_by_somebody(&p, ""), 1);
  place_remove(&p);
}

PLAIN_TEST(test_the_name_of_such_a_store_may_have_any_characters) {
  place p;
  place_make(&p, "50% of?what#\303\266.db");
  assert_int_equal(seen_by_somebody(&p, ""), 1);
  place_remove(&p);
}

/* As a process leaves it that was killed: a second record is in the log alone. */
static void place_make_with_log(place *p) {
  place_make(p, "store.db");
  place_command(p, "chmod 755 %1$s && chmod 644 %1$s/*");
  pid_t child = fork();
  if (child == 0) {
    nangolite *store;
    if (nangolite_open(p->file, NULL, &store) != NANGOLITE_OK) _exit(1);
    _exit(nangolite_records_save(store, &issues, "{\"id\":2}", -1, NULL));
  }
  int status = 0;
  waitpid(child, &status, 0);
  assert_int_equal(status, 0);
  place_command(p, "chmod 444 %1$s/* && chmod 555 %1$s");
}

PLAIN_TEST(test_a_log_with_its_index_is_read_in_a_folder_that_cannot_be_written) {
  if (sqlite3_libversion_number() < 3022000) skip();
  place p;
  place_make_with_log(&p);
  assert_int_equal(seen_by_somebody(&p, ""), 2);
  place_remove(&p);
}

PLAIN_TEST(test_a_log_without_its_index_is_never_left_out) {
  place p;
  place_make_with_log(&p);
  place_command(&p, "rm -f %s/*-shm");
  assert_int_equal(seen_by_somebody(&p, "-wal"), -NANGOLITE_IOERR);
  place_remove(&p);
}

PLAIN_TEST(test_an_empty_log_is_none) {
  place p;
  place_make(&p, "store.db");
  place_command(&p, ": > %s/store.db-wal");
  assert_int_equal(seen_by_somebody(&p, ""), 1);
  place_remove(&p);
}

/* What a reader without rights hears while somebody with rights does `what`: the result of the call after. */
static int heard_while(place *p, void (*what)(place *p)) {
  int to_child[2], to_parent[2], status = 0;
  char byte = 'x';
  assert_int_equal(pipe(to_child) + pipe(to_parent), 0);
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    nangolite *store;
    int64_t count = 0;
    if (getuid() == 0 && setuid(65534) != 0) _exit(100);
    int result = nangolite_open(p->file, &reading, &store);
    if (result == NANGOLITE_OK) result = nangolite_records_count(store, &issues, &count, NULL);
    if (result == NANGOLITE_OK) result = nangolite_records_count(store, &issues, &count, NULL);
    if (result != NANGOLITE_OK) _exit(101);
    if (write(to_parent[1], &byte, 1) != 1 || read(to_child[0], &byte, 1) != 1) _exit(102);
    _exit(nangolite_records_count(store, &issues, &count, NULL));
  }
  close(to_parent[1]); /* so that a child that ends early is heard of */
  assert_int_equal(read(to_parent[0], &byte, 1), 1);
  what(p);
  assert_int_equal(write(to_child[1], &byte, 1), 1);
  waitpid(child, &status, 0);
  close(to_child[0]);
  close(to_child[1]);
  close(to_parent[0]);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -99;
}

static nangolite *writer;

static void save_another(place *p) {
  place_command(p, "chmod 755 %1$s && chmod 644 %1$s/*");
  assert_int_equal(nangolite_open(p->file, NULL, &writer), NANGOLITE_OK);
  assert_int_equal(nangolite_records_save(writer, &issues, "{\"id\":3}", -1, NULL), NANGOLITE_OK);
}

static void save_another_and_close(place *p) {
  save_another(p);
  nangolite_close(writer);
  place_command(p, "chmod 555 %1$s");
}

static void do_nothing(place *p) {
  (void)p;
}

PLAIN_TEST(test_a_reader_there_never_gets_older_data_than_there_is) {
  place p;
  place_make(&p, "store.db");
  assert_int_equal(heard_while(&p, do_nothing), NANGOLITE_OK);
  assert_int_equal(heard_while(&p, save_another_and_close), NANGOLITE_IOERR);
  assert_int_equal(heard_while(&p, save_another), NANGOLITE_IOERR);
  nangolite_close(writer);
  place_remove(&p);
}

TESTS(PLAIN(test_a_store_that_was_closed_is_read_in_a_folder_that_cannot_be_written),
      PLAIN(test_the_name_of_such_a_store_may_have_any_characters),
      PLAIN(test_a_log_with_its_index_is_read_in_a_folder_that_cannot_be_written),
      PLAIN(test_a_log_without_its_index_is_never_left_out), PLAIN(test_an_empty_log_is_none),
      PLAIN(test_a_reader_there_never_gets_older_data_than_there_is))
