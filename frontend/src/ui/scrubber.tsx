/** The loss curve of the shown runs, on which the step of every panel is chosen. */
import type { CanvasHTMLAttributes, JSX } from 'preact';
import { useCallback, useMemo, useState } from 'preact/hooks';
import { scalars } from '../api';
import type { ScalarCurve } from '../api';
import { layoutScrub } from '../chart/line_scrub';
import type { ScrubLayout } from '../chart/line_scrub';
import { paintScrub } from '../chart/line_scrub_paint';
import { likelyTag, scalarTags } from '../scalar_tag';
import { nearestStep, recordedSteps, scalarLog, scalarTag, shownRuns, step } from '../state';
import { Canvas } from './canvas';
import type { Paint, Size } from './canvas';
import { useLoadedAll } from './loaded';
import type { Loaded } from './loaded';
import { shortened } from './name';
import { runColour } from './run_colour';
import { useStable } from './stable';
import { Steps } from './steps';
import { Choice, ViewChoices } from './view_bar';

const HEIGHT = 112;
const HEIGHT_WITHOUT_CURVE = 34;

export function Scrubber({ help }: { readonly help: () => void }): JSX.Element {
  const tags = scalarTags(shownRuns.value);
  const chosen = scalarTag.value;
  const tag = chosen !== null && tags.includes(chosen) ? chosen : likelyTag(tags);
  return (
    <section class="scrubber" aria-label="Step">
      <div class="tools">
        {tag !== null && <Curve tag={tag} tags={tags} />}
        <Steps />
        <span class="view">
          <ViewChoices />
          <button class="icon" aria-label="Keys" title="Keys (?)" onClick={help}>
            ?
          </button>
        </span>
      </div>
      <Slider tag={tag} />
    </section>
  );
}

function Curve({
  tag,
  tags,
}: {
  readonly tag: string;
  readonly tags: readonly string[];
}): JSX.Element {
  return (
    <span class="field">
      <Choice label="Scalar" value={tag} choices={tags} onChoose={(to) => (scalarTag.value = to)} />
      <button
        class="button"
        aria-pressed={scalarLog.value}
        onClick={() => (scalarLog.value = !scalarLog.value)}
      >
        log
      </button>
    </span>
  );
}

function Slider({ tag }: { readonly tag: string | null }): JSX.Element {
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  const height = tag === null ? HEIGHT_WITHOUT_CURVE : HEIGHT;
  const { layout, failed } = useScrub(tag, size.width, height);
  const steps = recordedSteps.value;
  const current = nearestStep(steps, step.value);
  const paint = useCallback<Paint>(
    (context, _, colours) => paintScrub(context, layout, current, colours),
    [layout, current],
  );
  return (
    <>
      <div
        class="slider"
        role="slider"
        tabIndex={0}
        aria-label="Training step"
        aria-valuemin={steps[0] ?? 0}
        aria-valuemax={steps[steps.length - 1] ?? 0}
        aria-valuenow={current ?? 0}
        aria-valuetext={`step ${current}${step.value === null ? ', the latest' : ''}`}
      >
        <Canvas
          height={height}
          paint={paint}
          label={tag === null ? 'Recorded steps' : `${tag} over training steps`}
          onSize={setSize}
          attributes={dragging(layout)}
        />
      </div>
      {failed && (
        <p class="notes small" role="status">
          {tag} of {failed.where} can’t be shown: {failed.reason}{' '}
          {failed.retry && (
            <button class="link" onClick={failed.retry}>
              Try again
            </button>
          )}
        </p>
      )}
    </>
  );
}

interface Scrub {
  readonly layout: ScrubLayout;
  readonly failed: Failure | null;
}

function useScrub(tag: string | null, width: number, height: number): Scrub {
  const runs = shownRuns.value.filter((run) => tag !== null && run.scalars.includes(tag));
  const answers = useLoadedAll(runs.map((run) => scalars({ run: run.name, tag: tag! })));
  const curves = answers.flatMap(({ data }, i) =>
    data ? [{ colour: runColour(runs[i].name), steps: data.steps, values: data.values }] : [],
  );
  const identity = [...answers.map(({ data }) => data), ...curves.map(({ colour }) => colour)];
  const layout = useMemo(
    () => layoutScrub(curves, recordedSteps.value, scalarLog.value, width, height),
    [useStable(identity), recordedSteps.value, scalarLog.value, width, height],
  );
  const names = runs.map(({ name }) => name);
  return { layout, failed: failure(answers, names) };
}

interface Failure {
  /** "relu and 3 more". */
  readonly where: string;
  readonly reason: string;
  /** Null where asking again would not help. */
  readonly retry: (() => void) | null;
}

/** What is missing among the curves, told by its first; null where all are there. */
export function failure(
  answers: readonly Pick<Loaded<ScalarCurve>, 'data' | 'reason' | 'retry'>[],
  runs: readonly string[],
): Failure | null {
  const reasons = answers.map(({ data, reason }) => reason ?? data?.damaged ?? null);
  const first = reasons.findIndex((reason) => reason !== null);
  if (first < 0) return null;
  const more = reasons.filter((reason) => reason !== null).length - 1;
  return {
    where: shortened(runs[first], 60) + (more > 0 ? ` and ${more} more` : ''),
    reason: reasons[first]!,
    retry: answers.find(({ reason }) => reason !== null)?.retry ?? null,
  };
}

function dragging(layout: ScrubLayout): CanvasHTMLAttributes<HTMLCanvasElement> {
  const move = (event: PointerEvent): void => {
    const wanted = layout.x.reverse(event.offsetX);
    const steps = recordedSteps.peek();
    const nearest = nearestStep(steps, wanted);
    step.value = nearest === steps[steps.length - 1] ? null : nearest;
  };
  return {
    onPointerDown: (event) => {
      if (event.button !== 0) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      move(event);
    },
    onPointerMove: (event) => {
      if (event.currentTarget.hasPointerCapture(event.pointerId)) move(event);
    },
  };
}
