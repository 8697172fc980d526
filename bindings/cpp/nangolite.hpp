// nangolite.hpp: nangolite for C++11 and newer, as a thin layer over nangolite.h, where each function is described.
//
//     nango::store store("issues.db");
//     store.connection_create("github", "ada");
//
//     const char *models[] = {"Issue"};
//     nangolite_sync sync = nangolite_sync();
//     sync.provider_config_key = "github";
//     sync.name = "issues";
//     sync.models = models;
//     sync.model_count = 1;
//     sync.frequency = "every hour";
//     store.define(sync, [](nango::run &run) { run.save("Issue", fetch_issues()); });
//     store.run_due();
//
//     for (const nangolite_record &record : store.list({"github", "ada", "Issue"})) use(record.payload);
//
// - What returns a nangolite_result in C throws nango::error here, and returns what C gives by a pointer.
// - An exception in a sync function fails its run, with what() as the description, and goes no further. One in an
//   event callback comes out of the call that delivered the event, after what that call did was stored (or, where that
//   ended a claimed run, out of the next call on the store).
// - Where C takes NULL for "none" or "all", an empty string is taken here.
// - A store, page or claimed run ends with its object. They can be moved, not copied. After get(), C is at hand.
// - As in C, a store belongs to one thread at a time, interrupt() apart.
#ifndef NANGOLITE_HPP
#define NANGOLITE_HPP

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "nangolite.h"

namespace nango {

// ---- errors -------------------------------------------------------------------------------------------------

// A call failed. what() is the message; result() a nangolite_result; name() the same as a word ("busy").
class error : public std::runtime_error {
 public:
  error(int result, const std::string &message) : std::runtime_error(message), result_(result) {}
  int result() const noexcept { return result_; }
  const char *name() const noexcept { return nangolite_result_name(result_); }

 private:
  int result_;
};

// To be thrown by a sync function that wants to name the type of its error, as in run.fail().
class failure : public std::runtime_error {
 public:
  failure(const std::string &type, const std::string &description)
      : std::runtime_error(description), type_(type) {}
  const char *type() const noexcept { return type_.c_str(); }

 private:
  std::string type_;
};

// ---- values -------------------------------------------------------------------------------------------------

using changes = nangolite_changes;

// Which records: one model of one connection, and its variant, base where it is empty.
struct scope {
  std::string provider_config_key, connection_id, model, variant;

  scope(std::string integration, std::string connection, std::string of_model, std::string of_variant = "")
      : provider_config_key(std::move(integration)), connection_id(std::move(connection)),
        model(std::move(of_model)), variant(std::move(of_variant)) {}
};

// What to list; everything empty means all.
struct query {
  std::string modified_after, filter, cursor;
  int limit = 0;
  std::vector<std::string> ids;
};

struct prune_result { std::int64_t count; bool has_more; };
struct count_result { std::int64_t live, bytes; };
struct maintain_result { std::int64_t pruned, deleted; };
struct response { int status; std::string body; };

namespace detail {

inline const char *or_null(const std::string &text) { return text.empty() ? nullptr : text.c_str(); }

// Text of the library as a string; empty for NULL. The library gets it back whatever happens.
inline std::string taken(char *text) {
  std::unique_ptr<char, void (*)(void *)> owner(text, nangolite_free);
  return text == nullptr ? std::string() : std::string(text);
}

// A query as C wants it. It lives as long as the query that it was made of.
class c_query {
 public:
  explicit c_query(const query &from) : query_() {
    for (const std::string &id : from.ids) ids_.push_back(id.c_str());
    query_.modified_after = or_null(from.modified_after);
    query_.filter = or_null(from.filter);
    query_.cursor = or_null(from.cursor);
    query_.limit = from.limit;
    query_.ids = ids_.data();
    query_.id_count = ids_.size();
  }
  const nangolite_query *get() const { return &query_; }

