/** Turns the pages of a figure that shows some of its units at a time. */
import type { JSX } from 'preact';

export function Pager({
  page,
  perPage,
  count,
  onPage,
}: {
  readonly page: number;
  /** Units on a page. */
  readonly perPage: number;
  readonly count: number;
  readonly onPage: (page: number) => void;
}): JSX.Element {
  const last = Math.ceil(count / perPage) - 1;
  return (
    <div class="pager">
      <button
        class="icon"
        aria-label="Maps before"
        disabled={page === 0}
        onClick={() => onPage(page - 1)}
      >
        ‹
      </button>
      <span class="small">
        {page * perPage + 1}–{Math.min(count, (page + 1) * perPage)} of {count} units
      </span>
      <button
        class="icon"
        aria-label="Maps after"
        disabled={page === last}
        onClick={() => onPage(page + 1)}
      >
        ›
      </button>
    </div>
  );
}
