/** The legend of the temporal Jacobian's colours, in decades. */
import { css } from './colour';
import { RAMP, RAMP_SIZE, type Palette } from './colour_palette';
import { label, type Context, type Ink } from './ink';
import type { Span } from './line_spans';
import { linearScale } from './scale';
import { decade, decadeTicks } from './ticks';

const MARGIN = 14;
const HEIGHT = 10;

export function paintDecadeBar(
  context: Context,
  width: number,
  palette: Palette,
  [low, high]: Span,
  ink: Ink,
): void {
  const length = width - 2 * MARGIN;
  for (let x = 0; x < length; x++) {
    context.fillStyle = css(palette.rgb[RAMP + Math.round((x / (length - 1)) * (RAMP_SIZE - 1))]);
    context.fillRect(MARGIN + x, 2, 1.5, HEIGHT);
  }
  context.strokeStyle = ink.line;
  context.strokeRect(MARGIN - 0.5, 1.5, length + 1, HEIGHT + 1);
  label(context, ink);
  context.fillStyle = ink.muted;
  context.textAlign = 'center';
  context.textBaseline = 'top';
  const scale = linearScale(low, high, MARGIN, MARGIN + length);
  for (const tick of decadeTicks(low, high, length / 44)) {
    context.fillText(decade(tick), scale.forward(tick), HEIGHT + 6);
  }
}

/** So many colours of the ramp, from its lower end up, as CSS. */
export function rampColours(palette: Palette, count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) =>
    css(palette.rgb[RAMP + Math.round((i / (count - 1)) * (RAMP_SIZE - 1))]),
  );
}
