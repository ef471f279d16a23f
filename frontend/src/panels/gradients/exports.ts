/** The gradients panel as a picture, a table of its cells, and data. */
import { composed } from '../../figures/compose';
import type { Exports } from '../../ui/panel';
import { MEASURES, planeRow, readings, tableOf, type Measure } from './data';
import type { Answers, Shown } from './questions';

export function gradientExports(
  { histories, shown }: Answers,
  measure: Measure,
  canvases: readonly (HTMLCanvasElement | null)[],
  headline: string | null,
): Exports {
  const steps = shown.map(({ run, step }) => `${run.name}, step ${step}`);
  return {
    png: () =>
      composed(
        `Gradients and weights: ${headline ?? ''}`,
        [...histories.map(({ run }) => run.name), steps.join('; ')],
        canvases.slice(0, histories.length + 1),
      ),
    csv: () => ({ columns: COLUMNS, rows: histories.flatMap((one) => cells(one, measure)) }),
    json: () => ({ headline, measure, runs: shown.map(record) }),
  };
}

const COLUMNS = ['run', 'layer', 'name', 'step', 'measure', 'value', 'nonfinite'];

function cells(
  { run, net, series }: Answers['histories'][number],
  measure: Measure,
): readonly (readonly (string | number | null)[])[] {
  const table = net && series && tableOf(net, series, measure);
  if (!table) return [];
  return table.rows.flatMap(({ layer, name }, row) =>
    table.steps.map((step, column) => {
      const cell = row * table.steps.length + column;
      const value = table.values[cell];
      return [
        run.name,
        layer,
        name,
        step,
        measure,
        Number.isNaN(value) ? null : value,
        table.broken[cell],
      ];
    }),
  );
}

/** Everything of one run at the step; sizes of the parts included. */
function record({ run, step, frame, net }: Shown): unknown {
  if (!frame || !net) return { run: run.name, step };
  const measures = MEASURES.map((measure) => [measure, readings(net, frame, measure)] as const);
  const first = planeRow(frame, 'history', 'first_nonfinite_step');
  return {
    run: run.name,
    step,
    source: net.source,
    parameters: net.parameters.map(({ name, layer, shape }, i) => ({
      name,
      layer,
      shape,
      first_nonfinite_step: first[i] ?? null,
      ...valuesOf(measures, name, 'parameters'),
    })),
    outputs: net.outputs.map(({ name }) => ({ name, ...valuesOf(measures, name, 'outputs') })),
  };
}

function valuesOf(
  measures: readonly (readonly [Measure, ReturnType<typeof readings>])[],
  name: string,
  of: 'parameters' | 'outputs',
): Record<string, number | null> {
  return Object.fromEntries(
    measures
      .filter(([measure]) => (measure === 'output') === (of === 'outputs'))
      .map(([measure, found]) => [measure, found.get(name)?.value ?? null]),
  );
}
