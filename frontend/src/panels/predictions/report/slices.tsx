/** Weak slices: found on one half of the users, confirmed on the other or not. */
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { grouped } from '../../../chart/axis';
import type { Forest, ForestRow } from '../../../chart/forest';
import { ForestFigure } from '../../../figures/forest_figure';
import { useStable } from '../../../ui/stable';
import { colours } from '../../../ui/theme';
import type { Slice } from '../analysis';
import { condition } from '../choices';
import { textOf } from '../condition';
import type { Analysed } from './looks';
import { chanceText, estimateText, intervalOf, numberOf } from './numbers';
import { Fold, LookLegend, Part } from './parts';
import { counted } from './sentence';

const ON = {
  loss: 'Loss in the slice − loss outside',
  gain: 'Gain on the baseline in the slice − outside',
} as const;

const MEANINGS = { loss: 'a higher loss', gain: 'a smaller gain on the baseline' } as const;

export function Slices({ of: { analysis, colour } }: { readonly of: Analysed }): JSX.Element {
  const { slices, tried, unit } = analysis;
  const [sure, unsure] = [
    slices.filter((one) => one.confirmed),
    slices.filter((one) => !one.confirmed),
  ];
  const half = unit === 'group' ? 'half of the groups' : 'half of the rows';
  return (
    <Part id="slices" title="Weak slices">
      <p class="muted small">
        {tried === 0
          ? 'No slice was found to be tested: no column tells of a higher loss, or they were not looked for.'
          : `${grouped(tried)} ${tried === 1 ? 'slice that was' : 'slices that were'} found on one ${half} ${tried === 1 ? 'was' : 'were'} tested on the other; q is corrected for the number tested.`}
      </p>
      {sure.length > 0 && <Plots slices={sure} colour={colour} title="Confirmed" />}
      {unsure.length > 0 && (
        <Fold
          summary={`Not confirmed on the other half (${unsure.length})`}
          open={sure.length === 0}
        >
          <Plots slices={unsure} colour={colours.value.muted} />
        </Fold>
      )}
      {sure.length > 0 && <LookLegend looks={looksIn(colour, colours.value.muted)} />}
    </Part>
  );
}

interface PlotsProps {
  readonly slices: readonly Slice[];
  readonly colour: string;
  /** Null: it stands above already. */
  readonly title?: string;
}

/** Those of the loss apart from those of the gain, which have another axis. */
function Plots({ slices, colour, title }: PlotsProps): JSX.Element {
  return (
    <>
      {(['loss', 'gain'] as const).map((on) => {
        const of = slices.filter((slice) => slice.on === on);
        if (of.length === 0) return null;
        return (
          <div key={on}>
            <h4>{[title, MEANINGS[on]].filter(Boolean).join(': ')}</h4>
            <Plot on={on} slices={of} colour={colour} />
          </div>
        );
      })}
    </>
  );
}

function Plot({ on, slices, colour }: PlotsProps & { readonly on: Slice['on'] }): JSX.Element {
  const faint = colours.value.muted;
  const identity = useStable(slices);
  const forest = useMemo(
    () => slicesForest(on, slices, colour, faint),
    [on, identity, colour, faint],
  );
  const texts = slices.map((slice) => textOf(slice.conditions));
  const row = condition.value === null ? -1 : texts.indexOf(condition.value);
  return (
    <>
      <ForestFigure
        forest={forest}
        row={row < 0 ? null : row}
        onRow={(to) => (condition.value = to === null ? null : texts[to])}
        label={`${ON[on]}: ${slices.map(sliceWords).join('; ')}`}
        tip={(at) => <SliceTip slice={slices[at]} />}
      />
    </>
  );
}

function slicesForest(
  on: Slice['on'],
  slices: readonly Slice[],
  colour: string,
  faint: string,
): Forest {
  const rows = slices.map(({ text, found, tested }): ForestRow => {
    const effect = intervalOf(tested.effect);
    return {
      label: text,
      marks: [
        { ...effect, look: 0 },
        { ...intervalOf(found.effect), look: 1 },
      ],
      text: estimateText(effect, true),
      note: chanceText('q', numberOf(tested.q)),
      muted: false,
    };
  });
  return {
    rows,
    looks: looksIn(colour, faint),
    references: [{ value: 0, label: 'as outside' }],
    axis: ON[on],
  };
}

function looksIn(colour: string, faint: string): Forest['looks'] {
  return [
    { name: 'tested on the other half', colour, hollow: false },
    { name: 'where it was found', colour: faint, hollow: true },
  ];
}

function sliceWords({ text, tested, confirmed }: Slice): string {
  const effect = estimateText(intervalOf(tested.effect), true);
  return `${text} ${effect} ${confirmed ? 'confirmed' : 'not confirmed'}`;
}

function SliceTip({ slice }: { readonly slice: Slice }): JSX.Element {
  return (
    <>
      <strong class="report-wrap">{slice.text}</strong>
      <table>
        <tbody>
          {(['found', 'tested'] as const).map((half) => {
            const { rows, groups, effect, p, q } = slice[half];
            const chance = [chanceText('p', numberOf(p)), chanceText('q', numberOf(q))];
            return (
              <tr key={half}>
                <td class="muted">{half}</td>
                <td>
                  {estimateText(intervalOf(effect), true)}
                  <br />
                  {counted(rows, 'row')}, {counted(groups, 'group')}
                  <br />
                  {chance.filter(Boolean).join(', ')}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <span class="muted">click: mark its rows</span>
    </>
  );
}