 private:
  std::vector<const char *> ids_;
  nangolite_query query_;
};

// A list of names as C wants it.
class c_names {
 public:
  explicit c_names(const std::vector<std::string> &from) {
    for (const std::string &name : from) names_.push_back(name.c_str());
  }
  const char *const *data() const { return names_.empty() ? nullptr : names_.data(); }
  std::size_t size() const { return names_.size(); }

 private:
  std::vector<const char *> names_;
};

inline nangolite_scope c_scope(const scope &from) {
  nangolite_scope to = {from.provider_config_key.c_str(), from.connection_id.c_str(), from.model.c_str(),
                        or_null(from.variant)};
  return to;
}

inline std::int64_t length(const std::string &text) { return static_cast<std::int64_t>(text.size()); }

}  // namespace detail

// Records in the order of their changes: a range of nangolite_record, whose strings live as long as the page.
class page {
 public:
  explicit page(nangolite_page *from) : page_(from, nangolite_page_free) {}

  const nangolite_record *begin() const { return page_->records; }
  const nangolite_record *end() const { return page_->records + page_->count; }
  std::size_t size() const { return page_->count; }
  bool empty() const { return page_->count == 0; }
  const nangolite_record &operator[](std::size_t i) const { return page_->records[i]; }

  // Whether more follow; where to go on in this reading, and the next time. Empty where C has NULL.
  bool has_more() const { return page_->next_cursor != nullptr; }
  std::string next_cursor() const { return has_more() ? page_->next_cursor : ""; }
  std::string last_cursor() const { return page_->last_cursor != nullptr ? page_->last_cursor : ""; }

  nangolite_page *get() const { return page_.get(); }

 private:
  std::unique_ptr<nangolite_page, void (*)(nangolite_page *)> page_;
};

// ---- runs ---------------------------------------------------------------------------------------------------

// A run in progress, as a sync function gets it. It belongs to somebody else.
class run {
 public:
  explicit run(nangolite_run *from) : run_(from) {}

  const char *provider_config_key() const { return nangolite_run_provider_config_key(run_); }
  const char *connection_id() const { return nangolite_run_connection_id(run_); }
  const char *sync() const { return nangolite_run_sync(run_); }
  const char *variant() const { return nangolite_run_variant(run_); }
  bool aborted() const { return nangolite_run_aborted(run_) != 0; }

  changes save(const std::string &model, const std::string &json) { return change(nangolite_run_save, model, json); }
  changes update(const std::string &model, const std::string &json) {
    return change(nangolite_run_update, model, json);
  }
  changes remove(const std::string &model, const std::string &json) {   // nangolite_run_delete()
    return change(nangolite_run_delete, model, json);
  }
  page list(const std::string &model, const query &what = query()) {
    nangolite_page *found = nullptr;
    check(nangolite_run_list(run_, model.c_str(), detail::c_query(what).get(), &found));
    return page(found);
  }

  void track_deletes_start(const std::string &model) {
    check(nangolite_run_track_deletes_start(run_, model.c_str()));
  }
  changes track_deletes_end(const std::string &model) {
    changes counts = changes();
    check(nangolite_run_track_deletes_end(run_, model.c_str(), &counts));
    return counts;
  }
  void set_merging(const std::string &model, const std::string &strategy) {
    check(nangolite_run_set_merging(run_, model.c_str(), strategy.c_str()));
  }

  std::string checkpoint() {   // empty: there is none
    char *json = nullptr;
    check(nangolite_run_checkpoint_get(run_, &json));
    return detail::taken(json);
  }
  void checkpoint_save(const std::string &json) { check(nangolite_run_checkpoint_save(run_, json.c_str())); }
  void checkpoint_clear() { check(nangolite_run_checkpoint_clear(run_)); }

  void heartbeat() { check(nangolite_run_heartbeat(run_)); }

