/** A reliability diagram: what was predicted against what came; its layout, in CSS pixels. */
import type { Rect } from './heatmap_layout';
import { linearScale, type Scale } from './scale';

/** Rows whose prediction lies in `[low, high)`. */
export interface CalibrationBin {
  readonly low: number;
  readonly high: number;
  readonly rows: number;
  /** Mean prediction; NaN: not defined. */
  readonly mean: number;
  /** Share that came true, with its interval; NaN: not defined. */
  readonly share: number;
  readonly shareLow: number;
  readonly shareHigh: number;
}

export interface CalibrationSeries {
  readonly name: string;
  readonly colour: string;
  readonly hollow: boolean;
  readonly bins: readonly CalibrationBin[];
}

export interface CalibrationInput {
  readonly series: readonly CalibrationSeries[];
  /** What the axes count. */
  readonly across: string;
  readonly up: string;
}

export interface CalibrationLayout {
  readonly height: number;
  readonly plot: Rect;
  /** How many rows there are of each prediction, below. */
  readonly rows: Rect;
  readonly x: Scale;
  readonly y: Scale;
  /** Of the rows of one bin. */
  readonly count: Scale;
}

const LEFT = 46;
const RIGHT = 12;
const TOP = 8;
const GAP = 8;
const ROWS = 52;
const FOOT = 40;
const MOST_SIDE = 380;

export function calibrationLayout(input: CalibrationInput, width: number): CalibrationLayout {
  const side = Math.max(60, Math.min(MOST_SIDE, Math.floor(width) - LEFT - RIGHT));
  const tall = Math.round(Math.min(side, 320));
  const plot = { x: LEFT, y: TOP, width: side, height: tall };
  const rows = { x: LEFT, y: TOP + tall + GAP, width: side, height: ROWS };
  const top = calibrationTop(input.series);
  const most = input.series.reduce(
    (found, { bins }) => bins.reduce((inner, bin) => Math.max(inner, bin.rows), found),
    1,
  );
  return {
    height: rows.y + ROWS + FOOT,
    plot,
    rows,
    x: linearScale(0, top, plot.x, plot.x + side),
    y: linearScale(0, top, plot.y + tall, plot.y),
    count: linearScale(0, most, rows.y + ROWS, rows.y + 4),
  };
}

const TOPS = [0.02, 0.05, 0.1, 0.2, 0.5];

/** Where both axes end: 1, or less where all that is there would be a speck in the corner. */
export function calibrationTop(series: readonly CalibrationSeries[]): number {
  let most = 0;
  for (const { bins } of series) {
    for (const { rows, mean, share, shareHigh } of bins) {
      if (rows === 0) continue;
      for (const value of [mean, share, shareHigh]) if (value > most) most = value;
    }
  }
  return most > 0 ? (TOPS.find((top) => most <= top) ?? 1) : 1;
}

/** The bins under a point, one a series; -1 where a series has none there. */
export function calibrationBinsAt(
  { series }: CalibrationInput,
  { x, plot, rows }: CalibrationLayout,
  at: number,
  y: number,
): readonly number[] | null {
  if (at < plot.x || at > plot.x + plot.width || y < plot.y || y > rows.y + rows.height)
    return null;
  const value = x.reverse(at);
  const found = series.map(({ bins }) => {
    const place = bins.findIndex(({ low, high }) => value >= low && value < high);
    return place < 0 && value >= (bins[bins.length - 1]?.low ?? Infinity) ? bins.length - 1 : place;
  });
  return found.some((place) => place >= 0) ? found : null;
}
