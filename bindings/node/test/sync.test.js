// runSync: the nango object, replay, pagination, retries, time.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { ActionError, MissingRequestError, Replay, Store, loadSync, runSync } from 'nangolite';

const issues = { providerConfigKey: 'tracker', connectionId: 'test', model: 'Issue' };
const base = { name: 'issues', providerConfigKey: 'tracker', models: ['Issue'] };

let store;

beforeEach(() => {
  store = new Store();
  store.setClock('2026-03-02T09:00:00Z');
});

afterEach(() => {
  assert.equal(store.check(), null);
  store.close();
});

// Runs `exec` with an API of pages by path and query.
async function run(exec, pages = {}, options = {}) {
  const asked = [];
  const http = (config) => {
    const query = new URLSearchParams(config.params ?? {}).toString();
    const text = config.endpoint + (query && `?${query}`) + (config.data ? ` ${JSON.stringify(config.data)}` : '');
    asked.push(text);
    const page = pages[text];
    const answer = typeof page === 'function' ? page(config) : page;
    return answer && ('status' in answer || 'networkError' in answer) ? { headers: {}, ...answer } : { status: 200, headers: {}, data: answer };
  };
  const result = await runSync(store, exec, { ...base, http, ...options });
  return { ...result, asked };
}

const collect = async (pages) => {
  const all = [];
  for await (const page of pages) all.push(...page);
  return all;
};

test('records go into the store, and come back by id', async () => {
  const { success, error, results } = await run(async (nango) => {
    assert.equal(await nango.batchSave([], 'Issue'), true);
    assert.equal(await nango.batchSave([{ id: 1, n: 1 }, { id: '2', n: 2 }], 'Issue'), true);
    await nango.batchUpdate([{ id: '2', m: 3 }], 'Issue');
    await nango.batchDelete([{ id: 1 }], 'Issue');
    const found = await nango.getRecordsByIds(['2', 9], 'Issue');
    assert.equal(found.get('2').m, 3);
    assert.equal(found.size, 1);
    const listed = await Array.fromAsync?.(nango.listRecords('Issue'));
    if (listed) assert.equal(listed.length, 2);
  });
  assert.equal(error, null);
  assert.equal(success, true);
  assert.deepEqual(results.Issue, { added: 2, updated: 1, deleted: 1, unchanged: 0 });
});

test('trackDeletesEnd and deleteRecordsFromPreviousExecutions say which are gone', async () => {
  await run((nango) => nango.batchSave([{ id: '1' }, { id: '2' }, { id: '3' }], 'Issue'));
  await run(async (nango) => {
    await nango.trackDeletesStart('Issue');
    await nango.batchSave([{ id: '2' }, { id: '3' }], 'Issue');
    assert.deepEqual(await nango.trackDeletesEnd('Issue'), { deletedKeys: ['1'] });
  });
  const { error } = await run(async (nango) => {
    await nango.batchSave([{ id: '3' }], 'Issue');
    assert.deepEqual(await nango.deleteRecordsFromPreviousExecutions('Issue'), { deletedKeys: ['2'] });
  });
  assert.equal(error, null);
  assert.equal(store.count(issues).live, 1);
});

test('checkpoints, lastSyncDate and reset', async () => {
  const seen = [];
  const exec = async (nango) => {
    seen.push([(await nango.getCheckpoint())?.page, nango.lastSyncDate?.toISOString()]);
    await nango.saveCheckpoint({ page: 2 });
  };
  await run(exec);
  store.advanceClock(60);
  await run(exec);
  await run(exec, {}, { reset: true });
  assert.deepEqual(seen, [[undefined, undefined], [2, '2026-03-02T09:00:00.000Z'], [undefined, undefined]]);
});

test('metadata, connection and environment variables', async () => {
  store.setEnvironmentVariable('REGION', 'eu');
  const fixture = { nango: { getMetadata: { team: 'a' }, getConnection: { connection_config: { shop: 's' } } } };
  const { error } = await runSync(store, async (nango) => {
    assert.deepEqual(await nango.getMetadata(), { team: 'a' });
    await nango.updateMetadata({ size: 2 });
    assert.deepEqual((await nango.getConnection()).metadata, { team: 'a', size: 2 });
    await nango.setMetadata({ team: 'b' });
    assert.deepEqual(await nango.getMetadata(), { team: 'b' });
    assert.equal((await nango.getConnection()).connection_config.shop, 's');
    assert.deepEqual(await nango.getEnvironmentVariables(), [{ name: 'REGION', value: 'eu' }]);
    await assert.rejects(nango.getToken(), /nothing was recorded/);
  }, { ...base, fixture });
  assert.equal(error, null);
});

