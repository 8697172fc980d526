/* What requests refuse: every parameter at both sides of its limits, and every wrong member reported at
** once. */
#include "request.h"

#define CURSOR "MjAyNC0wMS0xNVQxMDozMTowMC4wMDBafHwxMjM0NTY3" /* 2024-01-15T10:31:00.000Z||1234567 */
#define PRUNE "PATCH /records/prune"
#define Q "invalid_query_params"
#define H "invalid_headers"
#define B "invalid_body"
#define U "invalid_uri_params"

/* `count` times this character. */
static const char *many(test *t, char c, int count) {
  char *text = (char *)(uintptr_t)format(t, "%*s", count, "");
  memset(text, c, (size_t)count);
  return text;
}

TEST(test_names_in_a_query_are_checked) {
  static const request_case cases[] = {
    {"GET /records", NULL, "400 " Q " ['model']"},
    {"GET /records?model=", NULL, "400 " Q " ['model']"},
    {"GET /records?model=I", NULL, "400 " Q " ['model']"},
    {"GET /records?model=Is", NULL, "200"},
    {"GET /records?model=issue", NULL, "400 " Q " ['model']"},
    {"GET /records?model=Is%20sue", NULL, "400 " Q " ['model']"},
    {"GET /records?model=Is%00sue", NULL, "400 " Q " ['model']"},
    {"GET /records?model", NULL, "400 " Q " ['model']"},
    {"GET /records?model=Issue&model=Issue", NULL, "400 " Q " ['model']"},
    {"GET /records?model=Issue&variant=", NULL, "400 " Q " ['variant']"},
    {"GET /records?model=Issue&variant=e_-9U", NULL, "200"},
    {"GET /records?model=Issue&variant=e.u", NULL, "400 " Q " ['variant']"},
  };
  judge(t, cases);
  const char *longest = many(t, 'A', 255);
  SAME(gist(t, ask(t, format(t, "GET /records?model=%s&variant=%s", longest, longest), NULL)), "200");
  SAME(gist(t, ask(t, format(t, "GET /records?model=%sA&variant=%sA", longest, longest), NULL)),
       "400 " Q " ['model'] ['variant']");
}

TEST(test_times_limits_and_filters_are_checked) {
  static const request_case cases[] = {
    {"GET /records?model=Issue&modified_after=2024-01-15T10:30:00.123456789-12:34", NULL, "200"},
    {"GET /records?model=Issue&modified_after=2024-01-15", NULL, "400 " Q " ['modified_after']"},
    {"GET /records?model=Issue&modified_after=", NULL, "400 " Q " ['modified_after']"},
    {"GET /records?model=Issue&modified_after=2024-01-15T10:30:00+01:00", NULL,
     "400 " Q " ['modified_after']"},
    {"GET /records?model=Issue&delta=yesterday&modified_after=2024-01-15T10:30:00Z", NULL,
     "400 " Q " ['delta']"},
    {"GET /records?model=Issue&limit=1", NULL, "200"},
    {"GET /records?model=Issue&limit=500", NULL, "200"},
    {"GET /records?model=Issue&limit=0", NULL, "400 " Q " ['limit']"},
    {"GET /records?model=Issue&limit=501", NULL, "400 " Q " ['limit']"},
    {"GET /records?model=Issue&limit=-1", NULL, "400 " Q " ['limit']"},
    {"GET /records?model=Issue&limit=1.5", NULL, "400 " Q " ['limit']"},
    {"GET /records?model=Issue&limit=", NULL, "400 " Q " ['limit']"},
    {"GET /records?model=Issue&limit=ten", NULL, "400 " Q " ['limit']"},
    {"GET /records?model=Issue&limit=1x", NULL, "400 " Q " ['limit']"},
    {"GET /records?model=Issue&limit=18446744073709551617", NULL, "400 " Q " ['limit']"},
    {"GET /records?model=Issue&filter=", NULL, "400 " Q " ['filter']"},
    {"GET /records?model=Issue&filter=new", NULL, "400 " Q " ['filter']"},
    {"GET /records?model=Issue&filter=added,", NULL, "400 " Q " ['filter']"},
    {"GET /records?model=Issue&filter=added,+deleted", NULL, "400 " Q " ['filter']"},
    {"GET /records?model=Issue&filter=addedx", NULL, "400 " Q " ['filter']"},
    {"GET /records?model=Issue&filter=added,DELETED,Updated", NULL, "200"},
  };
  judge(t, cases);
}

