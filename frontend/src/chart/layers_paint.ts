/** Draws the picture of layers over steps; every decision is made before. */
import { grouped } from './axis';
import { paintLeftLabels, stroke } from './axis_paint';
import type { Palette } from './colour_palette';
import { fillHeatmap } from './heatmap';
import type { Rect } from './heatmap_layout';
import type { Surface } from './heatmap_paint';
import { fitted, fittedTail, hatch, label, type Context, type Ink } from './ink';
import { groupsOf, type LayerMap, type LayerRow } from './layers';
import { nameLabels, rowTop, stepTicks, type LayersHit, type LayersLayout } from './layers_layout';

export interface LayersParts {
  readonly layout: LayersLayout;
  readonly layers: LayerMap;
  readonly palette: Palette;
  /** The column of the chosen step, and the chosen row; null: none. */
  readonly column: number | null;
  readonly row: number | null;
}

export function paintLayers(
  context: Context,
  parts: LayersParts,
  surface: Surface,
  ink: Ink,
): void {
  const { layout, layers, palette, row } = parts;
  const { rows, steps } = layers.table;
  const ratio = context.getTransform().a || 1;
  const { map } = layout;
  const size = { width: Math.round(map.width * ratio), height: Math.round(map.height * ratio) };
  context.globalAlpha = 0.45;
  hatch(context, map, ink.muted);
  context.globalAlpha = 1;
  const window = { from: 0, to: steps.length, top: 0, bottom: rows.length };
  const pixels = surface.pixels(size.width, size.height);
  fillHeatmap(pixels, size, layers.map, window, palette.pixels);
  surface.draw(context, map);
  paintSeparators(context, map, rows, ink);
  paintKinds(context, layout, rows, ink);
  paintNames(context, layout, rows, row, ink);
  paintSteps(context, layout, steps, ink);
  if (parts.column !== null) paintColumn(context, map, steps, parts.column, ink);
  if (row !== null) paintRow(context, layout, rows.length, row, ink);
}

/** A line of the ground's colour between layers, and a thinner one between the rows of one. */
export function paintSeparators(
  context: Context,
  map: Rect,
  rows: readonly LayerRow[],
  ink: Ink,
): void {
  const high = map.height / rows.length;
  context.fillStyle = ink.surface;
  for (const { from } of groupsOf(rows).slice(1)) {
    const thick = high >= 8 ? 2 : high >= 3 ? 1 : 0;
    context.fillRect(map.x, rowTop(map, rows.length, from) - thick / 2, map.width, thick);
  }
}

/** A full bar beside a matrix, a thin one beside a vector. */
export function paintKinds(
  context: Context,
  { strip }: Pick<LayersLayout, 'strip'>,
  rows: readonly LayerRow[],
  ink: Ink,
): void {
  const high = strip.height / rows.length;
  const gap = high >= 4 ? 1 : 0;
  rows.forEach(({ kind }, row) => {
    if (kind === 'output') return;
    const width = kind === 'vector' ? 1 : strip.width;
    context.fillStyle = kind === 'vector' ? ink.line : ink.muted;
    const y = rowTop(strip, rows.length, row) + gap;
    context.fillRect(strip.x + strip.width - width, y, width, Math.max(0.5, high - 2 * gap));
  });
}

/** Layers at the left, their weights beside the rows. */
export function paintNames(
  context: Context,
  { names }: Pick<LayersLayout, 'names'>,
  rows: readonly LayerRow[],
  chosen: number | null,
  ink: Ink,
): void {
  const found = nameLabels(
    names,
    groupsOf(rows),
    rows.map(({ label }) => label),
  );
  label(context, ink);
  context.textBaseline = 'middle';
  let widest = 0;
  for (const { y, text, row } of found.rows) {
    const isChosen = row === chosen;
    label(context, ink, 11, isChosen ? 500 : 400);
    context.textAlign = 'right';
    context.fillStyle = isChosen ? ink.accent : ink.muted;
    const shown = fitted(context, text, names.width / 2);
    context.fillText(shown, names.x + names.width, y);
    widest = Math.max(widest, context.measureText(shown).width);
  }
  label(context, ink, 11, 500);
  context.textAlign = 'left';
  context.fillStyle = ink.text;
  for (const { y, text } of found.layers) {
    context.fillText(fittedTail(context, text, names.width - widest - 8), names.x, y);
  }
}

