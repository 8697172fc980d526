/* json_overlay: the members of one object over those of another, at the top only. */
#ifndef NANGOLITE_JSON_OVERLAY_H
#define NANGOLITE_JSON_OVERLAY_H

#include "json/json.h"

/* Appends `below` with the members of `above` put over it: a value takes the place of the one with its
** name, null too, and members with new names follow. Of members with one name the last counts, on both
** sides. White space between members goes. */
static void json_overlay(json_value below, json_value above, text *out);

#endif
