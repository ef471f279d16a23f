/** The step of every panel as a number, and whether it follows the run. */
import type { JSX } from 'preact';
import { moveStep, nearestStep, recordedSteps, step } from '../state';

export function Steps(): JSX.Element | null {
  const steps = recordedSteps.value;
  const current = nearestStep(steps, step.value);
  if (current === null) return null;
  const place = steps.indexOf(current);
  const set = (text: string): void => {
    const wanted = Number(text);
    if (text.trim() !== '' && Number.isFinite(wanted)) step.value = nearestStep(steps, wanted);
  };
  return (
    <span class="steps">
      <span class="muted">Step</span>
      <button
        class="icon"
        aria-label="Step before"
        disabled={place === 0}
        onClick={() => moveStep(-1)}
      >
        ‹
      </button>
      <input
        class="number"
        inputMode="numeric"
        aria-label="Step"
        value={current}
        onChange={(event) => set(event.currentTarget.value)}
      />
      <button
        class="icon"
        aria-label="Step after"
        disabled={place === steps.length - 1}
        onClick={() => moveStep(1)}
      >
        ›
      </button>
      <button
        class="button live"
        aria-pressed={step.value === null}
        title="Show the latest step and follow a live run"
        onClick={() => (step.value = step.value === null ? current : null)}
      >
        Latest
      </button>
    </span>
  );
}
