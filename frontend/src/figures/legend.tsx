/** What the colours and textures of a heatmap mean; only those that occur. */
import type { ComponentChildren, JSX } from 'preact';
import { useCallback } from 'preact/hooks';
import { valueLabel } from '../chart/axis';
import { css } from '../chart/colour';
import { paintColourBar } from '../chart/colour_bar';
import {
  MASKED,
  NAN,
  NEGATIVE_INFINITY,
  OVER,
  POSITIVE_INFINITY,
  UNDER,
  ZERO,
  type Palette,
} from '../chart/colour_palette';
import type { ColourScale } from '../chart/colour_scale';
import type { UnitHealth } from '../chart/heatmap_health';
import { fillSwatch } from '../chart/heatmap_strip';
import { Canvas, type Paint } from '../ui/canvas';
import { newSurface } from './surface';

export interface LegendProps {
  readonly palette: Palette;
  readonly scale: ColourScale;
  /** Special colour codes that occur. */
  readonly present: ReadonlySet<number>;
  /** Healths that occur. */
  readonly healths: readonly UnitHealth[];
  readonly flips: boolean;
  /** What the colour stands for: "activation". */
  readonly quantity: string;
  /** More entries. */
  readonly children?: ComponentChildren;
}

const BAR_WIDTH = 190;

export function Legend(props: LegendProps): JSX.Element {
  const { palette, scale, present, healths, flips, quantity } = props;
  const paint = useCallback<Paint>(
    (context, { width }, ink) => {
      const clipped = { under: present.has(UNDER), over: present.has(OVER) };
      paintColourBar(context, width, palette, scale, clipped, ink);
    },
    [palette, scale, present],
  );
  return (
    <ul class="legend small muted" aria-label="Legend">
      <li>
        {quantity}
        <span style={{ width: `${BAR_WIDTH}px` }}>
          <Canvas height={30} paint={paint} label={`colours up to ${valueLabel(scale.limit, 2)}`} />
        </span>
      </li>
      {looks(palette, scale, present).map(([name, colour]) => (
        <li key={name}>
          <span
            class={colour === null ? 'cell hatched' : 'cell'}
            style={{ background: colour ?? undefined }}
          />
          {name}
        </li>
      ))}
      {healths.map((health) => (
        <li key={health}>
          <HealthSwatch health={health} palette={palette} />
          {HEALTH_NAMES[health]}
        </li>
      ))}
      {flips && (
        <li>
          <span class="cell flip" />
          sign opposite to its neighbours
        </li>
      )}
      {props.children}
    </ul>
  );
}

export const HEALTH_NAMES: Readonly<Record<UnitHealth, string>> = {
  nonfinite: 'unit with NaN or infinity',
  dead: 'dead unit',
  constant: 'constant unit',
  active: 'active unit',
};

function looks(
  { rgb }: Palette,
  { limit }: ColourScale,
  present: ReadonlySet<number>,
): readonly (readonly [string, string | null])[] {
  const bound = valueLabel(limit, 2);
  const names: readonly (readonly [number, string])[] = [
    [ZERO, 'exactly zero'],
    [UNDER, `below −${bound}`],
    [OVER, `above ${bound}`],
    [NAN, 'NaN'],
    [NEGATIVE_INFINITY, '−∞'],
    [POSITIVE_INFINITY, '+∞'],
    [MASKED, 'masked'],
  ];
  return names
    .filter(([code]) => present.has(code))
    .map(([code, name]) => [name, code === MASKED ? null : css(rgb[code])]);
}

const SWATCH = 12;

export function HealthSwatch({
  health,
  palette,
}: {
  readonly health: UnitHealth;
  readonly palette: Palette;
}): JSX.Element {
  const paint = useCallback<Paint>(
    (context) => {
      const surface = newSurface();
      const ratio = context.getTransform().a || 1;
      const size = Math.round(SWATCH * ratio);
      fillSwatch(surface.pixels(size, size), size, health, palette.theme, ratio);
      surface.draw(context, { x: 0, y: 0, width: SWATCH, height: SWATCH });
    },
    [health, palette],
  );
  return (
    <span style={{ width: `${SWATCH}px` }}>
      <Canvas height={SWATCH} paint={paint} label={HEALTH_NAMES[health]} />
    </span>
  );
}
