/* The routes on connections: their metadata, one of them, and the list. */
#include <stdlib.h>

#include "request.h"

#define METADATA "/connections/metadata"
#define GITHUB "'provider_config_key':'github'"
#define B "invalid_body"
#define Q "invalid_query_params"

static const char *metadata(test *t, const char *connection_id) {
  char *json = NULL;
  OK(nangolite_metadata_get(t->store, "github", connection_id, &json));
  return single_quoted(t, taken(t, json));
}

TEST(test_post_replaces_metadata_and_answers_the_body) {
  static const char body[] = "{" GITHUB ",'connection_id':'user-1', 'metadata':{'a' : 1}}";
  SAME(ask_with(t, "POST " METADATA, NULL, format(t, " %s \n", body)), format(t, "201 %s", body));
  SAME(metadata(t, "user-1"), "{'a' : 1}");
  SAME(gist(t, ask(t, "POST " METADATA, "{" GITHUB ",'connection_id':'user-1','metadata':{'b':2}}")), "201");
  SAME(metadata(t, "user-1"), "{'b':2}");
}

TEST(test_patch_merges_metadata_at_the_top) {
  SAME(gist(t, ask(t, "PATCH " METADATA, "{" GITHUB ",'connection_id':'user-1','metadata':{'a':{'x':1}}}")),
       "200");
  SAME(ask(t, "PATCH " METADATA, "{" GITHUB ",'connection_id':'user-1','metadata':{'b':null,'a':{'y':2}}}"),
       "200 {" GITHUB ",'connection_id':'user-1','metadata':{'b':null,'a':{'y':2}}}");
  SAME(metadata(t, "user-1"), "{'a':{'y':2},'b':null}");
}

TEST(test_metadata_of_several_connections_are_set_at_once_or_not_at_all) {
  OK(nangolite_connection_create(t->store, "github", "user-2"));
  SAME(
    gist(t, ask(t, "POST " METADATA, "{" GITHUB ",'connection_id':['user-1','user-2'],'metadata':{'a':1}}")),
    "201");
  SAME(metadata(t, "user-1"), "{'a':1}");
  SAME(metadata(t, "user-2"), "{'a':1}");
  SAME(
    gist(t, ask(t, "PATCH " METADATA, "{" GITHUB ",'connection_id':['user-2','user-3'],'metadata':{'b':1}}")),
    "404 unknown_connection");
  SAME(metadata(t, "user-2"), "{'a':1}");
  SAME(gist(t, ask(t, "POST " METADATA, "{" GITHUB ",'connection_id':[],'metadata':{'b':1}}")), "201");
}

TEST(test_metadata_are_checked) {
  static const char *const lines[] = {"POST " METADATA, "PATCH " METADATA};
  static const struct {
    const char *body, *gist;
  } cases[] = {
    {NULL, "400 " B " ['provider_config_key'] ['connection_id'] ['metadata']"},
    {"{" GITHUB ",'connection_id':'user-1'}", "400 " B " ['metadata']"},
    {"{" GITHUB ",'connection_id':'user-1','metadata':null}", "400 " B " ['metadata']"},
    {"{" GITHUB ",'connection_id':'user-1','metadata':[]}", "400 " B " ['metadata']"},
    {"{" GITHUB ",'connection_id':'user-1','metadata':'x'}", "400 " B " ['metadata']"},
    {"{" GITHUB ",'connection_id':7,'metadata':{}}", "400 " B " ['connection_id']"},
    {"{" GITHUB ",'connection_id':'','metadata':{}}", "400 " B " ['connection_id']"},
    {"{" GITHUB ",'connection_id':null,'metadata':{}}", "400 " B " ['connection_id']"},
    {"{" GITHUB ",'connection_id':['user-1',7,'\\u00e9'],'metadata':{}}",
     "400 " B " ['connection_id','1'] ['connection_id','2']"},
    {"{" GITHUB ",'connection_id':'user-1','metadata':{},'x':1}", "400 " B " ['x']"},
    {"{'provider_config_key':'a/b','connection_id':'user-1','metadata':{}}",
     "400 " B " ['provider_config_key']"},
    {"{" GITHUB ",'connection_id':'user-9','metadata':{}}", "404 unknown_connection"},
    {"{'provider_config_key':'slack','connection_id':'user-1','metadata':{}}", "404 unknown_connection"},
  };
  for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
    for (size_t j = 0; j < sizeof cases / sizeof *cases; j++) {
      request_case one[] = {{lines[i], cases[j].body, cases[j].gist}};
      judge(t, one);
    }
  }
  const char *answer = ask(t, "POST " METADATA, "{" GITHUB ",'connection_id':['a',7],'metadata':{}}");
  assert_non_null(strstr(part(t, answer, "error.message"), "connection_id[1] must be a string"));
  SAME(gist(t, ask(t, "POST " METADATA "?x=1", "{" GITHUB ",'connection_id':'user-1','metadata':{}}")),
       "400 " Q " ['x']");
}

