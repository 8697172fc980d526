// Sync functions in JavaScript: the schedule, failures, events, aborted runs.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { Store } from 'nangolite';

const hourly = (name, providerConfigKey = 'tracker') => ({ providerConfigKey, name, models: ['Issue'], frequency: 'every hour' });
const issues = { providerConfigKey: 'tracker', connectionId: 'mira', model: 'Issue' };

let store, events;

beforeEach(() => {
  store = new Store();
  store.setClock('2026-03-02T09:00:00Z');
  store.createConnection('tracker', 'mira');
  events = [];
  store.onSync((event) => events.push(event));
});

afterEach(() => {
  if (store.closed) return;
  assert.equal(store.check(), null);
  store.close();
});

test('runDue awaits async functions', async () => {
  store.defineSync(hourly('issues'), async (run) => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    run.trackDeletesStart('Issue');
    assert.equal(run.batchSave([{ id: '1' }], 'Issue').added, 1);
    await null;
    assert.equal(run.trackDeletesEnd('Issue').deleted, 0);
    run.saveCheckpoint({ page: 3 });
  });
  assert.equal(await store.runDue(), 1);
  assert.equal(await store.runDue(), 0);
  assert.deepEqual(store.syncStatus('tracker', 'mira').syncs[0].checkpoint, { page: 3 });
  assert.deepEqual(events[0].responseResults, { added: 1, updated: 0, deleted: 0 });
});

test('one sync of one integration never gets the function of another', async () => {
  const ran = [];
  store.createConnection('helpdesk', 'mira');
  store.defineSync(hourly('issues', 'helpdesk'), (run) => ran.push(`helpdesk for ${run.providerConfigKey}`));
  store.defineSync(hourly('issues'), (run) => ran.push(`tracker for ${run.providerConfigKey}`));
  assert.equal(await store.runDue(), 2);
  assert.deepEqual(ran.sort(), ['helpdesk for helpdesk', 'tracker for tracker']);
});

const failures = [
  ['undefined', undefined, 'script_error', 'undefined was thrown'],
  ['null', null, 'script_error', 'null was thrown'],
  ['a text', 'boom', 'script_error', 'boom was thrown'],
  ['an error', new Error('boom'), 'script_error', 'boom'],
  ['a numeric code', Object.assign(new Error('boom'), { code: 404 }), '404', 'boom'],
  ['a type', Object.assign(new Error(''), { type: 'action_script_runtime_error', payload: { message: 'no access' } }), 'action_script_runtime_error', 'no access']
];
for (const [what, thrown, type, description] of failures) {
  test(`${what} that is thrown is a failure`, async () => {
    store.defineSync(hourly('issues'), async () => {
      throw thrown;
    });
    assert.equal(await store.runDue(), 1);
    assert.equal(events[0].success, false);
    assert.deepEqual(events[0].error, { type, description });
    assert.equal(store.syncStatus('tracker', 'mira').syncs[0].status, 'ERROR');
  });
}

test('a run of a sync without a function has failed', async () => {
  store.defineSync(hourly('issues'));
  assert.equal(await store.runDue(), 1);
  assert.match(events[0].error.description, /no function was given for tracker\/issues/);
});

test('runUntil executes each run at its time and leaves the clock at the end', async () => {
  const times = [];
  store.defineSync(hourly('issues'), async () => times.push(store.now().toISOString()));
  assert.equal(await store.runUntil('2026-03-02T11:30:00Z'), 3);
  assert.deepEqual(times, ['2026-03-02T09:00:00.000Z', '2026-03-02T10:00:00.000Z', '2026-03-02T11:00:00.000Z']);
  assert.equal(store.now().toISOString(), '2026-03-02T11:30:00.000Z');
  assert.equal(store.nextDue().toISOString(), '2026-03-02T12:00:00.000Z');
  await assert.rejects(store.runUntil('2026-03-02T11:00:00Z'), { code: 'invalid' });
});

test('runUntil needs a clock that stands still', async () => {
  const running = new Store();
  await assert.rejects(running.runUntil(new Date()), { code: 'misuse' });
  running.close();
});

test('a loop of your own claims and finishes runs', () => {
  store.defineSync(hourly('issues'));
  const run = store.nextRun();
  assert.deepEqual([run.sync, run.variant, run.connectionId, run.name], ['issues', 'base', 'mira', 'tracker/mira/issues::base']);
  assert.equal(store.nextRun(), null);
  run.heartbeat();
  run.finish({ type: 'gone', description: 'no such tracker' });
  assert.equal(run.aborted, true);
  assert.throws(() => run.batchSave([{ id: '1' }], 'Issue'), { code: 'aborted' });
  assert.deepEqual(events[0].error, { type: 'gone', description: 'no such tracker' });
});

