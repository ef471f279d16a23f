/** Histograms over steps, made ready to be drawn as a ridgeline. */
import { ridgeScales, density, zeroShare } from './ridge';
import type { Histogram } from './ridge_bins';
import type { ValueScale } from './ridge_scale';

/** The histogram of one training step. */
export interface StepHistogram {
  readonly step: number;
  readonly histogram: Histogram;
  /** Exact share of the finite cells below zero. */
  readonly negative: number;
}

export interface RidgeModel {
  readonly scale: ValueScale;
  /** Ascending by step. */
  readonly ridges: readonly StepHistogram[];
  /** One density a ridge, on SAMPLES equal columns. */
  readonly densities: readonly Float32Array[];
  /** Share of exact zeros of each ridge. */
  readonly zeros: readonly number[];
  /** A density divided by its ridge's scale is its height, 0..1 of the layout's peak. */
  readonly heights: readonly number[];
}

/** Columns of a density: finer than the bins, coarser than the pixels. */
export const SAMPLES = 256;

export function ridgeModel(ridges: readonly StepHistogram[], scale: ValueScale): RidgeModel {
  const densities = ridges.map(({ histogram }) => density(histogram, scale, SAMPLES));
  const zeros = ridges.map(({ histogram }) => zeroShare(histogram));
  return { scale, ridges, densities, zeros, heights: ridgeScales(densities) };
}

/** Each step once, ascending; of two with the same step the later in the list wins. */
export function bySteps(ridges: readonly StepHistogram[]): StepHistogram[] {
  const last = new Map(ridges.map((ridge) => [ridge.step, ridge]));
  return [...last.values()].sort((a, b) => a.step - b.step);
}
