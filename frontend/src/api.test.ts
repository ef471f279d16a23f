import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type * as Api from './api';

/** An envelope without planes. */
function envelope(fields: object, body = new Uint8Array(0)): Uint8Array<ArrayBuffer> {
  let json = JSON.stringify({ planes: [], ...fields });
  json = json.padEnd(Math.ceil((8 + json.length) / 8) * 8 - 8);
  const bytes = new Uint8Array(8 + json.length + body.length);
  bytes.set(new TextEncoder().encode('DDE1'));
  new DataView(bytes.buffer).setUint32(4, json.length, true);
  bytes.set(new TextEncoder().encode(json), 8);
  bytes.set(body, 8 + json.length);
  return bytes;
}

/** A server that answers every question about a step with that step, and 404 for step 13. */
function answer(query: string): Uint8Array<ArrayBuffer> | null {
  const step = Number(new URLSearchParams(query.split('?')[1]).get('step'));
  return step === 13 ? null : envelope({ step, header: {} });
}

function batchAnswer(url: string): Uint8Array<ArrayBuffer> {
  const answers = new URLSearchParams(url.split('?')[1]).getAll('get').map(answer);
  const body = new Uint8Array(answers.reduce((sum, part) => sum + (part?.length ?? 0), 0));
  let offset = 0;
  const parts = answers.map((part) => {
    if (!part) return { status: 404, reason: 'no such step', offset: 0, length: 0 };
    body.set(part, offset);
    offset += part.length;
    return { status: 200, reason: null, offset: offset - part.length, length: part.length };
  });
  return envelope({ parts }, body);
}

const asked: string[] = [];
let api: typeof Api;

beforeEach(async () => {
  asked.length = 0;
  vi.stubGlobal('fetch', (url: string) => {
    asked.push(url);
    const bytes = url.startsWith('batch') ? batchAnswer(url) : answer(url);
    return Promise.resolve(
      bytes ? new Response(bytes) : new Response('no such step', { status: 404 }),
    );
  });
  vi.resetModules();
  api = await import('./api');
});

afterEach(() => vi.unstubAllGlobals());

const frame = (step: number, run = 'r') =>
  api.frame({ run, name: 'conv', kind: 'activations', step });

