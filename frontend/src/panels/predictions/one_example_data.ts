/** What is recorded of chosen rows, of one of them, as its figures need it; pure. */
import type { Frame } from '../../answers';
import type { UnitHealth } from '../../chart/heatmap_health';
import { unitMeasures } from '../../chart/heatmap_health';
import { cellValue, type Picture } from '../../chart/heatmap_picture';
import {
  MASKED,
  NONFINITE,
  UNDERFLOWED,
  UNREACHABLE,
  type Profile,
} from '../../chart/line_amnesia';
import type { ActivationFrame, Channel } from '../../figures/activation_frame';
import type { Plane } from '../../wire';
import type { Kept } from './table';

/** A layer of the record, as its header tells of it. */
export interface Layer {
  readonly name: string;
  readonly axis: 'time' | 'example' | 'space';
  readonly units: number;
  readonly cells: number;
  /** The names of its planes. */
  readonly values: string;
  readonly scale: string;
}

/** The input series of one row. */
export interface Series {
  readonly steps: number;
  readonly input: readonly Channel[];
  /** Seconds, one a timestep. */
  readonly timestamps: Float64Array | null;
}

export function layersOf(frame: Frame): readonly Layer[] {
  return (frame.header['layers'] ?? []) as readonly Layer[];
}

/** Those that can be drawn along the input's time: with timesteps of their own, or with one cell. */
export function alongTime(layers: readonly Layer[]): readonly Layer[] {
  return layers.filter(({ axis }) => axis !== 'space');
}

export function good(plane: Plane | undefined): Plane | null {
  return plane && plane.damaged === null ? plane : null;
}

/** The row at a place among those recorded; null where its input can't be read. */
export function recordedSeries({ header, planes }: Frame, place: number): Series | null {
  const names = (header['channels'] ?? null) as readonly string[] | null;
  const stamps = good(planes.get('timestamps'));
  return seriesAt(good(planes.get('input')), stamps, names, place);
}

/** The row at a place among those whose input the table keeps. */
export function keptSeries({ input, timestamps, channels }: Kept, place: number): Series | null {
  return seriesAt(input, timestamps, channels, place);
}

function seriesAt(
  input: Plane | null,
  timestamps: Plane | null,
  names: readonly string[] | null,
  place: number,
): Series | null {
  if (!input || place < 0 || place >= input.shape[0]) return null;
  const [, channels, steps] = input.shape;
  return {
    steps,
    input: Array.from({ length: channels }, (_, c) => {
      const from = (place * channels + c) * steps;
      const series = input.data.subarray(from, from + steps) as Float32Array;
      return { name: names?.[c] ?? `input ${c}`, series };
    }),
    timestamps:
      timestamps && (timestamps.data.subarray(place * steps, (place + 1) * steps) as Float64Array),
  };
}

/**
 * The units of a layer for one row, drawn along the input's timesteps: a pooled layer's cell covers
 * several of them, that of a layer without a time axis all. Null where it can't be read.
 */
export function pictureOf(
  { planes }: Frame,
  { units, cells, values, scale }: Layer,
  place: number,
  steps: number,
): Picture | null {
  const [codes, range] = [good(planes.get(values)), good(planes.get(scale))];
  if (!codes || !range || place >= codes.shape[0]) return null;
  const size = units * cells;
  const picture = {
    units,
    steps,
    // A hair more, or rounding would ask for one cell more than there are.
    stride: (steps / cells) * (1 + 1e-12),
    codes: codes.data.subarray(place * size, (place + 1) * size) as Uint8Array,
    low: range.data.subarray(0, units),
    high: range.data.subarray(units, 2 * units),
  };
  return { ...picture, mean: means({ ...picture, mean: [] }) };
}

/** The cell of a picture that a timestep lies in. */
export function cellAt({ steps, codes, units }: Picture, step: number): number {
  const cells = codes.length / units;
  return Math.min(cells - 1, Math.floor((step * cells) / steps));
}

function means(picture: Picture): Float64Array {
  const { codes, units } = picture;
  const cells = codes.length / units;
  return Float64Array.from({ length: units }, (_, unit) => {
    let [sum, count] = [0, 0];
    for (let i = unit * cells; i < (unit + 1) * cells; i++) {
      const value = cellValue(picture, unit, codes[i]);
      if (value === null || !Number.isFinite(value)) continue;
      sum += value;
      count++;
    }
    return count > 0 ? sum / count : 0;
  });
}

