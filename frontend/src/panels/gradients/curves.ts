/** The curves over depth: every run at the step, and earlier steps of the first. */
import type { DepthCurve } from '../../chart/depth';
import { cellOf, type LayerRow, type LayerTable } from '../../chart/layers';
import type { Frame } from '../../answers';
import { readings, type Measure, type Net } from './data';

/** Steps before the chosen one that are shown faintly. */
const EARLIER = 6;

export interface CurveOf {
  readonly run: string;
  readonly colour: string;
  readonly frame: Frame;
  readonly net: Net;
  readonly focus: boolean;
  readonly dashed: boolean;
}

/**
 * What was read, for each name. Frameworks count on from run to run ("lstm", then "lstm_1"): names
 * that differ in such a number alone are the same where no other could be meant.
 */
export function matched<T>(
  names: readonly string[],
  found: ReadonlyMap<string, T>,
): readonly (T | undefined)[] {
  const ours = countBy(names.map(withoutNumbers));
  const theirs = countBy([...found.keys()].map(withoutNumbers));
  const byPlain = new Map([...found].map(([name, value]) => [withoutNumbers(name), value]));
  return names.map((name) => {
    if (found.has(name)) return found.get(name);
    const plain = withoutNumbers(name);
    return ours.get(plain) === 1 && theirs.get(plain) === 1 ? byPlain.get(plain) : undefined;
  });
}

/** "both/lstm_1/kernel" becomes "both/lstm/kernel". */
function withoutNumbers(name: string): string {
  return name.replace(/_\d+(?=\/|$)/g, '');
}

function countBy(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

/** One run's step on the rows of the figure; what the run does not have is not measured. */
export function curveOf(rows: readonly LayerRow[], of: CurveOf, measure: Measure): DepthCurve {
  const found = matched(
    rows.map(({ name }) => name),
    readings(of.net, of.frame, measure),
  );
  return {
    run: of.run,
    step: of.frame.step,
    colour: of.colour,
    values: Float64Array.from(found, (reading) => reading?.value ?? NaN),
    broken: Float64Array.from(found, (reading) => reading?.broken ?? 0),
    age: null,
    focus: of.focus,
    dashed: of.dashed,
  };
}

/** Steps before `column`, evenly spread and the first among them; none where runs are overlaid. */
export function earlierCurves(
  table: LayerTable,
  column: number,
  run: string,
  colour: string,
): readonly DepthCurve[] {
  const count = Math.min(EARLIER, column);
  return Array.from({ length: count }, (_, i) => {
    const at = Math.round((i * column) / count);
    const cells = table.rows.map((_, row) => cellOf(table, row, at));
    return {
      run,
      step: table.steps[at],
      colour,
      values: Float64Array.from(cells, (cell) => table.values[cell]),
      broken: Float64Array.from(cells, (cell) => table.broken[cell]),
      age: (i + 1) / (count + 1),
      focus: true,
      dashed: false,
    };
  });
}

/** How many of the curves share no row with the figure. */
export function strangers(curves: readonly DepthCurve[]): number {
  return curves.filter(({ values, broken }) =>
    values.every((value, row) => Number.isNaN(value) && broken[row] === 0),
  ).length;
}
