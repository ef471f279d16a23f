/** Units over the training as a picture, a table, and data. */
import type { UnitSteps } from '../chart/unit_steps';
import { ACTIVE, CONSTANT, DEAD, ON_AND_OFF, UNKNOWN } from '../chart/unit_steps';
import type { Exports } from '../ui/panel';
import type { Shown } from './activation_parts';
import { composed } from './compose';

const STATES: Readonly<Record<number, string>> = {
  [UNKNOWN]: 'unknown',
  [DEAD]: 'dead',
  [CONSTANT]: 'constant',
  [ON_AND_OFF]: 'dead at times',
};

export function trainingExports(
  views: readonly Shown[],
  courses: readonly (UnitSteps | null)[],
  canvases: readonly (HTMLCanvasElement | null)[],
  headline: string,
): Exports {
  return {
    png: () =>
      composed(
        `${views[0].target.record.name}: ${headline}`,
        views.map(({ target }) => `${target.run.name}, over training`),
        canvases.slice(0, views.length),
      ),
    csv: () => ({
      columns: ['run', 'layer', 'unit', 'step', 'state', 'zero_fraction', 'min', 'max'],
      rows: views.flatMap(({ target: { run, record } }, i) =>
        cells(courses[i]).map((cell) => [
          ...[run.name, record.name, cell.unit, cell.step, cell.state],
          ...[cell.zero_fraction, cell.min, cell.max],
        ]),
      ),
    }),
    json: () =>
      views.map(({ target: { run, record }, frame }, i) => ({
        run: run.name,
        layer: record.name,
        history: frame?.history ?? null,
        units: cells(courses[i]),
      })),
  };
}

interface Cell {
  readonly unit: number;
  readonly step: number;
  readonly state: string;
  readonly zero_fraction: number | null;
  readonly min: number | null;
  readonly max: number | null;
}

function cells(course: UnitSteps | null): readonly Cell[] {
  if (!course) return [];
  const { units, steps, codes, measured } = course;
  return Array.from({ length: units * steps.length }, (_, at) => {
    const [unit, column] = [Math.floor(at / steps.length), at % steps.length];
    const value = (of: ArrayLike<number> | undefined): number | null =>
      of?.[column * (measured?.width ?? 0) + unit] ?? null;
    const code = codes[at];
    return {
      ...{ unit, step: steps[column], state: code >= ACTIVE ? 'active' : STATES[code] },
      ...{ zero_fraction: value(measured?.zero), min: value(measured?.min) },
      max: value(measured?.max),
    };
  });
}
