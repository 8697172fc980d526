// Runs a sync function on a store, with an API that is replayed from a fixture.
import { describeFailure } from './error.js';
import { HeldTime } from './held_time.js';
import { Nango } from './nango.js';
import { MissingRequestError, Replay } from './replay.js';

const OFTEN = new Set(['batchSave', 'batchUpdate', 'saveCheckpoint']);

/** What the runs of one sync on one connection have in common. */
export class SyncContext {
  locks = new Map();
  logs = [];
  /** What the latest run did: { name, model, changes, ids, stack }. */
  calls = [];
  /** Whether the latest run has read or set what outlives a run, records that it wrote apart. */
  usesState = false;
  /** What was thrown by the latest run's function, as { thrown }; null: nothing. */
  failure = null;

  constructor(store, sync, { providerConfigKey, connectionId = 'test', name, variant, provider, fixture = {}, onMissing, http } = {}) {
    this.store = store;
    this.sync = sync;
    this.time = new HeldTime(store);
    this.fixture = fixture;
    this.where = {
      providerConfigKey: providerConfigKey ?? sync.providerConfigKey ?? 'test',
      connectionId,
      sync: name ?? sync.name ?? 'sync',
      variant
    };
    this.provider = provider ?? this.where.providerConfigKey;
    this.replay = http instanceof Replay ? http : new Replay(fixture, { onMissing });
    this.#answer = typeof http === 'function' ? http : null;
  }

  /** The connection's metadata, which the store keeps. */
  get metadata() {
    return this.store.metadata(this.where.providerConfigKey, this.where.connectionId);
  }

  /** When the latest run that succeeded began, since the checkpoint was forgotten; null: none. */
  get lastSyncDate() {
    const success = this.store.runs(this.where).find(({ result }) => result === 'SUCCESS');
    return success && !this.#isReset ? new Date(success.startedAt) : null;
  }

  setMetadata(metadata, options) {
    this.store.setMetadata(this.where.providerConfigKey, this.where.connectionId, metadata, options);
  }

  #answer;
  #places = new Map();
  #isReset = false;

  /** `isRetry`: it is the latest request, once more. */
  respond(config, isRetry = false) {
    return this.#answer ? this.#answer(config) : this.replay.respond(config, isRetry);
  }

  connection() {
    const { providerConfigKey, connectionId } = this.where;
    const recorded = structuredClone(this.fixture.nango?.getConnection ?? {});
    const { metadata } = this;
    return {
      id: 1,
      connection_id: connectionId,
      provider_config_key: providerConfigKey,
      provider: this.provider,
      connection_config: {},
      credentials: {},
      ...recorded,
      metadata: Object.keys(metadata).length > 0 ? metadata : (recorded.metadata ?? metadata)
    };
  }

  /** What a fixture says of a call with no arguments. */
  recorded(name, otherwise) {
    const value = this.fixture.nango?.[name] ?? otherwise;
    if (value === undefined) throw new Error(`${name}: nothing was recorded for it`);
    return structuredClone(value);
  }

  // Where a function saves, the first call of a run stands for all: it may make thousands.
  #placeOf(name, model) {
    if (!OFTEN.has(name)) return new Error();
    const key = `${name} ${model}`;
    if (!this.#places.has(key)) this.#places.set(key, new Error());
    return this.#places.get(key);
  }

  note(name, model, changes, records) {
    const at = this.#placeOf(name, model);      // its stack is made into text only where somebody asks for it
    const ids = records?.map((record) => String(record.id));
    this.calls.push({ name, model, changes, ids, get stack() { return at.stack; } });
  }

  /** Defines the sync on the store, and makes its connection, with the fixture's metadata where it has none. */
  define(options = {}) {
    const { providerConfigKey, connectionId, sync } = this.where;
    const { models, frequency } = this.sync;
    this.store.createConnection(providerConfigKey, connectionId);
    const recorded = this.fixture.nango?.getMetadata;
    if (recorded && Object.keys(this.metadata).length === 0) this.setMetadata(recorded);
    this.store.defineSync(
      { frequency, ...options, providerConfigKey, name: sync, models },
      (run) => this.perform(run)
    );
  }

  /** Executes the sync's function in a run. Throws what it throws. */
  async perform(run) {
    this.calls = [];
    this.#places.clear();
    this.failure = null;
    this.usesState = false;
    this.replay.forget();
    this.time.begin(run);
    try {
      const exec = this.sync.instantiate(this.time.globals);
      await exec(new Nango(this, run, this.time));
    } catch (thrown) {
      this.failure = { thrown };
      throw thrown;
    } finally {
      this.time.end();
    }
  }

  /** One run, now. `reset`: the checkpoint is forgotten. */
  async run({ reset = false } = {}) {
    const { providerConfigKey, connectionId, sync, variant } = this.where;
    if (reset) {
      this.store.triggerSync(providerConfigKey, connectionId, [variant ? `${sync}::${variant}` : sync], { reset: true });
    }
    this.#isReset = reset;
    this.logs = [];
    await this.store.execute(this.store.claimRun(this.where));
    return this.#result();
  }

  #result() {
    const results = {};
    for (const { model, changes } of this.calls) {
      if (!changes) continue;
      const sum = (results[model] ??= { added: 0, updated: 0, deleted: 0, unchanged: 0 });
      for (const name of Object.keys(sum)) sum[name] += changes[name];
    }
    const missing = this.replay.missing.map((request) => request.text);
    return {
      success: this.failure === null,
      error: this.failure && describeFailure(this.failure.thrown),
      thrown: this.failure?.thrown,
      isMissing: this.failure?.thrown instanceof MissingRequestError,
      results,
      requests: this.replay.requests.map((request) => request.text),
      missing,
      logs: this.logs
    };
  }
}

/** A sync as it is passed to runSync(): loaded from a file, or what createSync() gave, or a function. */
function asSync(sync, { name, providerConfigKey, models }) {
  if (typeof sync.instantiate === 'function') return sync;
  const exec = typeof sync === 'function' ? sync : sync.exec;
  return {
    name,
    providerConfigKey,
    models: models ?? Object.keys(sync.models ?? {}),
    frequency: sync.frequency ?? 'every day',
    instantiate: () => exec
  };
}

/** Runs a sync once on a store: its function gets the `nango` object that Nango's runner hands to it.
 *  @param {import('./store.js').Store} store */
export async function runSync(store, sync, options = {}) {
  const context = new SyncContext(store, asSync(sync, options), options);
  context.define(options.definition);
  if (options.metadata) context.setMetadata(options.metadata);
  if (options.variant) createVariantOnce(store, context.where);
  return context.run(options);
}

function createVariantOnce(store, where) {
  try {
    store.createVariant(where, where.variant);
  } catch (error) {
    if (error.code !== 'sync_variant_already_exists') throw error;
  }
}
