/** Layers x recorded steps: hover reads a cell, a click looks at its step and its row. */
import { useSignal } from '@preact/signals';
import type { CanvasHTMLAttributes, JSX, RefObject } from 'preact';
import { useCallback, useMemo, useRef, useState } from 'preact/hooks';
import type { Palette } from '../chart/colour_palette';
import type { Surface } from '../chart/heatmap_paint';
import type { LayerMap } from '../chart/layers';
import { layersHit, layersLayout, type LayersHit, type LayersLayout } from '../chart/layers_layout';
import { paintLayers, paintLayersCross } from '../chart/layers_paint';
import { Canvas, type Paint } from '../ui/canvas';
import { newSurface } from './surface';
import { Tip, type Place } from './tip';

export interface LayersFigureProps {
  readonly layers: LayerMap;
  readonly palette: Palette;
  readonly column: number | null;
  readonly row: number | null;
  readonly onColumn: (column: number) => void;
  readonly onRow: (row: number | null) => void;
  readonly label: string;
  readonly canvas?: RefObject<HTMLCanvasElement>;
  /** What is said of what is under the pointer. */
  readonly tip: (hit: LayersHit) => JSX.Element | null;
}

interface Hover extends Place {
  readonly hit: LayersHit;
}

export function LayersFigure(props: LayersFigureProps): JSX.Element {
  const { layers, palette, column, row, onColumn, onRow, label, canvas, tip } = props;
  const { rows, steps } = layers.table;
  const [width, setWidth] = useState(0);
  const layout = useMemo(() => layersLayout(width, rows.length), [width, rows.length]);
  const surface = useRef<Surface | null>(null);
  const hover = useSignal<Hover | null>(null);
  const paint = useCallback<Paint>(
    (context, _, ink) => {
      surface.current ??= newSurface();
      paintLayers(context, { layout, layers, palette, column, row }, surface.current, ink);
    },
    [layout, layers, palette, column, row],
  );
  const under = (x: number, y: number): Hover | null => {
    const hit = layersHit(layout, rows.length, steps.length, x, y);
    return hit && { x, y, hit };
  };
  const attributes: CanvasHTMLAttributes<HTMLCanvasElement> = {
    tabIndex: 0,
    onPointerMove: (event) => (hover.value = under(event.offsetX, event.offsetY)),
    onPointerLeave: () => (hover.value = null),
    onClick: (event) => {
      const hit = under(event.offsetX, event.offsetY)?.hit;
      if (hit?.column != null) onColumn(hit.column);
      // The same row again, beside the picture, lets go of it.
      if (hit?.row != null) onRow(hit.row === row && hit.column === null ? null : hit.row);
    },
    onKeyDown: (event) => {
      const way = event.key === 'ArrowUp' ? -1 : event.key === 'ArrowDown' ? 1 : 0;
      if (way === 0 || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      onRow(Math.min(rows.length - 1, Math.max(0, (row ?? (way > 0 ? -1 : rows.length)) + way)));
    },
  };
  const at = hover.value;
  const content = at && tip(at.hit);
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
      <Cross layout={layout} rows={rows.length} columns={steps.length} hit={at?.hit ?? null} />
      {at && content && (
        <Tip at={at} middle={layout.map.x + layout.map.width / 2}>
          {content}
        </Tip>
      )}
    </div>
  );
}

/** A canvas of its own above the picture, so that the pointer never repaints it. */
function Cross({
  layout,
  rows,
  columns,
  hit,
}: {
  readonly layout: LayersLayout;
  readonly rows: number;
  readonly columns: number;
  readonly hit: LayersHit | null;
}): JSX.Element {
  const paint = useCallback<Paint>(
    (context, _, ink) => {
      if (hit) paintLayersCross(context, layout, rows, columns, hit, ink);
    },
    [layout, rows, columns, hit],
  );
  return (
    <div class="overlay" aria-hidden="true">
      <Canvas height={layout.height} paint={paint} label="" />
    </div>
  );
}
