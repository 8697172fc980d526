// nangolite, as far as it also works in a browser.

/** A Date, microseconds since 1970, or RFC 3339 text. */
export type Time = Date | bigint | string;

/** What a call failed with. `code` is that of Nango's API where it has one ("unknown_connection"), else the name of the
 *  C library's result in lower case ("invalid", "misuse", "aborted"). */
export class NangoliteError extends Error {
  constructor(code: string, message: string);
  code: string;
}

/** The version of the C library. */
export const version: string;

export interface StoreOptions {
  /** All stores of this name share one store in memory, until the last of them is closed. */
  name?: string;
  /** Where time comes from; the system's clock by default. */
  clock?: () => Time;
  /** How long a run may be silent before it counts as dead: 300000. */
  leaseMs?: number;
  /** For maintain(): a payload goes when its record has not changed for so many days: 30; -1: never. */
  pruneAfterDays?: number;
  /** For maintain(): the records of a sync go when it has not run for so many days: 60; -1: never. */
  deleteAfterDays?: number;
  /** How many variants a sync may have on one connection besides base: 100. */
  maxVariants?: number;
  /** A page ends before the record whose payload would take it past so many bytes: no bound. */
  pageBytes?: number;
  /** How many runs of each instance are kept for runs(): 20; -1: none. */
  keepRuns?: number;
  /** The store does what Nango's own store does wherever this library's default is kinder: what passes here passes there. */
  asNango?: boolean;
  /** For syncs with localTime: how many seconds local time is ahead of UTC at a time; by default the host's zone. */
  utcOffset?: (time: Date) => number;
  /** What snapshot() gave: the store begins as that. */
  image?: Uint8Array;
}

/** A collection: the records of one model (and variant) of one connection. */
export interface Scope {
  providerConfigKey: string;
  connectionId: string;
  model: string;
  variant?: string;
}

/** A sync on one connection. */
export interface SyncInstance {
  providerConfigKey: string;
  connectionId: string;
  sync: string;
  variant?: string;
}

export interface SyncDefinition {
  providerConfigKey: string;
  name: string;
  models: string[];
  /** "every hour", "every 1.5 hours", "30m": 30 seconds to 365 days. */
  frequency: string;
  /** Anchor of the grid of runs; by default the moment when the instance is created. */
  startAt?: Time | null;
  /** Instances wait for startSync(). */
  manualStart?: boolean;
  /** 1 to 100: trackDeletesEnd refuses to delete more; 0: no guard. */
  maxDeletePercent?: number;
  /** 0 to 100: how often a failed run is repeated before its next turn. */
  maxRetries?: number;
  /** Seconds until the first retry, doubled each time: 30. */
  retryAfterS?: number;
  /** A frequency of whole days keeps the local time of day: see StoreOptions.utcOffset. */
  localTime?: boolean;
}

/** What a call did, in records. */
export interface Changes {
  added: number;
  updated: number;
  deleted: number;
  unchanged: number;
  skipped: number;
  duplicates: number;
}

export interface Query {
  modifiedAfter?: string;
  filter?: string | string[];
  cursor?: string;
  /** 1 to 500; 100 by default. */
  limit?: number;
  ids?: string[];
}

export interface RecordMetadata {
  first_seen_at: string;
  last_modified_at: string;
  last_action: 'ADDED' | 'UPDATED' | 'DELETED';
  deleted_at: string | null;
  pruned_at: string | null;
  cursor: string;
}

/** A record as Nango's listRecords gives it. An id that JavaScript's numbers cannot hold is given as its text. */
export type NangoRecord<T = Record<string, any>> = T & { id: string | number; _nango_metadata: RecordMetadata };

/** A record with its payload as the text that was saved, and its stamps in microseconds. */
export interface RawRecord {
  id: string;
  payload: string;
  lastAction: 'ADDED' | 'UPDATED' | 'DELETED';
  cursor: string;
  firstSeenAt: bigint;
  lastModifiedAt: bigint;
  deletedAt: bigint | null;
  prunedAt: bigint | null;
}

export interface Page<R> {
  records: R[];
  /** null exactly where no record follows. */
  next_cursor: string | null;
  /** Where to go on next time; null only where the collection never had a change. */
  last_cursor: string | null;
}

/** Records to write: an array, one record, or their JSON text (for numbers that JavaScript cannot hold). */
export type Records = object[] | object | string;

export interface TriggerOptions {
  reset?: boolean;
  emptyCache?: boolean;
  /** The run that follows may end its delete windows whatever maxDeletePercent says. */
  allowDeletes?: boolean;
}

