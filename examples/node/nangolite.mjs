// nangolite for Node.js, through koffi: a store, the clock, sync functions in JavaScript, and an axios adapter
// which answers the requests of Nango's client in this process.
import { fileURLToPath } from 'node:url';
import { AxiosError } from 'axios';
import koffi from 'koffi';

const library = koffi.load(
  process.env.NANGOLITE_LIBRARY ?? fileURLToPath(new URL('libnangolite.so', import.meta.url))
);

// koffi knows types by their names in the whole process: a second copy of this file finds them there.
try {
  koffi.opaque('nangolite');
  koffi.opaque('nangolite_run');
  koffi.struct('nangolite_scope', {
    provider_config_key: 'str',
    connection_id: 'str',
    model: 'str',
    variant: 'str'
  });
  koffi.struct('nangolite_changes', {
    added: 'int64_t',
    updated: 'int64_t',
    deleted: 'int64_t',
    unchanged: 'int64_t',
    skipped: 'int64_t',
    duplicates: 'int64_t'
  });
  koffi.struct('nangolite_sync', {
    provider_config_key: 'str',
    name: 'str',
    models: 'str *',
    model_count: 'size_t',
    frequency: 'str',
    start_at: 'int64_t',
    manual_start: 'int',
    max_delete_percent: 'int',
    max_retries: 'int',
    retry_after_s: 'int',
    local_time: 'int',
    exec: 'void *',
    user: 'void *'
  });
  koffi.disposable('nangolite_text', 'str', library.func('void nangolite_free(void *memory)'));
} catch (error) {
  if (!/Duplicate type name/.test(error.message)) throw error;
}

const CHANGES = '_Out_ nangolite_changes *changes';
const writes = ['save', 'update', 'delete'].flatMap((kind) => [
  `int nangolite_records_${kind}(nangolite *store, const nangolite_scope *scope, str json, int64_t length, ${CHANGES})`,
  `int nangolite_run_${kind}(nangolite_run *run, str model, str json, int64_t length, ${CHANGES})`
]);

