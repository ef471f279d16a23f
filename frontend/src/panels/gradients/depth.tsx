/** The measure over the depth of the net at the chosen step, all runs over each other. */
import type { JSX } from 'preact';
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { grouped, valueLabel } from '../../chart/axis';
import type { Palette } from '../../chart/colour_palette';
import type { DepthCurve, DepthInput } from '../../chart/depth';
import type { LayerRow, LayerTable } from '../../chart/layers';
import { nearestIndex } from '../../chart/scale';
import { DepthFigure } from '../../figures/depth_figure';
import { shortened } from '../../ui/name';
import { runColour } from '../../ui/run_colour';
import { useStable } from '../../ui/stable';
import { curveOf, earlierCurves, strangers } from './curves';
import type { Measure } from './data';
import type { Answers, Shown } from './questions';
import { chooseRow, chosenRow } from './choices';
import { QUANTITIES, USUAL_UPDATE } from './words';

interface DepthProps {
  readonly health: Answers;
  readonly rows: readonly LayerRow[];
  readonly measure: Measure;
  /** Of the first run, for its earlier steps; null where there is none. */
  readonly table: LayerTable | null;
  readonly palette: Palette;
  readonly named: boolean;
  readonly keep: (canvas: HTMLCanvasElement | null) => void;
}

export function Depth(props: DepthProps): JSX.Element | null {
  const { health, rows, measure, palette, named, keep } = props;
  const canvas = useRef<HTMLCanvasElement>(null!);
  useLayoutEffect(() => keep(canvas.current));
  const curves = useCurves(props);
  const input = useMemo<DepthInput>(
    () => ({ rows, curves, usual: measure === 'update' ? USUAL_UPDATE : null, named }),
    [rows, curves, measure, named],
  );
  const net = health.histories[0].net;
  const current = curves.filter(({ age }) => age === null);
  if (!net || current.length === 0) return null;
  const steps = current.filter(({ dashed }) => !dashed).map((curve) => curve.step);
  return (
    <section class="depth">
      <h3 class="caption">
        <strong class="clip">step {words(steps)}</strong>
        <span class="muted clip">
          {[QUANTITIES[measure], remarks(curves)].filter(Boolean).join('; ')}
        </span>
      </h3>
      <DepthFigure
        {...{ input, palette, canvas }}
        row={chosenRow(rows, net)}
        onRow={(row) => chooseRow(rows, net, row)}
        label={`${QUANTITIES[measure]} over the depth of the net at step ${words(steps)}, ${current.length} curves`}
        tip={(row) => <RowTip name={rows[row].name} curves={current} row={row} />}
      />
    </section>
  );
}

/** Runs may have been recorded at different steps. */
function words(steps: readonly number[]): string {
  return [...new Set(steps)].map((at) => grouped(at)).join(', ');
}

function remarks(curves: readonly DepthCurve[]): string {
  const current = curves.filter(({ age }) => age === null);
  const others = strangers(current);
  return [
    curves.length > current.length ? 'faint: earlier steps' : '',
    ...current.filter(({ dashed }) => dashed).map(({ step }) => `dashed: step ${grouped(step)}`),
    others > 0 ? `${others} ${others === 1 ? 'run has' : 'runs have'} other layers` : '',
  ]
    .filter(Boolean)
    .join('; ');
}

/** Others below, the first run on top; its earlier steps where it is alone. */
function useCurves({ health, rows, measure, table }: DepthProps): readonly DepthCurve[] {
  const { shown, other } = health;
  const theme = shown.map(({ run }) => runColour(run.name));
  const frames = useStable([
    ...shown.flatMap(({ frame, net }) => [frame, net]),
    other?.frame,
    ...theme,
  ]);
  return useMemo(() => {
    const curveFor = (one: Shown, focus: boolean): readonly DepthCurve[] =>
      one.frame && one.net
        ? [
            curveOf(
              rows,
              {
                run: one.run.name,
                colour: runColour(one.run.name),
                frame: one.frame,
                net: one.net,
                focus,
                dashed: one === other,
              },
              measure,
            ),
          ]
        : [];
    const alone = shown.length === 1 && !other;
    const [first, ...others] = shown;
    if (!first) return [];
    const column = table && first.frame ? nearestIndex(table.steps, first.frame.step) : -1;
    const earlier =
      alone && table && column > 0
        ? earlierCurves(table, column, first.run.name, runColour(first.run.name))
        : [];
    return [
      ...earlier,
      ...others.flatMap((one) => curveFor(one, false)),
      ...(other ? curveFor(other, false) : []),
      ...curveFor(first, true),
    ];
  }, [frames, rows, measure, table]);
}

const MOST_LINES = 12;

function RowTip({
  name,
  curves,
  row,
}: {
  readonly name: string;
  readonly curves: readonly DepthCurve[];
  readonly row: number;
}): JSX.Element {
  const known = curves.filter(
    ({ values, broken }) => !Number.isNaN(values[row]) || broken[row] > 0,
  );
  return (
    <>
      <strong>{name}</strong>
      <table>
        <tbody>
          {known
            .slice(-MOST_LINES)
            .reverse()
            .map(({ run, step, colour, values, broken }) => (
              <tr key={`${run}\n${step}`}>
                <td>
                  <span class="swatch" style={{ background: colour }} />
                </td>
                <td class="muted">
                  {shortened(run, 32)}, step {grouped(step)}
                </td>
                <td class="number">
                  {broken[row] > 0
                    ? `${grouped(broken[row])} NaN or infinite`
                    : valueLabel(values[row], 3)}
                </td>
              </tr>
            ))}
        </tbody>
      </table>
      {known.length === 0 && <span class="muted">not measured</span>}
      {known.length > MOST_LINES && (
        <span class="muted">… and {known.length - MOST_LINES} more</span>
      )}
    </>
  );
}
