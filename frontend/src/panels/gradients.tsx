/** Layers x steps as colours, the same over the depth of the net at one step, and one weight in detail. */
import type { JSX } from 'preact';
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { paletteOf } from '../chart/colour_palette';
import { layerMap, type LayerTable } from '../chart/layers';
import { decadeScale, scaleAround, type DecadeScale } from '../chart/layers_scale';
import css from '../figures/figures.css?inline';
import layersCss from '../figures/layers.css?inline';
import { LayersLegend } from '../figures/layers_legend';
import { Segments } from '../figures/segments';
import { useReport } from '../figures/use_report';
import { layerMeasure } from '../figures/view_state';
import {
  parameter,
  problemsOf,
  recordChoice,
  recordIn,
  recordName,
  recordNames,
  shownRuns,
  theme,
} from '../state';
import { shortened } from '../ui/name';
import type { PanelProps } from '../ui/panel';
import { useStatus } from '../ui/status';
import { adopt } from '../ui/style';
import { useWidth } from '../ui/use_width';
import { Choice } from '../ui/view_bar';
import {
  globalNorms,
  MEASURES,
  peaksOf,
  planeRow,
  rowsOf,
  tableOf,
  type Measure,
  type Net,
} from './gradients/data';
import { Depth } from './gradients/depth';
import { Detail } from './gradients/detail';
import { gradientExports } from './gradients/exports';
import { findings } from './gradients/findings';
import { Picture } from './gradients/picture';
import {
  useHealth,
  type Answers,
  type History,
  type Shown,
  type Training,
} from './gradients/questions';
import { explanation, measureNames, QUANTITIES, USUAL_UPDATE } from './gradients/words';

export function Gradients({ panel }: PanelProps): JSX.Element | null {
  useLayoutEffect(() => {
    adopt(css);
    adopt(layersCss);
  }, []);
  const health = useHealth(layerMeasure.value);
  const [first] = health.histories;
  const net = first?.net ?? null;
  const choices = net ? available(net, first) : [];
  const measure = choices.find((one) => one === layerMeasure.value) ?? choices[0] ?? 'gradient';
  const unreadable = net ? null : 'The gradients and weights of this step can’t be read.';
  useStatus(panel, health.answers, unreadable);
  const headline = useHeadline(first?.training ?? null);
  const canvases = useRef<(HTMLCanvasElement | null)[]>([]);
  useReport(panel, headline, notes(health), () =>
    gradientExports(health, measure, canvases.current, headline),
  );
  if (!first || !net) return null;
  return (
    <>
      <div class="tools">
        <Segments
          label="What the rows show"
          name="Show"
          value={measure}
          choices={choices}
          words={measureNames(net)}
          onChoose={(to) => (layerMeasure.value = to)}
        />
        <Optimizer />
      </div>
      <Pictures
        {...{ health, net, measure }}
        keep={(i, canvas) => (canvases.current[i] = canvas)}
      />
      {parameter.value !== null && <Detail of={first.training} net={net} name={parameter.value} />}
    </>
  );
}

/** A net that is looked at without an optimizer's step has gradients of outputs alone. */
function available({ parameters }: Net, { hasOutputs }: History): readonly Measure[] {
  return MEASURES.filter((one) => (one === 'output' ? hasOutputs : parameters.length > 0));
}

/** Nets with several optimizers have a record for each. */
function Optimizer(): JSX.Element | null {
  const names = recordNames('health').filter((name) =>
    shownRuns.value.some((run) => recordIn(run, 'health', name)?.last?.['parameters'] !== 0),
  );
  if (names.length < 2) return null;
  return (
    <Choice
      label="Record"
      value={recordName.health.value ?? undefined}
      choices={names}
      onChoose={(to) => (recordChoice.health.value = to)}
    />
  );
}

interface PicturesProps {
  readonly health: Answers;
  readonly net: Net;
  readonly measure: Measure;
  readonly keep: (place: number, canvas: HTMLCanvasElement | null) => void;
}

/** Beside each other the curves need this many CSS pixels, and pictures of two runs this many. */
const [BESIDE, TWO_BESIDE] = [700, 900];

