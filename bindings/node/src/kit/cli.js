// `npx nangolite test [folder]`: everything that the kit can try, with every sync that has a fixture.
import '../connect_node.js';
import { existsSync, writeFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { findSyncs } from './find_syncs.js';
import { tryAll } from './phases.js';
import { jsonReport, junitReport, tableReport } from './report.js';
import { SyncTest } from './sync_test.js';

const USAGE = `nangolite test [folder] [--json] [--junit[=FILE]] [--only TEXT] [--provider NAME]

Tries every sync below the folder (the current one by default) that has a fixture, tests/SYNC.test.json beside syncs/:
a first run, the same input again, one item removed, the source empty, each request failing, on from the checkpoint.

  --json          one JSON object in place of the table
  --junit[=FILE]  JUnit's XML in place of the table, or into a file beside it
  --only TEXT     only syncs with this text in their names ("github/issues")
  --provider NAME whose pagination counts, in place of the folder above syncs/

Exit status: 0 no findings, 1 findings, 2 nothing to test or a wrong argument.
`;
const LONGEST_MS = 120000;                     // a sync that awaits what never comes

/** Runs the command; resolves with its exit status. */
export async function main(words) {
  const options = readArguments(words);
  if (options.error || options.help || options.command !== 'test') {
    (options.help ? process.stdout : process.stderr).write(options.error ? `${options.error}\n\n${USAGE}` : USAGE);
    return options.help ? 0 : 2;
  }
  if (!existsSync(options.folder)) {
    process.stderr.write(`there is no folder ${options.folder}\n`);
    return 2;
  }
  const { syncs, without } = findSyncs(options.folder, options.only);
  if (syncs.length === 0) {
    process.stderr.write(`no sync with a fixture below ${options.folder} (${without.length} without one)\n`);
    return 2;
  }
  const results = await tryEach(syncs, options);
  report(results, without, options);
  return results.some(({ findings }) => findings.length > 0) ? 1 : 0;
}

function readArguments(words) {
  const options = { command: undefined, folder: '.', json: false, junit: null };
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const [name, value] = word.split(/=(.*)/s);
    if (name === '--json') options.json = true;
    else if (name === '--junit') options.junit = value ?? '';
    else if (name === '--only') options.only = value ?? rest.shift();
    else if (name === '--provider') options.provider = value ?? rest.shift();
    else if (name === '--help' || name === '-h') options.help = true;
    else if (name.startsWith('-')) options.error = `unknown option ${name}`;
    else if (!options.command) options.command = word;
    else options.folder = word;
  }
  return options;
}

async function tryEach(syncs, options) {
  const results = [];
  const rejections = [];
  const note = (reason) => rejections.push(`a promise that is not awaited failed: ${String(reason?.message ?? reason).split('\n')[0]}`);
  process.on('unhandledRejection', note);
  let next = load(syncs[0], options);
  for (const [i, found] of syncs.entries()) {
    progress(`${i + 1}/${syncs.length} ${found.sync}`);
    const loaded = next;
    if (i + 1 < syncs.length) next = load(syncs[i + 1], options);
    results.push(await tryOne(found, loaded));
    results.at(-1).notes.push(...rejections.splice(0));
  }
  progress('');
  process.off('unhandledRejection', note);
  return results;
}

// What cannot be loaded is told when its turn has come.
function load({ file, fixture }, { provider }) {
  return SyncTest.load(file, fixture, { provider }).then((test) => ({ test }), (error) => ({ error }));
}

async function tryOne({ sync, file }, loaded) {
  const begin = performance.now();
  const { test, error } = await loaded;
  const found = error ? notLoaded(error) : await inTime(tryAll(test));
  test?.close();
  return { sync, file: relative(resolve('.'), file), ...found, ms: Math.round(performance.now() - begin) };
}

const NOT_TRIED = { first: 'failed', again: null, removed: null, empty: null, failing: null, resumed: null };

function notLoaded(error) {
  const message = String(error.message).split('\n').filter(Boolean).slice(0, 2).join(' ');
  return { phases: { ...NOT_TRIED }, findings: [{ kind: 'failed', message: `cannot be loaded: ${message}`, line: null }], notes: [] };
}

function inTime(tried) {
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(() => resolve({ phases: { ...NOT_TRIED }, findings: [{ kind: 'failed', message: `did not end within ${LONGEST_MS / 1000} s`, line: null }], notes: [] }), LONGEST_MS);
  });
  return Promise.race([tried, late]).finally(() => clearTimeout(timer));
}

function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

function report(results, without, { json, junit }) {
  if (junit) writeFileSync(junit, junitReport(results));
  if (json) process.stdout.write(jsonReport(results));
  else if (junit === '') process.stdout.write(junitReport(results));
  else process.stdout.write(tableReport(results, without, process.stdout.isTTY && !process.env.NO_COLOR));
}
