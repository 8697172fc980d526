// Nango's own client for Node.js, asking nangolite: every request of the Syncs API that the client can make. No
// socket is opened. Run by `make client-test`, which lays this file beside those of examples/node.
import assert from 'node:assert/strict';
import net from 'node:net';
import { afterEach, beforeEach, test } from 'node:test';
import { Nango } from '@nangohq/node';
import { Nangolite } from './nangolite.mjs';

// Whoever connects to anything fails, and is counted.
let connects = 0;
net.Socket.prototype.connect = function connect() {
  connects++;
  throw new Error('no socket may be opened');
};

const where = { providerConfigKey: 'tracker', connectionId: 'mira' };
const issueScope = { ...where, model: 'Issue' };
const numbered = (count) =>
  Array.from({ length: count }, (_, i) => ({ id: String(i + 1), title: `Issue ${i + 1}` }));
const ids = (page) => page.records.map((record) => record.id);

let store, nango, ran;

beforeEach(() => {
  store = new Nangolite();
  store.setClock(new Date('2026-03-02T09:00:00Z'));
  ran = [];
  const note = (run) => {
    ran.push(`${run.sync}::${run.variant}@${run.connectionId}`);
  };
  store.defineSync(
    { providerConfigKey: 'tracker', name: 'issues', models: ['Issue'], frequency: 'every hour' },
    note
  );
  store.defineSync(
    {
      providerConfigKey: 'tracker',
      name: 'users',
      models: ['User'],
      frequency: 'every day',
      manualStart: true
    },
    note
  );
  store.createConnection('tracker', 'mira');
  connects = 0;
  nango = new Nango({ apiKey: 'key' });
  nango.http.defaults.adapter = store.adapter;
});

afterEach(() => {
  assert.equal(store.check(), null);
  assert.equal(connects, 0, 'a socket was opened');
  store.close();
});

// The client rejects with an axios error which carries nangolite's answer.
async function refused(promise, status, code, ...paths) {
  await assert.rejects(promise, (thrown) => {
    assert.equal(thrown.isAxiosError, true, String(thrown));
    assert.equal(thrown.response.status, status, JSON.stringify(thrown.response.data));
    assert.equal(thrown.response.data.error.code, code, JSON.stringify(thrown.response.data));
    assert.equal(typeof thrown.response.data.error.message, 'string');
    if (paths.length > 0)
      assert.deepEqual(thrown.response.data.error.errors.map((e) => e.path.join('.')).sort(), paths);
    return true;
  });
}

async function statusOf(sync, connectionId = 'mira') {
  return (await nango.syncStatus('tracker', [sync], connectionId)).syncs[0];
}

// ---- the ground ----

test('without the adapter the client would open a socket, and is stopped', async () => {
  const direct = new Nango({ apiKey: 'key', host: 'http://127.0.0.1:9' });
  await assert.rejects(direct.getEnvironmentVariables(), /no socket may be opened/);
  assert.equal(connects, 1);
  connects = 0;
});

// ---- listRecords ----

test('listRecords: a record with its metadata', async () => {
  store.save(issueScope, { id: '1', title: 'Crash', labels: ['bug'], assignee: null });
  const page = await nango.listRecords(issueScope);
  const cursor = Buffer.from('2026-03-02T09:00:00.000000Z||1').toString('base64');
  assert.deepEqual(page, {
    records: [
      {
        id: '1',
        title: 'Crash',
        labels: ['bug'],
        assignee: null,
        _nango_metadata: {
          first_seen_at: '2026-03-02T09:00:00.000000Z',
          last_modified_at: '2026-03-02T09:00:00.000000Z',
          last_action: 'ADDED',
          deleted_at: null,
          pruned_at: null,
          cursor
        }
      }
    ],
    next_cursor: null
  });
});

test('listRecords: what was read can be saved back, and is unchanged', async () => {
  store.save(issueScope, numbered(3));
  const { records } = await nango.listRecords(issueScope);
  const changes = store.save(issueScope, records);
  assert.equal(changes.unchanged, 3);
});

