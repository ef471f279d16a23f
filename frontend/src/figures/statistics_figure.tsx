/** Units x statistics, where there is no picture of the layer: health, range, mean and zeros. */
import type { CanvasHTMLAttributes, JSX, RefObject } from 'preact';
import { useSignal } from '@preact/signals';
import { useCallback, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Palette } from '../chart/colour_palette';
import { healthCounts, HEALTHS, healthTitle } from '../chart/heatmap_health';
import type { Surface } from '../chart/heatmap_paint';
import type { Clones } from '../chart/unit_clones';
import { paintRanges, rangesLayout } from '../chart/unit_ranges';
import { Canvas, type Paint } from '../ui/canvas';
import type { ActivationFrame } from './activation_frame';
import { Facts, unitName } from './cell_tip';
import { HEALTH_NAMES, HealthSwatch } from './legend';
import { newSurface } from './surface';
import { Tip, type Place } from './tip';
import { lifeFacts, unitFacts } from './unit_facts';

export interface StatisticsFigureProps {
  readonly frame: ActivationFrame;
  readonly palette: Palette;
  /** Null: by index. */
  readonly order: Uint32Array | null;
  readonly clones: Clones | null;
  readonly unit: number | null;
  readonly onUnit: (unit: number | null) => void;
  readonly canvas: RefObject<HTMLCanvasElement>;
  readonly keep: (canvas: HTMLCanvasElement | null) => void;
}

export function StatisticsFigure(props: StatisticsFigureProps): JSX.Element {
  const { frame, palette, clones, unit, onUnit, canvas, keep } = props;
  const [width, setWidth] = useState(0);
  const hover = useSignal<(Place & { readonly unit: number }) | null>(null);
  const layout = useMemo(() => rangesLayout(width, frame.units), [width, frame.units]);
  const order = useMemo(
    () => props.order ?? Uint32Array.from({ length: frame.units }, (_, at) => at),
    [props.order, frame.units],
  );
  const surface = useRef<Surface | null>(null);
  // The code of this figure comes later than the view around it.
  useLayoutEffect(() => keep(canvas.current));
  const paint = useCallback<Paint>(
    (context, _, ink) => {
      surface.current ??= newSurface();
      const { measures, health, names } = frame;
      const parts = { layout, measures, health, names, order, unit, palette };
      paintRanges(context, parts, surface.current, ink);
    },
    [layout, frame, order, unit, palette],
  );
  const under = (y: number): number | undefined =>
    order[Math.floor(((y - layout.values.y) / layout.values.height) * order.length)];
  const attributes: CanvasHTMLAttributes<HTMLCanvasElement> = {
    onPointerMove: ({ offsetX: x, offsetY: y }) => {
      const found = under(y);
      hover.value = found === undefined ? null : { x, y, unit: found };
    },
    onPointerLeave: () => (hover.value = null),
    onClick: ({ offsetY }) => {
      const found = under(offsetY);
      if (found !== undefined) onUnit(found === unit ? null : found);
    },
  };
  const at = hover.value;
  return (
    <>
      <div class="figure">
        <Canvas
          height={layout.height}
          paint={paint}
          label={`Statistics of the units: ${healthTitle(healthCounts(frame.health), frame.axis)}`}
          canvas={canvas}
          onSize={(size) => setWidth(size.width)}
          attributes={attributes}
        />
        {at && (
          <Tip at={at} middle={width / 2}>
            <strong>{unitName(frame, at.unit)}</strong>
            <Facts
              facts={[
                ...unitFacts(frame.measures, at.unit, frame.health[at.unit]),
                ...lifeFacts(frame.history, clones, at.unit),
              ]}
            />
          </Tip>
        )}
      </div>
      <ul class="legend small muted" aria-label="Legend">
        {HEALTHS.filter((health) => frame.health.includes(health)).map((health) => (
          <li key={health}>
            <HealthSwatch health={health} palette={palette} />
            {HEALTH_NAMES[health]}
          </li>
        ))}
      </ul>
    </>
  );
}