TEST(test_a_malformed_cursor_is_invalid_input) {
  static const request_case cases[] = {
    {"GET /records?model=Issue&cursor=" CURSOR, NULL, "200"},
    {"GET /records?model=Issue&cursor=", NULL, "400 " Q " ['cursor']"},
    {"GET /records?model=Issue&cursor=x", NULL, "400 " Q " ['cursor']"},
    {"GET /records?model=Issue&cursor=" CURSOR "=", NULL, "400 " Q " ['cursor']"},
    {"GET /records?model=Issue&cursor=bm90IGEgY3Vyc29y", NULL, "400 " Q " ['cursor']"},
    {PRUNE, "{'model':'Issue','until_cursor':'" CURSOR "'}", "200"},
    {PRUNE, "{'model':'Issue','until_cursor':'x'}", "400 " B " ['until_cursor']"},
    {PRUNE, "{'model':'Issue','until_cursor':''}", "400 " B " ['until_cursor']"},
  };
  judge(t, cases);
}

static const char *with_ids(test *t, int count) {
  const char *line = "GET /records?model=Issue";
  for (int i = 0; i < count; i++) line = format(t, "%s&ids=%d", line, i);
  return gist(t, ask(t, line, NULL));
}

TEST(test_up_to_100_ids_of_1_to_1024_bytes) {
  static const request_case cases[] = {
    {"GET /records?model=Issue&ids=", NULL, "400 " Q " ['ids']"},
    {"GET /records?model=Issue&ids=%ff", NULL, "400 " Q " ['ids']"},
    {"GET /records?model=Issue&ids=a%00", NULL, "400 " Q " ['ids']"},
    {"GET /records?model=Issue&ids=1&ids=2&ids=", NULL, "400 " Q " ['ids']"},
  };
  judge(t, cases);
  SAME(with_ids(t, 100), "200");
  SAME(with_ids(t, 101), "400 " Q " ['ids']");
  SAME(gist(t, ask(t, format(t, "GET /records?model=Issue&ids=%s", many(t, 'x', 1024)), NULL)), "200");
  SAME(gist(t, ask(t, format(t, "GET /records?model=Issue&ids=%s", many(t, 'x', 1025)), NULL)),
       "400 " Q " ['ids']");
}

TEST(test_members_of_a_body_are_checked) {
  static const request_case cases[] = {
    {PRUNE, NULL, "400 " B " ['model'] ['until_cursor']"},
    {PRUNE, "", "400 " B " ['model'] ['until_cursor']"},
    {PRUNE, " { } ", "400 " B " ['model'] ['until_cursor']"},
    {PRUNE, "{'model':'issue','until_cursor':'" CURSOR "'}", "400 " B " ['model']"},
    {PRUNE, "{'model':7,'until_cursor':'" CURSOR "'}", "400 " B " ['model']"},
    {PRUNE, "{'model':null,'until_cursor':null}", "400 " B " ['model'] ['until_cursor']"},
    {PRUNE, "{'model':'Issue','until_cursor':'" CURSOR "','variant':null}", "400 " B " ['variant']"},
    {PRUNE, "{'model':'Issue','until_cursor':'" CURSOR "','variant':'a b'}", "400 " B " ['variant']"},
    {PRUNE, "{'model':'Issue','until_cursor':'" CURSOR "','limit':1}", "200"},
    {PRUNE, "{'model':'Issue','until_cursor':'" CURSOR "','limit':1.0}", "200"},
    {PRUNE, "{'model':'Issue','until_cursor':'" CURSOR "','limit':9223372036854775807}", "200"},
    {PRUNE, "{'model':'Issue','until_cursor':'" CURSOR "','limit':99999999999999999999}", "200"},
    {PRUNE, "{'model':'Issue','until_cursor':'" CURSOR "','limit':0}", "400 " B " ['limit']"},
    {PRUNE, "{'model':'Issue','until_cursor':'" CURSOR "','limit':-0}", "400 " B " ['limit']"},
    {PRUNE, "{'model':'Issue','until_cursor':'" CURSOR "','limit':-5}", "400 " B " ['limit']"},
    {PRUNE, "{'model':'Issue','until_cursor':'" CURSOR "','limit':1.5}", "400 " B " ['limit']"},
    {PRUNE, "{'model':'Issue','until_cursor':'" CURSOR "','limit':'x'}", "400 " B " ['limit']"},
    {PRUNE, "{'model':'Issue','until_cursor':'" CURSOR "','limit':'5'}", "200"},
    {PRUNE, "{'model':'Issue','until_cursor':'" CURSOR "','limit':'0'}", "400 " B " ['limit']"},
    {PRUNE, "{'model':'Issue','until_cursor':'" CURSOR "','limit':''}", "400 " B " ['limit']"},
    {PRUNE, "{'model':'Issue','until_cursor':'" CURSOR "','limit':true}", "400 " B " ['limit']"},
    {PRUNE, "{'m\\u006fdel':'Iss\\u0075e','until_cursor':'" CURSOR "'}", "200"},
    {PRUNE, "{'model':'Issue\\u0000','until_cursor':'" CURSOR "'}", "400 " B " ['model']"},
    {PRUNE, "{'model':'x','model':'Issue','until_cursor':'" CURSOR "'}", "200"},
  };
  judge(t, cases);
}