test('listRecords: paging by cursor gives everything once, in order', async () => {
  store.save(issueScope, numbered(25));
  const seen = [];
  let cursor,
    pages = 0;
  do {
    const page = await nango.listRecords({ ...issueScope, limit: 10, cursor });
    seen.push(...ids(page));
    cursor = page.next_cursor;
    pages++;
  } while (cursor);
  assert.deepEqual(
    seen,
    numbered(25).map((issue) => issue.id)
  );
  assert.equal(pages, 3);
});

test('listRecords: next_cursor is null on a last page that is full', async () => {
  store.save(issueScope, numbered(20));
  const first = await nango.listRecords({ ...issueScope, limit: 10 });
  const second = await nango.listRecords({ ...issueScope, limit: 10, cursor: first.next_cursor });
  assert.equal(second.records.length, 10);
  assert.equal(second.next_cursor, null);
});

test('listRecords: a page has 100 records unless asked otherwise, and at most 500', async () => {
  store.save(issueScope, numbered(501));
  assert.equal((await nango.listRecords(issueScope)).records.length, 100);
  assert.equal((await nango.listRecords({ ...issueScope, limit: 500 })).records.length, 500);
  await refused(nango.listRecords({ ...issueScope, limit: 501 }), 400, 'invalid_query_params', 'limit');
});

test('listRecords: ids', async () => {
  store.save(issueScope, [
    ...numbered(9),
    { id: 'a,b & c=d/é+', title: 'odd' },
    { id: 12345678901234567890n.toString(), title: 'long' }
  ]);
  assert.deepEqual(ids(await nango.listRecords({ ...issueScope, ids: ['7', '2', 'nobody'] })), ['2', '7']);
  assert.deepEqual(ids(await nango.listRecords({ ...issueScope, ids: ['a,b & c=d/é+'] })), ['a,b & c=d/é+']);
  await refused(
    nango.listRecords({ ...issueScope, ids: numbered(101).map((issue) => issue.id) }),
    400,
    'invalid_query_params',
    'ids'
  );
});

test('listRecords: filter', async () => {
  store.save(issueScope, numbered(3));
  store.save(issueScope, { id: '2', title: 'changed' });
  store.delete(issueScope, { id: '3' });
  assert.deepEqual(ids(await nango.listRecords({ ...issueScope, filter: 'added' })), ['1']);
  assert.deepEqual(ids(await nango.listRecords({ ...issueScope, filter: 'UPDATED' })), ['2']);
  assert.deepEqual(ids(await nango.listRecords({ ...issueScope, filter: 'deleted' })), ['3']);
  assert.deepEqual(ids(await nango.listRecords({ ...issueScope, filter: 'updated,deleted' })), ['2', '3']);
  await refused(
    nango.listRecords({ ...issueScope, filter: 'changed' }),
    400,
    'invalid_query_params',
    'filter'
  );
});

test('listRecords: modifiedAfter, and delta, its older name', async () => {
  store.save(issueScope, { id: '1' });
  store.advanceClock(60);
  store.save(issueScope, { id: '2' });
  assert.deepEqual(ids(await nango.listRecords({ ...issueScope, modifiedAfter: '2026-03-02T09:00:00Z' })), [
    '2'
  ]);
  assert.deepEqual(
    ids(await nango.listRecords({ ...issueScope, modifiedAfter: '2026-03-02T10:00:00+01:30' })),
    ['1', '2']
  );
  assert.deepEqual(ids(await nango.listRecords({ ...issueScope, delta: '2026-03-02T09:01:00Z' })), []);
  await refused(
    nango.listRecords({ ...issueScope, modifiedAfter: 'yesterday' }),
    400,
    'invalid_query_params',
    'modified_after'
  );
});

test('listRecords: a variant has records of its own', async () => {
  store.save(issueScope, { id: '1' });
  store.save({ ...issueScope, variant: 'closed' }, { id: '2' });
  assert.deepEqual(ids(await nango.listRecords(issueScope)), ['1']);
  assert.deepEqual(ids(await nango.listRecords({ ...issueScope, variant: 'base' })), ['1']);
  assert.deepEqual(ids(await nango.listRecords({ ...issueScope, variant: 'closed' })), ['2']);
  assert.deepEqual(ids(await nango.listRecords({ ...issueScope, variant: 'unheard-of' })), []);
});

