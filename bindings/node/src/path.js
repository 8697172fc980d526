// Members by path ("data.items[0].id"), and links in headers.

const steps = (path) => String(path).match(/[^.[\]]+/g) ?? [];

export function getPath(value, path) {
  let at = value;
  for (const step of steps(path)) {
    if (at === null || at === undefined) return undefined;
    at = at[step];
  }
  return at;
}

/** Sets a member, and makes the objects on the way to it. */
export function setPath(object, path, value) {
  const names = steps(path);
  const last = names.pop();
  let at = object;
  for (const name of names) {
    if (at[name] === null || typeof at[name] !== 'object') at[name] = {};
    at = at[name];
  }
  at[last] = value;
}

/** The address of a relation in a Link header (RFC 8288); undefined: none. */
export function linkOf(header, relation) {
  for (const [, address, parameters] of String(header ?? '').matchAll(/<([^>]*)>([^<]*)/g)) {
    const relations = /\brel\s*=\s*(?:"([^"]*)"|([^\s;,]+))/i.exec(parameters);
    if ((relations?.[1] ?? relations?.[2] ?? '').split(/\s+/).includes(relation)) return address;
  }
  return undefined;
}
