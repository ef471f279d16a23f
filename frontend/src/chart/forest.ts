/** A forest plot: intervals one under the other; its axis, and where its parts lie, in CSS pixels. */
import type { Rect } from './heatmap_layout';
import { linearScale, type Scale } from './scale';

/** NaN: not defined. An estimate without an interval has NaN at both ends. */
export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface ForestMark extends Interval {
  /** Which of the looks. */
  readonly look: number;
}

export interface ForestRow {
  /** Any text at all. */
  readonly label: string;
  readonly marks: readonly ForestMark[];
  /** The numbers in words, at the right: "0.83 [0.80, 0.86]". */
  readonly text: string;
  /** What there is to know besides, further right: "1,204 rows". */
  readonly note: string;
  /** Too little is known of it: drawn grey, and the axis does not stretch for it. */
  readonly muted: boolean;
}

/** What the marks of one kind look like, in CSS colours. */
export interface ForestLook {
  readonly name: string;
  readonly colour: string;
  readonly hollow: boolean;
}

export interface ForestReference {
  readonly value: number;
  readonly label: string;
}

export interface Forest {
  readonly rows: readonly ForestRow[];
  readonly looks: readonly ForestLook[];
  readonly references: readonly ForestReference[];
  /** What the axis counts. */
  readonly axis: string;
  /** Beyond these nothing can lie: [0, 1] for a share; default: no limits. */
  readonly limits?: readonly [number, number];
  /** What the rows' texts tell; default: nothing is written above them. */
  readonly textTitle?: string;
}

export interface ForestLayout {
  readonly height: number;
  readonly width: number;
  readonly rowHeight: number;
  /** Whether a row's label stands above its marks, for want of width. */
  readonly stacked: boolean;
  readonly labels: Rect;
  readonly plot: Rect;
  /** Null where there is no room or nothing to say. */
  readonly text: Rect | null;
  readonly notes: Rect | null;
  readonly x: Scale;
}

/** The height of a label above its marks. */
export const FOREST_LABEL = 18;
/** Narrower than this, labels go above the marks. */
const NARROW = 560;
const HEAD = 20;
const FOOT = 40;
const TEXT = 168;
const NOTE = 92;
/** Rather than narrow the plot further, the notes are left out. */
const LEAST_PLOT = 180;
const PAD = 10;

export function forestLayout(forest: Forest, width: number): ForestLayout {
  const { rows, references } = forest;
  const stacked = width < NARROW;
  const most = rows.reduce((found, { marks }) => Math.max(found, marks.length), 1);
  const rowHeight = Math.max(22, 6 + pitchOf(most) * most) + (stacked ? FOREST_LABEL : 0);
  const hasHead = forest.textTitle || references.some(({ label }) => label !== '');
  const y = hasHead ? HEAD : 6;
  const height = rowHeight * rows.length;
  const hasText = rows.some(({ text }) => text !== '');
  const textWidth = hasText ? (stacked ? Math.min(TEXT, 0.55 * width) : TEXT) : 0;
  const gutter = stacked ? 0 : gutterOf(rows, width);
  const hasRoom = !stacked && width - gutter - textWidth - NOTE - 2 * PAD >= LEAST_PLOT;
  const noteWidth = hasRoom && rows.some(({ note }) => note !== '') ? NOTE : 0;
  const right = stacked ? width - PAD : width - textWidth - noteWidth - PAD;
  const left = stacked ? PAD : gutter + PAD;
  const plot = { x: left, y, width: Math.max(40, right - left), height };
  const [low, high] = forestDomain(forest);
  return {
    height: y + height + FOOT,
    width,
    rowHeight,
    stacked,
    labels: { x: 0, y, width: stacked ? Math.max(0, width - textWidth - 8) : gutter, height },
    plot,
    text: hasText
      ? { x: stacked ? width - textWidth : right + PAD, y, width: textWidth - 8, height }
      : null,
    notes: noteWidth > 0 ? { x: width - noteWidth, y, width: noteWidth, height } : null,
    x: linearScale(low, high, plot.x, plot.x + plot.width),
  };
}

/** Of letters at 12 pixels, about. */
const LETTER = 6.4;

