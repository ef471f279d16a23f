/** A ridgeline that can be read and from which a step can be chosen. */
import { useSignal } from '@preact/signals';
import type { CanvasHTMLAttributes, JSX, RefObject } from 'preact';
import { useCallback, useMemo, useState } from 'preact/hooks';
import { grouped, percentLabel, valueLabel } from '../chart/axis';
import { paletteOf } from '../chart/colour_palette';
import { readBin, ridgeAt, ridgeLayout } from '../chart/ridge';
import { shareAt, valueLayout, type ValueLayout } from '../chart/ridge_layout';
import type { RidgeModel } from '../chart/ridge_model';
import { outlineRidge, paintRidges } from '../chart/ridge_paint';
import { theme } from '../state';
import { Canvas, type Paint } from '../ui/canvas';
import { Facts } from './cell_tip';
import { Tip, type Place } from './tip';

export interface RidgeFigureProps {
  readonly model: RidgeModel;
  /** The ridge of the chosen step. */
  readonly current: number;
  readonly onStep: (step: number) => void;
  readonly label: string;
  readonly canvas?: RefObject<HTMLCanvasElement>;
}

const HEIGHT = 300;

interface Hover extends Place {
  readonly ridge: number;
  readonly share: number;
}

export function RidgeFigure({
  model,
  current,
  onStep,
  label,
  canvas,
}: RidgeFigureProps): JSX.Element {
  const [width, setWidth] = useState(0);
  const layout = useMemo(() => valueLayout(width, HEIGHT), [width]);
  const hover = useSignal<Hover | null>(null);
  const scheme = theme.value;
  const paint = useCallback<Paint>(
    (context, _, ink) =>
      paintRidges(context, layout, model, current, paletteOf('diverging', scheme), ink),
    [layout, model, current, scheme],
  );
  const ridges = ridgeLayout(model.ridges.length, layout.plot.height);
  const under = (x: number, y: number): Hover | null => {
    const share = shareAt(layout, x, y);
    return share === null ? null : { x, y, share, ridge: ridgeAt(ridges, y - layout.plot.y) };
  };
  const attributes: CanvasHTMLAttributes<HTMLCanvasElement> = {
    tabIndex: 0,
    onPointerMove: (event) => (hover.value = under(event.offsetX, event.offsetY)),
    onPointerLeave: () => (hover.value = null),
    onClick: (event) => {
      const hit = under(event.offsetX, event.offsetY);
      if (hit) onStep(model.ridges[hit.ridge].step);
    },
    onKeyDown: (event) => {
      const way = event.key === 'ArrowUp' ? -1 : event.key === 'ArrowDown' ? 1 : 0;
      const next = model.ridges[current + way];
      if (way === 0 || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      if (next) onStep(next.step);
    },
  };
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
      <Above model={model} layout={layout} hover={hover.value} />
    </div>
  );
}

function Above({
  model,
  layout,
  hover,
}: {
  readonly model: RidgeModel;
  readonly layout: ValueLayout;
  readonly hover: Hover | null;
}): JSX.Element {
  const paint = useCallback<Paint>(
    (context, _, ink) => {
      if (!hover) return;
      const ridges = ridgeLayout(model.ridges.length, layout.plot.height);
      outlineRidge(context, layout, model, ridges, hover.ridge, ink.text, 1.5);
      context.fillStyle = ink.text;
      context.globalAlpha = 0.5;
      context.fillRect(Math.round(hover.x), layout.plot.y, 1, layout.plot.height);
    },
    [model, layout, hover],
  );
  return (
    <>
      <div class="overlay" aria-hidden="true">
        <Canvas height={layout.height} paint={paint} label="" />
      </div>
      {hover && model.ridges[hover.ridge] && (
        <Tip at={hover} middle={layout.plot.x + layout.plot.width / 2}>
          <RidgeFacts model={model} hover={hover} />
        </Tip>
      )}
    </>
  );
}

function RidgeFacts({
  model,
  hover,
}: {
  readonly model: RidgeModel;
  readonly hover: Hover;
}): JSX.Element {
  const { step, histogram, negative } = model.ridges[hover.ridge];
  const bin = readBin(histogram, model.scale, hover.share);
  const zero = model.zeros[hover.ridge];
  return (
    <>
      <strong>step {grouped(step)}</strong>
      <Facts
        facts={[
          ['values', binWords(bin.low, bin.high)],
          ['cells', `${grouped(Math.round(bin.count))} (${percentLabel(bin.share)})`],
          ['below zero', percentLabel(negative)],
          ...(zero > 0 ? [['about zero', percentLabel(zero)] as const] : []),
        ]}
      />
    </>
  );
}

/** "0.5 to 0.625", the side nearer to zero included. */
export function binWords(low: number, high: number): string {
  return `${valueLabel(low, 3)} to ${valueLabel(high, 3)}`;
}
