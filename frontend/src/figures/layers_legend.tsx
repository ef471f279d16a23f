/** What the colours of a picture of layers mean; only those that occur. */
import type { JSX } from 'preact';
import { useCallback, useMemo } from 'preact/hooks';
import { css } from '../chart/colour';
import {
  MASKED,
  NAN,
  OVER,
  POSITIVE_INFINITY,
  UNDER,
  ZERO,
  type Palette,
} from '../chart/colour_palette';
import { presentLooks } from '../chart/heatmap';
import type { LayerMap } from '../chart/layers';
import { BAR_HEIGHT, paintDecadeBar } from '../chart/layers_bar';
import { decade } from '../chart/ticks';
import { Canvas, type Paint } from '../ui/canvas';

const BAR_WIDTH = 240;

export function LayersLegend({
  layers,
  palette,
  quantity,
}: {
  /** The pictures shown together, on one scale. */
  readonly layers: readonly LayerMap[];
  readonly palette: Palette;
  /** What the colour stands for: "gradient". */
  readonly quantity: string;
}): JSX.Element | null {
  const present = useMemo(
    () => new Set(layers.flatMap(({ map }) => [...presentLooks(map.picture, map.tables)])),
    [layers],
  );
  const scale = layers[0]?.scale;
  const paint = useCallback<Paint>(
    (context, { width }, ink) => {
      const beyond = { under: present.has(UNDER), over: present.has(OVER) };
      if (scale) paintDecadeBar(context, width, palette, scale, beyond, ink);
    },
    [palette, scale, present],
  );
  if (!scale) return null;
  const [low, high] = [decade(scale.low), decade(scale.high)];
  const looks: readonly (readonly [number, string])[] = [
    [ZERO, 'exactly zero'],
    [UNDER, `below ${low}`],
    [OVER, `above ${high}`],
    [NAN, 'has NaN or infinity'],
    [POSITIVE_INFINITY, '+∞'],
    [MASKED, 'not measured'],
  ];
  const vectors = layers.some(({ table }) => table.rows.some(({ kind }) => kind === 'vector'));
  return (
    <ul class="legend small muted" aria-label="Legend">
      <li>
        {quantity}
        <span style={{ width: `${BAR_WIDTH}px` }}>
          <Canvas height={BAR_HEIGHT} paint={paint} label={`colours from ${low} to ${high}`} />
        </span>
      </li>
      {looks
        .filter(([code]) => present.has(code))
        .map(([code, name]) => (
          <li key={name}>
            <span
              class={code === MASKED ? 'cell hatched' : 'cell'}
              style={{ background: code === MASKED ? undefined : css(palette.rgb[code]) }}
            />
            {name}
          </li>
        ))}
      {vectors && (
        <li>
          <span class="row-kind matrix" />
          matrix
          <span class="row-kind vector" />
          vector (bias, scale)
        </li>
      )}
    </ul>
  );
}
