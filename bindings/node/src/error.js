/** What a call of the library failed with: `code` is the error code of Nango's API where it has one. */
export class NangoliteError extends Error {
  name = 'NangoliteError';

  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** A failed run's error as Nango would report it: a type and a description, whatever was thrown. */
export function describeFailure(thrown) {
  if (thrown === null || (typeof thrown !== 'object' && typeof thrown !== 'function')) {
    return { type: 'script_error', description: `${String(thrown)} was thrown` };
  }
  const type = thrown.type ?? thrown.code;
  return { type: usableText(type) ?? 'script_error', description: describe(thrown) };
}

function usableText(value) {
  if (value === undefined || value === null || typeof value === 'object') return undefined;
  return withoutNul(String(value)) || undefined;
}

function describe(thrown) {
  const said = thrown.message || thrown.payload?.message || (thrown.payload && JSON.stringify(thrown.payload));
  return withoutNul(String(said || thrown.name || 'an object was thrown'));
}

const withoutNul = (text) => text.replaceAll('\0', '\ufffd');
