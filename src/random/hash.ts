// Turns text into 128 well-mixed bits, so that streams with similar names have unrelated states.

/** Four 32-bit words from a text. Not cryptographic; every input bit reaches every word. */
export function hash128(text: string): Uint32Array {
  const words = new Uint32Array([0x9e3779b9, 0x243f6a88, 0xb7e15162, 0x6a09e667]); // digits of phi, pi, e, sqrt 2
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    for (let lane = 0; lane < 4; lane++) {
      // Each lane takes the character with its own odd multiplier and one neighbour's word.
      words[lane] = rotate(Math.imul(words[lane] ^ code, MULTIPLIERS[lane]), 13) + words[(lane + 1) & 3];
    }
  }
  for (let round = 0; round < 2; round++) {
    for (let lane = 0; lane < 4; lane++) words[(lane + 1) & 3] ^= finalise(words[lane] + text.length);
  }
  return words;
}

const MULTIPLIERS = [0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f, 0x165667b1];

const rotate = (word: number, bits: number) => (word << bits) | (word >>> (32 - bits));

/** MurmurHash3's 32-bit finaliser (Austin Appleby, public domain): a change of one bit flips half of the others. */
function finalise(word: number): number {
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
  return word ^ (word >>> 16);
}
