// What bindings/cpp/nangolite.hpp adds to the C API, as TAP: objects that end, errors and exceptions.
#include <cstdio>
#include <cstring>

#include "nangolite.hpp"

static int count = 0;
static bool is_good;

#define SURE(fact) \
  do { \
    if (!(fact)) { \
      is_good = false; \
      std::printf("# %s:%d: %s\n", __FILE__, __LINE__, #fact); \
    } \
  } while (0)

static void test(const char *name, void (*body)()) {
  is_good = true;
  try {
    body();
  } catch (const std::exception &thrown) {
    is_good = false;
    std::printf("# threw: %s\n", thrown.what());
  }
  std::printf("%sok %d - %s\n", is_good ? "" : "not ", ++count, name);
}

static const nango::scope issues("github", "ada", "Issue");

static nango::store connected() {
  nango::store store(":memory:");
  store.clock_set(INT64_C(1705314600000000));
  store.connection_create("github", "ada");
  return store;
}

static nangolite_sync definition() {
  static const char *models[] = {"Issue"};
  nangolite_sync sync = nangolite_sync();
  sync.provider_config_key = "github";
  sync.name = "issues";
  sync.models = models;
  sync.model_count = 1;
  sync.frequency = "every hour";
  return sync;
}

static void an_error_has_its_result_and_message() {
  nango::store store = connected();
  try {
    store.save(issues, "[{}]");
    SURE(false);   // it was refused
  } catch (const nango::error &thrown) {
    SURE(thrown.result() == NANGOLITE_INVALID);
    SURE(std::strcmp(thrown.name(), "invalid") == 0);
    SURE(std::strcmp(thrown.what(), nangolite_errmsg(store.get())) == 0);
  }
}

static void a_store_that_cannot_be_opened_throws() {
  try {
    nango::store store("/nowhere/at/all.db");
    SURE(false);   // it was opened
  } catch (const nango::error &thrown) {
    SURE(thrown.result() == NANGOLITE_IOERR);
    SURE(*thrown.what() != '\0');
  }
}

static void records_come_back_as_a_range() {
  nango::store store = connected();
  nango::changes changes = store.save(issues, R"([{"id":1},{"id":2},{"id":3}])");
  SURE(changes.added == 3);
  SURE(store.update(issues, R"({"id":1,"a":1})").updated == 1);
  SURE(store.remove(issues, R"({"id":2})").deleted == 1);
  nango::query query;
  query.ids = {"1", "3"};
  query.filter = "added,updated";
  std::string seen;
  for (const nangolite_record &record : store.list(issues, query)) seen += record.payload;
  SURE(seen == R"({"id":3}{"id":1,"a":1})");
  query = nango::query();
  query.limit = 1;
  nango::page page = store.list(issues, query);
  SURE(page.size() == 1 && page.has_more() && page.next_cursor() == page[0].cursor);
  SURE(store.count(issues).live == 2);
  SURE(store.prune(issues).count == 3);
  SURE(store.check_store() == "");
  SURE(store.repair() == "");
}

static void a_page_outlives_its_store() {
  nango::page page(nullptr);
  {
    nango::store store = connected();
    store.save(issues, R"({"id":"x"})");
    page = store.list(issues);
  }
  SURE(std::strcmp(page[0].id, "x") == 0);
}

static void a_sync_function_runs() {
  nango::store store = connected();
  std::string seen;
  store.define(definition(), [&](nango::run &run) {
    seen = std::string(run.provider_config_key()) + ' ' + run.connection_id() + ' ' + run.sync() + ' ' + run.variant();
    run.save("Issue", R"({"id":1})");
    run.checkpoint_save(R"({"page":2})");
    SURE(run.checkpoint() == R"({"page":2})");
  });
  SURE(store.run_due() == 1);
  SURE(seen == "github ada issues base");
  SURE(store.count(issues).live == 1);
}

template <typename Thrown>
static std::string error_of(Thrown thrown) {
  nango::store store = connected();
  std::string event;
  store.define(definition(), [&](nango::run &) { throw thrown; });
  store.on_sync([&](const std::string &json) { event = json; });
  SURE(store.run_due() == 1);
  return nango::json_text(nango::json_find(event, "/error/type")) + ": " +
         nango::json_text(nango::json_find(event, "/error/description"));
}

static void an_exception_fails_the_run_with_its_words() {
  SURE(error_of(std::runtime_error("the API is gone")) == "script_error: the API is gone");
  SURE(error_of(nango::failure("rate_limit", "429")) == "rate_limit: 429");
  SURE(error_of(7) == "script_error: an exception that is no std::exception");
}

static void an_error_of_the_library_fails_the_run_too() {
  nango::store store = connected();
  std::string event;
  store.define(definition(), [&](nango::run &run) { run.save("Other", "[]"); });
  store.on_sync([&](const std::string &json) { event = json; });
  store.run_due();
  SURE(nango::json_find(event, "/success") == "false");
  SURE(nango::json_find(event, "/error/description").find("model") != std::string::npos);
}

static void an_exception_of_the_event_callback_comes_out_of_the_call() {
  nango::store store = connected();
  store.define(definition(), [](nango::run &run) { run.save("Issue", R"({"id":1})"); });
  store.on_sync([](const std::string &) { throw std::runtime_error("no window"); });
  try {
    store.run_due();
    SURE(false);   // it was thrown
  } catch (const std::runtime_error &thrown) {
    SURE(std::string(thrown.what()) == "no window");
  }
  SURE(store.count(issues).live == 1);
}

static void a_function_may_define_itself_anew() {
  nango::store store = connected();
  int first = 0, second = 0;
  store.define(definition(), [&](nango::run &) {
    store.define(definition(), [&](nango::run &) { second++; });
    first++;
  });
  store.run_due();
  store.trigger("github");
  store.run_due();
  SURE(first == 1 && second == 1);
}

static void functions_move_with_their_store() {
  int ran = 0;
  nango::store store(":memory:");
  {
    nango::store first = connected();
    first.define(definition(), [&](nango::run &) { ran++; });
    store = std::move(first);
  }
  store.run_due();
  SURE(ran == 1);
}

static void a_claimed_run_is_ended_once() {
  nango::store store = connected();
  store.define(definition());
  nango::claimed_run run = store.run_next();
  SURE(bool(run));
  run.save("Issue", R"({"id":1})");
  run.finish();
  SURE(!run);
  SURE(!store.run_next());
  SURE(nango::json_find(store.status("github"), "/syncs/0/status") == R"("SUCCESS")");
}

static void a_claimed_run_that_is_left_has_failed() {
  nango::store store = connected();
  store.define(definition());
  try {
    nango::claimed_run run = store.run_next();
    throw std::runtime_error("anything");
  } catch (const std::runtime_error &) {
  }
  SURE(nango::json_find(store.status("github"), "/syncs/0/status") == R"("ERROR")");
}

static void a_claimed_run_executes_a_function() {
  nango::store store = connected();
  std::string event;
  store.define(definition());
  store.on_sync([&](const std::string &json) { event = json; });
  store.run_next().execute([](nango::run &) { throw std::runtime_error("in flight"); });
  SURE(nango::json_find(event, "/error/description") == R"("in flight")");
  store.trigger("github");
  store.run_next().execute([](nango::run &run) { run.save("Issue", R"({"id":1})"); });
  SURE(nango::json_find(event, "/success") == "true");
}

static void a_run_can_be_claimed_by_name_and_cancelled() {
  nango::store store = connected();
  store.define(definition());
  nango::claimed_run run = store.run_claim("github", "ada", "issues");
  run.progress(1, 2);
  run.again_at(store.now() + 60000000);
  SURE(nango::json_find(store.status("github"), "/syncs/0/progress/total") == "2");
  store.cancel("github");
  SURE(run.aborted());
  try {
    run.finish();
    SURE(false);   // it was ended
  } catch (const nango::error &thrown) {
    SURE(thrown.result() == NANGOLITE_ABORTED);
  }
  SURE(!run);
  SURE(nango::json_find(store.runs("github", "ada", "issues"), "/runs/0/result") == R"("STOPPED")");
}

static void what_is_there_can_be_looked_at() {
  nango::store store = connected();
  store.save(issues, R"({"id":1})");
  store.metadata_set("github", "ada", R"({"a":1})");
  store.metadata_set("github", "ada", R"({"b":2})", true);
  SURE(nango::json_find(store.metadata("github", "ada"), "/a") == "1");
  SURE(nango::json_find(store.connections(), "/connections/0/connection_id") == R"("ada")");
  SURE(nango::json_find(store.collections("github"), "/collections/0/live") == "1");
  SURE(store.last_change() >= store.now());
  store.define(definition());
  SURE(nango::json_find(store.syncs("github"), "/syncs/0/name") == R"("issues")");
  store.sync_rename("github", "issues", "tickets");
  store.sync_remove("github", "tickets");
  SURE(nango::json_find(store.syncs(), "/syncs/0") == "");
}

static void a_request_is_answered() {
  nango::store store = connected();
  store.env_set("KEY", "value");
  nango::response answer = store.request("GET", "/environment-variables");
  SURE(answer.status == 200 && answer.body == R"([{"name":"KEY","value":"value"}])");
}

static void a_dump_is_loaded_again() {
  nango::store store = connected(), other(":memory:");
  store.save(issues, R"([{"id":1}])");
  std::string lines = store.dump(NANGOLITE_DUMP_METADATA);
  other.load(lines);
  SURE(other.dump(NANGOLITE_DUMP_METADATA) == lines);
  SURE(other.dump() == store.dump() && other.dump() != lines);
}

int main() {
#define TEST(name) test(#name, name)
  TEST(an_error_has_its_result_and_message);
  TEST(a_store_that_cannot_be_opened_throws);
  TEST(records_come_back_as_a_range);
  TEST(a_page_outlives_its_store);
  TEST(a_sync_function_runs);
  TEST(an_exception_fails_the_run_with_its_words);
  TEST(an_error_of_the_library_fails_the_run_too);
  TEST(an_exception_of_the_event_callback_comes_out_of_the_call);
  TEST(a_function_may_define_itself_anew);
  TEST(functions_move_with_their_store);
  TEST(a_claimed_run_is_ended_once);
  TEST(a_claimed_run_that_is_left_has_failed);
  TEST(a_claimed_run_executes_a_function);
  TEST(a_run_can_be_claimed_by_name_and_cancelled);
  TEST(what_is_there_can_be_looked_at);
  TEST(a_request_is_answered);
  TEST(a_dump_is_loaded_again);
  std::printf("1..%d\n", count);
}
