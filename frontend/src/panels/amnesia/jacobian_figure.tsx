/** The picture of one Jacobian, with its pointer, its keys and its legend. */
import type { JSX, RefObject } from 'preact';
import { useCallback, useMemo, useRef, useState } from 'preact/hooks';
import { grouped } from '../../chart/axis';
import { css } from '../../chart/colour';
import { NAN, paletteOf } from '../../chart/colour_palette';
import type { Palette } from '../../chart/colour_palette';
import { jacobianHeight, layoutJacobian, placeAt, rowBeside } from '../../chart/jacobian';
import type { JacobianInput, JacobianLayout, Place } from '../../chart/jacobian';
import { paintDecadeBar } from '../../chart/jacobian_legend';
import { paintJacobian } from '../../chart/jacobian_paint';
import { poolColumns } from '../../chart/jacobian_pool';
import type { Columns } from '../../chart/jacobian_pool';
import { MASKED, NONFINITE, UNDERFLOWED, UNREACHABLE } from '../../chart/line_amnesia';
import type { Span } from '../../chart/line_spans';
import { fromLog10 } from '../../chart/ticks';
import { newSurface } from '../../figures/surface';
import { Tip } from '../../figures/tip';
import { outputStep, theme } from '../../state';
import { Canvas } from '../../ui/canvas';
import type { Paint } from '../../ui/canvas';
import { shortened } from '../../ui/name';
import { curveOfRow } from './jacobian_data';
import type { Jacobian } from './jacobian_data';
import { reading } from './tip';

interface Props {
  readonly name: string;
  readonly run: string;
  readonly data: Jacobian;
  readonly input: JacobianInput;
  /** The output step that the record beside it is of. */
  readonly recorded: number;
  readonly canvas: RefObject<HTMLCanvasElement | null>;
}

interface Hover extends Place {
  readonly x: number;
  readonly y: number;
}

export function JacobianFigure({ name, run, data, input, recorded, canvas }: Props): JSX.Element {
  const [width, setWidth] = useState(0);
  const [hover, setHover] = useState<Hover | null>(null);
  const surface = useRef(newSurface());
  const palette = paletteOf('sequential', theme.value);
  const layout = useMemo(() => layoutJacobian(input, width), [input, width]);
  const pool = usePool(data, layout);
  const paint = useCallback<Paint>(
    (context, _, ink) => paintJacobian(context, input, layout, pool, surface.current, palette, ink),
    [input, layout, pool, palette],
  );
  const find = (event: MouseEvent): Hover | null => {
    const place = placeAt(layout, data, event.offsetX, event.offsetY);
    return place && { ...place, x: event.offsetX, y: event.offsetY };
  };
  const pick = (row: number): void => {
    outputStep.value = data.outputSteps[row];
  };
  const words = `${data.outputSteps.length} output steps by ${data.timesteps} input timesteps`;
  return (
    <>
      <div class="figure">
        <Canvas
          height={jacobianHeight(data.outputSteps.length)}
          paint={paint}
          label={`Jacobian of ${shortened(name)} in ${shortened(run)}: ${words}. Arrow keys pick an output step.`}
          canvas={canvas}
          onSize={(size) => setWidth(size.width)}
          attributes={{
            tabIndex: 0,
            onPointerMove: (event) => setHover(find(event)),
            onPointerLeave: () => setHover(null),
            onClick: (event) => {
              const place = find(event);
              if (place) pick(place.row);
            },
            onKeyDown: (event) => {
              if (event.ctrlKey || event.metaKey || event.altKey) return;
              const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
              if (by === undefined) return;
              event.preventDefault();
              pick(rowBeside(data, input.row, recorded, by));
            },
          }}
        />
        {hover && (
          <Tip at={hover} middle={layout.plot.left + layout.plot.width / 2}>
            <HoverTip data={data} place={hover} run={run} />
          </Tip>
        )}
      </div>
      <JacobianLegend data={data} decades={input.decades} palette={palette} />
      <p class="muted small">{caption(data)}</p>
    </>
  );
}

/** Columns of pixels, kept while the picture and its window stay. */
function usePool(data: Jacobian, { x }: JacobianLayout): (width: number) => Columns {
  const kept = useRef<Columns | null>(null);
  return useMemo(() => {
    kept.current = null;
    return (width) => {
      if (kept.current?.width !== width) kept.current = poolColumns(data, x, width);
      return kept.current;
    };
  }, [data, x.low, x.high]);
}

function HoverTip(props: {
  readonly data: Jacobian;
  readonly place: Place;
  readonly run: string;
}): JSX.Element {
  const { data, place, run } = props;
  const k = data.outputSteps[place.row];
  const profile = curveOfRow(data, place.row, { run, colour: '', channel: 0 });
  const ratio = data.ratio[place.row];
  return (
    <>
      <strong>{reading(profile, place.t)}</strong>
      <table>
        <tbody>
          <tr>
            <td class="muted">output step</td>
            <td class="number">{grouped(k)}</td>
          </tr>
          <tr>
            <td class="muted">input timestep</td>
            <td class="number">
              {grouped(place.t)}
              {beside(place.t, k)}
            </td>
          </tr>
          {Number.isFinite(ratio) && (
            <tr>
              <td class="muted">amnesia ratio of this output</td>
              <td class="number">{fromLog10(ratio)}</td>
            </tr>
          )}
        </tbody>
      </table>
    </>
  );
}

function beside(t: number, k: number): string {
  if (t === k) return ', the output’s own';
  return ` (${grouped(Math.abs(t - k))} ${t < k ? 'before' : 'after'})`;
}

function caption({ step, examples }: Jacobian): string {
  const parts = [
    `|d output / d input|, every output step against every input timestep, at step ${grouped(step)}`,
    examples > 1 ? `log-mean of ${examples} examples, channels combined` : 'channels combined',
    'click a row, or move with ↑ and ↓, to draw it above',
  ];
  return `${parts.join('; ')}.`;
}

const BAR_WIDTH = 240;

function JacobianLegend(props: {
  readonly data: Jacobian;
  readonly decades: Span;
  readonly palette: Palette;
}): JSX.Element {
  const { data, palette } = props;
  const [low, high] = props.decades;
  const present = useMemo(() => new Set(data.states), [data]);
  const paint = useCallback<Paint>(
    (context, { width }, ink) => paintDecadeBar(context, width, palette, [low, high], ink),
    [palette, low, high],
  );
  const looks: readonly (readonly [number, string, string, string])[] = [
    [UNDERFLOWED, 'underflowed', 'underflow', ''],
    [UNREACHABLE, 'unreachable', 'void', ''],
    [MASKED, 'masked', '', ''],
    [NONFINITE, 'not finite', '', css(palette.rgb[NAN])],
  ];
  return (
    <ul class="legend small muted" aria-label="Legend of the Jacobian">
      <li>
        |∂ output / ∂ input|
        <span style={{ width: `${BAR_WIDTH}px` }}>
          <Canvas height={30} paint={paint} label="colours, as on the vertical axis above" />
        </span>
      </li>
      {looks
        .filter(([state]) => present.has(state))
        .map(([, words, look, colour]) => (
          <li key={words}>
            <span class={`cell ${look}`} style={{ background: colour || undefined }} />
            {words}
          </li>
        ))}
      <li>
        <span class="cell same" />t = output step
      </li>
    </ul>
  );
}