function paintSteps(
  context: Context,
  { axis, map }: LayersLayout,
  steps: readonly number[],
  ink: Ink,
): void {
  label(context, ink);
  context.textAlign = 'center';
  context.textBaseline = 'top';
  context.strokeStyle = ink.line;
  context.lineWidth = 1;
  context.fillStyle = ink.muted;
  for (const { x, label: text } of stepTicks(axis, steps, grouped)) {
    stroke(context, Math.round(x) + 0.5, axis.y, 0, 4);
    const half = context.measureText(text).width / 2;
    context.fillText(text, Math.min(map.x + map.width + 8 - half, x), axis.y + 8);
  }
  paintLeftLabels(context, [{ y: axis.y + 13, label: 'step' }], map.x - 12, map.x - 14, ink);
}

/** The chosen step: lines at both sides of its column, or a single one where it is thin. */
function paintColumn(
  context: Context,
  { x, y, width, height }: Rect,
  steps: readonly number[],
  column: number,
  ink: Ink,
): void {
  const each = width / steps.length;
  const left = x + column * each;
  const [from, to] = each >= 5 ? [left, left + each] : [left + each / 2, left + each / 2];
  for (const [away, colour] of [
    [1.5, ink.surface],
    [0.5, ink.text],
  ] as const) {
    context.strokeStyle = colour;
    context.lineWidth = 1;
    stroke(context, Math.round(from) - away, y - 4, 0, height + 4);
    stroke(context, Math.round(to) + away, y - 4, 0, height + 4);
  }
  const middle = (from + to) / 2;
  context.fillStyle = ink.accent;
  context.beginPath();
  context.moveTo(middle, y - 2);
  context.lineTo(middle - 4.5, y - 9);
  context.lineTo(middle + 4.5, y - 9);
  context.fill();
  label(context, ink, 11, 500);
  context.textBaseline = 'alphabetic';
  const text = `step ${grouped(steps[column])}`;
  const half = context.measureText(text).width / 2;
  const [least, most] = [x + half, x + width - half];
  context.textAlign = 'center';
  context.fillText(text, Math.min(most, Math.max(least, middle)), y - 11);
}

/** The chosen row, and a pointer at its right end. */
function paintRow(
  context: Context,
  { map, strip }: LayersLayout,
  rows: number,
  row: number,
  ink: Ink,
): void {
  const [top, bottom] = [rowTop(map, rows, row), rowTop(map, rows, row + 1)];
  const width = map.x + map.width - strip.x;
  for (const [away, colour] of [
    [1.5, ink.surface],
    [0.5, ink.text],
  ] as const) {
    context.strokeStyle = colour;
    context.lineWidth = 1;
    stroke(context, strip.x, Math.round(top) - away, width, 0);
    stroke(context, strip.x, Math.round(bottom) + away, width, 0);
  }
  const [right, middle] = [map.x + map.width, (top + bottom) / 2];
  context.fillStyle = ink.accent;
  context.beginPath();
  context.moveTo(right + 2, middle);
  context.lineTo(right + 9, middle - 4.5);
  context.lineTo(right + 9, middle + 4.5);
  context.fill();
}

/** What follows the pointer: its column and its row. */
export function paintLayersCross(
  context: Context,
  { map, strip }: LayersLayout,
  rows: number,
  columns: number,
  { row, column }: LayersHit,
  ink: Ink,
): void {
  context.strokeStyle = ink.text;
  context.lineWidth = 1;
  if (column !== null) {
    const each = map.width / columns;
    const left = map.x + column * each;
    context.globalAlpha = 0.8;
    if (each >= 4) context.strokeRect(left - 0.5, map.y - 0.5, each + 1, map.height + 1);
    else stroke(context, Math.round(left + each / 2) + 0.5, map.y, 0, map.height);
    context.globalAlpha = 1;
  }
  if (row === null) return;
  const [top, bottom] = [rowTop(map, rows, row), rowTop(map, rows, row + 1)];
  const width = map.x + map.width - strip.x;
  context.strokeRect(strip.x - 0.5, top - 0.5, width + 1, bottom - top + 1);
}
