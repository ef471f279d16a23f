/** The edges of the layer map; along some of them a cause acts. */
import type { JSX } from 'preact';
import type { Effect } from './map_health';
import type { MapLayout, Wire } from './map_layout';

interface WiresProps {
  readonly layout: MapLayout;
  readonly effects: readonly Effect[];
}

export function Wires({ layout, effects }: WiresProps): JSX.Element {
  const acting = new Map(effects.map((one) => [`${one.from} ${one.to}`, one]));
  const of = (wire: Wire): Effect | undefined => acting.get(`${wire.from} ${wire.to}`);
  // Those along which something acts lie on top.
  const ordered = [...layout.wires].sort((a, b) => Number(!!of(a)) - Number(!!of(b)));
  return (
    <g aria-hidden="true">
      <defs>
        <marker
          id="dd-effect"
          viewBox="0 0 8 8"
          refX="6"
          refY="4"
          markerWidth="7"
          markerHeight="7"
          markerUnits="userSpaceOnUse"
          orient="auto-start-reverse"
        >
          <path d="M0 0 8 4 0 8Z" fill="context-stroke" />
        </marker>
      </defs>
      {ordered.map((wire) => {
        const effect = of(wire);
        return (
          <path
            key={`${wire.from} ${wire.to}`}
            class="wire"
            d={wire.path}
            data-severity={effect?.severity}
            data-backwards={effect?.backwards || undefined}
            marker-start={effect?.backwards ? 'url(#dd-effect)' : undefined}
            marker-end={effect && !effect.backwards ? 'url(#dd-effect)' : undefined}
          />
        );
      })}
    </g>
  );
}
