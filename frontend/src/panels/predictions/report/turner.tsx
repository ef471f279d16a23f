/** Turns the pages of a long list. */
import type { JSX } from 'preact';
import { grouped } from '../../../chart/axis';

export function Turner({
  page,
  perPage,
  count,
  what,
  onPage,
}: {
  readonly page: number;
  readonly perPage: number;
  readonly count: number;
  /** What there are many of. */
  readonly what: string;
  readonly onPage: (page: number) => void;
}): JSX.Element | null {
  if (count <= perPage) return null;
  const last = Math.ceil(count / perPage) - 1;
  const [from, to] = [page * perPage + 1, Math.min(count, (page + 1) * perPage)];
  return (
    <div class="pager">
      <button
        class="icon"
        aria-label={`The ${what} before`}
        disabled={page === 0}
        onClick={() => onPage(page - 1)}
      >
        ‹
      </button>
      <span class="small">
        {grouped(from)}–{grouped(to)} of {grouped(count)} {what}
      </span>
      <button
        class="icon"
        aria-label={`The ${what} after`}
        disabled={page === last}
        onClick={() => onPage(page + 1)}
      >
        ›
      </button>
    </div>
  );
}
