/** Health as shape and colour: a dot is well, a triangle a warning, a square bad, a ring unknown. */
import type { JSX } from 'preact';
import type { Mark } from '../health';

export function MarkShape({ mark }: { readonly mark: Mark }): JSX.Element {
  return (
    <svg width="11" height="11" viewBox="0 0 11 11" aria-hidden="true">
      {shape(mark)}
    </svg>
  );
}

function shape(mark: Mark): JSX.Element {
  switch (mark) {
    case 'good':
      return <circle cx="5.5" cy="5.5" r="3.5" fill="currentColor" />;
    case 'warning':
      return <path d="M5.5 1 10.5 10H.5Z" fill="currentColor" />;
    case 'bad':
      return <rect x="1" y="1" width="9" height="9" rx="1" fill="currentColor" />;
    case 'unknown':
      return (
        <circle cx="5.5" cy="5.5" r="3" fill="none" stroke="currentColor" stroke-width="1.5" />
      );
    default:
      return mark satisfies never;
  }
}