test('a run that a reset aborts hears of it, and runDue goes on', async () => {
  let error;
  store.defineSync(hourly('issues'), async (run) => {
    if (error) return;
    store.triggerSync('tracker', 'mira', ['issues'], { reset: true });
    assert.equal(run.aborted, true);
    try {
      run.batchSave([{ id: '1' }], 'Issue');
    } catch (thrown) {
      error = thrown;
      throw thrown;
    }
  });
  assert.equal(await store.runDue(), 2);
  assert.equal(error.code, 'aborted');
  assert.equal(store.count(issues).live, 0);
});

test('a store may be closed while a function is awaited', async () => {
  store.defineSync(hourly('issues'), async (run) => {
    store.close();
    assert.throws(() => run.batchSave([], 'Issue'), { code: 'misuse' });
  });
  assert.equal(await store.runDue(), 1);
});

test('what an event callback throws comes out of the call that ended the run', async () => {
  store.onSync(() => {
    throw new Error('the callback failed');
  });
  store.defineSync(hourly('issues'), async () => {});
  await assert.rejects(store.runDue(), /the callback failed/);
  store.onSync(null);
  store.advanceClock(3600);
  assert.equal(await store.runDue(), 1);
});

test('triggers, pauses, variants and frequencies', async () => {
  const ran = [];
  store.defineSync(hourly('issues'), async (run) => ran.push(run.variant));
  await store.runDue();
  store.pauseSync('tracker', 'mira', ['issues']);
  store.advanceClock(7200);
  assert.equal(await store.runDue(), 0);
  store.triggerSync('tracker', 'mira', ['issues']);
  assert.equal(await store.runDue(), 1);
  store.startSync('tracker', null, []);
  const instance = { providerConfigKey: 'tracker', connectionId: 'mira', sync: 'issues' };
  assert.equal(store.setFrequency(instance, 'every 2 hours'), 'every 2 hours');
  assert.equal(store.setFrequency(instance, null), 'every hour');
  store.createVariant(instance, 'closed');
  await store.runDue();
  assert.deepEqual(ran.sort(), ['base', 'base', 'base', 'closed']);
  store.deleteVariant(instance, 'closed');
  assert.throws(() => store.deleteVariant(instance, 'closed'), { code: 'not_found' });
});

test('merging strategies leave alone what others changed', async () => {
  store.save(issues, { id: '1', by: 'hand' });
  store.defineSync(hourly('issues'), async (run) => {
    run.setMergingStrategy({ strategy: 'ignore_if_modified_after' }, 'Issue');
    store.save(issues, { id: '1', by: 'hand, later' });
    assert.equal(run.batchSave([{ id: '1', by: 'run' }], 'Issue').skipped, 1);
    assert.equal(run.list('Issue').records[0].by, 'hand, later');
  });
  await store.runDue();
  assert.equal(events[0].success, true);
});

test('againAt, progress, kept runs and their errors', async () => {
  store.defineSync({ ...hourly('issues'), maxRetries: 1, retryAfterS: 60 }, async (run) => {
    run.progress(3, 10);
    assert.deepEqual(store.syncStatus('tracker', 'mira').syncs[0].progress, { done: 3, total: 10 });
    run.batchSave([{ id: '1' }], 'Issue');
    run.againAt('2026-03-02T09:20:00Z');
    throw new Error('rate limit');
  });
  await store.runDue();
  assert.equal(store.nextDue().toISOString(), '2026-03-02T09:20:00.000Z');
  const [latest] = store.runs({ providerConfigKey: 'tracker', connectionId: 'mira', sync: 'issues' });
  assert.deepEqual([latest.result, latest.error.description, latest.results.Issue.added], ['ERROR', 'rate limit', 1]);
});

test('a run that asks for the next at once has it in the same call, but no third', async () => {
  store.defineSync(hourly('issues'), async (run) => run.againAt(store.now()));
  assert.equal(await store.runDue(), 2);
  await assert.rejects(store.runUntil('2026-03-02T10:00:00Z'), /1,000 times at one instant/);
});

test('claimRun, cancelSync, renameSync and removeSync', async () => {
  const instance = { providerConfigKey: 'tracker', connectionId: 'mira', sync: 'issues' };
  let ran = 0;
  store.defineSync({ ...hourly('issues'), manualStart: true }, async () => ran++);
  const run = store.claimRun(instance);
  assert.throws(() => store.claimRun(instance), { code: 'busy' });
  store.cancelSync('tracker', 'mira', ['issues']);
  assert.throws(() => run.batchSave([{ id: '1' }], 'Issue'), { code: 'aborted' });
  assert.throws(() => run.finish(), { code: 'aborted' });
  store.renameSync('tracker', 'issues', 'tickets');
  await store.execute(store.claimRun({ ...instance, sync: 'tickets' }));
  assert.equal(ran, 1);
  store.removeSync('tracker', 'tickets');
  assert.throws(() => store.claimRun({ ...instance, sync: 'tickets' }), (error) => error.code.startsWith('unknown'));
});