static const char *number_of(test *t, const char *connection_id) {
  const char *answer =
    ask(t, format(t, "GET /connections/%s?provider_config_key=github", connection_id), NULL);
  return part(t, answer, "id");
}

TEST(test_a_connection_is_told_whole) {
  const char *answer = ask_with(t, "GET /connections/user-1?provider_config_key=github", NULL, NULL);
  const char *id = part(t, answer, "id");
  assert_true(atoi(id) > 0);
  SAME(answer,
       format(t,
              "200 {'id':%s,'connection_id':'user-1','provider_config_key':'github','provider':'github',"
              "'errors':[],'end_user':null,'tags':{},'metadata':null,'connection_config':{},"
              "'webhook_url_override':null,'created_at':'2024-01-15T10:30:00.000Z',"
              "'updated_at':'2024-01-15T10:30:00.000Z','last_fetched_at':null,'credentials':{}}",
              id));
  nangolite_clock_advance(t->store, MINUTES(1));
  OK(nangolite_metadata_set(t->store, "github", "user-1", "{\"a\":1}", 0));
  answer = ask(t, "GET /connections/user-1?provider_config_key=github", NULL);
  SAME(part(t, answer, "metadata"), "{'a':1}");
  SAME(part(t, answer, "created_at"), "'2024-01-15T10:30:00.000Z'");
  SAME(part(t, answer, "updated_at"), "'2024-01-15T10:31:00.000Z'");
}

TEST(test_what_a_client_asks_of_credentials_is_ignored) {
  static const request_case cases[] = {
    {"GET /connections/user-1?provider_config_key=github&force_refresh=false&refresh_token=true"
     "&refresh_github_app_jwt_token=false",
     NULL, "200"},
    {"GET /connections/user-1?provider_config_key=github&refresh_token=1&refresh_token=2", NULL, "200"},
  };
  judge(t, cases);
}

TEST(test_one_connection_is_checked) {
  static const request_case cases[] = {
    {"GET /connections/user-1", NULL, "400 " Q " ['provider_config_key']"},
    {"GET /connections/user-1?provider_config_key=", NULL, "400 " Q " ['provider_config_key']"},
    {"GET /connections/user-1?provider_config_key=github&x=1", NULL, "400 " Q " ['x']"},
    {"GET /connections/caf%C3%A9?provider_config_key=github", NULL,
     "400 invalid_uri_params ['connection_id']"},
    {"GET /connections/user-9?provider_config_key=github", NULL, "404 not_found"},
    {"GET /connections/metadata?provider_config_key=github", NULL, "404 not_found"},
    {"GET /connections/user-1?provider_config_key=slack", NULL, "400 unknown_provider_config"},
    {"DELETE /connections/user-1?provider_config_key=github", NULL, "405 method_not_allowed"},
    {"POST /connections", "{}", "405 method_not_allowed"},
    {"GET /connections/user-1/x?provider_config_key=github", NULL, "404 not_found"},
  };
  judge(t, cases);
  OK(nangolite_connection_create(t->store, "github", "a/b c"));
  SAME(gist(t, ask(t, "GET /connections/a%2Fb%20c?provider_config_key=github", NULL)), "200");
}

/* ---- the list ---- */

static void fill(test *t) {
  nangolite_clock_advance(t->store, MINUTES(1));
  OK(nangolite_connection_create(t->store, "gitlab", "Mira"));
  OK(nangolite_connection_create(t->store, "github", "okan"));
  nangolite_clock_advance(t->store, MINUTES(-2));
  OK(nangolite_connection_create(t->store, "github", "mirabelle"));
}

