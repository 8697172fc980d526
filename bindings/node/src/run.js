// A run in progress, under the names that its calls have in Nango's sync functions.
import { NangoliteError, describeFailure } from './error.js';
import { CHANGES_SIZE, c, readChanges, readText, readWord, takeText } from './library.js';
import { readPage } from './page.js';
import { toMicroseconds } from './time.js';

export class Run {
  #pointer;
  #gone = 'the run is finished';
  #onEnd;

  constructor(store, pointer, onEnd) {
    this.store = store;
    this.#pointer = pointer;
    this.#onEnd = onEnd;
    this.providerConfigKey = readText(c.nangolite_run_provider_config_key(pointer));
    this.connectionId = readText(c.nangolite_run_connection_id(pointer));
    this.sync = readText(c.nangolite_run_sync(pointer));
    this.variant = readText(c.nangolite_run_variant(pointer));
  }

  /** What is being run, as one text. */
  get name() {
    return `${this.providerConfigKey}/${this.connectionId}/${this.sync}::${this.variant}`;
  }

  /** The store has no such run any more; its calls answer as those of an aborted one. */
  forget(reason) {
    this.#pointer = 0;
    this.#gone = reason;
  }

  get #handle() {
    this.store.handle;
    if (this.#pointer === 0) throw new NangoliteError('aborted', `${this.#gone}: nothing was changed`);
    return this.#pointer;
  }

  #write(name, records, model) {
    return this.store.with((call) => {
      const changes = call.out(CHANGES_SIZE);
      this.store.need(c[name](this.#handle, call.text(model), ...call.json(records), changes));
      return readChanges(changes);
    });
  }

  #do(work) {
    this.store.with((call) => this.store.need(work(call, this.#handle)));
  }

  batchSave(records, model) {
    return this.#write('nangolite_run_save', records, model);
  }

  batchUpdate(records, model) {
    return this.#write('nangolite_run_update', records, model);
  }

  batchDelete(records, model) {
    return this.#write('nangolite_run_delete', records, model);
  }

  /** One page of the run's own records. */
  list(model, query = {}) {
    return this.store.with((call) => {
      const out = call.out();
      this.store.need(c.nangolite_run_list(this.#handle, call.text(model), call.query(query), out));
      return readPage(readWord(out), query.raw);
    });
  }

  trackDeletesStart(model) {
    this.#do((call, run) => c.nangolite_run_track_deletes_start(run, call.text(model)));
  }

  trackDeletesEnd(model) {
    return this.store.with((call) => {
      const changes = call.out(CHANGES_SIZE);
      this.store.need(c.nangolite_run_track_deletes_end(this.#handle, call.text(model), changes));
      return readChanges(changes);
    });
  }

  /** 'override' or 'ignore_if_modified_after', or an object with that as `strategy`, as Nango has it. */
  setMergingStrategy(merging, model) {
    const strategy = typeof merging === 'string' ? merging : merging?.strategy;
    this.#do((call, run) => c.nangolite_run_set_merging(run, call.text(model), call.text(strategy)));
  }

  getCheckpoint() {
    return this.store.with((call) => {
      const out = call.out();
      this.store.need(c.nangolite_run_checkpoint_get(this.#handle, out));
      const json = takeText(readWord(out));
      return json === null ? null : JSON.parse(json);
    });
  }

  saveCheckpoint(checkpoint) {
    this.#do((call, run) => c.nangolite_run_checkpoint_save(run, call.text(JSON.stringify(checkpoint))));
  }

  clearCheckpoint() {
    this.#do((call, run) => c.nangolite_run_checkpoint_clear(run));
  }

  /** Extends the lease, where the sync is long without another call. */
  heartbeat() {
    this.#do((call, run) => c.nangolite_run_heartbeat(run));
  }

  /** Sets when this instance runs next, whether this run succeeds or fails: a Date, bigint or RFC 3339 text. */
  againAt(time) {
    this.#do((call, run) => c.nangolite_run_again_at(run, toMicroseconds(time)));
  }

  /** Tells how far the run has come, for the status; `total` 0: it is not known. */
  progress(done, total = 0) {
    this.#do((call, run) => c.nangolite_run_progress(run, BigInt(done), BigInt(total)));
  }

  get aborted() {
    return this.#pointer === 0 || this.store.closed || c.nangolite_run_aborted(this.#pointer) !== 0;
  }

  /** Ends a run that was claimed with nextRun() or claim(): a success, or with { thrown } or { type, description } a
   *  failure. Throws `aborted` where it was aborted meanwhile. */
  finish(failure = null) {
    const run = this.#handle;
    this.store.with((call) => {
      const { type, description } = failure === null ? {} : 'thrown' in failure ? describeFailure(failure.thrown) : failure;
      const result = c.nangolite_run_finish(run, call.text(failure === null ? null : (type ?? 'script_error')), call.text(description));
      const code = readText(c.nangolite_result_name(result));
      if (code === 'ok' || code === 'aborted') this.#end();
      this.store.need(result);
    });
  }

  #end() {
    this.#pointer = 0;
    this.#onEnd();
  }
}
