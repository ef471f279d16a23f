/** Draws the ridgeline and what it has in common with the picture of units x value. */
import { paintBottomAxis, paintLeftLabels, stroke } from './axis_paint';
import { grouped, percentLabel } from './axis';
import { css } from './colour';
import { RAMP, RAMP_SIZE, type Palette } from './colour_palette';
import { fitted, label, type Context, type Ink } from './ink';
import { ridgeLayout, type RidgeLayout } from './ridge';
import type { ValueLayout } from './ridge_layout';
import { SAMPLES, type RidgeModel } from './ridge_model';
import { fraction, valueTicks, type ValueScale } from './ridge_scale';

/** CSS pixels that a tick label needs. */
const TICK_WIDTH = 56;
const LABEL_HEIGHT = 15;
/** A share of the cells that no eye would miss. */
const FLAT = 1e-6;
const CENTRE = RAMP + (RAMP_SIZE >> 1);

export function paintRidges(
  context: Context,
  layout: ValueLayout,
  model: RidgeModel,
  current: number,
  palette: Palette,
  ink: Ink,
): void {
  const ridges = ridgeLayout(model.ridges.length, layout.plot.height);
  paintGround(context, layout, model.scale, palette, ink);
  const last = Math.max(1, model.ridges.length - 1);
  model.ridges.forEach((_, i) => {
    paintRidge(context, layout, model, ridges, i, i / last, palette, ink);
  });
  outlineRidge(context, layout, model, ridges, current, ink.accent, 2);
  paintZero(context, layout, model.scale, ink);
  paintSteps(context, layout, model, ridges, current, ink);
  const shares = model.ridges.map(({ negative }) => negative);
  const thick = Math.max(1, Math.min(10, ridges.spacing - 1));
  const rows = ridges.baselines.map((y, i) => ({ y: layout.plot.y + y - thick, share: shares[i] }));
  paintBars(context, layout, rows, thick, current, palette, ink);
}

/** The tinted side where a ReLU is off, what either side is, and the value axis. */
export function paintGround(
  context: Context,
  layout: ValueLayout,
  scale: ValueScale,
  palette: Palette,
  ink: Ink,
): void {
  const { plot } = layout;
  const zero = plot.x + fraction(scale, 0) * plot.width;
  context.globalAlpha = 0.1;
  context.fillStyle = css(palette.rgb[CENTRE - 80]);
  context.fillRect(plot.x, plot.y, zero - plot.x, plot.height);
  context.globalAlpha = 1;
  label(context, ink);
  context.textBaseline = 'middle';
  context.fillStyle = ink.muted;
  context.textAlign = 'right';
  context.fillText(fitted(context, 'below zero', zero - plot.x - 8), zero - 8, plot.y - 10);
  context.textAlign = 'left';
  context.fillText(fitted(context, 'above', plot.x + plot.width - zero - 8), zero + 8, plot.y - 10);
  const ticks = valueTicks(scale, plot.width / TICK_WIDTH);
  const at = (value: number): number => plot.x + fraction(scale, value) * plot.width;
  context.strokeStyle = ink.grid;
  context.lineWidth = 1;
  for (const { value } of ticks)
    stroke(context, Math.round(at(value)) + 0.5, plot.y, 0, plot.height);
  // Zero first: it must never lose its label to a neighbour.
  const others = ticks.filter(
    ({ value }) => value === 0 || Math.abs(at(value) - at(0)) > TICK_WIDTH / 2,
  );
  paintBottomAxis(context, layout.axis, others, at, ink);
}

/** The line that matters. */
export function paintZero(
  context: Context,
  { plot }: ValueLayout,
  scale: ValueScale,
  ink: Ink,
): void {
  const zero = Math.round(plot.x + fraction(scale, 0) * plot.width);
  context.fillStyle = ink.text;
  context.fillRect(zero, plot.y - 16, 1, plot.height + 16);
}

function paintRidge(
  context: Context,
  layout: ValueLayout,
  model: RidgeModel,
  ridges: RidgeLayout,
  i: number,
  age: number,
  palette: Palette,
  ink: Ink,
): void {
  const { plot } = layout;
  const base = plot.y + ridges.baselines[i];
  const zero = fraction(model.scale, 0) * SAMPLES;
  const depth = Math.round(22 + 62 * age);
  for (const [from, to, colour] of [
    [0, zero, palette.rgb[CENTRE - depth]],
    [zero, SAMPLES, palette.rgb[CENTRE + depth]],
  ] as const) {
    context.beginPath();
    context.moveTo(plot.x + (from / SAMPLES) * plot.width, base);
    trace(context, layout, model, ridges, i, from, to);
    context.lineTo(plot.x + (to / SAMPLES) * plot.width, base);
    context.fillStyle = css(colour);
    context.fill();
  }
  paintStem(context, layout, model, ridges, i, ink);
  // Outlines nearer than this would cover what they are to separate.
  if (ridges.spacing < 2.5) return;
  context.globalAlpha = 0.35 + 0.5 * age;
  outlineRidge(context, layout, model, ridges, i, ink.surface, 1);
  context.globalAlpha = 1;
}

