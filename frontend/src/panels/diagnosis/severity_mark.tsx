/** Severity as shape, colour and, where there is room, a word: never as colour alone. */
import type { JSX } from 'preact';
import { WORDS } from './severity';
import type { Severity } from './severity';

/** Drawn in a box of 16 by 16, for the layer map too. A disc is a note, a triangle a warning. */
export const SHAPES: Readonly<Record<Severity, string>> = {
  INFO: 'M8 1.5a6.5 6.5 0 1 1 0 13a6.5 6.5 0 1 1 0-13Z',
  WARNING: 'M8 1.2 15.4 14.6H.6Z',
  ERROR: 'M2 2H14V14H2Z',
  CRITICAL: 'M5.2 1h5.6L15 5.2v5.6L10.8 15H5.2L1 10.8V5.2Z',
};

/** What stands inside the shape. */
export const GLYPHS: Readonly<Record<Severity, string>> = {
  INFO: 'M8 7v4.5M8 4.2v1.2',
  WARNING: 'M8 5.8v4M8 11.4v1.2',
  ERROR: 'M5.3 5.3 10.7 10.7M10.7 5.3 5.3 10.7',
  CRITICAL: 'M8 3.8v5M8 10.8v1.6',
};

/** What stands for a run or a layer of which nothing was found. */
const WELL = 'M3.5 8.4 6.8 11.6 12.6 4.8';

export function Shape({ severity }: { readonly severity: Severity | null }): JSX.Element {
  return (
    <svg class="shape" width="15" height="15" viewBox="0 0 16 16" aria-hidden="true">
      {severity === null ? (
        <path class="well" d={WELL} />
      ) : (
        <>
          <path d={SHAPES[severity]} fill="currentColor" />
          <path class="glyph" d={GLYPHS[severity]} />
        </>
      )}
    </svg>
  );
}

export function SeverityMark({
  severity,
  word = true,
}: {
  readonly severity: Severity | null;
  readonly word?: boolean;
}): JSX.Element {
  const said = severity === null ? 'No finding' : WORDS[severity];
  return (
    <span class="severity" data-severity={severity ?? 'NONE'} title={word ? undefined : said}>
      <Shape severity={severity} />
      <span class={word ? '' : 'sr'}>{said}</span>
    </span>
  );
}
