/** Pre-activation answers as the figures need them. */
import { seriesScalar, seriesVector } from '../api';
import type { Frame, Series } from '../api';
import { unitMeasures, type UnitMeasures } from '../chart/heatmap_health';
import { SERIES_BINS, type Bins, type Histogram } from '../chart/ridge_bins';
import { bySteps, type StepHistogram } from '../chart/ridge_model';
import type { Fields, Plane } from '../wire';

export interface PreactivationFrame {
  readonly step: number;
  readonly units: number;
  readonly names: readonly string[] | null;
  readonly measures: UnitMeasures;
  /** Cells that are finite, and those below zero: exact. */
  readonly count: number;
  readonly negative: number;
  /** Units whose every finite value is below zero. */
  readonly alwaysNegative: number;
  readonly layer: Histogram | null;
  /** One histogram a unit, on shared bins; null unless asked for. */
  readonly unitCounts: UnitHistograms | null;
  readonly damage: readonly string[];
}

export interface UnitHistograms {
  readonly bins: Bins;
  readonly first: number;
  /** `[units, bins]`. */
  readonly counts: Float64Array | Uint32Array;
}

/** Reads a frame; null where the statistics of the units can't be read. */
export function preactivationFrame({ step, header, planes }: Frame): PreactivationFrame | null {
  const plane = healthy(planes.get('units'));
  if (!plane?.rows) return null;
  const units = plane.shape[1];
  const measures = unitMeasures(plane.data, plane.rows, units);
  const [count, negative] = [measures.get('count'), measures.get('negative')];
  const always = Array.from(count).filter((cells, unit) => cells > 0 && negative[unit] === cells);
  return {
    step,
    units,
    names: (header['channels'] as string[] | null | undefined) ?? null,
    measures,
    count: sum(count),
    negative: sum(negative),
    alwaysNegative: always.length,
    layer: layerHistogram(header, healthy(planes.get('layer_counts'))),
    unitCounts: unitHistograms(header, healthy(planes.get('unit_counts'))),
    damage: [...planes.values()]
      .filter(({ damaged }) => damaged !== null)
      .map(({ name, damaged }) => `${name}: ${damaged}`),
  };
}

/** Share of each unit's finite cells below zero, `[units]`. */
export function negativeShares({ measures, units }: PreactivationFrame): Float64Array {
  const [count, negative] = [measures.get('count'), measures.get('negative')];
  return Float64Array.from({ length: units }, (_, unit) => negative[unit] / count[unit]);
}

/**
 * The layer over the steps of its series. The shown step is always among them, and its share below
 * zero exact; its own finer bins are taken only where the series was thinned out there.
 */
export function layerRidges(
  series: Series | null,
  shown: PreactivationFrame | null,
): StepHistogram[] {
  const ridges = series ? seriesRidges(series) : [];
  if (!shown) return ridges;
  const known = ridges.find(({ step }) => step === shown.step)?.histogram;
  const histogram = known ?? shown.layer;
  if (!histogram) return ridges;
  return bySteps([
    ...ridges,
    { step: shown.step, histogram, negative: shown.negative / shown.count },
  ]);
}

function seriesRidges(series: Series): StepHistogram[] {
  const [first, negative, count] = ['first', 'negative', 'count'].map((name) =>
    seriesScalar(series, name),
  );
  return series.steps
    .map((step, i) => ({
      step,
      histogram: { bins: SERIES_BINS, first: first[i], counts: seriesVector(series, 'counts', i) },
      negative: negative[i] / count[i],
    }))
    .filter(({ histogram }) => histogram.counts[0] >= 0);
}

/** One unit over the steps of the frames that have it. */
export function unitRidges(
  frames: readonly (PreactivationFrame | null)[],
  unit: number,
): StepHistogram[] {
  return bySteps(
    frames.flatMap((frame) => {
      const histogram = frame && unitHistogram(frame, unit);
      return histogram
        ? [{ step: frame.step, histogram, negative: negativeShares(frame)[unit] }]
        : [];
    }),
  );
}

export function unitHistogram(
  { unitCounts, units }: PreactivationFrame,
  unit: number,
): Histogram | null {
  if (!unitCounts || unit >= units) return null;
  const { bins, first, counts } = unitCounts;
  const slots = counts.length / units;
  return { bins, first, counts: counts.subarray(unit * slots, (unit + 1) * slots) };
}

function layerHistogram(header: Fields, plane: Plane | null): Histogram | null {
  const bins = plane && binsOf(header['bins']);
  return bins ? { ...bins, counts: plane.data } : null;
}

function unitHistograms(header: Fields, plane: Plane | null): UnitHistograms | null {
  const bins = plane && binsOf(header['unit_bins']);
  return bins ? { ...bins, counts: plane.data as Float64Array | Uint32Array } : null;
}

function binsOf(field: unknown): { bins: Bins; first: number } | null {
  if (typeof field !== 'object' || field === null) return null;
  const bins = field as Readonly<Record<string, number>>;
  return {
    bins: {
      mantissaBits: bins['mantissa_bits'],
      minExponent: bins['min_exponent'],
      maxExponent: bins['max_exponent'],
    },
    first: bins['first'],
  };
}

function healthy(plane: Plane | undefined): Plane | null {
  return plane && plane.damaged === null ? plane : null;
}

function sum(values: ArrayLike<number>): number {
  return Array.from(values).reduce((total, value) => total + value, 0);
}