  void again_at(std::int64_t microseconds) { check(nangolite_run_again_at(run_, microseconds)); }
  void progress(std::int64_t done, std::int64_t total = 0) { check(nangolite_run_progress(run_, done, total)); }
  nangolite_run *get() const { return run_; }

 protected:
  typedef int (*changing)(nangolite_run *, const char *, const char *, std::int64_t, nangolite_changes *);

  void check(int result) const {
    if (result != NANGOLITE_OK) throw error(result, nangolite_errmsg(nangolite_run_store(run_)));
  }
  changes change(changing call, const std::string &model, const std::string &json) {
    changes counts = changes();
    check(call(run_, model.c_str(), json.data(), detail::length(json), &counts));
    return counts;
  }

  nangolite_run *run_;
};

using sync_function = std::function<void(run &)>;
using event_function = std::function<void(const std::string &event_json)>;

namespace detail {

// Calls the function. Its exception becomes what `report` is given, and the result.
template <typename Report>
int guarded(const sync_function &function, run &on, Report report) {
  try {
    function(on);
    return NANGOLITE_OK;
  } catch (const failure &thrown) {
    report(thrown.type(), thrown.what());
  } catch (const error &thrown) {
    report(nullptr, thrown.what());
    return thrown.result();
  } catch (const std::exception &thrown) {
    report(nullptr, thrown.what());
  } catch (...) {
    report(nullptr, "an exception that is no std::exception");
  }
  return NANGOLITE_ERROR;
}

}  // namespace detail

// A run that was claimed. Converts to false where nothing was due. It must be ended before its store goes; one
// that is not ended fails when the object goes, as when an exception passes.
class claimed_run : public run {
 public:
  explicit claimed_run(nangolite_run *from) : run(from) {}
  claimed_run(claimed_run &&other) noexcept : run(other.run_) { other.run_ = nullptr; }
  claimed_run &operator=(claimed_run &&other) noexcept {
    std::swap(run_, other.run_);
    return *this;
  }
  claimed_run(const claimed_run &) = delete;
  claimed_run &operator=(const claimed_run &) = delete;
  ~claimed_run() {
    if (run_ != nullptr) nangolite_run_finish(run_, "script_error", "the run was left before its end");
  }

  explicit operator bool() const { return run_ != nullptr; }

  // Ends it, as a success, or as a failure of this type. After any other error than NANGOLITE_ABORTED the run may
  // still be there, and can be ended again.
  void finish() { end(nullptr, nullptr); }
  void finish(const std::string &type, const std::string &description) { end(type.c_str(), description.c_str()); }

  // Calls the function with this run and ends it: an exception fails it, as in store::define().
  void execute(const sync_function &function) {
    bool is_failed = false;
    std::string type = "script_error", description;
    detail::guarded(function, *this, [&](const char *its_type, const char *what) {
      is_failed = true;
      if (its_type != nullptr) type = its_type;
      description = what;
    });
    end(is_failed ? type.c_str() : nullptr, is_failed ? description.c_str() : nullptr);
  }

 private:
  void end(const char *type, const char *description) {
    nangolite *store = nangolite_run_store(run_);
    int result = nangolite_run_finish(run_, type, description);
    if (result == NANGOLITE_OK || result == NANGOLITE_ABORTED) run_ = nullptr;
    if (result != NANGOLITE_OK) throw error(result, nangolite_errmsg(store));
  }
};

// ---- stores -------------------------------------------------------------------------------------------------

class store {
 public:
  // A file, or ":memory:".
  explicit store(const std::string &filename, const nangolite_options &options = nangolite_options())
      : store_(nullptr), mine_(new functions) {
    opened(nangolite_open(filename.c_str(), &options, &store_));
  }
  // Inside your own database, as nangolite_attach().
  explicit store(struct sqlite3 *db, const nangolite_options &options = nangolite_options())
      : store_(nullptr), mine_(new functions) {
    opened(nangolite_attach(db, &options, &store_));
  }
  store(store &&other) noexcept : store_(other.store_), mine_(std::move(other.mine_)) { other.store_ = nullptr; }
  store &operator=(store &&other) noexcept {
    std::swap(store_, other.store_);
    std::swap(mine_, other.mine_);
    return *this;
  }
  store(const store &) = delete;
  store &operator=(const store &) = delete;
  ~store() { nangolite_close(store_); }

