import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { Nango } from '@nangohq/node';
import { importIssues } from './import-issues.mjs';
import { Nangolite } from './nangolite.mjs';

let store, nango, tracker;

// The sync function: what the tracker says now is all there is.
async function readTracker(run) {
  run.trackDeletesStart('Issue');
  run.batchSave(tracker, 'Issue');
  run.trackDeletesEnd('Issue');
}

beforeEach(() => {
  store = new Nangolite();
  store.setClock(new Date('2026-03-02T09:00:00Z'));
  store.defineSync(
    { providerConfigKey: 'tracker', name: 'issues', models: ['Issue'], frequency: 'every hour' },
    readTracker
  );
  store.createConnection('tracker', 'mira');
  nango = new Nango({ apiKey: 'any' });
  nango.http.defaults.adapter = store.adapter;
});

afterEach(() => store.close());

test('issues are imported, changed and removed', async () => {
  const issues = new Map();
  tracker = [
    { id: '1', title: 'Crash on start' },
    { id: '2', title: 'Typo' }
  ];
  await store.runDue();
  let cursor = await importIssues(nango, 'mira', issues, undefined);
  assert.deepEqual(
    [...issues.values()].map((issue) => issue.title),
    ['Crash on start', 'Typo']
  );

  tracker = [
    { title: 'Crash on start', id: '1' },
    { id: '3', title: 'Dark theme' }
  ];
  store.advanceClock(3600);
  await store.runDue();
  cursor = await importIssues(nango, 'mira', issues, cursor);
  assert.deepEqual([...issues.keys()], ['1', '3']);
});

test('a failure of the tracker is seen, and loses nothing', async () => {
  tracker = [{ id: '1', title: 'Crash on start' }];
  await store.runDue();
  tracker = undefined;
  store.advanceClock(3600);
  await store.runDue();
  const { syncs } = await nango.syncStatus('tracker', ['issues'], 'mira');
  assert.equal(syncs[0].status, 'ERROR');
  assert.deepEqual(syncs[0].recordCount, { Issue: 1 });
});

test('a sync function that throws has failed, whatever it throws', async () => {
  const failures = [undefined, 'no reason', Object.assign(new Error('gone'), { code: 404 })];
  for (const thrown of failures) {
    store.defineSync({ providerConfigKey: 'tracker', name: 'issues', models: ['Issue'], frequency: 'every hour' }, async () => {
      throw thrown;
    });
    assert.equal(await store.runDue(), 1);
    const { syncs } = await nango.syncStatus('tracker', ['issues'], 'mira');
    assert.equal(syncs[0].latestExecutionStatus, 'ERROR');
    store.advanceClock(3600);
  }
});

test('a sync of one integration never gets the function of another', async () => {
  store.defineSync({ providerConfigKey: 'other', name: 'issues', models: ['Issue'], frequency: 'every hour' }, async (run) => {
    run.batchSave([{ id: 'other' }], 'Issue');
  });
  store.createConnection('other', 'mira');
  tracker = [{ id: '1' }];
  assert.equal(await store.runDue(), 2);
  const { records } = await nango.listRecords({ providerConfigKey: 'tracker', connectionId: 'mira', model: 'Issue' });
  assert.deepEqual(records.map((record) => record.id), ['1']);
});

test('a second copy of nangolite.mjs works beside the first', async () => {
  const second = await import('./nangolite.mjs?second');
  const other = new second.Nangolite();
  other.createConnection('tracker', 'joe');
  assert.equal(other.save({ providerConfigKey: 'tracker', connectionId: 'joe', model: 'Issue' }, [{ id: '1' }]).added, 1);
  other.close();
});
