/** Times of day on an axis of steps: irregular sampling keeps its place, the labels tell the time. */
import type { Tick } from './axis';

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86400;
const SPACINGS = [
  MINUTE,
  5 * MINUTE,
  15 * MINUTE,
  HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
  2 * DAY,
  7 * DAY,
];
const WEEKDAYS = ['Thu', 'Fri', 'Sat', 'Sun', 'Mon', 'Tue', 'Wed'];

/** Seconds beyond this are taken for the Unix epoch (2001 on); smaller ones count from day 0. */
const CALENDAR = 1e9;

/**
 * Ticks at the first step of each new round time (UTC). Steps are not even in time, so neither are
 * the ticks; those nearer than `width / most` to the one before are left out, days last.
 *
 * `timestamps`: seconds, ascending where finite.
 */
export function clockTicks(
  timestamps: ArrayLike<number>,
  from: number,
  to: number,
  most: number,
): Tick[] {
  const first = Math.max(0, Math.ceil(from));
  let last = Math.min(timestamps.length - 1, Math.floor(to));
  // A padded tail has no time of its own.
  while (last > first && !(timestamps[last] > timestamps[first])) last--;
  const [start, end] = [timestamps[first], timestamps[last]];
  if (!(end > start)) return [];
  const spacing = SPACINGS.find((seconds) => (end - start) / seconds <= most) ?? 28 * DAY;
  const apart = (to - from) / (1.5 * most);
  const ticks: Tick[] = [];
  for (let step = first + 1; step <= last; step++) {
    const time = timestamps[step];
    const mark = Math.floor(time / spacing);
    if (!(mark > Math.floor(timestamps[step - 1] / spacing))) continue;
    const major = Math.floor(time / DAY) > Math.floor(timestamps[step - 1] / DAY);
    const previous = ticks[ticks.length - 1];
    if (previous && step - previous.value < apart) {
      if (!major || previous.major) continue;
      ticks.pop();
    }
    ticks.push({ value: step, label: tickLabel(mark * spacing, major), major });
  }
  return ticks;
}

/** "Tue 06:30" of a Unix time (UTC), or "day 2, 06:30" of seconds from another start. */
export function clockLabel(seconds: number): string {
  if (!Number.isFinite(seconds)) return 'no time';
  return `${dayLabel(seconds)} ${timeOfDay(seconds)}`;
}

function tickLabel(seconds: number, major: boolean): string {
  return major ? dayLabel(seconds) : timeOfDay(seconds);
}

function dayLabel(seconds: number): string {
  const day = Math.floor(seconds / DAY);
  return seconds >= CALENDAR ? WEEKDAYS[day % 7] : `day ${day}`;
}

function timeOfDay(seconds: number): string {
  const minutes = Math.floor((((seconds % DAY) + DAY) % DAY) / MINUTE);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
