/** The statistics of one unit in words; what the tooltip, the detail and the CSV say. */
import { grouped, percentLabel, valueLabel } from '../chart/axis';
import {
  healthCounts,
  healthTitle,
  type Axis,
  type UnitHealth,
  type UnitMeasures,
} from '../chart/heatmap_health';
import { clonesTitle, cloneWords, type Clones } from '../chart/unit_clones';
import { historyWords, type UnitHistory } from '../chart/unit_history';

/** Name and text of each fact worth showing. */
export type Fact = readonly [name: string, text: string];

const HEALTH_WORDS: Readonly<Record<UnitHealth, string>> = {
  nonfinite: 'has NaN or infinity',
  dead: 'dead',
  constant: 'constant',
  active: 'active',
};

/** "12 of 32 units dead, 20 active; 2 units are clones of another". */
export function stepHeadline(
  { health, axis }: { readonly health: readonly UnitHealth[]; readonly axis: Axis },
  clones: Clones | null,
): string {
  const title = healthTitle(healthCounts(health), axis);
  return clones ? `${title}; ${clonesTitle(clones)}` : title;
}

/** Everything known of a unit. */
export function unitFacts(measures: UnitMeasures, unit: number, health: UnitHealth): Fact[] {
  const at = (measure: string): number => measures.get(measure)[unit] ?? NaN;
  const count = at('count');
  const constant = at('constant');
  return [
    ['state', healthWords(health, count)],
    ['mean', valueLabel(at('mean'))],
    ['sd', valueLabel(Math.sqrt(at('variance')))],
    ['min', valueLabel(at('min'))],
    ['max', valueLabel(at('max'))],
    ['zero', percentLabel(at('zero') / count)],
    ['negative', percentLabel(at('negative') / count)],
    ['constant in', Number.isNaN(constant) ? 'no data' : `${percentLabel(constant)} of examples`],
    ['cells', grouped(count)],
    ...brokenFacts(at),
  ];
}

/** The few that fit beside a pointer. */
export function unitSummary(measures: UnitMeasures, unit: number, health: UnitHealth): Fact[] {
  const wanted = new Set(['state', 'mean', 'sd', 'zero']);
  return unitFacts(measures, unit, health).filter(([name]) => wanted.has(name));
}

/** Who it is a clone of, and when it was dead; nothing where neither is known. */
export function lifeFacts(
  history: UnitHistory | null,
  clones: Clones | null,
  unit: number,
): readonly Fact[] {
  const clone = clones && cloneWords(clones, unit);
  const past = history && historyWords(history, unit);
  const kind = clones?.of[unit] === unit ? 'clones' : 'clone';
  return [
    ...(clone ? [[kind, clone] as const] : []),
    ...(past ? [['history', past] as const] : []),
  ];
}

/** A dead unit was only never seen active: the rule of three bounds how often it could be. */
function healthWords(health: UnitHealth, count: number): string {
  if (health !== 'dead') return HEALTH_WORDS[health];
  return `dead (active in at most ${percentLabel(Math.min(1, 3 / count))} of cells, 95 % sure)`;
}

function brokenFacts(at: (measure: string) => number): Fact[] {
  const measures = [
    ['NaN', 'nan'],
    ['−∞', 'negative_infinity'],
    ['+∞', 'positive_infinity'],
  ] as const;
  return measures
    .filter(([, measure]) => at(measure) > 0)
    .map(([name, measure]) => [name, `${grouped(at(measure))} cells`]);
}
