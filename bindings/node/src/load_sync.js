// Loads a sync file as it is: TypeScript, bundled by esbuild, with the store's time in place of the system's.
import { readFileSync } from 'node:fs';
import { SourceMap, createRequire } from 'node:module';
import { basename, dirname, resolve } from 'node:path';
import { HELD_GLOBALS } from './held_time.js';

const CREATORS = `const made = (type) => (params) => ({ type, ...params });
export const createSync = made('sync');
export const createAction = made('action');
export const createOnEvent = made('onEvent');
export const createFunction = made('function');
export class ActionError extends Error {
  type = 'action_script_runtime_error';
  constructor(payload) { super(payload?.message ?? ''); this.payload = payload; }
}`;

const MODEL_CALLS =
  /\b(?:batchSave|batchSend|batchUpdate|batchDelete|trackDeletesStart|trackDeletesEnd|listRecords|getRecordsByIds|deleteRecordsFromPreviousExecutions)\b[^;]*?['"`]([A-Z][\w-]+)['"`]\s*\)/g;

/** The functions of the 'nango' package that sync files call, in place of it. zod is taken from the project: it is
 *  large, and knows no time. */
const plugin = {
  name: 'nangolite',
  setup(build) {
    build.onResolve({ filter: /^(nango|@nangohq\/runner-sdk)$/ }, () => ({ path: 'nango', namespace: 'nangolite' }));
    build.onLoad({ filter: /.*/, namespace: 'nangolite' }, () => ({ contents: CREATORS, loader: 'js' }));
    build.onResolve({ filter: /^zod($|\/)/ }, ({ path }) => ({ path, external: true }));
  }
};

async function bundle(file) {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: [file],
    outfile: 'sync.js',
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    sourcemap: 'external',
    sourcesContent: false,
    logLevel: 'silent',
    plugins: [plugin]
  });
  const [map, code] = outputFiles[0].path.endsWith('.map') ? outputFiles : [...outputFiles].reverse();
  return { code: code.text, map: map.text };
}

// From the sync's folder, else from the current one, else from this package's.
function requireFor(file) {
  const places = [file, resolve('package.json'), import.meta.url].map((place) => createRequire(place));
  return (name) => {
    for (const require of places) {
      let path;
      try {
        path = require.resolve(name);
      } catch {
        continue;
      }
      return require(path);
    }
    throw new Error(`${name} is not installed beside ${file}`);
  };
}

// Variables, collections and times at the top level of a file, and files beside it, which may have them.
const STATE = [
  /^(?:export\s+)?(?:let|var)\s/m,
  /^(?:export\s+)?const\s+[^=]*=\s*(?:\{\s*\}|\[\s*\]|new\s|.*\b(?:Date|random|randomUUID|setTimeout)\b)/m,
  /\bfrom\s+['"](?!(?:nango|zod|@nangohq\/runner-sdk)['"])/
];
const keepsState = (source) => STATE.some((pattern) => pattern.test(source));

// `Function` compiles for the global objects that the kit itself has. node:vm would compile for those of the process: jest gives
// each test file its own, so an error of the kit would be no `Error` to the sync, and an error of the sync none to the kit.
const LINES_BEFORE = 2;                        // what `Function` writes above the code
const compile = (code, name) => new Function('exports', 'require', 'module', ...HELD_GLOBALS, `${code}\n//# sourceURL=${name}`);

export class LoadedSync {
  #instances = new WeakMap();
  #compiled;
  #code;
  #map;
  #mapText;
  #require;

  constructor(file, { code, map }) {
    this.file = file;
    this.name = basename(file).replace(/\.[cm]?[jt]s$/, '');
    this.providerConfigKey = basename(dirname(dirname(file)));
    this.source = readFileSync(file, 'utf8');
    this.#code = encodeURI(`nangolite:${file}`);
    this.#mapText = map;
    this.#require = requireFor(file);
    this.#compiled = compile(code, this.#code);
    const made = this.#evaluate({});
    this.definition = typeof made === 'function' ? { exec: made } : made;
    this.type = this.definition?.type ?? (this.definition?.exec ? 'sync' : undefined);
    this.models = Object.keys(this.definition?.models ?? this.definition?.data?.models ?? {});
    if (this.models.length === 0) this.models = [...new Set([...this.source.matchAll(MODEL_CALLS)].map(([, model]) => model))];
    this.frequency = this.definition?.frequency ?? this.definition?.trigger?.frequency ?? 'every day';
  }

  #evaluate(globals) {
    const module = { exports: {} };
    this.#compiled(module.exports, this.#require, module, ...HELD_GLOBALS.map((name) => globals[name] ?? globalThis[name]));
    return module.exports.default ?? module.exports.fetchData ?? module.exports.exec;
  }

  /** The sync's function. As in Nango, nothing is left of an earlier run: the file is evaluated anew, unless its top
   *  level has constants only. */
  instantiate(globals) {
    const kept = this.#instances.get(globals);
    if (kept) return kept;
    const made = this.#evaluate(globals);
    const exec = typeof made === 'function' ? made : (nango) => made.exec(nango);
    if (!keepsState(this.source)) this.#instances.set(globals, exec);
    return exec;
  }

  /** { file, line } of the deepest place in the sync's own files that a stack names; null: none. */
  placeOf(stack) {
    for (const [, line, column] of String(stack).matchAll(new RegExp(`${escaped(this.#code)}:(\\d+):(\\d+)`, 'g'))) {
      this.#map ??= new SourceMap(JSON.parse(this.#mapText));
      const entry = this.#map.findEntry(Number(line) - 1 - LINES_BEFORE, Number(column) - 1);
      if (entry.originalLine === undefined) continue;
      const file = resolve(dirname(resolve('sync.js')), decodeURIComponent(entry.originalSource));
      return { file, line: entry.originalLine + 1 };
    }
    return null;
  }
}

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Loads a sync file. Throws where it cannot be bundled, or is no sync. */
export async function loadSync(file) {
  const path = resolve(file);
  const sync = new LoadedSync(path, await bundle(path));
  if (!sync.definition || typeof sync.definition.exec !== 'function') throw new Error(`${file} exports no sync`);
  return sync;
}