describe('load', () => {
  it('asks one question directly, by a relative address', async () => {
    expect((await api.load(frame(3))).step).toBe(3);
    expect(asked).toEqual(['frame?run=r&name=conv&kind=activations&step=3']);
  });

  it('asks everything of one tick in one batch, each to its own answer', async () => {
    const answers = await Promise.all([1, 2, 3].map((step) => api.load(frame(step))));
    expect(answers.map(({ step }) => step)).toEqual([1, 2, 3]);
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatch(/^batch\?get=/);
  });

  it('asks the same only once, in flight and afterwards', async () => {
    await Promise.all([api.load(frame(1)), api.load(frame(1))]);
    await api.load(frame(1));
    expect(asked).toHaveLength(1);
    expect(api.peek(frame(1))?.step).toBe(1);
  });

  it('lets one part of a batch fail alone, with the reason of the server', async () => {
    const [good, bad] = await Promise.allSettled([api.load(frame(1)), api.load(frame(13))]);
    expect(good.status).toBe('fulfilled');
    expect(bad).toMatchObject({
      status: 'rejected',
      reason: { message: 'no such step', status: 404 },
    });
  });

  it('asks again after a failure', async () => {
    await expect(api.load(frame(13))).rejects.toThrow('no such step');
    await expect(api.load(frame(13))).rejects.toThrow('no such step');
    expect(asked).toHaveLength(2);
  });

  it('splits batches at 64 parts and at 6,000 characters', async () => {
    await Promise.all(Array.from({ length: 130 }, (_, i) => api.load(frame(100 + i))));
    expect(asked.every((url) => url.length < 6100)).toBe(true);
    const parts = asked.map((url) => url.split('get=').length - 1);
    expect(Math.max(...parts)).toBeLessThanOrEqual(64);
    expect(parts.reduce((a, b) => a + b)).toBe(130);
  });

  it('asks for a name longer than that alone', async () => {
    const long = '<'.repeat(3000);
    await Promise.all([api.load(frame(1)), api.load(frame(2, long)), api.load(frame(3))]);
    expect(asked.filter((url) => url.length > 6000)).toHaveLength(1);
    expect(asked.find((url) => url.length > 6000)).toMatch(/^frame/);
  });

  it('asks for diagnoses apart from pictures, a few at a time, as each run grows', async () => {
    const run = (name: string, wall_time: number): Api.RunInfo => ({
      name,
      color_index: 0,
      scalars: [],
      records: [
        { name: 'conv', kind: 'activations', description: '', steps: [0], wall_time, last: null },
      ],
    });
    const many = Array.from({ length: 10 }, (_, i) => run(`r${i}`, 5));
    await Promise.all([
      api.load(frame(1)),
      api.load(frame(2)),
      ...many.map((one) => api.load(api.findings(one))),
    ]);
    expect(asked.map((url) => url.split('findings').length - 1)).toEqual([0, 2, 2, 2, 2, 2]);
    expect(asked[0].split('frame').length - 1).toBe(2);
    api.revision.value++;
    await Promise.all(many.map((one) => api.load(api.findings(one))));
    expect(asked).toHaveLength(6);
    await api.load(api.findings(run('r3', 6)));
    await api.load(api.findings(many[3], many[4]));
    expect(asked.slice(6)).toEqual(['findings?run=r3', 'findings?run=r3&reference=r4']);
  });

  it('does not ask for a diagnosis while a picture is on its way', async () => {
    let arrive = (): void => undefined;
    const arrived = new Promise<void>((done) => (arrive = done));
    vi.stubGlobal('fetch', async (url: string) => {
      asked.push(url);
      if (url.startsWith('frame')) await arrived;
      return new Response(answer(url));
    });
    const run = { name: 'r', color_index: 0, scalars: [], records: [] };
    const both = Promise.all([api.load(frame(1)), api.load(api.findings(run))]);
    await new Promise((done) => setTimeout(done));
    expect(asked.map((url) => url.split('?')[0])).toEqual(['frame']);
    arrive();
    await both;
    expect(asked.map((url) => url.split('?')[0])).toEqual(['frame', 'findings']);
  });

  it('never sends what nobody waits for any more', async () => {
    const abort = new AbortController();
    const dropped = api.load(frame(1), abort.signal);
    dropped.catch(() => undefined);
    abort.abort();
    await api.load(frame(2));
    expect(asked).toEqual(['frame?run=r&name=conv&kind=activations&step=2']);
  });

  it('asks series again when the log has grown, frames not', async () => {
    const series = () => api.series({ run: 'r', name: 'conv', kind: 'activations' });
    await Promise.all([api.load(frame(1)), api.load(series())]);
    api.revision.value++;
    await Promise.all([api.load(frame(1)), api.load(series())]);
    expect(asked[1]).toBe('series?run=r&name=conv&kind=activations');
  });

  it('asks for everything again once it has forgotten, and keeps no answer from before', async () => {
    await api.load(frame(1));
    const before = frame(2);
    const late = api.load(before);
    api.forget();
    expect(api.peek(frame(1))).toBeUndefined();
    await late;
    expect(api.peek(before)).toBeUndefined();
    expect(api.peek(frame(2))).toBeUndefined();
    await api.load(frame(2));
    expect(asked.filter((url) => url.includes('step=2'))).toHaveLength(2);
    expect(api.peek(frame(2))?.step).toBe(2);
  });

  it('says so when the server is gone', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
    await expect(api.load(frame(1))).rejects.toThrow('TensorBoard does not answer');
  });
});

describe('fetchIndex', () => {
  const text = (dead: unknown): string =>
    JSON.stringify({
      runs: [
        {
          name: 'NaN',
          color_index: 0,
          scalars: [],
          records: [{ name: 'c', kind: 'activations', steps: [], last: { dead } }],
        },
      ],
      problems: [],
    });

  function serve(body: string, etag: string): void {
    vi.stubGlobal('fetch', () => Promise.resolve(new Response(body, { headers: { ETag: etag } })));
  }

  it('reads NaN and infinities from their names, and leaves names alone', async () => {
    serve(text('-Infinity'), 'a');
    const { runs } = await api.fetchIndex();
    expect(runs[0].records[0].last).toEqual({ dead: -Infinity });
    expect(runs[0].name).toBe('NaN');
  });

  it('is the same object while the ETag is', async () => {
    serve(text(1), 'a');
    const first = await api.fetchIndex();
    expect(await api.fetchIndex()).toBe(first);
    serve(text(2), 'b');
    expect(await api.fetchIndex()).not.toBe(first);
  });
});
