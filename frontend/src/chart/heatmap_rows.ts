/** Labels of the rows: unit names where they fit, otherwise unit numbers at round distances. */
import { integerTicks } from './axis';
import { yOf, type FigureLayout } from './heatmap_layout';
import type { Window } from './heatmap_window';

export interface RowLabel {
  readonly y: number;
  readonly label: string;
}

/** A label needs this many pixels. */
const NEEDED = 13;

export function rowLabels(
  layout: Pick<FigureLayout, 'map'>,
  window: Window,
  order: ArrayLike<number>,
  names: readonly string[] | null,
): RowLabel[] {
  const rows = window.bottom - window.top;
  const most = Math.max(1, Math.floor(layout.map.height / NEEDED));
  const centre = (row: number): number =>
    (yOf(layout, window, row) + yOf(layout, window, row + 1)) / 2;
  const ticks = rows <= most ? integerTicks(0, order.length, 1e9) : [];
  const picked = ticks.length ? ticks : integerTicks(window.top, window.bottom, most / 2);
  return picked
    .map(({ value }) => value)
    .filter((row) => row >= 0 && row < order.length)
    .map((row) => ({ y: centre(row), label: names?.[order[row]] ?? String(order[row]) }))
    .filter(({ y }) => y >= layout.map.y + 4 && y <= layout.map.y + layout.map.height - 4);
}
