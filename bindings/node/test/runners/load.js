import { basename, dirname } from 'node:path';
import { SyncTest } from 'nangolite';

/** The test of a sync, by the folder of its integration and its name. */
export function load(sync) {
  const [integration, name] = [dirname(sync), basename(sync)];
  return SyncTest.load(`${integration}/syncs/${name}.ts`, `${integration}/tests/${name}.test.json`);
}
