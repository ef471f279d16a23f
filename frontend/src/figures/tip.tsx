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
  foot,
  children,
}: {
  readonly at: Place;
  /** Left of this the card stands on the right of the pointer. */
  readonly middle: number;
  /** Where the card's lower edge stands; default: the card begins at the pointer's height. */
  readonly foot?: number;
  readonly children: ComponentChildren;
}): JSX.Element {
  const side =
    at.x < middle ? { left: `${at.x + 16}px` } : { right: `calc(100% - ${at.x - 16}px)` };
  const height =
    foot === undefined
      ? { top: `${Math.max(0, at.y - 20)}px` }
      : { top: `${foot}px`, transform: 'translateY(-100%)' };
  return (
    <div class="tip" style={{ ...height, ...side }}>
      {children}
    </div>
  );
}
