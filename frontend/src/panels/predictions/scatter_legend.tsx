/** What the colours, the diagonal and the lines mean; a click on a category selects its rows. */
import type { JSX } from 'preact';
import { useCallback } from 'preact/hooks';
import { grouped } from '../../chart/axis';
import { css } from '../../chart/colour';
import { label } from '../../chart/ink';
import { Canvas, type Paint } from '../../ui/canvas';
import { Name } from '../../ui/name';
import { category } from './choices';
import type { Entry, Ramp } from './colouring';
import type { Task } from './table';
import type { Scatters } from './use_scatter';

export function ScatterLegend({ scatters }: { readonly scatters: Scatters }): JSX.Element {
  const { drawn, diagonal } = scatters;
  const [{ colours, lines, table }] = drawn;
  const { name, entries, ramp } = colours;
  const alone = entries?.length === 1;
  const joined = lines?.groups ?? 0;
  return (
    <ul class="legend small muted rows-legend" aria-label="Legend">
      {name !== '' && entries && (
        <li>
          <Name text={name} />
        </li>
      )}
      {!alone &&
        entries?.map((entry, code) => (
          <li key={code}>
            <Category {...{ entry, code }} />
          </li>
        ))}
      {ramp && <ColourBar {...{ name, ramp }} />}
      {diagonal && <li>{diagonalWords(table.task, scatters)}</li>}
      {lines && (
        <li>
          {joined > lines.low.length
            ? `lines: ${grouped(lines.low.length)} of ${grouped(joined)} users with several rows`
            : `lines: from the lowest to the highest row of each of ${grouped(joined)} users`}
        </li>
      )}
    </ul>
  );
}

function diagonalWords(task: Task, { across, spread }: Scatters): string {
  if (task === 'regression') {
    return across === 'label'
      ? 'on the dashed line the prediction is right'
      : 'on the dashed line both predict the same';
  }
  const ranked = spread === 'rank';
  const above = ranked ? 'ranks a row higher than the baseline' : 'beats the baseline';
  if (task === 'multiclass') return `above the dashed line the model ${above}`;
  return ranked
    ? `above the dashed line the model ${above}: good for label 1, bad for label 0`
    : `above the dashed line the model ${above} where the label is 1, below it where it is 0`;
}

function Category({ entry, code }: { readonly entry: Entry; readonly code: number }): JSX.Element {
  const chosen = category.value === code;
  return (
    <button
      class="rows-category"
      aria-pressed={chosen}
      title={chosen ? 'Select all' : 'Select these rows'}
      onClick={() => (category.value = chosen ? null : code)}
    >
      <span class="swatch" style={{ background: css(entry.colour) }} />
      <Name text={entry.name} />
      <span>{grouped(entry.rows)}</span>
    </button>
  );
}

const BAR = 220;

function ColourBar({ name, ramp }: { readonly name: string; readonly ramp: Ramp }): JSX.Element {
  const paint = useCallback<Paint>(
    (context, { width }, ink) => {
      const [left, length] = [26, width - 52];
      ramp.colours.forEach((colour, i) => {
        context.fillStyle = css(colour);
        const at = left + (i / ramp.colours.length) * length;
        context.fillRect(at, 2, length / ramp.colours.length + 0.5, 10);
      });
      label(context, ink);
      context.fillStyle = ink.muted;
      context.textAlign = 'center';
      context.textBaseline = 'top';
      ramp.labels.forEach((text, i) => context.fillText(text, left + (i / 2) * length, 16));
    },
    [ramp],
  );
  return (
    <li>
      <Name text={name} />
      <span style={{ width: `${BAR}px` }}>
        <Canvas height={30} paint={paint} label={`colours from ${ramp.labels.join(' to ')}`} />
      </span>
      {ramp.missing > 0 && <span>missing: {grouped(ramp.missing)}</span>}
    </li>
  );
}
