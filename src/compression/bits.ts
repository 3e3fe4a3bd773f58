// Reads bits, highest first, from bytes that come piece by piece.
import type { Pieces } from '../pickle/pieces.js';

export interface Bits {
  /** The next `count` bits, at most 24. */
  read(count: number): number;
  /** Skips to the next byte; false at the end of the data. */
  align(): boolean;
  offset(): number;
}

/** The bits of `pieces`; an error where they end names `name` and the packed byte. */
export function bitsOf(pieces: Pieces, name: string): Bits {
  let piece: Uint8Array = new Uint8Array(0);
  let at = 0;
  let before = 0;
  let hold = 0;
  let held = 0;
  const byte = (): number => {
    while (at >= piece.length) {
      const following = pieces();
      if (following === undefined) return -1;
      before += piece.length;
      piece = following;
      at = 0;
    }
    return piece[at++];
  };
  return {
    read(count) {
      while (held < count) {
        const next = byte();
        if (next < 0) throw new Error(`${name}, packed byte ${before + at}: the file is truncated`);
        hold = ((hold << 8) | next) & 0x7fffffff; // at most 24 + 7 bits are ever needed
        held += 8;
      }
      held -= count;
      return (hold >>> held) & ((1 << count) - 1);
    },
    align() {
      held -= held % 8;
      if (held > 0) return true;
      const next = byte();
      if (next < 0) return false;
      hold = next;
      held = 8;
      return true;
    },
    offset: () => before + at,
  };
}