TEST(test_a_body_must_be_a_json_object) {
  static const request_case cases[] = {
    {PRUNE, "{'model':'Issue'", "400 " B " []"},
    {PRUNE, "model=Issue", "400 " B " []"},
    {PRUNE, "[]", "400 " B " []"},
    {PRUNE, "null", "400 " B " []"},
    {PRUNE, "{'model':'\xff'}", "400 " B " []"},
    {"GET /environment-variables", "[]", "400 " B " []"},
    {"GET /environment-variables", "{}", "200"},
  };
  judge(t, cases);
  const char *deep = format(t, "{\"model\":%s", many(t, '[', 2000));
  SAME(gist(t, ask(t, PRUNE, deep)), "400 " B " []");
}

TEST(test_unknown_members_are_refused) {
  static const request_case cases[] = {
    {"GET /records?model=Issue&offset=3", NULL, "400 " Q " ['offset']"},
    {"GET /records?model=Issue&Limit=3", NULL, "400 " Q " ['Limit']"},
    {"GET /records?model=Issue&ids[x]=3", NULL, "400 " Q " ['ids[x]']"},
    {"GET /records?model=Issue&ids[=3", NULL, "400 " Q " ['ids[']"},
    {"GET /records?model=Issue&ids]=3", NULL, "400 " Q " ['ids]']"},
    {"GET /records?model=Issue&ids[0][1]=3", NULL, "400 " Q " ['ids[0][1]']"},
    {"GET /records?model[]=Issue", NULL, "400 " Q " ['model[]'] ['model']"},
    {"GET /records?model=Issue&caf%C3%A9=3", NULL, "400 " Q " ['caf\xc3\xa9']"},
    {"GET /records?model=Issue&a%22b%0a=3", NULL, "400 " Q " ['a\\'b\\n']"},
    {"GET /records?model=Issue&a%ffb=3", NULL,
     "400 " Q " ['a\xef\xbf\xbd"
     "b']"},
    {"GET /records?model=Issue&%C3%A9%ff=3", NULL, "400 " Q " ['\xc3\xa9\xef\xbf\xbd']"},
    {"GET /records?model=Issue&=3", NULL, "400 " Q " ['']"},
    {"GET /environment-variables?a=1", NULL, "400 " Q " ['a']"},
    {"GET /environment-variables", "{'a':1}", "400 " B " ['a']"},
    {"GET /records?model=Issue", "{'limit':1}", "400 " B " ['limit']"},
    {PRUNE, "{'model':'Issue','until_cursor':'" CURSOR "','x':1,'':2}", "400 " B " ['x'] ['']"},
    {"POST /sync/start", "{'provider_config_key':'github','syncs':[],'opts':{}}", "400 " B " ['opts']"},
  };
  judge(t, cases);
}

TEST(test_a_request_that_takes_a_body_takes_no_query) {
  static const request_case cases[] = {
    {"PATCH /records/prune?model=Issue", "{'model':'Issue','until_cursor':'" CURSOR "'}",
     "400 " Q " ['model']"},
    {"POST /sync/trigger?syncs=a", "{'provider_config_key':'github','syncs':[]}", "400 " Q " ['syncs']"},
    {"POST /sync/start?a", "{'provider_config_key':'github','syncs':[]}", "400 " Q " ['a']"},
    {"POST /sync/pause?a=", "{'provider_config_key':'github','syncs':[]}", "400 " Q " ['a']"},
    {"PUT /sync/update-connection-frequency?frequency=1h",
     "{'provider_config_key':'github','connection_id':'user-1','sync_name':'a','frequency':null}",
     "400 " Q " ['frequency']"},
    {"POST /sync/a/variant/b?x=1", "{'provider_config_key':'github','connection_id':'user-1'}",
     "400 " Q " ['x']"},
    {"DELETE /sync/a/variant/b?x=1", "{'provider_config_key':'github','connection_id':'user-1'}",
     "400 " Q " ['x']"},
    {"PATCH /records/prune?", "{'model':'Issue','until_cursor':'" CURSOR "'}", "200"},
  };
  judge(t, cases);
}