  nangolite *get() const { return store_; }
  void interrupt() { nangolite_interrupt(store_); }   // from any thread

  std::int64_t now() const { return nangolite_now(store_); }
  void clock_set(std::int64_t microseconds) { nangolite_clock_set(store_, microseconds); }
  void clock_advance(std::int64_t microseconds) { nangolite_clock_advance(store_, microseconds); }

  // -- connections

  void connection_create(const std::string &provider_config_key, const std::string &connection_id) {
    check(nangolite_connection_create(store_, provider_config_key.c_str(), connection_id.c_str()));
  }
  void connection_delete(const std::string &provider_config_key, const std::string &connection_id) {
    check(nangolite_connection_delete(store_, provider_config_key.c_str(), connection_id.c_str()));
  }
  std::string connections(const std::string &provider_config_key = "") {   // JSON
    char *json = nullptr;
    check(nangolite_connections(store_, detail::or_null(provider_config_key), &json));
    return detail::taken(json);
  }
  std::string metadata(const std::string &provider_config_key, const std::string &connection_id) {
    char *json = nullptr;
    check(nangolite_metadata_get(store_, provider_config_key.c_str(), connection_id.c_str(), &json));
    return detail::taken(json);
  }
  void metadata_set(const std::string &provider_config_key, const std::string &connection_id, const std::string &json,
                    bool merge = false) {
    check(nangolite_metadata_set(store_, provider_config_key.c_str(), connection_id.c_str(), json.c_str(), merge));
  }
  // -- records

  changes save(const scope &where, const std::string &json) { return change(nangolite_records_save, where, json); }
  changes update(const scope &where, const std::string &json) {
    return change(nangolite_records_update, where, json);
  }
  changes remove(const scope &where, const std::string &json) {   // nangolite_records_delete()
    return change(nangolite_records_delete, where, json);
  }
  prune_result prune(const scope &where, const std::string &until_cursor = "", std::int64_t limit = 0) {
    nangolite_scope in = detail::c_scope(where);
    prune_result result = {0, false};
    int has_more = 0;
    check(nangolite_records_prune(store_, &in, detail::or_null(until_cursor), limit, &result.count, &has_more));
    result.has_more = has_more != 0;
    return result;
  }
  count_result count(const scope &where) {
    nangolite_scope in = detail::c_scope(where);
    count_result result = {0, 0};
    check(nangolite_records_count(store_, &in, &result.live, &result.bytes));
    return result;
  }
  page list(const scope &where, const query &what = query()) {
    nangolite_scope in = detail::c_scope(where);
    nangolite_page *found = nullptr;
    check(nangolite_records_list(store_, &in, detail::c_query(what).get(), &found));
    return page(found);
  }
  std::string collections(const std::string &provider_config_key = "", const std::string &connection_id = "",
                          std::int64_t changed_after = 0) {   // JSON
    char *json = nullptr;
    check(nangolite_collections(store_, detail::or_null(provider_config_key), detail::or_null(connection_id),
                                changed_after, &json));
    return detail::taken(json);
  }
  std::int64_t last_change() const { return nangolite_last_change(store_); }

  // -- syncs: names are "sync" or "sync::variant"; an empty connection_id means all connections, no names all syncs

