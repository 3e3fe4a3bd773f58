// A plain bzip2 packer for small test files: naive sort, no runs, codes of nine bits. Only readers of the format see it.

export function bzip2(plain: Uint8Array): Buffer {
  const bits: number[] = [];
  const put = (value: number, count: number) => {
    for (let i = count - 1; i >= 0; i--) bits.push(Math.floor(value / 2 ** i) % 2);
  };
  put(0x425a68, 24);
  put(0x39, 8);
  let combined = 0;
  for (let at = 0; at < plain.length; at += 8000) {
    const part = plain.subarray(at, at + 8000);
    const check = crc(part);
    combined = ((combined << 1) | (combined >>> 31)) ^ check;
    block(part, check, put);
  }
  put(0x177245, 24);
  put(0x385090, 24);
  put(combined >>> 0, 32);
  while (bits.length % 8 !== 0) bits.push(0);
  return Buffer.from(
    Array.from({ length: bits.length / 8 }, (_, i) =>
      bits.slice(8 * i, 8 * i + 8).reduce((byte, bit) => 2 * byte + bit, 0),
    ),
  );
}

function block(part: Uint8Array, check: number, put: (value: number, count: number) => void): void {
  const runs: number[] = []; // after four equal bytes, how many more
  for (let i = 0, same = 0; i < part.length; i++) {
    same = i > 0 && part[i] === part[i - 1] && same < 4 ? same + 1 : 1;
    runs.push(part[i]);
    if (same === 4) {
      let more = 0;
      while (more < 255 && part[i + 1] === part[i]) {
        more++;
        i++;
      }
      runs.push(more);
      same = 0;
    }
  }
  const bytes = Buffer.from(runs);
  const twice = Buffer.concat([bytes, bytes]);
  const n = bytes.length;
  const order = Array.from({ length: n }, (_, i) => i).sort((a, b) =>
    twice.compare(twice, b, b + n, a, a + n),
  );
  const last = order.map((i) => twice[i + n - 1]);
  const alphabet = [...new Set(bytes)].sort((a, b) => a - b);
  const front = [...alphabet];
  const symbols: number[] = [];
  let zeros = 0;
  const flush = () => {
    while (zeros > 0) {
      symbols.push((zeros - 1) % 2); // bijective base two, RUNA and RUNB
      zeros = Math.floor((zeros - 1) / 2);
    }
  };
  for (const byte of last) {
    const place = front.indexOf(byte);
    if (place === 0) zeros++;
    else {
      flush();
      front.unshift(...front.splice(place, 1));
      symbols.push(place + 1);
    }
  }
  flush();
  symbols.push(alphabet.length + 1);

  put(0x314159, 24);
  put(0x265359, 24);
  put(check >>> 0, 32);
  put(0, 1);
  put(order.indexOf(0), 24);
  const rows = Array.from({ length: 16 }, (_, r) => alphabet.filter((byte) => byte >> 4 === r));
  put(
    rows.reduce((mask, row, r) => mask + (row.length > 0 ? 0x8000 >> r : 0), 0),
    16,
  );
  for (const row of rows) {
    if (row.length > 0) {
      put(
        row.reduce((mask, byte) => mask + (0x8000 >> (byte & 15)), 0),
        16,
      );
    }
  }
  const selectors = Math.ceil(symbols.length / 50);
  put(2, 3);
  put(selectors, 15);
  for (let i = 0; i < selectors; i++) put(0, 1);
  for (let table = 0; table < 2; table++) {
    put(9, 5);
    for (let s = 0; s < alphabet.length + 2; s++) put(0, 1);
  }
  for (const symbol of symbols) put(symbol, 9);
}

function crc(bytes: Uint8Array): number {
  let value = -1;
  for (const byte of bytes) {
    value ^= byte << 24;
    for (let k = 0; k < 8; k++) value = value & 0x80000000 ? (value << 1) ^ 0x04c11db7 : value << 1;
  }
  return ~value;
}