TEST(test_every_wrong_member_is_reported_at_once) {
  static const request_case cases[] = {
    {"GET /records?model=issue&limit=0&cursor=x&offset=3&filter=new", NULL,
     "400 " Q " ['offset'] ['model'] ['filter'] ['cursor'] ['limit']"},
    {"POST /sync/trigger",
     "{'provider_config_key':'~!','x':1,'opts':{'reset':1,'y':2},'syncs':['a b',7,{'variant':'c'}]}",
     "400 " B " ['x'] ['provider_config_key'] ['syncs','0'] ['syncs','1'] ['syncs','2','name']"
     " ['opts','reset']"},
    {"POST /sync/a.b/variant/c%20d?q=1", "{'connection_id':7}",
     "400 " Q " ['q'] ['provider_config_key'] ['connection_id'] ['name'] ['variant']"},
  };
  judge(t, cases);
  SAME(gist(t, ask_with(t, "GET /records?model=issue", "Connection-Id: user-1", NULL)),
       "400 " Q " ['model'] ['provider-config-key']");
}

TEST(test_the_message_names_the_first_wrong_member) {
  const char *answer = ask(t, "GET /records?model=Issue&limit=501", NULL);
  assert_non_null(strstr(part(t, answer, "error.message"), "limit must be an integer from 1 to 500"));
  answer =
    ask(t, "POST /sync/start", "{'provider_config_key':'github','syncs':['a',{'name':'b','variant':1}]}");
  assert_non_null(strstr(part(t, answer, "error.message"), "syncs[1].variant"));
}

TEST(test_every_element_of_a_path_is_a_string) {
  const char *answer =
    ask(t, "POST /sync/start", "{'provider_config_key':'github','syncs':['a',{'name':'b','variant':1}]}");
  SAME(part(t, answer, "error.errors[0].path"), "['syncs','1','variant']");
}

TEST(test_at_most_50_errors_are_listed_and_the_message_says_how_many_more) {
  const char *names = "";
  for (int i = 0; i < 50; i++) names = format(t, "%s%s'a b'", names, i == 0 ? "" : ",");
  const char *body = "{'provider_config_key':'github','syncs':[%s]}";
  const char *answer = ask(t, "POST /sync/start", format(t, body, names));
  assert_non_null(part(t, answer, "error.errors[49]"));
  assert_null(strstr(part(t, answer, "error.message"), "more"));
  answer = ask(t, "POST /sync/start", format(t, body, format(t, "%s,7,''", names)));
  assert_non_null(part(t, answer, "error.errors[49]"));
  assert_null(part(t, answer, "error.errors[50]"));
  assert_non_null(strstr(part(t, answer, "error.message"), "syncs[0] "));
  assert_non_null(strstr(part(t, answer, "error.message"), "(2 more errors are not listed)"));
}

/* The first of all is that of the first place, also where it was found late. */
TEST(test_what_is_wrong_in_a_query_goes_before_any_number_of_wrong_headers) {
  const char *headers = "";
  for (int i = 0; i < 100; i++) headers = format(t, "%snonsense\n", headers);
  const char *answer = ask_with(t, "GET /records?model=issue", headers, NULL);
  SAME(part(t, answer, "error.code"), "'" Q "'");
  assert_non_null(strstr(part(t, answer, "error.message"), "model "));
  assert_non_null(strstr(part(t, answer, "error.message"), "(53 more errors are not listed)"));
}

