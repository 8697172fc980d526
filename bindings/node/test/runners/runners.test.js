// The kit under each test runner that README.md names: a project that installs the package and the runner, with tests that
// pass, and with tests that find something and so must fail.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';

const INSTALLED = ['vitest@4.1.12', 'jest@30.5.2', 'zod@4.3.6'];
const NO_NETWORK = /\b(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|EHOSTUNREACH|ETIMEDOUT|ERR_SOCKET_TIMEOUT|ENOTCACHED)\b/;
const FINDINGS = [
  /Company 812300005 is missing/,
  /6 records were changed, expected 0/,
  /812300005 was not deleted/,
  /trackDeletesEnd in a finally: when GET [^\n]* failed \(503\), 9 of 9 records were deleted/,
  /RangeError: there are no issues|there are no issues[^]*name: 'RangeError'/
];
const RUNNERS = [
  { name: 'node:test', folder: 'node', from: 'node:test', command: ['node', '--test', '--test-reporter=tap'], counts: countTap },
  { name: 'vitest', folder: 'vitest', from: 'vitest', command: ['npx', 'vitest', 'run', '--reporter=json'], counts: countJson },
  { name: 'jest', folder: 'jest', from: '@jest/globals', command: ['npx', 'jest', '--json'], nodeOptions: '--experimental-vm-modules', counts: countJson }
];

// Folders of users have names with spaces, percent signs and letters beyond ASCII.
const project = mkdtempSync(join(tmpdir(), 'nangolite runners ü-'));
const odd = join(project, 'für 100 %');
let missing;

// This test runs in a child of `node --test`, which the runners must not take themselves for.
function run([command, ...words], { nodeOptions = '' } = {}) {
  const { NODE_TEST_CONTEXT, ...env } = process.env;
  Object.assign(env, { NO_COLOR: '1', NODE_OPTIONS: nodeOptions });
  return new Promise((done) => {
    execFile(command, words, { cwd: project, env, maxBuffer: 1 << 26 }, (error, stdout, stderr) => done({ status: error?.code ?? 0, stdout, stderr }));
  });
}

function countTap(output) {
  return ['pass', 'fail'].map((word) => Number(output.match(new RegExp(`^# ${word} (\\d+)$`, 'm'))?.[1]));
}

function countJson(output) {
  const { numPassedTests, numFailedTests } = JSON.parse(output);
  return [numPassedTests, numFailedTests];
}

before(async () => {
  cpSync('project', project, { recursive: true });
  cpSync('runners/tracker', join(odd, 'tracker'), { recursive: true });
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'runners', private: true, type: 'module' }));
  for (const { folder, from } of RUNNERS) {
    const tests = join(project, 'tests', folder);
    mkdirSync(tests, { recursive: true });
    cpSync('runners/load.js', join(tests, 'load.js'));
    for (const name of ['right', 'findings']) {
      writeFileSync(join(tests, `${name}.test.js`), readFileSync(`runners/${name}.js`, 'utf8').replace("'RUNNER'", `'${from}'`));
    }
  }
  const [built] = readdirSync('..').filter((name) => /^nangolite-.*\.tgz$/.test(name));
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline', '--fetch-retries=1'];
  const { status, stderr } = await run(['npm', 'install', ...quiet, resolve('..', built), ...INSTALLED]);
  if (status !== 0 && NO_NETWORK.test(stderr)) missing = 'npm cannot reach its registry for vitest and jest';
  else assert.equal(status, 0, stderr);
});

after(() => rmSync(project, { recursive: true, force: true }));

for (const { name, folder, command, nodeOptions, counts } of RUNNERS) {
  test(`under ${name} a right sync passes`, async (t) => {
    if (missing) return t.skip(missing);
    const { status, stdout, stderr } = await run([...command, `tests/${folder}/right.test.js`], { nodeOptions });
    assert.equal(status, 0, stdout + stderr);
    assert.deepEqual(counts(stdout), [2, 0]);
  });

  test(`under ${name} each finding makes its test fail`, async (t) => {
    if (missing) return t.skip(missing);
    const { status, stdout, stderr } = await run([...command, `tests/${folder}/findings.test.js`], { nodeOptions });
    assert.equal(status, 1, stdout + stderr);
    assert.deepEqual(counts(stdout), [0, FINDINGS.length]);
    for (const finding of FINDINGS) assert.match(stdout, finding);
  });
}
