/** One scatter that can be read: hover names the row, a click looks at it, a drag selects. */
import type { JSX, RefObject } from 'preact';
import { useCallback, useMemo, useRef, useState } from 'preact/hooks';
import { nearestRow, placeOf, scatterLayout, type Place } from '../../chart/scatter';
import { newMemory, paintScatter, type ScatterMemory } from '../../chart/scatter_paint';
import { newSurface } from '../../figures/surface';
import { Tip } from '../../figures/tip';
import { Canvas, type Paint } from '../../ui/canvas';
import { dragging, row } from './choices';
import { useScatterGestures } from './scatter_gestures';
import { selectNone, type Drawn, type Scatters } from './use_scatter';

export interface ScatterFigureProps {
  readonly of: Drawn;
  readonly scatters: Scatters;
  /** The row under the pointer, in this scatter or in one beside it; -1: none. */
  readonly hovered: number;
  readonly onHover: (row: number) => void;
  readonly label: string;
  readonly canvas?: RefObject<HTMLCanvasElement>;
  readonly tip: (row: number) => JSX.Element;
}

export function ScatterFigure(props: ScatterFigureProps): JSX.Element {
  const { of, scatters, hovered, onHover, label, canvas } = props;
  const { x, y, points, lines, mask } = of;
  const { window, whole, brush, diagonal } = scatters;
  const [width, setWidth] = useState(0);
  const layout = useMemo(() => scatterLayout(width), [width]);
  const memory = useRef<ScatterMemory | null>(null);
  const chosen = row.value !== null && row.value < of.table.rows ? row.value : null;
  const lit = hovered >= 0 && hovered < of.table.rows ? hovered : null;
  const paint = useCallback<Paint>(
    (context, _, ink) =>
      paintScatter(
        context,
        { layout, x, y, window, points, diagonal, lines, brush, row: chosen, hovered: lit },
        (memory.current ??= newMemory(newSurface())),
        ink,
      ),
    [layout, x, y, window, points, diagonal, lines, brush, chosen, lit],
  );
  const under = (place: Place): number => {
    const near = nearestRow(layout, window, x.at, y.at, mask, place);
    return near < 0 && mask ? nearestRow(layout, window, x.at, y.at, null, place) : near;
  };
  const attributes = useScatterGestures({
    ...{ layout, window, whole },
    drag: dragging.value,
    onWindow: scatters.onWindow,
    onBrush: scatters.onBrush,
    onHover: (place) => onHover(place ? under(place) : -1),
    onPick: (place) => {
      const picked = under(place);
      // A click beside all points takes the rectangle away.
      if (picked >= 0) row.value = picked === row.value ? null : picked;
      else scatters.onBrush(null, true);
    },
    onEscape: () => {
      selectNone();
      scatters.onWindow(whole);
    },
  });
  const at = lit === null ? null : placeOf(layout, window, { x: x.at[lit], y: y.at[lit] });
  return (
    <div class="figure">
      <Canvas
        height={layout.height}
        {...{ paint, label, canvas, attributes }}
        onSize={(size) => setWidth(size.width)}
      />
      {lit !== null && at && !Number.isNaN(at.x + at.y) && (
        <Tip at={at} middle={width / 2}>
          {props.tip(lit)}
        </Tip>
      )}
    </div>
  );
}
