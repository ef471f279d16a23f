/** Draws the temporal Jacobian. */
import { paintUpward, stroke } from './axis_paint';
import { pixel, type Rgb } from './colour';
import { NAN, RAMP, RAMP_SIZE, type Palette } from './colour_palette';
import type { Surface } from './heatmap_paint';
import { label, type Context, type Ink } from './ink';
import type { JacobianInput, JacobianLayout } from './jacobian';
import type { Columns } from './jacobian_pool';
import { NONFINITE, UNDERFLOWED, UNREACHABLE } from './line_amnesia_input';
import type { Span } from './line_spans';

/** The ramp's colour of a value between the two ends, as its place among the palette's. */
export function rampCode(value: number, [low, high]: Span): number {
  const place = (value - low) / (high - low);
  return RAMP + Math.round(Math.min(1, Math.max(0, place)) * (RAMP_SIZE - 1));
}

export interface Looks {
  readonly palette: Palette;
  readonly ink: Ink;
  /** Device pixels per CSS pixel. */
  readonly ratio: number;
}

/** Fills `[height, columns.width]` device pixels; what is masked stays clear. */
export function fillJacobian(
  out: Uint32Array,
  height: number,
  columns: Columns,
  { levels, decades }: Pick<JacobianInput, 'levels' | 'decades'>,
  looks: Looks,
): void {
  const { rows, width, values, states } = columns;
  const { ratio, palette } = looks;
  const gap = height / rows >= 8 * ratio ? Math.round(ratio) : 0;
  const hatch = hatching(looks);
  const grounds = groundsOf(looks);
  const line = new Uint32Array(width);
  for (let row = 0; row < rows; row++) {
    const hatched: number[] = [];
    for (let x = 0; x < width; x++) {
      const state = states[row * width + x];
      line[x] =
        state === 0
          ? palette.pixels[rampCode(values[row * width + x] - levels[row], decades)]
          : (grounds.get(state) ?? 0);
      if (state === UNDERFLOWED) hatched.push(x);
    }
    const bottom = Math.round(((row + 1) * height) / rows);
    const end = bottom - (row < rows - 1 ? gap : 0);
    for (let y = Math.round((row * height) / rows); y < end; y++) {
      out.set(line, y * width);
      for (const x of hatched) out[y * width + x] = hatch(x, y);
    }
    out.fill(0, end * width, bottom * width);
  }
}

function groundsOf({ palette, ink }: Looks): ReadonlyMap<number, number> {
  return new Map([
    [NONFINITE, palette.pixels[NAN]],
    [UNREACHABLE, pixel(rgbOf(ink.void))],
  ]);
}

/** Diagonal lines, as where the curve underflows. */
function hatching({ ink, ratio }: Looks): (x: number, y: number) => number {
  const [ground, line] = [pixel(rgbOf(ink.surface)), pixel(rgbOf(ink.muted))];
  return (x, y) => (Math.floor((x + y) / ratio) % 5 < 1 ? line : ground);
}

/** Themes write their colours as #rrggbb. */
function rgbOf(colour: string): Rgb {
  const number = Number.parseInt(colour.slice(1), 16);
  return [number >> 16, (number >> 8) & 255, number & 255];
}

export function paintJacobian(
  context: Context,
  input: JacobianInput,
  layout: JacobianLayout,
  columns: (width: number) => Columns,
  surface: Surface,
  palette: Palette,
  ink: Ink,
): void {
  const { left, top, width, height } = layout.plot;
  const ratio = context.getTransform().a || 1;
  const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
  const pixels = surface.pixels(across, down);
  fillJacobian(pixels, down, columns(across), input, { palette, ink, ratio });
  surface.draw(context, { x: left, y: top, width, height });
  paintDiagonal(context, layout, ink);
  paintFrame(context, layout, ink);
  paintAxes(context, layout, ink);
  paintRow(context, input, layout, ink);
}

/** Where input and output are the same timestep: light on what is greatest there, with dark edges. */
function paintDiagonal(
  context: Context,
  { diagonal, plot, rowHeight }: JacobianLayout,
  ink: Ink,
): void {
  const [first, last] = [plot.left + 1.5, plot.left + plot.width - 1.5];
  diagonal.forEach((at, row) => {
    if (Number.isNaN(at)) return;
    const x = Math.min(last, Math.max(first, at));
    const top = plot.top + row * rowHeight;
    context.fillStyle = ink.text;
    context.fillRect(x - 1.5, top, 3, rowHeight);
    context.fillStyle = ink.surface;
    context.fillRect(x - 0.75, top, 1.5, rowHeight);
  });
}

function paintFrame(context: Context, { plot }: JacobianLayout, ink: Ink): void {
  context.strokeStyle = ink.line;
  context.lineWidth = 1;
  context.strokeRect(plot.left - 0.5, plot.top - 0.5, plot.width + 1, plot.height + 1);
}

function paintAxes(context: Context, { plot, xTicks, rowLabels }: JacobianLayout, ink: Ink): void {
  const { left, top, width, height } = plot;
  label(context, ink);
  context.fillStyle = ink.muted;
  context.strokeStyle = ink.line;
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  for (const { y, label } of rowLabels) context.fillText(label, left - 8, y);
  context.textAlign = 'center';
  context.textBaseline = 'alphabetic';
  const bottom = top + height + 16;
  for (const { at, label } of xTicks) {
    stroke(context, Math.round(at) + 0.5, top + height + 0.5, 0, 4);
    context.fillText(label, at, bottom + 1);
  }
  context.fillText('input timestep t', left + width / 2, bottom + 18);
  paintUpward(context, 'output step', 7, { x: left, y: top, width, height }, ink);
}

/** Lines above and below the row looked at, and a pointer at its right end. */
function paintRow(context: Context, input: JacobianInput, layout: JacobianLayout, ink: Ink): void {
  if (input.row === null) return;
  const { plot, rowHeight } = layout;
  const [top, right] = [plot.top + input.row * rowHeight, plot.left + plot.width];
  if (input.picked) {
    for (const [away, colour] of [
      [1.5, ink.surface],
      [0.5, ink.text],
    ] as const) {
      context.strokeStyle = colour;
      context.strokeRect(
        plot.left - away,
        top - away,
        plot.width + 2 * away,
        rowHeight + 2 * away - 1,
      );
    }
  }
  const middle = top + rowHeight / 2;
  context.beginPath();
  context.moveTo(right + 3, middle);
  context.lineTo(right + 10, middle - 4.5);
  context.lineTo(right + 10, middle + 4.5);
  context.closePath();
  context.fillStyle = input.picked ? ink.accent : ink.muted;
  context.fill();
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  context.fillStyle = input.picked ? ink.text : ink.muted;
  context.fillText(input.picked ? 'above' : 'recorded', right + 14, middle);
}
