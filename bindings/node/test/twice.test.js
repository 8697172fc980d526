// The package loaded twice in one process.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Store } from 'nangolite';

test('two copies of the package work side by side', async () => {
  const copy = mkdtempSync(join(process.cwd(), 'copy-'));
  cpSync(dirname(fileURLToPath(import.meta.resolve('nangolite'))), copy, { recursive: true });
  const other = await import(join(copy, 'index.js'));
  const scope = { providerConfigKey: 'tracker', connectionId: 'mira', model: 'Issue' };
  const stores = [new Store(), new other.Store()];
  for (const [i, store] of stores.entries()) {
    store.createConnection('tracker', 'mira');
    store.save(scope, Array.from({ length: i + 1 }, (_, n) => ({ id: String(n) })));
  }
  assert.deepEqual(stores.map((store) => store.count(scope).live), [1, 2]);
  assert.throws(() => stores[1].list({ ...scope, model: 'x' }), (error) => error instanceof other.NangoliteError);
  for (const store of stores) store.close();
  rmSync(copy, { recursive: true });
});
