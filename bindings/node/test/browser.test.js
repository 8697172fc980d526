// The package in a browser: headless Chromium opens a page that runs the quickstart.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const TYPES = { html: 'text/html', js: 'text/javascript', wasm: 'application/wasm' };
const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-dev-shm-usage'];
const QUIET = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-extensions'];
const skip = spawnSync('chromium', ['--version']).status === 0 ? false : 'chromium is not here';
const packageFolder = dirname(fileURLToPath(import.meta.resolve('nangolite')));

function fileOf(url) {
  const path = url.startsWith('/nangolite/') ? join(packageFolder, url.slice('/nangolite/'.length)) : join(process.cwd(), url);
  return [readFileSync(path), TYPES[path.split('.').pop()]];
}

// Serves the page, and resolves with what it posts.
function serve() {
  let answer;
  const result = new Promise((resolve) => (answer = resolve));
  const server = createServer((request, response) => {
    if (request.method === 'POST') {
      let body = '';
      request.on('data', (piece) => (body += piece));
      request.on('end', () => answer(body));
      response.end();
      return;
    }
    try {
      const [bytes, type] = fileOf(request.url);
      response.writeHead(200, { 'Content-Type': type });
      response.end(bytes);
    } catch {
      response.writeHead(404);
      response.end();
    }
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve({ server, result })));
}

// Chromium's other processes may still write there for a moment.
async function removeFolder(folder) {
  for (let tries = 0; tries < 50; tries++) {
    try {
      return rmSync(folder, { recursive: true, force: true });
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

test('the quickstart runs in Chromium', { timeout: 120000, skip }, async () => {
  const { server, result } = await serve();
  const profile = mkdtempSync(join(tmpdir(), 'nangolite-chromium-'));
  const page = `http://127.0.0.1:${server.address().port}/quickstart.html`;
  const chromium = spawn('chromium', [...FLAGS, ...QUIET, `--user-data-dir=${profile}`, '--remote-debugging-port=0', page], { stdio: 'ignore' });
  try {
    const ended = new Promise((_, reject) => chromium.on('exit', (code) => reject(new Error(`chromium ended with ${code}`))));
    ended.catch(() => {});
    assert.equal(await Promise.race([result, ended]), '1 true ADDED\n2 true UPDATED\n3 true DELETED');
  } finally {
    const gone = new Promise((resolve) => chromium.on('exit', resolve));
    if (chromium.exitCode === null && chromium.kill()) await gone;
    server.closeAllConnections();
    server.close();
    await removeFolder(profile);
  }
});