  // The function is kept with the store. Members exec and user of the definition are not looked at.
  void define(nangolite_sync sync, sync_function function) {
    if (sync.provider_config_key == nullptr || sync.name == nullptr)
      throw error(NANGOLITE_MISUSE, "provider_config_key or name is NULL");
    std::shared_ptr<sync_function> given = std::make_shared<sync_function>(std::move(function));
    std::string name = std::string(sync.provider_config_key) + '/' + sync.name;
    std::unique_ptr<holder> &place = mine_->syncs[name];
    if (!place) place.reset(new holder);
    sync.exec = execute;
    sync.user = place.get();
    check(nangolite_sync_define(store_, &sync));
    place->function = std::move(given);
  }
  // Without a function: its runs are claimed with run_next().
  void define(nangolite_sync sync) {
    sync.exec = nullptr;
    check(nangolite_sync_define(store_, &sync));
  }
  void sync_remove(const std::string &provider_config_key, const std::string &name) {
    check(nangolite_sync_remove(store_, provider_config_key.c_str(), name.c_str()));
  }
  // Its function is then given by define() under the new name.
  void sync_rename(const std::string &provider_config_key, const std::string &name, const std::string &new_name) {
    check(nangolite_sync_rename(store_, provider_config_key.c_str(), name.c_str(), new_name.c_str()));
  }
  std::string syncs(const std::string &provider_config_key = "") {   // JSON
    char *json = nullptr;
    check(nangolite_syncs(store_, detail::or_null(provider_config_key), &json));
    return detail::taken(json);
  }
  std::string runs(const std::string &provider_config_key, const std::string &connection_id, const std::string &sync,
                   const std::string &variant = "", int limit = 0) {   // JSON, the newest first
    char *json = nullptr;
    check(nangolite_sync_runs(store_, provider_config_key.c_str(), connection_id.c_str(), sync.c_str(),
                              detail::or_null(variant), limit, &json));
    return detail::taken(json);
  }
  void cancel(const std::string &provider_config_key, const std::string &connection_id = "",
              const std::vector<std::string> &syncs = {}) {
    detail::c_names names(syncs);
    check(nangolite_sync_cancel(store_, provider_config_key.c_str(), detail::or_null(connection_id), names.data(),
                                names.size()));
  }
  void trigger(const std::string &provider_config_key, const std::string &connection_id = "",
               const std::vector<std::string> &syncs = {}, unsigned flags = 0) {
    detail::c_names names(syncs);
    check(nangolite_sync_trigger(store_, provider_config_key.c_str(), detail::or_null(connection_id), names.data(),
                                 names.size(), flags));
  }
  void start(const std::string &provider_config_key, const std::string &connection_id = "",
             const std::vector<std::string> &syncs = {}) {
    detail::c_names names(syncs);
    check(nangolite_sync_start(store_, provider_config_key.c_str(), detail::or_null(connection_id), names.data(),
                               names.size()));
  }
  void pause(const std::string &provider_config_key, const std::string &connection_id = "",
             const std::vector<std::string> &syncs = {}) {
    detail::c_names names(syncs);
    check(nangolite_sync_pause(store_, provider_config_key.c_str(), detail::or_null(connection_id), names.data(),
                               names.size()));
  }
  std::string status(const std::string &provider_config_key, const std::string &connection_id = "",
                     const std::vector<std::string> &syncs = {}) {
    detail::c_names names(syncs);
    char *json = nullptr;
    check(nangolite_sync_status(store_, provider_config_key.c_str(), detail::or_null(connection_id), names.data(),
                                names.size(), &json));
    return detail::taken(json);
  }
  // An empty frequency: back to that of the definition. Returns the one that now holds.
  std::string set_frequency(const std::string &provider_config_key, const std::string &connection_id,
                            const std::string &sync, const std::string &variant, const std::string &frequency) {
    char *active = nullptr;
    check(nangolite_sync_set_frequency(store_, provider_config_key.c_str(), connection_id.c_str(), sync.c_str(),
                                       detail::or_null(variant), detail::or_null(frequency), &active));
    return detail::taken(active);
  }
  void variant_create(const std::string &provider_config_key, const std::string &connection_id,
                      const std::string &sync, const std::string &variant) {
    check(nangolite_variant_create(store_, provider_config_key.c_str(), connection_id.c_str(), sync.c_str(),
                                   variant.c_str()));
  }
  void variant_delete(const std::string &provider_config_key, const std::string &connection_id,
                      const std::string &sync, const std::string &variant) {
    check(nangolite_variant_delete(store_, provider_config_key.c_str(), connection_id.c_str(), sync.c_str(),
                                   variant.c_str()));
  }

