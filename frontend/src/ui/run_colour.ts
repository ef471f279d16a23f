/** TensorBoard's colours of runs. */
import { computed } from '@preact/signals';
import { runs, theme } from '../state';

/** The default palette of TensorBoard's Time Series tab, for its light and its dark theme. */
const PALETTE: readonly (readonly [string, string])[] = [
  ['#425066', '#8e98a3'],
  ['#12b5cb', '#12b5cb'],
  ['#e52592', '#e52592'],
  ['#f9ab00', '#f9ab00'],
  ['#9334e6', '#9334e6'],
  ['#7cb342', '#7cb342'],
  ['#e8710a', '#e8710a'],
];

const places = computed(() => new Map(runs.value.map((run) => [run.name, run.color_index])));

export function runColour(name: string): string {
  const [light, dark] = PALETTE[(places.value.get(name) ?? 0) % PALETTE.length];
  return theme.value === 'dark' ? dark : light;
}
