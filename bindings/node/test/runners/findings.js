// What fails, each test by another expectation. RUNNER stands for each of the test runners.
import { test } from 'RUNNER';
import { load } from './load.js';

test('expectFixture', async () => {
  const t = await load('hubspot/companies');
  t.api.without('Company', '812300005');
  await t.run();
  t.expectFixture();
});

test('expectChanges', async () => {
  const t = await load('stripe/customers');
  await t.run();
  await t.run({ reset: true });
  t.expectChanges(0);
});

test('expectDeleted', async () => {
  const t = await load('hubspot/companies');
  await t.run();
  await t.run({ reset: true });
  t.expectDeleted(['812300005']);
});

test('failEachRequest', async () => {
  const t = await load('asana/projects');
  await t.run();
  await t.failEachRequest();
});

test('run', async () => {
  const t = await load('für 100 %/tracker/issues');
  t.api.empty();
  await t.run();
});