test('pagination by cursor', async () => {
  const paginate = { type: 'cursor', cursor_path_in_response: 'meta.next', cursor_name_in_request: 'after', response_path: 'items', limit_name_in_request: 'n', limit: 2 };
  const pages = {
    '/i?n=2': { items: [1, 2], meta: { next: ' c2 ' } },
    '/i?n=2&after=c2': { items: [3], meta: { next: '' } }
  };
  const { error, asked } = await run(async (nango) => assert.deepEqual(await collect(nango.paginate({ endpoint: '/i', paginate })), [1, 2, 3]), pages);
  assert.equal(error, null);
  assert.deepEqual(asked, ['/i?n=2', '/i?n=2&after=c2']);
});

test('pagination by cursor in the body, where a name with dots is a member of a member', async () => {
  const paginate = { type: 'cursor', cursor_path_in_response: 'next', cursor_name_in_request: 'page.after', response_path: 'items' };
  const pages = { '/i {"q":1}': { items: [1], next: 7 }, '/i {"q":1,"page":{"after":7}}': { items: [2] } };
  const { error } = await run(async (nango) => assert.deepEqual(await collect(nango.paginate({ endpoint: '/i', method: 'POST', data: { q: 1 }, paginate })), [1, 2]), pages);
  assert.equal(error, null);
});

test('pagination by link, in a header and in the body', async () => {
  const pages = {
    '/i?per_page=1': () => ({ status: 200, data: [1], headers: { link: '<https://api.x/i?page=2>; rel="next", <https://api.x/i?page=9>; rel="last"' } }),
    '/i?page=2': () => ({ status: 200, data: [2], headers: {} }),
    '/b': { items: [1], next: '/b?p=2' },
    '/b?p=2': { items: [2], next: '/b?p=2' }
  };
  const { error } = await run(async (nango) => {
    const header = { type: 'link', link_rel_in_response_header: 'next', limit_name_in_request: 'per_page', limit: 1 };
    assert.deepEqual(await collect(nango.paginate({ endpoint: '/i', paginate: header })), [1, 2]);
    const body = { type: 'link', link_path_in_response_body: 'next', response_path: 'items' };
    assert.deepEqual(await collect(nango.paginate({ endpoint: '/b', paginate: body })), [1, 2]);
  }, pages);
  assert.equal(error, null);
});

test('pagination by offset, by page and by size, with on_page', async () => {
  const pages = {
    '/i?start=0&n=2': { items: [1, 2] }, '/i?start=2&n=2': { items: [3] },
    '/p?page=1': { items: [1] }, '/p?page=2': { items: [] }
  };
  const { error } = await run(async (nango) => {
    const told = [];
    const bySize = { type: 'offset', offset_name_in_request: 'start', response_path: 'items', limit_name_in_request: 'n', limit: 2, on_page: ({ nextPageParam }) => told.push(nextPageParam) };
    assert.deepEqual(await collect(nango.paginate({ endpoint: '/i', params: { start: '0' }, paginate: bySize })), [1, 2, 3]);
    assert.deepEqual(told, [0]);
    const byPage = { type: 'offset', offset_name_in_request: 'page', offset_start_value: 1, offset_calculation_method: 'per-page', response_path: 'items' };
    assert.deepEqual(await collect(nango.paginate({ endpoint: '/p', paginate: byPage })), [1]);
  }, pages);
  assert.equal(error, null);
});

test('pagination defaults are those of the provider', async () => {
  const pages = { '/contacts': { results: [1], paging: { next: { after: 'x' } } }, '/contacts?after=x': { results: [2] } };
  const exec = async (nango) => assert.deepEqual(await collect(nango.paginate({ endpoint: '/contacts' })), [1, 2]);
  assert.equal((await run(exec, pages, { provider: 'hubspot' })).error, null);
  assert.match((await run(exec, pages, { provider: 'unknown' })).error.description, /paginate/);
});

test('a failing request is tried again as the runner does it, in held time', async () => {
  let left = 3;
  const pages = { '/i': () => (left-- > 0 ? { status: 503, data: 'busy' } : { status: 200, data: 'fine' }) };
  const { error, asked } = await run(async (nango) => assert.equal((await nango.get({ endpoint: '/i', retries: 3 })).data, 'fine'), pages);
  assert.equal(error, null);
  assert.equal(asked.length, 4);
  assert.equal(store.now().toISOString(), '2026-03-02T09:00:21.000Z');     // 3 + 6 + 12 s
});

