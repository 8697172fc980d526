// The recorded half of a fixture: an API that answers a request with what was recorded for it.
import { bodyOf, hashOf, identityOf, requestText } from './identity.js';

/** A request for which nothing was recorded. */
export class MissingRequestError extends Error {
  name = 'MissingRequestError';

  constructor(identity, nearest) {
    super(`nothing was recorded for ${describe(identity)}\n${suggestions(nearest)}`);
    this.request = requestText(identity);
  }
}

export class Replay {
  #recorded;
  #onMissing;
  #rules = [];
  #failures = [];
  #found = new Map();
  #asked = new Map();
  /** Every request since the last `forget()`, as { identity, key, text, missing }. */
  requests = [];

  constructor(fixture, { onMissing = 'throw' } = {}) {
    this.#recorded = readRecorded(fixture.api ?? {});
    this.#onMissing = onMissing;
  }

  /** Every recorded exchange: { method, endpoint, response, status, headers, request }. */
  get recorded() {
    return this.#recorded;
  }

  forget() {
    this.requests = [];
  }

  get missing() {
    return this.requests.filter((request) => request.missing);
  }

  /** Has `answer(response, request)` change what requests get, until the function that is returned is called. */
  rule(answer) {
    this.#rules.push(answer);
    return () => {
      this.#rules = this.#rules.filter((rule) => rule !== answer);
    };
  }

  /** Has `answer(request)` give a response in place of the recorded one, or undefined, until the function that is returned
   *  is called. */
  failure(answer) {
    this.#failures.push(answer);
    return () => {
      this.#failures = this.#failures.filter((failure) => failure !== answer);
    };
  }

  restore() {
    this.#rules = [];
    this.#failures = [];
  }

  /** { status, data, headers } for a request, or { networkError } where a failure says so. `isRetry`: it is the latest
   *  request, once more. */
  respond(config, isRetry = false) {
    const request = isRetry ? { ...this.requests.at(-1) } : this.#request(config);
    this.requests.push(request);
    for (const failure of this.#failures) {
      const failed = failure(request);
      if (failed) return failed;
    }
    let response = this.#find(request);
    for (const rule of this.#rules) response = rule(response, request) ?? response;
    return response;
  }

  // The same request comes again in each run: its address and its hash are made once.
  #request(config) {
    const text = plainText(config);
    if (text === null) return asRequest(identityOf(config));
    if (!this.#asked.has(text)) this.#asked.set(text, asRequest(identityOf(config)));
    return { ...this.#asked.get(text) };
  }

  #find(request) {
    const { identity, key } = request;
    if (!this.#found.has(key)) this.#found.set(key, exchangeFor(identity, key, this.#recorded));
    const found = this.#found.get(key);
    if (found) return responseOf(found);
    request.missing = true;
    if (this.#onMissing === 'empty') return { status: 200, data: {}, headers: {} };
    const nearest = nearestTo(identity, this.#recorded);
    if (this.#onMissing === 'nearest' && nearest.length > 0) return responseOf(nearest[0]);
    throw new MissingRequestError(identity, nearest);
  }
}

const isPlain = (value) => value === undefined || typeof value === 'string' || Object.getPrototypeOf(value ?? {}) === Object.prototype;

// A configuration as text, where that says all of it; null: it does not.
function plainText({ endpoint, method, params, headers, data }) {
  const isText = [params, headers, data].every(isPlain) && Object.values(params ?? {}).every((value) => value !== Object(value));
  return isText ? JSON.stringify([String(endpoint), method, params, headers, data]) : null;
}

function asRequest(identity) {
  return { identity, key: hashOf(identity), text: requestText(identity), missing: false };
}

function readRecorded(api) {
  const entries = [];
  for (const [method, endpoints] of Object.entries(api)) {
    for (const [endpoint, exchanges] of Object.entries(endpoints ?? {})) {
      for (const exchange of [exchanges].flat()) {
        if (exchange) entries.push({ ...exchange, method: method.toLowerCase(), endpoint: endpoint.replace(/^\//, '') });
      }
    }
  }
  return entries;
}

// Each answer is the caller's own. (JSON.parse is several times faster than structuredClone.)
function responseOf(entry) {
  const { response, status = 200, headers = {} } = entry;
  if (response === undefined) return { status, data: undefined, headers: { ...headers } };
  entry.text ??= JSON.stringify(response);
  return { status, data: JSON.parse(entry.text), headers: { ...headers } };
}

// ---- which recorded exchange a request means ----

function exchangeFor(identity, hash, recorded) {
  const candidates = recorded.filter((entry) => entry.method === identity.method && entry.endpoint === identity.endpoint);
  return candidates.find((entry) => matches(entry, identity, hash, candidates.length));
}

function matches(entry, identity, hash, candidates) {
  if (entry.hash && entry.hash === hash) return true;
  if (!entry.request) return candidates === 1 && identity.params.length === 0;
  return sameParams(entry.request.params, identity) && sameHeaders(entry.request.headers, identity) && sameBody(entry.request.data, identity);
}

function sameParams(recorded = {}, { params }) {
  const names = Object.keys(recorded ?? {});
  if (names.length !== params.length) return false;
  const given = new Map(params.toReversed?.() ?? [...params].reverse());   // the first of two with one name counts
  return names.every((name) => given.has(name) && String(given.get(name)) === String(recorded[name]));
}

function sameHeaders(recorded = {}, { headers }) {
  const [stored, given] = [comparable(Object.entries(recorded ?? {})), comparable(headers)];
  return stored.size === given.size && [...stored].every(([name, value]) => given.get(name) === value);
}

function comparable(headers) {
  const map = new Map();
  for (const [name, value] of headers) {
    const lower = String(name).toLowerCase();
    const isForm = lower === 'content-type' && String(value).toLowerCase().startsWith('application/x-www-form-urlencoded');
    if (!isForm && !map.has(lower)) map.set(lower, String(value));
  }
  return map;
}

function sameBody(recorded, { data }) {
  return recorded === undefined || bodyOf(recorded) === data;
}

// ---- what comes closest, for the message ----

function nearestTo(identity, recorded) {
  const near = recorded.map((entry) => [distance(entry, identity), entry]).filter(([away]) => away < 100);
  return near.sort(([a], [b]) => a - b).map(([, entry]) => entry);
}

function distance(entry, { method, endpoint, params }) {
  if (entry.method !== method || entry.endpoint !== endpoint) return 100;
  const given = new Map(params);
  const stored = Object.entries(entry.request?.params ?? {});
  const wrong = stored.filter(([name, value]) => given.get(name) !== String(value)).length;
  return wrong + params.filter(([name]) => !stored.some(([other]) => other === name)).length;
}

function describe(identity) {
  const body = identity.data === undefined ? '' : ` with the body ${identity.data}`;
  const headers = identity.headers.map(([name, value]) => `${name}: ${value}`).join(', ');
  return requestText(identity) + body + (headers && ` with the headers ${headers}`);
}

function suggestions(nearest) {
  if (nearest.length === 0) return 'Nothing at all was recorded for this endpoint. Record it with: nango dryrun SYNC CONNECTION --save';
  const lines = nearest.slice(0, 3).map((entry) => `  ${describe(identityOfEntry(entry))}`);
  return `Recorded there:\n${lines.join('\n')}`;
}

function identityOfEntry({ method, endpoint, request = {} }) {
  return {
    method,
    endpoint,
    params: Object.entries(request.params ?? {}),
    headers: Object.entries(request.headers ?? {}),
    data: bodyOf(request.data)
  };
}
