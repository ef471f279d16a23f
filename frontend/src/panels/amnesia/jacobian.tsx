/** Every output step at once: the temporal Jacobian, and the choice of one of its rows. */
import type { JSX, RefObject } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { frame } from '../../api';
import type { Frame } from '../../api';
import { paletteOf } from '../../chart/colour_palette';
import type { Ramp } from '../../chart/line_amnesia';
import { jacobianHeight, rowOf } from '../../chart/jacobian';
import type { JacobianInput } from '../../chart/jacobian';
import { rampColours } from '../../chart/jacobian_legend';
import css from '../../figures/figures.css?inline';
import {
  outputStep,
  recordIn,
  runFocus,
  runOf,
  shownRuns,
  step,
  theme,
  timeAxis,
} from '../../state';
import { useLoadedAll } from '../../ui/loaded';
import type { Loaded } from '../../ui/loaded';
import { Name } from '../../ui/name';
import { runColour } from '../../ui/run_colour';
import { useStable } from '../../ui/stable';
import { adopt } from '../../ui/style';
import { Choice } from '../../ui/view_bar';
import { atOutput, jacobianOf, levelsOf, colourSpan } from './jacobian_data';
import type { Jacobian as Data } from './jacobian_data';
import { JacobianFigure } from './jacobian_figure';
import own from './jacobian.css?inline';
import type { Shown } from './questions';
import type { PlotInput } from './tip';

/** What the plot above is told. */
export interface Told {
  /** The runs at the output step that was picked; null: as recorded. */
  readonly shown: readonly Shown[] | null;
  /** The picture's colours, for the y axis that they share; null while no picture is there. */
  readonly ramp: Ramp | null;
  /** The Jacobians that have come, by run. */
  readonly jacobians: ReadonlyMap<string, Data>;
}

interface Props {
  readonly name: string;
  /** The runs at the recorded output. */
  readonly shown: readonly Shown[];
  /** What the plot above shows. */
  readonly input: PlotInput;
  readonly canvas: RefObject<HTMLCanvasElement | null>;
  readonly tell: (told: Told) => void;
}

const KIND = 'jacobian';

interface Target {
  readonly run: string;
  readonly step: number;
  readonly outputs: number;
}

export function Jacobian({ name, shown, input, canvas, tell }: Props): JSX.Element | null {
  useLayoutEffect(() => {
    adopt(css);
    adopt(own);
  }, []);
  const section = useRef<HTMLElement | null>(null);
  const seen = useSeen(section);
  const targets = targetsOf(name);
  const focus = runOf('input_gradients')?.name;
  const target = targets.find(({ run }) => run === focus) ?? targets[0];
  const picked = outputStep.value;
  // All runs at the output that was picked, else only the one whose picture is in view.
  const asked = targets.filter((one) => picked !== null || (seen && one === target));
  const answers = useLoadedAll(
    asked.map((one) => frame({ run: one.run, name, kind: KIND, step: one.step })),
  );
  const by = new Map(asked.map(({ run }, i) => [run, answers[i]]));
  const frameInView = (target && by.get(target.run)?.data) ?? null;
  const data = frameInView && jacobianOf(frameInView);
  const ramp = useRamp(data, input.relative);
  const told = useTold(shown, targets, by, picked, ramp);
  useLayoutEffect(() => tell(told), [told]);
  useLayoutEffect(() => () => tell(NOTHING), []);
  const recorded = shown.find(({ run }) => run === target?.run)?.profile?.outputStep ?? 0;
  const figure = useFigure(data, ramp, input, picked, recorded);
  if (!target) return null;
  return (
    <section ref={section} class="jacobian" aria-label="Temporal Jacobian">
      <header>
        <h3>Jacobian</h3>
        <span class="question muted">Does every output look back as far?</span>
        <span class="swatch" style={{ background: runColour(target.run) }} />
        {targets.length > 1 ? (
          <Choice
            label="Run of the Jacobian"
            value={target.run}
            choices={targets.map(({ run }) => run)}
            onChoose={(to) => (runFocus.value = to)}
          />
        ) : (
          <Name text={target.run} />
        )}
      </header>
      {data && figure ? (
        <JacobianFigure
          name={name}
          run={target.run}
          data={data}
          input={figure}
          recorded={recorded}
          canvas={canvas}
        />
      ) : (
        <Nothing answer={by.get(target.run)} height={jacobianHeight(target.outputs)} />
      )}
    </section>
  );
}

