// The recorded API, changed for a while: items taken out, responses edited, requests that fail.
import { identityOf } from '../identity.js';
import { NangoliteError } from '../error.js';

const DEPTH = 6;                               // how deep in a response an item may be

const isObject = (value) => value !== null && typeof value === 'object';

export class Api {
  #replay;

  constructor(replay) {
    this.#replay = replay;
  }

  /** What was requested in the latest run, each in one line. */
  get requests() {
    return this.#replay.requests.map((request) => request.text);
  }

  /** Takes the item of a record out of every response. Returns how many places it was in. */
  without(model, id) {
    const isItem = itemOf(this.#replay.recorded, String(id));
    if (!isItem) throw new NangoliteError('not_found', `no recorded response has an item of which ${model} ${id} could be made`);
    let places = 0;
    for (const { response } of this.#replay.recorded) eachItem(response, (item) => (places += isItem(item) ? 1 : 0));
    this.#replay.rule((response) => withData(response, (data) => withoutItems(data, isItem)));
    return places;
  }

  /** Empties every list in every response. */
  empty() {
    this.#replay.rule((response) => withData(response, emptied));
  }

  /** Edits the responses to a request: `edit(data, response)` changes the data, or returns other data. `request`: text
   *  like 'GET /issues?page=2' (without a query: whatever the query), or a function of { method, endpoint, params }. */
  change(request, edit) {
    const isMeant = matcher(request);
    this.#replay.rule((response, asked) => (isMeant(asked.identity) ? withData(response, (data) => edit(data, response) ?? data) : response));
  }

  /** Lets a request fail: with a status, or with a network error such as ECONNRESET; `times`: only so often. */
  fail(request, { status = 503, error, times = Infinity, headers = {}, data = {} } = {}) {
    const isMeant = matcher(request);
    let left = times;
    return this.#replay.failure((asked) => {
      if (left <= 0 || !isMeant(asked.identity)) return undefined;
      left--;
      return error ? { networkError: error } : { status, data, headers };
    });
  }

  /** As fail(), for the request with this key, and until the function that is returned is called. `onLook` is called when
   *  the sync's function looks at what the failure is. */
  failKey(key, { status, error }, onLook) {
    const failed = error ? { networkError: error, onLook } : { status, data: {}, headers: {}, onLook };
    return this.#replay.failure((asked) => (asked.key === key ? failed : undefined));
  }

  /** Everything is answered as it was recorded again. */
  restore() {
    this.#replay.restore();
  }
}

function withData(response, edit) {
  return response.data === undefined ? response : { ...response, data: edit(response.data) };
}

// ---- which request is meant ----

function matcher(request) {
  if (typeof request === 'function') return (identity) => request({ ...identity, params: Object.fromEntries(identity.params) });
  const [, method, endpoint] = /^(?:([A-Za-z]+)\s+)?(\S+)$/.exec(request) ?? [];
  if (!endpoint) throw new NangoliteError('invalid', `no request: ${request} (such as 'GET /issues?page=2')`);
  const wanted = identityOf({ method, endpoint });
  return (identity) =>
    (!method || identity.method === wanted.method) &&
    identity.endpoint === wanted.endpoint &&
    wanted.params.every(([name, value]) => identity.params.some(([other, given]) => other === name && given === value));
}

// ---- items: the objects in a response's lists ----

function eachItem(value, work, depth = DEPTH) {
  if (!isObject(value) || depth === 0) return;
  for (const member of Object.values(value)) {
    if (Array.isArray(value) && isObject(member)) work(member);
    eachItem(member, work, depth - 1);
  }
}

function withoutItems(value, isItem, depth = DEPTH) {
  if (!isObject(value) || depth === 0) return value;
  if (Array.isArray(value)) {
    return value.filter((item) => !(isObject(item) && isItem(item))).map((item) => withoutItems(item, isItem, depth - 1));
  }
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, withoutItems(member, isItem, depth - 1)]));
}

function emptied(value, depth = DEPTH) {
  if (!isObject(value) || depth === 0) return value;
  if (Array.isArray(value)) return value.some(isObject) ? [] : value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, emptied(member, depth - 1)]));
}

const LIKELY_NAMES = ['id', 'gid', '_id', 'uuid', 'guid', 'Id', 'ID', 'key', 'sys_id', 'uid', 'slug', 'name', 'email'];

// How likely it is that a member of this name is the item's own id: the less, the likelier.
function unlikeliness(name) {
  const known = LIKELY_NAMES.indexOf(name);
  if (known >= 0) return known;
  return /id$/i.test(name) ? LIKELY_NAMES.length : LIKELY_NAMES.length + 1;
}

/** Tells whether an object is the one of which the record with this id was made; null: none is. */
function itemOf(recorded, id) {
  return itemByMember(recorded, id) ?? itemByNested(recorded, id) ?? itemByPart(recorded, id);
}

const scalars = (item) => Object.entries(item).filter(([, value]) => value !== null && typeof value !== 'object');

function itemByMember(recorded, id) {
  const names = new Set();
  for (const { response } of recorded) {
    eachItem(response, (item) => {
      for (const [name, value] of scalars(item)) if (String(value) === id) names.add(name);
    });
  }
  const [name] = [...names].sort((a, b) => unlikeliness(a) - unlikeliness(b));
  return name === undefined ? null : (item) => String(item[name]) === id;
}

// The id is that of a member: { node: { id } }, { properties: { id } }.
function itemByNested(recorded, id) {
  const isItem = (item) => Object.values(item).some((member) => isObject(member) && !Array.isArray(member) && hasOwn(member, id));
  return anyItem(recorded, isItem) ? isItem : null;
}

function hasOwn(object, id, depth = 3) {
  if (depth === 0) return false;
  return Object.values(object).some((value) =>
    isObject(value) ? !Array.isArray(value) && hasOwn(value, id, depth - 1) : String(value) === id
  );
}

// The id is made of several: "acme/widgets#42".
function itemByPart(recorded, id) {
  let best = null;
  for (const { response } of recorded) {
    eachItem(response, (item) => {
      for (const [name, value] of scalars(item)) {
        const text = String(value);
        if (unlikeliness(name) > LIKELY_NAMES.length || text.length < 2 || !id.includes(text)) continue;
        if (!best || text.length > best.text.length) best = { name, text };
      }
    });
  }
  return best && ((item) => String(item[best.name]) === best.text);
}

function anyItem(recorded, isItem) {
  let found = false;
  for (const { response } of recorded) eachItem(response, (item) => (found ||= isItem(item)));
  return found;
}
