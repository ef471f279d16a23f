/** Select, move, zoom and pick on a scatter, with pointer, wheel and keys. */
import type { CanvasHTMLAttributes } from 'preact';
import { useRef } from 'preact/hooks';
import {
  between,
  dataAt,
  isWholeWindow,
  pannedTo,
  zoomedTo,
  type Place,
  type ScatterLayout,
  type ScatterWindow,
} from '../../chart/scatter';

export interface ScatterGestures {
  readonly layout: ScatterLayout;
  readonly window: ScatterWindow;
  readonly whole: ScatterWindow;
  /** What a drag without the shift key does. */
  readonly drag: 'select' | 'move';
  readonly onWindow: (window: ScatterWindow) => void;
  /** The rectangle so far; `settled` once the pointer is released; null: none. */
  readonly onBrush: (brush: ScatterWindow | null, settled: boolean) => void;
  readonly onHover: (place: Place | null) => void;
  readonly onPick: (place: Place) => void;
  /** Takes away what was selected and zoomed. */
  readonly onEscape: () => void;
}

interface Drag extends Place {
  readonly window: ScatterWindow;
  readonly selects: boolean;
  moved: boolean;
}

/** CSS pixels that a press may slip and still be a click. */
const SLIP = 4;
/** A turn of the wheel, and a press of + or -. */
const TURN = 0.002;
const CLOSER = 0.7;

export function useScatterGestures(
  gestures: ScatterGestures,
): CanvasHTMLAttributes<HTMLCanvasElement> {
  const drag = useRef<Drag | null>(null);
  const { layout, window, onBrush, onHover } = gestures;
  return {
    tabIndex: 0,
    onPointerDown: (event) => {
      if (event.button !== 0) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      const selects = event.shiftKey || gestures.drag === 'select';
      drag.current = { x: event.offsetX, y: event.offsetY, window, selects, moved: false };
    },
    onPointerMove: (event) => {
      const place = { x: event.offsetX, y: event.offsetY };
      if (!drag.current) onHover(isIn(layout, place) ? place : null);
      else dragTo(drag.current, place, gestures);
    },
    onPointerUp: (event) => {
      const done = drag.current;
      drag.current = null;
      if (!done) return;
      const place = { x: event.offsetX, y: event.offsetY };
      if (!done.moved) gestures.onPick(place);
      else if (done.selects) onBrush(brushed(gestures, done, place), true);
    },
    onPointerCancel: () => {
      if (drag.current?.selects && drag.current.moved) onBrush(null, true);
      drag.current = null;
    },
    onPointerLeave: () => onHover(null),
    onDblClick: () => gestures.onWindow(gestures.whole),
    onWheel: (event) => wheel(event, gestures),
    onKeyDown: (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (key(event.key, gestures)) event.preventDefault();
    },
  };
}

function isIn({ plot }: ScatterLayout, { x, y }: Place): boolean {
  return x >= plot.x && x <= plot.x + plot.width && y >= plot.y && y <= plot.y + plot.height;
}

function dragTo(drag: Drag, place: Place, gestures: ScatterGestures): void {
  if (!drag.moved && Math.hypot(place.x - drag.x, place.y - drag.y) < SLIP) return;
  if (!drag.moved) gestures.onHover(null);
  drag.moved = true;
  const { layout, whole } = gestures;
  if (drag.selects) {
    gestures.onBrush(brushed(gestures, drag, place), false);
  } else {
    const right = (drag.x - place.x) / layout.plot.width;
    const up = (place.y - drag.y) / layout.plot.height;
    gestures.onWindow(pannedTo(drag.window, whole, right, up));
  }
}

function brushed({ layout }: ScatterGestures, drag: Drag, place: Place): ScatterWindow {
  return between(dataAt(layout, drag.window, drag), dataAt(layout, drag.window, place));
}

function wheel(
  event: WheelEvent & { currentTarget: HTMLCanvasElement },
  gestures: ScatterGestures,
): void {
  const meant = event.ctrlKey || event.metaKey || event.altKey || event.shiftKey;
  // The page must scroll past a figure that nobody is working with.
  if (!meant && document.activeElement !== event.currentTarget) return;
  event.preventDefault();
  const turn = event.deltaY || event.deltaX;
  const factor = Math.exp(Math.max(-0.5, Math.min(0.5, turn * TURN)));
  const { layout, window, whole } = gestures;
  const around = dataAt(layout, window, { x: event.offsetX, y: event.offsetY });
  gestures.onWindow(zoomedTo(window, whole, factor, around));
}

const MOVES: Readonly<Record<string, readonly [right: number, up: number] | undefined>> = {
  ArrowLeft: [-0.1, 0],
  ArrowRight: [0.1, 0],
  ArrowUp: [0, 0.1],
  ArrowDown: [0, -0.1],
};

/** Acts on a key; false where it means nothing here, so that the page's own keys work. */
function key(name: string, gestures: ScatterGestures): boolean {
  const { window, whole, onWindow } = gestures;
  const middle = { x: (window.left + window.right) / 2, y: (window.bottom + window.top) / 2 };
  const move = MOVES[name];
  if (move) {
    if (isWholeWindow(window, whole)) return false;
    onWindow(pannedTo(window, whole, ...move));
    return true;
  }
  switch (name) {
    case '+':
    case '=':
      onWindow(zoomedTo(window, whole, CLOSER, middle));
      return true;
    case '-':
      onWindow(zoomedTo(window, whole, 1 / CLOSER, middle));
      return true;
    case '0':
      onWindow(whole);
      return true;
    case 'Escape':
      gestures.onEscape();
      return false;
    default:
      return false;
  }
}
