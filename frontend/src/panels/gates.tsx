/** Each gate: its units as dots between shut, working and wide open, and its shares over the steps. */
import type { JSX } from 'preact';
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { frame, series } from '../api';
import type { RecordInfo, RunInfo, Series } from '../api';
import { grouped, percentLabel } from '../chart/axis';
import { paletteOf } from '../chart/colour_palette';
import { gateColours } from '../chart/gates_paint';
import { nearestIndex } from '../chart/scale';
import { Facts } from '../figures/cell_tip';
import css from '../figures/figures.css?inline';
import { GateFigure } from '../figures/gate_figure';
import layersCss from '../figures/layers.css?inline';
import { useReport } from '../figures/use_report';
import {
  compared,
  nearestStep,
  problemsOf,
  recordChoice,
  recordIn,
  recordName,
  recordNames,
  runOf,
  step,
  theme,
  unit,
} from '../state';
import { useLoaded, useLoadedAll } from '../ui/loaded';
import { shortened } from '../ui/name';
import type { PanelProps } from '../ui/panel';
import { runColour } from '../ui/run_colour';
import { useStable } from '../ui/stable';
import { useStatus } from '../ui/status';
import { adopt } from '../ui/style';
import { Choice } from '../ui/view_bar';
import { gatesFrame, gateSteps, gateWords, headline, type GatesFrame } from './gates/data';
import { gateExports } from './gates/exports';

const KIND = 'gates';
const MOST_STEPS = 300;

/** What is looked at: a run's layer at a step. */
export interface GatesView {
  readonly run: RunInfo;
  readonly record: RecordInfo;
  readonly step: number;
  readonly shown: GatesFrame | null;
}

export function Gates({ panel }: PanelProps): JSX.Element | null {
  useLayoutEffect(() => {
    adopt(css);
    adopt(layersCss);
  }, []);
  const targets = gateTargets();
  const frames = useLoadedAll(
    targets.map(({ run, record, step: at }) => requestOf(run, record, at)),
  );
  const [of] = targets;
  const history = useLoaded(of ? historyOf(of.run, of.record) : null);
  const data = useStable(frames.map((answer) => answer.data));
  const parsed = useMemo(() => data.map((one) => one && gatesFrame(one)), [data]);
  const views = targets.map((target, i) => ({ ...target, shown: parsed[i] }));
  const first = views[0]?.shown ?? null;
  const unreadable = first ? null : 'The gates of this step can’t be read.';
  useStatus(panel, [...frames, history], unreadable);
  const canvases = useRef<(HTMLCanvasElement | null)[]>([]);
  const said = first && headline(first);
  useReport(panel, said, views.flatMap(notes), () =>
    gateExports(views, history.data, canvases.current, said),
  );
  if (!first) return null;
  return (
    <>
      <Tools views={views} />
      <div class="gates">
        {first.gates.map(({ name }, gate) => (
          <OneGate
            key={name}
            {...{ views, gate }}
            history={history.data}
            keep={(canvas) => (canvases.current[gate] = canvas)}
          />
        ))}
      </div>
      <Legend {...{ first }} />
    </>
  );
}

function gateTargets(): readonly Omit<GatesView, 'shown'>[] {
  const first = targetOf(runOf(KIND), step.value);
  if (!first) return [];
  const beside = compared(KIND);
  const second = beside && targetOf(beside.run, beside.step);
  return second ? [first, second] : [first];
}

function targetOf(run: RunInfo | null, wanted: number | null): Omit<GatesView, 'shown'> | null {
  const record = recordIn(run, KIND, recordName[KIND].value);
  const at = record && nearestStep(record.steps, wanted);
  return run && record && at !== null ? { run, record, step: at } : null;
}

function requestOf(run: RunInfo, record: RecordInfo, at: number) {
  return frame({ run: run.name, name: record.name, kind: KIND, step: at });
}

function historyOf(run: RunInfo, record: RecordInfo) {
  const vectors = ['left_share', 'right_share'];
  return series({ run: run.name, name: record.name, kind: KIND, vectors, limit: MOST_STEPS });
}

function notes({ run, record, step: at, shown }: GatesView): string[] {
  return [
    ...problemsOf(run.name, record.name, KIND),
    ...(shown?.damage ?? []).map((reason) => `step ${at} of ${record.name} is damaged: ${reason}`),
  ];
}

