/** The window of a heatmap: which steps and rows are in view, and how pan and zoom move it. */

export interface Window {
  /** Steps `from <= t < to`; fractions are fine. */
  readonly from: number;
  readonly to: number;
  /** Rows of the order `top <= row < bottom`. */
  readonly top: number;
  readonly bottom: number;
}

export interface Bounds {
  readonly steps: number;
  readonly rows: number;
}

type Span = readonly [from: number, to: number];

/** No fewer steps or rows than this fill the picture. */
const FEWEST_STEPS = 8;
const FEWEST_ROWS = 4;

export function whole({ steps, rows }: Bounds): Window {
  return { from: 0, to: steps, top: 0, bottom: rows };
}

export function isWhole(window: Window, bounds: Bounds): boolean {
  const { from, to, top, bottom } = window;
  return from <= 0 && to >= bounds.steps && top <= 0 && bottom >= bounds.rows;
}

/** The window inside its bounds, and no smaller than can be seen. */
export function clamped(window: Window, { steps, rows }: Bounds): Window {
  const [from, to] = fit([window.from, window.to], steps, FEWEST_STEPS);
  const [top, bottom] = fit([window.top, window.bottom], rows, FEWEST_ROWS);
  return { from, to, top, bottom };
}

/** Zooms time by `factor` (below 1: closer), keeping the step at `anchor` (0..1 of the width). */
export function zoomTime(window: Window, bounds: Bounds, factor: number, anchor: number): Window {
  const [from, to] = scaled([window.from, window.to], factor, anchor, bounds.steps, FEWEST_STEPS);
  return clamped({ ...window, from, to }, bounds);
}

/** Zooms rows by `factor`, keeping the row at `anchor` (0..1 of the height). */
export function zoomRows(window: Window, bounds: Bounds, factor: number, anchor: number): Window {
  const span: Span = [window.top, window.bottom];
  const [top, bottom] = scaled(span, factor, anchor, bounds.rows, FEWEST_ROWS);
  return clamped({ ...window, top, bottom }, bounds);
}

/** Moves by shares of the window's own width and height. */
export function panned(window: Window, bounds: Bounds, right: number, down: number): Window {
  const [from, to] = shifted([window.from, window.to], right, bounds.steps);
  const [top, bottom] = shifted([window.top, window.bottom], down, bounds.rows);
  return { from, to, top, bottom };
}

function fit([from, to]: Span, length: number, least: number): Span {
  const width = Math.min(length, Math.max(to - from, Math.min(least, length)));
  const start = Math.min(length - width, Math.max(0, from));
  return [start, start + width];
}

function scaled(
  [from, to]: Span,
  factor: number,
  anchor: number,
  length: number,
  least: number,
): Span {
  const width = Math.min(length, Math.max(Math.min(least, length), (to - from) * factor));
  const start = from + anchor * (to - from - width);
  return [start, start + width];
}

function shifted([from, to]: Span, share: number, length: number): Span {
  const width = to - from;
  const start = Math.min(length - width, Math.max(0, from + share * width));
  return [start, start + width];
}
