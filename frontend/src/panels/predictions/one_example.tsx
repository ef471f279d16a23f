/** One row: its input series, the units of a layer and its input gradient, on one time axis. */
import type { JSX } from 'preact';
import type { View } from '../predictions';

export function OneExample({ row }: { readonly view: View; readonly row: number }): JSX.Element {
  return <section aria-label={`Row ${row}`}>row {row}</section>;
}
