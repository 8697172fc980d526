// What was found, as a table for people, as JSON, and as JUnit's XML.

const COLUMNS = [
  ['sync', ({ sync }) => sync],
  ['first run', ({ phases }) => phases.first],
  ['again', ({ phases }) => (phases.again === null ? null : phases.again === 0 ? 'same' : `${phases.again} changed`)],
  ['removed', ({ phases }) => phases.removed],
  ['empty', ({ phases }) => phases.empty],
  ['failing', ({ phases }) => phases.failing],
  ['resumed', ({ phases }) => phases.resumed],
  ['time', ({ ms }) => `${ms} ms`]
];
const GOOD = new Set(['equal', 'same', 'found', 'deleted', 'safe', 'fine']);
const BAD = new Set(['differs', 'failed', 'kept', 'deletes', 'loses']);
const STYLES = { good: '32', bad: '31;1', bold: '1', dim: '2' };

/** The table, and each finding in a sentence with its place. */
export function tableReport(results, without, isColoured) {
  const paint = (style, text) => (isColoured && style ? `\x1b[${STYLES[style]}m${text}\x1b[0m` : text);
  const rows = results.map((result) => COLUMNS.map(([, cell]) => cell(result) ?? '-'));
  const widths = COLUMNS.map(([title], i) => Math.max(title.length, ...rows.map((row) => row[i].length)));
  const line = (cells, style) => cells.map((cell, i) => paint(style(cell, i), cell.padEnd(widths[i]))).join('  ').trimEnd();
  const parts = [
    line(COLUMNS.map(([title]) => title), () => 'bold'),
    ...rows.map((row, n) => line(row, (cell, i) => styleOf(cell, i, results[n]))),
    ...findingLines(results, paint),
    '',
    summary(results, without)
  ];
  return `${parts.join('\n')}\n`;
}

function styleOf(cell, column, { findings }) {
  if (column === 0) return findings.length > 0 ? 'bad' : 'good';
  if (cell === '-' || column === COLUMNS.length - 1) return 'dim';
  if (GOOD.has(cell)) return 'good';
  if (BAD.has(cell) || cell.endsWith('changed')) return 'bad';
  if (cell === 'not found') return findings.some(({ kind }) => kind === 'removed-kept' || kind === 'never-deletes') ? 'bad' : 'dim';
  return '';
}

function findingLines(results, paint) {
  return results.flatMap(({ file, findings }) => {
    if (findings.length === 0) return [];
    return ['', ...findings.map(({ message, line }) => `${paint('bold', line === null ? file : `${file}:${line}`)}\n  ${message}`)];
  });
}

function summary(results, without) {
  const wrong = results.filter(({ findings }) => findings.length > 0).length;
  const findings = results.reduce((sum, result) => sum + result.findings.length, 0);
  const seconds = results.reduce((sum, { ms }) => sum + ms, 0) / 1000;
  const missing = without.length > 0 ? `, ${without.length} without a fixture` : '';
  return `${results.length} syncs, ${wrong} with ${findings} findings${missing}, ${seconds.toFixed(1)} s`;
}

export function jsonReport(results) {
  return `${JSON.stringify({ syncs: results }, null, 2)}\n`;
}

const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text) => String(text).replace(/[&<>"]/g, (sign) => ENTITIES[sign]).replace(/[^\t\n\r\x20-\ufffd]/g, '?');

export function junitReport(results) {
  const failures = results.filter(({ findings }) => findings.length > 0).length;
  const seconds = results.reduce((sum, { ms }) => sum + ms, 0) / 1000;
  const cases = results.map((result) => junitCase(result)).join('');
  return (
    '<?xml version="1.0" encoding="UTF-8"?>\n' +
    `<testsuites><testsuite name="nangolite" tests="${results.length}" failures="${failures}" time="${seconds}">\n${cases}</testsuite></testsuites>\n`
  );
}

function junitCase({ sync, file, findings, ms }) {
  const [group, name] = sync.split('/');
  const failures = findings.map(({ kind, message, line }) => {
    const place = line === null ? file : `${file}:${line}`;
    return `    <failure type="${escaped(kind)}" message="${escaped(message)}">${escaped(place)}</failure>\n`;
  });
  const open = `  <testcase classname="${escaped(group)}" name="${escaped(name)}" file="${escaped(file)}" time="${ms / 1000}"`;
  return failures.length > 0 ? `${open}>\n${failures.join('')}  </testcase>\n` : `${open}/>\n`;
}