/** A store in memory. What it cannot do throws NangoliteError. */
export class Store {
  constructor(options?: StoreOptions);
  /** Frees the store. Closing twice is fine; any other use afterwards throws. */
  close(): void;
  [Symbol.dispose](): void;
  readonly closed: boolean;

  /** From now on the clock stands still at this time. */
  setClock(time: Time): void;
  /** Moves the clock, which is held from now on. */
  advanceClock(seconds: number): void;
  now(): Date;
  nowMicroseconds(): bigint;

  createConnection(providerConfigKey: string, connectionId: string): void;
  deleteConnection(providerConfigKey: string, connectionId: string): void;
  /** The connections of an integration; null: of all. */
  connections(providerConfigKey?: string | null): {
    provider_config_key: string;
    connection_id: string;
    metadata: Record<string, any> | null;
    created_at: string;
  }[];
  /** The connection's metadata: {} at first. */
  metadata(providerConfigKey: string, connectionId: string): Record<string, any>;
  /** `merge`: these members only. */
  setMetadata(providerConfigKey: string, connectionId: string, metadata: object, options?: { merge?: boolean }): void;
  /** The variable's value; null: it is not set. */
  environmentVariable(name: string): string | null;
  /** The variables, by name. */
  environmentVariables(): { name: string; value: string }[];
  setEnvironmentVariable(name: string, value: string | null): void;
  /** From now on request() needs "Authorization: Bearer KEY"; null: no key. */
  setSecretKey(key: string | null): void;

  save(scope: Scope, records: Records): Changes;
  update(scope: Scope, records: Records): Changes;
  delete(scope: Scope, records: Records): Changes;
  prune(scope: Scope, options?: { untilCursor?: string; limit?: number }): { count: number; has_more: boolean };
  count(scope: Scope): { live: number; bytes: number };
  list<T = Record<string, any>>(scope: Scope, query?: Query & { raw?: false }): Page<NangoRecord<T>>;
  list(scope: Scope, query: Query & { raw: true }): Page<RawRecord>;
  /** The collections, with counts, bytes and newest stamp, of an integration and a connection or of all; `changedAfter`: those
   *  with a change after this stamp. */
  collections(which?: { providerConfigKey?: string | null; connectionId?: string | null; changedAfter?: bigint }): {
    provider_config_key: string;
    connection_id: string;
    model: string;
    variant: string;
    live: number;
    deleted: number;
    pruned: number;
    bytes: number;
    last_change: bigint;
  }[];
  /** The newest stamp in the store, in microseconds: whether anything has changed. */
  lastChange(): bigint;
  /** Compares the live records with expected ones, by id and JSON value: null where they are equal, else a text for people. */
  expect(scope: Scope, records: Records): string | null;
  /** Stores what a fixture says of a sync's calls: the metadata, and what was saved, updated and deleted. Takes the fixture,
   *  its "nango" object, or { Model: [records] }; makes the connection where it is missing. */
  fixtureLoad(
    connection: { providerConfigKey: string; connectionId: string; variant?: string },
    fixture: Fixture | Record<string, object[]> | string
  ): Changes;
  /** Every record that a query gives, page after page. */
  records<T = Record<string, any>>(scope: Scope, query?: Query & { raw?: false }): Generator<NangoRecord<T>>;
  records(scope: Scope, query: Query & { raw: true }): Generator<RawRecord>;

  /** Defines a sync. `exec` is called by runDue() and runUntil(); a run of a sync without one has failed. */
  defineSync(definition: SyncDefinition, exec?: ((run: Run) => unknown) | null): void;
  /** The definitions of an integration; null: of all. */
  syncs(providerConfigKey?: string | null): any[];
  /** `syncs`: "name" or "name::variant"; none: all. `connectionId` null: all connections. */
  triggerSync(providerConfigKey: string, connectionId: string | null, syncs?: string[], options?: TriggerOptions): void;
  startSync(providerConfigKey: string, connectionId: string | null, syncs?: string[]): void;
  pauseSync(providerConfigKey: string, connectionId: string | null, syncs?: string[]): void;
  /** Aborts a run in progress, and takes back a waiting trigger, retry and what againAt() asked for. */
  cancelSync(providerConfigKey: string, connectionId: string | null, syncs?: string[]): void;
  /** Removes a definition with its instances and their records. */
  removeSync(providerConfigKey: string, name: string): void;
  /** Gives a sync another name; instances, records and its function stay. */
  renameSync(providerConfigKey: string, name: string, newName: string): void;
  /** The kept runs of an instance, the one in progress first, then the newest; `limit` 0: all. */
  runs(instance: SyncInstance, limit?: number): any[];
  /** What GET /sync/status answers. */
  syncStatus(providerConfigKey: string, connectionId: string | null, syncs?: string[]): { syncs: any[] };
  /** Gives one instance a frequency of its own; null: back to the definition's. Returns the one that now holds. */
  setFrequency(instance: SyncInstance, frequency: string | null): string;
  createVariant(sync: SyncInstance, variant: string): void;
  deleteVariant(sync: SyncInstance, variant: string): void;

