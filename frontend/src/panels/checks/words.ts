/** Numbers, times and steps of a check in words. */
import { grouped, valueLabel } from '../../chart/axis';
import type { CheckNumber } from './answer';

/** "0.93", "1,250 steps", "12.3 %"; what was not measured is n/a. */
export function numberWords({ value, unit }: Pick<CheckNumber, 'value' | 'unit'>): string {
  const said = plain(value);
  return unit === '' || Number.isNaN(value) ? said : `${said} ${unit}`;
}

/** "0.90 to 0.95"; null where there is no interval. */
export function intervalWords({ low, high }: Pick<CheckNumber, 'low' | 'high'>): string | null {
  if (Number.isNaN(low) && Number.isNaN(high)) return null;
  return `${plain(low)} to ${plain(high)}`;
}

function plain(value: number): string {
  if (Number.isNaN(value)) return 'n/a';
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return grouped(value).replace('-', '−');
  return valueLabel(value, 3);
}

/** "21 Nov, 17:05" in the reader's own time zone; empty where it is not known. */
export function whenWords(seconds: number, now: number): string {
  if (!Number.isFinite(seconds) || seconds <= 0) return '';
  const at = new Date(seconds * 1000);
  const clock = `${two(at.getHours())}:${two(at.getMinutes())}`;
  const month = MONTHS[at.getMonth()];
  const year = at.getFullYear() === new Date(now).getFullYear() ? '' : ` ${at.getFullYear()}`;
  return `${at.getDate()} ${month}${year}, ${clock}`;
}

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** "[0.90, 0.95]"; empty where there is no interval. */
export function rangeWords(low: number, high: number): string {
  return Number.isNaN(low) && Number.isNaN(high) ? '' : `[${plain(low)}, ${plain(high)}]`;
}
