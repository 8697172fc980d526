// A sync and its fixture as a test: runs, changes of the API, and what must come of them. For any test runner.
import { readFileSync } from 'node:fs';
import { loadSync } from '../load_sync.js';
import { SyncContext } from '../run_sync.js';
import { Store } from '../store.js';
import { toSpan, toText } from '../time.js';
import { Api } from './api.js';
import { compareRecords, expectedRecords, liveRecords } from './compare.js';
import { failEachRequest } from './failing.js';

const BEGIN = '2026-01-01T00:00:00Z';          // where a fixture has no Date header
const HOUR = 3600;
const SHOWN = 10;

/** What an expectation of the kit throws. */
export class ExpectationError extends Error {
  name = 'ExpectationError';

  constructor(message, { findings } = {}) {
    super(message);
    if (findings) this.findings = findings;
  }
}

export class SyncTest {
  #context;
  #options;
  #ran = 0;
  #since = 0n;
  #empty;
  // The snapshot that the store is as good as: runs since then have left nothing behind that a run after a reset could meet.
  #unchangedSince = null;
  /** What is worth knowing, and is no failure: requests that a later run made and that were not recorded. */
  notes = [];

  /** Loads a sync file and the fixture that `nango dryrun --save` wrote for it. */
  static async load(file, fixture, options = {}) {
    const recorded = typeof fixture === 'string' ? JSON.parse(readFileSync(fixture, 'utf8')) : fixture;
    return new SyncTest(await loadSync(file), recorded, options);
  }

