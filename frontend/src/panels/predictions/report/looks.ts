/** The colours of what the report compares: models in their runs' colours, baselines as rings. */
import type { ForestLook } from '../../../chart/forest';
import { colours } from '../../../ui/theme';
import { shortened } from '../../../ui/name';
import { runColour } from '../../../ui/run_colour';
import { grouped } from '../../../chart/axis';
import type { View } from '../../predictions';
import type { Analysis } from '../analysis';
import type { StrataLooks } from './strata_rows';

/** What is looked at and was analysed. */
export interface Analysed {
  readonly view: View;
  readonly analysis: Analysis;
  /** What tells it from the other: its run, or its step. */
  readonly name: string;
  readonly colour: string;
}

export function analysed(views: readonly View[]): readonly Analysed[] {
  const isOneRun = views.every(({ run }) => run === views[0].run);
  return views.flatMap((view, i) => {
    const analysis = view.table?.analysis;
    if (!analysis) return [];
    const name = isOneRun && views.length > 1 ? `step ${grouped(view.step)}` : view.run.name;
    // Two steps of one run have one colour; the second is told apart by another.
    const colour = isOneRun && i > 0 ? colours.value.note : runColour(view.run.name);
    return [{ view, analysis, name, colour }];
  });
}

export function looksOf(all: readonly Analysed[]): StrataLooks {
  const alone = all.length === 1;
  const looks: ForestLook[] = [];
  const of = all.map(({ name, colour, analysis }) => {
    const whose = alone ? '' : ` of ${shortened(name, 40)}`;
    const model = looks.push({ name: `model${whose}`, colour, hollow: false }) - 1;
    if (!analysis.metrics.baseline) return { model, baseline: null };
    const ring = alone ? colours.value.muted : colour;
    const baseline = looks.push({ name: `baseline${whose}`, colour: ring, hollow: true }) - 1;
    return { model, baseline };
  });
  return { looks, of };
}
