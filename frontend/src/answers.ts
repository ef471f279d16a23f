/** The questions of plugin/http_api.md and what comes back, as types; no I/O. */
import type { Envelope, Fields, Kind, Plane } from './wire';

export interface RecordInfo {
  readonly name: string;
  readonly kind: Kind;
  readonly description: string;
  /** Ascending; the steps whose frame is stored. */
  readonly steps: readonly number[];
  /** Seconds since the epoch, of the last step. */
  readonly wall_time: number;
  /** Scalars of the last step's series, by name; null where there is none. */
  readonly last: Readonly<Record<string, number>> | null;
}

export interface RunInfo {
  readonly name: string;
  readonly records: readonly RecordInfo[];
  /** The run's place among all runs of the log, ours or not. */
  readonly color_index: number;
  readonly scalars: readonly string[];
}

export interface Problem {
  readonly run: string;
  readonly tag: string;
  readonly step: number | null;
  readonly reason: string;
}

export interface Index {
  readonly runs: readonly RunInfo[];
  readonly problems: readonly Problem[];
}

export interface Frame {
  readonly step: number;
  /** Seconds since the epoch. */
  readonly wallTime: number;
  /** The frame's header as written; see docs/wire_format.md for its fields by kind. */
  readonly header: Fields;
  /** Why the whole frame can't be read, or null. */
  readonly damaged: string | null;
  readonly planes: ReadonlyMap<string, Plane>;
}

export interface Series {
  readonly steps: readonly number[];
  readonly wallTimes: readonly number[];
  readonly damaged: readonly { readonly step: number; readonly reason: string }[];
  /** `scalars` [steps, S] with `rows`, then each vector asked for, [steps, longest]. */
  readonly planes: ReadonlyMap<string, Plane>;
}

export interface ScalarCurve {
  /** Why the curve can't be read, or null; it is then empty. */
  readonly damaged: string | null;
  readonly steps: Float64Array;
  readonly wallTimes: Float64Array;
  readonly values: Float64Array;
}

/** Units from top to bottom so that similar ones are neighbours. */
export interface UnitOrder {
  readonly order: Uint32Array;
  readonly sign: Float32Array;
  /** `[units]`: the first unit that each is a clone of, or itself; null from an older server. */
  readonly clone: Uint32Array | null;
}

/** A question that has not been asked yet. Equal keys mean equal answers. */
export interface Request<T> {
  readonly key: string;
  readonly query: string;
  /** What is asked about, whatever the step: only answers of one subject may stand in for another. */
  readonly subject: string;
  /** Takes the server long: asked apart from the others, so that no picture waits for it. */
  readonly slow?: boolean;
  readonly parse: (envelope: Envelope) => T;
}

export interface FrameQuery {
  readonly run: string;
  readonly name: string;
  readonly kind: Kind;
  readonly step: number;
  /** Default: all planes but `values` where an `overview` exists. */
  readonly planes?: readonly string[];
}

export interface SeriesQuery {
  readonly run: string;
  readonly name: string;
  readonly kind: Kind;
  /** Default: none. `['*']`: all. */
  readonly vectors?: readonly string[];
  /** At most so many steps, evenly spread, the first and the last among them. */
  readonly limit?: number;
}

export interface FindingsQuery {
  readonly run: string;
  /** A healthy run to compare with. */
  readonly reference?: string;
}

export interface OrderQuery {
  readonly run: string;
  readonly name: string;
  readonly step: number;
  /** Default 0. */
  readonly example?: number;
}

export function frameRequest({ planes, ...query }: FrameQuery): Request<Frame> {
  return request('frame', { ...query, planes: planes?.join(',') }, ({ fields, planes }) => ({
    step: fields['step'] as number,
    wallTime: fields['wall_time'] as number,
    header: (fields['header'] ?? {}) as Fields,
    damaged: fields['damaged'] as string | null,
    planes,
  }));
}

export function seriesRequest({ vectors, ...query }: SeriesQuery): Request<Series> {
  return request('series', { ...query, vectors: vectors?.join(',') }, ({ fields, planes }) => ({
    steps: fields['steps'] as number[],
    wallTimes: fields['wall_times'] as number[],
    damaged: fields['damaged'] as Series['damaged'],
    planes,
  }));
}

export function scalarsRequest(query: { run: string; tag: string }): Request<ScalarCurve> {
  return request('scalars', query, ({ fields, planes }) => ({
    damaged: (fields['damaged'] ?? null) as string | null,
    steps: healthy(planes, 'steps') as Float64Array,
    wallTimes: healthy(planes, 'wall_times') as Float64Array,
    values: healthy(planes, 'values') as Float64Array,
  }));
}

export function orderRequest(query: OrderQuery): Request<UnitOrder> {
  return request('order', { ...query, kind: 'activations' }, ({ planes }) => ({
    order: healthy(planes, 'order') as Uint32Array,
    sign: healthy(planes, 'sign') as Float32Array,
    clone: (planes.get('clone')?.data as Uint32Array | undefined) ?? null,
  }));
}

/** What is wrong in a run, as the server says it; whoever shows it reads it with care. */
export function findingsRequest(query: FindingsQuery): Request<Fields> {
  return { ...request('findings', { ...query }, ({ fields }) => fields), slow: true };
}

/** The values of one measure over the steps of a series; empty where the series lacks it. */
export function seriesScalar(series: Series, name: string): Float32Array {
  const plane = series.planes.get('scalars');
  const column = plane?.rows?.indexOf(name) ?? -1;
  if (!plane || column < 0) return new Float32Array(0);
  const width = plane.shape[1];
  return Float32Array.from({ length: plane.shape[0] }, (_, i) => plane.data[i * width + column]);
}

/** One step's vector of a series, with its padding; empty where the series lacks it. */
export function seriesVector(series: Series, name: string, row: number): Float32Array {
  const plane = series.planes.get(name);
  if (!plane || plane.damaged !== null) return new Float32Array(0);
  const width = plane.shape[1];
  return plane.data.subarray(row * width, (row + 1) * width) as Float32Array;
}

/** Reads the answer of `index`; JSON has no NaN and infinities, so they come as strings. */
export function parseIndex(text: string): Index {
  const answer = JSON.parse(text) as Index;
  const runs = answer.runs.map((run) => ({
    ...run,
    records: run.records.map((record) => ({
      ...record,
      last: record.last && numbers(record.last),
    })),
  }));
  return { runs, problems: answer.problems };
}

function numbers(last: Readonly<Record<string, number | string>>): Record<string, number> {
  return Object.fromEntries(Object.entries(last).map(([name, value]) => [name, Number(value)]));
}

function healthy(planes: ReadonlyMap<string, Plane>, name: string): Plane['data'] {
  const plane = planes.get(name);
  if (!plane) throw new Error(`the answer has no ${name}`);
  if (plane.damaged !== null) throw new Error(`${name}: ${plane.damaged}`);
  return plane.data;
}

function request<T>(
  route: string,
  parameters: Readonly<Record<string, string | number | undefined>>,
  parse: (envelope: Envelope) => T,
): Request<T> {
  const pairs = Object.entries(parameters).filter(([, value]) => value !== undefined);
  const query = pairs.map(([key, value]) => `${key}=${encodeURIComponent(value!)}`).join('&');
  const { run, name, kind, tag } = parameters;
  const subject = JSON.stringify([route, run, name, kind, tag]);
  return { key: `${route}?${query}`, query: `${route}?${query}`, subject, parse };
}
