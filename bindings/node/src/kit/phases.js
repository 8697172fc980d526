// Everything that the kit tries with one sync, and what it finds.
import { lineOfCall, lineOfMember } from './blame.js';
import { changedMembers } from './compare.js';
import { countOf, failIn, goodState } from './failing.js';

const TRACKING = ['trackDeletesEnd', 'deleteRecordsFromPreviousExecutions'];
const SAVING = ['batchSave', 'batchSend', 'batchUpdate'];

const firstLine = (text) => String(text).split('\n')[0];
const plural = (count, word) => `${count} ${word}${count === 1 ? '' : 's'}`;

/** { phases, findings, notes } of a SyncTest that has not run yet. */
export async function tryAll(test) {
  const found = { phases: { first: null, again: null, removed: null, empty: null, failing: null, resumed: null }, findings: [], notes: [] };
  await tryFirst(test, found);
  if (found.phases.first === 'failed') return found;
  const full = test.snapshot();
  const records = test.records();
  const state = {
    full,
    records,
    good: goodState(test, full, records),
    tracks: test.calls.some(({ name }) => TRACKING.includes(name)),
    twice: idsSavedTwice(test.calls),
    saved: idsSaved(test.calls),
    checkpoint: test.checkpoint()
  };
  for (const phase of [tryAgain, tryRemoved, tryEmpty, tryFailing, tryResumed]) {
    test.api.restore();
    await phase(test, found, state);
  }
  return found;
}

function add(found, kind, message, line = null) {
  found.findings.push({ kind, message, line });
}

// ---- the first run ----

async function tryFirst(test, { phases, findings, notes }) {
  const result = await test.attempt();
  if (!result.success) {
    phases.first = 'failed';
    const place = result.thrown instanceof Error ? test.sync.placeOf(result.thrown.stack) : null;
    const line = place?.file === test.sync.file ? place.line : null;
    findings.push({ kind: result.isMissing ? 'not-recorded' : 'failed', message: `the first run failed: ${firstLine(result.error.description)}`, line });
    notes.push(...result.error.description.split('\n').slice(1).map((line) => line.trim()));
    return;
  }
  const lines = test.differences();
  phases.first = lines.length === 0 ? 'equal' : 'differs';
  if (lines.length > 0) {
    findings.push({ kind: 'differs', message: `the first run: ${plural(lines.length, 'difference')} from the fixture: ${lines[0]}`, line: null });
    notes.push(...lines.slice(1, 5));
  }
}

function idsSaved(calls) {
  return new Set(calls.filter(({ name }) => SAVING.includes(name)).flatMap(({ model, ids }) => ids.map((id) => `${model} ${id}`)));
}

function idsSavedTwice(calls) {
  const seen = new Set();
  const twice = new Set();
  for (const { name, model, ids } of calls) {
    if (!SAVING.includes(name)) continue;
    for (const id of ids) (seen.has(`${model} ${id}`) ? twice : seen).add(`${model} ${id}`);
  }
  return twice;
}

// ---- the same input again ----

async function tryAgain(test, found, { full, records, twice }) {
  test.returnTo(full);
  const result = await test.attempt({ reset: true });
  if (!result.success) {
    found.notes.push(`the second run failed: ${firstLine(result.error.description)}`);
    return;
  }
  const changes = test.changes();
  found.phases.again = changes.length;
  if (changes.length === 0) return;
  const duplicates = changes.filter(({ model, id }) => twice.has(`${model} ${id}`));
  const of = countOf(records);
  if (duplicates.length > 0) {
    const [{ model, id }] = duplicates;
    add(found, 'duplicate-ids', `the same input again: ${duplicates.length} of ${of} records were updated, because an id comes twice in a run (${model} ${id})`, lineOfCall(test.sync, test.calls, SAVING));
  }
  if (changes.length > duplicates.length) add(found, ...unstable(test, changes.filter((change) => !duplicates.includes(change)), records, of));
}

