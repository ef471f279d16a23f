/** The window shared by the figures of a panel: time lives in the address, rows do not. */
import { useRef, useState } from 'preact/hooks';
import { clamped, whole, type Bounds, type Window } from '../chart/heatmap_window';
import { zoom } from '../state';

/** A gesture moves the window at every frame; the address follows when it rests this long, in ms. */
const REST = 250;

export function useWindow(bounds: Bounds): readonly [Window, (window: Window) => void] {
  const [moving, setMoving] = useState<Window | null>(null);
  const [rows, setRows] = useState<readonly [number, number] | null>(null);
  const timer = useRef(0);
  const all = whole(bounds);
  const [from, to] = zoom.value ?? [all.from, all.to];
  const [top, bottom] = rows ?? [all.top, all.bottom];
  const window = clamped(moving ?? { from, to, top, bottom }, bounds);
  const settle = (next: Window): void => {
    const full = next.from <= 0 && next.to >= bounds.steps;
    zoom.value = full ? null : [rounded(next.from), rounded(next.to)];
    setRows(next.top <= 0 && next.bottom >= bounds.rows ? null : [next.top, next.bottom]);
    setMoving(null);
  };
  const move = (next: Window): void => {
    setMoving(next);
    clearTimeout(timer.current);
    timer.current = globalThis.setTimeout(() => settle(next), REST) as unknown as number;
  };
  return [window, move];
}

function rounded(step: number): number {
  return Math.round(step * 10) / 10;
}
