import { createSync } from 'nango';
import { z } from 'zod';

const Issue = z.object({ id: z.string(), title: z.string() });

// It asks of what the kit hands to it whether it is an array and an error, and throws an error of its own.
const sync = createSync({
    description: 'Issues, with labels where there are some',
    version: '1.0.0',
    frequency: 'every hour',
    endpoints: [{ method: 'GET', path: '/issues' }],
    models: { Issue },

    exec: async (nango) => {
        const issues = await nango.get<unknown>({ endpoint: '/issues' });
        if (!(issues.data instanceof Array)) {
            throw new TypeError('the issues are no array');
        }
        if (issues.data.length === 0) {
            throw new RangeError('there are no issues');
        }
        try {
            await nango.get({ endpoint: '/labels', retries: 0 });
        } catch (error) {
            if (!(error instanceof Error)) {
                throw new TypeError('what the request failed with is no error');
            }
        }
        await nango.batchSave(z.array(Issue).parse(issues.data), 'Issue');
    }
});

export default sync;
