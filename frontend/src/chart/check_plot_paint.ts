/** Draws lines with their bands, histograms and named levels. */
import { valueLabel } from './axis';
import { paintBottomAxis, paintLeftLabels, paintUpward, stroke } from './axis_paint';
import { fits } from './check_axis';
import type { PlotHit, PlotInput, PlotLayout, PlotLine } from './check_plot';
import { fillBand, strokePath, traceBand, tracePath, type Path } from './line';
import { fitted, label, type Context, type Ink } from './ink';

export interface PlotParts {
  readonly input: PlotInput;
  readonly layout: PlotLayout;
  readonly hit: PlotHit | null;
}

export function paintPlot(context: Context, parts: PlotParts, ink: Ink): void {
  const { input, layout } = parts;
  paintGrid(context, layout, ink);
  context.save();
  context.beginPath();
  context.rect(layout.plot.x, layout.plot.y - 1, layout.plot.width, layout.plot.height + 2);
  context.clip();
  if (input.kind === 'bars')
    for (const line of input.lines) paintBars(context, line, input, layout);
  else for (const line of input.lines) paintLine(context, line, layout);
  context.restore();
  for (const line of input.lines) paintBeyond(context, line, layout);
  paintReferences(context, layout, ink);
  paintAxes(context, input, layout, ink);
  if (parts.hit) paintHit(context, parts.hit, layout, ink);
}

function paintGrid(context: Context, { plot, y }: PlotLayout, ink: Ink): void {
  context.fillStyle = ink.grid;
  for (const { value } of y.ticks) {
    context.fillRect(plot.x, Math.round(y.scale.forward(value)), plot.width, 1);
  }
  context.fillStyle = ink.line;
  context.fillRect(plot.x, plot.y + plot.height, plot.width, 1);
}

const BAND = 0.18;
/** Of a crowd of points the line is thinner. */
const MANY = 200;

function paintLine(context: Context, line: PlotLine, { x, y }: PlotLayout): void {
  const { xs, order } = placesOf(line, x.log);
  const of = (values: Float64Array): Float64Array =>
    Float64Array.from(order, (i) => (fits(values[i], y.log) ? values[i] : NaN));
  context.strokeStyle = line.colour;
  context.fillStyle = line.colour;
  if (line.low && line.high) {
    context.globalAlpha = BAND;
    fillBand(context, traceBand(xs, of(line.low), of(line.high), x.scale, y.scale));
    context.globalAlpha = 1;
  }
  context.lineWidth = order.length > MANY ? 1.25 : 1.75;
  context.lineJoin = 'round';
  context.setLineDash([...line.dash]);
  strokePath(context, tracePath(xs, of(line.y), x.scale, y.scale));
  context.setLineDash([]);
  if (order.length <= FEW) paintDots(context, xs, of(line.y), { x, y });
}

/** So few points stand for themselves. */
const FEW = 24;

function paintDots(
  context: Context,
  xs: Float64Array,
  ys: Float64Array,
  { x, y }: Pick<PlotLayout, 'x' | 'y'>,
): void {
  xs.forEach((at, i) => {
    if (Number.isNaN(ys[i])) return;
    context.beginPath();
    context.arc(x.scale.forward(at), y.scale.forward(ys[i]), 2.5, 0, 2 * Math.PI);
    context.fill();
  });
}

/** Points that have a place on the axis, from left to right. */
function placesOf({ x, y }: PlotLine, log: boolean): { xs: Float64Array; order: number[] } {
  const order = Array.from({ length: Math.min(x.length, y.length) }, (_, i) => i)
    .filter((i) => fits(x[i], log))
    .sort((a, b) => x[a] - x[b]);
  return { xs: Float64Array.from(order, (i) => x[i]), order };
}

const FILL = 0.32;

