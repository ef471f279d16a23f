/** Units x timesteps: do units vary with time, which are dead or constant? */
import type { JSX } from 'preact';
import { useLayoutEffect } from 'preact/hooks';
import type { ActivationsViewProps } from '../figures/activation_parts';
import { useSorting } from '../figures/activation_sorting';
import type { View } from '../figures/activation_tools';
import { parsed, targets, useFrames, useReference, type Target } from '../figures/activation_views';
import type { ActivationFrame } from '../figures/activation_frame';
import css from '../figures/figures.css?inline';
import { looked, useClones } from '../figures/use_clones';
import { useReport } from '../figures/use_report';
import { activationsView } from '../figures/view_state';
import { graphOf, notesOf } from '../model';
import { example, exampleCount, problemsOf, shownOrder } from '../state';
import { lazy } from '../ui/lazy';
import type { Panel, PanelProps, PanelSpec } from '../ui/panel';
import { useStatus } from '../ui/status';
import { adopt } from '../ui/style';
import { StepView } from './activations/step_view';

const Chain = lazy(async () => (await import('./activations/chain')).Chain);
const MapsView = lazy(async () => (await import('./activations/maps_view')).MapsView);
const TrainingView = lazy(async () => (await import('./activations/training_view')).TrainingView);

export const activations: PanelSpec = {
  id: 'activations',
  title: 'Activations',
  question: 'Do units vary with time, which are dead or constant?',
  kind: 'activations',
  wide: true,
  component: Activations,
};

function Activations({ panel }: PanelProps): JSX.Element | null {
  useLayoutEffect(() => adopt(css), []);
  const asked = targets();
  const answers = useFrames(asked);
  const frames = answers.map(({ data }) => parsed(data, example.value));
  const first = frames[0] ?? null;
  const reference = useReference(asked[0], frames);
  const sorting = useSorting(asked[0], first, reference.step);
  const clones = useClones(asked[0], first);
  useLayoutEffect(() => {
    shownOrder.value = first ? sorting.order : null;
    exampleCount.value = Math.max(1, first?.examples ?? 1);
    return () => (shownOrder.value = null);
  }, [first, sorting.order]);
  // Colours and order never hide a picture that can be shown without them.
  const extras = [reference.answer, sorting.answer].filter(({ state }) => state !== 'error');
  const fresh = panel.status.peek().state === 'loading';
  const unreadable = first ? null : 'The statistics of the units of this step can’t be read.';
  useStatus(panel, [...answers, ...(fresh ? extras : [])], unreadable);
  const said = [
    ...asked.flatMap((target, i) => damage(target, frames[i], answers[i].data?.damaged ?? null)),
    ...unmeasured(asked),
    ...(sorting.note === null ? [] : [sorting.note]),
  ];
  const views = asked.map((target, i) => ({ target, frame: frames[i] }));
  const graph = asked[0] ? graphOf(asked[0].run.name) : null;
  if (!first) return <Unreadable panel={panel} notes={said} />;
  const choices = viewsOf(asked[0], first);
  return (
    <div onPointerOver={() => (looked.value = true)}>
      {graph && <Chain graph={graph} target={asked[0]} />}
      <Chosen
        {...{ panel, views, first, sorting, clones, choices }}
        reference={reference.frame}
        notes={said}
      />
    </div>
  );
}

function Chosen(props: ActivationsViewProps): JSX.Element {
  const view = props.choices.includes(activationsView.value) ? activationsView.value : 'step';
  switch (view) {
    case 'step':
      return <StepView {...props} />;
    case 'maps':
      return <MapsView {...props} />;
    case 'training':
      return <TrainingView {...props} />;
    default:
      return view satisfies never;
  }
}

/** Maps need positions, and a course of the training more than one step. */
function viewsOf({ record }: Target, { space, picture }: ActivationFrame): readonly View[] {
  return [
    'step',
    ...(space && picture ? (['maps'] as const) : []),
    ...(record.steps.length > 1 ? (['training'] as const) : []),
  ];
}

/** Nothing to draw, but what is wrong with it must be said. */
function Unreadable(props: { readonly panel: Panel; readonly notes: readonly string[] }): null {
  useReport(props.panel, null, props.notes, () => ({
    png: () => null,
    csv: () => ({ columns: [], rows: [] }),
    json: () => [],
  }));
  return null;
}

function damage(
  { run, record, step }: Target,
  frame: ActivationFrame | null,
  damaged: string | null,
): string[] {
  const reasons = [...(damaged === null ? [] : [damaged]), ...(frame?.damage ?? [])];
  return [
    ...problemsOf(run.name, record.name, 'activations'),
    ...reasons.map((reason) => `step ${step} of ${record.name} is damaged: ${reason}`),
  ];
}

/** What the recorders of the runs shown could not measure; of two runs, whose it is if not both's. */
function unmeasured(of: readonly Target[]): string[] {
  const runs = [...new Set(of.map(({ run }) => run.name))];
  const said = runs.map((run) =>
    notesOf(run).map(({ what, reason }) => `${what} not measured: ${reason}`),
  );
  return [...new Set(said.flat())].map((note) => {
    const whose = runs.filter((_, i) => said[i].includes(note));
    return whose.length === runs.length ? note : `${whose.join(', ')}: ${note}`;
  });
}
