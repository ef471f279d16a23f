/** Draws units x value at one step: the heatmap's pixels on the ridgeline's axis. */
import { paintLeftLabels, stroke } from './axis_paint';
import { pixel } from './colour';
import { RAMP, RAMP_SIZE, ZERO, type Palette } from './colour_palette';
import { fillHeatmap, type Heatmap } from './heatmap';
import type { Surface } from './heatmap_paint';
import { rowLabels } from './heatmap_rows';
import type { Context, Ink } from './ink';
import type { ValueLayout } from './ridge_layout';
import { paintBars, paintGround, paintZero } from './ridge_paint';
import type { ValueScale } from './ridge_scale';

export interface UnitsParts {
  readonly layout: ValueLayout;
  readonly map: Heatmap;
  readonly scale: ValueScale;
  /** Diverging: one arm for either side of zero. */
  readonly palette: Palette;
  /** Exact share below zero, by unit. */
  readonly negative: ArrayLike<number>;
  readonly names: readonly string[] | null;
  readonly unit: number | null;
}

export function paintUnits(context: Context, parts: UnitsParts, surface: Surface, ink: Ink): void {
  const { layout, map, scale, palette, negative, names, unit } = parts;
  const { plot } = layout;
  const rows = map.order.length;
  const window = { from: 0, to: map.picture.steps, top: 0, bottom: rows };
  const ratio = context.getTransform().a || 1;
  const size = { width: Math.round(plot.width * ratio), height: Math.round(plot.height * ratio) };
  paintGround(context, layout, scale, palette, ink);
  fillHeatmap(surface.pixels(size.width, size.height), size, map, window, overGround(palette));
  surface.draw(context, plot);
  paintZero(context, layout, scale, ink);
  const labels = rowLabels({ map: plot }, window, map.order, names);
  paintLeftLabels(context, labels, plot.x - 8, plot.x - 10, ink);
  paintLeftLabels(context, [{ y: plot.y - 10, label: 'unit' }], plot.x - 8, plot.x - 10, ink);
  const high = plot.height / rows;
  const bars = Array.from(map.order, (of, row) => ({
    y: plot.y + row * high,
    share: negative[of],
  }));
  const chosen = unit === null ? -1 : Array.prototype.indexOf.call(map.order, unit);
  const thick = Math.max(1, high - (high > 4 ? 1 : 0));
  paintBars(context, layout, bars, thick, chosen < 0 ? null : chosen, palette, ink);
  if (chosen < 0) return;
  context.strokeStyle = ink.accent;
  context.lineWidth = 1.5;
  stroke(context, plot.x - 4, plot.y + chosen * high - 0.75, plot.width + 4, 0);
  stroke(context, plot.x - 4, plot.y + (chosen + 1) * high + 0.75, plot.width + 4, 0);
}

const CENTRE = RAMP + (RAMP_SIZE >> 1);

/** Thin shares let the tinted ground through, and where no value lies it is all there is. */
function overGround({ rgb }: Palette): Uint32Array {
  return Uint32Array.from(rgb, (colour, code) => {
    if (code === ZERO) return 0;
    const reach = Math.abs(code - CENTRE) / (RAMP_SIZE >> 1);
    return pixel(colour, code < RAMP ? 255 : Math.round(255 * Math.min(1, 0.1 + 2.5 * reach)));
  });
}
