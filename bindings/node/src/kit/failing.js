// Each request of a sync failing in turn, in a first and in a later run.
import { deletingCall, savingCheckpoint } from './blame.js';

const TRACKING = ['trackDeletesEnd', 'deleteRecordsFromPreviousExecutions'];
const FAILURES = [{ status: 503 }, { status: 403 }, { error: 'ECONNRESET' }];
const MANY = 24;                               // requests that are tried, of more, where no deletes are tracked
const FEW = 4;
const MOST_REQUESTS = 4000;

const nameOf = ({ status, error }) => String(status ?? error);

/** The findings, the worst first: { kind, message, line, request, deleted, missing, of }. The test is as before. */
export async function failEachRequest(test) {
  const before = test.snapshot();
  test.api.restore();
  test.restore(test.beginning);
  const result = await test.attempt();
  const findings = result.success ? await failIn(test, goodState(test, test.snapshot())) : [];
  test.restore(before);
  return findings;
}

/** What is known of a first run that has just succeeded, for failIn(). `full`: a snapshot of the test now. */
export function goodState(test, full, records = test.records()) {
  const tracks = test.calls.some(({ name }) => TRACKING.includes(name));
  return { empty: test.beginning, full, records, requests: distinct(test.requests), usesState: test.usesState, tracks, seen: new Set() };
}

/** As failEachRequest(), from what is known of the first run; the test is left somewhere. */
export async function failIn(test, good) {
  const findings = [];
  test.api.restore();
  if (countOf(good.records) === 0) return findings;   // where there are no records, none can be lost
  for (const request of good.tracks ? good.requests : some(good.requests)) findings.push(...(await failRequest(test, good, request)));
  test.api.restore();
  return worst(findings);
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

// The ends, and every nth between them: so few that a sync of many requests, each of which is made again in each run, does
// not take all day.
function some(requests) {
  const count = Math.max(FEW, Math.min(MANY, Math.floor(MOST_REQUESTS / requests.length)));
  if (requests.length <= count) return requests;
  const step = Math.ceil(requests.length / count);
  return requests.filter((_, i) => i < 2 || i >= requests.length - 2 || i % step === 0);
}

// A function that does not look at what the failure was does the same whatever it was.
async function failRequest(test, good, request) {
  const findings = [];
  let isLookedAt = false;
  for (const failure of FAILURES) {
    const fail = () => test.api.failKey(request.key, failure, () => (isLookedAt = true));
    findings.push(...(await failOne(test, good, request, failure, fail)));
    if (!isLookedAt) break;
  }
  return findings;
}

// A later run first. Where neither it nor a good run knows of earlier runs, a first run would make the same calls, and the
// next good run saves everything: nothing can be missing.
async function failOne(test, good, request, failure, fail) {
  const findings = [];
  for (const [phase, state, reset] of [['later', good.full, true], ['first', good.empty, false]]) {
    if (reset) test.returnTo(state);
    else test.restore(state);
    const undo = fail();
    const result = await test.attempt({ reset });
    undo();
    const usesState = good.usesState || test.usesState;
    const finding = await judge(test, good, { phase, reset, request, failure, result, usesState });
    if (finding) findings.push(finding);
    if (!usesState) break;
  }
  return findings;
}

async function judge(test, good, { phase, reset, request, failure, result, usesState }) {
  const calls = test.calls;
  const when = `when ${request.text} failed (${nameOf(failure)})`;
  const deleted = phase === 'later' ? absent(test, good.records) : 0;
  const of = countOf(good.records);
  if (deleted > 0) {
    const { line, where } = deletingCall(test.sync, calls);
    return { kind: 'deletes-on-failure', message: `${where}: ${when}, ${deleted} of ${of} records were deleted`, line, request: request.text, deleted, missing: 0, of };
  }
  if (!usesState || !isWorthARun(test, good, { phase, reset })) return null;
  const next = await test.attempt({ reset });
  if (!next.success) return null;              // it asks for what was not recorded: nobody can tell
  const missing = absent(test, good.records);
  if (missing === 0) return null;
  const { line, where } = savingCheckpoint(test.sync, calls);
  const ended = result.success ? 'the run ended as a success' : 'the run had failed';
  return { kind: 'loses-on-failure', message: `${where}${when}, ${ended}, and ${missing} of ${of} records are missing after the next good run`, line, request: request.text, deleted: 0, missing, of };
}

// What follows depends on the state alone, without the checkpoint where that is forgotten: a state that was seen before needs
// no further run.
function isWorthARun(test, good, { phase, reset }) {
  const checkpoint = reset ? null : test.checkpoint();
  const key = `${phase} ${test.count()} ${JSON.stringify(checkpoint)} ${JSON.stringify(test.metadata)}`;
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