  /** When the next run is due: in the past where one is due now; null: never. */
  nextDue(): Date | null;
  /** Executes what is due, the oldest first, one function after the other; at most `maxRuns`, 0: all. How many ran.
   *  A run that asks for another one at once has it in the same call, but no third. */
  runDue(maxRuns?: number): Promise<number>;
  /** With a held clock: executes what falls due up to this time, each run at its time, and leaves the clock there. */
  runUntil(time: Time): Promise<number>;
  /** Claims the next due run, for a loop of your own; null: nothing is due. End it with finish(). */
  nextRun(): Run | null;
  /** Claims a run of this one, now: due or not, paused or not. */
  claimRun(instance: SyncInstance): Run;
  /** With a held clock: moves it to the next run that falls due up to this time, and claims that; null: there is none, and
   *  the clock is at this time. */
  nextRunUntil(time: Time): Run | null;
  /** Executes a claimed run as runDue() does. */
  execute(run: Run): Promise<void>;

  /** Has `callback` called with each sync event, as in Nango's webhooks; null: none. */
  onSync(callback: ((event: any) => void) | null): void;
  /** Answers a request of Nango's HTTP API. `headers`: an object, or "Name: value" lines. */
  request(
    method: string,
    target: string,
    headers?: Record<string, string> | string | null,
    body?: object | string | null
  ): { status: number; body: any; text: string };
  /** Adapter for axios: `new Nango({ apiKey: 'any' }).http.defaults.adapter = store.adapter`. */
  readonly adapter: (config: any) => Promise<any>;

  /** What is wrong with the store; null: nothing. */
  check(): string | null;
  /** Rebuilds what can be derived, and drops what cannot be true: what it did; null: nothing. */
  repair(): string | null;
  /** One slice of the care that is due. Both 0: nothing is left to do. */
  maintain(maxRecords?: number): { pruned: number; deleted: number };

  /** The store as lines of JSON, in an order that depends on the content alone. `scope`: only that. Without `metadata` it is
   *  for comparing two stores; with it, load() makes the store of it again. */
  dump(options?: { scope?: Partial<Scope>; metadata?: boolean; write?: undefined }): string;
  dump(options: { scope?: Partial<Scope>; metadata?: boolean; write: (line: string) => void }): void;
  /** Makes an empty store what a whole dump with metadata says. */
  load(dump: string): void;
  /** The whole store as the bytes of a SQLite database: for a file, IndexedDB, or restore(). */
  snapshot(): Uint8Array;
  /** Makes the store what it was. Functions, options and the clock stay; runs in progress are aborted. */
  restore(image: Uint8Array): void;
}

/** A run in progress. Its calls throw NangoliteError `aborted` once it was aborted or its lease has ended. */
export class Run {
  private constructor();
  readonly store: Store;
  readonly providerConfigKey: string;
  readonly connectionId: string;
  readonly sync: string;
  readonly variant: string;
  /** What is being run, as one text. */
  readonly name: string;
  readonly aborted: boolean;

  batchSave(records: Records, model: string): Changes;
  batchUpdate(records: Records, model: string): Changes;
  batchDelete(records: Records, model: string): Changes;
  list<T = Record<string, any>>(model: string, query?: Query & { raw?: false }): Page<NangoRecord<T>>;
  list(model: string, query: Query & { raw: true }): Page<RawRecord>;
  trackDeletesStart(model: string): void;
  trackDeletesEnd(model: string): Changes;
  setMergingStrategy(merging: MergingStrategy | { strategy: MergingStrategy }, model: string): void;
  getCheckpoint<T = Record<string, any>>(): T | null;
  saveCheckpoint(checkpoint: object): void;
  clearCheckpoint(): void;
  /** Extends the lease, where the sync is long without another call. */
  heartbeat(): void;
  /** Sets when this instance runs next, whether this run succeeds or fails. */
  againAt(time: Time): void;
  /** Tells how far the run has come, for the status; `total` 0: it is not known. */
  progress(done: number, total?: number): void;
  /** Ends a run that was claimed: a success, or a failure with what was thrown, or a type and a description. */
  finish(failure?: { thrown: unknown } | { type: string; description?: string } | null): void;
}

