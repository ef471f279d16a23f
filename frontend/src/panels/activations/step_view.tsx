/** The layer at one step: a heatmap, or several beside each other. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { paletteOf } from '../../chart/colour_palette';
import { healthCounts, healthTitle } from '../../chart/heatmap_health';
import { isWhole } from '../../chart/heatmap_window';
import { activationExports } from '../../figures/activation_exports';
import type { ActivationFrame } from '../../figures/activation_frame';
import { ActivationLegend } from '../../figures/activation_legend';
import type { ActivationsViewProps, Shown } from '../../figures/activation_parts';
import { ActivationTools } from '../../figures/activation_tools';
import { ActivationView, caption } from '../../figures/activation_view';
import { frameAt, useScale } from '../../figures/activation_views';
import { ChosenUnit } from '../../figures/chosen_unit';
import type { Hover } from '../../figures/heatmap_figure';
import { stepHeadline } from '../../figures/unit_facts';
import { useReport } from '../../figures/use_report';
import { useWindow } from '../../figures/use_window';
import { allExamples, theme, unit } from '../../state';

/** More pictures beside each other are too small to read. */
const MOST_EXAMPLES = 4;

export function StepView(props: ActivationsViewProps): JSX.Element {
  const { panel, views, first, reference, sorting, clones, choices, notes } = props;
  const frames = views.map(({ frame }) => frame);
  const scale = useScale(frames, reference, views[0].target.record.name);
  const palette = paletteOf(scale.kind, theme.value);
  const bounds = { steps: first.steps, rows: first.units };
  const [window, setWindow] = useWindow(bounds);
  const hover = useSignal<Hover | null>(null);
  const hint = useSignal(false);
  const chosen = unit.value !== null && unit.value < first.units ? unit.value : null;
  const side = views.length === 1 && first.examples > 1 && first.examples <= MOST_EXAMPLES;
  const pictures = side && allExamples.value ? examplesOf(views[0], first) : views;
  const captions = pictures.map((one, i) => captionOf(one, pictures !== views ? i : null));

  const headline = stepHeadline(first, clones);
  const canvases = useRef<(HTMLCanvasElement | null)[]>([]);
  useReport(panel, headline, notes, () =>
    activationExports({
      ...{ frames, headline, clones, captions: captions.map(({ title }) => title) },
      targets: views.map(({ target }) => target),
      canvases: canvases.current,
    }),
  );
  return (
    <>
      <ActivationTools
        {...{ window, setWindow, sorting, side }}
        views={choices}
        frame={first}
        hint={hint.value}
      />
      <div class="side">
        <div class="figures" data-count={pictures.length}>
          {pictures.map(({ frame, target }, i) =>
            frame ? (
              <ActivationView
                key={i}
                {...{ frame, target, scale, palette, window, setWindow, hover }}
                figure={i}
                order={frame.units === first.units ? sorting.order : null}
                signs={frame.units === first.units ? sorting.signs : null}
                clones={target === views[0].target ? clones : null}
                unit={chosen}
                refine={chosen !== null || !isWhole(window, bounds)}
                caption={pictures.length > 1 ? captions[i] : null}
                onIdleWheel={() => (hint.value = true)}
                keep={(canvas) => (canvases.current[i] = canvas)}
              />
            ) : (
              <p key={i} class="muted">
                The statistics of {target.record.name} in {target.run.name} can’t be read here.
              </p>
            ),
          )}
        </div>
      </div>
      {first.picture && (
        <ActivationLegend {...{ frames, scale, palette, clones }} flips={sorting.signs !== null} />
      )}
      {chosen !== null && <ChosenUnit views={views} unit={chosen} clones={clones} />}
    </>
  );
}

/** The same frame once for each of its examples. */
function examplesOf({ target, frame }: Shown, { examples }: ActivationFrame): readonly Shown[] {
  return Array.from({ length: examples }, (_, i) => ({
    target,
    frame: frame && frameAt(frame, i),
  }));
}

function captionOf(
  { target, frame }: Shown,
  example: number | null,
): { readonly title: string; readonly words: string } {
  if (!frame) return { title: target.run.name, words: '' };
  if (example !== null) return { title: `example ${example + 1}`, words: '' };
  const words = healthTitle(healthCounts(frame.health), frame.axis);
  return { title: caption(target, frame), words };
}
