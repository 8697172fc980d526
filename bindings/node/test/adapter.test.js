// Nango's own client, answered from a store.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Nango } from '@nangohq/node';
import { Store } from 'nangolite';

function client(store) {
  const nango = new Nango({ apiKey: 'any' });
  nango.http.defaults.adapter = store.adapter;
  return nango;
}

test('Nango\'s client reads records and commands syncs', async () => {
  const store = new Store();
  store.createConnection('tracker', 'mira');
  store.defineSync({ providerConfigKey: 'tracker', name: 'issues', models: ['Issue'], frequency: 'every hour' }, async (run) => {
    run.batchSave([{ id: '1', title: 'Crash' }], 'Issue');
  });
  const nango = client(store);
  await nango.triggerSync('tracker', ['issues'], 'mira');
  await store.runDue();
  const { records } = await nango.listRecords({ providerConfigKey: 'tracker', connectionId: 'mira', model: 'Issue', ids: ['1'] });
  assert.equal(records[0].title, 'Crash');
  assert.equal((await nango.syncStatus('tracker', '*', 'mira')).syncs[0].status, 'SUCCESS');
  store.close();
});

test('an error reaches Nango\'s client as it would from Nango', async () => {
  const store = new Store();
  store.createConnection('tracker', 'mira');
  const nango = client(store);
  await assert.rejects(nango.listRecords({ providerConfigKey: 'tracker', connectionId: 'who', model: 'Issue' }), (error) => {
    assert.equal(error.isAxiosError, true);
    assert.equal(error.response.status, 400);
    assert.equal(error.response.data.error.code, 'unknown_connection');
    return true;
  });
  store.close();
});
