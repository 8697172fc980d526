// The declarations: they match what the package exports, and a program that uses them compiles.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import * as nangolite from 'nangolite';

const folder = dirname(fileURLToPath(import.meta.resolve('nangolite')));
const options = {
  strict: true,
  noEmit: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  lib: ['lib.es2022.d.ts', 'lib.esnext.disposable.d.ts', 'lib.dom.d.ts'],
  types: []
};
const program = ts.createProgram([join(process.cwd(), 'types.ts'), join(folder, 'index.d.ts')], options);

test('a program that uses the declarations compiles', () => {
  const messages = ts.getPreEmitDiagnostics(program).map((d) => ts.formatDiagnostic(d, { getCanonicalFileName: (f) => f, getCurrentDirectory: () => folder, getNewLine: () => '\n' }));
  assert.deepEqual(messages, []);
});

const checker = program.getTypeChecker();
const declared = new Map(
  checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(join(folder, 'index.d.ts')))).map((symbol) => [symbol.name, symbol])
);

// An alias stands for what it names.
const target = (symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol);

test('what is declared as a value is exported, and the other way round', () => {
  const values = [...declared.values()].filter((symbol) => target(symbol).flags & ts.SymbolFlags.Value).map((symbol) => symbol.name);
  assert.deepEqual(values.sort(), Object.keys(nangolite).sort());
});

const publicNames = (value) => Object.getOwnPropertyNames(value.prototype).filter((name) => name !== 'constructor');

test('each method of a class is declared', () => {
  for (const [name, value] of Object.entries(nangolite)) {
    if (typeof value !== 'function' || !/^class /.test(value.toString())) continue;
    const members = [...target(declared.get(name)).members.keys()].map(String);
    const internal = new Set(['handle', 'need', 'with', 'forget', 'usesState', 'returnTo']);
    for (const method of publicNames(value)) assert.ok(internal.has(method) || members.includes(method), `${name}.${method} is not declared`);
    for (const member of members) {
      if (member.startsWith('__') || member === 'prototype' || value.prototype[Symbol.iterator]) continue;
      assert.ok(readFileSync(join(folder, 'src', sourceOf(name)), 'utf8').includes(member), `${name}.${member} is declared only`);
    }
  }
});

const sourceOf = (name) => SOURCES[name];
const SOURCES = {
  ActionError: 'nango.js',
  Api: 'kit/api.js',
  ExpectationError: 'kit/sync_test.js',
  LoadedSync: 'load_sync.js',
  MissingRequestError: 'replay.js',
  NangoliteError: 'error.js',
  Replay: 'replay.js',
  Run: 'run.js',
  Store: 'store.js',
  SyncTest: 'kit/sync_test.js'
};
