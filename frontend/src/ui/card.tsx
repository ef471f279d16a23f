/** The frame of one panel: title, question, finding, notes, menu, and what is shown while waiting. */
import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { description, folded, layerWithout, recordName, shownRuns } from '../state';
import type { PanelKind } from '../wire';
import type { Format } from './export';
import { Guard } from './guard';
import { shortened } from './name';
import type { Exports, Panel, PanelSpec, Status } from './panel';
import { colours } from './theme';

export function Card({ spec, wide, shows, settled }: CardProps): JSX.Element {
  const panel = useMemo(newPanel, [spec]);
  const open = !folded.value.includes(spec.id);
  const { kind } = spec;
  const present = kind === null ? shownRuns.value.length > 0 : recordName[kind].value !== null;
  const status: Status = present ? panel.status.value : { state: 'empty', reason: absence(kind) };
  const state = open ? status.state : 'folded';
  settled(spec.id, state !== 'loading');
  return (
    <section
      class="card"
      data-panel={spec.id}
      data-state={state}
      data-wide={wide || undefined}
      aria-labelledby={`title-${spec.id}`}
    >
      <Header spec={spec} open={open} exports={state === 'ready' ? panel.exports.value : null} />
      {open && present && (
        <Guard what="This panel">
          {panel.headline.value !== null && <p class="headline">{panel.headline.value}</p>}
          {kind && <Description kind={kind} />}
          <Notes notes={panel.notes.value} />
          <Waiting status={status} />
          <div class="body" data-waiting={state !== 'ready' || undefined}>
            {shows && <spec.component panel={panel} />}
          </div>
        </Guard>
      )}
      {open && !present && <Waiting status={status} />}
    </section>
  );
}

interface CardProps {
  readonly spec: PanelSpec;
  readonly wide: boolean;
  /** Whether it may draw already. */
  readonly shows: boolean;
  /** Told on every draw whether the card has something to show. */
  readonly settled: (id: string, done: boolean) => void;
}

function absence(kind: PanelKind | null): string {
  if (kind === null) return 'No run is shown.';
  const layer = layerWithout(kind);
  if (layer === null) return `No shown run has ${PLURALS[kind]}.`;
  return `No ${PLURALS[kind]} of ${shortened(layer, 60)} are recorded.`;
}

const PLURALS: Readonly<Record<PanelKind, string>> = {
  activations: 'activations',
  preactivations: 'pre-activations',
  input_gradients: 'input gradients',
  health: 'gradients and weights',
  gates: 'gates',
  predictions: 'predictions',
  check: 'checks',
};

function newPanel(): Panel {
  return {
    status: signal<Status>({ state: 'loading' }),
    headline: signal<string | null>(null),
    notes: signal<readonly string[]>([]),
    exports: signal<Exports | null>(null),
  };
}

interface HeaderProps {
  readonly spec: PanelSpec;
  readonly open: boolean;
  readonly exports: Exports | null;
}

function Header({ spec, open, exports }: HeaderProps): JSX.Element {
  const fold = (): void => {
    const others = folded.value.filter((id) => id !== spec.id);
    folded.value = open ? [...others, spec.id] : others;
  };
  return (
    <header>
      <h2 id={`title-${spec.id}`}>{spec.title}</h2>
      <p class="question">{spec.question}</p>
      {exports && <Menu name={spec.title} exports={exports} />}
      <button
        class="icon"
        aria-expanded={open}
        aria-label={`${open ? 'Fold' : 'Unfold'} ${spec.title}`}
        onClick={fold}
      >
        <svg
          width="14"
          height="14"
          viewBox="0 0 14 14"
          fill="none"
          stroke="currentColor"
          stroke-width="2"
          aria-hidden="true"
        >
          <path d={open ? 'm2 10 5-5 5 5' : 'm2 4 5 5 5-5'} />
        </svg>
      </button>
    </header>
  );
}

const FORMATS: readonly (readonly [Format, string])[] = [
  ['png', 'Picture (PNG)'],
  ['csv', 'Table (CSV)'],
  ['json', 'JSON'],
];

function Menu({
  name,
  exports,
}: {
  readonly name: string;
  readonly exports: Exports;
}): JSX.Element {
  const [open, setOpen] = useState(false);
  const choose = (format: Format): void => {
    setOpen(false);
    void import('./export').then(({ save }) => save(name, format, exports, colours.peek().surface));
  };
  const leave = (event: FocusEvent): void => {
    const inside =
      event.relatedTarget instanceof Node &&
      (event.currentTarget as Node).contains(event.relatedTarget);
    if (!inside) setOpen(false);
  };
  return (
    <div
      class="menu"
      onFocusOut={leave}
      onKeyDown={(event) => event.key === 'Escape' && setOpen(false)}
    >
      <button
        class="icon"
        aria-haspopup="menu"
        aria-expanded={open}
        aria-label={`Save ${name}`}
        title="Save"
        onClick={() => setOpen(!open)}
      >
        <svg
          width="16"
          height="16"
          viewBox="0 0 16 16"
          fill="none"
          stroke="currentColor"
          stroke-width="1.7"
          aria-hidden="true"
        >
          <path d="M8 2v8m-3.5-3L8 10.5 11.5 7M2 13.5h12" />
        </svg>
      </button>
      {open && (
        <ul role="menu">
          {FORMATS.filter(([format]) => exports[format]).map(([format, label]) => (
            <li key={format} role="none">
              <button role="menuitem" onClick={() => choose(format)}>
                {label}
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** As text, whatever is in it: a log may come from anywhere. */
export function Description({ kind }: { readonly kind: PanelKind }): JSX.Element | null {
  const text = description(kind);
  return text === '' ? null : <p class="description muted small">{text}</p>;
}

const MAX_NOTES = 5;

function Notes({ notes }: { readonly notes: readonly string[] }): JSX.Element | null {
  if (notes.length === 0) return null;
  return (
    <ul class="notes small" aria-label="Notes">
      {notes.slice(0, MAX_NOTES).map((note) => (
        <li key={note}>{note}</li>
      ))}
      {notes.length > MAX_NOTES && <li>… and {notes.length - MAX_NOTES} more</li>}
    </ul>
  );
}

function Waiting({ status }: { readonly status: Status }): JSX.Element | null {
  switch (status.state) {
    case 'ready':
      return null;
    case 'loading':
      return <div class="skeleton" role="status" aria-label="Loading" />;
    case 'empty':
      return <p class="nothing">{status.reason}</p>;
    case 'error':
      return (
        <div role="alert">
          <span>{status.reason}</span>
          <button class="button" onClick={status.retry}>
            Try again
          </button>
        </div>
      );
    default:
      return status satisfies never;
  }
}
