// What passes. RUNNER stands for each of the test runners.
import assert from 'node:assert/strict';
import { test } from 'RUNNER';
import { load } from './load.js';

test('a right sync passes everything', async () => {
  const t = await load('hubspot/companies');
  await t.run();
  t.expectFixture();
  await t.run({ reset: true });
  t.expectChanges(0);
  t.api.without('Company', '812300005');
  await t.run({ reset: true });
  t.expectDeleted(['812300005']);
  t.api.restore();
  await t.failEachRequest();
  t.close();
});

test('errors and arrays are what they are to the sync, the kit and the test', async () => {
  const t = await load('für 100 %/tracker/issues');
  await t.run();
  t.expectFixture();
  t.api.empty();
  const error = await t.run({ reset: true }).catch((thrown) => thrown);
  assert.ok(error instanceof RangeError, String(error.stack));
  assert.deepEqual(t.sync.placeOf(error.stack), { file: t.sync.file, line: 20 });
  t.close();
});