// The functions by their names, less "nangolite_".
const c = Object.fromEntries(
  [
    ...writes,
    'int nangolite_open(str filename, const void *options, _Out_ nangolite **store)',
    'void nangolite_close(nangolite *store)',
    'str nangolite_errmsg(nangolite *store)',
    'str nangolite_result_name(int result)',
    'int64_t nangolite_now(nangolite *store)',
    'void nangolite_clock_set(nangolite *store, int64_t microseconds)',
    'void nangolite_clock_advance(nangolite *store, int64_t microseconds)',
    'int nangolite_connection_create(nangolite *store, str key, str connection)',
    'int nangolite_connection_delete(nangolite *store, str key, str connection)',
    'int nangolite_env_set(nangolite *store, str name, str value)',
    'int nangolite_secret_key_set(nangolite *store, str key)',
    'int nangolite_sync_define(nangolite *store, const nangolite_sync *sync)',
    'int nangolite_run_next(nangolite *store, _Out_ nangolite_run **run)',
    'int nangolite_run_finish(nangolite_run *run, str type, str description)',
    'str nangolite_run_provider_config_key(nangolite_run *run)',
    'str nangolite_run_sync(nangolite_run *run)',
    'str nangolite_run_variant(nangolite_run *run)',
    'str nangolite_run_connection_id(nangolite_run *run)',
    'int nangolite_run_track_deletes_start(nangolite_run *run, str model)',
    `int nangolite_run_track_deletes_end(nangolite_run *run, str model, ${CHANGES})`,
    'int nangolite_run_checkpoint_get(nangolite_run *run, _Out_ nangolite_text *json)',
    'int nangolite_run_checkpoint_save(nangolite_run *run, str json)',
    'int nangolite_check(nangolite *store, _Out_ nangolite_text *reason)',
    'int nangolite_request(nangolite *store, str method, str target, str headers, str body, ' +
      '_Out_ int *status, _Out_ nangolite_text *response)'
  ].map((prototype) => [/nangolite_(\w+)\(/.exec(prototype)[1], library.func(prototype)])
);

// Throws where a call failed, with the library's own message.
function need(store, result) {
  if (result === 0) return;
  throw Object.assign(new Error(c.errmsg(store)), { code: c.result_name(result) });
}

// What a sync function threw, whatever it is, as the type and description of a failed run.
function describe({ thrown }) {
  const description = thrown instanceof Error ? thrown.message : `${String(thrown)} was thrown`;
  return [String(thrown?.code ?? 'script_error'), description];
}

const functionKey = (providerConfigKey, sync) => `${providerConfigKey}/${sync}`;

// A run in progress, handed to a sync function: the names are those of Nango's sync functions.
class Run {
  constructor(store, run) {
    this.store = store;
    this.run = run;
    this.providerConfigKey = c.run_provider_config_key(run);
    this.sync = c.run_sync(run);
    this.variant = c.run_variant(run);
    this.connectionId = c.run_connection_id(run);
  }

  write(call, model, records) {
    const changes = {};
    need(this.store, c[call](this.run, model, JSON.stringify(records), -1, changes));
    return changes;
  }

  batchSave(records, model) {
    return this.write('run_save', model, records);
  }
  batchUpdate(records, model) {
    return this.write('run_update', model, records);
  }
  batchDelete(records, model) {
    return this.write('run_delete', model, records);
  }
  trackDeletesStart(model) {
    need(this.store, c.run_track_deletes_start(this.run, model));
  }

  trackDeletesEnd(model) {
    const changes = {};
    need(this.store, c.run_track_deletes_end(this.run, model, changes));
    return changes;
  }

  getCheckpoint() {
    const json = [null];
    need(this.store, c.run_checkpoint_get(this.run, json));
    return json[0] === null ? null : JSON.parse(json[0]);
  }

  saveCheckpoint(checkpoint) {
    need(this.store, c.run_checkpoint_save(this.run, JSON.stringify(checkpoint)));
  }
}

export class Nangolite {
  functions = new Map();

  constructor(filename = ':memory:') {
    const store = [null];
    const result = c.open(filename, null, store);
    this.store = store[0];
    need(this.store, result);
  }

  close() {
    c.close(this.store);
    this.store = null;
  }

  // The clock stands still from now on; times are Dates.
  setClock(date) {
    c.clock_set(this.store, date.getTime() * 1000);
  }
  advanceClock(seconds) {
    c.clock_advance(this.store, Math.round(seconds * 1e6));
  }
  now() {
    return new Date(Number(c.now(this.store)) / 1000);
  }

  createConnection(key, connection) {
    need(this.store, c.connection_create(this.store, key, connection));
  }
  deleteConnection(key, connection) {
    need(this.store, c.connection_delete(this.store, key, connection));
  }
  setEnvironmentVariable(name, value) {
    need(this.store, c.env_set(this.store, name, value));
  }
  setSecretKey(key) {
    need(this.store, c.secret_key_set(this.store, key));
  }

  // scope: { providerConfigKey, connectionId, model, variant }
  write(call, scope, records) {
    const changes = {};
    const where = {
      provider_config_key: scope.providerConfigKey,
      connection_id: scope.connectionId,
      model: scope.model,
      variant: scope.variant ?? null
    };
    need(this.store, c[call](this.store, where, JSON.stringify(records), -1, changes));
    return changes;
  }

  save(scope, records) {
    return this.write('records_save', scope, records);
  }
  update(scope, records) {
    return this.write('records_update', scope, records);
  }
  delete(scope, records) {
    return this.write('records_delete', scope, records);
  }

  // exec: async (run) => { ... run.batchSave(records, 'Model') ... }
  defineSync(
    { providerConfigKey, name, models, frequency, manualStart = false, maxDeletePercent = 0 },
    exec
  ) {
    need(
      this.store,
      c.sync_define(this.store, {
        provider_config_key: providerConfigKey,
        name,
        models,
        model_count: models.length,
        frequency,
        start_at: 0,
        manual_start: manualStart ? 1 : 0,
        max_delete_percent: maxDeletePercent,
        exec: null,
        user: null
      })
    );
    this.functions.set(functionKey(providerConfigKey, name), exec);
  }

  // Executes what is due, one after the other; returns how many runs that were.
  async runDue() {
    for (let ran = 0; ; ran++) {
      const claimed = [null];
      need(this.store, c.run_next(this.store, claimed));
      if (claimed[0] === null) return ran;
      const run = new Run(this.store, claimed[0]);
      let failure = [null, null];
      try {
        const exec = this.functions.get(functionKey(run.providerConfigKey, run.sync));
        if (!exec) throw new Error(`no function was given for ${run.providerConfigKey}/${run.sync}`);
        await exec(run);
      } catch (thrown) {
        failure = describe({ thrown });
      }
      const result = c.run_finish(claimed[0], ...failure);
      if (c.result_name(result) !== 'aborted') need(this.store, result);
    }
  }

  // What is wrong with the store; null: nothing.
  check() {
    const reason = [null];
    need(this.store, c.check(this.store, reason));
    return reason[0];
  }

  // A request of Nango's HTTP API; headers are "Name: value" lines.
  request(method, target, headers = null, body = null) {
    const status = [0];
    const response = [null];
    need(this.store, c.request(this.store, method, target, headers, body, status, response));
    return { status: status[0], body: response[0] };
  }

  // new Nango({ apiKey: '...' }).http.defaults.adapter = store.adapter
  adapter = async (config) => {
    const { pathname, search } = new URL(config.url);
    const params = new URLSearchParams(search);
    for (const [name, value] of Object.entries(config.params ?? {})) {
      if (value !== undefined && value !== null) params.append(name, value);
    }
    const target = params.size > 0 ? `${pathname}?${params}` : pathname;
    const headers = Object.entries(config.headers.toJSON())
      .map(([name, value]) => `${name}: ${value}\n`)
      .join('');
    const { status, body } = this.request(config.method.toUpperCase(), target, headers, config.data ?? null);
    const response = {
      data: body,
      status,
      statusText: '',
      headers: { 'content-type': 'application/json' },
      config,
      request: {}
    };
    if (
      config.validateStatus === undefined ||
      config.validateStatus === null ||
      config.validateStatus(status)
    )
      return response;
    const code = status < 500 ? AxiosError.ERR_BAD_REQUEST : AxiosError.ERR_BAD_RESPONSE;
    throw new AxiosError(
      `Request failed with status code ${status}`,
      code,
      config,
      response.request,
      response
    );
  };
}
