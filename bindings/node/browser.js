// nangolite in a browser: the library, without what needs files.
import { connect } from './src/library.js';

connect(await WebAssembly.compileStreaming(fetch(new URL('nangolite.wasm', import.meta.url))));

export { NangoliteError } from './src/error.js';
export { version } from './src/library.js';
export { ActionError } from './src/nango.js';
export { MissingRequestError, Replay } from './src/replay.js';
export { Run } from './src/run.js';
export { runSync } from './src/run_sync.js';
export { Store } from './src/store.js';
