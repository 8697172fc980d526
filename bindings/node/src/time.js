// Time: microseconds since 1970 as bigint in the library, Date, bigint or RFC 3339 text outside.
import { NangoliteError } from './error.js';

/** Microseconds of a Date, a bigint (microseconds) or RFC 3339 text. */
export function toMicroseconds(time) {
  if (typeof time === 'bigint') return time;
  const milliseconds = time instanceof Date ? time.getTime() : Date.parse(time);
  if (Number.isNaN(milliseconds)) {
    throw new NangoliteError('invalid', `no time: ${String(time)} (a Date, microseconds as bigint, or RFC 3339 text)`);
  }
  return BigInt(milliseconds) * 1000n + (time instanceof Date ? 0n : microsecondsOf(time));
}

// The fourth to sixth digit of the fraction, which Date does not keep.
function microsecondsOf(text) {
  const fraction = /\.\d{3}(\d{1,3})/.exec(text)?.[1] ?? '';
  return BigInt(fraction.padEnd(3, '0'));
}

/** A Date, to the millisecond. */
export function toDate(microseconds) {
  return new Date(Number(microseconds / 1000n));
}

/** RFC 3339 with six digits, as record metadata has it; null for 0. */
export function toText(microseconds) {
  if (microseconds === 0n) return null;
  const iso = toDate(microseconds).toISOString();
  return `${iso.slice(0, -1)}${String(microseconds % 1000n).padStart(3, '0')}Z`;
}

const UNITS = { s: 1, m: 60, h: 3600, d: 86400, w: 604800 };

/** Microseconds of a span: a number of seconds, or text like '90s', '15m', '1.5h', '30d', '2w'. */
export function toSpan(span) {
  const [, number, unit] = /^([0-9.]+)\s*([smhdw]?)$/.exec(String(span)) ?? [];
  const seconds = Number(number) * UNITS[unit || 's'];
  if (!Number.isFinite(seconds)) throw new NangoliteError('invalid', `no span of time: ${String(span)} ('30d', '15m', seconds)`);
  return BigInt(Math.round(seconds * 1e6));
}