/** What each unit does in this picture alone. */
export function healthIn({ codes, units }: Picture): readonly UnitHealth[] {
  const cells = codes.length / units;
  return Array.from({ length: units }, (_, unit) => {
    const seen = new Set(codes.subarray(unit * cells, (unit + 1) * cells));
    if (seen.has(1) || seen.has(2) || seen.has(3)) return 'nonfinite';
    seen.delete(0);
    if (seen.size !== 1 || cells === 1) return 'active';
    return seen.has(4) ? 'dead' : 'constant';
  });
}

/** As the heatmap's figure takes it. */
export function figureFrame(source: Frame, series: Series, picture: Picture): ActivationFrame {
  return {
    ...{ source, step: source.step, axis: 'time', units: picture.units, steps: series.steps },
    ...{ space: null, names: null, measures: unitMeasures([], [], picture.units) },
    ...{ health: healthIn(picture), examples: 1, example: 0, picture, pictures: [picture] },
    ...{ history: null, input: series.input, timestamps: series.timestamps, damage: [] },
  };
}

/** The least magnitude that a number format holds in full. */
const SMALLEST = { single: 1.17549435e-38, double: 2.2250738585072014e-308 };
/** Zeros beside what is this near to the format's end are what underflow left. */
const REACH = 1e6;

/** How a curve is drawn, and where it belongs. */
export interface Look {
  readonly run: string;
  readonly colour: string;
  /** 0: the channels combined; 1 + c: channel c. */
  readonly channel: number;
}

/** |d output / d input_t| of one row; null where it is not recorded or can't be read. */
export function gradientProfile(frame: Frame, place: number, look: Look): Profile | null {
  const gradient = good(frame.planes.get('gradient'));
  const outputs = good(frame.planes.get('output_steps'));
  if (!gradient || !outputs || place >= gradient.shape[0]) return null;
  const [, channels, timesteps] = gradient.shape;
  const from = place * channels * timesteps;
  const of = gradient.data.subarray(from, from + channels * timesteps);
  const sizes =
    look.channel === 0 ? norms(of, channels) : absolute(of, look.channel - 1, timesteps);
  const outputStep = outputs.data[place];
  const floor = gradient.data instanceof Float64Array ? SMALLEST.double : SMALLEST.single;
  return {
    ...{ run: look.run, colour: look.colour, step: frame.step, outputStep, timesteps },
    t: Uint32Array.from({ length: timesteps }, (_, t) => t),
    log10: sizes.map((size) => (size > 0 && Number.isFinite(size) ? Math.log10(size) : NaN)),
    states: statesOf(sizes, outputStep, floor * REACH),
    ...{ low: null, high: null, near: NaN, log10Floor: Math.log10(floor) },
  };
}

/** The length of the gradient at each timestep, over `[channels, timesteps]`, without overflow. */
function norms(of: ArrayLike<number>, channels: number): Float64Array {
  const steps = of.length / channels;
  return Float64Array.from({ length: steps }, (_, t) =>
    Math.hypot(...Array.from({ length: channels }, (_, c) => of[c * steps + t])),
  );
}

function absolute(of: ArrayLike<number>, channel: number, steps: number): Float64Array {
  return Float64Array.from({ length: steps }, (_, t) => Math.abs(of[channel * steps + t]));
}

/** Which zeros are underflow and which are out of reach, as the amnesia curves tell them. */
function statesOf(sizes: Float64Array, outputStep: number, small: number): Uint8Array {
  const states = new Uint8Array(sizes.length);
  for (const by of [-1, 1]) {
    let last = NaN; // the size seen before, coming from the output
    for (let t = outputStep; t >= 0 && t < sizes.length; t += by) {
      const size = sizes[t];
      if (Number.isNaN(size)) states[t] = MASKED;
      else if (!Number.isFinite(size)) states[t] = NONFINITE;
      else if (size === 0) states[t] = last < small ? UNDERFLOWED : UNREACHABLE;
      else last = size;
    }
  }
  return states;
}
