import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type * as Api from '../api';
import type * as LoadedModule from './loaded';

let api: typeof Api;
let hooks: typeof LoadedModule;
const pending = new Map<string, (status: number) => void>();
const host = document.createElement('div');

beforeEach(async () => {
  vi.resetModules();
  api = await import('../api');
  hooks = await import('./loaded');
  // Every answer waits until the test gives it.
  vi.stubGlobal(
    'fetch',
    (url: string) =>
      new Promise((resolve) => {
        pending.set(new URLSearchParams(url.split('?')[1]).get('step')!, (status) =>
          resolve(new Response(status === 200 ? envelope(url) : 'no such step', { status })),
        );
      }),
  );
});

afterEach(() => {
  render(null, host);
  pending.clear();
  vi.unstubAllGlobals();
});

function envelope(url: string): Uint8Array<ArrayBuffer> {
  const step = Number(new URLSearchParams(url.split('?')[1]).get('step'));
  let json = JSON.stringify({ step, header: {}, planes: [] });
  json = json.padEnd(Math.ceil((8 + json.length) / 8) * 8 - 8);
  const bytes = new Uint8Array(8 + json.length);
  bytes.set(new TextEncoder().encode('DDE1'));
  new DataView(bytes.buffer).setUint32(4, json.length, true);
  bytes.set(new TextEncoder().encode(json), 8);
  return bytes;
}

function Picture({ step, run }: { readonly step: number; readonly run: string }) {
  const query = { run, name: 'conv', kind: 'activations', step } as const;
  const { state, data, stale, reason, retry } = hooks.useLoaded(api.frame(query));
  return (
    <button onClick={retry}>{JSON.stringify([state, data?.step ?? null, stale, reason])}</button>
  );
}

async function show(step: number, run = 'r'): Promise<void> {
  await act(() => render(<Picture step={step} run={run} />, host));
}

async function answer(step: number, status = 200): Promise<void> {
  await act(async () => {
    await vi.waitFor(() => expect(pending.has(String(step))).toBe(true));
    pending.get(String(step))!(status);
    await new Promise((done) => setTimeout(done, 5));
  });
}

const shown = (): unknown => JSON.parse(host.textContent);

it('keeps the last picture of a run while another step is on its way', async () => {
  await show(1);
  expect(shown()).toEqual(['loading', null, false, null]);
  await answer(1);
  expect(shown()).toEqual(['ready', 1, false, null]);
  await show(2);
  expect(shown()).toEqual(['loading', 1, true, null]);
  await answer(2);
  expect(shown()).toEqual(['ready', 2, false, null]);
});

it('never shows the picture of another run', async () => {
  await show(1);
  await answer(1);
  await show(2, 'other');
  expect(shown()).toEqual(['loading', null, false, null]);
});

it('drops an answer that comes after the question has changed', async () => {
  await show(1);
  await vi.waitFor(() => expect(pending.has('1')).toBe(true));
  await show(2);
  await answer(2);
  await answer(1);
  expect(shown()).toEqual(['ready', 2, false, null]);
});

it('shows at once what is in the cache', async () => {
  for (const step of [1, 2]) {
    await show(step);
    await answer(step);
  }
  await show(1);
  expect(shown()).toEqual(['ready', 1, false, null]);
});

it('says why it failed, and tries again when asked to', async () => {
  await show(1);
  await answer(1, 404);
  expect(shown()).toEqual(['error', null, false, 'no such step']);
  pending.clear();
  await act(() => host.querySelector('button')!.click());
  await answer(1);
  expect(shown()).toEqual(['ready', 1, false, null]);
});
