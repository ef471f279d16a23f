/** One gate that can be read: hover names units and steps, a click looks at them. */
import { useSignal } from '@preact/signals';
import type { CanvasHTMLAttributes, JSX, RefObject } from 'preact';
import { useCallback, useMemo, useState } from 'preact/hooks';
import type { Palette } from '../chart/colour_palette';
import { gateColumnAt, gateLayout, unitsAt, type GateInput } from '../chart/gates';
import { paintGate } from '../chart/gates_paint';
import { Canvas, type Paint } from '../ui/canvas';
import { Tip, type Place } from './tip';

export interface GateFigureProps {
  readonly input: GateInput;
  readonly palette: Palette;
  readonly column: number | null;
  readonly unit: number | null;
  readonly onColumn: (column: number) => void;
  readonly onUnit: (unit: number | null) => void;
  readonly label: string;
  readonly canvas?: RefObject<HTMLCanvasElement>;
  /** What is said of units whose dots are under the pointer, and of a step. */
  readonly unitTip: (units: readonly number[]) => JSX.Element;
  readonly stepTip: (column: number) => JSX.Element;
}

interface Hover extends Place {
  readonly units: readonly number[];
  readonly column: number | null;
}

export function GateFigure(props: GateFigureProps): JSX.Element {
  const { input, palette, column, unit, label, canvas } = props;
  const [width, setWidth] = useState(0);
  const layout = useMemo(() => gateLayout(width), [width]);
  const hover = useSignal<Hover | null>(null);
  const paint = useCallback<Paint>(
    (context, _, ink) => paintGate(context, { layout, input, palette, column, unit }, ink),
    [layout, input, palette, column, unit],
  );
  const focus = input.dots[input.dots.length - 1];
  const steps = input.history?.steps.length ?? 0;
  const under = (x: number, y: number): Hover => ({
    x,
    y,
    units: focus ? unitsAt(layout, focus, x, y) : [],
    column: gateColumnAt(layout, steps, x, y),
  });
  const attributes: CanvasHTMLAttributes<HTMLCanvasElement> = {
    tabIndex: 0,
    onPointerMove: (event) => (hover.value = under(event.offsetX, event.offsetY)),
    onPointerLeave: () => (hover.value = null),
    onClick: (event) => {
      const hit = under(event.offsetX, event.offsetY);
      if (hit.column !== null) props.onColumn(hit.column);
      else props.onUnit(hit.units.length === 0 || hit.units[0] === unit ? null : hit.units[0]);
    },
    onKeyDown: (event) => {
      const way = event.key === 'ArrowUp' ? -1 : event.key === 'ArrowDown' ? 1 : 0;
      if (way === 0 || !focus || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      const next = unit === null ? 0 : unit + way;
      props.onUnit(Math.min(focus.left.length - 1, Math.max(0, next)));
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
      {at && (at.units.length > 0 || at.column !== null) && (
        <Tip at={at} middle={width / 2}>
          {at.column !== null ? props.stepTip(at.column) : props.unitTip(at.units)}
        </Tip>
      )}
    </div>
  );
}
