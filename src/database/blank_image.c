#include "database/blank_image.h"

#include "database/memory_image.h"

enum {
  IMAGE_PAGE = 4096,
  IMAGE_HEADER = 100,   /* of the file, at the start of page 1 */
  IMAGE_ROOTS = 2,      /* page 1 is the root of sqlite_master, then come the tables, then its leaves */
  IMAGE_MASTER_MAX = 8, /* leaves of sqlite_master */
  IMAGE_LEAF_TABLE = 13,
  IMAGE_LEAF_INDEX = 10,
  IMAGE_INTERIOR_TABLE = 5
};

typedef struct blank_image {
  unsigned char *at;
  int pages;
} blank_image;

static void image_put(unsigned char *at, int bytes, uint64_t value) {
  for (int i = 0; i < bytes; i++) at[i] = (unsigned char)(value >> 8 * (bytes - 1 - i));
}

/* Writes a varint of a value below 2^14: no other is needed here. Returns its length. */
static int image_put_varint(unsigned char *at, unsigned value) {
  int bytes = value < 128 ? 1 : 2;
  if (bytes == 2) *at++ = (unsigned char)(0x80 | value >> 7);
  *at = (unsigned char)(value & 127);
  return bytes;
}

/* Section 1.6 of the file format: an empty b-tree page. `header` is where its header begins: 100 on page
** 1, else 0. */
static void image_start_page(blank_image *im, int page, int header, int kind) {
  unsigned char *at = im->at + (size_t)(page - 1) * IMAGE_PAGE + header;
  at[0] = (unsigned char)kind;
  image_put(at + 5, 2, IMAGE_PAGE);
}

/* Adds a cell to a page: its bytes in front of those of the other cells, its pointer behind theirs. 0: the
** page has no room. */
static int image_add_cell(blank_image *im, int page, int header, const unsigned char *cell, int length) {
  unsigned char *start = im->at + (size_t)(page - 1) * IMAGE_PAGE, *head = start + header;
  int pointers = header + (head[0] == IMAGE_INTERIOR_TABLE ? 12 : 8), cells = head[3] << 8 | head[4];
  int content = (head[5] << 8 | head[6]) - length;
  if (content < pointers + 2 * (cells + 1)) return 0;
  memcpy(start + content, cell, (size_t)length);
  image_put(start + pointers + 2 * cells, 2, (uint64_t)content);
  image_put(head + 3, 2, (uint64_t)cells + 1);
  image_put(head + 5, 2, (uint64_t)content);
  return 1;
}

/* Section 2.1: a record of sqlite_master, with the root page as one byte. Returns the cell's length. */
static int image_master_cell(unsigned char *cell, int rowid, const table_object *object, int root) {
  const char *const strings[] = {object->type, object->name, object->table, object->sql};
  unsigned char header[16], *body;
  int length = 1, size = 1;
  for (int i = 0; i < 4; i++) {
    unsigned bytes = strings[i] == NULL ? 0 : (unsigned)strlen(strings[i]);
    if (i == 3) header[length++] = 1; /* the root page, an integer of one byte, stands before the SQL */
    length += image_put_varint(header + length, strings[i] == NULL ? 0 : 13 + 2 * bytes);
    size += (int)bytes;
  }
  header[0] = (unsigned char)length;
  body = cell + image_put_varint(cell, (unsigned)(length + size));
  body += image_put_varint(body, (unsigned)rowid);
  memcpy(body, header, (size_t)length);
  body += length;
  for (int i = 0; i < 4; i++) {
    size_t bytes = strings[i] == NULL ? 0 : strlen(strings[i]);
    if (i == 3) *body++ = (unsigned char)root;
    if (bytes > 0) memcpy(body, strings[i], bytes);
    body += bytes;
  }
  return (int)(body - cell);
}

_Static_assert(TABLES_VERSION < 128, "the version is written as one byte");

/* nango_store's one row: version, as_nango, last_stamp, key0, key1, last_run, clock. */
static int image_write_cell(unsigned char *cell, int as_nango, const hash_key *key) {
  static const unsigned char header[] = {25, 1, 8, 1, 8, 8, 6, 6, 8, 8};
  memcpy(cell, header, sizeof header);
  cell[4] = (unsigned char)(as_nango ? 9 : 8); /* the types of the constants 1 and 0 */
  cell[sizeof header] = TABLES_VERSION;
  image_put(cell + sizeof header + 1, 8, key->k0);
  image_put(cell + sizeof header + 9, 8, key->k1);
  return (int)sizeof header + 17;
}

