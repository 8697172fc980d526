// Records against those of a fixture, by id and JSON value.

/** The records that a fixture expects, by model: a Map from each id to the values that it may have (an id that was saved
 *  twice may have either). batchUpdate is merged in, batchDelete taken out. */
export function expectedRecords(fixture) {
  const { batchSave = {}, batchSend = {}, batchUpdate = {}, batchDelete = {} } = fixture.nango ?? {};
  const models = new Map();
  for (const saved of [batchSave, batchSend]) eachRecord(saved, (model, record) => addTo(models, model, record));
  eachRecord(batchUpdate, (model, record) => updateIn(recordsOf(models, model), record));
  eachRecord(batchDelete, (model, record) => recordsOf(models, model).delete(String(record?.id)));
  return models;
}

function eachRecord(byModel, work) {
  for (const [model, records] of Object.entries(byModel ?? {})) for (const record of records ?? []) work(model, record);
}

function recordsOf(models, model) {
  if (!models.has(model)) models.set(model, new Map());
  return models.get(model);
}

function addTo(models, model, record) {
  const records = recordsOf(models, model);
  const id = String(record?.id);
  records.set(id, [...(records.get(id) ?? []), withoutMetadata(record)]);
}

function updateIn(records, patch) {
  const id = String(patch?.id);
  const merge = (value) => merged(value, withoutMetadata(patch));
  records.set(id, (records.get(id) ?? [{}]).map(merge));
}

const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);

function merged(value, patch) {
  if (!isObject(value) || !isObject(patch)) return patch;
  const result = { ...value };
  for (const [name, member] of Object.entries(patch)) result[name] = name in value ? merged(value[name], member) : member;
  return result;
}

function withoutMetadata({ _nango_metadata: metadata, ...record }) {
  return record;
}

/** Whether two JSON values are equal; the order of members does not count. */
export function isEqual(a, b) {
  if (a === b) return true;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => isEqual(item, b[i]));
  if (!isObject(a) || !isObject(b)) return false;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => name in b && isEqual(a[name], b[name]));
}

/** What differs between expected and found records, each as one line; [] where they are equal. */
export function compareRecords(expected, found) {
  const lines = [];
  for (const [model, records] of expected) {
    const live = found.get(model) ?? new Map();
    for (const [id, values] of records) {
      if (!live.has(id)) lines.push(`${model} ${id} is missing`);
      else lines.push(...compareRecord(`${model} ${id}`, values, live.get(id)));
    }
  }
  for (const [model, live] of found) {
    for (const id of live.keys()) if (!expected.get(model)?.has(id)) lines.push(`${model} ${id} was not expected`);
  }
  return lines;
}

// The id's type does not count: 7 and "7" are the same record.
function compareRecord(name, values, found) {
  const alternatives = values.map((value) => ({ ...value, id: found.id }));
  if (alternatives.some((value) => isEqual(value, found))) return [];
  return changedMembers(alternatives[0], found).map(
    (member) => `${name}: ${member} is ${inShort(found[member])}, expected ${inShort(alternatives[0][member])}`
  );
}

/** The names of the members that differ. */
export function changedMembers(a, b) {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].filter((name) => !isEqual(a[name], b[name]));
}

function inShort(value) {
  const text = value === undefined ? 'absent' : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** The live records of a sync's models, as they are read by an application: a Map of Maps, by model and id. */
export function liveRecords(store, { providerConfigKey, connectionId, variant }, models) {
  const found = new Map();
  for (const model of models) {
    const records = new Map();
    const scope = { providerConfigKey, connectionId, variant, model };
    for (const { id, payload } of store.records(scope, { filter: 'added,updated', limit: 500, raw: true })) {
      records.set(id, JSON.parse(payload));
    }
    if (records.size > 0) found.set(model, records);
  }
  return found;
}
