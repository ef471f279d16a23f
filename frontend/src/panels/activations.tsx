/** Units x timesteps: do units vary with time, which are dead or constant? */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { paletteOf } from '../chart/colour_palette';
import { healthCounts, healthTitle } from '../chart/heatmap_health';
import { isWhole } from '../chart/heatmap_window';
import { activationExports } from '../figures/activation_exports';
import type { ActivationFrame } from '../figures/activation_frame';
import { ActivationLegend } from '../figures/activation_legend';
import { useSorting, type Sorting } from '../figures/activation_sorting';
import { ActivationTools } from '../figures/activation_tools';
import { ActivationView, caption } from '../figures/activation_view';
import {
  targets,
  useFrames,
  useParsed,
  useReference,
  useScale,
  type Target,
} from '../figures/activation_views';
import { unitName } from '../figures/cell_tip';
import css from '../figures/figures.css?inline';
import type { Hover } from '../figures/heatmap_figure';
import { UnitDetail } from '../figures/unit_detail';
import { useReport } from '../figures/use_report';
import { useWindow } from '../figures/use_window';
import { histogramView } from '../figures/view_state';
import { problemsOf, recordName, shownOrder, theme, unit } from '../state';
import type { PanelProps, PanelSpec } from '../ui/panel';
import { runColour } from '../ui/run_colour';
import { useStatus } from '../ui/status';
import { adopt } from '../ui/style';

export const activations: PanelSpec = {
  id: 'activations',
  title: 'Activations',
  question: 'Do units vary with time, which are dead or constant?',
  kind: 'activations',
  component: Activations,
};

/** A target and what has come of it; null where its statistics can't be read. */
interface View {
  readonly target: Target;
  readonly frame: ActivationFrame | null;
  readonly damaged: string | null;
}

function Activations({ panel }: PanelProps): JSX.Element | null {
  useLayoutEffect(() => adopt(css), []);
  const asked = targets();
  const answers = useFrames(asked);
  const frames = useParsed(
    answers.map(({ data }) => data),
    0,
  );
  const reference = useReference(asked[0], frames);
  const sorting = useSorting(asked[0], frames[0] ?? null, reference.step);
  useLayoutEffect(() => {
    shownOrder.value = frames[0] ? sorting.order : null;
    return () => (shownOrder.value = null);
  }, [frames[0], sorting.order]);
  // Colours and order never hide a picture that can be shown without them.
  const first = frames[0] ?? null;
  const extras = [reference.answer, sorting.answer].filter(({ state }) => state !== 'error');
  const fresh = panel.status.peek().state === 'loading';
  const unreadable = first ? null : 'The statistics of the units of this step can’t be read.';
  useStatus(panel, [...answers, ...(fresh ? extras : [])], unreadable);
  const views = asked.map((target, i) => ({
    target,
    frame: frames[i],
    damaged: answers[i].data?.damaged ?? null,
  }));
  const headline = first && healthTitle(healthCounts(first.health), first.axis);
  const canvases = useRef<(HTMLCanvasElement | null)[]>([]);
  const said = [...views.flatMap(notes), ...(sorting.note === null ? [] : [sorting.note])];
  useReport(panel, headline, said, () =>
    activationExports(asked, frames, canvases.current, headline),
  );
  if (!first) return null;
  return (
    <Shown
      {...{ views, first, sorting }}
      reference={reference.frame}
      keep={(i, canvas) => (canvases.current[i] = canvas)}
    />
  );
}

function notes({ target: { run, record, step }, frame, damaged }: View): string[] {
  const reasons = [...(damaged === null ? [] : [damaged]), ...(frame?.damage ?? [])];
  return [
    ...problemsOf(run.name, record.name, 'activations'),
    ...reasons.map((reason) => `step ${step} of ${record.name} is damaged: ${reason}`),
  ];
}

interface ShownProps {
  readonly views: readonly View[];
  readonly first: ActivationFrame;
  readonly reference: ActivationFrame | null;
  readonly sorting: Sorting;
  /** Told the canvas of each view, for the export. */
  readonly keep: (view: number, canvas: HTMLCanvasElement | null) => void;
}

function Shown({ views, first, reference, sorting, keep }: ShownProps): JSX.Element {
  const frames = views.map(({ frame }) => frame);
  const scale = useScale(frames, reference);
  const palette = paletteOf(scale.kind, theme.value);
  const bounds = { steps: first.steps, rows: first.units };
  const [window, setWindow] = useWindow(bounds);
  const hover = useSignal<Hover | null>(null);
  const hint = useSignal(false);
  const chosen = unit.value !== null && unit.value < first.units ? unit.value : null;
  return (
    <>
      <ActivationTools
        frame={first}
        window={window}
        setWindow={setWindow}
        resort={sorting.resort}
        hint={hint.value}
      />
      <div class="side">
        <div class="figures" data-count={views.length}>
          {views.map(({ frame, target }, i) =>
            frame ? (
              <ActivationView
                key={i}
                {...{ frame, target, scale, palette, window, setWindow, hover }}
                figure={i}
                order={frame.units === first.units ? sorting.order : null}
                signs={frame.units === first.units ? sorting.signs : null}
                unit={chosen}
                refine={chosen !== null || !isWhole(window, bounds)}
                captioned={views.length > 1}
                onIdleWheel={() => (hint.value = true)}
                keep={(canvas) => keep(i, canvas)}
              />
            ) : (
              <p key={i} class="muted">
                The statistics of {target.record.name} in {target.run.name} can’t be read here.
              </p>
            ),
          )}
        </div>
      </div>
      <ActivationLegend {...{ frames, scale, palette }} flips={sorting.signs !== null} />
      {chosen !== null && <Chosen views={views} unit={chosen} name={unitName(first, chosen)} />}
    </>
  );
}

function Chosen({
  views,
  unit: chosen,
  name,
}: {
  readonly views: readonly View[];
  readonly unit: number;
  readonly name: string;
}): JSX.Element {
  const having = views.flatMap(({ frame, target }) =>
    frame && chosen < frame.units
      ? [{ frame, caption: caption(target, frame), colour: runColour(target.run.name) }]
      : [],
  );
  const layer = views[0].target.record.name;
  return (
    <UnitDetail
      name={name}
      unit={chosen}
      views={having}
      histogram={recordName.preactivations.value === layer ? showHistogram : null}
      close={() => (unit.value = null)}
    />
  );
}

/** The chosen unit over steps, in the panel below. */
function showHistogram(): void {
  histogramView.value = 'unit';
  document.querySelector('[data-panel=preactivations]')?.scrollIntoView({ behavior: 'smooth' });
}
