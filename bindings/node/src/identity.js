// What makes two requests the same: by these rules Nango's tools record a request, and find it again.
import { sha1 } from './sha1.js';

// Headers that tell who asks, or how, but not what.
const NO_PART_OF_IDENTITY = new Set([
  'authorization', 'user-agent', 'nango-proxy-user-agent', 'accept-encoding', 'retries', 'host', 'connection-id',
  'provider-config-key', 'nango-is-sync', 'nango-is-script', 'nango-is-dry-run', 'nango-activity-log-id',
  'content-length', 'accept', 'base-url-override', 'retry-on', 'forward-headers-on-redirect'
]);
const LONGEST_BODY = 1000;                     // a longer one is known by its hash

/** { method, endpoint, params, headers, data }: params and headers as sorted pairs, data as text. */
export function identityOf(config) {
  const url = urlOf(config);
  return {
    method: (config.method ?? 'GET').toLowerCase(),
    endpoint: url.pathname.replace(/^\/proxy\//, '').replace(/^\//, ''),
    params: sorted([...url.searchParams]),
    headers: sorted(headersOf(config.headers ?? {})),
    data: bodyOf(config.data)
  };
}

export function hashOf(identity) {
  return sha1(JSON.stringify(identity));
}

function urlOf({ endpoint, params }) {
  const absolute = /^https?:\/\//i.test(endpoint);
  const url = absolute ? new URL(endpoint) : new URL(endpoint.startsWith('/') ? endpoint : `/${endpoint}`, 'https://api.invalid');
  if (typeof params === 'string') {
    for (const [name, value] of new URLSearchParams(params)) url.searchParams.append(name, value);
    return url;
  }
  for (const [name, value] of Object.entries(params ?? {})) {
    if (value !== undefined) url.searchParams.set(name, Array.isArray(value) ? value.map(String).join(',') : String(value));
  }
  return url;
}

const isDefaultContentType = (name, value) =>
  name === 'content-type' && /^(application\/json$|undefined$|application\/x-www-form-urlencoded)/.test(value.toLowerCase());

function headersOf(headers) {
  const kept = new Map();
  const seen = new Set();
  for (const [name, value] of Object.entries(headers)) {
    const plain = name.toLowerCase().startsWith('nango-proxy-') ? name.slice('nango-proxy-'.length) : name;
    const lower = plain.toLowerCase();
    if (seen.has(lower)) continue;
    seen.add(lower);
    if (!NO_PART_OF_IDENTITY.has(lower) && !isDefaultContentType(lower, String(value))) kept.set(plain, String(value));
  }
  return [...kept];
}

/** A body as the text that it is compared by; undefined for none. */
export function bodyOf(data) {
  if (!data) return undefined;
  const text = typeof data === 'string' ? data : data instanceof Uint8Array ? base64(data) : JSON.stringify(data);
  return text.length > LONGEST_BODY ? `sha1:${sha1(text)}` : text;
}

function base64(bytes) {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}

export function sorted(pairs) {
  return pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

/** A request in one line, for people: "GET /issues?page=2". */
export function requestText({ method, endpoint, params }) {
  const query = params.map(([name, value]) => `${name}=${value}`).join('&');
  const text = `${method.toUpperCase()} /${endpoint}${query ? `?${query}` : ''}`;
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}
