/** A grid of values of a check: the pointer or the arrow keys read its cells. */
import type { CanvasHTMLAttributes, JSX, RefObject } from 'preact';
import { useCallback, useMemo, useState } from 'preact/hooks';
import { valueLabel } from '../../chart/axis';
import {
  heatCell,
  heatHit,
  heatLayout,
  heatLooks,
  heatScale,
  type HeatHit,
  type HeatInput,
} from '../../chart/check_heat';
import { paintHeat } from '../../chart/check_heat_paint';
import { css } from '../../chart/colour';
import { paintColourBar } from '../../chart/colour_bar';
import {
  NAN,
  NEGATIVE_INFINITY,
  paletteOf,
  POSITIVE_INFINITY,
  ZERO,
  type Palette,
} from '../../chart/colour_palette';
import type { ColourScale } from '../../chart/colour_scale';
import { newSurface } from '../../figures/surface';
import { Tip } from '../../figures/tip';
import { theme } from '../../state';
import { Canvas, type Paint } from '../../ui/canvas';
import { shortened } from '../../ui/name';

export function HeatFigure({
  input,
  label,
  canvas,
}: {
  readonly input: HeatInput;
  readonly label: string;
  readonly canvas: RefObject<HTMLCanvasElement>;
}): JSX.Element {
  const [width, setWidth] = useState(0);
  const [hit, setHit] = useState<HeatHit | null>(null);
  const surface = useMemo(newSurface, []);
  const layout = useMemo(() => heatLayout(input, width), [input, width]);
  const scale = useMemo(() => heatScale(input), [input]);
  const palette = paletteOf(scale.kind, theme.value);
  const paint = useCallback<Paint>(
    (context, _, ink) => paintHeat(context, { input, layout, scale, palette, hit }, surface, ink),
    [input, layout, scale, palette, hit],
  );
  const look = (next: HeatHit | null): void => {
    if (next?.row !== hit?.row || next?.column !== hit?.column) setHit(next);
  };
  const attributes: CanvasHTMLAttributes<HTMLCanvasElement> = {
    tabIndex: 0,
    onPointerMove: (event) => look(heatHit(input, layout, event.offsetX, event.offsetY)),
    onPointerLeave: () => setHit(null),
    onBlur: () => setHit(null),
    onKeyDown: (event) => {
      const to = stepped(event, hit, input);
      if (to === null) return;
      event.preventDefault();
      look(to);
    },
  };
  const at = hit && {
    x: layout.x.scale.forward(hit.x[1]),
    y: layout.y.scale.forward(hit.y[1]),
  };
  return (
    <>
      <div class="figure">
        <Canvas
          height={layout.height}
          paint={paint}
          label={label}
          canvas={canvas}
          onSize={(size) => setWidth(size.width)}
          attributes={attributes}
        />
        {hit && at && (
          <Tip at={at} middle={width / 2}>
            <strong>{valueLabel(hit.value)}</strong>
            {between(input.xLabel, hit.x)}
            <br />
            {between(input.yLabel, hit.y)}
          </Tip>
        )}
      </div>
      <HeatLegend {...{ input, scale, palette }} />
    </>
  );
}

function between(name: string, [from, to]: readonly [number, number]): string {
  return `${shortened(name || 'value', 40)} ${valueLabel(from)} to ${valueLabel(to)}`;
}

const WAYS: Readonly<Record<string, readonly [number, number] | undefined>> = {
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  ArrowUp: [1, 0],
  ArrowDown: [-1, 0],
};

/** The cell that an arrow key leads to; null for other keys. */
function stepped(event: KeyboardEvent, from: HeatHit | null, input: HeatInput): HeatHit | null {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  const way = WAYS[event.key];
  if (!way) return null;
  const within = (to: number, of: number): number => Math.min(of - 1, Math.max(0, to));
  const [up, right] = from ? way : [0, 0];
  return heatCell(
    input,
    within((from?.row ?? 0) + up, input.rows),
    within((from?.column ?? 0) + right, input.columns),
  );
}

const BAR = { width: 200, height: 28 };

const LOOKS: readonly (readonly [number, string])[] = [
  [ZERO, 'exactly zero'],
  [NAN, 'NaN'],
  [NEGATIVE_INFINITY, '−∞'],
  [POSITIVE_INFINITY, '+∞'],
];

function HeatLegend({
  input,
  scale,
  palette,
}: {
  readonly input: HeatInput;
  readonly scale: ColourScale;
  readonly palette: Palette;
}): JSX.Element {
  const present = useMemo(() => heatLooks(input), [input]);
  const paint = useCallback<Paint>(
    (context, { width }, ink) =>
      paintColourBar(context, width, palette, scale, { under: false, over: false }, ink),
    [palette, scale],
  );
  return (
    <ul class="legend small muted" aria-label="Legend">
      <li>
        <span style={{ width: `${BAR.width}px` }}>
          <Canvas
            height={BAR.height}
            paint={paint}
            label={`colours up to ${valueLabel(scale.limit)}`}
          />
        </span>
      </li>
      {LOOKS.filter(([code]) => present.has(code)).map(([code, name]) => (
        <li key={name}>
          <span class="cell" style={{ background: css(palette.rgb[code]) }} />
          {name}
        </li>
      ))}
    </ul>
  );
}
