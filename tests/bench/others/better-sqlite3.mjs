// better-sqlite3 with JSON.stringify: the upsert of tests/bench/baseline.c, from JavaScript. What is read stays
// text.
import Database from 'better-sqlite3';
import { measure } from './jobs.mjs';

const directory = process.argv[2];
const db = new Database(`${directory}/better-sqlite3.db`);
db.pragma('cache_size = -16384');
db.pragma('journal_mode = WAL');
db.pragma('synchronous = NORMAL');
db.exec(`
  CREATE TABLE records (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    payload TEXT NOT NULL,
    action INTEGER NOT NULL,
    first_seen_at INTEGER NOT NULL,
    last_modified_at INTEGER NOT NULL);
  CREATE INDEX records_by_change ON records (last_modified_at)`);
const upsert = db.prepare(`
  INSERT INTO records (id, payload, action, first_seen_at, last_modified_at)
  VALUES ($id, $payload, 0, $stamp, $stamp)
  ON CONFLICT (id) DO UPDATE SET
    payload = excluded.payload, action = 1, last_modified_at = excluded.last_modified_at
  WHERE payload <> excluded.payload`);
const page = db.prepare(`
  SELECT last_modified_at, id, payload, action, first_seen_at FROM records
  WHERE last_modified_at > ? ORDER BY last_modified_at LIMIT ?`);
let stamp = 1700000000000000;

const save = db.transaction((records) => {
  for (const record of records) upsert.run({ id: record.id, payload: JSON.stringify(record), stamp: ++stamp });
});

function readAll(limit) {
  let last = 0;
  let count = 0;
  for (;;) {
    const rows = page.all(last, limit);
    count += rows.length;
    if (rows.length < limit) return count;
    last = rows.at(-1).last_modified_at;
  }
}

await measure('better-sqlite3', { save, readAll }, directory);
db.close();