function paintBars(context: Context, line: PlotLine, input: PlotInput, layout: PlotLayout): void {
  const { x, y, plot } = layout;
  const ground = y.log ? plot.y + plot.height : y.scale.forward(0);
  const bars = Math.min(line.y.length, line.x.length - 1);
  const outline: number[] = [];
  context.fillStyle = line.colour;
  context.strokeStyle = line.colour;
  const alone = input.lines.length === 1;
  context.globalAlpha = alone ? 0.85 : FILL;
  for (let i = 0; i < bars; i++) {
    const [left, right] = [x.scale.forward(line.x[i]), x.scale.forward(line.x[i + 1])];
    const top = fits(line.y[i], y.log) ? y.scale.forward(line.y[i]) : ground;
    if (Number.isNaN(left) || Number.isNaN(right)) continue;
    const gap = alone && right - left > 4 ? 1 : 0;
    context.fillRect(
      left,
      Math.min(top, ground),
      Math.max(1, right - left - gap),
      Math.abs(ground - top),
    );
    outline.push(left, top, right, top);
  }
  context.globalAlpha = 1;
  if (alone) return;
  context.lineWidth = 1.5;
  context.setLineDash([...line.dash]);
  strokePath(context, outline as Path);
  context.setLineDash([]);
}

/** What is infinite, zero on a log axis or cut off is marked at the edge that it lies beyond. */
function paintBeyond(context: Context, line: PlotLine, { plot, x, y }: PlotLayout): void {
  context.fillStyle = line.colour;
  let [lastUp, lastDown] = [-Infinity, -Infinity];
  for (let i = 0; i < Math.min(line.x.length, line.y.length); i++) {
    const at = x.scale.forward(line.x[i]);
    const value = line.y[i];
    if (!(at >= plot.x && at <= plot.x + plot.width) || Number.isNaN(value)) continue;
    if (value > y.scale.high && at - lastUp > 6) {
      arrow(context, at, plot.y, -1);
      lastUp = at;
    }
    const below = value < y.scale.low || (y.log && value <= 0);
    if (below && at - lastDown > 6) {
      arrow(context, at, plot.y + plot.height, 1);
      lastDown = at;
    }
  }
}

function arrow(context: Context, x: number, y: number, way: 1 | -1): void {
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(x - 4, y - 6 * way);
  context.lineTo(x + 4, y - 6 * way);
  context.fill();
}

function paintReferences(context: Context, { plot, references }: PlotLayout, ink: Ink): void {
  context.strokeStyle = ink.muted;
  context.lineWidth = 1;
  context.setLineDash([5, 4]);
  for (const { y } of references) stroke(context, plot.x, Math.round(y) + 0.5, plot.width, 0);
  context.setLineDash([]);
  label(context, ink);
  context.textAlign = 'right';
  context.textBaseline = 'alphabetic';
  context.strokeStyle = ink.surface;
  context.lineWidth = 3;
  context.lineJoin = 'round';
  for (const { name, value, wordsY } of references) {
    const words = fitted(context, `${name} ${valueLabel(value, 3)}`, plot.width * 0.7);
    context.strokeText(words, plot.x + plot.width - 4, wordsY);
    context.fillStyle = ink.text;
    context.fillText(words, plot.x + plot.width - 4, wordsY);
  }
}

function paintAxes(
  context: Context,
  { xLabel, yLabel }: PlotInput,
  { plot, x, y }: PlotLayout,
  ink: Ink,
): void {
  const below = { x: plot.x, y: plot.y + plot.height, width: plot.width, height: 24 };
  paintBottomAxis(context, below, x.ticks, (value) => x.scale.forward(value), ink);
  const ticks = y.ticks.map(({ value, label: words }) => ({
    y: y.scale.forward(value),
    label: words,
  }));
  paintLeftLabels(context, ticks, plot.x - 6, plot.x - 20, ink);
  paintUpward(context, yLabel, 7, plot, ink);
  label(context, ink);
  context.textAlign = 'center';
  context.textBaseline = 'top';
  context.fillStyle = ink.muted;
  context.fillText(fitted(context, xLabel, plot.width), plot.x + plot.width / 2, below.y + 25);
}

function paintHit(
  context: Context,
  { x, readings }: PlotHit,
  { plot, y }: PlotLayout,
  ink: Ink,
): void {
  context.fillStyle = ink.muted;
  context.fillRect(Math.round(x), plot.y, 1, plot.height);
  for (const { line, y: value } of readings) {
    if (!fits(value, y.log)) continue;
    const at = Math.min(plot.y + plot.height, Math.max(plot.y, y.scale.forward(value)));
    context.beginPath();
    context.arc(x, at, 3.5, 0, 2 * Math.PI);
    context.fillStyle = line.colour;
    context.fill();
    context.strokeStyle = ink.surface;
    context.lineWidth = 1.25;
    context.stroke();
  }
}
