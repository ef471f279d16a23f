/** The statistics of each unit as a row: its range, mean and spread, and its share of zeros. */
import { linearTicks, type Tick } from './axis';
import { paintBottomAxis, paintLeftLabels, paintUpward, stroke } from './axis_paint';
import type { UnitHealth, UnitMeasures } from './heatmap_health';
import { figureLayout, yOf, type FigureLayout, type Rect } from './heatmap_layout';
import { paintStrip, type Surface } from './heatmap_paint';
import { rowLabels } from './heatmap_rows';
import type { Palette } from './colour_palette';
import { label, type Context, type Ink } from './ink';

export interface RangesLayout {
  readonly figure: FigureLayout;
  /** From the least to the greatest value. */
  readonly values: Rect;
  /** From 0 to 100 % zeros. */
  readonly zeros: Rect;
  readonly height: number;
}

const HEAD = 20;
const GAP = 28;

export function rangesLayout(width: number, units: number): RangesLayout {
  const figure = lowered(figureLayout(width, units, 0, false));
  const { map } = figure;
  const zeros = Math.round(Math.min(220, (map.width - GAP) * 0.28));
  return {
    figure,
    values: { ...map, width: map.width - GAP - zeros },
    zeros: { ...map, x: map.x + map.width - zeros, width: zeros },
    height: figure.height,
  };
}

/** Room for the names of the columns. */
function lowered(layout: FigureLayout): FigureLayout {
  const down = (rect: Rect): Rect => ({ ...rect, y: rect.y + HEAD });
  const { strip, flips, map, axis, height } = layout;
  return {
    ...layout,
    ...{ strip: down(strip), flips: down(flips), map: down(map), axis: down(axis) },
    height: height + HEAD,
  };
}

/** The finite values from the least minimum to the greatest maximum, zero always among them. */
export function valueExtent(measures: UnitMeasures): readonly [number, number] {
  let [low, high] = [0, 0];
  const [min, max] = [measures.get('min'), measures.get('max')];
  for (let unit = 0; unit < measures.units; unit++) {
    if (Number.isFinite(min[unit])) low = Math.min(low, min[unit]);
    if (Number.isFinite(max[unit])) high = Math.max(high, max[unit]);
  }
  return low < high ? [low, high] : [low, low + 1];
}

export interface RangesParts {
  readonly layout: RangesLayout;
  readonly measures: UnitMeasures;
  readonly health: readonly UnitHealth[];
  readonly order: ArrayLike<number>;
  readonly names: readonly string[] | null;
  readonly unit: number | null;
  readonly palette: Pick<Palette, 'theme'>;
}

export function paintRanges(
  context: Context,
  parts: RangesParts,
  surface: Surface,
  ink: Ink,
): void {
  const { layout, order, names } = parts;
  const { figure, values, zeros } = layout;
  const window = { from: 0, to: 1, top: 0, bottom: order.length };
  const ratio = context.getTransform().a || 1;
  paintStrip(context, { ...parts, layout: figure, window }, surface, ratio);
  const [low, high] = valueExtent(parts.measures);
  const ticks = linearTicks(low, high, values.width / 70);
  const xOf = (value: number): number => values.x + ((value - low) / (high - low)) * values.width;
  paintGrid(context, values, ticks, xOf, ink);
  const shares = [0, 0.5, 1].map((value) => ({ value, label: `${100 * value} %` }));
  const shareX = (share: number): number => zeros.x + share * zeros.width;
  paintGrid(context, zeros, shares, shareX, ink);
  paintRows(context, parts, xOf, shareX, ink);
  paintHeads(context, layout, ink);
  const labels = rowLabels(figure, window, order, names);
  paintLeftLabels(context, labels, figure.strip.x - 6, figure.strip.x - 20, ink);
  paintUpward(context, 'unit', 7, figure.map, ink);
}

function paintGrid(
  context: Context,
  { x, y, width, height }: Rect,
  ticks: readonly Tick[],
  xOf: (value: number) => number,
  ink: Ink,
): void {
  context.lineWidth = 1;
  for (const { value } of ticks) {
    context.strokeStyle = value === 0 ? ink.line : ink.grid;
    stroke(context, Math.round(xOf(value)) + 0.5, y, 0, height);
  }
  paintBottomAxis(context, { x, y: y + height, width, height: 0 }, ticks, xOf, ink);
}

/** A thin line from min to max, a bar of one sd around the mean, the mean; beside it the zeros. */
function paintRows(
  context: Context,
  { layout, measures, order, unit }: RangesParts,
  xOf: (value: number) => number,
  shareX: (share: number) => number,
  ink: Ink,
): void {
  const [min, max, mean, variance, zero, count] = [
    ...['min', 'max', 'mean', 'variance', 'zero', 'count'].map(measures.get),
  ];
  const window = { from: 0, to: 1, top: 0, bottom: order.length };
  const high = layout.values.height / order.length;
  const [thin, thick] = [Math.max(0.5, Math.min(1.5, high / 3)), Math.max(0.5, high * 0.55)];
  for (let row = 0; row < order.length; row++) {
    const at = order[row];
    const middle = yOf(layout.figure, window, row + 0.5);
    const bar = (from: number, to: number, height: number): void =>
      context.fillRect(from, middle - height / 2, Math.max(1, to - from), height);
    context.fillStyle = at === unit ? ink.accent : ink.muted;
    if (max[at] >= min[at]) bar(xOf(min[at]), xOf(max[at]), thin);
    const sd = Math.sqrt(variance[at]);
    const [left, right] = [Math.max(min[at], mean[at] - sd), Math.min(max[at], mean[at] + sd)];
    context.globalAlpha = 0.45;
    if (right >= left) bar(xOf(left), xOf(right), thick);
    if (zero[at] > 0) bar(shareX(0), shareX(zero[at] / count[at]), thick);
    context.globalAlpha = 1;
    context.fillStyle = ink.text;
    if (Number.isFinite(mean[at])) bar(xOf(mean[at]) - 0.75, xOf(mean[at]) + 0.75, thick);
  }
}

function paintHeads(context: Context, { values, zeros }: RangesLayout, ink: Ink): void {
  label(context, ink);
  context.fillStyle = ink.muted;
  context.textAlign = 'left';
  context.textBaseline = 'top';
  context.fillText('min to max, mean ± sd', values.x, values.y - HEAD + 2);
  context.fillText('zeros', zeros.x, zeros.y - HEAD + 2);
}