export type MergingStrategy = 'override' | 'ignore_if_modified_after';

// ---- Nango's sync functions ----

/** What a sync function throws to fail with a message of its own. */
export class ActionError extends Error {
  constructor(payload?: Record<string, unknown>);
  type: string;
  payload?: Record<string, unknown>;
}

/** The JSON that `nango dryrun --save` writes: the recorded API, and what a sync made of it. */
export interface Fixture {
  nango?: {
    batchSave?: Record<string, object[]>;
    batchUpdate?: Record<string, object[]>;
    batchDelete?: Record<string, object[]>;
    getMetadata?: object;
    getConnection?: object;
    [name: string]: any;
  };
  api?: Record<string, Record<string, any>>;
  [name: string]: any;
}

export interface ReplayOptions {
  /** For a request that was not recorded: 'throw' (the default), 'nearest': what was recorded for the most similar request
   *  to the same endpoint, 'empty': 200 with {}. */
  onMissing?: 'throw' | 'nearest' | 'empty';
}

export interface ReplayedResponse {
  status?: number;
  data?: any;
  headers?: Record<string, string>;
  /** Instead of a response: 'ECONNRESET' and the like. */
  networkError?: string;
}

export interface RequestIdentity {
  method: string;
  endpoint: string;
  params: [string, string][];
  headers: [string, string][];
  data?: string;
}

/** A request as it was answered: its identity, its key (the hash of that), and in one line. */
export interface ReplayedRequest {
  identity: RequestIdentity;
  key: string;
  text: string;
  missing: boolean;
}

/** An API that answers what a fixture has recorded, by the rules of Nango's own mocks: the hash, then params, headers and
 *  body. */
export class Replay {
  constructor(fixture: Fixture, options?: ReplayOptions);
  readonly recorded: any[];
  /** Every request since the last forget(). */
  requests: ReplayedRequest[];
  readonly missing: ReplayedRequest[];
  forget(): void;
  respond(config: { endpoint: string; method?: string; [name: string]: any }): ReplayedResponse;
  /** Changes responses, until the function that is returned is called. */
  rule(answer: (response: ReplayedResponse, request: ReplayedRequest) => ReplayedResponse | undefined): () => void;
  /** Gives a response in place of the recorded one, or undefined, until the function that is returned is called. */
  failure(answer: (request: ReplayedRequest) => ReplayedResponse | undefined): () => void;
  restore(): void;
}

/** Nothing was recorded for a request; the message has the closest that was. */
export class MissingRequestError extends Error {
  constructor(identity: RequestIdentity, nearest: any[]);
  /** The request in one line. */
  request: string;
}

export interface RunSyncOptions extends ReplayOptions {
  providerConfigKey?: string;
  /** 'test' by default. */
  connectionId?: string;
  /** Of the sync, where it was not loaded from a file. */
  name?: string;
  variant?: string;
  /** Of the sync's models, where it does not say them. */
  models?: string[];
  /** Whose pagination counts; the integration by default. */
  provider?: string;
  fixture?: Fixture;
  /** Answers requests, in place of the fixture. */
  http?: Replay | ((config: any) => ReplayedResponse);
  /** The connection's metadata, in place of the fixture's. */
  metadata?: object;
  /** Forgets the checkpoint first. */
  reset?: boolean;
  /** Of the sync's definition: { maxDeletePercent: 50 }. */
  definition?: Partial<SyncDefinition>;
}

export interface RunSyncResult {
  success: boolean;
  error: { type: string; description: string } | null;
  /** What the function threw. */
  thrown?: unknown;
  /** It failed for a request that was not recorded. */
  isMissing: boolean;
  /** By model. */
  results: Record<string, { added: number; updated: number; deleted: number; unchanged: number }>;
  /** Each in one line. */
  requests: string[];
  missing: string[];
  logs: { level: string; message: unknown; payload?: unknown }[];
}

/** Runs a sync once on a store, which should have a held clock: its function gets the `nango` object that Nango's runner
 *  hands to it, its requests are replayed, and its waits move the clock. `sync`: what loadSync() or createSync() gave, or
 *  a function. */
export function runSync(store: Store, sync: any, options?: RunSyncOptions): Promise<RunSyncResult>;
