/** For whom: metrics of strata as a forest plot; a click marks a stratum's rows. */
import type { JSX } from 'preact';
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { grouped } from '../../../chart/axis';
import { Facts } from '../../../figures/cell_tip';
import { ForestFigure } from '../../../figures/forest_figure';
import { Name } from '../../../ui/name';
import { useStable } from '../../../ui/stable';
import type { Stratum } from '../analysis';
import { condition } from '../choices';
import { textOf } from '../condition';
import { looksOf, type Analysed } from './looks';
import { estimateText, intervalOf } from './numbers';
import { LookLegend, Part } from './parts';
import { keepPicture } from './pictures';
import { Turner } from './turner';
import { strataForest, wantedStrata, type StrataWish } from './strata_rows';
import { StrataTools, wishOf } from './strata_tools';

/** Rows of a page. */
const MOST = 40;

export function Strata({ all }: { readonly all: readonly Analysed[] }): JSX.Element | null {
  const [{ analysis }] = all;
  const { strata } = analysis;
  const wish = wishOf(all[0]);
  const wanted = useMemo(
    () => wantedStrata(strata, wish),
    [strata, wish.metric, wish.shows, wish.sort, wish.column, wish.pairs],
  );
  const [turned, setPage] = useState(0);
  const page = Math.min(turned, Math.max(0, Math.ceil(wanted.length / MOST) - 1));
  const shown = useMemo(() => wanted.slice(page * MOST, (page + 1) * MOST), [wanted, page]);
  if (strata.length === 0) {
    return (
      <Part id="strata" title="For whom">
        <p class="muted">
          {all[0].view.table?.columns.length
            ? 'No strata: no column cuts the rows in two.'
            : 'Pass columns=, what is known of each row besides, for strata, weak slices and loss patterns.'}
        </p>
      </Part>
    );
  }
  const small = wanted.some((stratum) => stratum.small);
  return (
    <Part
      id="strata"
      title="For whom"
      note={`${grouped(strata.length)} ${strata.length === 1 ? 'stratum' : 'strata'}`}
    >
      <StrataTools {...{ analysis, wish }} />
      <Plot {...{ all, shown, wish }} />
      <Turner page={page} perPage={MOST} count={wanted.length} what="strata" onPage={setPage} />
      {small && (
        <p class="muted small">
          Grey: fewer than {grouped(analysis.least_rows)} rows
          {analysis.unit === 'group' ? ` or ${grouped(analysis.least_groups)} groups` : ''}; not
          ranked.
        </p>
      )}
    </Part>
  );
}

interface PlotProps {
  readonly all: readonly Analysed[];
  readonly shown: readonly Stratum[];
  readonly wish: StrataWish;
}

function Plot({ all, shown, wish }: PlotProps): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null!);
  useLayoutEffect(() => keepPicture('For whom', canvas.current));
  const analyses = all.map(({ analysis }) => analysis);
  const identity = useStable([...analyses, ...all.map(({ colour }) => colour), shown]);
  const looks = useMemo(() => looksOf(all), [identity]);
  const forest = useMemo(
    () => strataForest(shown, analyses, wish, looks),
    [identity, wish.metric, wish.shows, looks],
  );
  const texts = useMemo(() => shown.map((stratum) => textOf(stratum.conditions)), [shown]);
  const row = condition.value === null ? -1 : texts.indexOf(condition.value);
  const drawn = new Set(forest.rows.flatMap(({ marks }) => marks.map(({ look }) => look)));
  return (
    <>
      <ForestFigure
        {...{ forest, canvas }}
        row={row < 0 ? null : row}
        onRow={(to) => (condition.value = to === null ? null : texts[to])}
        label={`${forest.axis} of ${shown.length} strata: ${spoken(forest.rows)}`}
        tip={(at) => <StratumTip stratum={shown[at]} metric={wish.metric} />}
      />
      <LookLegend looks={forest.looks.filter((_, i) => drawn.has(i))} />
      {row >= 0 && <Marked text={shown[row].text} />}
    </>
  );
}

/** The scatter whose dots are marked stands further up. */
function Marked({ text }: { readonly text: string }): JSX.Element {
  const show = (): void => {
    const still = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
    const rows = document.querySelector('.prediction-rows');
    rows?.scrollIntoView({ behavior: still ? 'auto' : 'smooth', block: 'center' });
  };
  return (
    <p class="report-marked small">
      Marked: <Name text={text} />
      <button class="link" onClick={show}>
        show its rows
      </button>
      <button class="link" onClick={() => (condition.value = null)}>
        let go
      </button>
    </p>
  );
}

const MOST_SPOKEN = 5;

function spoken(rows: readonly { readonly label: string; readonly text: string }[]): string {
  const told = rows.slice(0, MOST_SPOKEN).map(({ label, text }) => `${label} ${text}`);
  return told.join('; ') + (rows.length > MOST_SPOKEN ? '; …' : '');
}

function StratumTip({
  stratum,
  metric: name,
}: {
  readonly stratum: Stratum;
  readonly metric: string;
}): JSX.Element {
  const { model, baseline, difference, rows, groups, positives } = stratum.metrics;
  return (
    <>
      <strong class="report-wrap">{stratum.text}</strong>
      <Facts
        facts={[
          ['rows', grouped(rows)],
          ['groups', grouped(groups)],
          ...(positives === null ? [] : [['positive', grouped(positives)] as const]),
          ['model', estimateText(intervalOf(model[name]))],
          ...(baseline ? [['baseline', estimateText(intervalOf(baseline[name]))] as const] : []),
          ...(difference
            ? [['difference', estimateText(intervalOf(difference[name]), true)] as const]
            : []),
        ]}
      />
      <span class="muted">click: mark its rows</span>
    </>
  );
}
