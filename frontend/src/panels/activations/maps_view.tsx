/** A convolution's layer at one step: the map of each unit, height x width. */
import type { JSX } from 'preact';
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { load } from '../../api';
import type { Frame, Request } from '../../api';
import { MASKED, paletteOf } from '../../chart/colour_palette';
import type { ColourScale } from '../../chart/colour_scale';
import { presentLooks } from '../../chart/heatmap';
import { HEALTHS } from '../../chart/heatmap_health';
import type { Picture } from '../../chart/heatmap_picture';
import { ownTables } from '../../chart/maps';
import type { Clones } from '../../chart/unit_clones';
import { activationExports } from '../../figures/activation_exports';
import { fullPicture, unitSeries, type ActivationFrame } from '../../figures/activation_frame';
import type { ActivationsViewProps, Shown } from '../../figures/activation_parts';
import { ExampleChoice, OrderChoice, ShowChoice } from '../../figures/activation_tools';
import { Caption, caption, useFullPicture } from '../../figures/activation_view';
import { frameOf, useScale, type Target } from '../../figures/activation_views';
import { ChosenUnit } from '../../figures/chosen_unit';
import { Legend } from '../../figures/legend';
import { MapsFigure } from '../../figures/maps_figure';
import { Segments } from '../../figures/segments';
import { tablesOf } from '../../figures/use_heatmap';
import { stepHeadline } from '../../figures/unit_facts';
import { useReport } from '../../figures/use_report';
import { colourLimit, mapColours } from '../../figures/view_state';
import { theme, unit } from '../../state';
import type { Exports } from '../../ui/panel';
import { adopt } from '../../ui/style';
import css from './views.css?inline';

export function MapsView(props: ActivationsViewProps): JSX.Element {
  useLayoutEffect(() => adopt(css), []);
  const { panel, views, first, reference, sorting, clones, choices, notes } = props;
  const frames = views.map(({ frame }) => frame);
  const scale = useScale(frames, reference, views[0].target.record.name);
  const chosen = unit.value !== null && unit.value < first.units ? unit.value : null;
  const captions = views.map(({ target, frame }) =>
    frame ? caption(target, frame) : target.run.name,
  );
  const headline = stepHeadline(first, clones);
  const canvases = useRef<(HTMLCanvasElement | null)[]>([]);
  useReport(panel, headline, notes, () => {
    const exports = activationExports({
      ...{ frames, captions, headline, clones },
      targets: views.map(({ target }) => target),
      canvases: canvases.current,
    });
    return chosen === null ? exports : withMap(exports, views, chosen);
  });
  return (
    <>
      <div class="tools">
        <ShowChoice views={choices} />
        <OrderChoice sorting={sorting} />
        <ExampleChoice frame={first} side={false} />
        <ColourChoice />
        <span class="muted small hint">Click a map to enlarge it</span>
      </div>
      <div class="side">
        <div class="figures" data-count={views.length}>
          {views.map((view, i) => (
            <section key={i}>
              {views.length > 1 && <Caption target={view.target} title={captions[i]} words="" />}
              <Maps
                {...{ view, scale, chosen }}
                order={view.frame?.units === first.units ? sorting.order : null}
                clones={i === 0 ? clones : null}
                keep={(canvas) => (canvases.current[i] = canvas)}
              />
            </section>
          ))}
        </div>
      </div>
      {chosen !== null && <ChosenUnit views={views} unit={chosen} clones={clones} />}
    </>
  );
}

/** With the map of the chosen unit in the data. */
function withMap(exports: Exports, views: readonly Shown[], unit: number): Exports {
  const json = async (): Promise<unknown> => {
    const frames = await Promise.all(views.map(({ target }) => load(fullFrame(target))));
    const maps = views.flatMap(({ frame, target }, i) => {
      const picture = frame && fullPicture(frame, frames[i], frame.example);
      if (!frame?.space || !picture || unit >= frame.units) return [];
      const [height, width] = frame.space;
      const values = unitSeries(picture, unit);
      return [{ run: target.run.name, unit, example: frame.example, height, width, values }];
    });
    return { units: await exports.json(), maps };
  };
  return { ...exports, json };
}

function fullFrame(target: Target): Request<Frame> {
  return frameOf(target, target.step, ['values']);
}

function ColourChoice(): JSX.Element {
  return (
    <>
      <Segments
        label="Colour scale of the maps"
        name="Colours"
        value={mapColours.value}
        choices={['layer', 'unit']}
        words={{ layer: 'of the layer', unit: 'of each unit' }}
        onChoose={(to) => (mapColours.value = to)}
      />
      {mapColours.value === 'layer' && (
        <Segments
          label="Colour limits"
          name="Limits"
          value={colourLimit.value}
          choices={['fixed', 'step']}
          words={{ fixed: 'fixed', step: 'per step' }}
          onChoose={(to) => (colourLimit.value = to)}
        />
      )}
    </>
  );
}

interface MapsProps {
  readonly view: Shown;
  readonly scale: ColourScale;
  readonly chosen: number | null;
  readonly order: Uint32Array | null;
  readonly clones: Clones | null;
  readonly keep: (canvas: HTMLCanvasElement | null) => void;
}

/** The maps of one run at one step, once the picture is here at full resolution. */
function Maps({ view: { target, frame }, ...props }: MapsProps): JSX.Element {
  if (!frame?.picture || !frame.space) {
    return <p class="muted">There are no maps of {target.record.name} here.</p>;
  }
  return <Refined {...props} frame={frame} target={target} space={frame.space} />;
}

function Refined(
  props: Omit<MapsProps, 'view'> &
    Pick<Shown, 'target'> & {
      readonly frame: ActivationFrame;
      readonly space: readonly [number, number];
    },
): JSX.Element {
  const { target, frame, space, scale, chosen, clones, keep } = props;
  const picture = useFullPicture(frame, target, true);
  const order = useMemo(
    () => props.order ?? Uint32Array.from({ length: frame.units }, (_, at) => at),
    [props.order, frame.units],
  );
  if (!picture || picture.stride > 1) {
    return <div class="skeleton" role="status" aria-label="Loading the maps" />;
  }
  return (
    <Coloured {...{ frame, space, picture, scale, order, clones, keep }} unit={chosen}>
      {`Maps of ${target.record.name}, ${caption(target, frame)}`}
    </Coloured>
  );
}

function Coloured({
  scale,
  picture,
  children: label,
  ...props
}: {
  readonly frame: ActivationFrame;
  readonly space: readonly [number, number];
  readonly picture: Picture;
  readonly scale: ColourScale;
  readonly order: Uint32Array;
  readonly clones: Clones | null;
  readonly unit: number | null;
  readonly children: string;
  readonly keep: (canvas: HTMLCanvasElement | null) => void;
}): JSX.Element {
  const own = mapColours.value === 'unit';
  const tables = useMemo(
    () => (own ? ownTables(picture, scale.kind) : tablesOf(picture, scale)),
    [own, picture, scale.kind, scale.limit],
  );
  const present = useMemo(() => presentLooks(picture, tables), [picture, tables]);
  const palette = paletteOf(scale.kind, theme.value);
  const { frame } = props;
  return (
    <>
      <MapsFigure
        {...{ ...props, picture, tables, palette, label }}
        masked={present.has(MASKED)}
        onUnit={(to) => (unit.value = to)}
      />
      <Legend
        {...{ palette, present }}
        scale={own ? { kind: scale.kind, limit: 1 } : scale}
        healths={HEALTHS.filter((health) => frame.health.includes(health))}
        flips={false}
        quantity={own ? 'share of the unit’s largest' : 'activation'}
      />
    </>
  );
}
