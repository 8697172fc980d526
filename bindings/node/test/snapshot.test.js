// A store as bytes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Store } from 'nangolite';

const issues = { providerConfigKey: 'tracker', connectionId: 'mira', model: 'Issue' };
const definition = { providerConfigKey: 'tracker', name: 'issues', models: ['Issue'], frequency: 'every hour' };

function filled(count = 2) {
  const store = new Store();
  store.setClock('2026-03-02T09:00:00Z');
  store.createConnection('tracker', 'mira');
  store.save(issues, Array.from({ length: count }, (_, i) => ({ id: String(i + 1), title: 'Crash '.repeat(20) })));
  return store;
}

test('restore makes the store what it was, and keeps clock, functions and options', async () => {
  const store = filled();
  const snapshot = store.snapshot();
  let ran = 0;
  store.defineSync(definition, async () => ran++);
  store.delete(issues, { id: '1' });
  store.advanceClock(60);
  store.restore(snapshot);
  assert.equal(store.count(issues).live, 2);
  assert.equal(store.now().toISOString(), '2026-03-02T09:01:00.000Z');
  assert.equal(await store.runDue(), 0, 'the snapshot has no definition');
  store.defineSync(definition, async () => ran++);
  const defined = store.snapshot();
  store.restore(defined);
  assert.equal(await store.runDue(), 1);
  assert.equal(ran, 1);
  assert.equal(store.check(), null);
  store.close();
});

test('a snapshot opens as a store of its own', () => {
  const store = filled();
  const copy = new Store({ image: store.snapshot() });
  store.close();
  assert.deepEqual(copy.list(issues).records.map((record) => record.id), ['1', '2']);
  copy.save(issues, { id: '3' });
  assert.equal(copy.check(), null);
  copy.close();
});

test('a replay after a restore gives the same stamps', () => {
  const store = filled();
  const snapshot = store.snapshot();
  const replay = () => {
    store.restore(snapshot);
    store.setClock('2026-03-02T10:00:00Z');
    store.save(issues, [{ id: '1' }, { id: '9' }]);
    return store.list(issues).records;
  };
  assert.deepEqual(replay(), replay());
  store.close();
});

test('bytes that are no store are refused, and change nothing', () => {
  const store = filled();
  const other = store.snapshot().fill(7, 100);
  for (const bytes of [new Uint8Array(0), new Uint8Array(4096), new TextEncoder().encode('x'.repeat(9999)), other, 'text']) {
    assert.throws(() => store.restore(bytes), (error) => ['invalid', 'corrupt'].includes(error.code));
  }
  assert.equal(store.count(issues).live, 2);
  store.close();
});

test('a run in progress is aborted by a restore', () => {
  const store = filled();
  store.defineSync(definition);
  const snapshot = store.snapshot();
  const run = store.nextRun();
  store.restore(snapshot);
  assert.throws(() => run.batchSave([{ id: '1' }], 'Issue'), { code: 'aborted' });
  const running = store.nextRun();
  const image = store.snapshot();
  running.finish();
  store.restore(image);
  assert.equal(store.syncStatus('tracker', 'mira').syncs[0].status, 'STOPPED');
  assert.equal(store.check(), null);
  store.close();
});

test('a snapshot of 1,000 records is taken and restored at once', () => {
  const store = filled(1000);
  const snapshot = store.snapshot();
  store.restore(snapshot);
  const begin = performance.now();
  for (let i = 0; i < 10; i++) store.restore(store.snapshot());
  assert.ok(performance.now() - begin < 2000);
  assert.equal(store.count(issues).live, 1000);
  store.close();
});

test('a dump is text that depends on the content alone, and load makes a store of it', () => {
  const store = filled();
  const other = filled();
  store.delete(issues, { id: '2' });
  other.delete(issues, { id: '2' });
  assert.equal(store.dump(), other.dump());
  assert.deepEqual(store.dump({ scope: issues }).match(/"kind":"record".*/g).length, 1);
  const text = store.dump({ metadata: true });
  const copy = new Store();
  copy.load(text);
  assert.equal(copy.dump({ metadata: true }), text);
  assert.throws(() => copy.load(text), { code: 'invalid' });
  const lines = [];
  copy.dump({ metadata: true, write: (line) => lines.push(line) });
  assert.equal(lines.join(''), text);
  assert.throws(() => copy.dump({ write: () => { throw new Error('full'); } }), /full/);
  for (const one of [store, other, copy]) one.close();
});
