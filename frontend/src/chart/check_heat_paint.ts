/** Draws a grid of values with its axes. */
import { paintBottomAxis, paintLeftLabels, paintUpward } from './axis_paint';
import { fillHeat, type HeatHit, type HeatInput, type HeatLayout } from './check_heat';
import type { Palette } from './colour_palette';
import type { ColourScale } from './colour_scale';
import type { Surface } from './heatmap_paint';
import { fitted, hatch, label, type Context, type Ink } from './ink';

export interface HeatParts {
  readonly input: HeatInput;
  readonly layout: HeatLayout;
  readonly scale: ColourScale;
  readonly palette: Palette;
  readonly hit: HeatHit | null;
}

export function paintHeat(context: Context, parts: HeatParts, surface: Surface, ink: Ink): void {
  const { input, layout, scale, palette, hit } = parts;
  const { plot, x, y } = layout;
  const ratio = context.getTransform().a || 1;
  const size = {
    width: Math.min(Math.round(plot.width * ratio), 2048),
    height: Math.round(plot.height * ratio),
  };
  hatch(context, plot, ink.line);
  fillHeat(surface.pixels(size.width, size.height), size, input, scale, palette.pixels);
  surface.draw(context, plot);
  context.strokeStyle = ink.line;
  context.lineWidth = 1;
  context.strokeRect(plot.x - 0.5, plot.y - 0.5, plot.width + 1, plot.height + 1);
  paintBottomAxis(
    context,
    { ...plot, y: plot.y + plot.height },
    x.ticks,
    (value) => x.scale.forward(value),
    ink,
  );
  const ticks = y.ticks.map(({ value, label: words }) => ({
    y: y.scale.forward(value),
    label: words,
  }));
  paintLeftLabels(context, ticks, plot.x - 6, plot.x - 20, ink);
  paintUpward(context, input.yLabel, 7, plot, ink);
  label(context, ink);
  context.textAlign = 'center';
  context.textBaseline = 'top';
  context.fillStyle = ink.muted;
  const words = fitted(context, input.xLabel, plot.width);
  context.fillText(words, plot.x + plot.width / 2, plot.y + plot.height + 25);
  if (hit) paintCell(context, hit, layout, ink);
}

function paintCell(context: Context, hit: HeatHit, { x, y }: HeatLayout, ink: Ink): void {
  const [left, right] = hit.x.map(x.scale.forward);
  const [bottom, top] = hit.y.map(y.scale.forward);
  context.strokeStyle = ink.text;
  context.lineWidth = 1;
  context.strokeRect(
    left - 0.5,
    top - 0.5,
    Math.max(2, right - left) + 1,
    Math.max(2, bottom - top) + 1,
  );
}
