/** Units x value at one step: where does each unit lie relative to zero? */
import { useSignal } from '@preact/signals';
import type { CanvasHTMLAttributes, JSX, RefObject } from 'preact';
import { useCallback, useMemo, useRef, useState } from 'preact/hooks';
import { grouped, percentLabel } from '../chart/axis';
import { paletteOf } from '../chart/colour_palette';
import { heatmap } from '../chart/heatmap';
import { mapHeight } from '../chart/heatmap_layout';
import type { Surface } from '../chart/heatmap_paint';
import { readBin } from '../chart/ridge';
import { shareAt, valueLayout } from '../chart/ridge_layout';
import { SAMPLES } from '../chart/ridge_model';
import type { ValueScale } from '../chart/ridge_scale';
import { histogramPicture } from '../chart/ridge_units';
import { paintUnits } from '../chart/ridge_units_paint';
import { theme } from '../state';
import { Canvas, type Paint } from '../ui/canvas';
import { Facts } from './cell_tip';
import {
  negativeShares,
  unitHistogram,
  type PreactivationFrame,
  type UnitHistograms,
} from './preactivation_data';
import { binWords } from './ridge_figure';
import { newSurface } from './surface';
import { Tip, type Place } from './tip';

export interface UnitsFigureProps {
  readonly frame: PreactivationFrame;
  readonly unitCounts: UnitHistograms;
  readonly scale: ValueScale;
  /** Units from top to bottom. */
  readonly order: Uint32Array;
  readonly unit: number | null;
  readonly onUnit: (unit: number | null) => void;
  readonly label: string;
  readonly canvas?: RefObject<HTMLCanvasElement>;
}

interface Hover extends Place {
  readonly row: number;
  readonly share: number;
}

export function UnitsFigure(props: UnitsFigureProps): JSX.Element {
  const { frame, unitCounts, scale, order, unit, onUnit, label, canvas } = props;
  const [width, setWidth] = useState(0);
  const layout = useMemo(() => valueLayout(width, mapHeight(frame.units)), [width, frame.units]);
  const hover = useSignal<Hover | null>(null);
  const surface = useRef<Surface | null>(null);
  const map = useMemo(() => {
    const { counts, bins, first } = unitCounts;
    const picture = histogramPicture(counts, frame.units, bins, first, scale, SAMPLES);
    return heatmap(picture, order, { kind: 'diverging', limit: 1 });
  }, [unitCounts, scale, order]);
  const scheme = theme.value;
  const paint = useCallback<Paint>(
    (context, _, ink) => {
      surface.current ??= newSurface();
      const { names } = frame;
      const negative = negativeShares(frame);
      const parts = {
        layout,
        map,
        scale,
        palette: paletteOf('diverging', scheme),
        negative,
        names,
        unit,
      };
      paintUnits(context, parts, surface.current, ink);
    },
    [layout, map, scale, frame, unit, scheme],
  );
  const under = (x: number, y: number): Hover | null => {
    const share = shareAt(layout, x, y);
    const row = Math.floor(((y - layout.plot.y) / layout.plot.height) * order.length);
    return share === null || row < 0 || row >= order.length ? null : { x, y, share, row };
  };
  const attributes: CanvasHTMLAttributes<HTMLCanvasElement> = {
    tabIndex: 0,
    onPointerMove: (event) => (hover.value = under(event.offsetX, event.offsetY)),
    onPointerLeave: () => (hover.value = null),
    onClick: (event) => {
      const hit = under(event.offsetX, event.offsetY);
      if (hit) onUnit(order[hit.row] === unit ? null : order[hit.row]);
    },
    onKeyDown: (event) => {
      const way = event.key === 'ArrowUp' ? -1 : event.key === 'ArrowDown' ? 1 : 0;
      if (way === 0 || unit === null || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      const next = order[order.indexOf(unit) + way];
      if (next !== undefined) onUnit(next);
    },
  };
  const at = hover.value;
  return (
    <div class="figure">
      <Canvas
        height={layout.height}
        paint={paint}
        label={label}
        canvas={canvas}
        onSize={(size) => setWidth(size.width)}
        attributes={attributes}
      />
      {at && (
        <Tip at={at} middle={layout.plot.x + layout.plot.width / 2}>
          <UnitFacts frame={frame} scale={scale} unit={order[at.row]} share={at.share} />
        </Tip>
      )}
    </div>
  );
}

function UnitFacts({
  frame,
  scale,
  unit,
  share,
}: {
  readonly frame: PreactivationFrame;
  readonly scale: ValueScale;
  readonly unit: number;
  readonly share: number;
}): JSX.Element {
  const histogram = unitHistogram(frame, unit);
  const bin = histogram && readBin(histogram, scale, share);
  return (
    <>
      <strong>{frame.names?.[unit] ?? `unit ${unit}`}</strong>
      <Facts
        facts={[
          ...(bin
            ? [
                ['values', binWords(bin.low, bin.high)] as const,
                ['cells', `${grouped(bin.count)} (${percentLabel(bin.share)})`] as const,
              ]
            : []),
          ['below zero', percentLabel(negativeShares(frame)[unit])],
        ]}
      />
    </>
  );
}
