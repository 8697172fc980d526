// PouchDB on LevelDB: a save asks for the documents, compares them, and writes those that differ.
import PouchDB from 'pouchdb';
import { measure } from './jobs.mjs';

const directory = process.argv[2];
const db = new PouchDB(`${directory}/pouchdb`);

function sameText(stored, record) {
  const { _id, _rev, ...members } = stored;
  return JSON.stringify(members) === JSON.stringify(record);
}

async function save(records) {
  const { rows } = await db.allDocs({ keys: records.map((record) => record.id), include_docs: true });
  const changed = [];
  records.forEach((record, i) => {
    const stored = rows[i].doc;
    if (stored && sameText(stored, record)) return;
    changed.push(stored ? { ...record, _id: record.id, _rev: stored._rev } : { ...record, _id: record.id });
  });
  if (changed.length > 0) await db.bulkDocs(changed);
}

async function readAll(limit) {
  let since = 0;
  let count = 0;
  for (;;) {
    const page = await db.changes({ since, limit, include_docs: true });
    count += page.results.length;
    since = page.last_seq;
    if (page.results.length < limit) return count;
  }
}

await measure('PouchDB', { save, readAll }, directory);
await db.close();
