// quickstart: a sync function in C++, and what an application reads.
//
//     c++ -c -I../../bindings/cpp -I../.. quickstart.cpp && cc -c ../../nangolite.c
//     c++ quickstart.o nangolite.o -lsqlite3 -o quickstart
#include <iostream>

#include "nangolite.hpp"

// Stands for a request to the external API.
static std::string fetch_issues(int turn) {
  if (turn == 3) throw std::runtime_error("the API does not answer");
  return turn == 1 ? R"([{"id": 1, "open": true}, {"id": 2, "open": true}])" : R"([{"id": 1, "open": false}])";
}

static void show(nango::page news) {
  for (const nangolite_record &record : news) std::cout << record.last_action << ' ' << record.payload << '\n';
}

int main() {
  try {
    nango::store store(":memory:");
    store.connection_create("github", "ada");

    const char *models[] = {"Issue"};
    nangolite_sync sync = nangolite_sync();
    sync.provider_config_key = "github";
    sync.name = "issues";
    sync.models = models;
    sync.model_count = 1;
    sync.frequency = "every hour";
    int turn = 0;
    store.define(sync, [&turn](nango::run &run) {
      run.track_deletes_start("Issue");
      run.save("Issue", fetch_issues(++turn));
      run.track_deletes_end("Issue");   // what was not saved in between is deleted
    });

    store.run_due();
    nango::page first = store.list({"github", "ada", "Issue"});
    std::string read_so_far = first.last_cursor();
    show(std::move(first));

    store.trigger("github");
    store.run_due();
    nango::query news;
    news.cursor = read_so_far;
    show(store.list({"github", "ada", "Issue"}, news));

    store.on_sync([](const std::string &event) {
      std::cout << "failed: " << nango::json_text(nango::json_find(event, "/error/description")) << '\n';
    });
    store.trigger("github");
    store.run_due();
  } catch (const nango::error &error) {
    std::cerr << error.name() << ": " << error.what() << '\n';
    return 1;
  }
}
