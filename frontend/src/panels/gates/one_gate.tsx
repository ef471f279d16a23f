/** One gate: its units as dots, and its shares over the steps. */
import type { JSX } from 'preact';
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import type { Series } from '../../api';
import { grouped, percentLabel } from '../../chart/axis';
import { paletteOf } from '../../chart/colour_palette';
import { nearestIndex } from '../../chart/scale';
import { Facts } from '../../figures/cell_tip';
import { GateFigure } from '../../figures/gate_figure';
import { step, theme, unit } from '../../state';
import { runColour } from '../../ui/run_colour';
import { useStable } from '../../ui/stable';
import { gateSteps, gateWords, type GatesFrame } from './data';
import type { GatesView } from './questions';

interface OneGateProps {
  readonly views: readonly GatesView[];
  readonly gate: number;
  readonly history: Series | null;
  readonly keep: (canvas: HTMLCanvasElement | null) => void;
}

export function OneGate({ views, gate, history, keep }: OneGateProps): JSX.Element | null {
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
