/** Where a layer's inputs lie relative to zero: over steps, or unit by unit at one step. */
import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { grouped } from '../chart/axis';
import css from '../figures/figures.css?inline';
import { Histograms, title } from '../figures/histograms';
import type { PreactivationFrame } from '../figures/preactivation_data';
import { preactivationExports } from '../figures/preactivation_exports';
import {
  histogramTargets,
  useHistogramViews,
  useValueScale,
  type HistogramView,
} from '../figures/preactivation_views';
import { Segments } from '../figures/segments';
import { useReport } from '../figures/use_report';
import { histogramView as view, valueAxis as axis } from '../figures/view_state';
import { problemsOf, recordName, unit } from '../state';
import { shortened } from '../ui/name';
import type { PanelProps } from '../ui/panel';
import { runColour } from '../ui/run_colour';
import { useStatus } from '../ui/status';
import { adopt } from '../ui/style';

const KIND = 'preactivations';

export function Preactivations({ panel }: PanelProps): JSX.Element | null {
  useLayoutEffect(() => adopt(css), []);
  const targets = histogramTargets();
  const { views, answers } = useHistogramViews(targets);
  const first = views[0]?.shown ?? null;
  const unreadable = first ? null : 'The statistics of the units of this step can’t be read.';
  useStatus(panel, answers, unreadable);
  const canvases = useRef<(HTMLCanvasElement | null)[]>([]);
  const said = first && headline(first, views[0].record.name);
  useReport(panel, said, views.flatMap(notes), () =>
    preactivationExports(views, canvases.current, said),
  );
  const scale = useValueScale(views);
  if (!first) return null;
  return (
    <>
      <Tools />
      <div class="side">
        <div class="figures" data-count={views.length}>
          {views.map((one, i) => (
            <section key={i}>
              {views.length > 1 && one.shown && (
                <h3 class="caption">
                  <span class="swatch" style={{ background: runColour(one.run.name) }} />
                  <strong class="clip">
                    {shortened(one.run.name, 60)}, step {grouped(one.shown.step)}
                  </strong>
                  <span class="muted clip">{title(one.shown)}</span>
                </h3>
              )}
              <Histograms
                view={one}
                scale={scale}
                keep={(canvas) => (canvases.current[i] = canvas)}
              />
            </section>
          ))}
        </div>
      </div>
    </>
  );
}

/** Names the layer where it is not the one that the activations are of. */
function headline(shown: PreactivationFrame, name: string): string {
  return recordName.activations.value === name ? title(shown) : `${name}: ${title(shown)}`;
}

function notes({ run, record, shown, damaged, step: at }: HistogramView): string[] {
  const damage = [...(damaged === null ? [] : [damaged]), ...(shown?.damage ?? [])];
  return [
    ...problemsOf(run.name, record.name, KIND),
    ...damage.map((reason) => `step ${at} of ${record.name} is damaged: ${reason}`),
  ];
}

function Tools(): JSX.Element {
  const chosen = unit.value;
  return (
    <div class="tools">
      <Segments
        label="What is shown"
        name="Show"
        value={view.value}
        choices={['layer', 'units', 'unit']}
        words={{
          layer: 'layer over steps',
          units: 'units at this step',
          unit: chosen === null ? 'a unit over steps' : `unit ${chosen} over steps`,
        }}
        onChoose={(to) => {
          if (to === 'unit') unit.value ??= 0;
          view.value = to;
        }}
      />
      <Segments
        label="Value axis"
        name="Axis"
        value={axis.value}
        choices={['symlog', 'linear']}
        words={{ symlog: 'log', linear: 'linear' }}
        onChoose={(to) => (axis.value = to)}
      />
    </div>
  );
}
