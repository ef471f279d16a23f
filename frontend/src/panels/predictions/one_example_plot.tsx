/** A picture below others on their time axis: one window and one cursor for all of them. */
import type { Signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useCallback, useState } from 'preact/hooks';
import { figureLayout, type FigureLayout, type Hit } from '../../chart/heatmap_layout';
import { paintOverlay } from '../../chart/heatmap_overlay';
import type { Bounds, Window } from '../../chart/heatmap_window';
import type { Hover } from '../../figures/heatmap_figure';
import { Tip } from '../../figures/tip';
import { useGestures } from '../../figures/window_gestures';
import { Canvas, type Paint } from '../../ui/canvas';
import type { Colours } from '../../ui/theme';

/** What pictures on one time axis share. */
export interface Shared {
  readonly bounds: Bounds;
  readonly window: Window;
  readonly onWindow: (window: Window) => void;
  readonly hover: Signal<Hover | null>;
  /** Time of day instead of timesteps. */
  readonly clock: boolean;
  readonly tip: (hit: Hit) => JSX.Element | null;
}

interface Props extends Shared {
  /** The place among the pictures shown together. */
  readonly figure: number;
  readonly height: number;
  /** Where the time axis begins and ends is the heatmap's; the rest of the height is free. */
  readonly top: number;
  readonly bottom: number;
  readonly paint: (
    context: CanvasRenderingContext2D,
    layout: FigureLayout,
    window: Window,
    ink: Colours,
  ) => void;
  readonly label: string;
}

export function TimePlot(props: Props): JSX.Element {
  const { figure, height, top, bottom, window, hover, label, tip } = props;
  const [width, setWidth] = useState(0);
  const [brush, setBrush] = useState<readonly [number, number] | null>(null);
  const layout = layoutOf(width, height, top, bottom);
  const paint = useCallback<Paint>(
    (context, _, ink) => props.paint(context, layout, window, ink),
    [props.paint, width, height, window],
  );
  const gestures = useGestures({
    ...{ layout, window, bounds: props.bounds, onWindow: props.onWindow, onBrush: setBrush },
    onHover: (hit, x, y) => (hover.value = hit && { step: hit.step, row: null, figure, x, y }),
    onPick: () => undefined,
    onMove: () => false,
    onIdleWheel: () => undefined,
  });
  const at = hover.value;
  const content = at?.figure === figure && !brush ? tip(at) : null;
  const cross = useCallback<Paint>(
    (context, _, ink) =>
      paintOverlay(context, layout, window, at && { ...at, row: null }, brush, ink),
    [width, height, window, at, brush],
  );
  return (
    <div class="figure">
      <Canvas
        height={height}
        paint={paint}
        label={label}
        onSize={(size) => setWidth(size.width)}
        attributes={gestures}
      />
      <div class="overlay" aria-hidden="true">
        <Canvas height={height} paint={cross} label="" />
      </div>
      {at && content && (
        <Tip at={at} middle={layout.map.x + layout.map.width / 2}>
          {content}
        </Tip>
      )}
    </div>
  );
}

/** As of a heatmap whose map is this picture. */
function layoutOf(width: number, height: number, top: number, bottom: number): FigureLayout {
  const known = figureLayout(width, 1, 0, false);
  const map = { ...known.map, y: top, height: height - top - bottom };
  const axis = { ...known.axis, y: height - bottom };
  return { ...known, height, map, axis, strip: { ...known.strip, y: top, height: map.height } };
}
