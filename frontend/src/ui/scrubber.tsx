/** The loss curve of the shown runs, on which the step of every panel is chosen. */
import type { CanvasHTMLAttributes, JSX } from 'preact';
import { useCallback, useMemo, useRef, useState } from 'preact/hooks';
import { scalars } from '../api';
import { layoutScrub } from '../chart/line_scrub';
import type { ScrubLayout } from '../chart/line_scrub';
import { paintScrub } from '../chart/line_scrub_paint';
import { likelyTag, scalarTags } from '../scalar_tag';
import { nearestStep, recordedSteps, scalarLog, scalarTag, shownRuns, step } from '../state';
import { Canvas } from './canvas';
import type { Paint, Size } from './canvas';
import { useLoadedAll } from './loaded';
import { runColour } from './run_colour';
import { Choice, ViewBar } from './view_bar';

const HEIGHT = 112;
const HEIGHT_WITHOUT_CURVE = 34;

export function Scrubber({ help }: { readonly help: () => void }): JSX.Element {
  const tags = scalarTags(shownRuns.value);
  const chosen = scalarTag.value;
  const tag = chosen !== null && tags.includes(chosen) ? chosen : likelyTag(tags);
  return (
    <section class="scrubber" aria-label="Step">
      <ViewBar help={help} />
      <Slider tag={tag} />
      {tag !== null && (
        <div class="curve-tools">
          <Choice
            label="Scalar"
            value={tag}
            choices={tags}
            onChoose={(to) => (scalarTag.value = to)}
          />
          <button
            class="button"
            aria-pressed={scalarLog.value}
            onClick={() => (scalarLog.value = !scalarLog.value)}
          >
            log
          </button>
        </div>
      )}
    </section>
  );
}

function Slider({ tag }: { readonly tag: string | null }): JSX.Element {
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  const height = tag === null ? HEIGHT_WITHOUT_CURVE : HEIGHT;
  const layout = useScrubLayout(tag, size.width, height);
  const steps = recordedSteps.value;
  const current = nearestStep(steps, step.value);
  const paint = useCallback<Paint>(
    (context, _, colours) => paintScrub(context, layout, current, colours),
    [layout, current],
  );
  return (
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
  );
}

function useScrubLayout(tag: string | null, width: number, height: number): ScrubLayout {
  const runs = shownRuns.value.filter((run) => tag !== null && run.scalars.includes(tag));
  const answers = useLoadedAll(runs.map((run) => scalars({ run: run.name, tag: tag! })));
  const curves = answers.flatMap(({ data }, i) =>
    data ? [{ colour: runColour(runs[i].name), steps: data.steps, values: data.values }] : [],
  );
  const identity = [...answers.map(({ data }) => data), ...curves.map(({ colour }) => colour)];
  return useMemo(
    () => layoutScrub(curves, recordedSteps.value, scalarLog.value, width, height),
    [useStable(identity), recordedSteps.value, scalarLog.value, width, height],
  );
}

/** The same list as before while its members are the same. */
function useStable<T>(list: readonly T[]): readonly T[] {
  const kept = useRef(list);
  const before = kept.current;
  const same = before.length === list.length && list.every((member, i) => member === before[i]);
  if (!same) kept.current = list;
  return kept.current;
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
