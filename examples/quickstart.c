#include <stdio.h>
#include "nangolite.h"

static void show(const char *when, const nangolite_page *page) {
  for (size_t i = 0; i < page->count; i++)
    printf("%s  %-7s  %s\n", when, page->records[i].last_action, page->records[i].payload);
}

int main(void) {
  nangolite *store;
  nangolite_page *all, *news;
  nangolite_scope issues = {"github", "ada", "Issue", NULL};
  if (nangolite_open(":memory:", NULL, &store) != NANGOLITE_OK) {
    puts(nangolite_errmsg(store));
    return 1;
  }
  nangolite_connection_create(store, "github", "ada");

  nangolite_records_save(store, &issues, "[{\"id\": 1, \"open\": true}, {\"id\": 2, \"open\": true},"
                                         " {\"id\": 3, \"open\": true}]", -1, NULL);
  nangolite_records_list(store, &issues, NULL, &all);
  show("at first", all);

  nangolite_records_save(store, &issues, "[{\"open\":true, \"id\":1}, {\"open\":false, \"id\":2}]", -1, NULL);
  nangolite_records_delete(store, &issues, "{\"id\": 3}", -1, NULL);
  nangolite_query query = {.cursor = all->records[all->count - 1].cursor};
  nangolite_records_list(store, &issues, &query, &news);
  show("and then", news);

  nangolite_page_free(all);
  nangolite_page_free(news);
  nangolite_close(store);
}
