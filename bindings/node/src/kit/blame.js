// The call in a sync's source from which a finding comes.

/** The call that deleted records: { line, where }. */
export function deletingCall(sync, calls) {
  const call = calls.findLast((one) => one.changes?.deleted > 0);
  if (!call) return { line: null, where: 'a run that failed' };
  const line = lineOf(sync, call);
  return { line, where: line !== null && isInFinally(sync.source, line) ? `${call.name} in a finally` : call.name };
}

/** The call that saved a checkpoint too early: { line, where }, `where` as the begin of a sentence. */
export function savingCheckpoint(sync, calls) {
  const call = calls.findLast((one) => one.name === 'saveCheckpoint');
  return call ? { line: lineOf(sync, call), where: 'saveCheckpoint: ' } : { line: null, where: '' };
}

/** The line of the latest call of these names; of the first mention in the source where none was made; null: neither. */
export function lineOfCall(sync, calls, names) {
  const call = calls.findLast((one) => names.includes(one.name));
  return (call && lineOf(sync, call)) ?? lineOfText(sync.source, new RegExp(`\\b(?:${names.join('|')})\\b`));
}

/** The line in which a record's member is made, where one can be told. */
export function lineOfMember(sync, member) {
  return lineOfText(sync.source, new RegExp(`['"]?\\b${member.replace(/[^\w]/g, '.')}\\b['"]?\\s*[:,=]\\s*.*(?:Date|now|random|uuid)`, 'i')) ??
    lineOfText(sync.source, /\bnew Date\(\)|\bDate\.now\(\)|\bMath\.random\(\)|\brandomUUID\(\)/);
}

function lineOf(sync, { stack }) {
  const place = sync.placeOf(stack);
  return place && place.file === sync.file ? place.line : null;
}

function lineOfText(source, pattern) {
  const index = source.split('\n').findIndex((line) => pattern.test(line) && !/^\s*(?:\/\/|\*|import\b)/.test(line));
  return index < 0 ? null : index + 1;
}

// The block that is open at the line, or one around it, begins with `finally {`.
function isInFinally(source, line) {
  const lines = source.split('\n').slice(0, line - 1).join('\n');
  const open = [];
  for (const { 0: brace, index } of lines.matchAll(/[{}]/g)) {
    if (brace === '}') open.pop();
    else open.push(/\bfinally\s*$/.test(lines.slice(0, index)));
  }
  return open.includes(true);
}