test('listRecords: what is refused', async () => {
  await refused(nango.listRecords({ ...issueScope, connectionId: 'nobody' }), 400, 'unknown_connection');
  await refused(
    nango.listRecords({ ...issueScope, providerConfigKey: 'nothing' }),
    400,
    'unknown_connection'
  );
  await refused(nango.listRecords({ ...issueScope, model: 'issue' }), 400, 'invalid_query_params', 'model');
  await refused(
    nango.listRecords({ ...issueScope, cursor: 'no cursor' }),
    400,
    'invalid_query_params',
    'cursor'
  );
  await refused(
    nango.listRecords({ ...issueScope, limit: -1, filter: 'x' }),
    400,
    'invalid_query_params',
    'filter',
    'limit'
  );
});

// ---- pruneRecords ----

test('pruneRecords: up to a cursor, and what is left', async () => {
  store.save(issueScope, numbered(5));
  const { records } = await nango.listRecords(issueScope);
  const untilCursor = records[2]._nango_metadata.cursor;
  assert.deepEqual(await nango.pruneRecords({ ...issueScope, untilCursor, limit: 2 }), {
    count: 2,
    has_more: true
  });
  assert.deepEqual(await nango.pruneRecords({ ...issueScope, untilCursor, limit: 2 }), {
    count: 1,
    has_more: false
  });
  const after = (await nango.listRecords(issueScope)).records;
  assert.deepEqual(
    after.map((record) => record.title),
    [undefined, undefined, undefined, 'Issue 4', 'Issue 5']
  );
  assert.equal(after[0]._nango_metadata.pruned_at, '2026-03-02T09:00:00.000000Z');
  assert.equal(after[0]._nango_metadata.cursor, records[0]._nango_metadata.cursor);
});

test('pruneRecords: a variant, and what is refused', async () => {
  store.save({ ...issueScope, variant: 'closed' }, numbered(2));
  const { records } = await nango.listRecords({ ...issueScope, variant: 'closed' });
  const untilCursor = records[1]._nango_metadata.cursor;
  assert.deepEqual(await nango.pruneRecords({ ...issueScope, untilCursor }), { count: 0, has_more: false });
  assert.deepEqual(await nango.pruneRecords({ ...issueScope, variant: 'closed', untilCursor }), {
    count: 2,
    has_more: false
  });
  await refused(nango.pruneRecords({ ...issueScope, untilCursor: 'x' }), 400, 'invalid_body', 'until_cursor');
  await refused(nango.pruneRecords({ ...issueScope }), 400, 'invalid_body', 'until_cursor');
  await refused(
    nango.pruneRecords({ ...issueScope, connectionId: 'nobody', untilCursor }),
    400,
    'unknown_connection'
  );
});

// ---- triggerSync ----

test('triggerSync: one by name, at once', async () => {
  await store.runDue();
  ran.length = 0;
  const response = await nango.triggerSync('tracker', ['issues'], 'mira');
  assert.equal(response.status, 200);
  assert.deepEqual(response.data, { success: true });
  await store.runDue();
  assert.deepEqual(ran, ['issues::base@mira']);
});

test('triggerSync: {name, variant}, all syncs, all connections', async () => {
  store.createConnection('tracker', 'okan');
  await nango.createSyncVariant({
    provider_config_key: 'tracker',
    connection_id: 'mira',
    name: 'issues',
    variant: 'closed'
  });
  await store.runDue();
  ran.length = 0;
  await nango.triggerSync('tracker', [{ name: 'issues', variant: 'closed' }], 'mira');
  await store.runDue();
  assert.deepEqual(ran, ['issues::closed@mira']);
  ran.length = 0;
  await nango.triggerSync('tracker', ['issues']);
  await store.runDue();
  assert.deepEqual(ran.sort(), ['issues::base@mira', 'issues::base@okan']);
  ran.length = 0;
  await nango.triggerSync('tracker', [], 'mira');
  await store.runDue();
  assert.deepEqual(ran.sort(), ['issues::base@mira', 'issues::closed@mira', 'users::base@mira']);
});

