// Loaded by sync.test.js: a sync that waits, and that looks at the clock.
import { createSync } from 'nango';
import { z } from 'zod';

let evaluations = 0;

export default createSync({
  description: 'A moment',
  version: '1.0.0',
  frequency: 'every hour',
  endpoints: [{ method: 'GET', path: '/moments' }],
  models: { Moment: z.object({ id: z.string(), at: z.string(), woke: z.string() }) },
  exec: async (nango: any) => {
    evaluations++;
    const at = new Date();
    const slow = new Promise((resolve) => setTimeout(resolve, 3600000, 'slow'));
    await Promise.race([slow, new Promise((resolve) => setTimeout(resolve, 600000))]);
    const woke = new Date(Date.now()).toISOString();
    await nango.batchSave([{ id: '1', at: at.toISOString(), woke, kind: at.constructor.name, evaluations }], 'Moment');
  }
});
