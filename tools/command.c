#include <stdint.h>
#include <string.h>

#include "command.h"

/* clang-format off */
const option command_options[OPTION_COUNT + 1] = {
  [OPTION_JSON] = {0, "json", NULL, "prints JSON Lines: an object a line"},
  [OPTION_FOLLOW] = {'f', "follow", NULL,
                     "goes on with what changes, whichever process makes the change, until Ctrl-C"},
  [OPTION_SINCE] = {0, "since", "TIME", "only what changed after this time (2024-01-15T10:30:00Z, or now)"},
  [OPTION_CURSOR] = {0, "cursor", "CURSOR", "only what follows this place in the feed"},
  [OPTION_FILTER] = {0, "filter", "ACTIONS",
                     "only what was added, updated or deleted last; several with commas"},
  [OPTION_ID] = {0, "id", "ID", "only the record with this id; may be given up to 100 times"},
  [OPTION_LIMIT] = {'n', "limit", "N", "at most so many"},
  [OPTION_HEADER] = {'H', "header", "NAME:VALUE", "a header of the request; may be given several times"},
  [OPTION_DATA] = {'d', "data", "JSON", "the body of the request; -: what standard input holds"},
  [OPTION_CONTENT] = {0, "content", NULL, "leaves out stamps, actions and runs, to compare two stores"},
  [OPTION_RESET] = {0, "reset", NULL, "forgets the checkpoint first, and aborts a run in progress"},
  [OPTION_EMPTY_CACHE] = {0, "empty-cache", NULL,
                          "with --reset: removes the records for good before the run"},
  [OPTION_ALLOW_DELETES] = {0, "allow-deletes", NULL, "the run may delete more than max_delete_percent"},
  [OPTION_PRUNE_AFTER] = {0, "prune-after", "DAYS",
                          "also empties the payloads of records that have not changed for so long"},
  [OPTION_DELETE_AFTER] = {0, "delete-after", "DAYS",
                           "also removes the records of syncs that have not run for so long"},
  [OPTION_HELP] = {'h', "help", NULL, "this text"},
};

#define O(name) (1U << OPTION_##name)
#define INSTANCES "[PROVIDER_CONFIG_KEY [CONNECTION_ID [SYNC...]]]"