test('triggerSync: opts reset and emptyCache', async () => {
  await store.runDue();
  store.save(issueScope, numbered(3));
  await nango.triggerSync('tracker', ['issues'], 'mira', { reset: true });
  assert.equal((await nango.listRecords(issueScope)).records.length, 3);
  await nango.triggerSync('tracker', ['issues'], 'mira', { reset: true, emptyCache: true });
  assert.equal((await nango.listRecords(issueScope)).records.length, 0);
  await nango.triggerSync('tracker', ['issues'], 'mira', {});
  await refused(nango.triggerSync('tracker', ['issues'], 'mira', { emptyCache: true }), 400, 'invalid_body');
});

test('triggerSync: the older forms', async () => {
  await store.runDue();
  store.save(issueScope, numbered(3));
  for (const mode of ['incremental', 'full_refresh', true, false]) {
    await nango.triggerSync('tracker', ['issues'], 'mira', mode);
    assert.equal((await nango.listRecords(issueScope)).records.length, 3, String(mode));
  }
  await nango.triggerSync('tracker', ['issues'], 'mira', 'full_refresh_and_clear_cache');
  assert.equal((await nango.listRecords(issueScope)).records.length, 0);
  await refused(
    nango.triggerSync('tracker', ['issues'], 'mira', 'backwards'),
    400,
    'invalid_body',
    'sync_mode'
  );
});

test('triggerSync: what is refused', async () => {
  await refused(nango.triggerSync('tracker', ['nothing'], 'mira'), 400, 'no_syncs_found');
  await refused(nango.triggerSync('tracker', ['issues'], 'nobody'), 404, 'unknown_connection');
  await refused(nango.triggerSync('nothing', ['issues']), 400, 'unknown_provider_config');
  await refused(nango.triggerSync(undefined, ['issues'], 'mira'), 400, 'missing_provider_config_key');
  store.createConnection('empty', 'mira');
  await refused(nango.triggerSync('empty', [], 'mira'), 400, 'no_syncs_found');
});

// ---- startSync, pauseSync, syncStatus ----

test('startSync and pauseSync', async () => {
  await store.runDue();
  assert.equal((await statusOf('users')).status, 'PAUSED');
  assert.deepEqual((await nango.startSync('tracker', ['users'], 'mira')).data, { success: true });
  assert.equal(await store.runDue(), 1);
  assert.equal((await statusOf('users')).status, 'SUCCESS');
  assert.deepEqual((await nango.pauseSync('tracker', ['users', 'issues'], 'mira')).data, { success: true });
  assert.equal((await statusOf('users')).status, 'PAUSED');
  assert.equal((await statusOf('issues')).nextScheduledSyncAt, null);
  store.advanceClock(7 * 86400);
  assert.equal(await store.runDue(), 0);
  await nango.startSync('tracker', []);
  assert.equal(await store.runDue(), 2);
  await refused(nango.startSync('tracker', ['nothing'], 'mira'), 400, 'no_syncs_found');
  await refused(
    nango.pauseSync('tracker', [{ name: 'issues', variant: 'none' }], 'mira'),
    400,
    'no_syncs_found'
  );
});

