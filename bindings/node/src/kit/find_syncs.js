// The syncs of a project: files in folders named syncs, with their fixtures in tests beside them.
import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const LEFT_OUT = new Set(['node_modules', 'dist', 'build', 'coverage']);

/** { syncs: [{ sync, file, fixture }], without: names of those that have no fixture }. Links are not followed. */
export function findSyncs(folder, only = '') {
  const syncs = [];
  const without = [];
  for (const file of syncFiles(folder)) {
    const integration = dirname(dirname(file));
    const name = basename(file).replace(/\.[cm]?[jt]s$/, '');
    const sync = `${basename(integration)}/${name}`;
    if (!sync.includes(only)) continue;
    const fixture = fixtureOf(integration, name);
    if (fixture) syncs.push({ sync, file, fixture });
    else without.push(sync);
  }
  return { syncs, without };
}

function* syncFiles(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !entry.name.startsWith('.') && !LEFT_OUT.has(entry.name)) yield* syncFiles(path);
    else if (entry.isFile() && basename(folder) === 'syncs' && isSource(entry.name)) yield path;
  }
}

const isSource = (name) => /\.[cm]?[jt]s$/.test(name) && !/\.(d|test|spec)\.[cm]?ts$/.test(name);

function fixtureOf(integration, name) {
  const tests = join(integration, 'tests');
  const names = [`${name}.test.json`, `${basename(integration)}-${name}.test.json`];
  return names.map((one) => join(tests, one)).find((path) => existsSync(path));
}
