// nangolite in Node.js: the library, and the kit for testing syncs.
import { readFileSync } from 'node:fs';
import { connect } from './src/library.js';

connect(new WebAssembly.Module(readFileSync(new URL('nangolite.wasm', import.meta.url))));

export { NangoliteError } from './src/error.js';
export { Run } from './src/run.js';
export { Store } from './src/store.js';