/** As wide as the labels are, within reason: what tells long ones apart stands mostly at their end. */
function gutterOf(rows: Forest['rows'], width: number): number {
  const longest = rows.reduce((most, { label }) => Math.max(most, label.length), 0);
  return Math.round(Math.min(420, 0.4 * width, Math.max(110, longest * LETTER)));
}

/** From mark to mark within a row. */
function pitchOf(marks: number): number {
  return marks > 2 ? 8 : 10;
}

/** The row at a height; null above and below them. */
export function forestRowAt({ plot, rowHeight }: ForestLayout, y: number): number | null {
  const row = Math.floor((y - plot.y) / rowHeight);
  return row >= 0 && row * rowHeight < plot.height ? row : null;
}

/** The height of the middle of a mark, of `count` in its row. */
export function forestMarkY(
  layout: ForestLayout,
  row: number,
  mark: number,
  count: number,
): number {
  const above = layout.stacked ? FOREST_LABEL : 0;
  const middle = layout.plot.y + row * layout.rowHeight + (layout.rowHeight + above) / 2;
  return middle + (mark - (count - 1) / 2) * pitchOf(count);
}

/** What is drawn of a mark; `beyond` where part of it lies outside the axis. */
export interface ForestSpan {
  /** Pixels; null where the value is not defined or lies outside. */
  readonly at: number | null;
  readonly from: number;
  readonly to: number;
  readonly beyond: { readonly left: boolean; readonly right: boolean };
}

/** Null where the value is not defined. */
export function forestSpan({ x, plot }: ForestLayout, mark: Interval): ForestSpan | null {
  const { value } = mark;
  if (Number.isNaN(value)) return null;
  const low = Number.isNaN(mark.low) ? value : Math.min(mark.low, value);
  const high = Number.isNaN(mark.high) ? value : Math.max(mark.high, value);
  const within = (of: number): number =>
    Math.min(plot.x + plot.width, Math.max(plot.x, x.forward(of)));
  // A domain's end is a sum of floats: what lies on it is not beyond it.
  const slack = (x.high - x.low) * 1e-9;
  const inside = value >= x.low - slack && value <= x.high + slack;
  return {
    at: inside ? within(value) : null,
    from: within(low),
    to: within(high),
    beyond: { left: low < x.low - slack, right: high > x.high + slack },
  };
}

/**
 * The ends of the axis: all references, and the intervals of the rows that are not muted, but for
 * those that lie absurdly far outside the others, which get an arrow instead of flattening the rest.
 */
export function forestDomain({ rows, references, limits }: Forest): readonly [number, number] {
  const firm = rows.filter(({ muted }) => !muted);
  const told = (firm.length > 0 ? firm : rows).flatMap(({ marks }) => marks);
  const ends = told.flatMap(({ value, low, high }) => [value, low, high]).filter(Number.isFinite);
  const kept = withinFences(ends, told.map(({ value }) => value).filter(Number.isFinite));
  const all = [...kept, ...references.map(({ value }) => value)].filter(Number.isFinite);
  if (all.length === 0) return limits ?? [0, 1];
  let [low, high] = [Infinity, -Infinity];
  for (const value of all) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const room = 0.04 * (high - low) || 0.05 * Math.abs(high) || 0.5;
  const [least, most] = limits ?? [-Infinity, Infinity];
  const padded = [Math.max(least, low - room), Math.min(most, high + room)] as const;
  return padded[0] < padded[1] ? padded : [low - room, high + room];
}

/** In quartile distances. What stands out is what one looks for: only the absurd is cut off. */
const FAR = 20;

function withinFences(ends: readonly number[], values: readonly number[]): readonly number[] {
  // Of a few values none can be told to be far from the others.
  if (values.length < 8) return ends;
  const sorted = [...values].sort((a, b) => a - b);
  const [q1, q3] = [0.25, 0.75].map((share) => sorted[Math.round(share * (sorted.length - 1))]);
  const reach = FAR * (q3 - q1);
  if (reach === 0) return ends;
  return ends.filter((end) => end >= q1 - reach && end <= q3 + reach);
}
