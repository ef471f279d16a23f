/** The units of what is shown, as a table for CSV and as data for JSON. */
import type { Table } from '../ui/panel';
import type { Shown } from './activation_exports';

const MEASURES = [
  'count',
  'nan',
  'negative_infinity',
  'positive_infinity',
  'zero',
  'negative',
  'min',
  'max',
  'mean',
  'variance',
  'constant',
] as const;

const PAST = [
  ['steps', 'steps'],
  ['steps_dead', 'stepsDead'],
  ['first_dead_step', 'firstDead'],
  ['last_dead_step', 'lastDead'],
  ['revived', 'revived'],
  ['min_ever', 'min'],
  ['max_ever', 'max'],
] as const;

export function unitTable(shown: readonly Shown[]): Table {
  // Logs without a recorder's memory have no columns for it.
  const past = shown.some(({ frame }) => frame.history) ? PAST.map(([name]) => name) : [];
  const clones = shown.some((one) => one.clones) ? ['clone_of'] : [];
  return {
    columns: ['run', 'layer', 'step', 'unit', 'name', 'health', ...MEASURES, ...past, ...clones],
    rows: shown.flatMap((one) =>
      Array.from({ length: one.frame.units }, (_, unit) => {
        const { name, health, ...numbers } = unitRecord(one, unit);
        const measures = [...MEASURES, ...past, ...clones].map((key) => numbers[key] ?? null);
        return [one.run, one.layer, one.frame.step, unit, name, health, ...measures];
      }),
    ),
  };
}

export function unitData(shown: readonly Shown[]): unknown {
  return shown.map((one) => ({
    run: one.run,
    layer: one.layer,
    step: one.frame.step,
    axis: one.frame.axis,
    units: Array.from({ length: one.frame.units }, (_, unit) => ({
      unit,
      ...unitRecord(one, unit),
    })),
  }));
}

interface UnitRecord {
  readonly name: string | null;
  readonly health: string;
  readonly [measure: string]: number | string | null;
}

function unitRecord({ frame, clones }: Shown, unit: number): UnitRecord {
  const { history } = frame;
  const measures = MEASURES.map((name) => [name, frame.measures.get(name)[unit] ?? null] as const);
  const past = history ? PAST.map(([name, key]) => [name, history[key][unit]] as const) : [];
  const clone = clones ? [['clone_of', clones.of[unit]] as const] : [];
  return {
    name: frame.names?.[unit] ?? null,
    health: frame.health[unit],
    ...Object.fromEntries([...measures, ...past, ...clone]),
  };
}
