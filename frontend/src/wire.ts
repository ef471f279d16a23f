/** Decodes the binary envelopes of plugin/http_api.md: checks, inflates and types every plane. */

/** Kinds of which a panel shows the record that was chosen. */
export type PanelKind =
  | 'activations'
  | 'preactivations'
  | 'input_gradients'
  | 'health'
  | 'gates'
  | 'predictions'
  | 'check';

/** The others stand beside those, under the same name or once a run. */
export type Kind =
  PanelKind | 'jacobian' | 'untrained' | 'graph' | 'recorder' | 'setup' | 'examples';

export type PlaneData =
  | Uint8Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | Float32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>;

/** One array of an envelope; `data` is empty where `damaged` says why it can't be read. */
export interface Plane {
  readonly name: string;
  readonly shape: readonly number[];
  /** What the first axis lists, where it lists measures. */
  readonly rows: readonly string[] | null;
  readonly data: PlaneData;
  readonly damaged: string | null;
}

export type Fields = Readonly<Record<string, unknown>>;

export interface Envelope {
  /** The JSON header without its planes. */
  readonly fields: Fields;
  readonly planes: ReadonlyMap<string, Plane>;
}

/** One answer inside a batch. */
export interface Part {
  readonly status: number;
  readonly reason: string | null;
  /** The envelope's bytes; empty unless `status` is 200. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

interface PlaneHeader {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly codec: string;
  readonly offset: number;
  readonly length: number;
  readonly crc32: number;
  readonly rows: readonly string[] | null;
  readonly damaged: string | null;
}

const MAGIC = 'DDE1';
const ITEM_BYTES: Readonly<Record<string, number>> = {
  uint8: 1,
  uint32: 4,
  float32: 4,
  float64: 8,
};

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let code = index;
  for (let bit = 0; bit < 8; bit++) code = code & 1 ? (code >>> 1) ^ 0xedb88320 : code >>> 1;
  return code;
});

/** CRC-32 as in zlib. */
export function crc32(bytes: Uint8Array): number {
  let code = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) {
    code = CRC_TABLE[(code ^ bytes[i]) & 255] ^ (code >>> 8);
  }
  return (code ^ 0xffffffff) >>> 0;
}

/** Decodes an envelope. Damage of one plane is noted on that plane; a broken envelope throws. */
export async function decodeEnvelope(bytes: Uint8Array<ArrayBuffer>): Promise<Envelope> {
  const { fields, headers, body } = split(bytes);
  const planes = await Promise.all(headers.map((header) => decodePlane(header, body)));
  return { fields, planes: new Map(planes.map((plane) => [plane.name, plane])) };
}

/** Cuts the answer of the `batch` route into its parts, in the order of the questions. */
export function decodeBatch(bytes: Uint8Array<ArrayBuffer>): readonly Part[] {
  const { fields, body } = split(bytes);
  const parts = fields['parts'];
  if (!Array.isArray(parts)) throw new Error('the answer of `batch` has no parts');
  return parts.map(
    (part: { status: number; reason: string | null; offset: number; length: number }) => ({
      status: part.status,
      reason: part.reason,
      bytes: body.subarray(part.offset, part.offset + part.length),
    }),
  );
}

function split(bytes: Uint8Array<ArrayBuffer>): {
  fields: Fields;
  headers: readonly PlaneHeader[];
  body: Uint8Array<ArrayBuffer>;
} {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = bytes.length < 8 ? '' : String.fromCharCode(...bytes.subarray(0, 4));
  if (magic !== MAGIC) throw new Error('the server answered with something else than an envelope');
  const end = 8 + view.getUint32(4, true);
  if (end > bytes.length) throw new Error('the answer of the server is cut short');
  const { planes, ...fields } = JSON.parse(new TextDecoder().decode(bytes.subarray(8, end)));
  return { fields, headers: planes ?? [], body: bytes.subarray(end) };
}

async function decodePlane(header: PlaneHeader, body: Uint8Array<ArrayBuffer>): Promise<Plane> {
  const { name, shape, rows } = header;
  const nothing = { name, shape, rows, data: new Uint8Array(0) };
  if (header.damaged !== null) return { ...nothing, damaged: header.damaged };
  try {
    return { name, shape, rows, data: await decodeData(header, body), damaged: null };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { ...nothing, damaged: `plane '${name}' is damaged: ${reason}` };
  }
}

async function decodeData(header: PlaneHeader, body: Uint8Array<ArrayBuffer>): Promise<PlaneData> {
  const itemBytes = ITEM_BYTES[header.dtype];
  if (itemBytes === undefined) throw new Error(`unknown dtype ${header.dtype}`);
  const expected = header.shape.reduce((product, size) => product * size, itemBytes);
  const stored = body.subarray(header.offset, header.offset + header.length);
  if (stored.length !== header.length) throw new Error('cut short');
  if (crc32(stored) !== header.crc32) throw new Error('the checksum does not match');
  const raw = await decompress(stored, header.codec, expected);
  if (raw.length !== expected) {
    throw new Error(`${raw.length} bytes where the shape needs ${expected}`);
  }
  return view(raw, header.dtype, itemBytes);
}

async function decompress(
  stored: Uint8Array<ArrayBuffer>,
  codec: string,
  expected: number,
): Promise<Uint8Array<ArrayBuffer>> {
  if (codec === 'raw') return stored;
  if (codec !== 'deflate') throw new Error(`unknown codec ${codec}`);
  const stream = new DecompressionStream('deflate');
  const writer = stream.writable.getWriter();
  // What is wrong with the bytes is thrown by the reader as well.
  writer.write(stored).catch(() => undefined);
  writer.close().catch(() => undefined);
  const reader = stream.readable.getReader();
  const raw = new Uint8Array(expected);
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return raw.subarray(0, length);
    // A damaged stream must not be able to fill the memory: stop at the size the shape allows.
    if (length + value.length > expected) {
      void reader.cancel();
      throw new Error(`more than the ${expected} bytes that the shape needs`);
    }
    raw.set(value, length);
    length += value.length;
  }
}

function view(raw: Uint8Array<ArrayBuffer>, dtype: string, itemBytes: number): PlaneData {
  if (dtype === 'uint8') return raw;
  // Parts of a batch may lie at any offset; typed arrays need theirs aligned.
  const aligned = raw.byteOffset % itemBytes === 0 ? raw : raw.slice();
  const length = aligned.length / itemBytes;
  switch (dtype) {
    case 'uint32':
      return new Uint32Array(aligned.buffer, aligned.byteOffset, length);
    case 'float32':
      return new Float32Array(aligned.buffer, aligned.byteOffset, length);
    default:
      return new Float64Array(aligned.buffer, aligned.byteOffset, length);
  }
}
