/** The left side: which runs are shown, and which layer is looked at. */
import { batch } from '@preact/signals';
import type { JSX } from 'preact';
import { health } from '../health';
import type { Health } from '../health';
import {
  matchingRuns,
  recordChoice,
  recordIn,
  recordName,
  recordNames,
  runChoice,
  runFilter,
  runFocus,
  runPattern,
  runs,
  shownRuns,
  siblingOf,
} from '../state';
import { LAYER_KINDS, shownLayers } from '../shown_layers';
import type { LayerRow } from '../layers';
import type { RunInfo } from '../api';
import type { PanelKind } from '../wire';
import { MarkShape } from './mark';
import { Name, shortened } from './name';
import { runColour } from './run_colour';

/** More marks in a row than this are unreadable. */
const MAX_MARKS = 8;

const INPUT_GRADIENTS = ['input_gradients'] as const;

export function Rail({ open }: { readonly open: boolean }): JSX.Element {
  return (
    <nav class="rail" aria-label="Runs and layers" data-open={open || undefined}>
      <Filter />
      <Runs />
      <Records title="Layers" kinds={LAYER_KINDS} rows={shownLayers.value} />
      <Records
        title="Input gradients"
        kinds={INPUT_GRADIENTS}
        rows={recordNames('input_gradients').map((name) => ({ name, label: name }))}
      />
    </nav>
  );
}

function Filter(): JSX.Element {
  return (
    <label class="filter" data-invalid={runPattern.value === null || undefined}>
      <svg
        width="18"
        height="18"
        viewBox="0 0 24 24"
        fill="none"
        stroke="currentColor"
        stroke-width="2"
        aria-hidden="true"
      >
        <circle cx="10" cy="10" r="6" />
        <path d="m15 15 6 6" />
      </svg>
      <input
        id="run-filter"
        type="search"
        placeholder="Filter runs (regex)"
        aria-label="Filter runs by a regular expression"
        aria-invalid={runPattern.value === null}
        value={runFilter.value}
        onInput={(event) => (runFilter.value = event.currentTarget.value)}
      />
    </label>
  );
}

function Runs(): JSX.Element {
  const [matching, shown] = [matchingRuns.value, shownRuns.value];
  return (
    <section>
      <h2>
        Runs
        <button
          class="link small"
          onClick={() => (runChoice.value = matching.map(({ name }) => name))}
        >
          all
        </button>
        <button class="link small" onClick={() => (runChoice.value = [])}>
          none
        </button>
        <span class="muted small">
          {shown.length} of {runs.value.length}
        </span>
      </h2>
      <ul>
        {matching.map((run) => (
          <RunRow key={run.name} run={run} shown={shown.includes(run)} />
        ))}
      </ul>
      {matching.length === 0 && <p class="row muted">No run matches the filter.</p>}
    </section>
  );
}

function RunRow({ run, shown }: { readonly run: RunInfo; readonly shown: boolean }): JSX.Element {
  const alone = shown && shownRuns.value.length === 1 && runs.value.length > 1;
  const label = shortened(run.name);
  const toggle = (): void => {
    const names = shownRuns.value.map(({ name }) => name);
    runChoice.value = shown ? names.filter((name) => name !== run.name) : [...names, run.name];
  };
  return (
    <li class="row">
      <input type="checkbox" checked={shown} onChange={toggle} aria-label={`Show run ${label}`} />
      <button
        class="name clip"
        title={alone ? 'Show all runs again' : 'Show this run alone'}
        onClick={() => (runChoice.value = alone ? null : [run.name])}
      >
        <Name text={run.name} />
      </button>
      <span class="only muted" aria-hidden="true">
        {alone ? 'all' : 'only'}
      </span>
      <span class="swatch" style={{ background: runColour(run.name) }} />
    </li>
  );
}

/** A record to choose, or a layer of which there is none. */
type Row = Pick<LayerRow, 'name' | 'label'> & Partial<LayerRow>;