test('what is not worth trying again is thrown as axios throws it', async () => {
  const pages = { '/i': { status: 404, data: { message: 'no' } }, '/r': { networkError: 'ECONNRESET' } };
  const { asked, error } = await run(async (nango) => {
    await assert.rejects(nango.get({ endpoint: '/i', retries: 5 }), (thrown) => thrown.isAxiosError && thrown.response.status === 404 && thrown.response.data.message === 'no');
    await nango.get({ endpoint: '/r', retries: 1 });
  }, pages);
  assert.deepEqual(asked, ['/i', '/r', '/r']);
  assert.equal(error.type, 'ECONNRESET');
});

test('a header says how long to wait', async () => {
  let left = 1;
  const pages = { '/i': () => (left-- > 0 ? { status: 429, data: '', headers: { 'retry-after': '90' } } : { status: 200, data: 1 }) };
  await run((nango) => nango.get({ endpoint: '/i', retries: 1, retryHeader: { after: 'retry-after' } }), pages);
  assert.equal(store.now().toISOString(), '2026-03-02T09:01:30.000Z');
});

test('an ActionError, and input that is refused', async () => {
  assert.deepEqual((await run(async (nango) => { throw new nango.ActionError({ message: 'no access' }); })).error, { type: 'action_script_runtime_error', description: 'no access' });
  const zodSchema = { safeParse: () => ({ success: false, error: { issues: [{ message: 'wrong', path: ['a', 'b'] }] } }) };
  const { thrown, logs } = await run((nango) => nango.zodValidateInput({ zodSchema, input: 1 }));
  assert.ok(thrown instanceof ActionError);
  assert.match(logs[0].message, /wrong at path a\.b/);
});

test('replay finds by hash, then by params, headers and body', () => {
  const replay = new Replay({
    api: {
      get: { '/i': [{ response: 1, request: { params: { a: '1' } } }, { response: 2, request: { params: { a: '2' }, headers: { 'X-Kind': 'k' } } }], once: { response: 3 } },
      post: { '/s': [{ response: 4, request: { data: { q: 1 } } }, { response: 5, request: { data: { q: 2 } } }] }
    }
  });
  const data = (config) => replay.respond(config).data;
  assert.equal(data({ endpoint: 'i', params: { a: 1 } }), 1);
  assert.equal(data({ endpoint: '/i?a=2', headers: { 'x-kind': 'k', authorization: 'secret' } }), 2);
  assert.equal(data({ endpoint: 'https://api.x/once' }), 3);
  assert.equal(data({ method: 'POST', endpoint: '/s', data: { q: 2 }, headers: { 'content-type': 'application/json' } }), 5);
  assert.throws(() => data({ endpoint: '/i', params: { a: 3 } }), (error) => error instanceof MissingRequestError && /GET \/i\?a=1/.test(error.message));
  assert.equal(replay.missing.length, 1);
});

test('replay may answer with the nearest, or with nothing', () => {
  const fixture = { api: { get: { '/i': [{ response: 1, request: { params: { a: '1', b: '1' } } }, { response: 2, request: { params: { a: '2', b: '2' } } }] } } };
  const config = { endpoint: '/i', params: { a: '2', b: '3' } };
  assert.equal(new Replay(fixture, { onMissing: 'nearest' }).respond(config).data, 2);
  assert.deepEqual(new Replay(fixture, { onMissing: 'empty' }).respond(config).data, {});
});

test('a sync file is loaded as it is, with held Date and timers', async () => {
  const sync = await loadSync('held_time.ts');
  const { success, error } = await runSync(store, sync, { providerConfigKey: 'tracker' });
  assert.equal(error, null);
  assert.equal(success, true);
  const [{ woke, at, kind }] = store.list({ providerConfigKey: 'tracker', connectionId: 'test', model: 'Moment' }).records;
  assert.deepEqual([at, woke, kind], ['2026-03-02T09:00:00.000Z', '2026-03-02T09:10:00.000Z', 'Date']);
});

test('each run has the file evaluated anew', async () => {
  const sync = await loadSync('held_time.ts');
  for (let i = 0; i < 2; i++) await runSync(store, sync, { providerConfigKey: 'tracker' });
  assert.equal(store.list({ providerConfigKey: 'tracker', connectionId: 'test', model: 'Moment' }).records[0].evaluations, 1);
});

test('a file that is no sync is refused', async () => {
  await assert.rejects(loadSync('types.ts'), /exports no sync/);
});
