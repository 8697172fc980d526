// nangolite in Node.js.
export * from './browser.js';
