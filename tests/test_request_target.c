/* How methods, targets, headers and the key are read. */
#include "request.h"

TEST(test_a_target_may_be_written_in_many_ways) {
  static const request_case cases[] = {
    {"GET /records?model=Issue", NULL, "200"},
    {"GET /records/?model=Issue", NULL, "200"},
    {"GET https://api.nango.dev/records?model=Issue", NULL, "200"},
    {"GET http://localhost:3003/records/?model=Issue#top", NULL, "200"},
    {"GET HTTP://user:pass@[::1]:80/records?model=Issue", NULL, "200"},
    {"GET /%72ecor%64s?model=Issue", NULL, "200"},
    {"GET /records?%6dodel=%49ssue", NULL, "200"},
    {"GET /records?&model=Issue&&", NULL, "200"},
    {"GET /records?model=Issue#&x=1", NULL, "200"},
    {"GET /environment%2Dvariables", NULL, "200"},
    {"GET /environment-variables?", NULL, "200"},
  };
  judge(t, cases);
}

TEST(test_a_plus_is_a_blank_in_a_query) {
  save(t, "Issue", "[{'id':'a b'},{'id':'a+b'}]");
  SAME(part(t, ask(t, "GET /records?model=Issue&ids=a+b", NULL), "records[0].id"), "'a b'");
  SAME(part(t, ask(t, "GET /records?model=Issue&ids=a%20b", NULL), "records[0].id"), "'a b'");
  SAME(part(t, ask(t, "GET /records?model=Issue&ids=a%2bb", NULL), "records[0].id"), "'a+b'");
}

TEST(test_a_percent_sign_that_encodes_nothing_stands_for_itself) {
  save(t, "Issue", "[{'id':'100%'},{'id':'%zz'}]");
  SAME(part(t, ask(t, "GET /records?model=Issue&ids=100%", NULL), "records[0].id"), "'100%'");
  SAME(part(t, ask(t, "GET /records?model=Issue&ids=%zz", NULL), "records[0].id"), "'%zz'");
}

TEST(test_unknown_paths_are_not_found) {
  static const request_case cases[] = {
    {"GET /", NULL, "404 not_found"},
    {"GET ", NULL, "404 not_found"},
    {"GET records", NULL, "404 not_found"},
    {"GET //records", NULL, "404 not_found"},
    {"GET /records//", NULL, "404 not_found"},
    {"GET /records/x", NULL, "404 not_found"},
    {"GET /recordsx", NULL, "404 not_found"},
    {"GET /record", NULL, "404 not_found"},
    {"GET https://host", NULL, "404 not_found"},
    {"GET /sync%2Fstatus", NULL, "404 not_found"},
    {"POST /sync//variant/b", NULL, "404 not_found"},
    {"POST /sync/a/variant/", NULL, "404 not_found"},
    {"POST /sync/a/variant/b/c", NULL, "404 not_found"},
    {"POST /sync/a/variants/b", NULL, "404 not_found"},
    {"POST /sync/{name}/variant/{variant}", "{}",
     "400 invalid_body ['provider_config_key'] ['connection_id'] ['name'] ['variant']"},
  };
  judge(t, cases);
}

TEST(test_a_known_path_with_another_method_is_not_allowed) {
  static const char *const allowed[][2] = {{"GET", "/records"},
                                           {"PATCH", "/records/prune"},
                                           {"POST", "/sync/trigger"},
                                           {"POST", "/sync/start"},
                                           {"POST", "/sync/pause"},
                                           {"GET", "/sync/status"},
                                           {"PUT", "/sync/update-connection-frequency"},
                                           {"GET", "/environment-variables"},
                                           {"POST DELETE", "/sync/a/variant/b"}};
  static const char *const methods[] = {"GET",  "PUT",     "POST", "PATCH", "DELETE",
                                        "HEAD", "OPTIONS", "GETS", "GE",    ""};
  for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++) {
    for (size_t j = 0; j < sizeof methods / sizeof *methods; j++) {
      const char *answer = gist(t, ask(t, format(t, "%s %s", methods[j], allowed[i][1]), NULL));
      const char *word = strstr(allowed[i][0], methods[j]);
      int is_allowed = *methods[j] != '\0' && word != NULL && strcmp(methods[j], "GE") != 0;
      assert_int_equal(strcmp(answer, "405 method_not_allowed") != 0, is_allowed);
    }
  }
}

TEST(test_methods_are_known_in_any_letter_case) {
  SAME(gist(t, ask(t, "get /records?model=Issue", NULL)), "200");
}

