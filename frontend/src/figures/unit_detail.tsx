/** The statistics of the chosen unit, under its series. */
import type { JSX } from 'preact';
import type { Clones } from '../chart/unit_clones';
import type { ActivationFrame } from './activation_frame';
import { lifeFacts, unitFacts } from './unit_facts';

export interface UnitView {
  readonly frame: ActivationFrame;
  readonly caption: string;
  readonly colour: string;
}

export function UnitDetail({
  name,
  unit,
  views,
  clones,
  histogram,
  close,
}: {
  readonly name: string;
  readonly unit: number;
  readonly views: readonly UnitView[];
  /** Of the first view. */
  readonly clones: Clones | null;
  /** Shows the unit's pre-activations; null where none were recorded. */
  readonly histogram: (() => void) | null;
  readonly close: () => void;
}): JSX.Element {
  return (
    <section class="unit" aria-label={name}>
      <header>
        <strong>{name}</strong>
        {histogram && (
          <button class="link" onClick={histogram}>
            its pre-activations
          </button>
        )}
        <button class="icon" aria-label="Close the unit" title="Close (Esc)" onClick={close}>
          ✕
        </button>
      </header>
      {views.map(({ frame, caption, colour }, i) => (
        <div key={i} class="facts">
          {views.length > 1 && (
            <span class="field small">
              <span class="swatch" style={{ background: colour }} />
              {caption}
            </span>
          )}
          <dl>
            {[
              ...unitFacts(frame.measures, unit, frame.health[unit]),
              ...lifeFacts(frame.history, i === 0 ? clones : null, unit),
            ].map(([term, text]) => (
              <div key={term}>
                <dt>{term}</dt>
                <dd>{text}</dd>
              </div>
            ))}
          </dl>
        </div>
      ))}
    </section>
  );
}
