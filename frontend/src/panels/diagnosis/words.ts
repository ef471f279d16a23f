/** Numbers and places of a diagnosis in words. */
import { grouped, percentLabel, valueLabel } from '../../chart/axis';
import type { Diagnosis, Evidence, Finding, Fix } from './answer';

/** "0.97 (threshold 0.5)". Shares between 0 and 1 stay as they were measured. */
export function valueWords({ value, threshold, unit }: Evidence): string {
  const said = value === null ? 'not a number' : withUnit(value, unit);
  return threshold === null ? said : `${said}, threshold ${withUnit(threshold, unit)}`;
}

function withUnit(value: number, unit: string): string {
  if (unit === 'share') return percentLabel(value);
  if (unit === 'x') return `${valueLabel(value, 3)}×`;
  if (unit === 'log10') return `${valueLabel(value, 3)} decades`;
  return unit === '' ? valueLabel(value, 3) : `${valueLabel(value, 3)} ${unit}`;
}

/** "since step 120"; empty where that can't be told. */
export function sinceWords({ firstStep }: Pick<Finding, 'firstStep'>): string {
  return firstStep === null ? '' : `since step ${grouped(firstStep)}`;
}

/** "activation = leaky_relu"; null where there is no argument to change. */
export function changeWords({ argument, value }: Fix): string | null {
  if (argument === null) return value;
  return value === null ? argument : `${argument} = ${value}`;
}

/** The sample and the source of a threshold, for those who want to check. */
export function sourceWords({ n, source }: Evidence): string {
  return [n === null ? '' : `n = ${grouped(n)}`, source].filter(Boolean).join(' · ');
}

/** A sentence from a rule that begins in the middle of one. */
export function sentence(text: string): string {
  const trimmed = text.trim();
  if (trimmed === '') return '';
  const begun = trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.!?:]$/.test(begun) ? begun : `${begun}.`;
}

/** "31 rules applied, 3 not applicable": a rule that could not judge one layer counts once. */
export function appliedWords({ applied, notApplicable }: Diagnosis): string {
  const rules = new Set(notApplicable.map(({ rule }) => rule)).size;
  return `${applied} rules applied, ${rules} not applicable`;
}
