// The kit: SyncTest, and the command.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterEach, test } from 'node:test';
import { ExpectationError, SyncTest } from 'nangolite';

let t;

async function load(sync, options) {
  const [integration, name] = sync.split('/');
  t = await SyncTest.load(`project/${integration}/syncs/${name}.ts`, `project/${integration}/tests/${name}.test.json`, options);
  return t;
}

afterEach(() => {
  t?.close();
  t = undefined;
});

const failsWith = (...patterns) => (error) => {
  assert.ok(error instanceof ExpectationError, String(error.stack));
  for (const pattern of patterns) assert.match(error.message, pattern);
  return true;
};

test('a right sync passes everything', async () => {
  await load('hubspot/companies');
  await t.run();
  t.expectFixture();
  await t.run({ reset: true });
  t.expectChanges(0);
  t.api.without('Company', '812300005');
  await t.run({ reset: true });
  t.expectDeleted(['812300005']);
  t.api.restore();
  await t.failEachRequest();
});

test('run goes on from the checkpoint, and what was not recorded is a note', async () => {
  await load('github/issues');
  await t.run();
  t.expectFixture();
  assert.deepEqual(t.checkpoint(), { updated_after: '2026-02-20T12:00:00Z' });
  const result = await t.run();
  assert.equal(result.isMissing, true);
  assert.match(t.notes[0], /since=2026-02-20/);
  await assert.rejects(load('github/issues').then(() => (t.api.change('GET /repos/acme/widgets/issues', () => { throw new Error('unreadable'); }), t.run())), /unreadable/);
});

test('deletes in a finally are found, with the worst case and its line', async () => {
  await load('asana/projects');
  await t.run();
  const before = t.dump();
  await assert.rejects(t.failEachRequest(), (error) => {
    assert.ok(failsWith(/trackDeletesEnd in a finally/, /9 of 9 records were deleted/)(error));
    assert.equal(error.findings[0].line, 45);
    return true;
  });
  assert.equal(t.dump(), before);
  t.expectChanges(9);
});

test('a guard against mass deletion is passed on', async () => {
  await load('asana/projects', { maxDeletePercent: 50 });
  await t.run();
  t.api.empty();
  await assert.rejects(t.run({ reset: true }), { code: 'too_many_deletes' });
  assert.equal(t.count(), 9);
});

test('a checkpoint that is saved too early loses records', async () => {
  await load('shop/orders');
  await t.run();
  t.expectFixture();
  await assert.rejects(t.failEachRequest(), failsWith(/saveCheckpoint: when GET \/orders\/notes\/1 failed/, /2 of 3 records are missing/));
});

test('a time in each record changes all of them', async () => {
  await load('stripe/customers');
  await t.run();
  t.expectFixture();
  await t.run({ reset: true });
  assert.throws(() => t.expectChanges(0), failsWith(/6 records were changed, expected 0/, /Customer cus_1 updated/));
});

test('a difference from the fixture is readable', async () => {
  await load('stripe/customers');
  t.api.change('GET /v1/customers', (data) => {
    if (data.data[0].id !== 'cus_1') return;
    data.data[0].email = 'other@example.com';
    data.data.splice(1, 1);
    data.data.push({ id: 'cus_9', email: null, created: 1 });
  });
  await t.run();
  assert.throws(() => t.expectFixture(), failsWith(/3 differences/, /Customer cus_1: email is "other@example.com", expected "c1@example.com"/, /cus_2 is missing/, /cus_9 was not expected/));
});

test('requests fail as often as is said', async () => {
  await load('hubspot/companies');
  t.api.fail('POST /crm/v3/objects/companies/search', { status: 503, times: 2 });
  await t.run();
  t.expectFixture();
  t.api.fail('/crm/v3/objects/companies/search', { error: 'ECONNRESET' });
  await assert.rejects(t.run({ reset: true }), { code: 'ECONNRESET' });
  assert.throws(() => t.expectDeleted(['1']), failsWith(/1 was not deleted/));
});

test('snapshot and restore bring back the store, the time and the checkpoint', async () => {
  await load('github/issues');
  const empty = t.snapshot();
  await t.run();
  const full = t.snapshot();
  const dump = t.dump();
  t.restore(empty);
  assert.equal(t.count(), 0);
  assert.equal(t.checkpoint(), null);
  t.restore(full);
  assert.equal(t.dump(), dump);
  assert.match(dump, /"kind":"record","model":"Issue"/);
});

test('until lets the schedule run', async () => {
  await load('hubspot/companies');
  assert.equal(await t.until('30d'), 31);
  assert.equal(t.count(), 7);
  assert.deepEqual(t.notes, []);
});

// ---- the command ----

function nangolite(...words) {
  return new Promise((resolve) => {
    execFile('npx', ['nangolite', ...words], { env: { ...process.env, NO_COLOR: '1' } }, (error, stdout, stderr) => resolve({ status: error?.code ?? 0, stdout, stderr }));
  });
}

test('npx nangolite test prints a table and each finding with its place', async () => {
  const { status, stdout, stderr } = await nangolite('test', 'project');
  assert.equal(stderr, '');
  assert.equal(status, 1);
  assert.match(stdout, /^sync +first run +again +removed +empty +failing +resumed +time$/m);
  assert.match(stdout, /^hubspot\/companies +equal +same +found +deleted +safe +- /m);
  assert.match(stdout, /project\/asana\/syncs\/projects\.ts:45\n  trackDeletesEnd in a finally: when GET [^\n]* failed \(503\), 9 of 9 records were deleted/);
  assert.match(stdout, /the same input again: 6 of 6 records were updated, by synced_at/);
  assert.match(stdout, /5 syncs, 3 with \d findings/);
  assert.ok(!stdout.includes('\x1b'));
});

test('--json is one object and nothing else', async () => {
  const { status, stdout } = await nangolite('test', 'project', '--json', '--only', 'stripe');
  assert.equal(status, 1);
  const { syncs } = JSON.parse(stdout);
  assert.equal(syncs.length, 1);
  const { sync, file, phases, findings, notes, ms } = syncs[0];
  assert.deepEqual([sync, file, notes, typeof ms], ['stripe/customers', 'project/stripe/syncs/customers.ts', [], 'number']);
  assert.deepEqual(phases, { first: 'equal', again: 6, removed: 'found', empty: 'deleted', failing: 'safe', resumed: null });
  assert.deepEqual(findings, [{ kind: 'changes-again', message: 'the same input again: 6 of 6 records were updated, by synced_at', line: 46 }]);
  assert.match(readFileSync(file, 'utf8').split('\n')[45], /synced_at: new Date/);
});

test('--junit is XML, and the status is 0 without findings', async () => {
  const { status, stdout } = await nangolite('test', 'project', '--junit', '--only', 'hubspot/');
  assert.equal(status, 0);
  assert.match(stdout, /<testsuite name="nangolite" tests="1" failures="0"/);
  assert.match(stdout, /<testcase classname="hubspot" name="companies"/);
});

test('wrong arguments, and nothing to test, are status 2', async () => {
  assert.equal((await nangolite('test', '--what')).status, 2);
  assert.equal((await nangolite('test', 'node_modules/zod')).status, 2);
  assert.equal((await nangolite('test', 'no-such-folder')).status, 2);
  assert.equal((await nangolite()).status, 2);
  assert.equal((await nangolite('--help')).status, 0);
});