function Records(props: {
  readonly title: string;
  readonly kinds: readonly PanelKind[];
  readonly rows: readonly Row[];
}): JSX.Element | null {
  if (props.rows.length === 0) return null;
  return (
    <section>
      <h2>{props.title}</h2>
      <ul>
        {props.rows.map((row) =>
          row.recorded === false ? (
            <MissingRow key={row.name} row={row} />
          ) : (
            <RecordRow key={row.name} {...row} kinds={props.kinds} />
          ),
        )}
      </ul>
    </section>
  );
}

/** A layer without records of its own, in its place. */
function MissingRow({ row: { name, label, nested, missing } }: { readonly row: Row }): JSX.Element {
  const title = missing ? `${shortened(name)} is not measured: ${missing}` : undefined;
  return (
    <li class="row missing muted" data-nested={nested || undefined} title={title}>
      <span class="clip">
        <Name text={label} />
      </span>
      {missing && <span class="small clip">not measured: {missing}</span>}
    </li>
  );
}

interface RecordRowProps {
  readonly name: string;
  readonly kinds: readonly PanelKind[];
}

function RecordRow({ name, label, nested, kinds }: RecordRowProps & Row): JSX.Element {
  const chosen = kinds.some((kind) => recordName[kind].value === name);
  return (
    <li class="row" data-chosen={chosen || undefined} data-nested={nested || undefined}>
      <button
        class="name clip"
        aria-current={chosen}
        aria-label={nested ? shortened(name) : undefined}
        onClick={() => chooseRecord(name, kinds)}
      >
        <Name text={label} />
      </button>
      <span class="marks">
        {marked(name, kinds).map((run) => (
          <RunMark key={run.name} run={run} name={name} kinds={kinds} />
        ))}
      </span>
    </li>
  );
}

/** The shown runs in their order; of more than there is room for, the worst. */
function marked(name: string, kinds: readonly PanelKind[]): readonly RunInfo[] {
  const severity = (run: RunInfo): number => SEVERITY[worstOf(run, name, kinds)?.mark ?? 'unknown'];
  const worst = [...shownRuns.value].sort((a, b) => severity(b) - severity(a)).slice(0, MAX_MARKS);
  return shownRuns.value.filter((run) => worst.includes(run));
}

/** How one run's layer does; a click looks at it. */
function RunMark({ run, name, kinds }: RecordRowProps & { readonly run: RunInfo }): JSX.Element {
  const found = worstOf(run, name, kinds);
  const words = found ? found.words : 'not recorded';
  const title = `${shortened(name, 60)} of ${shortened(run.name, 60)}: ${words}`;
  const look = (): void => {
    runFocus.value = run.name;
    chooseRecord(name, kinds);
  };
  return (
    <button
      class={`mark ${found?.mark ?? 'unknown'}`}
      title={title}
      aria-label={title}
      onClick={look}
    >
      <MarkShape mark={found?.mark ?? 'unknown'} />
    </button>
  );
}

function worstOf(run: RunInfo, name: string, kinds: readonly PanelKind[]): Health | null {
  const found = kinds.flatMap((kind) => recordIn(run, kind, name) ?? []).map(health);
  return found.reduce<Health | null>((worst, other) => {
    return worst === null || SEVERITY[other.mark] > SEVERITY[worst.mark] ? other : worst;
  }, null);
}

const SEVERITY = { unknown: 0, good: 1, warning: 2, bad: 3 } as const;

/** A kind that was not recorded of the layer is then empty: it shows no other layer instead. */
export function chooseRecord(name: string, kinds: readonly PanelKind[]): void {
  batch(() => {
    for (const kind of kinds) {
      if (recordNames(kind).includes(name)) recordChoice[kind].value = name;
      else if (siblingOf(kind) !== null) recordChoice[kind].value = null;
    }
  });
}
