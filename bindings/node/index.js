// nangolite in Node.js: the library, and the kit for testing syncs.
import './src/connect_node.js';

export { NangoliteError } from './src/error.js';
export { Api } from './src/kit/api.js';
export { ExpectationError, SyncTest } from './src/kit/sync_test.js';
export { LoadedSync, loadSync } from './src/load_sync.js';
export { version } from './src/library.js';
export { ActionError } from './src/nango.js';
export { MissingRequestError, Replay } from './src/replay.js';
export { Run } from './src/run.js';
export { runSync } from './src/run_sync.js';
export { Store } from './src/store.js';
