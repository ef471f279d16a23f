/** Pan, zoom and pick on a heatmap, with pointer, wheel and keys. */
import type { CanvasHTMLAttributes } from 'preact';
import { useRef } from 'preact/hooks';
import { hit, type FigureLayout, type Hit } from '../chart/heatmap_layout';
import {
  clamped,
  isWhole,
  panned,
  whole,
  zoomRows,
  zoomTime,
  type Bounds,
  type Window,
} from '../chart/heatmap_window';

export interface Gestures {
  readonly layout: FigureLayout;
  readonly window: Window;
  readonly bounds: Bounds;
  /** Called with each new window; `settled` once the gesture has ended. */
  readonly onWindow: (window: Window) => void;
  readonly onHover: (hit: Hit | null, x: number, y: number) => void;
  readonly onPick: (row: number) => void;
  /** Moves the chosen unit by rows; false where none is chosen. */
  readonly onMove: (rows: number) => boolean;
  /** The range being selected, in steps, or null. */
  readonly onBrush: (range: readonly [number, number] | null) => void;
  /** The wheel was turned without focus: the page scrolls on. */
  readonly onIdleWheel: () => void;
}

interface Drag {
  readonly x: number;
  readonly y: number;
  readonly window: Window;
  readonly brush: boolean;
  moved: boolean;
}

/** CSS pixels that a press may slip and still be a click. */
const SLIP = 4;

export function useGestures(gestures: Gestures): CanvasHTMLAttributes<HTMLCanvasElement> {
  const drag = useRef<Drag | null>(null);
  const { layout, window, bounds, onWindow } = gestures;
  return {
    tabIndex: 0,
    onPointerDown: (event) => {
      if (event.button !== 0) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      const brush = event.shiftKey || isWhole(window, bounds);
      drag.current = { x: event.offsetX, y: event.offsetY, window, brush, moved: false };
    },
    onPointerMove: (event) => {
      const under = hit(layout, window, bounds.rows, event.offsetX, event.offsetY);
      gestures.onHover(under, event.offsetX, event.offsetY);
      if (drag.current) dragTo(drag.current, event.offsetX, event.offsetY, gestures);
    },
    onPointerUp: (event) => {
      const done = drag.current;
      drag.current = null;
      gestures.onBrush(null);
      if (!done) return;
      if (!done.moved) pick(gestures, event.offsetX, event.offsetY);
      else if (done.brush) onWindow(brushed(gestures, done, event.offsetX));
    },
    onPointerCancel: () => {
      drag.current = null;
      gestures.onBrush(null);
    },
    onPointerLeave: () => gestures.onHover(null, 0, 0),
    onDblClick: () => onWindow(whole(bounds)),
    onWheel: (event) => wheel(event, gestures),
    onKeyDown: (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (key(event.key, gestures)) event.preventDefault();
    },
  };
}

function dragTo(drag: Drag, x: number, y: number, gestures: Gestures): void {
  if (!drag.moved && Math.hypot(x - drag.x, y - drag.y) < SLIP) return;
  drag.moved = true;
  const { layout, bounds, onWindow, onBrush } = gestures;
  if (drag.brush) {
    const { from, to } = brushed(gestures, drag, x);
    onBrush([from, to]);
  } else {
    const right = (drag.x - x) / layout.map.width;
    const down = (drag.y - y) / layout.map.height;
    onWindow(panned(drag.window, bounds, right, down));
  }
}

function brushed({ layout, bounds }: Gestures, { x, window }: Drag, end: number): Window {
  const stepAt = (at: number): number => {
    const share = Math.min(1, Math.max(0, (at - layout.map.x) / layout.map.width));
    return window.from + share * (window.to - window.from);
  };
  const [from, to] = [stepAt(Math.min(x, end)), stepAt(Math.max(x, end))];
  return clamped({ ...window, from: Math.floor(from), to: Math.ceil(to) }, bounds);
}

function pick({ layout, window, bounds, onPick }: Gestures, x: number, y: number): void {
  const under = hit(layout, window, bounds.rows, x, y);
  if (under && under.row !== null) onPick(under.row);
}

function wheel(event: WheelEvent & { currentTarget: HTMLCanvasElement }, gestures: Gestures): void {
  const { layout, window, bounds, onWindow } = gestures;
  if (Math.abs(event.deltaX) > Math.abs(event.deltaY) && !event.shiftKey) {
    if (isWhole(window, bounds)) return;
    event.preventDefault();
    onWindow(panned(window, bounds, event.deltaX / layout.map.width, 0));
    return;
  }
  const meant = event.ctrlKey || event.metaKey || event.altKey || event.shiftKey;
  // The page must scroll past a figure that nobody is working with.
  if (!meant && document.activeElement !== event.currentTarget) {
    gestures.onIdleWheel();
    return;
  }
  event.preventDefault();
  const turn = event.deltaY || event.deltaX;
  const factor = Math.exp(Math.max(-0.5, Math.min(0.5, turn * 0.002)));
  const across = (event.offsetX - layout.map.x) / layout.map.width;
  const down = (event.offsetY - layout.map.y) / layout.map.height;
  const share = (at: number): number => Math.min(1, Math.max(0, at));
  if (event.shiftKey || event.altKey) onWindow(zoomRows(window, bounds, factor, share(down)));
  else onWindow(zoomTime(window, bounds, factor, share(across)));
}

/** Acts on a key; false where it means nothing here, so that the page's own keys work. */
function key(name: string, gestures: Gestures): boolean {
  const { window, bounds, onWindow } = gestures;
  const closer = isWhole(window, bounds);
  switch (name) {
    case '+':
    case '=':
      onWindow(zoomTime(window, bounds, 0.7, 0.5));
      return true;
    case '-':
      onWindow(zoomTime(window, bounds, 1 / 0.7, 0.5));
      return true;
    case '0':
      onWindow(whole(bounds));
      return true;
    case 'ArrowLeft':
    case 'ArrowRight':
      if (closer) return false;
      onWindow(panned(window, bounds, name === 'ArrowLeft' ? -0.1 : 0.1, 0));
      return true;
    case 'ArrowUp':
    case 'ArrowDown':
      return gestures.onMove(name === 'ArrowUp' ? -1 : 1);
    default:
      return false;
  }
}
