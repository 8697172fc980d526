// Pagination as Nango's runner does it: by cursor, by link, by offset.
import { getPath, linkOf, setPath } from './path.js';
import { paginationOf } from './providers.js';

const METHODS_WITH_BODY = ['post', 'put', 'patch'];
const NEEDED = {
  cursor: ['cursor_name_in_request', 'cursor_path_in_response'],
  offset: ['offset_name_in_request'],
  link: []
};

/** Yields the items of one page after the other. `proxy(config)` makes a request. */
export async function* paginate(config, provider, proxy) {
  const settings = { ...paginationOf(provider), ...config.paginate };
  validate(settings);
  const method = (config.method ?? 'GET').toLowerCase();
  const inBody = config.paginate?.in_body ?? METHODS_WITH_BODY.includes(method);
  const values = (inBody ? config.data : config.params) ?? {};
  if (settings.limit) values[settings.limit_name_in_request] = settings.limit;
  yield* KINDS[settings.type]({ request: { ...config, method }, settings, inBody, values, proxy });
}

function validate(settings) {
  const needed = NEEDED[settings.type];
  if (!needed) throw new Error(`paginate: the type is ${settings.type}, not cursor, link or offset (by default the provider's)`);
  for (const name of needed) if (!settings[name]) throw new Error(`paginate: ${settings.type} needs ${name}`);
  if (settings.type === 'cursor' && settings.limit && !settings.limit_name_in_request) {
    throw new Error('paginate: a limit needs limit_name_in_request');
  }
  if (settings.type === 'link' && !settings.link_rel_in_response_header && !settings.link_path_in_response_body) {
    throw new Error('paginate: link needs link_rel_in_response_header or link_path_in_response_body');
  }
}

// The values go into the query, or into the body, where a name with dots means a member of a member.
function place({ request, inBody, values }) {
  if (!inBody) {
    request.params = values;
    return;
  }
  request.data = {};
  for (const [name, value] of Object.entries(values)) setPath(request.data, name, value);
}

const itemsOf = (response, { response_path: path }) => (path ? getPath(response.data, path) : response.data);

async function tellPage({ on_page: onPage }, nextPageParam, response) {
  if (onPage) await onPage({ nextPageParam, response });
}

const KINDS = {
  async *cursor(state) {
    const { settings, values, proxy, request } = state;
    for (;;) {
      place(state);
      const response = await proxy(request);
      const items = itemsOf(response, settings);
      if (!items?.length) return;
      yield items;
      const cursor = usableCursor(getPath(response.data, settings.cursor_path_in_response));
      await tellPage(settings, cursor, response);
      if (cursor === undefined) return;
      values[settings.cursor_name_in_request] = cursor;
    }
  },

  async *link(state) {
    const { settings, proxy, request } = state;
    place(state);
    for (let previous; ; ) {
      const response = await proxy(request);
      yield itemsOf(response, settings);
      const link = nextLink(response, settings);
      await tellPage(settings, link, response);
      if (!link || link === previous) return;
      previous = link;
      follow(request, link);
    }
  },

  async *offset(state) {
    const { settings, values, inBody, proxy, request } = state;
    for (let offset = Number(settings.offset_start_value ?? 0); ; ) {
      values[settings.offset_name_in_request] = inBody ? offset : String(offset);
      place(state);
      const response = await proxy(request);
      const items = itemsOf(response, settings);
      if (!items?.length) return;
      yield items;
      if (settings.limit && items.length < Number(settings.limit)) return;
      await tellPage(settings, offset, response);
      offset += settings.offset_calculation_method === 'per-page' ? 1 : items.length;
    }
  }
};

function usableCursor(cursor) {
  if (typeof cursor === 'number') return cursor;
  return (typeof cursor === 'string' && cursor.trim()) || undefined;
}

function nextLink({ headers, data }, settings) {
  const inHeader = settings.link_rel_in_response_header && linkOf(headers.link ?? headers.Link, settings.link_rel_in_response_header);
  return inHeader || (settings.link_path_in_response_body && getPath(data, settings.link_path_in_response_body));
}

// A link has its own query: what the first request asked is in it.
function follow(request, link) {
  delete request.params;
  if (!URL.canParse(link)) {
    request.endpoint = link;
    return;
  }
  const url = new URL(link);
  request.baseUrlOverride = url.origin;
  request.endpoint = url.pathname + url.search;
}
