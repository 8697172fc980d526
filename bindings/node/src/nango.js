// The `nango` object that a sync function is given: what Nango's runner hands to it, with an API that is replayed and
// a store in this process.
import { paginate } from './paginate.js';
import { request } from './proxy.js';

const BATCH = 1000;                            // records that the runner saves in one call
const IDS_AT_ONCE = 100;
const PAGE = 500;
const MOST_REQUESTS = 10000;                   // a function that asks for more in one run is in a loop

/** What a function throws to fail with a message of its own. */
export class ActionError extends Error {
  type = 'action_script_runtime_error';

  constructor(payload) {
    super(typeof payload?.message === 'string' ? payload.message : '');
    if (payload) this.payload = payload;
  }
}

export class Nango {
  #context;
  #run;
  #time;
  #saved = new Map();
  #requests = 0;
  ActionError = ActionError;
  isCLI = false;
  attributes = {};
  logger = { level: 'info' };

  /** @param context what the runs of one sync have in common, a SyncContext */
  constructor(context, run, time) {
    this.#context = context;
    this.#run = run;
    this.#time = time;
    this.providerConfigKey = run.providerConfigKey;
    this.connectionId = run.connectionId;
    this.variant = run.variant;
    this.provider = context.provider;
    this.syncConfig = { sync_name: run.sync };
  }

  get lastSyncDate() {
    const date = this.#stored().lastSyncDate;
    return date ? new this.#time.Date(date.getTime()) : undefined;
  }

