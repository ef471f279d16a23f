/** An activations frame as the figure needs it: typed, checked, with what is damaged named. */
import { cellValue, type Picture } from '../chart/heatmap_picture';
import {
  unitHealth,
  unitMeasures,
  type Axis,
  type UnitHealth,
  type UnitMeasures,
} from '../chart/heatmap_health';
import { unitHistory, type UnitHistory } from '../chart/unit_history';
import type { Frame } from '../answers';
import type { Plane } from '../wire';

export interface Channel {
  readonly name: string;
  readonly series: Float32Array;
}

export interface ActivationFrame {
  /** What it was read from. */
  readonly source: Frame;
  readonly step: number;
  readonly axis: Axis;
  readonly units: number;
  /** Places along the axis: timesteps, examples or positions. */
  readonly steps: number;
  /** Height and width of the positions, where the axis is space. */
  readonly space: readonly [number, number] | null;
  readonly names: readonly string[] | null;
  readonly measures: UnitMeasures;
  readonly health: readonly UnitHealth[];
  /** How many examples are pictured; 0 where the writer left the picture out. */
  readonly examples: number;
  /** Which of them `picture`, `input` and `timestamps` are of. */
  readonly example: number;
  /** The overview, or the values where there is none; null where both are damaged or absent. */
  readonly picture: Picture | null;
  /** The same of every example: they share their colours. */
  readonly pictures: readonly Picture[];
  /** What the recorder remembers of each unit; null where it was not told to. */
  readonly history: UnitHistory | null;
  readonly input: readonly Channel[];
  /** Seconds, one a timestep. */
  readonly timestamps: Float64Array | null;
  /** Planes that can't be read, with the reason. */
  readonly damage: readonly string[];
}

/** Reads a frame; null where not even the statistics of the units can be read. */
export function activationFrame(frame: Frame, wanted: number): ActivationFrame | null {
  const { header, planes } = frame;
  const units = healthy(planes.get('units'));
  if (!units?.rows) return null;
  const count = units.shape[1];
  const measures = unitMeasures(units.data, units.rows, count);
  const shape = header['shape'] as readonly number[];
  const axis = (header['axis'] as Axis | undefined) ?? 'time';
  const examples = (planes.get('overview') ?? planes.get('values'))?.shape[0] ?? 0;
  const example = Math.max(0, Math.min(examples - 1, wanted));
  const pictures = Array.from({ length: examples }, (_, i) => picked(frame, measures, i)).flatMap(
    (one) => one ?? [],
  );
  const picture = pictures[example] ?? null;
  return {
    source: frame,
    step: frame.step,
    axis,
    units: count,
    steps: picture?.steps ?? cellsOf(header) ?? stepsOf(shape, axis),
    space: (header['space'] as [number, number] | null | undefined) ?? null,
    names: (header['channels'] as string[] | null | undefined) ?? null,
    measures,
    health: unitHealth(measures),
    examples,
    example,
    picture,
    pictures,
    history: historyOf(planes.get('history'), count),
    input: channels(frame, example),
    timestamps: timestampsOf(planes.get('timestamps'), example),
    damage: [...planes.values()]
      .filter(({ damaged }) => damaged !== null)
      .map(({ name, damaged }) => `${name}: ${damaged}`),
  };
}

/** The picture at full resolution, from a frame asked for with its `values`. */
export function fullPicture(of: ActivationFrame, values: Frame, example: number): Picture | null {
  const plane = healthy(values.planes.get('values'));
  if (!plane || !of.picture) return null;
  return { ...of.picture, stride: 1, steps: plane.shape[2], codes: exampleOf(plane, example) };
}

/** A unit's series as numbers, NaN where masked. */
export function unitSeries(picture: Picture, unit: number): Float64Array {
  const columns = picture.codes.length / picture.units;
  const codes = picture.codes.subarray(unit * columns, (unit + 1) * columns);
  return Float64Array.from(codes, (code) => cellValue(picture, unit, code) ?? NaN);
}

function historyOf(plane: Plane | undefined, units: number): UnitHistory | null {
  const good = healthy(plane);
  return good?.rows ? unitHistory(good.data as Float64Array, good.rows, units) : null;
}

function healthy(plane: Plane | undefined): Plane | null {
  return plane && plane.damaged === null ? plane : null;
}

function stepsOf(shape: readonly number[], axis: Axis): number {
  if (axis === 'example') return shape[0];
  return axis === 'space' ? shape[1] * shape[2] : shape[1];
}

function exampleOf(plane: Plane, example: number): Uint8Array {
  const size = plane.shape[1] * plane.shape[2];
  const first = Math.min(plane.shape[0] - 1, example) * size;
  return plane.data.subarray(first, first + size) as Uint8Array;
}

function picked(
  { header, planes }: Frame,
  measures: UnitMeasures,
  example: number,
): Picture | null {
  const scale = healthy(planes.get('scale'));
  const overview = healthy(planes.get('overview'));
  const codes = overview ?? healthy(planes.get('values'));
  if (!scale || !codes) return null;
  const units = measures.units;
  const steps = codes === overview ? pictured(header, planes) : codes.shape[2];
  return {
    units,
    steps,
    stride: codes === overview ? strideOf(header, steps, codes.shape[2]) : 1,
    codes: exampleOf(codes, example),
    low: scale.data.subarray(0, units),
    high: scale.data.subarray(units, 2 * units),
    mean: measures.get('mean'),
  };
}

/** Steps of the full picture, which an overview does not tell by itself. */
function pictured(header: Frame['header'], planes: Frame['planes']): number {
  const cells = cellsOf(header);
  if (cells !== null) return cells;
  const series = planes.get('input') ?? planes.get('timestamps');
  const shape = header['shape'] as readonly number[];
  return series?.shape[series.shape.length - 1] ?? stepsOf(shape, header['axis'] as Axis);
}

/** The picture's length along the axis; null in logs of writers that did not tell it yet. */
function cellsOf(header: Frame['header']): number | null {
  return (header['cells'] as number | undefined) ?? null;
}

function strideOf(header: Frame['header'], steps: number, columns: number): number {
  return (header['stride'] as number | undefined) ?? Math.ceil(steps / columns);
}

function channels({ header, planes }: Frame, example: number): Channel[] {
  const plane = healthy(planes.get('input'));
  if (!plane) return [];
  const [examples, count, steps] = plane.shape;
  const names = header['input_channels'] as readonly string[] | null | undefined;
  const first = Math.min(examples - 1, example) * count;
  return Array.from({ length: count }, (_, channel) => ({
    name: names?.[channel] ?? `input ${channel}`,
    series: plane.data.subarray(
      (first + channel) * steps,
      (first + channel + 1) * steps,
    ) as Float32Array,
  }));
}

function timestampsOf(plane: Plane | undefined, example: number): Float64Array | null {
  const good = healthy(plane);
  if (!good) return null;
  const [examples, steps] = good.shape;
  const first = Math.min(examples - 1, example) * steps;
  return good.data.subarray(first, first + steps) as Float64Array;
}
