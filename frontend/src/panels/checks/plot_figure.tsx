/** Lines or bars of a check: the pointer or the arrow keys read them. */
import type { CanvasHTMLAttributes, JSX, RefObject } from 'preact';
import { useCallback, useMemo, useState } from 'preact/hooks';
import { valueLabel } from '../../chart/axis';
import { plotHit, plotLayout, readAt, type PlotHit, type PlotInput } from '../../chart/check_plot';
import { paintPlot } from '../../chart/check_plot_paint';
import { Tip } from '../../figures/tip';
import { Canvas, type Paint } from '../../ui/canvas';
import { shortened } from '../../ui/name';
import { rangeWords } from './words';

const TIP_TOP = 24;
/** More lines than this make a card that covers the picture. */
const MOST_READ = 8;

export function PlotFigure({
  input,
  label,
  canvas,
}: {
  /** The same object while nothing has changed. */
  readonly input: PlotInput;
  readonly label: string;
  readonly canvas: RefObject<HTMLCanvasElement>;
}): JSX.Element {
  const [width, setWidth] = useState(0);
  const [hit, setHit] = useState<PlotHit | null>(null);
  const layout = useMemo(() => plotLayout(input, width), [input, width]);
  const shown = hit !== null && hit.stop < layout.stops.length ? hit : null;
  const paint = useCallback<Paint>(
    (context, _, ink) => paintPlot(context, { input, layout, hit: shown }, ink),
    [input, layout, shown],
  );
  const look = (next: PlotHit | null): void => {
    if (next?.stop !== hit?.stop) setHit(next);
  };
  const move = (event: KeyboardEvent): void => {
    const to = stepped(event, shown?.stop ?? null, layout.stops.length);
    if (to === null) return;
    event.preventDefault();
    look(readAt(input, layout, to));
  };
  const attributes: CanvasHTMLAttributes<HTMLCanvasElement> = {
    tabIndex: 0,
    onPointerMove: (event) => look(plotHit(input, layout, event.offsetX, event.offsetY)),
    onPointerLeave: () => setHit(null),
    onBlur: () => setHit(null),
    onKeyDown: move,
  };
  return (
    <div class="figure">
      <Canvas
        height={layout.height}
        paint={paint}
        label={label}
        canvas={canvas}
        onSize={(size) => setWidth(size.width)}
        attributes={attributes}
      />
      {shown && shown.readings.length > 0 && (
        <Tip at={{ x: shown.x, y: TIP_TOP }} middle={width / 2}>
          <Readings hit={shown} input={input} />
        </Tip>
      )}
    </div>
  );
}

/** The place that an arrow key leads to; null for other keys. */
function stepped(event: KeyboardEvent, from: number | null, count: number): number | null {
  if (event.ctrlKey || event.metaKey || event.altKey || count === 0) return null;
  const way = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : 0;
  if (way === 0) return null;
  if (from === null) return way > 0 ? 0 : count - 1;
  return Math.min(count - 1, Math.max(0, from + way));
}

function Readings({
  hit: { readings },
  input: { xLabel },
}: {
  readonly hit: PlotHit;
  readonly input: PlotInput;
}): JSX.Element {
  const [{ from, to }] = readings;
  const more = readings.length - MOST_READ;
  return (
    <>
      <strong>
        {shortened(xLabel || 'x', 40)}{' '}
        {from === to ? valueLabel(from) : `${valueLabel(from)} to ${valueLabel(to)}`}
      </strong>
      <table>
        <tbody>
          {readings.slice(0, MOST_READ).map(({ line, y, low, high }, i) => (
            <tr key={i}>
              <td class="muted">
                <span class="swatch" style={{ background: line.colour }} />{' '}
                {shortened(line.name, 32)}
              </td>
              <td class="number">
                {valueLabel(y)} {rangeWords(low, high)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {more > 0 && <span class="muted">and {more} more</span>}
    </>
  );
}
