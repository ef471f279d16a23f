/** Draws one gate: the scatter of its units, and its shares over the steps. */
import { grouped } from './axis';
import { paintLeftLabels, stroke } from './axis_paint';
import { css } from './colour';
import { RAMP, RAMP_SIZE, type Palette } from './colour_palette';
import { dotOf, RADIUS, type GateDots, type GateInput, type GateLayout } from './gates';
import { fitted, label, type Context, type Ink } from './ink';
import { stepTicks } from './layers_layout';

export interface GateParts {
  readonly layout: GateLayout;
  readonly input: GateInput;
  /** Diverging: one side stands for shut, the other for wide open. */
  readonly palette: Palette;
  /** The step that is looked at, as a place among those of the history; null: none. */
  readonly column: number | null;
  readonly unit: number | null;
}

export function paintGate(context: Context, parts: GateParts, ink: Ink): void {
  paintFrame(context, parts, ink);
  for (const dots of parts.input.dots) paintDots(context, parts.layout, dots, ink);
  paintChosen(context, parts, ink);
  paintBars(context, parts, ink);
}

/** Shares of time of the colours: shut on the negative side, open on the positive. */
export function gateColours({ rgb }: Palette): { readonly shut: string; readonly open: string } {
  const centre = RAMP + (RAMP_SIZE >> 1);
  return { shut: css(rgb[centre - 72]), open: css(rgb[centre + 72]) };
}

const PERCENTS = [0, 0.5, 1];

function paintFrame(context: Context, { layout, input, palette }: GateParts, ink: Ink): void {
  const { x, y, width, height } = layout.scatter;
  const { shut, open } = gateColours(palette);
  // The corners in which a unit is stuck: the half beyond which one side has most of the time.
  context.globalAlpha = 0.1;
  context.fillStyle = shut;
  triangle(context, x, y, width / 2, height / 2);
  context.fillStyle = open;
  triangle(context, x + width / 2, y + height / 2, width / 2, height / 2);
  context.globalAlpha = 1;
  context.strokeStyle = ink.grid;
  context.lineWidth = 1;
  stroke(context, Math.round(x + width / 2) + 0.5, y + height / 2, 0, height / 2);
  stroke(context, x, Math.round(y + height / 2) + 0.5, width / 2, 0);
  context.strokeStyle = ink.line;
  context.beginPath();
  context.moveTo(x + 0.5, y);
  context.lineTo(x + 0.5, y + height + 0.5);
  context.lineTo(x + width, y + height + 0.5);
  context.closePath();
  context.stroke();
  label(context, ink);
  context.fillStyle = ink.muted;
  context.textBaseline = 'top';
  for (const share of PERCENTS) {
    context.textAlign = share === 1 ? 'right' : 'center';
    const at = share === 1 ? x + width + 8 : x + share * width;
    context.fillText(`${100 * share} %`, at, y + height + 7);
  }
  const ticks = PERCENTS.map((share) => ({
    y: y + (1 - share) * height,
    label: `${100 * share} %`,
  }));
  paintLeftLabels(context, ticks, x - 6, x - 6, ink);
  const [low, high] = input.thresholds;
  label(context, ink);
  context.fillStyle = ink.muted;
  context.textAlign = 'center';
  context.textBaseline = 'top';
  const [below, above] = [`time below ${low}: shut`, `time above ${high}: wide open`];
  context.fillText(fitted(context, above, width), x + width / 2, y + height + 22);
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  context.fillText(fitted(context, below, width * 0.6), x + 44, y + 6);
}

/** The lower left half of a rectangle. */
function triangle(context: Context, x: number, y: number, width: number, height: number): void {
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(x, y + height);
  context.lineTo(x + width, y + height);
  context.fill();
}

function paintDots(context: Context, layout: GateLayout, dots: GateDots, ink: Ink): void {
  context.fillStyle = dots.colour;
  context.strokeStyle = dots.focus ? ink.surface : dots.colour;
  for (let unit = 0; unit < dots.left.length; unit++) {
    const dot = dotOf(layout, dots, unit);
    if (!dot) continue;
    context.beginPath();
    context.arc(dot.x, dot.y, dots.focus ? RADIUS : RADIUS - 0.5, 0, 2 * Math.PI);
    context.globalAlpha = dots.focus ? 0.6 : 0.9;
    if (dots.focus) context.fill();
    context.lineWidth = dots.focus ? 0.75 : 1.25;
    context.stroke();
  }
  context.globalAlpha = 1;
}

function paintChosen(context: Context, { layout, input, unit }: GateParts, ink: Ink): void {
  const dots = input.dots[input.dots.length - 1];
  const dot = unit === null || !dots ? null : dotOf(layout, dots, unit);
  if (!dot) return;
  context.strokeStyle = ink.accent;
  context.lineWidth = 2;
  context.beginPath();
  context.arc(dot.x, dot.y, RADIUS + 2.5, 0, 2 * Math.PI);
  context.stroke();
}

/** Shut from below, open from above: what is left between is the time in which the gate works. */
function paintBars(context: Context, parts: GateParts, ink: Ink): void {
  const { layout, input, palette, column } = parts;
  const { history } = input;
  const { x, y, width, height } = layout.bars;
  if (!history) return;
  const { shut, open } = gateColours(palette);
  const each = width / history.steps.length;
  const gap = each >= 4 ? 1 : 0;
  context.fillStyle = ink.raised;
  context.fillRect(x, y, width, height);
  history.steps.forEach((_, i) => {
    const left = x + i * each;
    const wide = Math.max(0.5, each - gap);
    const [below, above] = [history.left[i] || 0, history.right[i] || 0];
    context.fillStyle = shut;
    context.fillRect(left, y + (1 - below) * height, wide, below * height);
    context.fillStyle = open;
    context.fillRect(left, y, wide, above * height);
  });
  if (column !== null) paintStep(context, layout, column, each, ink);
  const ticks = [
    { y, label: '100 %' },
    { y: y + height, label: '0 %' },
  ];
  paintLeftLabels(context, ticks, x - 6, x - 6, ink);
  label(context, ink);
  context.textAlign = 'center';
  context.textBaseline = 'top';
  context.fillStyle = ink.muted;
  for (const tick of stepTicks(layout.bars, history.steps, grouped)) {
    const half = context.measureText(tick.label).width / 2;
    context.fillText(tick.label, Math.min(x + width + 8 - half, tick.x), y + height + 8);
  }
  paintLeftLabels(context, [{ y: y + height + 13, label: 'step' }], x - 6, x - 6, ink);
}

function paintStep(
  context: Context,
  { bars }: GateLayout,
  column: number,
  each: number,
  ink: Ink,
): void {
  const left = bars.x + column * each;
  context.strokeStyle = ink.text;
  context.lineWidth = 1;
  if (each >= 5) {
    const [from, to] = [Math.round(left) - 0.5, Math.round(left + each) - 0.5];
    context.strokeRect(from, bars.y - 2.5, to - from, bars.height + 5);
  } else {
    stroke(context, Math.round(left + each / 2) + 0.5, bars.y - 3, 0, bars.height + 6);
  }
  context.fillStyle = ink.accent;
  context.beginPath();
  context.moveTo(left + each / 2, bars.y - 4);
  context.lineTo(left + each / 2 - 4.5, bars.y - 11);
  context.lineTo(left + each / 2 + 4.5, bars.y - 11);
  context.fill();
}