  // What the function does from here on may depend on earlier runs.
  #stored() {
    this.#context.usesState = true;
    return this.#context;
  }

  // ---- the API ----

  async proxy(config) {
    if (++this.#requests > MOST_REQUESTS) throw new Error(`more than ${MOST_REQUESTS} requests in one run`);
    return request(config, (asked, isRetry) => this.#context.respond(asked, isRetry), this.#time);
  }

  get(config) {
    return this.proxy({ ...config, method: 'GET' });
  }

  post(config) {
    return this.proxy({ ...config, method: 'POST' });
  }

  put(config) {
    return this.proxy({ ...config, method: 'PUT' });
  }

  patch(config) {
    return this.proxy({ ...config, method: 'PATCH' });
  }

  delete(config) {
    return this.proxy({ ...config, method: 'DELETE' });
  }

  async *paginate(config) {
    yield* paginate(config, this.provider, (asked) => this.proxy(asked));
  }

  /** A request that is not the proxy's: answered from what was recorded, and never tried again. */
  async uncontrolledFetch({ url, method = 'GET', headers, body }) {
    const { status, data, headers: received, onLook } = this.#context.respond({ endpoint: String(url), method, headers, data: body });
    onLook?.();
    return new Response(typeof data === 'string' ? data : JSON.stringify(data), { status, headers: received });
  }

  // ---- the connection ----

  async getConnection() {
    return this.#context.connection();
  }

  async getMetadata() {
    return this.#context.metadata;
  }

  async setMetadata(metadata) {
    this.#stored().setMetadata(metadata);
  }

  async updateMetadata(metadata) {
    this.#stored().setMetadata(metadata, { merge: true });
  }

  setFieldMapping(metadata) {
    return this.setMetadata(metadata);
  }

  async getFieldMapping() {
    return (await this.getMetadata())?.fieldMapping ?? {};
  }

  async getToken() {
    return this.#context.recorded('getToken');
  }

  async getIntegration() {
    return this.#context.recorded('getIntegration', { unique_key: this.providerConfigKey, provider: this.provider });
  }

  async getWebhookURL() {
    return this.#context.recorded('getWebhookURL', 'https://example.com/webhook');
  }

  async getEnvironmentVariables() {
    return this.#context.store.environmentVariables();
  }

  getFlowAttributes() {
    return this.attributes;
  }

  getVariant() {
    return this.variant;
  }

  // ---- records ----

  #noteSaved(model, records) {
    if (!this.#saved.has(model)) this.#saved.set(model, new Set());
    const ids = this.#saved.get(model);
    for (const record of records) ids.add(String(record?.id));
  }

  async #write(name, records, model) {
    if (!records?.length) return true;
    this.#noteSaved(model, records);
    for (let i = 0; i < records.length; i += BATCH) {
      const batch = records.slice(i, i + BATCH);
      this.#context.note(name, model, this.#run[name](batch, model), batch);
    }
    return true;
  }

  batchSave(records, model) {
    return this.#write('batchSave', records, model);
  }

  batchSend(records, model) {
    return this.batchSave(records, model);
  }

  batchUpdate(records, model) {
    return this.#write('batchUpdate', records, model);
  }

  batchDelete(records, model) {
    return this.#write('batchDelete', records, model);
  }

  /** A Map from each id, as it was given, to its record. */
  async getRecordsByIds(ids, model) {
    this.#stored();
    const given = new Map(ids.map((id) => [String(id), id]));
    const names = [...given.keys()];
    const found = new Map();
    for (let i = 0; i < names.length; i += IDS_AT_ONCE) {
      const { records } = this.#run.list(model, { ids: names.slice(i, i + IDS_AT_ONCE), limit: IDS_AT_ONCE });
      for (const record of records) found.set(given.get(String(record.id)), record);
    }
    return found;
  }

  async *listRecords(model, { cursor } = {}) {
    this.#stored();
    yield* this.#all(model, { cursor });
  }

  *#all(model, query) {
    for (let cursor = query.cursor; ; ) {
      const page = this.#run.list(model, { ...query, cursor, limit: PAGE });
      yield* page.records;
      if (page.next_cursor === null) return;
      cursor = page.next_cursor;
    }
  }

  async setMergingStrategy(merging, model) {
    this.#run.setMergingStrategy(merging, model);
  }

  async trackDeletesStart(model) {
    this.#run.trackDeletesStart(model);
    this.#context.note('trackDeletesStart', model);
  }

  async trackDeletesEnd(model) {
    const changes = this.#run.trackDeletesEnd(model);
    this.#context.note('trackDeletesEnd', model, changes);
    return { deletedKeys: this.#newestDeleted(model, changes.deleted) };
  }

  // The feed is in the order of changes: what was deleted last stands last.
  #newestDeleted(model, count) {
    if (count === 0) return [];
    return [...this.#all(model, { filter: 'deleted' })].slice(-count).map((record) => String(record.id));
  }

  /** Deletes what this run did not save, update or delete. */
  async deleteRecordsFromPreviousExecutions(model) {
    const seen = this.#saved.get(model) ?? new Set();
    const live = [...this.#all(model, { filter: 'added,updated' })].map((record) => record.id);
    const gone = live.filter((id) => !seen.has(String(id)));
    const changes = this.#run.batchDelete(gone.map((id) => ({ id })), model);
    this.#context.note('deleteRecordsFromPreviousExecutions', model, changes);
    return { deletedKeys: gone.map(String) };
  }

  // ---- checkpoint, log, the rest ----

  async getCheckpoint() {
    this.#stored();
    return this.#run.getCheckpoint();
  }

  async saveCheckpoint(checkpoint) {
    this.#run.saveCheckpoint(checkpoint);
    this.#context.note('saveCheckpoint');
  }

  async clearCheckpoint() {
    this.#run.clearCheckpoint();
  }

  async log(...words) {
    const last = words.at(-1);
    const level = last && typeof last === 'object' && 'level' in last ? words.pop().level : 'info';
    if (words.length > 0) this.#context.logs.push({ level, message: words[0], payload: words[1] });
  }

  setLogger(logger) {
    this.logger = logger;
  }

  async zodValidateInput({ zodSchema, input }) {
    const parsed = zodSchema.safeParse(input);
    if (parsed.success) return parsed;
    for (const { message, path } of parsed.error.issues) {
      await this.log(`Invalid input provided: ${message} at path ${path.join('.')}`, { level: 'error' });
    }
    throw new ActionError({ message: 'Invalid input provided' });
  }

  async triggerSync(providerConfigKey, connectionId, sync) {
    this.#stored();
    const name = typeof sync === 'string' ? sync : `${sync.name}::${sync.variant}`;
    this.#context.store.triggerSync(providerConfigKey, connectionId, [name]);
  }

  async startSync(providerConfigKey, syncs, connectionId = null) {
    const names = syncs.map((sync) => (typeof sync === 'string' ? sync : `${sync.name}::${sync.variant}`));
    this.#context.store.startSync(providerConfigKey, connectionId, names);
  }

  async triggerAction(providerConfigKey, connectionId, action) {
    throw new Error(`triggerAction(${action}): actions are not executed here`);
  }

  async tryAcquireLock({ key, ttlMs }) {
    this.#stored();
    const until = this.#context.locks.get(key);
    if (until !== undefined && until.run !== this.#run.name && until.at > this.#time.now()) return false;
    this.#context.locks.set(key, { run: this.#run.name, at: this.#time.now() + ttlMs });
    return true;
  }

  async releaseLock({ key }) {
    return this.#context.locks.delete(key);
  }

  async releaseAllLocks() {
    this.#context.locks.clear();
  }
}
