// A store in memory, and every function of nangolite.h on it as plain objects.
import { adapterFor } from './adapter.js';
import { NangoliteError } from './error.js';
import { Arguments, CHANGES_SIZE, bytesAt, c, listen, readChanges, readLong, readText, readWord, takeText, unlisten } from './library.js';
import { readPage } from './page.js';
import { Run } from './run.js';
import { toDate, toMicroseconds } from './time.js';

const NEVER = 2n ** 63n - 1n;
const TRIGGER_FLAGS = { reset: 1, emptyCache: 2, allowDeletes: 4 };
const RUNS_AT_ONE_INSTANT = 1000;

const functionKey = (providerConfigKey, name) => `${providerConfigKey}\n${name}`;

export class Store {
  #handle = 0;
  #options;
  #listener;
  #thrown = [];
  #functions = new Map();
  #onSync = null;
  #secretKey = null;
  #runs = new Set();

  /** For axios: `new Nango({ apiKey: 'any' }).http.defaults.adapter = store.adapter`. */
  adapter = adapterFor(this);

  /** @param {import('../index.js').StoreOptions} [options] */
  constructor(options = {}) {
    this.#options = options;
    this.#listener = listen({
      clock: () => this.#clock(),
      event: (json) => this.#event(json),
      utcOffset: (microseconds) => this.#utcOffset(microseconds)
    });
    try {
      this.#open();
      if (options.image !== undefined) this.restore(options.image);
    } catch (error) {
      this.close();
      unlisten(this.#listener);
      throw error;
    }
  }

  // ---- opening and closing ----

  #open() {
    const call = new Arguments();
    const { name } = this.#options;
    try {
      const out = call.out();
      const result = c.nangolite_open(call.text(name === undefined ? ':memory:' : `memory:${name}`), this.#optionsFor(call), out);
      this.#handle = readWord(out);
      this.need(result);
    } finally {
      call.end();
    }
  }

  #optionsFor(call) {
    const { clock, leaseMs = 0, pruneAfterDays = 0, deleteAfterDays = 0, maxVariants = 0, pageBytes = 0, keepRuns = 0, asNango = false } = this.#options;
    const numbers = [leaseMs, pruneAfterDays, deleteAfterDays, maxVariants, keepRuns, asNango ? 1 : 0];
    const pointer = c.js_options(this.#listener, clock ? 1 : 0, ...numbers, BigInt(pageBytes));
    if (pointer === 0) throw new NangoliteError('nomem', 'no memory for the store');
    call.pointers.push(pointer);
    return pointer;
  }

  /** Frees the store. Closing twice is fine; any other use afterwards throws. */
  close() {
    if (this.closed) return;
    for (const run of this.#runs) run.forget('its store was closed');
    this.#runs.clear();
    c.nangolite_close(this.#handle);
    this.#handle = 0;
    unlisten(this.#listener);
  }

  [Symbol.dispose ?? Symbol.for('Symbol.dispose')]() {
    this.close();
  }

  get closed() {
    return this.#handle === 0;
  }

  /** The handle in C; throws where the store was closed. */
  get handle() {
    if (this.#handle === 0) throw new NangoliteError('misuse', 'the store is closed');
    return this.#handle;
  }

  /** Throws where a call failed, and what a callback of this store threw meanwhile. */
  need(result) {
    const thrown = this.#thrown.splice(0);
    if (thrown.length > 0) throw thrown[0];
    if (result !== 0) throw failure(result, this.#handle);
  }

  // A callback must not throw through C: what it throws is kept, and thrown when the call is over.
  #guarded(work, otherwise) {
    try {
      return work();
    } catch (error) {
      this.#thrown.push(error);
      return otherwise;
    }
  }

  #clock() {
    return this.#guarded(() => toMicroseconds(this.#options.clock()), 0n);
  }

  #utcOffset(microseconds) {
    const { utcOffset = hostOffset } = this.#options;
    return this.#guarded(() => Math.round(utcOffset(toDate(microseconds))), 0);
  }

  #event(json) {
    this.#guarded(() => this.#onSync(JSON.parse(json)));
  }

  /** Runs `work` with arguments that are freed afterwards. */
  with(work) {
    const call = new Arguments();
    try {
      return work(call, this.handle);
    } finally {
      call.end();
    }
  }

  // A call whose only result is JSON text; null for NULL.
  #json(work) {
    return this.with((call, handle) => {
      const out = call.out();
      this.need(work(call, handle, out));
      const json = takeText(readWord(out));
      return json === null ? null : JSON.parse(json);
    });
  }

  #do(work) {
    this.with((call, handle) => this.need(work(call, handle)));
  }

  // ---- the clock ----

  /** From now on the clock stands still at this time. */
  setClock(time) {
    c.nangolite_clock_set(this.handle, toMicroseconds(time));
  }

  /** Moves the clock, which is held from now on; less than 0 moves it back. */
  advanceClock(seconds) {
    c.nangolite_clock_advance(this.handle, BigInt(Math.round(seconds * 1e6)));
  }

  now() {
    return toDate(this.nowMicroseconds());
  }

  nowMicroseconds() {
    return c.nangolite_now(this.handle);
  }

  // ---- connections and environment ----

  createConnection(providerConfigKey, connectionId) {
    this.#do((call, store) => c.nangolite_connection_create(store, call.text(providerConfigKey), call.text(connectionId)));
  }

  deleteConnection(providerConfigKey, connectionId) {
    this.#do((call, store) => c.nangolite_connection_delete(store, call.text(providerConfigKey), call.text(connectionId)));
  }

  /** Which connections there are, of an integration; null: of all. */
  connections(providerConfigKey = null) {
    return this.#json((call, store, out) => c.nangolite_connections(store, call.text(providerConfigKey), out)).connections;
  }

  /** The connection's metadata: {} at first. */
  metadata(providerConfigKey, connectionId) {
    return this.#json((call, store, out) => c.nangolite_metadata_get(store, call.text(providerConfigKey), call.text(connectionId), out));
  }

  /** Sets the connection's metadata; `merge`: these members only. */
  setMetadata(providerConfigKey, connectionId, metadata, { merge = false } = {}) {
    this.#do((call, store) => {
      const names = [providerConfigKey, connectionId, JSON.stringify(metadata)].map((text) => call.text(text));
      return c.nangolite_metadata_set(store, ...names, merge ? 1 : 0);
    });
  }

  /** The variable's value; null: it is not set. */
  environmentVariable(name) {
    return this.with((call, store) => {
      const out = call.out();
      this.need(c.nangolite_env_get(store, call.text(name), out));
      return takeText(readWord(out));
    });
  }

  /** A variable that sync functions read; null removes it. */
  setEnvironmentVariable(name, value) {
    this.#do((call, store) => c.nangolite_env_set(store, call.text(name), call.text(value)));
  }

  /** The variables, as [{ name, value }], by name. */
  environmentVariables() {
    const headers = this.#secretKey === null ? null : { Authorization: `Bearer ${this.#secretKey}` };
    return this.request('GET', '/environment-variables', headers).body;
  }

  setSecretKey(key) {
    this.#do((call, store) => c.nangolite_secret_key_set(store, call.text(key)));
    this.#secretKey = key;
  }

  // ---- records ----

  #write(name, scope, records) {
    return this.with((call, store) => {
      const changes = call.out(CHANGES_SIZE);
      this.need(c[name](store, call.scope(scope), ...call.json(records), changes));
      return readChanges(changes);
    });
  }

  save(scope, records) {
    return this.#write('nangolite_records_save', scope, records);
  }

  update(scope, records) {
    return this.#write('nangolite_records_update', scope, records);
  }

  delete(scope, records) {
    return this.#write('nangolite_records_delete', scope, records);
  }

  prune(scope, { untilCursor, limit = 0 } = {}) {
    return this.with((call, store) => {
      const out = call.out(16);
      this.need(c.nangolite_records_prune(store, call.scope(scope), call.text(untilCursor), BigInt(limit), out, out + 8));
      return { count: Number(readLong(out)), has_more: readWord(out + 8) !== 0 };
    });
  }

  count(scope) {
    return this.with((call, store) => {
      const out = call.out(16);
      this.need(c.nangolite_records_count(store, call.scope(scope), out, out + 8));
      return { live: Number(readLong(out)), bytes: Number(readLong(out + 8)) };
    });
  }

  /** One page: { records, next_cursor }, as Nango's listRecords gives it. */
  list(scope, query = {}) {
    return this.with((call, store) => {
      const out = call.out();
      this.need(c.nangolite_records_list(store, call.scope(scope), call.query(query), out));
      return readPage(readWord(out), query.raw);
    });
  }

  /** The collections, with counts, bytes and newest stamp (in microseconds), of an integration and a connection or of all;
   *  `changedAfter`: those with a change after this stamp. */
  collections({ providerConfigKey = null, connectionId = null, changedAfter = 0n } = {}) {
    const { collections } = this.#json((call, store, out) =>
      c.nangolite_collections(store, call.text(providerConfigKey), call.text(connectionId), BigInt(changedAfter), out)
    );
    return collections.map((collection) => ({ ...collection, last_change: BigInt(collection.last_change) }));
  }

  /** The newest stamp in the store, in microseconds: whether anything has changed. */
  lastChange() {
    return c.nangolite_last_change(this.handle);
  }

  /** Compares the live records with expected ones: null where they are equal, else a text for people. */
  expect(scope, records) {
    return this.with((call, store) => {
      const out = call.out();
      this.need(c.nangolite_expect(store, call.scope(scope), ...call.json(records), out));
      return takeText(readWord(out));
    });
  }

  /** Stores what a fixture of `nango dryrun --save` says of a sync's calls: its records, and the connection's metadata.
   *  Takes the fixture, its "nango" object, or { Model: [records] }; makes the connection where it is missing. */
  fixtureLoad({ providerConfigKey, connectionId, variant }, fixture) {
    return this.with((call, store) => {
      const changes = call.out(CHANGES_SIZE);
      const names = [providerConfigKey, connectionId, variant].map((name) => call.text(name));
      this.need(c.nangolite_fixture_load(store, ...names, ...call.json(fixture), changes));
      return readChanges(changes);
    });
  }

  /** Every record that a query gives, page after page. */
  *records(scope, query = {}) {
    let cursor = query.cursor;
    do {
      const page = this.list(scope, { ...query, cursor });
      yield* page.records;
      cursor = page.next_cursor;
    } while (cursor !== null);
  }

  // ---- syncs ----

  /** Defines a sync; `exec`, an async function, is called by runDue() and runUntil() with a Run. */
  defineSync(definition, exec = null) {
    const { providerConfigKey, name, models, frequency, startAt = null } = definition;
    const { manualStart = false, maxDeletePercent = 0, maxRetries = 0, retryAfterS = 0, localTime = false } = definition;
    this.#do((call, store) => {
      const names = [call.text(providerConfigKey), call.text(name), ...call.texts(models), call.text(frequency)];
      const anchor = startAt === null ? 0n : toMicroseconds(startAt);
      const flags = [manualStart, localTime].map((flag) => (flag ? 1 : 0));
      return c.js_sync_define(store, ...names, anchor, maxDeletePercent, maxRetries, retryAfterS, ...flags);
    });
    this.#functions.set(functionKey(providerConfigKey, name), exec);
  }

  /** The definitions of an integration; null: of all. */
  syncs(providerConfigKey = null) {
    return this.#json((call, store, out) => c.nangolite_syncs(store, call.text(providerConfigKey), out)).syncs;
  }

  #command(name, providerConfigKey, connectionId, syncs, ...rest) {
    this.#do((call, store) => c[name](store, call.text(providerConfigKey), call.text(connectionId), ...call.texts(syncs), ...rest));
  }

  /** Asks for one run of each of the syncs ("name" or "name::variant"; none: all). */
  triggerSync(providerConfigKey, connectionId, syncs = [], options = {}) {
    let flags = 0;
    for (const [name, flag] of Object.entries(TRIGGER_FLAGS)) if (options[name]) flags |= flag;
    this.#command('nangolite_sync_trigger', providerConfigKey, connectionId, syncs, flags);
  }

  startSync(providerConfigKey, connectionId, syncs = []) {
    this.#command('nangolite_sync_start', providerConfigKey, connectionId, syncs);
  }

  pauseSync(providerConfigKey, connectionId, syncs = []) {
    this.#command('nangolite_sync_pause', providerConfigKey, connectionId, syncs);
  }

  /** Aborts a run in progress, and takes back a waiting trigger, retry and what againAt() asked for. */
  cancelSync(providerConfigKey, connectionId, syncs = []) {
    this.#command('nangolite_sync_cancel', providerConfigKey, connectionId, syncs);
  }

  /** Removes a definition with its instances and their records. */
  removeSync(providerConfigKey, name) {
    this.#do((call, store) => c.nangolite_sync_remove(store, call.text(providerConfigKey), call.text(name)));
    this.#functions.delete(functionKey(providerConfigKey, name));
  }

  /** Gives a sync another name; instances, records and its function stay. */
  renameSync(providerConfigKey, name, newName) {
    this.#do((call, store) => c.nangolite_sync_rename(store, call.text(providerConfigKey), call.text(name), call.text(newName)));
    if (name === newName) return;
    const exec = this.#functions.get(functionKey(providerConfigKey, name));
    this.#functions.delete(functionKey(providerConfigKey, name));
    this.#functions.set(functionKey(providerConfigKey, newName), exec);
  }

  /** The kept runs of an instance, the one in progress first, then the newest; `limit` 0: all. */
  runs({ providerConfigKey, connectionId, sync, variant }, limit = 0) {
    return this.#json((call, store, out) => {
      const names = [providerConfigKey, connectionId, sync, variant].map((name) => call.text(name));
      return c.nangolite_sync_runs(store, ...names, limit, out);
    }).runs;
  }

  /** What GET /sync/status answers. */
  syncStatus(providerConfigKey, connectionId, syncs = []) {
    return this.#json((call, store, out) =>
      c.nangolite_sync_status(store, call.text(providerConfigKey), call.text(connectionId), ...call.texts(syncs), out)
    );
  }

  /** Gives one instance a frequency of its own; null: back to the definition's. Returns the one that now holds. */
  setFrequency({ providerConfigKey, connectionId, sync, variant }, frequency) {
    return this.with((call, store) => {
      const out = call.out();
      const names = [providerConfigKey, connectionId, sync, variant, frequency].map((name) => call.text(name));
      this.need(c.nangolite_sync_set_frequency(store, ...names, out));
      return takeText(readWord(out));
    });
  }

  #variant(name, { providerConfigKey, connectionId, sync }, variant) {
    this.#do((call, store) => c[name](store, ...[providerConfigKey, connectionId, sync, variant].map((text) => call.text(text))));
  }

  createVariant(sync, variant) {
    this.#variant('nangolite_variant_create', sync, variant);
  }

  deleteVariant(sync, variant) {
    this.#variant('nangolite_variant_delete', sync, variant);
  }

  // ---- executing ----

  /** When the next run is due, as a Date: in the past where one is due now; null: never. */
  nextDue() {
    const due = c.nangolite_next_due(this.handle);
    return due === NEVER ? null : toDate(due);
  }

  // C cannot await a function: runs are claimed here and finished when the function has settled.
  #claimed(out) {
    const pointer = readWord(out);
    if (pointer === 0) return null;
    const run = new Run(this, pointer, () => this.#runs.delete(run));
    this.#runs.add(run);
    return run;
  }

  /** Claims the next due run; null: nothing is due. */
  nextRun() {
    return this.with((call, store) => {
      const out = call.out();
      this.need(c.nangolite_run_next(store, out));
      return this.#claimed(out);
    });
  }

  /** Claims a run of this one, now: due or not, paused or not. */
  claimRun({ providerConfigKey, connectionId, sync, variant }) {
    return this.with((call, store) => {
      const out = call.out();
      const names = [providerConfigKey, connectionId, sync, variant].map((name) => call.text(name));
      this.need(c.nangolite_run_claim(store, ...names, out));
      return this.#claimed(out);
    });
  }

  /** With a held clock: moves it to the next run that falls due up to this time, and claims that; null: there is none,
   *  and the clock is at this time. */
  nextRunUntil(time) {
    return this.with((call, store) => {
      const out = call.out();
      this.need(c.nangolite_run_next_until(store, toMicroseconds(time), out));
      return this.#claimed(out);
    });
  }

  /** Executes a claimed run with the function that its sync was defined with. A failure is the run's, not the call's. */
  async execute(run) {
    try {
      const exec = this.#functions.get(functionKey(run.providerConfigKey, run.sync));
      if (!exec) throw new NangoliteError('no_function', `no function was given for ${run.providerConfigKey}/${run.sync}`);
      await exec(run);
    } catch (thrown) {
      if (!this.closed) this.#finished(() => run.finish({ thrown }));
      return;
    }
    if (!this.closed) this.#finished(() => run.finish());
  }

  #finished(finish) {
    try {
      finish();
    } catch (error) {
      if (error.code !== 'aborted') throw error;
    }
  }

  /** Executes what is due, the oldest first, each sync's function awaited; at most `maxRuns`, 0: all. How many ran.
   *  Where a run asks for another one at once, that one is still executed, and is the last of this call. */
  async runDue(maxRuns = 0) {
    const seen = new Set();
    for (let ran = 0; ; ran++) {
      if (this.closed || (maxRuns > 0 && ran >= maxRuns)) return ran;
      const run = this.nextRun();
      if (run === null) return ran;
      const again = seen.has(run.name);
      seen.add(run.name);
      await this.execute(run);
      if (again) return ran + 1;
    }
  }

  /** With a held clock: executes what falls due up to this time, each run at its time, and leaves the clock there. */
  async runUntil(time) {
    const until = toMicroseconds(time);
    const atOnce = new Map();
    for (let ran = 0; !this.closed; ran++) {
      const run = this.nextRunUntil(until);
      if (run === null) return ran;
      this.#countAtOnce(atOnce, run);
      await this.execute(run);
    }
    return undefined;
  }

  // A function that asks for its next run at once, each time, would keep the clock where it is for ever.
  #countAtOnce(atOnce, run) {
    const now = this.nowMicroseconds();
    const count = atOnce.get(run.name)?.at === now ? atOnce.get(run.name).count + 1 : 1;
    atOnce.set(run.name, { at: now, count });
    if (count < RUNS_AT_ONE_INSTANT) return;
    run.finish({ thrown: new Error('the 1,000th run at one instant') });
    throw new NangoliteError('error', `${run.name} ran 1,000 times at one instant`);
  }

  // ---- events, requests, care ----

  /** Has `callback` called with each sync event, as in Nango's webhooks; null: none. */
  onSync(callback) {
    this.#onSync = callback;
    this.need(c.js_on_sync(this.handle, callback ? this.#listener : 0));
  }

  /** Answers a request of Nango's HTTP API. `headers`: an object, or "Name: value" lines; `body`: an object, or JSON. */
  request(method, target, headers = null, body = null) {
    return this.with((call, store) => {
      const out = call.out(16);
      const json = body === null || typeof body === 'string' ? body : JSON.stringify(body);
      this.need(c.nangolite_request(store, call.text(method), call.text(target), call.text(headerLines(headers)), call.text(json), out, out + 4));
      const text = takeText(readWord(out + 4));
      return { status: readWord(out), body: JSON.parse(text), text };
    });
  }

  /** What is wrong with the store; null: nothing. */
  check() {
    return this.with((call, store) => {
      const out = call.out();
      this.need(c.nangolite_check(store, out));
      return takeText(readWord(out));
    });
  }

  /** Rebuilds what can be derived, and drops what cannot be true: what it did, as text; null: nothing. */
  repair() {
    return this.with((call, store) => {
      const out = call.out();
      this.need(c.nangolite_repair(store, out));
      return takeText(readWord(out));
    });
  }

  /** One slice of the care that is due: at most `maxRecords`. Both 0: nothing is left to do. */
  maintain(maxRecords = 10000) {
    return this.with((call, store) => {
      const out = call.out(16);
      this.need(c.nangolite_maintain(store, BigInt(maxRecords), out, out + 8));
      return { pruned: Number(readLong(out)), deleted: Number(readLong(out + 8)) };
    });
  }

  // ---- the store as text, and as bytes ----

  /** The store as lines of JSON, in an order that depends on the content alone; in one text, or each line to `write`.
   *  `scope`: only that, a member that is missing meaning all. Without `metadata` it is for comparing two stores; with it,
   *  load() makes the store of it again. */
  dump({ scope, metadata = false, write } = {}) {
    const lines = [];
    const keep = write ?? ((line) => lines.push(line));
    const listener = listen({ write: (line) => this.#guarded(() => (keep(line), 0), 1) });
    try {
      this.#do((call, store) => c.js_dump(store, scope ? call.scope(scope) : 0, metadata ? 1 : 0, listener));
    } finally {
      unlisten(listener);
    }
    return write ? undefined : lines.join('');
  }

  /** Makes an empty store what a whole dump with metadata says. */
  load(dump) {
    this.#do((call, store) => c.nangolite_load(store, ...call.json(String(dump))));
  }

  /** The whole store as the bytes of its database: for a file, for IndexedDB, or for restore(). */
  snapshot() {
    return this.with((call, store) => {
      const out = call.out();
      this.need(c.nangolite_snapshot(store, out, out + 4));
      const pointer = readWord(out);
      const image = bytesAt(pointer, readWord(out + 4)).slice();
      c.nangolite_free(pointer);
      return image;
    });
  }

  /** Makes the store what it was. Functions, options and the clock stay; runs in progress are aborted. Bytes that are no
   *  store are refused, and change nothing. */
  restore(image) {
    if (!(image instanceof Uint8Array)) throw new NangoliteError('invalid', 'the image is no Uint8Array');
    this.#do((call, store) => c.nangolite_restore(store, call.bytes(image), image.length));
  }
}

function failure(result, handle) {
  return new NangoliteError(readText(c.nangolite_result_name(result)), readText(c.nangolite_errmsg(handle)));
}

// Seconds that the host's local time is ahead of UTC.
const hostOffset = (time) => -60 * time.getTimezoneOffset();

function headerLines(headers) {
  if (headers === null || typeof headers === 'string') return headers;
  return Object.entries(headers).map(([name, value]) => `${name}: ${value}\n`).join('');
}
