/** What the marks and the arrows of the layer map mean. */
import type { JSX } from 'preact';
import type { Effect } from './map_health';
import { SEVERITIES } from './severity';
import { SeverityMark } from './severity_mark';

export function MapLegend({ effects }: { readonly effects: readonly Effect[] }): JSX.Element {
  return (
    <ul class="legend small muted" aria-label="Legend of the layer map">
      {[...SEVERITIES].reverse().map((severity) => (
        <li key={severity}>
          <SeverityMark severity={severity} />
        </li>
      ))}
      {effects.some(({ backwards }) => !backwards) && <li>→ what follows, with the data</li>}
      {effects.some(({ backwards }) => backwards) && <li>⇠ what follows, with the gradient</li>}
    </ul>
  );
}
