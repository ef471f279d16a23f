/** The only place that fetches: questions are gathered, cached, shared and dropped here. */
import { signal } from '@preact/signals';
import {
  findingsRequest,
  frameRequest,
  orderRequest,
  parseIndex,
  scalarsRequest,
  seriesRequest,
} from './answers';
import type {
  FindingsQuery,
  Frame,
  FrameQuery,
  Index,
  OrderQuery,
  Request,
  RunInfo,
  ScalarCurve,
  Series,
  SeriesQuery,
  UnitOrder,
} from './answers';
import { decodeBatch, decodeEnvelope } from './wire';
import type { Envelope, Fields } from './wire';

export { seriesScalar, seriesVector } from './answers';
export type * from './answers';

/** Goes up when the log has grown: series and scalars are then asked for again. */
export const revision = signal(0);

/** Goes up when a run has been written anew: nothing that was answered before holds any more. */
const generation = signal(0);

/** A frame of a step never changes while its run grows; nor does a step's order. */
export function frame(query: FrameQuery): Request<Frame> {
  return generated(frameRequest(query));
}

export function order(query: OrderQuery): Request<UnitOrder> {
  return generated(orderRequest(query));
}

export function series(query: SeriesQuery): Request<Series> {
  return revised(seriesRequest(query));
}

export function scalars(query: { run: string; tag: string }): Request<ScalarCurve> {
  return revised(scalarsRequest(query));
}

/**
 * Asked again only where this very run has grown: a diagnosis reads all of it, and of fifty runs
 * mostly one is still written.
 */
export function findings(run: RunInfo, reference: RunInfo | null = null): Request<Fields> {
  const query: FindingsQuery = { run: run.name, reference: reference?.name };
  const request = findingsRequest(query);
  const stamp = [run, reference].map((one) => one && grownTo(one)).join('|');
  return generated({ ...request, key: `${request.key}#${stamp}` });
}

/** The last time that anything of a run was written, and how much there is. */
function grownTo({ records, scalars: tags }: RunInfo): string {
  const latest = records.reduce((last, { wall_time: at }) => Math.max(last, at), 0);
  return [latest, records.length, tags.length].join();
}

function revised<T>(request: Request<T>): Request<T> {
  return generated({ ...request, key: `${request.key}#${revision.value}` });
}

function generated<T>(request: Request<T>): Request<T> {
  return { ...request, key: `${request.key}@${generation.value}` };
}

/** A failed question, with the server's reason; `status` 0 where there was no answer. */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

const MAX_URL = 6000;
/** Parts of one answer, and answers on their way at once; slow ones shall appear one by one. */
const LANES = {
  quick: { parts: 64, flights: 2 },
  slow: { parts: 2, flights: 2 },
} as const;
type Lane = keyof typeof LANES;
const CACHE_BYTES = 64 * 1024 * 1024;

interface Waiting {
  readonly request: Request<unknown>;
  readonly answer: Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** How many still want the answer; a question nobody waits for is never sent. */
  wanted: number;
}

const cache = new Map<string, { readonly value: unknown; readonly bytes: number }>();
const waiting = new Map<string, Waiting>();
const flying = new Map<string, Waiting>();
let cachedBytes = 0;
const flights = { quick: 0, slow: 0 };
let scheduled = false;

/** The answer, if it is here already. */
export function peek<T>(request: Request<T>): T | undefined {
  const hit = cache.get(request.key);
  if (!hit) return undefined;
  cache.delete(request.key);
  cache.set(request.key, hit);
  return hit.value as T;
}

/** Asks, together with everything else asked in this tick. An aborted question may never be sent. */
export function load<T>(request: Request<T>, abort?: AbortSignal): Promise<T> {
  const hit = peek(request);
  if (hit !== undefined) return Promise.resolve(hit);
  const entry = flying.get(request.key) ?? waiting.get(request.key) ?? enqueue(request);
  entry.wanted++;
  abort?.addEventListener('abort', () => entry.wanted--, { once: true });
  return entry.answer as Promise<T>;
}

/**
 * Forgets every answer, those that are on their way too, for a log that has been written anew.
 * Whoever reads a question's key asks again.
 */
export function forget(): void {
  generation.value++;
  cache.clear();
  cachedBytes = 0;
}

let lastIndex: { readonly etag: string | null; readonly index: Index } | null = null;