const command commands[] = {
  {"Looking", "status", INSTANCES, O(JSON), ACCESS_READ, list_status,
   "Shows how each sync stands: its status, its latest run and why it failed, and when it runs next.",
   "A SYNC is a name, or NAME::VARIANT.",
   "nangolite app.db status github"},
  {NULL, "runs", INSTANCES, O(JSON) | O(LIMIT), ACCESS_READ, list_runs,
   "Shows the runs that are kept, the newest first: which sync, when, how it ended and why.",
   "Without --limit, the 50 newest; --limit 0 shows all.",
   "nangolite app.db runs github ada issues --limit 5"},
  {NULL, "records", "PROVIDER_CONFIG_KEY CONNECTION_ID MODEL [VARIANT]",
   O(JSON) | O(FOLLOW) | O(SINCE) | O(CURSOR) | O(FILTER) | O(ID) | O(LIMIT), ACCESS_READ, records_run,
   "Prints the records of a collection, in the order of their changes.",
   "With --json each is printed whole, with its metadata; its cursor is there, too.",
   "nangolite app.db records github ada Issue --filter added,updated --json"},
  {NULL, "syncs", "[PROVIDER_CONFIG_KEY]", O(JSON), ACCESS_READ, list_syncs,
   "Lists the definitions of syncs.",
   NULL,
   "nangolite app.db syncs"},
  {NULL, "connections", "[PROVIDER_CONFIG_KEY]", O(JSON), ACCESS_READ, list_connections,
   "Lists the connections, with their metadata.",
   NULL,
   "nangolite app.db connections github --json"},
  {NULL, "collections", "[PROVIDER_CONFIG_KEY [CONNECTION_ID]]", O(JSON), ACCESS_READ, list_collections,
   "Lists the collections: of which models there are records, and how many.",
   NULL,
   "nangolite app.db collections"},
  {NULL, "request", "METHOD TARGET", O(HEADER) | O(DATA), ACCESS_WRITE, request_run,
   "Answers a request of the HTTP API, and prints the JSON of the response.",
   "Nothing is sent anywhere. A status of 400 or more is a failure. GET writes nothing.",
   "nangolite app.db request GET '/records?model=Issue' "
   "-H 'Provider-Config-Key: github' -H 'Connection-Id: ada'"},

  {"Syncs", "trigger", "PROVIDER_CONFIG_KEY CONNECTION_ID [SYNC...]",
   O(RESET) | O(EMPTY_CACHE) | O(ALLOW_DELETES), ACCESS_WRITE, control_trigger,
   "Asks for a run as soon as possible; without SYNC, of all syncs of the connection.",
   "The program that serves the sync executes it; this one only stores the wish.",
   "nangolite app.db trigger github ada issues"},
  {NULL, "pause", "PROVIDER_CONFIG_KEY CONNECTION_ID [SYNC...]", 0, ACCESS_WRITE, control_pause,
   "Lets no further run begin; one in progress ends as it would.",
   NULL,
   "nangolite app.db pause github ada issues"},
  {NULL, "start", "PROVIDER_CONFIG_KEY CONNECTION_ID [SYNC...]", 0, ACCESS_WRITE, control_start,
   "Starts what is paused, with a run at once.",
   NULL,
   "nangolite app.db start github ada"},
  {NULL, "cancel", "PROVIDER_CONFIG_KEY CONNECTION_ID [SYNC...]", 0, ACCESS_WRITE, control_cancel,
   "Aborts a run in progress, and takes back a waiting trigger or retry.",
   NULL,
   "nangolite app.db cancel github ada issues"},

  {"The file", "export", "[PROVIDER_CONFIG_KEY [CONNECTION_ID [MODEL [VARIANT]]]]", O(CONTENT), ACCESS_READ,
   transfer_export,
   "Writes the store to standard output as text, a JSON object a line.",
   "Only an export of all, without --content, can be imported. It is as confidential as the file.",
   "nangolite app.db export > app.jsonl"},
  {NULL, "import", "", 0, ACCESS_MAKE, transfer_import,
   "Makes a store of an export, from standard input.",
   "FILE must be missing, or a store that is empty. It is made as a whole or not at all.",
   "nangolite new.db import < app.jsonl"},
  {NULL, "backup", "NEWFILE", 0, ACCESS_READ, care_backup,
   "Copies the store to a new file, while it is in use.",
   "The copy is the store at one moment. A file that exists is refused.",
   "nangolite app.db backup copy.db"},
  {NULL, "compact", "", 0, ACCESS_WRITE, care_compact,
   "Writes the file anew, without free pages and in order.",
   "It frees what was removed, then runs SQLite's VACUUM: for a while that needs up to twice the size of the "
   "file on the disk, and other processes can read but not write.",
   "nangolite app.db compact"},
  {NULL, "maintain", "", O(PRUNE_AFTER) | O(DELETE_AFTER), ACCESS_WRITE, care_maintain,
   "Frees what was removed, and gives free pages back to the file system, in short slices.",
   "Unlike the library's own function it prunes and removes records by age only where an option says so: how "
   "long an application keeps its records is not stored in the file.",
   "nangolite app.db maintain --prune-after 90"},
  {NULL, "check", "", 0, ACCESS_READ, care_check,
   "Verifies every invariant of the store, and SQLite's own of the file.",
   "Ends with 1, and says why, where the store is unsound.",
   "nangolite app.db check"},
  {NULL, "repair", "", 0, ACCESS_WRITE, care_repair,
   "Makes an unsound store sound again, and says what it did.",
   "What can be derived is made again, what cannot be true is dropped. Make a copy of the file before.",
   "nangolite app.db repair"},
  {NULL, NULL, NULL, 0, ACCESS_READ, NULL, NULL, NULL, NULL},
};
/* clang-format on */

const command *command_find(const char *name) {
  for (const command *c = commands; c->name != NULL; c++) {
    if (strcmp(c->name, name) == 0) return c;
  }
  return NULL;
}

int command_argument(const command *c, size_t index, char name[ARGUMENT_SIZE]) {
  static const char delimiters[] = " []";
  const char *at = c->arguments + strspn(c->arguments, delimiters);
  while (*at != '\0') {
    size_t length = strcspn(at, delimiters);
    int is_repeated = length > 3 && memcmp(at + length - 3, "...", 3) == 0;
    if (index-- == 0 || is_repeated) {
      length -= is_repeated ? 3 : 0;
      if (length >= ARGUMENT_SIZE) length = ARGUMENT_SIZE - 1;
      memcpy(name, at, length);
      name[length] = '\0';
      return 1;
    }
    at += length;
    at += strspn(at, delimiters);
  }
  return 0;
}

size_t command_least(const command *c) {
  size_t words = 0;
  for (const char *at = c->arguments; *at != '\0' && *at != '['; words++) {
    at += strcspn(at, " ");
    at += strspn(at, " ");
  }
  return words;
}

size_t command_most(const command *c) {
  char name[ARGUMENT_SIZE];
  size_t words = 0;
  if (strstr(c->arguments, "...") != NULL) return SIZE_MAX;
  while (command_argument(c, words, name)) words++;
  return words;
}
