/** One picture of a check: its title, what is drawn, its legend, and what of it is missing. */
import type { JSX } from 'preact';
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import type { Frame } from '../../api';
import { outside, plotLayout, type PlotInput } from '../../chart/check_plot';
import { ForestFigure } from '../../figures/forest_figure';
import { theme } from '../../state';
import { shortened } from '../../ui/name';
import type { PictureHeader } from './answer';
import { HeatFigure } from './heat_figure';
import { pictureOf } from './pictures';
import type { Drawing } from './pictures';
import { PlotFigure } from './plot_figure';
import { numberWords, rangeWords } from './words';

export interface OnePictureProps {
  readonly id: string;
  readonly header: PictureHeader;
  readonly frame: Frame;
  /** Of a memory ladder; null: none is marked. */
  readonly reach: number | null;
  /** Told the canvas, for exports. */
  readonly keep: (canvas: HTMLCanvasElement | null) => void;
}

export function OnePicture({ id, header, frame, reach, keep }: OnePictureProps): JSX.Element {
  const picture = useMemo(
    () => pictureOf(header, frame.planes, theme.value, reach),
    [header, frame, theme.value, reach],
  );
  const canvas = useRef<HTMLCanvasElement>(null!);
  useLayoutEffect(() => keep(canvas.current ?? null));
  useLayoutEffect(() => () => keep(null), []);
  const { drawing } = picture;
  return (
    <section
      class="one-picture"
      data-drawing={drawing.kind}
      id={id}
      tabIndex={-1}
      aria-label={shortened(picture.title, 80)}
    >
      <h4>{picture.title}</h4>
      <Drawn {...{ drawing, canvas }} label={labelOf(picture.title, header)} />
      {picture.damage.length > 0 && (
        <ul class="notes small" aria-label="Damage">
          {picture.damage.map((reason, i) => (
            <li key={i}>{reason}</li>
          ))}
        </ul>
      )}
    </section>
  );
}

function labelOf(title: string, { xLabel, yLabel }: PictureHeader): string {
  const axes = yLabel === '' || xLabel === '' ? '' : `: ${yLabel} over ${xLabel}`;
  return shortened(`${title}${axes}`, 200);
}

interface DrawnProps {
  readonly drawing: Drawing;
  readonly label: string;
  readonly canvas: { current: HTMLCanvasElement };
}

function Drawn({ drawing, label, canvas }: DrawnProps): JSX.Element {
  switch (drawing.kind) {
    case 'none':
      return <p class="muted small">{drawing.reason}</p>;
    case 'heat':
      return <HeatFigure input={drawing.input} {...{ label, canvas }} />;
    case 'forest':
      return (
        <ForestFigure
          forest={drawing.forest}
          row={drawing.row}
          {...{ label, canvas }}
          tip={(row) => <ForestTip {...{ drawing, row }} />}
        />
      );
    case 'plot':
      return (
        <>
          <PlotFigure input={drawing.input} {...{ label, canvas }} />
          <PlotLegend input={drawing.input} />
        </>
      );
    default:
      return drawing satisfies never;
  }
}

function ForestTip({
  drawing: { forest },
  row,
}: {
  readonly drawing: Extract<Drawing, { kind: 'forest' }>;
  readonly row: number;
}): JSX.Element | null {
  const found = forest.rows[row];
  if (!found) return null;
  return (
    <>
      <strong>{shortened(found.label, 80)}</strong>
      <table>
        <tbody>
          {found.marks.map(({ value, low, high, look }, i) => (
            <tr key={i}>
              <td class="muted">{shortened(forest.looks[look].name, 32)}</td>
              <td class="number">
                {numberWords({ value, unit: '' })} {rangeWords(low, high)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

const MOST_NAMES = 18;

/** One line alone is what the axis says. */
function PlotLegend({ input }: { readonly input: PlotInput }): JSX.Element | null {
  const { lines, kind } = input;
  const banded = lines.some(({ low }) => low !== null);
  // The ends of the axis do not depend on the width.
  const beyond = useMemo(() => outside(input, plotLayout(input, 0)), [input]);
  if (lines.length < 2 && !banded && !beyond) return null;
  return (
    <ul class="legend small muted" aria-label="Legend">
      {lines.slice(0, MOST_NAMES).map(({ name, colour, dash }, i) => (
        <li key={i}>
          <svg width="22" height="10" aria-hidden="true">
            <line
              x1="0"
              x2="22"
              y1="5"
              y2="5"
              stroke={colour}
              stroke-width={kind === 'bars' ? 8 : 2.5}
              stroke-dasharray={dash.join(' ')}
            />
          </svg>
          {shortened(name, 40)}
        </li>
      ))}
      {lines.length > MOST_NAMES && <li>and {lines.length - MOST_NAMES} more</li>}
      {banded && <li>shaded: the interval</li>}
      {beyond && <li>▴ ▾ beyond the axis, or infinite</li>}
    </ul>
  );
}
