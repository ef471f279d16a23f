/** The scatter of predictions at its largest: what the panel computes and draws for a frame. */
import { scatterLayout, type ScatterWindow } from '../../frontend/src/chart/scatter';
import { restColour } from '../../frontend/src/chart/scatter_colour';
import { newMemory, paintScatter } from '../../frontend/src/chart/scatter_paint';
import { newSurface } from '../../frontend/src/figures/surface';
import { acrossAxis, modelAxis } from '../../frontend/src/panels/predictions/axes';
import { colouring } from '../../frontend/src/panels/predictions/colouring';
import { rowMetrics } from '../../frontend/src/panels/predictions/row_metrics';
import { selectedRows } from '../../frontend/src/panels/predictions/selected_rows';
import type { Table } from '../../frontend/src/panels/predictions/table';
import { context, INK, noise, TIMESTEPS, type Paint, type Prepare } from './page';

const SIDE = 632;
const ROWS_PER_USER = 5;

/** Labels that both models know something of; each user's rows have one baseline. */
function tableOf(rows: number): Table {
  const users = rows / ROWS_PER_USER;
  const [one, other, third] = [noise(rows, 1), noise(rows, 2), noise(users, 3)];
  const chance = (logit: number): number => 1 / (1 + Math.exp(-logit));
  const risk = (row: number): number => 6 * third[Math.floor(row / ROWS_PER_USER)] - 3;
  const of = (make: (row: number) => number): Float32Array =>
    Float32Array.from({ length: rows }, (_, row) => make(row));
  return {
    ...{ step: 1, task: 'binary', rows, classes: null, time: null, columns: [], kept: null },
    label: of((row) => Number(one[row] < chance(risk(row)))),
    model: { prediction: of((row) => chance(risk(row) + 4 * other[row] - 2)), probability: null },
    baseline: { prediction: of((row) => chance(0.6 * risk(row))), probability: null },
    group: {
      name: 'user',
      values: Uint32Array.from({ length: rows }, (_, row) => Math.floor(row / ROWS_PER_USER)),
      names: Array.from({ length: users }, String),
    },
    ...{ analysis: null, damage: [] },
  } as Table;
}

/** From the columns of a table to the picture of a window of its baseline. */
export function scatterOf(rows: number): Prepare {
  const table = tableOf(rows);
  return () => {
    // A copy, so that nothing is known of it yet.
    const draw = drawing({ ...table });
    return (from, to) => draw(part(draw.whole, from, to), null);
  };
}

/** The picture of a selection: the rows of a range of the baseline. */
export function brushOf(rows: number): Prepare {
  const draw = drawing(tableOf(rows));
  return () => (from, to) => draw(draw.whole, part(draw.whole, from, to));
}

/** The metrics of such a selection, which follow its picture. */
export function metricsOf(rows: number): Prepare {
  const table = tableOf(rows);
  const { x, y, codes } = axesOf(table);
  const [left, right] = x.whole;
  const [bottom, top] = y.whole;
  return () => (from, to) => {
    const brush = part({ left, right, bottom, top }, from, to);
    rowMetrics(table, selectedRows(x, y, { brush, category: null, codes, condition: null }));
  };
}

type Draw = ((window: ScatterWindow, brush: ScatterWindow | null) => void) & {
  readonly whole: ScatterWindow;
};

function axesOf(table: Table) {
  const x = acrossAxis(table, 'baseline', 'logit');
  return { x, y: modelAxis(table, 'logit'), ...colouring(table, 'label', 'light') };
}

function drawing(table: Table): Draw {
  const { x, y, codes, rgb, entries } = axesOf(table);
  const categories = entries && entries.length;
  const layout = scatterLayout(SIDE);
  const memory = newMemory(newSurface());
  const grey = restColour('light');
  const draw = (window: ScatterWindow, brush: ScatterWindow | null): void => {
    const selecting = { brush, category: null, codes, condition: null };
    const mask = brush && selectedRows(x, y, selecting);
    const points = { x: x.at, y: y.at, codes, rgb, categories, mask, grey };
    const nothing = { lines: null, row: null, hovered: null };
    context.clearRect(0, 0, SIDE, layout.height);
    const parts = { layout, x, y, window, points, diagonal: true, brush, ...nothing };
    paintScatter(context, parts, memory, INK);
  };
  const [left, right] = x.whole;
  const [bottom, top] = y.whole;
  return Object.assign(draw, { whole: { left, right, bottom, top } });
}

/** The timesteps `[from, to)` of the other charts stand for shares of the x axis. */
function part(whole: ScatterWindow, from: number, to: number): ScatterWindow {
  const width = whole.right - whole.left;
  const at = (timestep: number): number => whole.left + (timestep / TIMESTEPS) * width;
  return { ...whole, left: at(from), right: at(to) };
}
