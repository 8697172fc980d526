// Compiled by types.test.js: what a program does with the declarations.
import { NangoliteError, Store } from 'nangolite';
import type { Changes, NangoRecord, RawRecord } from 'nangolite';

interface Issue {
  title: string;
}

export async function use(): Promise<string[]> {
  using store = new Store({ clock: () => new Date(), leaseMs: 1000, utcOffset: (time) => time.getFullYear() - 2000 });
  const scope = { providerConfigKey: 'tracker', connectionId: 'mira', model: 'Issue' };
  const changes: Changes = store.save(scope, [{ id: '1', title: 'Crash' }]);
  const loaded: Changes = store.fixtureLoad(scope, { nango: { batchSave: { Issue: [{ id: '2' }] } } });
  const records: NangoRecord<Issue>[] = store.list<Issue>(scope, { limit: 10 }).records;
  const raw: RawRecord[] = store.list(scope, { raw: true }).records;
  store.defineSync({ providerConfigKey: 'tracker', name: 'issues', models: ['Issue'], frequency: 'every hour' }, async (run) => {
    const checkpoint = run.getCheckpoint<{ page: number }>();
    run.batchSave([{ id: checkpoint?.page ?? 0 }], 'Issue');
  });
  const ran: number = await store.runDue();
  try {
    store.restore(store.snapshot());
  } catch (error) {
    if (error instanceof NangoliteError) return [error.code];
  }
  return [...records.map((record) => record.title), String(raw[0]?.lastModifiedAt), String(changes.added + loaded.added + ran)];
}