/** The index; the very same object as before while the log is unchanged. */
export async function fetchIndex(): Promise<Index> {
  const response = await get('index');
  const etag = response.headers.get('ETag');
  if (lastIndex && etag !== null && etag === lastIndex.etag) return lastIndex.index;
  lastIndex = { etag, index: parseIndex(await response.text()) };
  return lastIndex.index;
}

function enqueue<T>(request: Request<T>): Waiting {
  const { promise, resolve, reject } = deferred();
  const entry = {
    request: request as Request<unknown>,
    answer: promise,
    resolve,
    reject,
    wanted: 0,
  };
  waiting.set(request.key, entry);
  if (!scheduled) {
    scheduled = true;
    // After what is being drawn right now has asked all its questions, and before the browser paints.
    queueMicrotask(flush);
  }
  return entry;
}

function deferred(): Pick<Waiting, 'resolve' | 'reject'> & { promise: Promise<unknown> } {
  let resolve!: Waiting['resolve'];
  let reject!: Waiting['reject'];
  const promise = new Promise<unknown>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  // A question nobody waits for any more may fail in peace.
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}

function flush(): void {
  scheduled = false;
  flushLane('quick');
  // What the server thinks about for long would keep it from answering the others.
  if (flights.quick === 0) flushLane('slow');
}

function flushLane(lane: Lane): void {
  while (flights[lane] < LANES[lane].flights) {
    const group = takeGroup(lane);
    if (group.length === 0) return;
    flights[lane]++;
    void send(group).finally(() => {
      flights[lane]--;
      flush();
    });
  }
}

/** Moves questions from waiting to flying, as many as one URL may hold. */
function takeGroup(lane: Lane): readonly Waiting[] {
  const group: Waiting[] = [];
  let length = 0;
  for (const [key, entry] of waiting) {
    if ((entry.request.slow ? 'slow' : 'quick') !== lane) continue;
    const size = encodeURIComponent(entry.request.query).length + 5;
    if (entry.wanted > 0) {
      if (group.length === LANES[lane].parts || (group.length > 0 && length + size > MAX_URL))
        break;
      group.push(entry);
      flying.set(key, entry);
      length += size;
    } else {
      entry.reject(new ApiError('no longer wanted', 0));
    }
    waiting.delete(key);
  }
  return group;
}

async function send(group: readonly Waiting[]): Promise<void> {
  try {
    if (group.length === 1) {
      await settle(group[0], () => getBytes(group[0].request.query));
    } else {
      const gets = group.map(({ request }) => `get=${encodeURIComponent(request.query)}`);
      const parts = decodeBatch(await getBytes(`batch?${gets.join('&')}`));
      await Promise.all(
        group.map((entry, i) =>
          settle(entry, async () => {
            const { status, reason, bytes } = parts[i];
            if (status !== 200) throw new ApiError(reason ?? `status ${status}`, status);
            return bytes;
          }),
        ),
      );
    }
  } catch (error) {
    for (const entry of group) fail(entry, error);
  }
}

async function settle(
  entry: Waiting,
  bytes: () => Promise<Uint8Array<ArrayBuffer>>,
): Promise<void> {
  try {
    const envelope = await decodeEnvelope(await bytes());
    const value = entry.request.parse(envelope);
    remember(entry.request.key, value, envelope);
    flying.delete(entry.request.key);
    entry.resolve(value);
  } catch (error) {
    fail(entry, error);
  }
}

function fail(entry: Waiting, error: unknown): void {
  flying.delete(entry.request.key);
  entry.reject(error);
}

function remember(key: string, value: unknown, { planes }: Envelope): void {
  if (!key.endsWith(`@${generation.peek()}`)) return;
  let bytes = 1024;
  for (const plane of planes.values()) bytes += plane.data.byteLength;
  cache.set(key, { value, bytes });
  cachedBytes += bytes;
  for (const [oldest, entry] of cache) {
    if (cachedBytes <= CACHE_BYTES || oldest === key) return;
    cache.delete(oldest);
    cachedBytes -= entry.bytes;
  }
}

async function getBytes(url: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await (await get(url)).arrayBuffer());
}

// Relative addresses only: they hold under --path_prefix and /experiment/ID/.
async function get(url: string): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url);
  } catch {
    throw new ApiError('TensorBoard does not answer; is it still running?', 0);
  }
  if (response.ok) return response;
  const reason = (await response.text()).slice(0, 300);
  throw new ApiError(reason || `TensorBoard answered ${response.status}`, response.status);
}
