/* name: which names are allowed. */
#ifndef NANGOLITE_NAME_H
#define NANGOLITE_NAME_H

#include "base/slice.h"
#include "base/text.h"

#define NAME_LENGTH_MAX 255

typedef enum name_kind {
  NAME_PROVIDER_CONFIG_KEY,
  NAME_CONNECTION_ID,
  NAME_MODEL,
  NAME_SYNC,
  NAME_VARIANT
} name_kind;

/* NULL: allowed. Else the rule, which continues the field's name in a message: "must be 1 to 255 of …". An
** absent name is never allowed. */
static const char *name_check(name_kind kind, slice name);

/* "provider_config_key", as messages call it. */
static const char *name_field(name_kind kind);

/* Whether this is the default variant: absent, or "base" in any letter case. */
static int name_is_base(slice variant);
/* The variant as the store knows it: "base" for the default one. */
static slice name_of_variant(slice variant);

#endif
