#include "database/memory_image.h"

#define MEMORY_IMAGE_VFS "memdb"
#define MEMORY_IMAGE_PIECE (1 << 30) /* bytes that are read or written at once: an int must hold that */

static int memory_image_is_available(void) {
  return sqlite3_vfs_find(MEMORY_IMAGE_VFS) != NULL;
}

static sqlite3_file *memory_image_file(sqlite3 *db) {
  sqlite3_file *file = NULL;
  sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file);
  return file;
}

static int memory_image_write(sqlite3 *db, slice bytes) {
  sqlite3_file *file = memory_image_file(db);
  int code = SQLITE_OK;
  for (size_t at = 0; code == SQLITE_OK && at < bytes.length; at += MEMORY_IMAGE_PIECE) {
    size_t left = bytes.length - at;
    int piece = left < MEMORY_IMAGE_PIECE ? (int)left : MEMORY_IMAGE_PIECE;
    code = file->pMethods->xWrite(file, bytes.at + at, piece, (sqlite3_int64)at);
  }
  return code;
}

static sqlite3 *memory_image_open(slice bytes) {
  sqlite3 *db = NULL;
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  int code = sqlite3_open_v2("image", &db, flags, MEMORY_IMAGE_VFS);
  if (code == SQLITE_OK) code = memory_image_write(db, bytes);
  if (code == SQLITE_OK) return db;
  sqlite3_close(db);
  return NULL;
}

static int memory_image_copy(sqlite3 *to, sqlite3 *from) {
  sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
  if (backup == NULL) return sqlite3_errcode(to);
  int code = sqlite3_backup_step(backup, -1), finished = sqlite3_backup_finish(backup);
  return code == SQLITE_DONE ? finished : code;
}

static char *memory_image_read(sqlite3 *db, size_t *size) {
  sqlite3_file *file = memory_image_file(db);
  sqlite3_int64 length = 0;
  if (file->pMethods->xFileSize(file, &length) != SQLITE_OK) return NULL;
  char *bytes = sqlite3_malloc64(length > 0 ? (sqlite3_uint64)length : 1);
  int code = SQLITE_OK;
  for (sqlite3_int64 at = 0; bytes != NULL && code == SQLITE_OK && at < length; at += MEMORY_IMAGE_PIECE) {
    sqlite3_int64 left = length - at;
    int piece = left < MEMORY_IMAGE_PIECE ? (int)left : MEMORY_IMAGE_PIECE;
    code = file->pMethods->xRead(file, bytes + at, piece, at);
  }
  if (code == SQLITE_OK) *size = (size_t)length;
  if (code == SQLITE_OK) return bytes;
  sqlite3_free(bytes);
  return NULL;
}
