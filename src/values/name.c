#include "values/name.h"

_Static_assert(NAME_LENGTH_MAX == 255, "the rules below name it");

typedef struct name_rule {
  const char *field;
  const char *marks; /* what is allowed besides A-Z a-z 0-9 */
  const char *words;
} name_rule;

static const name_rule name_rules[] = {
  {"provider_config_key", "~:.@ _-", "must be 1 to 255 of A-Z a-z 0-9 ~ : . @ _ - and blank"},
  {"connection_id", ",.;:=+~[]|@${}\"'\\/_ -",
   "must be 1 to 255 of A-Z a-z 0-9 , . ; : = + ~ [ ] | @ $ { } \" ' \\ / _ - and blank"},
  {"model", "_-", "must be a capital letter, then 1 to 254 of A-Z a-z 0-9 _ -"},
  {"sync", "_-", "must be 1 to 255 of A-Z a-z 0-9 _ -"},
  {"variant", "_-", "must be 1 to 255 of A-Z a-z 0-9 _ -"},
};

static int name_is_capital(char c) {
  return c >= 'A' && c <= 'Z';
}

static int name_allows(const name_rule *rule, char c) {
  if (name_is_capital(c) || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) return 1;
  return c != '\0' && strchr(rule->marks, c) != NULL;
}

static const char *name_check(name_kind kind, slice name) {
  const name_rule *rule = &name_rules[kind];
  if (name.length < 1 || name.length > NAME_LENGTH_MAX) return rule->words;
  if (kind == NAME_MODEL && (name.length < 2 || !name_is_capital(name.at[0]))) return rule->words;
  for (size_t i = 0; i < name.length; i++) {
    if (!name_allows(rule, name.at[i])) return rule->words;
  }
  return NULL;
}

static const char *name_field(name_kind kind) {
  return name_rules[kind].field;
}

static int name_is_base(slice variant) {
  return variant.at == NULL || slice_is_word(variant, "base");
}

static slice name_of_variant(slice variant) {
  return name_is_base(variant) ? slice_of("base") : variant;
}
