/** Each gate: its units as dots between shut, working and wide open, and its shares over the steps. */
import type { JSX } from 'preact';
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { grouped } from '../chart/axis';
import { paletteOf } from '../chart/colour_palette';
import { gateColours } from '../chart/gates_paint';
import css from '../figures/figures.css?inline';
import layersCss from '../figures/layers.css?inline';
import { useReport } from '../figures/use_report';
import { problemsOf, recordChoice, recordName, recordNames, theme } from '../state';
import { useLoaded, useLoadedAll } from '../ui/loaded';
import { shortened } from '../ui/name';
import type { PanelProps } from '../ui/panel';
import { runColour } from '../ui/run_colour';
import { useStable } from '../ui/stable';
import { useStatus } from '../ui/status';
import { adopt } from '../ui/style';
import { Choice } from '../ui/view_bar';
import { gatesFrame, headline, type GatesFrame } from './gates/data';
import { gateExports } from './gates/exports';
import { OneGate } from './gates/one_gate';
import { frameOf, gateTargets, historyOf, KIND, type GatesView } from './gates/questions';

export function Gates({ panel }: PanelProps): JSX.Element | null {
  useLayoutEffect(() => {
    adopt(css);
    adopt(layersCss);
  }, []);
  const targets = gateTargets();
  const frames = useLoadedAll(targets.map(({ run, record, step: at }) => frameOf(run, record, at)));
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
