// The store's calls as plain objects: records, requests, care, errors.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { NangoliteError, Store } from 'nangolite';

const where = { providerConfigKey: 'tracker', connectionId: 'mira' };
const issues = { ...where, model: 'Issue' };

let store;

beforeEach(() => {
  store = new Store();
  store.setClock('2026-03-02T09:00:00Z');
  store.createConnection('tracker', 'mira');
});

afterEach(() => {
  if (store.closed) return;
  assert.equal(store.check(), null);
  store.close();
});

const refusal = (code, message) => (error) => {
  assert.ok(error instanceof NangoliteError);
  assert.equal(error.code, code);
  if (message) assert.match(error.message, message);
  return true;
};

test('save, update, delete and list give plain objects with numbers', () => {
  assert.deepEqual(store.save(issues, [{ id: '1', title: 'Füße 🌙' }, { id: 2, title: 'Typo' }]), {
    added: 2,
    updated: 0,
    deleted: 0,
    unchanged: 0,
    skipped: 0,
    duplicates: 0
  });
  assert.equal(store.update(issues, [{ id: '1', open: true }, { id: '9' }]).skipped, 1);
  assert.equal(store.delete(issues, { id: 2 }).deleted, 1);
  const { records, next_cursor } = store.list(issues);
  assert.equal(next_cursor, null);
  assert.deepEqual(
    records.map(({ _nango_metadata: metadata, ...record }) => [metadata.last_action, record]),
    [
      ['UPDATED', { id: '1', title: 'Füße 🌙', open: true }],
      ['DELETED', { id: 2, title: 'Typo' }]
    ]
  );
  assert.equal(records[1]._nango_metadata.deleted_at, '2026-03-02T09:00:00.000003Z');
  assert.deepEqual(store.count(issues).live, 1);
});

test('a store made with asNango does as Nango does', () => {
  store.close();
  store = new Store({ asNango: true });
  store.createConnection('tracker', 'mira');
  assert.equal(store.save(issues, [{ id: 7, share: 1e21, b: 1, a: 0.1 }]).added, 1);
  assert.equal(store.save(issues, [{ id: 7, share: 1e21, a: 0.1, b: 1 }]).updated, 1);
  const [{ _nango_metadata, ...record }] = store.list(issues).records;
  assert.equal(JSON.stringify(record), '{"id":"7","share":1e+21,"a":0.1,"b":1}');
  assert.throws(() => store.save(issues, [{ id: 0 }]), refusal('invalid', /id is missing/));
});

test('raw records have the text that was saved, and stamps as bigint', () => {
  store.save(issues, '[{"id": 12345678901234567890, "n": 1.0}]');
  const [raw] = store.list(issues, { raw: true }).records;
  assert.equal(raw.payload, '{"id": 12345678901234567890, "n": 1.0}');
  assert.equal(raw.lastModifiedAt, BigInt(Date.parse('2026-03-02T09:00:00Z')) * 1000n);
  assert.equal(raw.deletedAt, null);
  assert.equal(store.list(issues).records[0].id, '12345678901234567890');
});

test('a query has limits, filters, ids and a cursor', () => {
  store.save(issues, Array.from({ length: 5 }, (_, i) => ({ id: String(i) })));
  const first = store.list(issues, { limit: 2 });
  assert.equal(first.records.length, 2);
  assert.deepEqual(store.list(issues, { cursor: first.next_cursor }).records.map((r) => r.id), ['2', '3', '4']);
  assert.deepEqual(store.list(issues, { ids: ['3', '1'] }).records.map((r) => r.id), ['1', '3']);
  const nothing = store.list(issues, { filter: ['deleted', 'updated'] });
  assert.equal(nothing.records.length, 0);
  assert.equal(nothing.last_cursor, store.list(issues).last_cursor);
  assert.equal(store.list(issues, { modifiedAfter: '2026-03-02T09:00:00.000002Z' }).records.length, 2);
  assert.deepEqual([...store.records(issues, { limit: 2 })].map((r) => r.id), ['0', '1', '2', '3', '4']);
});

test('pruning empties payloads', () => {
  store.save(issues, [{ id: '1', a: 1 }, { id: '2', a: 1 }]);
  assert.deepEqual(store.prune(issues, { limit: 1 }), { count: 1, has_more: true });
  assert.equal(store.list(issues).records[0].a, undefined);
  store.advanceClock(86400 * 31);
  assert.deepEqual(store.maintain(), { pruned: 1, deleted: 0 });
});