TEST(test_header_names_are_case_insensitive_and_values_are_trimmed) {
  static const char *const blocks[] = {
    "connection-id: user-1\nprovider-config-key: github",
    "CONNECTION-ID:user-1\r\nPROVIDER-CONFIG-KEY:github\r\n\r\n",
    "\r\nUser-Agent: x\r\nConnection-Id: \t user-1 \t\r\nX:\r\nProvider-Config-Key:  github",
    "Connection-Ids: other\nConnection-I: other\nProvider-Config-Key: github\nConnection-Id: user-1\n",
  };
  for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
    SAME(gist(t, ask_with(t, "GET /records?model=Issue", blocks[i], NULL)), "200");
  }
}

TEST(test_all_characters_of_a_connection_id_arrive) {
  const char *name = "a,.;:=+~[]|@${}\"'\\/_ -z";
  OK(nangolite_connection_create(t->store, "~:.@ _-k", name));
  const char *headers = format(t, "Connection-Id: %s\nProvider-Config-Key: ~:.@ _-k", name);
  SAME(gist(t, ask_with(t, "GET /records?model=Issue", headers, NULL)), "200");
}

/* ---- the key ---- */

static const char *with_key(test *t, const char *authorization) {
  return gist(t, ask_with(t, "GET /environment-variables", authorization, NULL));
}

TEST(test_without_a_secret_key_none_is_asked_for) {
  SAME(with_key(t, NULL), "200");
  SAME(with_key(t, "Authorization: Bearer anything"), "200");
}

TEST(test_with_a_secret_key_requests_must_bring_it) {
  OK(nangolite_secret_key_set(t->store, "s3cret"));
  SAME(with_key(t, NULL), "401 missing_auth_header");
  SAME(with_key(t, "Authorization:"), "401 missing_auth_header");
  SAME(with_key(t, "X-Authorization: Bearer s3cret"), "401 missing_auth_header");
  SAME(with_key(t, "Authorization: Bearer s3cret"), "200");
  SAME(with_key(t, "authorization: bearer  s3cret \r\n"), "200");
}

TEST(test_another_key_is_unknown) {
  static const char *const wrong[] = {"Bearer",
                                      "Bearer ",
                                      "s3cret",
                                      "Basic s3cret",
                                      "Bearers3cret",
                                      "Bearer s3cre",
                                      "Bearer s3crets",
                                      "Bearer s3creT",
                                      "Bearer s3crets3cret",
                                      "Bearer x",
                                      "Bearer Bearer s3cret"};
  OK(nangolite_secret_key_set(t->store, "s3cret"));
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    SAME(with_key(t, format(t, "Authorization: %s", wrong[i])), "401 unknown_key");
  }
}

TEST(test_a_secret_key_can_be_replaced_and_removed) {
  OK(nangolite_secret_key_set(t->store, "one"));
  OK(nangolite_secret_key_set(t->store, "two"));
  SAME(with_key(t, "Authorization: Bearer one"), "401 unknown_key");
  SAME(with_key(t, "Authorization: Bearer two"), "200");
  FAILS(NANGOLITE_INVALID, nangolite_secret_key_set(t->store, ""));
  SAME(with_key(t, NULL), "401 missing_auth_header");
  OK(nangolite_secret_key_set(t->store, NULL));
  SAME(with_key(t, NULL), "200");
  assert_int_equal(nangolite_secret_key_set(NULL, "one"), NANGOLITE_MISUSE);
}

TEST(test_a_secret_key_is_of_the_handle_and_not_in_the_file) {
  OK(nangolite_secret_key_set(t->store, "s3cret"));
  reopen(t, NULL);
  SAME(with_key(t, NULL), "200");
}

TESTS(ATTACHED(test_a_target_may_be_written_in_many_ways), MEMORY(test_a_plus_is_a_blank_in_a_query),
      MEMORY(test_a_percent_sign_that_encodes_nothing_stands_for_itself),
      ATTACHED(test_unknown_paths_are_not_found),
      MEMORY(test_a_known_path_with_another_method_is_not_allowed),
      MEMORY(test_methods_are_known_in_any_letter_case),
      MEMORY(test_header_names_are_case_insensitive_and_values_are_trimmed),
      MEMORY(test_all_characters_of_a_connection_id_arrive),
      MEMORY(test_without_a_secret_key_none_is_asked_for),
      MEMORY(test_with_a_secret_key_requests_must_bring_it), MEMORY(test_another_key_is_unknown),
      MEMORY(test_a_secret_key_can_be_replaced_and_removed),
      ON_FILE(test_a_secret_key_is_of_the_handle_and_not_in_the_file))
