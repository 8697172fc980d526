// nangolite in Node.js: what a browser has, and the kit for testing syncs.
import type { Fixture, RunSyncOptions, RunSyncResult, Store, Time } from './browser.js';
export * from './browser.js';

/** A sync file, bundled: what runSync() and SyncTest take. */
export class LoadedSync {
  constructor(file: string, bundle: { code: string; map: string });
  readonly file: string;
  readonly name: string;
  /** The name of the folder above `syncs`. */
  readonly providerConfigKey: string;
  readonly source: string;
  readonly definition: any;
  readonly type: string | undefined;
  readonly models: string[];
  readonly frequency: string;
  /** The sync's function, its file evaluated anew with these in place of the system's Date and timers. */
  instantiate(globals: Record<string, unknown>): (nango: any) => Promise<void>;
  /** The place in the sync's files that a stack names first. */
  placeOf(stack: string): { file: string; line: number } | null;
}

/** Loads a sync file as it is: TypeScript or JavaScript, createSync() or an exported function. */
export function loadSync(file: string): Promise<LoadedSync>;

/** What an expectation of SyncTest throws. */
export class ExpectationError extends Error {
  constructor(message: string, more?: { findings?: Finding[] });
  findings?: Finding[];
}

export interface Finding {
  kind: string;
  message: string;
  line: number | null;
  [name: string]: any;
}

export interface SyncTestOptions extends RunSyncOptions {
  /** The time of the first run; by default the fixture's earliest Date header. */
  now?: Time;
  maxDeletePercent?: number;
}

/** A change of a record by the latest run. */
export interface RecordChange {
  model: string;
  id: string;
  action: 'ADDED' | 'UPDATED' | 'DELETED';
  record: Record<string, any>;
}

/** A sync and its fixture as a test, for vitest, jest and node:test alike. */
export class SyncTest {
  /** `fixture`: the file that `nango dryrun --save` wrote, or its JSON. */
  static load(file: string, fixture: string | Fixture, options?: SyncTestOptions): Promise<SyncTest>;
  constructor(sync: LoadedSync, fixture: Fixture, options?: SyncTestOptions);
  close(): void;
  [Symbol.dispose](): void;

  readonly sync: LoadedSync;
  readonly fixture: Fixture;
  readonly store: Store;
  readonly api: Api;
  readonly models: string[];
  /** What is worth knowing, and is no failure. */
  notes: string[];
  /** What the latest run called. */
  readonly calls: { name: string; model?: string; changes?: any; ids?: string[]; stack: string }[];
  readonly requests: { key: string; text: string; missing: boolean }[];
  /** The connection's metadata. */
  readonly metadata: any;
  /** The test as it was before the first run, for restore(). */
  readonly beginning: SyncSnapshot;

  /** One run, an hour after the one before. It goes on from the checkpoint, and a request that was not recorded is then
   *  only noted; `reset`: the checkpoint is forgotten. Rejects with what the sync throws. */
  run(options?: { reset?: boolean }): Promise<RunSyncResult>;
  /** One run, whatever comes of it. */
  attempt(options?: { reset?: boolean }): Promise<RunSyncResult>;
  /** Lets the schedule run for a span of time: '30d'. Resolves with the number of runs. */
  until(span: string | number): Promise<number>;

  /** The live records, by model and id. */
  records(): Map<string, Map<string, Record<string, any>>>;
  /** How many records are live. */
  count(): number;
  /** What the latest run changed. */
  changes(): RecordChange[];
  /** What differs from the fixture's records, each as one line. */
  differences(): string[];
  checkpoint(): Record<string, any> | null;

  expectFixture(): void;
  expectChanges(count: number): void;
  /** The latest run has deleted these records and no others. */
  expectDeleted(ids: (string | number)[]): void;
  /** Each request fails, in a first and in a later run: rejects where a record is then deleted or missing. */
  failEachRequest(): Promise<void>;

  snapshot(): SyncSnapshot;
  restore(snapshot: SyncSnapshot): void;
  /** Records and checkpoint as text, one JSON object a line, in an order that depends on the content alone. */
  dump(): string;
}

export interface SyncSnapshot {
  image: Uint8Array;
  [name: string]: any;
}

/** The recorded API, changed for a while. A request: 'GET /issues?page=2', without a query whatever that is, or a
 *  function. */
export class Api {
  private constructor();
  /** The latest run's, each in one line. */
  readonly requests: string[];
  /** Takes the item of a record out of every response; how many places it was in. */
  without(model: string, id: string | number): number;
  /** Empties every list in every response. */
  empty(): void;
  change(request: ApiRequest, edit: (data: any, response: any) => any): void;
  /** `times`: only so often; for ever by default. The function that is returned ends it. */
  fail(
    request: ApiRequest,
    failure?: { status?: number; error?: string; times?: number; headers?: Record<string, string>; data?: any }
  ): () => void;
  /** As fail(), for the request with this key. */
  failKey(key: string, failure: { status?: number; error?: string }): () => void;
  /** Everything is answered as it was recorded again. */
  restore(): void;
}

export type ApiRequest =
  | string
  | ((request: { method: string; endpoint: string; params: Record<string, string> }) => boolean);
