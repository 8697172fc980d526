// The library as WebAssembly: one instance for all stores of this copy of the package, its memory, and the few
// things that it asks of JavaScript. `connect(module)` is called once, by index.js or browser.js.
import { NangoliteError } from './error.js';

const utf8 = new TextEncoder();
const text = new TextDecoder();

/** The exported functions, by their names in nangolite.h. */
export let c;

/** The version of the C library. */
export let version;

/** Whom the library calls back, by number. */
const listeners = new Map();
let lastListener = 0;

/** Makes the instance from a compiled module. */
export function connect(module) {
  const { exports } = new WebAssembly.Instance(module, {
    nangolite: {
      clock: (listener) => listeners.get(listener).clock(),
      event: (listener, json) => listeners.get(listener).event(readText(json)),
      write: (listener, pointer, length) => listeners.get(listener).write(readTextOf(pointer, length)),
      utc_offset: (listener, microseconds) => listeners.get(listener).utcOffset(microseconds)
    },
    wasi_snapshot_preview1: {
      clock_time_get: systemTime,
      random_get: randomBytes,
      fd_close: noFile,
      fd_seek: noFile,
      fd_write: noFile
    }
  });
  exports._initialize();
  c = exports;
  version = readText(c.nangolite_version());
}

/** Keeps an object with `clock()`, `event(json)`, `utcOffset(microseconds)` or `write(text)`, as they are needed; returns
 *  the number that C knows it by. */
export function listen(listener) {
  listeners.set(++lastListener, listener);
  return lastListener;
}

export function unlisten(number) {
  listeners.delete(number);
}

// ---- what wasi-libc asks for ----

function systemTime(clock, precision, pointer) {
  view().setBigUint64(pointer, BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n, true);
  return 0;
}

function randomBytes(pointer, length) {
  globalThis.crypto.getRandomValues(new Uint8Array(c.memory.buffer, pointer, length));
  return 0;
}

// Of files: snprintf(), which spells numbers, brings them along. Nothing calls them.
function noFile() {
  const EBADF = 8;
  return EBADF;
}

// ---- memory ----

/** A view of the memory as it is now; it is void once the library allocates. */
export function view() {
  return new DataView(c.memory.buffer);
}

export function bytesAt(pointer, length) {
  return new Uint8Array(c.memory.buffer, pointer, length);
}

export function readText(pointer) {
  if (pointer === 0) return null;
  const memory = new Uint8Array(c.memory.buffer);
  return text.decode(memory.subarray(pointer, memory.indexOf(0, pointer)));
}

export function readTextOf(pointer, length) {
  return text.decode(bytesAt(pointer, length));
}

/** What one call needs in the library's memory: allocated piece by piece, freed together by `end()`. */
export class Arguments {
  pointers = [];

  end() {
    for (const pointer of this.pointers) c.nangolite_free(pointer);
  }

  room(size) {
    const pointer = c.js_malloc(size);
    if (pointer === 0) throw new NangoliteError('nomem', 'out of memory');
    this.pointers.push(pointer);
    return pointer;
  }

  /** Zeroed room, for what the library is to write. */
  out(size = 8) {
    const pointer = this.room(size);
    bytesAt(pointer, size).fill(0);
    return pointer;
  }

  bytes(bytes) {
    const pointer = this.room(bytes.length || 1);
    bytesAt(pointer, bytes.length).set(bytes);
    return pointer;
  }

  /** A string that ends with a NUL; NULL for null and undefined. One with a NUL inside would be cut: it is refused. */
  text(value) {
    if (value === null || value === undefined) return 0;
    const string = String(value);
    if (string.includes('\0')) throw new NangoliteError('invalid', 'a text has the character U+0000 in it');
    return this.bytes(utf8.encode(`${string}\0`));
  }

  /** JSON and its length in bytes. */
  json(value) {
    const bytes = utf8.encode(typeof value === 'string' ? value : stringify(value));
    return [this.bytes(bytes), BigInt(bytes.length)];
  }

  /** An array of strings and its length; NULL and 0 for none. */
  texts(values) {
    if (values === undefined || values === null || values.length === 0) return [0, 0];
    const pointers = values.map((value) => this.text(value));
    const array = this.room(values.length * 4);
    const memory = view();
    pointers.forEach((pointer, i) => memory.setUint32(array + i * 4, pointer, true));
    return [array, values.length];
  }

  words(values) {
    const pointer = this.room(values.length * 4);
    const memory = view();
    values.forEach((value, i) => memory.setUint32(pointer + i * 4, value, true));
    return pointer;
  }

  scope({ providerConfigKey, connectionId, model, variant }) {
    return this.words([providerConfigKey, connectionId, model, variant].map((name) => this.text(name)));
  }

  query({ modifiedAfter, filter, cursor, limit = 0, ids }) {
    const [array, count] = this.texts(ids);
    const filters = Array.isArray(filter) ? filter.join(',') : filter;
    const [after, only, from] = [modifiedAfter, filters, cursor].map((value) => this.text(value));
    return this.words([after, only, from, limit, array, count]);
  }
}

function stringify(value) {
  const json = JSON.stringify(value);
  if (json === undefined) throw new NangoliteError('invalid', `${typeof value} cannot be written as JSON`);
  return json;
}

export function readWord(pointer) {
  return view().getUint32(pointer, true);
}

export function readLong(pointer) {
  return view().getBigInt64(pointer, true);
}

/** A `char *` that the library gave away: read and freed. */
export function takeText(pointer) {
  const value = readText(pointer);
  c.nangolite_free(pointer);
  return value;
}

const CHANGES = ['added', 'updated', 'deleted', 'unchanged', 'skipped', 'duplicates'];
export const CHANGES_SIZE = CHANGES.length * 8;

export function readChanges(pointer) {
  return Object.fromEntries(CHANGES.map((name, i) => [name, Number(readLong(pointer + i * 8))]));
}
