/** Curves over the depth of the net: hover reads every run's row, a click looks at the row. */
import { useSignal } from '@preact/signals';
import type { CanvasHTMLAttributes, JSX, RefObject } from 'preact';
import { useCallback, useMemo, useState } from 'preact/hooks';
import { css } from '../chart/colour';
import { NAN, type Palette } from '../chart/colour_palette';
import { depthLayout, depthRowAt, type DepthInput } from '../chart/depth';
import { paintDepth } from '../chart/depth_paint';
import { Canvas, type Paint } from '../ui/canvas';
import { Tip, type Place } from './tip';

export interface DepthFigureProps {
  readonly input: DepthInput;
  readonly palette: Palette;
  readonly row: number | null;
  readonly onRow: (row: number | null) => void;
  readonly label: string;
  readonly canvas?: RefObject<HTMLCanvasElement>;
  readonly tip: (row: number) => JSX.Element | null;
}

interface Hover extends Place {
  readonly row: number;
}

export function DepthFigure(props: DepthFigureProps): JSX.Element {
  const { input, palette, row, onRow, label, canvas, tip } = props;
  const [width, setWidth] = useState(0);
  const layout = useMemo(() => depthLayout(input, width), [input, width]);
  const hover = useSignal<Hover | null>(null);
  const paint = useCallback<Paint>(
    (context, _, ink) =>
      paintDepth(context, { input, layout, row }, { ...ink, broken: css(palette.rgb[NAN]) }),
    [input, layout, row, palette],
  );
  const under = (x: number, y: number): Hover | null => {
    const found = depthRowAt(layout, input.rows.length, y);
    return found === null ? null : { x, y, row: found };
  };
  const attributes: CanvasHTMLAttributes<HTMLCanvasElement> = {
    onPointerMove: (event) => (hover.value = under(event.offsetX, event.offsetY)),
    onPointerLeave: () => (hover.value = null),
    onClick: (event) => {
      const found = under(event.offsetX, event.offsetY)?.row;
      if (found !== undefined) onRow(found === row ? null : found);
    },
  };
  const at = hover.value;
  const content = at && tip(at.row);
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
      {at && content && (
        <Tip at={at} middle={width / 2}>
          {content}
        </Tip>
      )}
    </div>
  );
}