/* "Mira okan" */
static const char *listed(test *t, const char *query) {
  const char *answer = ask_with(t, format(t, "GET /connections%s", query), NULL, NULL), *text = "", *id;
  SAME(gist(t, answer), "200");
  for (int i = 0; (id = part(t, answer, format(t, "connections[%d].connection_id", i))) != NULL; i++)
    text = format(t, "%s%s%.*s", text, i == 0 ? "" : " ", (int)strlen(id) - 2, id + 1);
  return text;
}

TEST(test_a_listed_connection) {
  OK(nangolite_metadata_set(t->store, "github", "user-1", "{\"a\":1}", 0));
  SAME(ask(t, "GET /connections", NULL),
       format(t,
              "200 {'connections':[{'id':%s,'connection_id':'user-1','provider_config_key':'github',"
              "'provider':'github','errors':[],'end_user':null,'tags':{},'metadata':{'a':1},"
              "'created':'2024-01-15T10:30:00.000Z'}]}",
              number_of(t, "user-1")));
}

TEST(test_connections_are_listed_the_youngest_first) {
  fill(t);
  SAME(listed(t, ""), "okan Mira user-1 mirabelle");
}

TEST(test_connections_are_searched) {
  fill(t);
  SAME(listed(t, "?connectionId=okan"), "okan");
  SAME(listed(t, "?connectionId=oka"), "");
  SAME(listed(t, "?search=MIRA"), "Mira mirabelle");
  SAME(listed(t, "?search=a_"), "");
  SAME(listed(t, "?integrationId=gitlab"), "Mira");
  SAME(listed(t, "?integrationId=slack,+github,gitlab"), "okan Mira user-1 mirabelle");
  SAME(listed(t, "?integrationId=github&search=a"), "okan mirabelle");
}

TEST(test_connections_are_paged) {
  fill(t);
  SAME(listed(t, "?limit=3"), "okan Mira user-1");
  SAME(listed(t, "?limit=3&page=0"), "okan Mira user-1");
  SAME(listed(t, "?limit=3&page=1"), "mirabelle");
  SAME(listed(t, "?limit=3&page=2"), "");
  SAME(listed(t, "?limit=2000&page=9223372036854775807"), "");
  SAME(listed(t, "?page=1"), "");
}

TEST(test_end_users_and_tags_have_no_meaning_here) {
  fill(t);
  SAME(listed(t, "?endUserId=7&endUserOrganizationId=8&tags[team]=x&tags%5Bend_user_email%5D=y&tags[team]=z"),
       "okan Mira user-1 mirabelle");
}

TEST(test_the_list_is_checked) {
  static const request_case cases[] = {
    {"GET /connections?limit=0", NULL, "400 " Q " ['limit']"},
    {"GET /connections?limit=2001", NULL, "400 " Q " ['limit']"},
    {"GET /connections?limit=2000", NULL, "200"},
    {"GET /connections?page=-1", NULL, "400 " Q " ['page']"},
    {"GET /connections?page=x", NULL, "400 " Q " ['page']"},
    {"GET /connections?search=", NULL, "400 " Q " ['search']"},
    {"GET /connections?search=%ff", NULL, "400 " Q " ['search']"},
    {"GET /connections?connectionId=", NULL, "400 " Q " ['connectionId']"},
    {"GET /connections?integrationId=", NULL, "400 " Q " ['integrationId']"},
    {"GET /connections?tags=x", NULL, "400 " Q " ['tags']"},
    {"GET /connections?user=x", NULL, "400 " Q " ['user']"},
    {"GET /connections?search=a&search=b", NULL, "400 " Q " ['search']"},
  };
  judge(t, cases);
  const char *answer = ask(t, "GET /connections?page=x", NULL);
  assert_non_null(strstr(part(t, answer, "error.message"), "page must be an integer of 0 or more"));
}

TESTS(EVERYWHERE(test_post_replaces_metadata_and_answers_the_body),
      MEMORY(test_patch_merges_metadata_at_the_top),
      EVERYWHERE(test_metadata_of_several_connections_are_set_at_once_or_not_at_all),
      ATTACHED(test_metadata_are_checked), EVERYWHERE(test_a_connection_is_told_whole),
      ATTACHED(test_what_a_client_asks_of_credentials_is_ignored), ATTACHED(test_one_connection_is_checked),
      MEMORY(test_a_listed_connection), MEMORY(test_connections_are_listed_the_youngest_first),
      MEMORY(test_connections_are_searched), MEMORY(test_connections_are_paged),
      MEMORY(test_end_users_and_tags_have_no_meaning_here), ATTACHED(test_the_list_is_checked))
