// nangolite in a browser: the library, without what needs files.
import { connect } from './src/library.js';

connect(await WebAssembly.compileStreaming(fetch(new URL('nangolite.wasm', import.meta.url))));

export { NangoliteError } from './src/error.js';
export { Run } from './src/run.js';
export { Store } from './src/store.js';
