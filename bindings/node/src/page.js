// Pages of records, read from the library's memory.
import { c, readText, readTextOf, view } from './library.js';
import { toText } from './time.js';

const RECORD_SIZE = 56;

/** Reads a page and frees it. `raw`: payloads as text and stamps as bigint. */
export function readPage(pointer, raw = false) {
  const memory = view();
  const [first, count, next, last] = [0, 4, 8, 12].map((offset) => memory.getUint32(pointer + offset, true));
  const records = [];
  for (let i = 0; i < count; i++) records.push(raw ? readRaw(first + i * RECORD_SIZE) : readRecord(first + i * RECORD_SIZE));
  const page = { records, next_cursor: readText(next), last_cursor: readText(last) };
  c.nangolite_page_free(pointer);
  return page;
}

function readRaw(pointer) {
  const memory = view();
  const word = (offset) => memory.getUint32(pointer + offset, true);
  const stamp = (offset) => memory.getBigInt64(pointer + offset, true);
  return {
    id: readText(word(0)),
    payload: readTextOf(word(4), word(8)),
    lastAction: readText(word(12)),
    cursor: readText(word(16)),
    firstSeenAt: stamp(24),
    lastModifiedAt: stamp(32),
    deletedAt: stamp(40) || null,
    prunedAt: stamp(48) || null
  };
}

function readRecord(pointer) {
  const raw = readRaw(pointer);
  const record = JSON.parse(raw.payload);
  if (typeof record.id === 'number' && String(record.id) !== raw.id) record.id = raw.id;
  record._nango_metadata = {
    first_seen_at: toText(raw.firstSeenAt),
    last_modified_at: toText(raw.lastModifiedAt),
    last_action: raw.lastAction,
    deleted_at: toText(raw.deletedAt ?? 0n),
    pruned_at: toText(raw.prunedAt ?? 0n),
    cursor: raw.cursor
  };
  return record;
}
