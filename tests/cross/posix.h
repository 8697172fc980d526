/* posix.h: what the tests use of POSIX and Windows has not, or in another shape. */
#ifndef NANGOLITE_CROSS_POSIX_H
#define NANGOLITE_CROSS_POSIX_H

#include <direct.h>
#include <process.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define mkdir(path, mode) _mkdir(path)
#define getpid _getpid

/* A stream whose text is in memory once it is closed; until then it is in a file. */
typedef struct memory_stream {
  FILE *file;
  char **bytes;
  size_t *length;
} memory_stream;

static memory_stream memory_streams[4];

/* A file that goes when it is closed. (tmpfile() ends after some thousand files in a process.) */
static inline FILE *memory_file(int place) {
  char name[300];
  const char *folder = getenv("TEMP");
  snprintf(name, sizeof name, "%s/nangolite-%d-%d", folder != NULL ? folder : ".", getpid(), place);
  FILE *file = fopen(name, "w+bD");
  if (file == NULL) abort();
  return file;
}

static inline FILE *open_memstream(char **bytes, size_t *length) {
  for (int i = 0; i < 4; i++) {
    if (memory_streams[i].file != NULL) continue;
    memory_streams[i] = (memory_stream){memory_file(i), bytes, length};
    return memory_streams[i].file;
  }
  abort();
}

static inline void memory_read(memory_stream *stream) {
  *stream->length = (size_t)ftell(stream->file);
  *stream->bytes = malloc(*stream->length + 1);
  if (*stream->bytes == NULL) abort();
  rewind(stream->file);
  if (fread(*stream->bytes, 1, *stream->length, stream->file) != *stream->length) abort();
  (*stream->bytes)[*stream->length] = '\0';
}

static inline int memory_close(FILE *file) {
  for (int i = 0; i < 4; i++) {
    if (memory_streams[i].file != file) continue;
    memory_read(&memory_streams[i]);
    memory_streams[i].file = NULL;
  }
  return fclose(file);
}

#define fclose memory_close

#endif
