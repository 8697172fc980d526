// A request through Nango's proxy: what fails is thrown as axios throws it, and tried again as the runner does it.
import { httpError } from './adapter.js';

const NETWORK_ERRORS = new Set(['ECONNRESET', 'ETIMEDOUT', 'ECONNABORTED', 'ECONNREFUSED', 'EHOSTUNREACH', 'EAI_AGAIN']);
const FIRST_WAIT_MS = 3000;
const LONGEST_WAIT_MS = 600000;

/** `respond(config, isRetry)`: { status, data, headers } or { networkError }. `time`: a HeldTime, which waits are added to. */
export async function request(config, respond, time) {
  const retries = Number(config.retries ?? 0);
  for (let attempt = 0; ; attempt++) {
    const { response, error, onLook } = answer(config, respond, attempt > 0);
    if (response) return response;
    if (attempt >= retries || !isWorthRetrying(error, config)) throw onLook ? watched(error, onLook, time) : error;
    time.advance(waitBefore(error, config, attempt, time));
  }
}

function answer(config, respond, isRetry) {
  const { networkError, status, data, headers, onLook } = respond(config, isRetry);
  if (networkError) return { error: httpError(`read ${networkError}`, networkError, axiosConfig(config)), onLook };
  const response = { data, status, statusText: '', headers, config: axiosConfig(config), request: {} };
  if (status < 400) return { response };
  const code = status < 500 ? 'ERR_BAD_REQUEST' : 'ERR_BAD_RESPONSE';
  return { error: httpError(`Request failed with status code ${status}`, code, response.config, response), onLook };
}

// Tells when the function looks at what an error is, while it runs.
function watched(error, onLook, time) {
  const look = (trap) => (target, ...rest) => {
    if (time.isRunning) onLook();
    return Reflect[trap](target, ...rest);
  };
  return new Proxy(error, Object.fromEntries(['get', 'has', 'ownKeys', 'getOwnPropertyDescriptor'].map((trap) => [trap, look(trap)])));
}

const axiosConfig = ({ endpoint, method = 'GET', params, data, headers = {} }) => ({ url: endpoint, method: method.toLowerCase(), params, data, headers });

// 401 is only worth it where the credentials have changed meanwhile, and recorded ones do not.
function isWorthRetrying(error, { retryOn = [] }) {
  if (NETWORK_ERRORS.has(error.code)) return true;
  const status = error.response?.status ?? 0;
  return status >= 500 || status === 429 || (retryOn ?? []).includes(status);
}

function waitBefore(error, { retryHeader }, attempt, time) {
  const said = retryHeader && waitInHeader(error.response?.headers ?? {}, retryHeader, time);
  return said ?? Math.min(FIRST_WAIT_MS * 2 ** attempt, LONGEST_WAIT_MS);
}

function waitInHeader(headers, { at, after }, time) {
  const value = headers[at ?? after] ?? headers[(at ?? after ?? '').toLowerCase()];
  if (value === undefined || value === '') return undefined;
  if (!at) return Number.isFinite(Number(value)) ? Number(value) * 1000 : undefined;
  const number = Number(value);
  const moment = Number.isNaN(number) ? Date.parse(value) : number > 1e11 ? number : number * 1000;
  return moment > time.now() ? moment - time.now() : undefined;
}
