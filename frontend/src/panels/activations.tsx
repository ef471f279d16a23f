/** Units x timesteps: do units vary with time, which are dead or constant? */
import { signal, useSignal, type Signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { paletteOf } from '../chart/colour_palette';
import { colourScale, type ColourScale } from '../chart/colour_scale';
import { presentLooks } from '../chart/heatmap';
import { HEALTHS, healthCounts, healthOrder, healthTitle } from '../chart/heatmap_health';
import { isWhole, whole, type Window } from '../chart/heatmap_window';
import type { ActivationFrame } from '../figures/activation_frame';
import { fullPicture } from '../figures/activation_frame';
import { activationExports } from '../figures/activation_exports';
import {
  frameOf,
  targets,
  useFrames,
  useParsed,
  useReferenceStep,
  useSimilarity,
  type Target,
} from '../figures/activation_views';
import { CellTip, unitName } from '../figures/cell_tip';
import { HeatmapFigure, type Hover } from '../figures/heatmap_figure';
import css from '../figures/figures.css?inline';
import { Legend } from '../figures/legend';
import { Segments } from '../figures/segments';
import { UnitDetail } from '../figures/unit_detail';
import { useHeatmap } from '../figures/use_heatmap';
import { useWindow } from '../figures/use_window';
import { problemsOf, theme, unit, unitOrder } from '../state';
import { useLoaded, useLoadedAll } from '../ui/loaded';
import { shortened } from '../ui/name';
import type { PanelProps, PanelSpec } from '../ui/panel';
import { runColour } from '../ui/run_colour';
import { useStatus } from '../ui/status';
import { adopt } from '../ui/style';
import { oneOf, persisted } from '../url';

export const activations: PanelSpec = {
  id: 'activations',
  title: 'Activations',
  question: 'Do units vary with time, which are dead or constant?',
  kind: 'activations',
  component: Activations,
};

/** What the horizontal axis tells: the number of the timestep, or its time of day. */
const clock = persisted('clock', 'step', oneOf('step', 'time'));
/** Whether all steps share their colours or each step has its own. */
const colourLimit = persisted('colours', 'fixed', oneOf('fixed', 'step'));
/** The step at which a person last sorted, by run and layer; otherwise the reference step. */
const sortedAt = signal<ReadonlyMap<string, number>>(new Map());

function Activations({ panel }: PanelProps): JSX.Element | null {
  useLayoutEffect(() => adopt(css), []);
  const shown = targets();
  const answers = useFrames(shown);
  const frames = useParsed(
    answers.map(({ data }) => data),
    0,
  );
  const reference = useReference(shown[0], frames);
  const sorting = useSorting(shown[0], frames[0], reference.step);
  useStatus(panel, [...answers, reference.answer, sorting.answer]);
  const first = frames[0] ?? null;
  useLayoutEffect(() => {
    panel.headline.value = first && healthTitle(healthCounts(first.health), first.axis);
    panel.notes.value = notes(
      shown,
      frames,
      answers.map(({ data }) => data?.damaged ?? null),
    );
  });
  if (!first) return null;
  return (
    <Shown
      panel={panel}
      shown={shown}
      frames={frames}
      reference={reference.frame}
      order={sorting.order}
      signs={sorting.signs}
      resort={sorting.resort}
    />
  );
}

/** The frame whose colours hold for all steps; null while each step has its own. */
function useReference(of: Target | undefined, frames: readonly (ActivationFrame | null)[]) {
  const known = useReferenceStep(of);
  // A picture of zeros looks the same on every scale: nothing needs to be fetched for it.
  const idle = colourLimit.value === 'step' || frames.every((one) => !one || isDead(one));
  const at = idle || !of ? null : known;
  const answer = useLoaded(of && at !== null ? frameOf(of, at) : null);
  const [frame] = useParsed([answer.data], 0);
  return { step: known, answer, frame: answer.data === null ? null : frame };
}

function isDead({ health }: ActivationFrame): boolean {
  return health.every((kind) => kind === 'dead');
}

/** Units from top to bottom, frozen over the steps until someone sorts anew. */
function useSorting(
  of: Target | undefined,
  shown: ActivationFrame | null | undefined,
  reference: number | null,
) {
  const key = of ? JSON.stringify([of.run.name, of.record.name]) : '';
  const last = of ? of.record.steps[of.record.steps.length - 1] : null;
  const by = unitOrder.value;
  const at = sortedAt.value.get(key) ?? (by === 'health' ? last : reference);
  const similarity = useSimilarity(of, at);
  const healthAnswer = useLoaded(
    of && by === 'health' && at !== null ? frameOf(of, at, ['units']) : null,
  );
  const [measured] = useParsed([healthAnswer.data], 0);
  const units = shown?.units ?? 0;
  const order = useMemo(() => {
    if (by === 'similarity' && similarity.data?.order.length === units)
      return similarity.data.order;
    if (by === 'health' && measured?.units === units) {
      return Uint32Array.from(healthOrder(measured.health, measured.measures.get('variance')));
    }
    return Uint32Array.from({ length: units }, (_, i) => i);
  }, [by, similarity.data, measured, units]);
  const resort =
    of && by !== 'index' && at !== of.step
      ? () => (sortedAt.value = new Map(sortedAt.peek()).set(key, of.step))
      : null;
  return {
    order,
    signs: by === 'similarity' ? (similarity.data?.sign ?? null) : null,
    answer: by === 'similarity' ? similarity : healthAnswer,
    resort,
  };
}

function notes(
  shown: readonly Target[],
  frames: readonly (ActivationFrame | null)[],
  damaged: readonly (string | null)[],
): string[] {
  return shown.flatMap(({ run, record, step }, i) => [
    ...problemsOf(run.name, record.name, 'activations'),
    ...(damaged[i] ? [`step ${step} of ${record.name} is damaged: ${damaged[i]}`] : []),
    ...(frames[i]?.damage ?? []).map(
      (reason) => `step ${step} of ${record.name} is damaged: ${reason}`,
    ),
  ]);
}

interface ShownProps extends PanelProps {
  readonly shown: readonly Target[];
  readonly frames: readonly (ActivationFrame | null)[];
  readonly reference: ActivationFrame | null;
  readonly order: Uint32Array;
  readonly signs: ArrayLike<number> | null;
  readonly resort: (() => void) | null;
}

function Shown(props: ShownProps): JSX.Element {
  const { panel, shown, frames, reference, resort, signs } = props;
  const first = frames[0]!;
  const scale = useScale(frames, reference);
  const palette = paletteOf(scale.kind, theme.value);
  const [window, setWindow] = useWindow({ steps: first.steps, rows: first.units });
  const hover = useSignal<Hover | null>(null);
  const hint = useSignal(false);
  const chosen = unit.value !== null && unit.value < first.units ? unit.value : null;
  const views = frames.map((one, i) => ({ frame: one, target: shown[i] }));
  const canvases = useRef<(HTMLCanvasElement | null)[]>([]);
  useLayoutEffect(() => {
    panel.exports.value = activationExports(shown, frames, canvases.current, panel.headline.peek());
  });
  return (
    <>
      <div class="tools">
        <Segments
          label="Order of units"
          name="Order"
          value={unitOrder.value}
          choices={['index', 'similarity', 'health']}
          onChoose={(to) => (unitOrder.value = to)}
        />
        {resort && (
          <button class="button" onClick={resort} title="The order is kept while the step changes">
            Sort at this step
          </button>
        )}
        {first.timestamps && (
          <Segments
            label="Horizontal axis"
            name="Axis"
            value={clock.value}
            choices={['step', 'time']}
            onChoose={(to) => (clock.value = to)}
          />
        )}
        <Segments
          label="Colour limits"
          name="Colours"
          value={colourLimit.value}
          choices={['fixed', 'step']}
          words={{ fixed: 'fixed', step: 'per step' }}
          onChoose={(to) => (colourLimit.value = to)}
        />
        <Zoomed window={window} frame={first} setWindow={setWindow} hint={hint.value} />
      </div>
      <div class="side">
        <div class="figures" data-count={views.length}>
          {views.map(({ frame: one, target }, i) =>
            one && target ? (
              <View
                key={i}
                {...{ figure: i, frame: one, target, scale, palette, window, setWindow, hover }}
                order={one.units === first.units ? props.order : null}
                signs={signs}
                unit={chosen}
                wanted={
                  chosen !== null || !isWhole(window, { steps: first.steps, rows: first.units })
                }
                captioned={views.length > 1}
                onIdleWheel={() => (hint.value = true)}
                keep={(canvas) => (canvases.current[i] = canvas)}
              />
            ) : (
              <p key={i} class="muted">
                {one === null && target ? 'No statistics of the units could be read here.' : ''}
              </p>
            ),
          )}
        </div>
      </div>
      <Looks frames={frames} scale={scale} flips={signs !== null} />
      {chosen !== null && (
        <UnitDetail
          name={unitName(first, chosen)}
          views={views.flatMap(({ frame: one, target }) =>
            one && target && chosen < one.units
              ? [{ frame: one, caption: caption(target, one), colour: runColour(target.run.name) }]
              : [],
          )}
          unit={chosen}
          close={() => (unit.value = null)}
        />
      )}
    </>
  );
}

function caption({ run }: Target, { step }: ActivationFrame): string {
  return `${shortened(run.name, 60)}, step ${step.toLocaleString('en-US')}`;
}

/** One scale for all figures: the reference's, or that of what is shown. */
function useScale(
  frames: readonly (ActivationFrame | null)[],
  reference: ActivationFrame | null,
): ColourScale {
  const [first, second] = frames;
  return useMemo(() => {
    const shown = [first, second].flatMap((one) => (one?.picture ? [one.picture] : []));
    const own = colourScale(shown);
    if (!reference?.picture) return own;
    const fixed = colourScale([reference.picture, ...shown.slice(1)]);
    // A step with negative values needs the diverging map, whatever the reference had.
    return { limit: fixed.limit, kind: own.kind === 'diverging' ? own.kind : fixed.kind };
  }, [first, second, reference]);
}

interface ViewProps {
  readonly figure: number;
  readonly frame: ActivationFrame;
  readonly target: Target;
  readonly scale: ColourScale;
  readonly palette: ReturnType<typeof paletteOf>;
  readonly window: Window;
  readonly setWindow: (window: Window) => void;
  readonly hover: Signal<Hover | null>;
  /** Null where the compared layer has other units. */
  readonly order: Uint32Array | null;
  readonly signs: ArrayLike<number> | null;
  readonly unit: number | null;
  /** Whether the picture at full resolution would show more. */
  readonly wanted: boolean;
  readonly captioned: boolean;
  readonly onIdleWheel: () => void;
  readonly keep: (canvas: HTMLCanvasElement | null) => void;
}

function View(props: ViewProps): JSX.Element {
  const { frame, target, scale, window, keep } = props;
  const canvas = useRef<HTMLCanvasElement>(null!);
  const coarse = frame.picture !== null && frame.picture.stride > 1;
  const [values] = useLoadedAll(
    props.wanted && coarse ? [frameOf(target, frame.step, ['values'])] : [],
  );
  const full = values?.data?.step === frame.step ? values.data : null;
  const picture = useMemo(
    () => (full && fullPicture(frame, full, 0)) ?? frame.picture,
    [full, frame],
  );
  const map = useHeatmap(picture, props.order, scale);
  useLayoutEffect(() => keep(canvas.current));
  const title = healthTitle(healthCounts(frame.health), frame.axis);
  return (
    <section>
      {props.captioned && (
        <h3 class="caption">
          <span class="swatch" style={{ background: runColour(target.run.name) }} />
          <strong class="clip">{caption(target, frame)}</strong>
          <span class="muted clip">{title}</span>
        </h3>
      )}
      {map ? (
        <HeatmapFigure
          {...props}
          map={map}
          onWindow={props.setWindow}
          onUnit={(to) => (unit.value = to)}
          clock={clock.value === 'time'}
          label={`Heatmap of ${target.record.name}, ${caption(target, frame)}: ${title}`}
          canvas={canvas}
          tip={(hit) => <CellTip frame={frame} picture={map.picture} order={map.order} hit={hit} />}
          window={window}
        />
      ) : (
        <p class="muted">The picture of this step can’t be read; its statistics can: {title}.</p>
      )}
    </section>
  );
}

function Zoomed({
  window,
  frame,
  setWindow,
  hint,
}: {
  readonly window: Window;
  readonly frame: ActivationFrame;
  readonly setWindow: (window: Window) => void;
  readonly hint: boolean;
}): JSX.Element {
  const bounds = { steps: frame.steps, rows: frame.units };
  if (isWhole(window, bounds)) {
    const words = hint
      ? 'Click the picture first, or hold Ctrl, to zoom with the wheel'
      : 'Drag to zoom, click a row for its unit';
    return <span class="muted small hint">{words}</span>;
  }
  const [from, to] = [Math.floor(window.from), Math.ceil(window.to) - 1];
  return (
    <span class="field hint">
      <span class="small">
        {from.toLocaleString('en-US')}–{to.toLocaleString('en-US')}
      </span>
      <button class="button" onClick={() => setWindow(whole(bounds))}>
        Show all
      </button>
    </span>
  );
}

function Looks({
  frames,
  scale,
  flips,
}: {
  readonly frames: readonly (ActivationFrame | null)[];
  readonly scale: ColourScale;
  readonly flips: boolean;
}): JSX.Element {
  const palette = paletteOf(scale.kind, theme.value);
  const [first, second] = frames;
  const maps = [
    useHeatmap(first?.picture ?? null, null, scale),
    useHeatmap(second?.picture ?? null, null, scale),
  ];
  const present = useMemo(
    () => new Set(maps.flatMap((map) => (map ? [...presentLooks(map)] : []))),
    maps,
  );
  const found = new Set(frames.flatMap((one) => one?.health ?? []));
  return (
    <Legend
      palette={palette}
      scale={scale}
      present={present}
      healths={HEALTHS.filter((health) => found.has(health))}
      flips={flips}
      quantity="activation"
    />
  );
}