function Tools({ views }: { readonly views: readonly GatesView[] }): JSX.Element {
  const names = recordNames(KIND);
  return (
    <div class="tools">
      {names.length > 1 && (
        <Choice
          label="Recurrent layer"
          value={recordName[KIND].value ?? undefined}
          choices={names}
          onChoose={(to) => (recordChoice[KIND].value = to)}
        />
      )}
      {views.map(({ run, record, shown }, i) => (
        <span key={i} class="field">
          <span
            class={i === 0 ? 'swatch' : 'swatch ring'}
            style={{ [i === 0 ? 'background' : 'color']: runColour(run.name) }}
          />
          {shortened(run.name, 60)}, {shortened(record.name, 60)}
          {shown && `, step ${grouped(shown.step)}`}
        </span>
      ))}
    </div>
  );
}

interface OneGateProps {
  readonly views: readonly GatesView[];
  readonly gate: number;
  readonly history: Series | null;
  readonly keep: (canvas: HTMLCanvasElement | null) => void;
}

function OneGate({ views, gate, history, keep }: OneGateProps): JSX.Element | null {
  const canvas = useRef<HTMLCanvasElement>(null!);
  useLayoutEffect(() => keep(canvas.current));
  const shown = views.map((view) => view.shown);
  const colours = views.map(({ run }) => runColour(run.name));
  const [{ run, record }] = views;
  const first = shown[0]!;
  const input = useMemo(() => {
    const dots = shown.flatMap((one, i) => {
      const found = one?.gates.find(({ name }) => name === first.gates[gate].name);
      return found ? [{ ...found, colour: colours[i], focus: i === 0 }] : [];
    });
    const steps = history && gateSteps(history, gate);
    return { dots: dots.reverse(), history: steps, thresholds: first.thresholds };
  }, [useStable([...shown, ...colours]), gate, history]);
  const { name } = first.gates[gate];
  const steps = input.history?.steps ?? [];
  const last = record.steps[record.steps.length - 1];
  return (
    <section>
      <h3 class="caption">
        <strong>{name}</strong>
        <span class="muted clip">{gateWords(first.gates[gate])}</span>
      </h3>
      <GateFigure
        {...{ input, canvas }}
        palette={paletteOf('diverging', theme.value)}
        column={steps.length > 0 ? nearestIndex(steps, first.step) : null}
        unit={unit.value !== null && unit.value < first.units ? unit.value : null}
        onColumn={(column) => (step.value = steps[column] >= last ? null : steps[column])}
        onUnit={(to) => (unit.value = to)}
        label={`Gate ${name} of ${record.name} in ${run.name}, step ${first.step}: ${gateWords(first.gates[gate])}`}
        unitTip={(units) => <UnitTip {...{ first, gate, units }} />}
        stepTip={(column) => (
          <>
            <strong>step {grouped(steps[column])}</strong>
            <Facts
              facts={[
                ['shut', percentLabel(input.history!.left[column])],
                ['wide open', percentLabel(input.history!.right[column])],
              ]}
            />
          </>
        )}
      />
    </section>
  );
}

const MOST_UNITS = 6;

function UnitTip({
  first,
  gate,
  units,
}: {
  readonly first: GatesFrame;
  readonly gate: number;
  readonly units: readonly number[];
}): JSX.Element {
  const { left, right } = first.gates[gate];
  const more = units.length - MOST_UNITS;
  const named = units.slice(0, MOST_UNITS).join(', ') + (more > 0 ? ` and ${more} more` : '');
  return (
    <>
      <strong>{units.length === 1 ? `unit ${named}` : `units ${named}`}</strong>
      <Facts
        facts={[
          ['shut', percentLabel(left[units[0]])],
          ['wide open', percentLabel(right[units[0]])],
          ['in between', percentLabel(Math.max(0, 1 - left[units[0]] - right[units[0]]))],
        ]}
      />
    </>
  );
}

function Legend({ first }: { readonly first: GatesFrame }): JSX.Element {
  const { shut, open } = gateColours(paletteOf('diverging', theme.value));
  const [low, high] = first.thresholds;
  return (
    <ul class="legend small muted" aria-label="Legend">
      <li>each dot is a unit; on the diagonal it is never in between</li>
      <li>
        <span class="cell" style={{ background: shut }} />
        shut: below {low} (left-saturated)
      </li>
      <li>
        <span class="cell" style={{ background: open }} />
        wide open: above {high} (right-saturated)
      </li>
    </ul>
  );
}
