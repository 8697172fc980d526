// Connects the library in Node.js: to be imported before anything makes a store.
import { readFileSync } from 'node:fs';
import { connect } from './library.js';

connect(new WebAssembly.Module(readFileSync(new URL('../nangolite.wasm', import.meta.url))));