test('syncStatus: all that it says', async () => {
  store.save(issueScope, numbered(3));
  store.functions.set('tracker/issues', (run) => {
    run.batchSave([{ id: '1', title: 'changed' }, { id: '4' }], 'Issue');
    run.saveCheckpoint({ page: 2 });
  });
  const before = await statusOf('issues');
  assert.equal(before.status, 'SUCCESS');
  assert.equal(before.finishedAt, null);
  assert.equal(before.latestExecutionStatus, null);
  await store.runDue();
  const { id, ...status } = await statusOf('issues');
  assert.equal(typeof id, 'string');
  assert.deepEqual(status, {
    connection_id: 'mira',
    name: 'issues',
    variant: 'base',
    type: 'INITIAL',
    status: 'SUCCESS',
    frequency: 'every hour',
    finishedAt: '2026-03-02T09:00:00.000Z',
    nextScheduledSyncAt: '2026-03-02T10:00:00.000Z',
    checkpoint: { page: 2 },
    latestResult: { Issue: { added: 1, updated: 1, deleted: 0 } },
    latestExecutionStatus: 'SUCCESS',
    latestError: null,
    progress: null,
    recordCount: { Issue: 4 }
  });
  store.advanceClock(3600);
  await store.runDue();
  const later = await statusOf('issues');
  assert.equal(later.type, 'INCREMENTAL');
  assert.deepEqual(later.latestResult, { Issue: { added: 0, updated: 0, deleted: 0 } });
});

test('syncStatus: several, all, variants, and those that are not there', async () => {
  await nango.createSyncVariant({
    provider_config_key: 'tracker',
    connection_id: 'mira',
    name: 'issues',
    variant: 'closed'
  });
  store.createConnection('tracker', 'okan');
  const named = async (...args) =>
    (await nango.syncStatus('tracker', ...args)).syncs
      .map((s) => `${s.name}::${s.variant}@${s.connection_id}`)
      .sort();
  assert.deepEqual(await named('*', 'mira'), [
    'issues::base@mira',
    'issues::closed@mira',
    'users::base@mira'
  ]);
  assert.deepEqual(await named(['issues', 'users'], 'mira'), ['issues::base@mira', 'users::base@mira']);
  assert.deepEqual(await named([{ name: 'issues', variant: 'closed' }], 'mira'), ['issues::closed@mira']);
  assert.deepEqual(await named(['issues::closed'], 'mira'), ['issues::closed@mira']);
  assert.deepEqual(await named(['issues']), ['issues::base@mira', 'issues::base@okan']);
  assert.deepEqual(await named(['nothing'], 'mira'), []);
  await refused(nango.syncStatus('tracker', '*', 'nobody'), 400, 'invalid_body');
});

test('syncStatus: a failed run, and a run in progress', async () => {
  store.functions.set('tracker/issues', async () => {
    assert.equal((await statusOf('issues')).status, 'RUNNING');
    throw Object.assign(new Error('the tracker is down'), { code: 'source_down' });
  });
  await store.runDue();
  const status = await statusOf('issues');
  assert.equal(status.status, 'ERROR');
  assert.equal(status.latestExecutionStatus, 'ERROR');
});

// ---- updateSyncConnectionFrequency ----

test('updateSyncConnectionFrequency', async () => {
  await store.runDue();
  assert.deepEqual(
    await nango.updateSyncConnectionFrequency('tracker', 'issues', 'mira', 'every 30 minutes'),
    { frequency: 'every 30 minutes' }
  );
  assert.equal((await statusOf('issues')).nextScheduledSyncAt, '2026-03-02T09:30:00.000Z');
  assert.deepEqual(await nango.updateSyncConnectionFrequency('tracker', 'issues', 'mira', null), {
    frequency: 'every hour'
  });
  await nango.createSyncVariant({
    provider_config_key: 'tracker',
    connection_id: 'mira',
    name: 'issues',
    variant: 'closed'
  });
  const closed = { name: 'issues', variant: 'closed' };
  assert.deepEqual(await nango.updateSyncConnectionFrequency('tracker', closed, 'mira', 'every 2 hours'), {
    frequency: 'every 2 hours'
  });
  assert.equal((await statusOf('issues::closed')).frequency, 'every 2 hours');
  assert.equal((await statusOf('issues')).frequency, 'every hour');
});

test('updateSyncConnectionFrequency: what is refused', async () => {
  await refused(
    nango.updateSyncConnectionFrequency('tracker', 'issues', 'mira', 'every 29 seconds'),
    400,
    'invalid_body',
    'frequency'
  );
  await refused(
    nango.updateSyncConnectionFrequency('tracker', 'issues', 'mira', 'often'),
    400,
    'invalid_body',
    'frequency'
  );
  await refused(
    nango.updateSyncConnectionFrequency('tracker', 'nothing', 'mira', 'every hour'),
    400,
    'unknown_sync'
  );
});

