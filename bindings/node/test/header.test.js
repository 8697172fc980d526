// Every function of nangolite.h can be reached from JavaScript, or is named here with the reason.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { version } from 'nangolite';

const source = join(dirname(fileURLToPath(import.meta.resolve('nangolite'))), 'src');
const header = readFileSync('nangolite.h', 'utf8');

const WITHOUT = {
  attach: 'there is no database of the caller',
  backup: 'there are no files: snapshot() gives the bytes',
  dump: 'dump(), through js_dump in wasm/shim.c',
  interrupt: 'there is one thread: while a call works, nobody can interrupt it',
  json_find: 'JSON.parse',
  json_text: 'JSON.parse',
  on_sync: 'onSync(), through js_on_sync in wasm/shim.c',
  run_due: 'runDue(): C cannot await a function',
  run_fail: 'what a function throws says it',
  run_store: 'run.store',
  run_until: 'runUntil(): C cannot await a function',
  sync_define: 'defineSync(), through js_sync_define in wasm/shim.c'
};

test('every function of nangolite.h is called, or there is a reason', () => {
  const code = readdirSync(source).filter((name) => name.endsWith('.js')).map((name) => readFileSync(join(source, name), 'utf8')).join('');
  const names = [...header.matchAll(/^NANGOLITE_API .*?\bnangolite_(\w+)\(/gm)].map(([, name]) => name);
  assert.ok(names.length > 60, 'the header was read');
  assert.deepEqual(names.filter((name) => !new RegExp(`nangolite_${name}\\b`).test(code) && !(name in WITHOUT)), []);
  assert.deepEqual(Object.keys(WITHOUT).filter((name) => !names.includes(name)), []);
});

test('the version is that of the header', () => {
  assert.equal(version, /NANGOLITE_VERSION "([^"]+)"/.exec(header)[1]);
});
