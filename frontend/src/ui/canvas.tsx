/** A canvas that knows its size in CSS pixels, the device's pixel ratio and the theme. */
import type { CanvasHTMLAttributes, JSX, RefObject } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { colours } from './theme';
import type { Colours } from './theme';

export interface Size {
  readonly width: number;
  readonly height: number;
}

export type Paint = (context: CanvasRenderingContext2D, size: Size, colours: Colours) => void;

export interface CanvasProps {
  /** CSS pixels; the width is that of the parent. */
  readonly height: number;
  /** Called with a cleared context scaled to CSS pixels, after each change of props, size or theme. */
  readonly paint: Paint;
  /** What the picture shows, for those who can't see it. */
  readonly label: string;
  /** For export and for turning pointer positions into data. */
  readonly canvas?: RefObject<HTMLCanvasElement | null>;
  /** Told the size, where geometry outside of `paint` needs it. */
  readonly onSize?: (size: Size) => void;
  /** Handlers, tabIndex and the like. */
  readonly attributes?: CanvasHTMLAttributes<HTMLCanvasElement>;
}

export function Canvas({
  height,
  paint,
  label,
  canvas,
  onSize,
  attributes,
}: CanvasProps): JSX.Element {
  const own = useRef<HTMLCanvasElement | null>(null);
  const ref = canvas ?? own;
  const [width, setWidth] = useState(0);
  const palette = colours.value;

  // Told in the same breath as our own state is set, so that the parent's new picture and our new
  // width are drawn together, once.
  const told = useRef(onSize);
  told.current = onSize;
  useLayoutEffect(() => {
    const parent = ref.current!.parentElement!;
    const measure = (): void => {
      const width = parent.clientWidth;
      setWidth(width);
      if (width > 0) told.current?.({ width, height });
    };
    // The observer's first call comes with the browser's own layout. Asking for the width here would
    // force a layout of its own, before the questions of the panels are even sent.
    const observer = new ResizeObserver(measure);
    observer.observe(parent);
    return () => observer.disconnect();
  }, [height]);

  // A hidden tab has no width; nothing is painted until it is shown.
  useLayoutEffect(() => {
    if (width > 0) repaint(ref.current!, { width, height }, palette, paint);
  }, [width, height, palette, paint]);

  return (
    <canvas
      ref={ref}
      role="img"
      aria-label={label}
      {...attributes}
      style={{ display: 'block', width: `${width}px`, height: `${height}px` }}
    />
  );
}

function repaint(canvas: HTMLCanvasElement, size: Size, palette: Colours, paint: Paint): void {
  const ratio = window.devicePixelRatio || 1;
  const width = Math.round(size.width * ratio);
  const height = Math.round(size.height * ratio);
  // Setting the size, even to the same, throws the picture's memory away.
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const context = canvas.getContext('2d');
  if (!context) return;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, size.width, size.height);
  paint(context, size, palette);
}
