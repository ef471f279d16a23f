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
  const [first, last] = [Math.floor(window.top), Math.min(order.length, Math.ceil(window.bottom))];
  const picked =
    rows <= most
      ? Array.from({ length: last - first }, (_, i) => first + i)
      : integerTicks(first, last, most / 2).map(({ value }) => value);
  return picked
    .filter((row) => row >= 0 && row < order.length)
    .map((row) => ({ y: centre(row), label: names?.[order[row]] ?? String(order[row]) }))
    .filter(({ y }) => y >= layout.map.y + 4 && y <= layout.map.y + layout.map.height - 4);
}
