/** A card beside the pointer, on the side where there is room. */
import type { ComponentChildren, JSX } from 'preact';

export interface Place {
  /** CSS pixels in the figure. */
  readonly x: number;
  readonly y: number;
}

export function Tip({
  at,
  middle,
  children,
}: {
  readonly at: Place;
  /** Left of this the card stands on the right of the pointer. */
  readonly middle: number;
  readonly children: ComponentChildren;
}): JSX.Element {
  const side =
    at.x < middle ? { left: `${at.x + 16}px` } : { right: `calc(100% - ${at.x - 16}px)` };
  return (
    <div class="tip" style={{ top: `${Math.max(0, at.y - 20)}px`, ...side }}>
      {children}
    </div>
  );
}
