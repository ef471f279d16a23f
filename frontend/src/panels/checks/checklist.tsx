/** A line for each check of one run; a click opens it. */
import type { JSX } from 'preact';
import { useId } from 'preact/hooks';
import type { RunInfo } from '../../api';
import { grouped as thousands } from '../../chart/axis';
import { lazy } from '../../ui/lazy';
import { Name } from '../../ui/name';
import { GROUPS } from './catalogue';
import type { DetailProps } from './detail';
import { Next } from './next';
import { open, opened } from './questions';
import type { Told } from './questions';
import { grouped } from './rows';
import type { Row } from './rows';
import { Said } from './said';
import type { Standing } from './verdict';
import { VerdictMark } from './verdict_mark';
import { whenWords } from './words';

/** Its charts come when a check is opened. */
const Detail = lazy(async () => (await import('./detail')).Detail);

export interface ChecklistProps {
  readonly run: RunInfo;
  readonly rows: readonly Row[];
  readonly told: ReadonlyMap<string, Told>;
  readonly keep: DetailProps['keep'];
}

export function Checklist({ run, rows, told, keep }: ChecklistProps): JSX.Element {
  return (
    <div class="checklist">
      {grouped(rows).map(({ group, rows: own }) => (
        <section key={group} aria-label={GROUPS[group]}>
          <h3>{GROUPS[group]}</h3>
          <ul>
            {own.map((row) => (
              <Line key={row.id} {...{ run, row, keep }} told={told.get(row.id) ?? null} />
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

interface LineProps {
  readonly run: RunInfo;
  readonly row: Row;
  readonly told: Told | null;
  readonly keep: DetailProps['keep'];
}

function Line({ run, row, told, keep }: LineProps): JSX.Element {
  const isOpen = opened() === row.id;
  const id = useId();
  const toggle = (): void => open(isOpen ? null : row.id);
  const leave = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || !isOpen) return;
    event.preventDefault();
    open(null);
    document.getElementById(`${id}-line`)?.focus();
  };
  return (
    <li
      data-check={row.id}
      data-verdict={row.verdict}
      data-open={isOpen || undefined}
      onKeyDown={leave}
    >
      <button
        id={`${id}-line`}
        class="check-line"
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        onClick={toggle}
      >
        <VerdictMark verdict={row.verdict} />
        <span class="check-name">
          <Name text={row.title} />
        </span>
        <span class="check-says">{said(row, told, isOpen)}</span>
        <span class="check-when small muted">{when(row)}</span>
        <svg class="chevron" width="12" height="12" viewBox="0 0 14 14" aria-hidden="true">
          <path d={isOpen ? 'm2 10 5-5 5 5' : 'm2 4 5 5 5-5'} />
        </svg>
      </button>
      {isOpen && (
        <div id={id} class="check-detail">
          <Detail key={run.name} {...{ run, row, keep }} />
        </div>
      )}
    </li>
  );
}

/** Here something has to be done. */
const CALLS: readonly Standing[] = ['fail', 'partial'];

/** The result, and what to do where it is not good; of what was not run, why one would want it. */
function said({ kind, record, verdict }: Row, told: Told | null, isOpen: boolean): JSX.Element {
  if (!record) return <span class="muted clamped">{kind?.why}</span>;
  const { answer, read } = told ?? { answer: null, read: null };
  if (!read) {
    const reason = answer?.data?.damaged ?? answer?.reason;
    return <span class="muted clamped">{reason ? `can’t be read: ${reason}` : '…'}</span>;
  }
  return (
    <>
      <span class="clamped">
        <Said text={read.sentence} />
      </span>
      {read.next !== '' && (isOpen || CALLS.includes(verdict)) && <Next text={read.next} />}
    </>
  );
}

function when({ record, verdict }: Row): JSX.Element | null {
  const step = record?.steps.at(-1);
  if (!record || step === undefined) return null;
  const at = whenWords(record.wall_time, Date.now());
  const exact = Number.isFinite(record.wall_time) ? new Date(record.wall_time * 1000) : null;
  return (
    <span title={exact ? `${exact.toLocaleString()}, step ${thousands(step)}` : undefined}>
      {verdict === 'running' ? `last word ${at}` : at}
    </span>
  );
}