test('an error has the code of Nango, and the message of the library', () => {
  assert.throws(() => store.save({ ...issues, connectionId: 'who' }, []), refusal('unknown_connection', /who/));
  assert.throws(() => store.save(issues, [{ title: 'x' }]), refusal('invalid', /record 0: id is missing/));
  assert.throws(() => store.save({ ...issues, model: 'issue' }, []), refusal('invalid', /model/));
  assert.throws(() => store.save(issues, undefined), refusal('invalid', /undefined/));
  assert.throws(() => store.createConnection('tracker', 'a\0b'), refusal('invalid', /U\+0000/));
  assert.throws(() => store.setClock('yesterday'), refusal('invalid', /yesterday/));
  assert.throws(() => store.list(issues, { cursor: '!' }), refusal('invalid_cursor'));
});

test('times are Dates, RFC 3339 text or microseconds', () => {
  store.setClock(1772442000000001n);
  assert.equal(store.nowMicroseconds(), 1772442000000001n);
  store.setClock('2026-03-02T10:00:00.123456+01:00');
  assert.equal(store.nowMicroseconds(), 1772442000123456n);
  store.setClock(new Date(0));
  assert.deepEqual(store.now(), new Date(0));
});

test('a clock of your own is asked, and what it throws is thrown', () => {
  let now = new Date('2020-01-01T00:00:00Z');
  const own = new Store({
    clock: () => {
      if (now === null) throw new Error('no clock');
      return now;
    }
  });
  own.createConnection('tracker', 'mira');
  own.save(issues, { id: '1' });
  assert.equal(own.list(issues).records[0]._nango_metadata.first_seen_at, '2020-01-01T00:00:00.000000Z');
  now = null;
  assert.throws(() => own.save(issues, { id: '2' }), /no clock/);
  own.close();
});

test('without a clock the time is the system\'s', () => {
  const own = new Store();
  assert.ok(Math.abs(own.now() - Date.now()) < 5000);
  own.close();
});

test('requests are answered as by Nango', () => {
  store.save(issues, { id: '1' });
  const headers = { 'Connection-Id': 'mira', 'Provider-Config-Key': 'tracker' };
  const { status, body } = store.request('GET', '/records?model=Issue', headers);
  assert.equal(status, 200);
  assert.equal(body.records[0].id, '1');
  assert.equal(store.request('GET', '/records', 'Connection-Id: mira\nProvider-Config-Key: tracker').status, 400);
  store.setSecretKey('s3cret');
  assert.equal(store.request('GET', '/environment-variables').status, 401);
  store.setEnvironmentVariable('REGION', 'eu');
  assert.deepEqual(store.request('GET', '/environment-variables', { Authorization: 'Bearer s3cret' }).body, [
    { name: 'REGION', value: 'eu' }
  ]);
});

test('a use after close says so, closing again does not', () => {
  store.close();
  store.close();
  assert.equal(store.closed, true);
  for (const use of [() => store.list(issues), () => store.now(), () => store.snapshot(), () => store.request('GET', '/')]) {
    assert.throws(use, refusal('misuse', /the store is closed/));
  }
});

test('a store can be disposed of', () => {
  store[Symbol.dispose ?? Symbol.for('Symbol.dispose')]();
  assert.equal(store.closed, true);
});

test('stores do not see each other, and closed ones give their memory back', () => {
  for (let i = 0; i < 200; i++) {
    const other = new Store();
    other.createConnection('tracker', 'mira');
    other.save(issues, Array.from({ length: 100 }, (_, n) => ({ id: n + 1, text: 'x'.repeat(500) })));
    other.close();
  }
  assert.equal(store.count(issues).live, 0);
});

