// An adapter for axios that answers from a store, so that Nango's client needs no network.

/** @param {import('./store.js').Store} store */
export function adapterFor(store) {
  return async (config) => {
    const { status, text } = store.request(config.method.toUpperCase(), targetOf(config), headersOf(config), config.data ?? null);
    const response = { data: text, status, statusText: '', headers: { 'content-type': 'application/json' }, config, request: {} };
    if (!config.validateStatus || config.validateStatus(status)) return response;
    throw httpError(`Request failed with status code ${status}`, status < 500 ? 'ERR_BAD_REQUEST' : 'ERR_BAD_RESPONSE', config, response);
  };
}

/** An error that looks like axios's own. */
export function httpError(message, code, config, response) {
  const error = Object.assign(new Error(message), { name: 'AxiosError', code, config, isAxiosError: true });
  if (response) Object.assign(error, { response, status: response.status, request: response.request });
  error.toJSON = () => ({ message, name: 'AxiosError', code, status: response?.status ?? null });
  return error;
}

function targetOf({ url, params }) {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  for (const [name, value] of params instanceof URLSearchParams ? params : Object.entries(params ?? {})) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null) searchParams.append(name, one);
    }
  }
  return searchParams.size > 0 ? `${pathname}?${searchParams}` : pathname;
}

function headersOf({ headers }) {
  return headers?.toJSON?.() ?? headers ?? {};
}
