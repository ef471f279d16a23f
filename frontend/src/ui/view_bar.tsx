/** The run and layer looked at, and what to put beside it: for all panels that show one run. */
import type { JSX } from 'preact';
import type { RunInfo } from '../api';
import {
  compare,
  compared,
  compareRun,
  compareStep,
  nearestStep,
  recordedSteps,
  recordIn,
  recordName,
  runFocus,
  runOf,
  shownRuns,
} from '../state';
import { LAYER_KINDS, layerNames } from '../shown_layers';
import type { PanelKind } from '../wire';
import { shortened } from './name';
import { chooseRecord } from './rail';
import { runColour } from './run_colour';

/** Kinds whose panels show one run. */
const ONE_RUN = [...LAYER_KINDS, 'health', 'gates', 'predictions'] as const;

export function ViewChoices(): JSX.Element | null {
  const kind = ONE_RUN.find((candidate) => recordName[candidate].value !== null);
  if (!kind) return null;
  const run = runOf(kind);
  const name = recordName[kind].value;
  const runs = shownRuns.value.filter((other) => recordIn(other, kind, name));
  const layers = layerNames();
  return (
    <>
      <label>
        <span class="swatch" style={{ background: run ? runColour(run.name) : '' }} />
        <Choice
          label="Run"
          value={run?.name}
          choices={runs.map((other) => other.name)}
          onChoose={(to) => (runFocus.value = to)}
        />
      </label>
      {layers.length > 0 && (
        <Choice
          label="Layer"
          value={name ?? undefined}
          choices={layers}
          onChoose={(to) => chooseRecord(to, LAYER_KINDS)}
        />
      )}
      <Compare kind={kind} runs={runs.filter((other) => other !== run)} />
    </>
  );
}

function Compare({
  kind,
  runs,
}: {
  readonly kind: PanelKind;
  readonly runs: readonly RunInfo[];
}): JSX.Element {
  const beside = compared(kind);
  return (
    <span class="field">
      <select
        class="select"
        aria-label="Compare with"
        value={compare.value}
        onChange={(event) => (compare.value = event.currentTarget.value as typeof compare.value)}
      >
        <option value="off">Compare…</option>
        <option value="run" disabled={runs.length === 0}>
          with a run
        </option>
        <option value="step">with a step</option>
      </select>
      {compare.value === 'run' && beside && (
        <>
          <span class="swatch" style={{ background: runColour(beside.run.name) }} />
          <Choice
            label="Other run"
            value={beside.run.name}
            choices={runs.map(({ name }) => name)}
            onChoose={(to) => (compareRun.value = to)}
          />
        </>
      )}
      {compare.value === 'step' && beside && (
        <Choice
          label="Other step"
          value={String(nearestStep(recordedSteps.value, beside.step))}
          choices={recordedSteps.value.map(String)}
          onChoose={(to) => (compareStep.value = Number(to))}
        />
      )}
    </span>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string | undefined;
  readonly choices: readonly string[];
  readonly onChoose: (choice: string) => void;
}

/** A list to choose from; places stand for the names, which may be any text. */
export function Choice({ label, value, choices, onChoose }: ChoiceProps): JSX.Element {
  return (
    <select
      class="select"
      aria-label={label}
      title={label}
      value={String(choices.indexOf(value ?? ''))}
      onChange={(event) => onChoose(choices[Number(event.currentTarget.value)])}
    >
      {choices.map((choice, i) => (
        <option key={choice} value={String(i)}>
          {shortened(choice, 60)}
        </option>
      ))}
    </select>
  );
}