function Pictures({ health, net, measure, keep }: PicturesProps): JSX.Element {
  const [element, width] = useWidth<HTMLDivElement>();
  const { histories } = health;
  const tables = useTables(histories, measure);
  const scale = useScale(tables, measure);
  const maps = useMemo(
    () => tables.map((table) => table && scale && layerMap(table, scale)),
    [tables, scale],
  );
  const palette = paletteOf(scale.kind, theme.value);
  const rows = useMemo(() => rowsOf(net, measure), [net, measure]);
  const alone = histories.length === 1;
  const beside = width >= (alone ? BESIDE : TWO_BESIDE);
  const layout = beside ? (alone ? 'picture' : 'pictures') : 'none';
  const known = maps.flatMap((map) => map ?? []);
  return (
    <>
      <div class="layers" data-beside={layout} ref={element}>
        {histories.map((history, i) => (
          <Picture
            key={i}
            {...{ history, measure, palette }}
            layers={maps[i]}
            captioned={!alone || health.shown.length > 1}
            keep={(canvas) => keep(i, canvas)}
          />
        ))}
        <Depth
          {...{ health, rows, measure, palette }}
          table={tables[0] ?? null}
          named={layout !== 'picture' || !tables[0]}
          keep={(canvas) => keep(histories.length, canvas)}
        />
      </div>
      <LayersLegend layers={known} palette={palette} quantity={QUANTITIES[measure]} />
      <p class="muted small explained">{caption(measure, net)}</p>
    </>
  );
}

function caption(measure: Measure, net: Net): string {
  const hint = parameter.value === null ? ' Click a row to see the histograms of its weights.' : '';
  return `${explanation(measure, net)}. Rows run from the input of the net to its output.${hint}`;
}

function useTables(
  histories: readonly History[],
  measure: Measure,
): readonly (LayerTable | null)[] {
  const [a, b] = histories;
  const tableFor = (one: History | undefined): LayerTable | null =>
    one?.net && one.series ? tableOf(one.net, one.series, measure) : null;
  const first = useMemo(() => tableFor(a), [a?.net, a?.series, measure]);
  const second = useMemo(() => tableFor(b), [b?.net, b?.series, measure]);
  return useMemo(
    () => [first, second].slice(0, histories.length),
    [first, second, histories.length],
  );
}

/** One scale for all pictures; of updates it has the usual size in its middle. */
function useScale(tables: readonly (LayerTable | null)[], measure: Measure): DecadeScale {
  return useMemo(() => {
    const values = tables.flatMap((table) => (table ? Array.from(table.values) : []));
    return measure === 'update' ? scaleAround(values, USUAL_UPDATE) : decadeScale(values);
  }, [tables, measure]);
}

function useHeadline(first: Training | null): string | null {
  const { net, series, frame } = first ?? {};
  return useMemo(() => {
    if (!net || !frame || !series) return null;
    const gradients = tableOf(net, series, 'gradient');
    const updates = tableOf(net, series, 'update');
    const since = planeRow(frame, 'history', 'first_nonfinite_step');
    const broken = net.parameters.flatMap(({ name }, i) =>
      since[i] >= 0 ? [{ name, step: since[i] }] : [],
    );
    const said = findings({
      gradients,
      updates,
      step: frame.step,
      norms: globalNorms(series),
      peaks: peaksOf(frame),
      broken,
    });
    return said === '' ? null : said.charAt(0).toUpperCase() + said.slice(1);
  }, [net, series, frame]);
}

function notes({ shown }: Answers): string[] {
  return shown.flatMap((one) => [
    ...problemsOf(one.run.name, one.record.name, 'health'),
    ...(one.failed === null
      ? []
      : [`step ${one.step} of ${one.run.name} can’t be shown: ${one.failed}`]),
    ...damageOf(one).map((reason) => `step ${one.step} of ${one.run.name} is damaged: ${reason}`),
  ]);
}

function damageOf({ frame }: Shown): string[] {
  const planes = [...(frame?.planes.values() ?? [])];
  return [
    ...(frame?.damaged ? [frame.damaged] : []),
    ...planes.flatMap(({ name, damaged }) => (damaged === null ? [] : [`${name}: ${damaged}`])),
  ].map((reason) => shortened(reason, 200));
}