  // -- the schedule

  std::int64_t next_due() const { return nangolite_next_due(store_); }
  int run_due(int max_runs = 0) {   // how many were executed
    int ran = 0;
    check(nangolite_run_due(store_, max_runs, &ran));
    return ran;
  }
  int run_until(std::int64_t microseconds) {
    int ran = 0;
    check(nangolite_run_until(store_, microseconds, &ran));
    return ran;
  }
  claimed_run run_next() {
    nangolite_run *claimed = nullptr;
    check(nangolite_run_next(store_, &claimed));
    return claimed_run(claimed);
  }
  claimed_run run_claim(const std::string &provider_config_key, const std::string &connection_id,
                        const std::string &sync, const std::string &variant = "") {
    nangolite_run *claimed = nullptr;
    check(nangolite_run_claim(store_, provider_config_key.c_str(), connection_id.c_str(), sync.c_str(),
                              detail::or_null(variant), &claimed));
    return claimed_run(claimed);
  }
  claimed_run run_next_until(std::int64_t microseconds) {
    nangolite_run *claimed = nullptr;
    check(nangolite_run_next_until(store_, microseconds, &claimed));
    return claimed_run(claimed);
  }
  // -- events, care, requests

  void on_sync(event_function function) {   // an empty function: none
    mine_->event = std::move(function);
    check(nangolite_on_sync(store_, mine_->event ? deliver : nullptr, mine_.get()));
  }
  std::string check_store() {   // nangolite_check(): empty where the store is sound
    char *reason = nullptr;
    check(nangolite_check(store_, &reason));
    return detail::taken(reason);
  }
  std::string repair() {   // nangolite_repair(): what it did; empty where the store was sound
    char *report = nullptr;
    check(nangolite_repair(store_, &report));
    return detail::taken(report);
  }
  maintain_result maintain(std::int64_t max_records) {
    maintain_result result = {0, 0};
    check(nangolite_maintain(store_, max_records, &result.pruned, &result.deleted));
    return result;
  }
  nango::response request(const std::string &method, const std::string &target, const std::string &headers = "",
                          const std::string &body = "") {
    nango::response answer = {0, std::string()};
    char *json = nullptr;
    check(nangolite_request(store_, method.c_str(), target.c_str(), detail::or_null(headers), detail::or_null(body),
                            &answer.status, &json));
    answer.body = detail::taken(json);
    return answer;
  }
  void env_set(const std::string &name, const std::string &value) {
    check(nangolite_env_set(store_, name.c_str(), value.c_str()));
  }
  void backup(const std::string &filename) { check(nangolite_backup(store_, filename.c_str())); }
  std::string env(const std::string &name) {   // empty: not set
    char *value = nullptr;
    check(nangolite_env_get(store_, name.c_str(), &value));
    return detail::taken(value);
  }
  void env_remove(const std::string &name) { check(nangolite_env_set(store_, name.c_str(), nullptr)); }
  void secret_key_set(const std::string &key) { check(nangolite_secret_key_set(store_, detail::or_null(key))); }

  // -- testing syncs

