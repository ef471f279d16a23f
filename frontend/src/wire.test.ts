import { describe, expect, it } from 'vitest';
import { deflateSync } from 'node:zlib';
import { crc32, decodeBatch, decodeEnvelope } from './wire';

type Bytes = Uint8Array<ArrayBuffer>;

interface Written {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly codec: string;
  readonly stored: Bytes;
  readonly crc32?: number;
}

/** The writer's side of plugin/http_api.md, as plainly as it can be said. */
function envelope(
  fields: object,
  planes: readonly Written[],
  body: Bytes = new Uint8Array(0),
): Bytes {
  let end = body.length;
  const headers = planes.map(({ stored, ...plane }) => {
    const offset = Math.ceil(end / 8) * 8;
    end = offset + stored.length;
    return {
      crc32: crc32(stored),
      rows: null,
      damaged: null,
      ...plane,
      offset,
      length: stored.length,
    };
  });
  let json = JSON.stringify({ ...fields, planes: headers });
  json = json.padEnd(Math.ceil((8 + json.length) / 8) * 8 - 8);
  const bytes = new Uint8Array(8 + json.length + end);
  bytes.set(new TextEncoder().encode('DDE1'));
  new DataView(bytes.buffer).setUint32(4, json.length, true);
  bytes.set(new TextEncoder().encode(json), 8);
  bytes.set(body, 8 + json.length);
  headers.forEach(({ offset }, i) => bytes.set(planes[i].stored, 8 + json.length + offset));
  return bytes;
}

function deflated(data: ArrayBufferView): Bytes {
  return new Uint8Array(deflateSync(new Uint8Array(data.buffer as ArrayBuffer)));
}

const VALUES = Float32Array.from([1.5, -2, NaN, Infinity, 0, 7]);
const PLANE: Written = {
  name: 'curve',
  dtype: 'float32',
  shape: [2, 3],
  codec: 'deflate',
  stored: deflated(VALUES),
};

describe('crc32', () => {
  it('is the CRC-32 of zlib', () => {
    expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
    expect(crc32(new Uint8Array(0))).toBe(0);
  });
});

describe('decodeEnvelope', () => {
  it.each([
    ['uint8', Uint8Array.from([0, 255])],
    ['uint32', Uint32Array.from([0, 4294967295])],
    ['float32', Float32Array.from([1e-45, NaN])],
    ['float64', Float64Array.from([5e-324, -Infinity])],
  ])('types %s planes, raw and deflated', async (dtype, data) => {
    const raw = new Uint8Array(data.buffer as ArrayBuffer);
    const plane = { dtype, shape: [2] };
    const { planes } = await decodeEnvelope(
      envelope({}, [
        { ...plane, name: 'raw', codec: 'raw', stored: raw },
        { ...plane, name: 'deflated', codec: 'deflate', stored: deflated(data) },
      ]),
    );
    expect(planes.get('raw')!.data).toEqual(data);
    expect(planes.get('deflated')!.data).toEqual(data);
  });

  it('keeps the fields and the shape', async () => {
    const { fields, planes } = await decodeEnvelope(envelope({ run: '<b>' }, [PLANE]));
    expect(fields).toEqual({ run: '<b>' });
    expect(planes.get('curve')).toMatchObject({ shape: [2, 3], damaged: null, data: VALUES });
  });

  it.each([
    ['a wrong checksum', { ...PLANE, crc32: 1 }, 'checksum'],
    ['fewer bytes than the shape', { ...PLANE, shape: [7] }, '24 bytes where the shape needs 28'],
    ['more bytes than the shape', { ...PLANE, shape: [5] }, 'more than the 20 bytes'],
    ['an unknown codec', { ...PLANE, codec: 'zip' }, 'unknown codec zip'],
    ['an unknown dtype', { ...PLANE, dtype: 'float16' }, 'unknown dtype float16'],
  ])('notes %s on the plane and still reads the others', async (_, broken, reason) => {
    const bytes = envelope({}, [broken, { ...PLANE, name: 'healthy' }]);
    const { planes } = await decodeEnvelope(bytes);
    expect(planes.get('curve')!.damaged).toContain(reason);
    expect(planes.get('curve')!.data).toHaveLength(0);
    expect(planes.get('healthy')!.data).toEqual(VALUES);
  });

  it('passes on the damage that the server found', async () => {
    const plane = { ...PLANE, stored: new Uint8Array(0), damaged: 'the log ends here' };
    const { planes } = await decodeEnvelope(envelope({}, [plane]));
    expect(planes.get('curve')!.damaged).toBe('the log ends here');
  });

  it.each([
    ['an HTML page', new TextEncoder().encode('<!doctype html>') as Bytes],
    ['nothing', new Uint8Array(0)],
    ['half an envelope', envelope({ long: 'x'.repeat(99) }, []).slice(0, 50)],
  ])('refuses %s', async (_, bytes) => {
    await expect(decodeEnvelope(bytes)).rejects.toThrow();
  });
});

describe('decodeBatch', () => {
  it('cuts the body into envelopes, at any offset', async () => {
    const inner = envelope({ step: 3 }, [PLANE]);
    const body = new Uint8Array(inner.length + 4);
    body.set(inner, 4);
    const parts = [
      { status: 404, reason: 'no such run', offset: 0, length: 0 },
      { status: 200, reason: null, offset: 4, length: inner.length },
    ];
    const [missing, found] = decodeBatch(envelope({ parts }, [], body));
    expect(missing).toMatchObject({ status: 404, reason: 'no such run' });
    const { fields, planes } = await decodeEnvelope(found.bytes);
    expect(fields).toEqual({ step: 3 });
    expect(planes.get('curve')!.data).toEqual(VALUES);
  });
});