TEST(test_headers_of_records_are_checked) {
  static const struct {
    const char *headers, *gist;
  } cases[] = {
    {NULL, "400 " H " ['connection-id'] ['provider-config-key']"},
    {"", "400 " H " ['connection-id'] ['provider-config-key']"},
    {"Connection-Id: user-1", "400 " H " ['provider-config-key']"},
    {"Provider-Config-Key: github", "400 " H " ['connection-id']"},
    {"Provider-Config-Key: github\nConnection-Id:", "400 " H " ['connection-id']"},
    {"Provider-Config-Key: git/hub\nConnection-Id: user-1", "400 " H " ['provider-config-key']"},
    {"Provider-Config-Key: github\nConnection-Id: us\xc3\xa9r", "400 " H " ['connection-id']"},
    {"Provider-Config-Key: github\nConnection-Id: a\nConnection-Id: b", "400 " H " ['connection-id']"},
    {"Provider-Config-Key: github\nConnection-Id: user-1\nnonsense", "400 " H " ['nonsense']"},
    {"Provider-Config-Key: github\nConnection-Id: user-1\n: nameless", "400 " H " [': nameless']"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    SAME(gist(t, ask_with(t, "GET /records?model=Issue", cases[i].headers, NULL)), cases[i].gist);
    SAME(gist(t, ask_with(t, PRUNE, cases[i].headers, "{'model':'Issue','until_cursor':'" CURSOR "'}")),
         cases[i].gist);
  }
}

TEST(test_what_records_name_must_be_there) {
  static const struct {
    const char *headers, *gist;
  } cases[] = {
    {"Provider-Config-Key: github\nConnection-Id: user-2", "400 unknown_connection"},
    {"Provider-Config-Key: gitlab\nConnection-Id: user-1", "400 unknown_connection"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    SAME(gist(t, ask_with(t, "GET /records?model=Issue", cases[i].headers, NULL)), cases[i].gist);
    SAME(gist(t, ask_with(t, PRUNE, cases[i].headers, "{'model':'Issue','until_cursor':'" CURSOR "'}")),
         cases[i].gist);
  }
}

TEST(test_checks_are_made_in_this_order_key_path_method_input_and_what_is_named) {
  OK(nangolite_secret_key_set(t->store, "s3cret"));
  SAME(gist(t, ask(t, "GET /nowhere", NULL)), "401 missing_auth_header");
  OK(nangolite_secret_key_set(t->store, NULL));
  SAME(gist(t, ask(t, "BREW /nowhere?x=1", "x")), "404 not_found");
  SAME(gist(t, ask(t, "BREW /records?x=1", "x")), "405 method_not_allowed");
  SAME(gist(t, ask_with(t, "GET /records?model=issue", "Connection-Id: a\nProvider-Config-Key: b", NULL)),
       "400 " Q " ['model']");
  SAME(gist(t, ask_with(t, "GET /records?model=Issue", "Connection-Id: a\nProvider-Config-Key: b", NULL)),
       "400 unknown_connection");
}

TEST(test_null_where_a_pointer_is_needed_is_misuse) {
  int status = 7;
  char *response = NULL;
  FAILS(NANGOLITE_MISUSE, nangolite_request(t->store, NULL, "/records", NULL, NULL, &status, &response));
  assert_int_equal(status, 0);
  FAILS(NANGOLITE_MISUSE, nangolite_request(t->store, "GET", NULL, NULL, NULL, &status, &response));
  FAILS(NANGOLITE_MISUSE, nangolite_request(t->store, "GET", "/records", NULL, NULL, NULL, &response));
  FAILS(NANGOLITE_MISUSE, nangolite_request(t->store, "GET", "/records", NULL, NULL, &status, NULL));
  assert_int_equal(nangolite_request(NULL, "GET", "/records", NULL, NULL, &status, &response),
                   NANGOLITE_MISUSE);
  assert_null(response);
}

TESTS(ATTACHED(test_names_in_a_query_are_checked), ATTACHED(test_times_limits_and_filters_are_checked),
      ATTACHED(test_a_malformed_cursor_is_invalid_input), ATTACHED(test_up_to_100_ids_of_1_to_1024_bytes),
      ATTACHED(test_members_of_a_body_are_checked), ATTACHED(test_a_body_must_be_a_json_object),
      ATTACHED(test_unknown_members_are_refused), ATTACHED(test_a_request_that_takes_a_body_takes_no_query),
      ATTACHED(test_every_wrong_member_is_reported_at_once),
      MEMORY(test_the_message_names_the_first_wrong_member), MEMORY(test_every_element_of_a_path_is_a_string),
      MEMORY(test_at_most_50_errors_are_listed_and_the_message_says_how_many_more),
      MEMORY(test_what_is_wrong_in_a_query_goes_before_any_number_of_wrong_headers),
      MEMORY(test_headers_of_records_are_checked), MEMORY(test_what_records_name_must_be_there),
      MEMORY(test_checks_are_made_in_this_order_key_path_method_input_and_what_is_named),
      MEMORY(test_null_where_a_pointer_is_needed_is_misuse))
