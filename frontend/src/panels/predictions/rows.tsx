/** The rows: scatter, selection, the largest errors and wins, and the one that was clicked. */
import type { JSX } from 'preact';
import type { View } from '../predictions';
import { row } from './choices';
import { OneExample } from './one_example';

export function Rows({ views }: { readonly views: readonly View[] }): JSX.Element {
  const [first] = views;
  return (
    <section class="prediction-rows" aria-label="Rows">
      <p>{first.table?.rows} rows</p>
      {row.value !== null && <OneExample view={first} row={row.value} />}
    </section>
  );
}