const NOTHING: Told = { shown: null, ramp: null, jacobians: new Map() };
const RAMP_STEPS = 64;

/** Of each shown run the last Jacobian at or before the chosen step, else its first. */
function targetsOf(name: string): readonly Target[] {
  return shownRuns.value.flatMap((run) => {
    const record = recordIn(run, KIND, name);
    const steps = record?.steps ?? [];
    if (!record || steps.length === 0) return [];
    const wanted = step.value ?? Infinity;
    const at = steps.filter((other) => other <= wanted).pop() ?? steps[0];
    return [{ run: run.name, step: at, outputs: record.last?.['outputs'] ?? 16 }];
  });
}

/** What is drawn, the same as before while nothing in it has changed. */
function useFigure(
  data: Data | null,
  ramp: Ramp | null,
  plot: PlotInput,
  picked: number | null,
  recorded: number,
): JacobianInput | null {
  const axis = timeAxis.value;
  return useMemo(
    () =>
      data &&
      ramp && {
        matrix: data,
        levels: levelsOf(data, plot.relative),
        decades: ramp.extent,
        window: axis === 'timestep' ? plot.window : null,
        row: rowOf(data, picked ?? recorded),
        picked: picked !== null,
      },
    [data, ramp, plot, picked, recorded, axis],
  );
}

/** One scale for the picture and the axis above: a colour is a height. */
function useRamp(data: Data | null, relative: boolean): Ramp | null {
  const { value: mode } = theme;
  return useMemo(
    () =>
      data && {
        extent: colourSpan(data, relative),
        colours: rampColours(paletteOf('sequential', mode), RAMP_STEPS),
      },
    [data, relative, mode],
  );
}

function useTold(
  shown: readonly Shown[],
  targets: readonly Target[],
  by: ReadonlyMap<string, Loaded<Frame>>,
  picked: number | null,
  ramp: Ramp | null,
): Told {
  const parts = [...by].flatMap(([run, { data, state }]) => [run, data, state]);
  return useMemo(() => {
    const jacobians = new Map<string, Data>();
    for (const [run, { data }] of by) {
      const jacobian = data && jacobianOf(data);
      if (jacobian) jacobians.set(run, jacobian);
    }
    if (picked === null) return { shown: null, ramp, jacobians };
    const at = (one: Shown): Shown => {
      const answer = by.get(one.run);
      return atOutput(one, picked, {
        recorded: targets.some(({ run }) => run === one.run),
        frame: answer?.data ?? null,
        waiting: answer?.state === 'loading',
        failed: answer?.state === 'error' ? answer.reason : null,
        retry: answer?.retry ?? (() => undefined),
      });
    };
    return { shown: shown.map(at), ramp, jacobians };
  }, [shown, useStable(parts), picked, ramp]);
}

/** Whether the element has come near the window. */
function useSeen(element: RefObject<HTMLElement | null>): boolean {
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    if (seen || !element.current) return;
    const observer = new IntersectionObserver(
      (entries) => entries.some(({ isIntersecting }) => isIntersecting) && setSeen(true),
      { rootMargin: '200px' },
    );
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [seen, element.current]);
  return seen;
}

/** The room of the picture until it is there, or why it can't be. */
function Nothing(props: {
  readonly answer: Loaded<Frame> | undefined;
  readonly height: number;
}): JSX.Element {
  const { answer, height } = props;
  const reason = answer?.reason ?? (answer?.state === 'ready' ? 'The Jacobian is damaged.' : null);
  return (
    <div style={{ minHeight: `${height}px` }}>
      {reason !== null && (
        <div role="alert">
          <span>{reason}</span>
          <button class="button" onClick={answer?.retry}>
            Try again
          </button>
        </div>
      )}
    </div>
  );
}