// ---- variants ----

test('createSyncVariant and deleteSyncVariant', async () => {
  const closed = { provider_config_key: 'tracker', connection_id: 'mira', name: 'issues', variant: 'closed' };
  const made = await nango.createSyncVariant(closed);
  assert.equal(typeof made.id, 'string');
  assert.deepEqual({ name: made.name, variant: made.variant }, { name: 'issues', variant: 'closed' });
  store.save({ ...issueScope, variant: 'closed' }, numbered(2));
  await refused(nango.createSyncVariant(closed), 400, 'sync_variant_already_exists');
  assert.deepEqual(await nango.deleteSyncVariant(closed), { success: true });
  assert.deepEqual(ids(await nango.listRecords({ ...issueScope, variant: 'closed' })), []);
  await refused(nango.deleteSyncVariant(closed), 404, 'not_found');
});

test('createSyncVariant: what is refused', async () => {
  const base = { provider_config_key: 'tracker', connection_id: 'mira', name: 'issues', variant: 'base' };
  await refused(nango.createSyncVariant(base), 400, 'invalid_variant');
  await refused(nango.deleteSyncVariant({ ...base, variant: 'Base' }), 400, 'invalid_variant');
  await refused(
    nango.createSyncVariant({ ...base, variant: 'closed', name: 'nothing' }),
    400,
    'unknown_sync'
  );
  await refused(
    nango.createSyncVariant({ ...base, variant: 'closed', connection_id: 'nobody' }),
    400,
    'unknown_connection'
  );
  await refused(
    nango.createSyncVariant({ ...base, variant: 'no%20blanks' }),
    400,
    'invalid_uri_params',
    'variant'
  );
  for (let i = 0; i < 100; i++) await nango.createSyncVariant({ ...base, variant: `v${i}` });
  await refused(nango.createSyncVariant({ ...base, variant: 'one-more' }), 400, 'resource_capped');
});

// ---- connections and their metadata ----

test('setMetadata replaces, updateMetadata merges, getMetadata reads', async () => {
  assert.equal(await nango.getMetadata('tracker', 'mira'), null);
  const set = await nango.setMetadata('tracker', 'mira', { team: 7, labels: { bug: true } });
  assert.equal(set.status, 201);
  assert.deepEqual(set.data, {
    metadata: { team: 7, labels: { bug: true } },
    connection_id: 'mira',
    provider_config_key: 'tracker'
  });
  const updated = await nango.updateMetadata('tracker', 'mira', { labels: { wish: true } });
  assert.equal(updated.status, 200);
  assert.deepEqual(await nango.getMetadata('tracker', 'mira'), { team: 7, labels: { wish: true } });
  await nango.setMetadata('tracker', 'mira', {});
  assert.deepEqual(await nango.getMetadata('tracker', 'mira'), {});
});

test('setMetadata and updateMetadata of several connections', async () => {
  store.createConnection('tracker', 'okan');
  await nango.setMetadata('tracker', ['mira', 'okan'], { team: 7 });
  assert.deepEqual(await nango.getMetadata('tracker', 'okan'), { team: 7 });
  const some = nango.updateMetadata('tracker', ['okan', 'nobody'], { team: 8 });
  await refused(some, 404, 'unknown_connection');
  assert.deepEqual(await nango.getMetadata('tracker', 'okan'), { team: 7 });
});

test('getConnection', async () => {
  const { id, ...connection } = await nango.getConnection('tracker', 'mira', true, true, true);
  assert.equal(typeof id, 'number');
  assert.deepEqual(connection, {
    connection_id: 'mira',
    provider_config_key: 'tracker',
    provider: 'tracker',
    errors: [],
    end_user: null,
    tags: {},
    metadata: null,
    connection_config: {},
    webhook_url_override: null,
    created_at: '2026-03-02T09:00:00.000Z',
    updated_at: '2026-03-02T09:00:00.000Z',
    last_fetched_at: null,
    credentials: {}
  });
  assert.deepEqual(await nango.getToken('tracker', 'mira'), {});
  await refused(nango.getConnection('tracker', 'nobody'), 404, 'not_found');
  await refused(nango.getConnection('nothing', 'mira'), 400, 'unknown_provider_config');
});