/** Exact zeros have no width on the axis: a stem, full height for all of the cells. */
function paintStem(
  context: Context,
  { plot }: ValueLayout,
  { scale, zeros }: RidgeModel,
  { baselines, peak }: RidgeLayout,
  i: number,
  ink: Ink,
): void {
  if (zeros[i] < 0.002) return;
  const x = plot.x + fraction(scale, 0) * plot.width;
  const height = Math.max(2, peak * zeros[i]);
  context.fillStyle = ink.muted;
  context.fillRect(x - 1, plot.y + baselines[i] - height, 3, height);
}

export function outlineRidge(
  context: Context,
  layout: ValueLayout,
  model: RidgeModel,
  ridges: RidgeLayout,
  i: number,
  colour: string,
  width: number,
): void {
  context.beginPath();
  trace(context, layout, model, ridges, i, 0, SAMPLES);
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.lineJoin = 'round';
  context.stroke();
}

/** The top of a ridge between two places, both in samples; lines, so that a path can be closed. */
function trace(
  context: Context,
  { plot }: ValueLayout,
  { densities, heights }: RidgeModel,
  { baselines, peak }: RidgeLayout,
  i: number,
  from: number,
  to: number,
): void {
  const density = densities[i];
  const base = plot.y + baselines[i];
  const yOf = (sample: number): number => {
    const place = Math.min(SAMPLES - 1, Math.max(0, sample - 0.5));
    const k = Math.min(SAMPLES - 2, Math.floor(place));
    const mixed = density[k] + (place - k) * (density[k + 1] - density[k]);
    return base - (peak * mixed) / heights[i];
  };
  const xOf = (sample: number): number => plot.x + (sample / SAMPLES) * plot.width;
  context.lineTo(xOf(from), yOf(from));
  let flat = false;
  for (let k = Math.ceil(from); k + 0.5 < to; k++) {
    // Most of a ridge lies on its baseline: two points are enough for a stretch of it.
    const rests = density[k] < FLAT;
    if (!rests && flat) context.lineTo(xOf(k - 0.5), base);
    if (!rests || !flat) context.lineTo(xOf(k + 0.5), yOf(k + 0.5));
    flat = rests;
  }
  context.lineTo(xOf(to), yOf(to));
}

function paintSteps(
  context: Context,
  { plot }: ValueLayout,
  { ridges }: RidgeModel,
  { baselines, spacing }: RidgeLayout,
  current: number,
  ink: Ink,
): void {
  const every = Math.max(1, Math.ceil(LABEL_HEIGHT / spacing));
  const last = ridges.length - 1;
  const shown = baselines
    .map((y, i) => ({ y: plot.y + y - 5, label: grouped(ridges[i].step), i }))
    .filter(({ i }) => (last - i) % every === 0 && Math.abs(i - current) * spacing >= LABEL_HEIGHT);
  paintLeftLabels(context, shown, plot.x - 8, plot.x - 10, ink);
  const chosen = {
    y: plot.y + baselines[current] - 5,
    label: grouped(ridges[current].step),
  };
  paintLeftLabels(context, [chosen], plot.x - 8, plot.x - 10, { ...ink, muted: ink.accent });
  paintLeftLabels(context, [{ y: plot.y - 10, label: 'step' }], plot.x - 8, plot.x - 10, ink);
}

/** Bars of the share below zero at the right, one a row. */
export function paintBars(
  context: Context,
  { plot, bars }: ValueLayout,
  rows: readonly { readonly y: number; readonly share: number }[],
  thick: number,
  current: number | null,
  palette: Palette,
  ink: Ink,
): void {
  context.fillStyle = ink.grid;
  context.fillRect(bars.x, plot.y, bars.width, plot.height);
  rows.forEach(({ y, share }, i) => {
    context.fillStyle = i === current ? ink.accent : css(palette.rgb[CENTRE - 72]);
    context.fillRect(bars.x, y, bars.width * (share || 0), thick);
  });
  label(context, ink);
  context.fillStyle = ink.muted;
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  const chosen = current === null ? null : rows[current];
  const head = chosen ? `${percentLabel(chosen.share)} < 0` : 'share < 0';
  context.fillStyle = chosen ? ink.accent : ink.muted;
  context.fillText(head, bars.x, plot.y - 10);
  context.fillStyle = ink.muted;
  context.textBaseline = 'top';
  context.fillText('0', bars.x, plot.y + plot.height + 8);
  context.textAlign = 'right';
  context.fillText('100 %', bars.x + bars.width + 6, plot.y + plot.height + 8);
}
