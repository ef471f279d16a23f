/** What the table says: metrics, strata, slices, patterns, calibration. */
import type { JSX } from 'preact';
import type { View } from '../predictions';

export function Report({ views }: { readonly views: readonly View[] }): JSX.Element {
  const analysis = views[0].table?.analysis;
  return (
    <section class="prediction-report" aria-label="Report">
      {analysis?.strata.length} strata
    </section>
  );
}
