// Each request of a sync failing in turn, in a first and in a later run.
import { deletingCall, savingCheckpoint } from './blame.js';

const FAILURES = [{ status: 503 }, { status: 403 }, { error: 'ECONNRESET' }];
const MANY = 24;                               // of more requests than that, only the ends and every nth are tried

const nameOf = ({ status, error }) => String(status ?? error);

/** The findings, the worst first: { kind, message, line, request, deleted, missing, of }. The test is as before. */
export async function failEachRequest(test) {
  const before = test.snapshot();
  test.api.restore();
  const good = await goodState(test);
  const findings = [];
  if (good) {
    for (const request of tried(good.requests)) {
      for (const failure of FAILURES) findings.push(...(await failOne(test, good, request, failure)));
    }
  }
  test.api.restore();
  test.restore(before);
  return worst(findings);
}

// The store before a first run and after it, where that succeeds.
async function goodState(test) {
  const empty = test.beginning;
  test.restore(empty);
  const result = await test.attempt();
  if (!result.success) return null;
  return { empty, full: test.snapshot(), records: test.records(), requests: distinct(test.requests), seen: new Set() };
}

// Each request once, as { key, text }; where several read alike, with their number.
function distinct(requests) {
  const byKey = new Map(requests.map(({ key, text }) => [key, text]));
  const counts = new Map();
  return [...byKey].map(([key, text]) => {
    const count = (counts.get(text) ?? 0) + 1;
    counts.set(text, count);
    return { key, text: count > 1 ? `${text} (no. ${count})` : text };
  });
}

function tried(requests) {
  if (requests.length <= MANY) return requests;
  const step = Math.ceil(requests.length / MANY);
  return requests.filter((_, i) => i < 4 || i >= requests.length - 4 || i % step === 0);
}

async function failOne(test, good, request, failure) {
  const findings = [];
  for (const [phase, state, reset] of [['first', good.empty, false], ['later', good.full, true]]) {
    test.restore(state);
    const undo = test.api.failKey(request.key, failure);
    const result = await test.attempt({ reset });
    undo();
    const finding = await judge(test, good, { phase, reset, request, failure, result });
    if (finding) findings.push(finding);
  }
  return findings;
}

async function judge(test, good, { phase, reset, request, failure, result }) {
  const calls = test.calls;
  const when = `when ${request.text} failed (${nameOf(failure)})`;
  const deleted = phase === 'later' ? absent(test, good.records) : 0;
  const of = countOf(good.records);
  if (deleted > 0) {
    const { line, where } = deletingCall(test.sync, calls);
    return { kind: 'deletes-on-failure', message: `${where}: ${when}, ${deleted} of ${of} records were deleted`, line, request: request.text, deleted, missing: 0, of };
  }
  if (!isWorthARun(test, good, phase)) return null;
  const next = await test.attempt({ reset });
  if (!next.success) return null;              // it asks for what was not recorded: nobody can tell
  const missing = absent(test, good.records);
  if (missing === 0) return null;
  const { line, where } = savingCheckpoint(test.sync, calls);
  const ended = result.success ? 'the run ended as a success' : 'the run had failed';
  return { kind: 'loses-on-failure', message: `${where}${when}, ${ended}, and ${missing} of ${of} records are missing after the next good run`, line, request: request.text, deleted: 0, missing, of };
}

// What follows depends on the state alone: a state that was seen before needs no further run.
function isWorthARun(test, good, phase) {
  const key = `${phase} ${test.count()} ${JSON.stringify(test.checkpoint())} ${JSON.stringify(test.metadata)}`;
  if (good.seen.has(key)) return false;
  good.seen.add(key);
  return true;
}

// How many of these records are not live. They are read only where there are fewer.
function absent(test, expected) {
  if (test.count() >= countOf(expected)) return 0;
  const found = test.records();
  let count = 0;
  for (const [model, records] of expected) for (const id of records.keys()) if (!found.get(model)?.has(id)) count++;
  return count;
}

export function countOf(records) {
  return [...records.values()].reduce((sum, { size }) => sum + size, 0);
}

function worst(findings) {
  return findings.sort((a, b) => b.deleted - a.deleted || b.missing - a.missing);
}
