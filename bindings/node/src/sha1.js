// SHA-1, by which recorded requests are known. Synchronous, and the same in Node.js and in browsers.

const rotate = (word, by) => (word << by) | (word >>> (32 - by));

/** The SHA-1 of a text's UTF-8 bytes, in hexadecimal. */
export function sha1(text) {
  const state = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
  const words = padded(new TextEncoder().encode(text));
  for (let i = 0; i < words.length; i += 16) mix(state, words.subarray(i, i + 16));
  return state.map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
}

function padded(bytes) {
  const words = new Uint32Array((((bytes.length + 8) >> 6) + 1) * 16);
  for (let i = 0; i < bytes.length; i++) words[i >> 2] |= bytes[i] << (24 - (i % 4) * 8);
  words[bytes.length >> 2] |= 0x80 << (24 - (bytes.length % 4) * 8);
  words[words.length - 2] = Math.floor(bytes.length / 0x20000000);
  words[words.length - 1] = bytes.length << 3;
  return words;
}

function mix(state, block) {
  const schedule = new Uint32Array(80);
  schedule.set(block);
  for (let i = 16; i < 80; i++) {
    schedule[i] = rotate(schedule[i - 3] ^ schedule[i - 8] ^ schedule[i - 14] ^ schedule[i - 16], 1);
  }
  let [a, b, c, d, e] = state;
  for (let i = 0; i < 80; i++) {
    const next = (rotate(a, 5) + choose(i, b, c, d) + e + schedule[i]) | 0;
    [a, b, c, d, e] = [next, a, rotate(b, 30), c, d];
  }
  [a, b, c, d, e].forEach((word, i) => (state[i] = (state[i] + word) | 0));
}

function choose(round, b, c, d) {
  if (round < 20) return ((b & c) | (~b & d)) + 0x5a827999;
  if (round < 40) return (b ^ c ^ d) + 0x6ed9eba1;
  if (round < 60) return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
  return (b ^ c ^ d) + 0xca62c1d6;
}
