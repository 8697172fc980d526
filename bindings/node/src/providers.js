// How the providers that Nango knows paginate, where a sync does not say it itself.

const link = (body, response_path) => ({ type: 'link', link_path_in_response_body: body, ...(response_path && { response_path }) });
const header = (limit) => ({ type: 'link', link_rel_in_response_header: 'next', limit_name_in_request: limit });
const offset = (name, limit, response_path) => ({
  type: 'offset',
  offset_name_in_request: name,
  limit_name_in_request: limit,
  ...(response_path && { response_path })
});
const cursor = (name, path, limit, response_path) => ({
  type: 'cursor',
  cursor_name_in_request: name,
  cursor_path_in_response: path,
  ...(limit && { limit_name_in_request: limit }),
  ...(response_path && { response_path })
});

const atlassian = { ...header('limit'), response_path: 'results', link_path_in_response_body: '_links.next' };
const google = cursor('pageToken', 'nextPageToken', 'maxSize', 'items');
const zoho = offset('page', 'per_page', 'data');

const PAGINATION = {
  aircall: link('meta.next_page_link', 'results'),
  'aircall-basic': link('meta.next_page_link', 'results'),
  asana: cursor('offset', 'next_page.offset', 'limit', 'data'),
  brightcrowd: cursor('pageToken', 'nextPageToken'),
  'cal-com-v2': cursor('cursor', 'data.data.nextCursor', 'limit'),
  calendly: link('pagination.next_page'),
  certn: link('next', 'results'),
  'certn-partner': offset('page', 'limit', 'data'),
  confluence: atlassian,
  'exact-online': link('d.__next'),
  exist: link('next'),
  front: link('_pagination.next', '_results'),
  github: header('per_page'),
  'github-app': header('per_page'),
  'github-app-oauth': header('per_page'),
  google,
  'google-ads': cursor('pageToken', 'nextPageToken', 'pageSize', 'results'),
  'google-analytics': google,
  'google-calendar': google,
  'google-cloud-storage': google,
  'google-drive': google,
  greenhouse: header('per_page'),
  'greenhouse-basic': header('per_page'),
  hubspot: cursor('after', 'paging.next.after', 'limit', 'results'),
  jira: atlassian,
  manatal: { ...link('next', 'results'), limit_name_in_request: 'page_size' },
  notion: cursor('start_cursor', 'next_cursor', 'page_size', 'results'),
  okta: header('limit'),
  'okta-cc': header('limit'),
  pipedrive: offset('start', 'limit', 'data'),
  'planning-center-online': offset('offset', 'per_page', 'data'),
  'planning-center-online-pat': offset('offset', 'per_page', 'data'),
  'rock-gym-pro': offset('page', 'limit'),
  slack: cursor('cursor', 'response_metadata.next_cursor', 'limit'),
  tripletex: { ...offset('from', 'count'), offset_start_value: '0' },
  youtube: google,
  zendesk: { ...link('next_page'), limit_name_in_request: 'per_page' },
  zoho,
  'zoho-bigin': zoho,
  'zoho-books': zoho,
  'zoho-crm': zoho,
  'zoho-inventory': zoho,
  'zoho-invoice': zoho,
  zoom: cursor('next_page_token', 'next_page_token', 'page_size')
};

/** The provider's pagination, or {}. */
export function paginationOf(provider) {
  return PAGINATION[provider] ?? {};
}