test('a look around: connections, metadata, collections, the newest stamp', () => {
  assert.deepEqual(store.metadata('tracker', 'mira'), {});
  store.setMetadata('tracker', 'mira', { team: 'a', size: 1 });
  store.setMetadata('tracker', 'mira', { size: 2 }, { merge: true });
  assert.deepEqual(store.metadata('tracker', 'mira'), { team: 'a', size: 2 });
  assert.deepEqual(store.connections('tracker')[0].metadata, { team: 'a', size: 2 });
  store.save(issues, { id: '1' });
  const [collection] = store.collections();
  assert.deepEqual([collection.model, collection.live, collection.last_change], ['Issue', 1, store.lastChange()]);
  assert.deepEqual(store.collections({ changedAfter: store.lastChange() }), []);
  store.defineSync({ providerConfigKey: 'tracker', name: 'issues', models: ['Issue'], frequency: '1h', maxRetries: 3, retryAfterS: 60, localTime: true });
  const [sync] = store.syncs();
  assert.deepEqual([sync.name, sync.max_retries, sync.retry_after_s, sync.local_time], ['issues', 3, 60, true]);
  assert.equal(store.environmentVariable('REGION'), null);
  store.setEnvironmentVariable('REGION', 'eu');
  assert.equal(store.environmentVariable('REGION'), 'eu');
});

test('a sound store needs no repair', () => {
  store.save(issues, { id: '1' });
  assert.equal(store.repair(), null);
  assert.equal(store.check(), null);
});

test('expect compares a collection with expected records', () => {
  store.save(issues, [{ id: '1', open: true }]);
  assert.equal(store.expect(issues, [{ open: true, id: 1 }]), null);
  assert.match(store.expect(issues, [{ id: '1', open: false }]), /open/);
});

test('fixtureLoad stores what was recorded, and makes the connection', () => {
  const nango = {
    getMetadata: { team: 'a' },
    batchSave: { Issue: [{ id: '1', open: true }, { id: '2', open: true }] },
    batchUpdate: { Issue: [{ id: '1', open: false }] },
    batchDelete: { Issue: [{ id: '2' }] }
  };
  const joe = { ...issues, connectionId: 'joe' };
  const { added, updated, deleted } = store.fixtureLoad(joe, { nango });
  assert.deepEqual([added, updated, deleted], [2, 1, 1]);
  assert.equal(store.expect(joe, [{ id: '1', open: false }]), null);
  assert.deepEqual(store.metadata('tracker', 'joe'), { team: 'a' });
  assert.throws(() => store.fixtureLoad(joe, { nango: { batchSave: 7 } }), refusal('invalid', /batchSave/));
  assert.equal(store.fixtureLoad({ ...joe, variant: 'old' }, { Issue: [{ id: '9' }] }).added, 1);
});

// In the night to 29 March 2026 the clocks of Berlin went from 2:00 to 3:00.
const inBerlin = (time) => (time < new Date('2026-03-29T01:00:00Z') ? 3600 : 7200);

test('a sync with localTime keeps the time of day, by the zone that is given or the host\'s', () => {
  const dueOn29March = (options) => {
    const other = new Store(options);
    other.setClock('2026-03-28T17:00:00Z');
    other.createConnection('tracker', 'mira');
    other.defineSync({ providerConfigKey: 'tracker', name: 'issues', models: ['Issue'], frequency: 'every day', localTime: true });
    other.nextRun().finish();
    const due = other.nextDue().toISOString();
    other.close();
    return due;
  };
  assert.equal(dueOn29March({ utcOffset: inBerlin }), '2026-03-29T16:00:00.000Z');
  assert.equal(dueOn29March({ utcOffset: () => 0 }), '2026-03-29T17:00:00.000Z');
  const before = process.env.TZ;
  process.env.TZ = 'Europe/Berlin';
  assert.equal(dueOn29March({}), '2026-03-29T16:00:00.000Z');
  if (before === undefined) delete process.env.TZ;
  else process.env.TZ = before;
  assert.throws(() => dueOn29March({ utcOffset: () => { throw new Error('no zone'); } }), /no zone/);
});

test('stores of one name are one store, until the last of them is closed', () => {
  const one = new Store({ name: 'shared' });
  const two = new Store({ name: 'shared' });
  one.createConnection('tracker', 'mira');
  one.save(issues, { id: '1' });
  assert.equal(two.count(issues).live, 1);
  assert.throws(() => one.restore(two.snapshot()), refusal('busy', /another handle/));
  one.close();
  assert.equal(two.count(issues).live, 1);
  two.close();
  const anew = new Store({ name: 'shared' });
  assert.deepEqual(anew.connections(), []);
  anew.close();
});
