/** The window shared by the figures of a panel; it lives in the address. */
import { useRef, useState } from 'preact/hooks';
import { clamped, whole, type Bounds, type Window } from '../chart/heatmap_window';
import { rowZoom, zoom } from '../state';

/** A gesture moves the window at every frame; the address follows when it rests this long, in ms. */
const REST = 250;

export function useWindow(bounds: Bounds): readonly [Window, (window: Window) => void] {
  const [moving, setMoving] = useState<Window | null>(null);
  const timer = useRef(0);
  const all = whole(bounds);
  const [from, to] = zoom.value ?? [all.from, all.to];
  const [top, bottom] = rowZoom.value ?? [all.top, all.bottom];
  const window = clamped(moving ?? { from, to, top, bottom }, bounds);
  const settle = (next: Window): void => {
    const full = next.from <= 0 && next.to >= bounds.steps;
    zoom.value = full ? null : [rounded(next.from), rounded(next.to)];
    const allRows = next.top <= 0 && next.bottom >= bounds.rows;
    rowZoom.value = allRows ? null : [rounded(next.top), rounded(next.bottom)];
    setMoving(null);
  };
  const move = (next: Window): void => {
    setMoving(next);
    clearTimeout(timer.current);
    timer.current = globalThis.setTimeout(() => settle(next), REST) as unknown as number;
  };
  return [window, move];
}

function rounded(place: number): number {
  return Math.round(place * 10) / 10;
}
