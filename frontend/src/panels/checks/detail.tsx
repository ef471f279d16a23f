/** One check opened: what to do next, its numbers, what it looked at, its pictures and settings. */
import type { JSX } from 'preact';
import { useId, useState } from 'preact/hooks';
import type { RunInfo } from '../../api';
import { recordNames } from '../../state';
import { showPanel, unfold } from '../../ui/show_panel';
import type { Answer } from './answer';
import { HowToRun } from './how_to_run';
import { Items } from './items';
import { Numbers } from './numbers';
import { OnePicture } from './one_picture';
import { useWhole } from './questions';
import { reachOf } from './reach';
import type { Row } from './rows';

export interface DetailProps {
  readonly run: RunInfo;
  readonly row: Row;
  /** Told the canvas of each picture, for exports. */
  readonly keep: (picture: number, canvas: HTMLCanvasElement | null) => void;
}

export function Detail({ run, row, keep }: DetailProps): JSX.Element {
  const { answer, read } = useWhole(run, row.record);
  if (!row.record) return row.kind ? <HowToRun kind={row.kind} /> : <></>;
  if (!read || !answer.data) {
    return (
      <p class="muted" role="status">
        {answer.data?.damaged ?? answer.reason ?? 'Being read …'}{' '}
        {answer.state === 'error' && (
          <button class="link" onClick={answer.retry}>
            Try again
          </button>
        )}
      </p>
    );
  }
  return (
    <>
      <Whole read={read} />
      <Numbers numbers={read.numbers} />
      <Pictured read={read} frame={answer.data} keep={keep} />
      {row.kind?.id === 'memory_ladder' && <BesideAmnesia />}
      <Settings settings={read.settings} />
      {row.kind && (
        <details class="again">
          <summary class="small">Run it again</summary>
          <HowToRun kind={row.kind} />
        </details>
      )}
    </>
  );
}

/** The line above shows no more of it. */
const LONG = 700;

/** What is too long for its line, to be scrolled. */
function Whole({ read: { sentence, next } }: { readonly read: Answer }): JSX.Element | null {
  if (Math.max(sentence.length, next.length) < LONG) return null;
  return (
    <div class="whole" tabIndex={0} role="region" aria-label="The whole text">
      {[sentence, next].filter(Boolean).join('\n\n→ ')}
    </div>
  );
}

const MOST_PICTURES = 12;

/** The items lead to the pictures. */
function Pictured({
  read,
  frame,
  keep,
}: {
  readonly read: Answer;
  readonly frame: Parameters<typeof OnePicture>[0]['frame'];
  readonly keep: DetailProps['keep'];
}): JSX.Element {
  const { items, pictures } = read;
  const [all, setAll] = useState(false);
  const prefix = useId();
  const idOf = (picture: number): string => `${prefix}-picture-${picture}`;
  const show = (picture: number): void => {
    if (picture >= MOST_PICTURES) setAll(true);
    requestAnimationFrame(() => lookAt(document.getElementById(idOf(picture))));
  };
  return (
    <>
      <Items items={items} onPicture={pictures.length > 1 ? show : null} />
      {pictures.length > 0 && (
        <div class="pictures">
          {pictures.slice(0, all ? undefined : MOST_PICTURES).map((header, i) => (
            <OnePicture
              key={i}
              id={idOf(i)}
              {...{ header, frame }}
              reach={reachOf(read)}
              keep={(canvas) => keep(i, canvas)}
            />
          ))}
        </div>
      )}
      {!all && pictures.length > MOST_PICTURES && (
        <button class="link" onClick={() => setAll(true)}>
          Show all {pictures.length} pictures
        </button>
      )}
    </>
  );
}

function lookAt(element: HTMLElement | null): void {
  const still = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
  element?.scrollIntoView({ behavior: still ? 'auto' : 'smooth', block: 'nearest' });
  element?.focus({ preventScroll: true });
}

/** How far back the net can be taught to look, and how far back it does. */
function BesideAmnesia(): JSX.Element | null {
  if (recordNames('input_gradients').length === 0) return null;
  const look = (): void => {
    unfold('amnesia');
    showPanel('amnesia');
  };
  return (
    <p class="muted">
      That is how far back it can be taught to look; how far back the trained net does look shows
      the{' '}
      <button class="link" onClick={look}>
        Amnesia panel
      </button>
      .
    </p>
  );
}

function Settings({ settings }: Pick<Answer, 'settings'>): JSX.Element | null {
  if (settings.length === 0) return null;
  return (
    <dl class="settings small muted" aria-label="Settings">
      {settings.map(([name, value], i) => (
        <div key={i}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
