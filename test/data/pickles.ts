// Writes batches of downsampled ImageNet as Python does: protocol 2, by Python 2 (plain strings) or Python 3 (encoded ones).

const u32 = (n: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(n);
  return bytes;
};
const ascii = (text: string) => Buffer.from(text, 'latin1');
const int = (n: number) => (n < 256 ? Buffer.from([0x4b, n]) : Buffer.concat([ascii('J'), u32(n)])); // BININT1, BININT
const unicode = (text: string) => {
  const bytes = Buffer.from(text, 'utf8');
  return Buffer.concat([ascii('X'), u32(bytes.length), bytes]);
};
const global = (module: string, name: string) => ascii(`c${module}\n${name}\n`);

/** Text as the Python of that version writes a str. */
const str = (text: string, python: 2 | 3) =>
  python === 3 ? unicode(text) : Buffer.concat([ascii('U'), Buffer.from([text.length]), ascii(text)]);

/** Bytes: a string in Python 2; in Python 3 the call _codecs.encode(text, 'latin1'), as protocol 2 has no bytes. */
const raw = (bytes: Uint8Array, python: 2 | 3) =>
  python === 2
    ? Buffer.concat([ascii('T'), u32(bytes.length), bytes])
    : Buffer.concat([
        global('_codecs', 'encode'),
        unicode(Buffer.from(bytes).toString('latin1')),
        unicode('latin1'),
        ascii('\x86R'),
      ]);

/** A two-dimensional numpy array of bytes. */
function array(rows: number, columns: number, bytes: Uint8Array, python: 2 | 3): Buffer {
  return Buffer.concat([
    global('numpy.core.multiarray', '_reconstruct'),
    global('numpy', 'ndarray'),
    int(0),
    ascii('\x85'),
    python === 2 ? str('b', 2) : raw(Uint8Array.of(98), 3),
    ascii('\x87R('),
    int(1),
    int(rows),
    int(columns),
    ascii('\x86'),
    global('numpy', 'dtype'),
    str('u1', python),
    int(0),
    int(1),
    ascii('\x87R('),
    int(3),
    str('|', python),
    ascii('NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xff'),
    int(0),
    ascii('tb\x89'),
    raw(bytes, python),
    ascii('tb'),
  ]);
}

/** `{data: uint8 [labels.length, width], labels: [...]}` as a pickle. */
export function imageNet16Batch(
  labels: number[],
  bytes: Uint8Array,
  { python = 2, width = 768 }: { python?: 2 | 3; width?: number } = {},
): Buffer {
  return Buffer.concat([
    ascii('\x80\x02}q\x00('),
    str('data', python),
    array(bytes.length / width, width, bytes, python),
    str('labels', python),
    ascii(']q\x01('),
    ...labels.map(int),
    ascii('eu.'),
  ]);
}