function unstable(test, changes, records, of) {
  const deleted = changes.filter(({ action }) => action === 'DELETED').length;
  if (deleted > 0) return ['deletes-again', `the same input again: ${deleted} of ${of} records were deleted`, lineOfCall(test.sync, test.calls, TRACKING)];
  const members = new Set(changes.flatMap(({ model, id, record }) => changedMembers(records.get(model)?.get(id) ?? {}, record)));
  const added = changes.filter(({ action }) => action === 'ADDED').length;
  const what = added === changes.length ? 'added' : 'updated';
  const [first, ...rest] = members;
  const by = added === changes.length ? '' : `, by ${[first, ...rest].slice(0, 3).join(', ')}${rest.length > 2 ? ', ...' : ''}`;
  return ['changes-again', `the same input again: ${changes.length} of ${of} records were ${what}${by}`, first === undefined ? null : lineOfMember(test.sync, first)];
}

// ---- one item removed ----

async function tryRemoved(test, found, { full, records, tracks, checkpoint, saved }) {
  for (const { model, id } of candidates(records)) {
    test.api.restore();
    if (!saved.has(`${model} ${id}`) || !takeOut(test, model, id)) continue;
    test.returnTo(full);
    const result = await test.attempt({ reset: true });
    const isSaved = idsSaved(test.calls).has(`${model} ${id}`);
    if (!result.success || isSaved) continue;   // it comes from elsewhere too, or the function needs it
    judgeRemoved(test, found, { model, id, tracks, checkpoint });
    return;
  }
}

// The last record first: taken out, it leaves the least behind that names it.
function candidates(records) {
  const all = [...records].flatMap(([model, byId]) => [...byId.keys()].map((id) => ({ model, id })));
  return [...new Set([all.at(-1), all[0], all[Math.floor(all.length / 2)]])].filter(Boolean);
}

function takeOut(test, model, id) {
  try {
    return test.api.without(model, id) > 0;
  } catch {
    return false;
  }
}

function judgeRemoved(test, found, { model, id, tracks, checkpoint }) {
  const isGone = !test.records().get(model)?.has(id);
  found.phases.removed = isGone ? 'found' : 'not found';
  if (isGone) return;
  if (tracks) {
    add(found, 'removed-kept', `an item was removed from the source, and ${model} ${id} is still there`, lineOfCall(test.sync, test.calls, TRACKING));
  } else if (checkpoint === null) {
    add(found, 'never-deletes', `reads everything in each run and tracks no deletes: ${model} ${id} was removed from the source, and is still there`, lineOfCall(test.sync, test.calls, SAVING));
  } else {
    found.notes.push('reads what changed only: a removed item is not looked for');
  }
}

// ---- the source empty ----

async function tryEmpty(test, found, { full, records, tracks }) {
  if (!tracks || countOf(records) === 0) return;
  test.returnTo(full);
  test.api.empty();
  const result = await test.attempt({ reset: true });
  if (!result.success) {
    found.phases.empty = 'failed';
    found.notes.push(`with an empty source: ${firstLine(result.error.description)}`);
    return;
  }
  if (idsSaved(test.calls).size > 0) return;    // what is saved does not come from a list
  const left = countOf(test.records());
  found.phases.empty = left === 0 ? 'deleted' : 'kept';
  const of = countOf(records);
  if (left > 0) add(found, 'empty-kept', `the source was empty, and ${left} of ${of} records are still there`, lineOfCall(test.sync, test.calls, [...TRACKING, 'trackDeletesStart']));
}

// ---- requests failing, and going on from the checkpoint ----

async function tryFailing(test, found, { good }) {
  const findings = await failIn(test, good);
  found.phases.failing = findings.length === 0 ? 'safe' : findings[0].kind === 'deletes-on-failure' ? 'deletes' : 'loses';
  for (const kind of ['deletes-on-failure', 'loses-on-failure']) {
    const finding = findings.find((one) => one.kind === kind);
    if (finding) add(found, kind, finding.message, finding.line);
  }
}

async function tryResumed(test, found, { full, checkpoint, records }) {
  if (checkpoint === null) return;
  test.restore(full);
  const result = await test.attempt();
  if (!result.success) {
    found.phases.resumed = result.isMissing ? 'not recorded' : 'failed';
    found.notes.push(`from the checkpoint: ${firstLine(result.error.description)}`);
    return;
  }
  const deleted = test.changes().filter(({ action }) => action === 'DELETED').length;
  found.phases.resumed = deleted > 0 ? 'deletes' : 'fine';
  if (deleted > 0) add(found, 'deletes-on-resume', `going on from the checkpoint deleted ${deleted} of ${countOf(records)} records`, lineOfCall(test.sync, test.calls, TRACKING));
}