test('listConnections, with both signatures', async () => {
  store.advanceClock(1);
  store.createConnection('mail', 'okan');
  store.createConnection('tracker', 'okan');
  const listed = async (...args) =>
    (await nango.listConnections(...args)).connections.map(
      (c) => `${c.connection_id}@${c.provider_config_key}`
    );
  assert.deepEqual(await listed(), ['okan@tracker', 'okan@mail', 'mira@tracker']);
  assert.deepEqual(await listed('mira'), ['mira@tracker']);
  assert.deepEqual(await listed(undefined, 'KA'), ['okan@tracker', 'okan@mail']);
  assert.deepEqual(await listed(undefined, undefined, { limit: 2, page: 1 }), ['mira@tracker']);
  assert.deepEqual(await listed({ integrationId: ['mail', 'tracker'], limit: 1 }), ['okan@tracker']);
  assert.deepEqual(await listed({ connectionId: 'okan', integrationId: 'mail' }), ['okan@mail']);
  const everything = { userId: '7', tags: { displayName: 'Mira', email: 'a@b.example', Team: 'x' } };
  assert.equal((await listed(everything)).length, 3);
  const [first] = (await nango.listConnections()).connections;
  assert.deepEqual(Object.keys(first), [
    'id',
    'connection_id',
    'provider_config_key',
    'provider',
    'errors',
    'end_user',
    'tags',
    'metadata',
    'created'
  ]);
});

test('connections can be neither changed nor deleted by a request', async () => {
  await refused(nango.deleteConnection('tracker', 'mira'), 405, 'method_not_allowed');
  const params = { connectionId: 'mira', provider_config_key: 'tracker' };
  await refused(nango.patchConnection(params, {}), 405, 'method_not_allowed');
});

// ---- environment variables ----

test('getEnvironmentVariables', async () => {
  assert.deepEqual(await nango.getEnvironmentVariables(), []);
  store.setEnvironmentVariable('REGION', 'eu');
  store.setEnvironmentVariable('API_URL', 'https://tracker.example/v2?a="b"');
  assert.deepEqual(await nango.getEnvironmentVariables(), [
    { name: 'API_URL', value: 'https://tracker.example/v2?a="b"' },
    { name: 'REGION', value: 'eu' }
  ]);
  store.setEnvironmentVariable('REGION', null);
  assert.equal((await nango.getEnvironmentVariables()).length, 1);
});

// ---- keys and routes ----

test('a secret key, once set, is asked for', async () => {
  store.setSecretKey('key');
  await nango.listRecords(issueScope);
  const other = new Nango({ secretKey: 'other' });
  other.http.defaults.adapter = store.adapter;
  await refused(other.listRecords(issueScope), 401, 'unknown_key');
  await refused(other.http.get('https://api.nango.dev/records'), 401, 'missing_auth_header');
});

test('what the API has and nangolite has not is 404, another method 405', async () => {
  await refused(nango.listIntegrations(), 404, 'not_found');
  await refused(nango.triggerAction('tracker', 'mira', 'close', {}), 404, 'not_found');
  await refused(nango.http.get('https://api.nango.dev/sync/trigger'), 405, 'method_not_allowed');
});

test('errors name each wrong member at once', async () => {
  const body = { provider_config_key: 'tracker', connection_id: 7, syncs: 'issues', sync_mod: 'x' };
  const post = nango.http.post('https://api.nango.dev/sync/start', body);
  await refused(post, 400, 'invalid_body', 'connection_id', 'sync_mod', 'syncs');
});

test('validateStatus decides what is an error, as with any axios request', async () => {
  const { status } = await nango.http.get('https://api.nango.dev/nowhere', { validateStatus: () => true });
  assert.equal(status, 404);
});
