/** The legend's colour bar: the ramp with its limits, and pointed ends where values are clipped. */
import { css } from './colour';
import { OVER, RAMP, RAMP_SIZE, UNDER, type Palette } from './colour_palette';
import type { ColourScale } from './colour_scale';
import { valueLabel, type Tick } from './axis';
import { label, type Context, type Ink } from './ink';

/** CSS pixels of the pointed ends. */
const POINT = 8;
const HEIGHT = 10;

/** The limits and the middle, as places 0..1 along the ramp. */
export function barTicks({ kind, limit }: ColourScale): Tick[] {
  const values = kind === 'diverging' ? [-limit, 0, limit] : [0, limit / 2, limit];
  return values.map((value, i) => ({ value: i / 2, label: valueLabel(value, 2) }));
}

export function paintColourBar(
  context: Context,
  width: number,
  palette: Palette,
  scale: ColourScale,
  clipped: { readonly under: boolean; readonly over: boolean },
  ink: Ink,
): void {
  const left = 14 + POINT;
  const length = width - 2 * left;
  for (let x = 0; x < length; x++) {
    context.fillStyle = css(palette.rgb[RAMP + Math.round((x / (length - 1)) * (RAMP_SIZE - 1))]);
    context.fillRect(left + x, 2, 1.5, HEIGHT);
  }
  if (clipped.under) point(context, left, -1, css(palette.rgb[UNDER]));
  if (clipped.over) point(context, left + length, 1, css(palette.rgb[OVER]));
  context.strokeStyle = ink.line;
  context.strokeRect(left - 0.5, 1.5, length + 1, HEIGHT + 1);
  label(context, ink);
  context.fillStyle = ink.muted;
  context.textAlign = 'center';
  context.textBaseline = 'top';
  for (const tick of barTicks(scale)) {
    context.fillText(tick.label, left + tick.value * length, HEIGHT + 6);
  }
}

function point(context: Context, x: number, way: 1 | -1, colour: string): void {
  context.fillStyle = colour;
  context.beginPath();
  context.moveTo(x + way, 2);
  context.lineTo(x + way * (POINT + 1), 2 + HEIGHT / 2);
  context.lineTo(x + way, 2 + HEIGHT);
  context.fill();
}
