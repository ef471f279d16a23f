/** The colour bar of a scale of decades: whole powers of ten, pointed ends where values lie beyond. */
import { css } from './colour';
import { OVER, RAMP, RAMP_SIZE, UNDER, type Palette } from './colour_palette';
import { label, type Context, type Ink } from './ink';
import type { DecadeScale } from './layers_scale';
import { decade, decadeTicks } from './ticks';

const POINT = 8;
const HEIGHT = 10;
export const BAR_HEIGHT = 30;

/** Powers of ten as places 0..1 along the bar. */
export function decadePlaces(
  { low, high }: DecadeScale,
  most: number,
): readonly { readonly share: number; readonly label: string }[] {
  return decadeTicks(low, high, most).map((exponent) => ({
    share: (exponent - low) / (high - low),
    label: decade(exponent),
  }));
}

export function paintDecadeBar(
  context: Context,
  width: number,
  palette: Palette,
  scale: DecadeScale,
  beyond: { readonly under: boolean; readonly over: boolean },
  ink: Ink,
): void {
  const left = 14 + POINT;
  const length = width - 2 * left;
  for (let x = 0; x < length; x++) {
    context.fillStyle = css(palette.rgb[RAMP + Math.round((x / (length - 1)) * (RAMP_SIZE - 1))]);
    context.fillRect(left + x, 2, 1.5, HEIGHT);
  }
  if (beyond.under) paintEnd(context, left, -1, css(palette.rgb[UNDER]));
  if (beyond.over) paintEnd(context, left + length, 1, css(palette.rgb[OVER]));
  context.strokeStyle = ink.line;
  context.strokeRect(left - 0.5, 1.5, length + 1, HEIGHT + 1);
  label(context, ink);
  context.textAlign = 'center';
  context.textBaseline = 'top';
  for (const { share, label: text } of decadePlaces(scale, length / 30)) {
    context.fillStyle = ink.line;
    context.fillRect(Math.round(left + share * length) - 0.5, HEIGHT + 2, 1, 3);
    context.fillStyle = ink.muted;
    context.fillText(text, left + share * length, HEIGHT + 7);
  }
}

function paintEnd(context: Context, x: number, way: 1 | -1, colour: string): void {
  context.fillStyle = colour;
  context.beginPath();
  context.moveTo(x + way, 2);
  context.lineTo(x + way * (POINT + 1), 2 + HEIGHT / 2);
  context.lineTo(x + way, 2 + HEIGHT);
  context.fill();
}
