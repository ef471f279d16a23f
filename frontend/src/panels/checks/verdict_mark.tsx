/** A verdict as shape, colour and, where there is room, a word: never as colour alone. */
import type { JSX } from 'preact';
import { WORDS } from './verdict';
import type { Standing } from './verdict';

export function VerdictShape({
  verdict,
  size = 16,
}: {
  readonly verdict: Standing;
  readonly size?: number;
}): JSX.Element {
  return (
    <svg class="shape" width={size} height={size} viewBox="0 0 16 16" aria-hidden="true">
      {shape(verdict)}
    </svg>
  );
}

/** A disc is well, a triangle a warning, a square bad, as in the list of layers; a ring is open. */
function shape(verdict: Standing): JSX.Element {
  switch (verdict) {
    case 'pass':
      return (
        <>
          <circle cx="8" cy="8" r="7" fill="currentColor" />
          <path class="glyph" d="M4.8 8.3 7.2 10.6 11.4 5.6" />
        </>
      );
    case 'partial':
      return (
        <>
          <path d="M8 1 15.5 14.8H.5Z" fill="currentColor" />
          <path class="glyph" d="M8 6v3.8M8 11.8v1" />
        </>
      );
    case 'fail':
      return (
        <>
          <rect x="1.5" y="1.5" width="13" height="13" rx="1" fill="currentColor" />
          <path class="glyph" d="M5.2 5.2 10.8 10.8M10.8 5.2 5.2 10.8" />
        </>
      );
    case 'unknown':
      return (
        <>
          <circle class="ring" cx="8" cy="8" r="6.2" />
          <path class="sign" d="M6 6.4a2 2 0 1 1 2.6 1.9c-.5.2-.6.5-.6 1M8 11.3v.6" />
        </>
      );
    case 'running':
      return (
        <>
          <path class="ring" d="M8 1.8a6.2 6.2 0 1 1-6.2 6.2" />
          <path class="sign" d="M8 4.8V8l2.2 1.6" />
        </>
      );
    case 'missing':
      return <circle class="ring dashed" cx="8" cy="8" r="6.2" />;
    default:
      return verdict satisfies never;
  }
}

export function VerdictMark({ verdict }: { readonly verdict: Standing }): JSX.Element {
  return (
    <span class="verdict" data-verdict={verdict}>
      <VerdictShape verdict={verdict} />
      {WORDS[verdict]}
    </span>
  );
}