  std::string expect(const scope &where, const std::string &json) {   // empty where they are equal
    nangolite_scope in = detail::c_scope(where);
    char *report = nullptr;
    check(nangolite_expect(store_, &in, json.data(), detail::length(json), &report));
    return detail::taken(report);
  }
  std::string snapshot() {   // the bytes of the whole store
    void *image = nullptr;
    std::size_t size = 0;
    check(nangolite_snapshot(store_, &image, &size));
    std::unique_ptr<void, void (*)(void *)> owner(image, nangolite_free);
    return std::string(static_cast<const char *>(image), size);
  }
  void restore(const std::string &image) { check(nangolite_restore(store_, image.data(), image.size())); }
  std::string dump(unsigned flags = 0) {   // the whole store, as lines of JSON
    std::string lines;
    check(nangolite_dump(store_, nullptr, flags, &store::add_line, &lines));
    return lines;
  }
  void load(const std::string &lines) { check(nangolite_load(store_, lines.data(), detail::length(lines))); }
  changes fixture_load(const std::string &provider_config_key, const std::string &connection_id, const std::string &json,
                       const std::string &variant = "") {
    changes counts = changes();
    check(nangolite_fixture_load(store_, provider_config_key.c_str(), connection_id.c_str(), detail::or_null(variant),
                                 json.data(), detail::length(json), &counts));
    return counts;
  }
 private:
  static int add_line(void *lines, const char *text, std::size_t length) {   // an exception must not cross C
    try {
      static_cast<std::string *>(lines)->append(text, length);
    } catch (...) { return 1; }
    return 0;
  }
  typedef int (*changing)(nangolite *, const nangolite_scope *, const char *, std::int64_t, nangolite_changes *);

  // What C holds pointers to. A function that is replaced while it is executed lives until it returns.
  struct holder { std::shared_ptr<sync_function> function; };
  struct functions {
    std::map<std::string, std::unique_ptr<holder>> syncs;
    event_function event;
    std::exception_ptr thrown;   // by the event callback
  };

  static int execute(nangolite_run *c_run, void *user) {
    std::shared_ptr<sync_function> function = static_cast<holder *>(user)->function;
    run on(c_run);
    return detail::guarded(*function, on, [&](const char *type, const char *what) {
      nangolite_run_fail(c_run, type, what);
    });
  }

  static void deliver(void *ctx, const char *event_json) {
    functions *mine = static_cast<functions *>(ctx);
    try {
      mine->event(event_json);
    } catch (...) {
      if (!mine->thrown) mine->thrown = std::current_exception();
    }
  }

  void opened(int result) {
    if (result == NANGOLITE_OK) return;
    error what(result, nangolite_errmsg(store_));
    nangolite_close(store_);
    throw what;
  }

  void check(int result) {
    std::exception_ptr thrown;
    std::swap(thrown, mine_->thrown);
    if (result != NANGOLITE_OK) throw error(result, nangolite_errmsg(store_));
    if (thrown) std::rethrow_exception(thrown);
  }

  changes change(changing call, const scope &where, const std::string &json) {
    nangolite_scope in = detail::c_scope(where);
    changes counts = changes();
    check(call(store_, &in, json.data(), detail::length(json), &counts));
    return counts;
  }

  nangolite *store_;
  std::unique_ptr<functions> mine_;
};

// ---- JSON ---------------------------------------------------------------------------------------------------

// The value at a JSON pointer, as it is written there; empty where there is none.
inline std::string json_find(const std::string &json, const std::string &pointer) {
  const char *value = nullptr;
  std::size_t length = 0;
  int result = nangolite_json_find(json.data(), detail::length(json), pointer.c_str(), &value, &length);
  if (result != NANGOLITE_OK) throw error(result, "it is not JSON, or not a pointer: " + pointer);
  return value == nullptr ? std::string() : std::string(value, length);
}

// A JSON string's characters, any other value as it is written.
inline std::string json_text(const std::string &value) {
  char *text = nullptr;
  int result = nangolite_json_text(value.data(), value.size(), &text);
  if (result != NANGOLITE_OK) throw error(result, "it is not JSON: " + value);
  return detail::taken(text);
}

}  // namespace nango

#endif
