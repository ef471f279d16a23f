/** What the predictions panel saves. */
import { grouped } from '../../chart/axis';
import { composed } from '../../figures/compose';
import type { Exports, Table as Rows } from '../../ui/panel';
import type { View } from '../predictions';
import { reportPictures } from './report/pictures';
import { lossesOf } from './losses';
import { MISSING, type Column, type Table } from './table';

export function predictionExports(
  views: readonly View[],
  canvases: readonly (HTMLCanvasElement | null)[],
): Exports {
  const [first] = views;
  const table = first?.table ?? null;
  return {
    png: () =>
      composed(
        `Predictions: ${first?.record.name ?? ''}`,
        [
          ...views.map(({ run, step }) => `${run.name}, step ${grouped(step)}`),
          ...reportPictures().map(({ caption }) => caption),
        ],
        [...canvases.slice(0, views.length), ...reportPictures().map(({ canvas }) => canvas)],
      ),
    csv: () => (table ? rowsOf(table) : { columns: [], rows: [] }),
    json: () =>
      views.map(({ run, record, step, table: one }) => ({
        ...{ run: run.name, name: record.name, step },
        analysis: one?.analysis ?? null,
      })),
  };
}

/** Every row, whatever is selected. */
export function rowsOf(table: Table): Rows {
  const { label, model, baseline, group, time, columns } = table;
  const { gain } = lossesOf(table);
  const cells: readonly (readonly [string, (row: number) => string | number | null])[] = [
    ['row', (row) => row],
    ...(group ? [[group.name, cellOf(group)] as const] : []),
    ...(time ? [['time', numberOf(time)] as const] : []),
    ['label', numberOf(label)],
    ['prediction', numberOf(model.prediction)],
    ...(model.probability ? [['probability_of_label', numberOf(model.probability)] as const] : []),
    ...(baseline
      ? ([
          ['baseline', numberOf(baseline.prediction)],
          ...(baseline.probability
            ? [['baseline_probability_of_label', numberOf(baseline.probability)] as const]
            : []),
          ['gain', numberOf(gain)],
        ] as const)
      : []),
    ...columns.map((column) => [column.name, cellOf(column)] as const),
  ];
  return { columns: cells.map(([name]) => name), rows: lines(table.rows, cells) };
}

/** One by one: all at once are millions of cells. */
function* lines(
  rows: number,
  cells: readonly (readonly [string, (row: number) => string | number | null])[],
): Generator<(string | number | null)[]> {
  for (let row = 0; row < rows; row++) yield cells.map(([, cell]) => cell(row));
}

function numberOf(values: ArrayLike<number>): (row: number) => number | null {
  return (row) => (Number.isNaN(values[row]) ? null : values[row]);
}

function cellOf({ values, names }: Column): (row: number) => string | number | null {
  if (!names) return numberOf(values);
  return (row) => (values[row] === MISSING ? null : (names[values[row]] ?? null));
}