  /** @param sync what loadSync() gave  @param fixture the fixture's JSON */
  constructor(sync, fixture, options = {}) {
    this.sync = sync;
    this.fixture = fixture;
    this.#options = options;
    this.store = new Store({ leaseMs: 86400000 });
    this.store.setClock(options.now ?? earliestDate(fixture) ?? BEGIN);
    const models = [...new Set([...sync.models, ...expectedRecords(fixture).keys()])];
    this.#context = new SyncContext(this.store, { ...asPlain(sync), models }, { connectionId: 'test', ...options, fixture });
    this.#context.define({ maxDeletePercent: options.maxDeletePercent });
    if (options.metadata) this.#context.setMetadata(options.metadata);
    this.api = new Api(this.#context.replay);
    this.#empty = this.snapshot();
  }

  close() {
    this.store.close();
  }

  [Symbol.dispose ?? Symbol.for('Symbol.dispose')]() {
    this.close();
  }

  get models() {
    return this.#context.sync.models;
  }

  /** What the latest run called: { name, model, changes, ids, stack }. */
  get calls() {
    return this.#context.calls;
  }

  /** The latest run's requests, as { key, text, missing }. */
  get requests() {
    return this.#context.replay.requests;
  }

  /** Whether the latest run has read or set what outlives a run: checkpoint, records, metadata, the date of the last sync. */
  get usesState() {
    return this.#context.usesState;
  }

  get metadata() {
    return this.#context.metadata;
  }

  /** The live records: a Map of Maps, by model and id. */
  records() {
    return liveRecords(this.store, this.#context.where, this.models);
  }

  /** How many records are live. */
  count() {
    const { providerConfigKey, connectionId, variant } = this.#context.where;
    return this.models.reduce((sum, model) => sum + this.store.count({ providerConfigKey, connectionId, variant, model }).live, 0);
  }

  /** One run: the first at the fixture's time, each later one an hour after. It goes on from the checkpoint; `reset`:
   *  that is forgotten. Rejects with what the sync throws; a request of a later run, without reset, that was not
   *  recorded is only noted. */
  async run({ reset = false } = {}) {
    const result = await this.attempt({ reset });
    if (result.success) return result;
    if (result.isMissing && this.#ran > 1 && !reset) {
      this.notes.push(`not recorded: ${result.missing.join(', ')}`);
      return result;
    }
    throw result.thrown instanceof Error ? result.thrown : new ExpectationError(result.error.description);
  }

  /** One run, whatever comes of it. */
  async attempt({ reset = false } = {}) {
    if (this.#ran++ > 0) this.store.advanceClock(HOUR);
    this.#since = this.store.nowMicroseconds() - 1n;
    const result = await this.#context.run({ reset });
    if (this.usesState || this.calls.some(leavesChanges)) this.#unchangedSince = null;
    return result;
  }

  /** The records that the latest run changed: { model, id, action, record }. */
  changes() {
    const { providerConfigKey, connectionId, variant } = this.#context.where;
    const changed = [];
    for (const model of this.models) {
      const scope = { providerConfigKey, connectionId, variant, model };
      for (const { _nango_metadata: metadata, ...record } of this.store.records(scope, { modifiedAfter: toText(this.#since), limit: 500 })) {
        changed.push({ model, id: String(record.id), action: metadata.last_action, record });
      }
    }
    return changed;
  }

  // ---- expectations ----

  /** What differs from the fixture's records, each as one line. */
  differences() {
    return compareRecords(expectedRecords(this.fixture), this.records());
  }

  /** The live records are those of the fixture, by id and value. */
  expectFixture() {
    const lines = this.differences();
    if (lines.length > 0) throw new ExpectationError(listed(`${lines.length} differences from the fixture`, lines));
  }

  /** The latest run has changed so many records. */
  expectChanges(count) {
    const changed = this.changes();
    if (changed.length === count) return;
    const lines = changed.map(({ model, id, action }) => `${model} ${id} ${action.toLowerCase()}`);
    throw new ExpectationError(listed(`${changed.length} records were changed, expected ${count}`, lines));
  }

  /** The latest run has deleted these records, and no others. */
  expectDeleted(ids) {
    const deleted = this.changes().filter(({ action }) => action === 'DELETED').map(({ id }) => id);
    const expected = ids.map(String);
    const lines = [
      ...expected.filter((id) => !deleted.includes(id)).map((id) => `${id} was not deleted`),
      ...deleted.filter((id) => !expected.includes(id)).map((id) => `${id} was deleted`)
    ];
    if (lines.length > 0) throw new ExpectationError(listed('the deleted records differ', lines));
  }

  /** Lets each request fail, with 503, 403 and a reset connection, its retries too, in a first and in a later run. Rejects
   *  with the worst case where a record was deleted, or is missing after the next good run. Then the test is as before. */
  async failEachRequest() {
    const findings = await failEachRequest(this);
    if (findings.length > 0) throw new ExpectationError(findings[0].message, { findings });
  }

  /** Lets the schedule run for a span of time ('30d'), each run at its time. Resolves with the number of runs. */
  async until(span) {
    const before = this.#ran;
    this.store.onSync((event) => {
      if (!event.success) this.notes.push(`${event.failedAt}: ${event.error.description.split('\n')[0]}`);
    });
    const ran = await this.store.runUntil(this.store.nowMicroseconds() + toSpan(span));
    this.store.onSync(null);
    this.#ran = before + ran;
    return ran;
  }

  // ---- state ----

  /** Everything that runs change, for restore(): the store and the time. */
  snapshot() {
    const snapshot = {
      image: this.store.snapshot(),
      now: this.store.nowMicroseconds(),
      ran: this.#ran,
      since: this.#since
    };
    this.#unchangedSince = snapshot;
    return snapshot;
  }

  restore(snapshot) {
    this.store.restore(snapshot.image);
    this.#rewind(snapshot);
    this.#unchangedSince = snapshot;
  }

  /** As restore(), for a run that forgets the checkpoint: where runs since the snapshot have changed nothing, only the time is
   *  set back. */
  returnTo(snapshot) {
    if (this.#unchangedSince === snapshot) this.#rewind(snapshot);
    else this.restore(snapshot);
  }

  #rewind({ now, ran, since }) {
    this.store.setClock(now);
    this.#ran = ran;
    this.#since = since;
  }

  /** The test as it was before the first run. */
  get beginning() {
    return this.#empty;
  }

  /** The checkpoint; null: none. */
  checkpoint() {
    const { providerConfigKey, connectionId, sync, variant = 'base' } = this.#context.where;
    return this.store.syncStatus(providerConfigKey, connectionId, [`${sync}::${variant}`]).syncs[0].checkpoint;
  }

  /** The records and the checkpoint as text, one JSON object a line, in the order of models and ids: for snapshots of test
   *  runners, and for comparing. */
  dump() {
    const lines = [{ kind: 'checkpoint', checkpoint: this.checkpoint() }, { kind: 'metadata', metadata: this.#context.metadata }];
    const found = this.records();
    for (const model of [...found.keys()].sort()) {
      for (const id of [...found.get(model).keys()].sort()) lines.push({ kind: 'record', model, record: found.get(model).get(id) });
    }
    return `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`;
  }
}

// A LoadedSync keeps what it holds private: these are what a run needs of it.
function asPlain(sync) {
  const { name, providerConfigKey, frequency } = sync;
  return { name, providerConfigKey, frequency, instantiate: (globals) => sync.instantiate(globals) };
}

const leavesChanges = ({ name, changes }) => name === 'saveCheckpoint' || (changes && changes.added + changes.updated + changes.deleted > 0);

function listed(title, lines) {
  const shown = lines.slice(0, SHOWN).map((line) => `  ${line}`);
  if (lines.length > SHOWN) shown.push(`  and ${lines.length - SHOWN} more`);
  return [`${title}:`, ...shown].join('\n');
}

/** The earliest Date header of a fixture, as a Date. */
function earliestDate(fixture) {
  let earliest = Infinity;
  for (const endpoints of Object.values(fixture.api ?? {})) {
    for (const exchanges of Object.values(endpoints ?? {})) {
      for (const exchange of [exchanges].flat()) {
        const date = Date.parse(exchange?.headers?.date ?? exchange?.headers?.Date);
        if (date < earliest) earliest = date;
      }
    }
  }
  return earliest === Infinity ? null : new Date(earliest);
}