/* sqlite_master: page 1 is interior, and the rows are in leaves below it, in order. 0: there is no room. */
static int image_write_master(blank_image *im) {
  unsigned char cell[IMAGE_PAGE], divider[6];
  const table_object *object;
  int leaves = 1, next_root = IMAGE_ROOTS;
  image_start_page(im, 1, IMAGE_HEADER, IMAGE_INTERIOR_TABLE);
  image_start_page(im, ++im->pages, 0, IMAGE_LEAF_TABLE);
  for (int i = 0; (object = table_at(i)) != NULL; i++) {
    int root = object->tree == TREE_NONE ? 0 : next_root++;
    int length = image_master_cell(cell, i + 1, object, root);
    if (image_add_cell(im, im->pages, 0, cell, length)) continue;
    image_put(divider, 4, (uint64_t)im->pages);
    int last_rowid = image_put_varint(divider + 4, (unsigned)i);
    image_add_cell(im, 1, IMAGE_HEADER, divider, 4 + last_rowid);
    if (leaves++ == IMAGE_MASTER_MAX) return 0;
    image_start_page(im, ++im->pages, 0, IMAGE_LEAF_TABLE);
    if (!image_add_cell(im, im->pages, 0, cell, length)) return 0;
  }
  image_put(im->at + IMAGE_HEADER + 8, 4, (uint64_t)im->pages);
  return 1;
}

/* Section 1.3: the header of the file. The change counter at 24 stands at 92 too: this says that the size
** at 28 holds. */
static void image_write_header(blank_image *im) {
  static const char magic[16] = "SQLite format 3";
  unsigned char *at = im->at;
  memcpy(at, magic, sizeof magic);
  image_put(at + 16, 2, IMAGE_PAGE);
  memcpy(at + 18, "\1\1\0\100\40\40", 6); /* journal versions, nothing reserved, payload fractions */
  image_put(at + 24, 4, 1);               /* change counter */
  image_put(at + 28, 4, (uint64_t)im->pages);
  image_put(at + 40, 4, 1); /* schema cookie */
  image_put(at + 44, 4, 4); /* schema format */
  image_put(at + 56, 4, 1); /* UTF-8 */
  image_put(at + 68, 4, TABLES_APPLICATION_ID);
  image_put(at + 92, 4, 1);
  image_put(at + 96, 4, SQLITE_VERSION_NUMBER);
}

static int image_write(blank_image *im, int as_nango, const hash_key *key) {
  unsigned char cell[64];
  im->pages = 1;
  for (int i = 0; table_at(i) != NULL; i++) {
    table_tree tree = table_at(i)->tree;
    if (tree == TREE_NONE) continue;
    image_start_page(im, ++im->pages, 0, tree == TREE_TABLE ? IMAGE_LEAF_TABLE : IMAGE_LEAF_INDEX);
  }
  image_add_cell(im, IMAGE_ROOTS, 0, cell, image_write_cell(cell, as_nango, key));
  if (!image_write_master(im)) return 0;
  image_write_header(im);
  return 1;
}

static int image_copy(sqlite3 *to, const blank_image *im) {
  sqlite3 *from = memory_image_open((slice){(const char *)im->at, (size_t)im->pages * IMAGE_PAGE});
  int is_copied = from != NULL && memory_image_copy(to, from) == SQLITE_OK;
  sqlite3_close(from);
  return is_copied;
}

static int image_load(nangolite *store) {
  blank_image im = {NULL, 0};
  size_t pages = 1 + IMAGE_MASTER_MAX;
  for (int i = 0; table_at(i) != NULL; i++) pages++;
  if (!memory_image_is_available() || store_failed(store)) return 0;
  if ((im.at = sqlite3_malloc64(pages * IMAGE_PAGE)) == NULL) return 0;
  memset(im.at, 0, pages * IMAGE_PAGE);
  store->as_nango = store->options.as_nango != 0;
  int is_loaded = image_write(&im, store->as_nango, &store->key) && image_copy(store->db, &im);
  sqlite3_free(im.at);
  return is_loaded;
}
