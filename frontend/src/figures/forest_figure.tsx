/** A forest plot: hover reads a row, a click or the arrow keys choose one. */
import { useSignal } from '@preact/signals';
import type { CanvasHTMLAttributes, JSX, RefObject } from 'preact';
import { useCallback, useLayoutEffect, useMemo, useState } from 'preact/hooks';
import { forestLayout, forestRowAt, type Forest, type ForestLayout } from '../chart/forest';
import { paintForest, paintForestRow } from '../chart/forest_paint';
import { Canvas, type Paint } from '../ui/canvas';
import { adopt } from '../ui/style';
import css from './forest.css?inline';
import { Tip, type Place } from './tip';

export interface ForestFigureProps {
  /** The same object while nothing has changed. */
  readonly forest: Forest;
  /** What the picture shows, for those who can't see it. */
  readonly label: string;
  /** The chosen row; null: none. */
  readonly row?: number | null;
  /** The row clicked; null where the chosen one was. Absent: rows can't be chosen. */
  readonly onRow?: (row: number | null) => void;
  /** What is said of the row under the pointer. */
  readonly tip?: (row: number) => JSX.Element | null;
  readonly canvas?: RefObject<HTMLCanvasElement>;
}

interface Hover extends Place {
  readonly row: number;
}

export function ForestFigure(props: ForestFigureProps): JSX.Element {
  const { forest, label, row = null, onRow, tip, canvas } = props;
  useLayoutEffect(() => adopt(css), []);
  const [width, setWidth] = useState(0);
  const layout = useMemo(() => forestLayout(forest, width), [forest, width]);
  const hover = useSignal<Hover | null>(null);
  const paint = useCallback<Paint>(
    (context, _, ink) => paintForest(context, { forest, layout, row }, ink),
    [forest, layout, row],
  );
  const under = (x: number, y: number): Hover | null => {
    const found = forestRowAt(layout, y);
    return found === null ? null : { x, y, row: found };
  };
  const choose = (found: number | undefined): void => {
    if (found !== undefined) onRow?.(found === row ? null : found);
  };
  const attributes: CanvasHTMLAttributes<HTMLCanvasElement> = {
    tabIndex: onRow && 0,
    onPointerMove: (event) => (hover.value = under(event.offsetX, event.offsetY)),
    onPointerLeave: () => (hover.value = null),
    onClick: (event) => choose(under(event.offsetX, event.offsetY)?.row),
    onKeyDown: (event) => {
      const to = onRow && stepped(event, row, forest.rows.length);
      if (to === undefined) return;
      event.preventDefault();
      onRow!(to);
    },
  };
  const at = hover.value;
  const content = at && tip?.(at.row);
  return (
    <div class={onRow ? 'figure forest choosable' : 'figure forest'}>
      <Under layout={layout} row={at?.row ?? null} />
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

/** Where the arrow keys lead; undefined for other keys. */
function stepped(event: KeyboardEvent, row: number | null, rows: number): number | undefined {
  if (event.ctrlKey || event.metaKey || event.altKey || rows === 0) return undefined;
  const way = event.key === 'ArrowUp' ? -1 : event.key === 'ArrowDown' ? 1 : 0;
  if (way === 0) return undefined;
  return Math.min(rows - 1, Math.max(0, (row ?? (way > 0 ? -1 : rows)) + way));
}

/** The row under the pointer on a canvas of its own, so that the pointer never repaints the plot. */
function Under({
  layout,
  row,
}: {
  readonly layout: ForestLayout;
  readonly row: number | null;
}): JSX.Element {
  const paint = useCallback<Paint>(
    (context, _, ink) => {
      if (row !== null) paintForestRow(context, layout, row, ink.raised);
    },
    [layout, row],
  );
  return (
    <div class="overlay" aria-hidden="true">
      <Canvas height={layout.height} paint={paint} label="" />
    </div>
  );
}
