/** The amnesia plot with its pointer: reading values, choosing a window. */
import type { JSX, RefObject } from 'preact';
import { useCallback, useMemo, useState } from 'preact/hooks';
import { layoutAmnesia } from '../../chart/line_amnesia';
import type { AmnesiaLayout } from '../../chart/line_amnesia';
import { paintAmnesia } from '../../chart/line_amnesia_paint';
import type { Span } from '../../chart/line_spans';
import { Canvas } from '../../ui/canvas';
import type { Paint, Size } from '../../ui/canvas';
import { CurveTip } from './tip';
import type { PlotInput } from './tip';

const HEIGHT = 340;
/** A drag shorter than this is a click. */
const LEAST_DRAG = 5;

interface Props {
  readonly input: PlotInput;
  readonly label: string;
  readonly canvas: RefObject<HTMLCanvasElement | null>;
  readonly onWindow: (window: Span | null) => void;
  readonly onLookClosely: () => void;
}

export function AmnesiaPlot({ input, label, canvas, onWindow, onLookClosely }: Props): JSX.Element {
  const [size, setSize] = useState<Size>({ width: 0, height: HEIGHT });
  const [pointer, setPointer] = useState<number | null>(null);
  const [drag, setDrag] = useState<number | null>(null);
  const layout = useMemo(() => layoutAmnesia(input, size.width, HEIGHT), [input, size.width]);
  const paint = useCallback<Paint>(
    (context, _, colours) => paintAmnesia(context, layout, colours),
    [layout],
  );
  const release = (at: number): void => {
    if (drag !== null && Math.abs(at - drag) >= LEAST_DRAG) onWindow(windowOf(layout, drag, at));
    setDrag(null);
  };
  return (
    <div
      class="plot"
      onPointerEnter={onLookClosely}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        setDrag(clamp(layout, place(event)));
      }}
      onPointerMove={(event) => setPointer(clamp(layout, place(event)))}
      onPointerUp={(event) => release(clamp(layout, place(event)))}
      onPointerCancel={() => setDrag(null)}
      onPointerLeave={() => setPointer(null)}
      onDblClick={() => onWindow(null)}
    >
      <Canvas height={HEIGHT} paint={paint} label={label} canvas={canvas} onSize={setSize} />
      {pointer !== null && <Pointer layout={layout} at={pointer} from={drag} />}
      {pointer !== null && drag === null && <CurveTip input={input} layout={layout} at={pointer} />}
    </div>
  );
}

/** The line under the pointer, or the window that is being dragged open. */
function Pointer(props: {
  readonly layout: AmnesiaLayout;
  readonly at: number;
  readonly from: number | null;
}): JSX.Element {
  const { layout, at, from } = props;
  const { top, height } = layout.plot;
  if (from === null)
    return <div class="rule" style={{ left: `${at}px`, top: `${top}px`, height: `${height}px` }} />;
  const left = Math.min(at, from);
  const width = Math.abs(at - from);
  return (
    <div
      class="selection"
      style={{ left: `${left}px`, width: `${width}px`, top: `${top}px`, height: `${height}px` }}
    />
  );
}

function place(event: MouseEvent & { readonly currentTarget: HTMLElement }): number {
  return event.clientX - event.currentTarget.getBoundingClientRect().left;
}

function clamp({ plot }: AmnesiaLayout, pixel: number): number {
  return Math.min(plot.left + plot.width, Math.max(plot.left, pixel));
}

function windowOf({ x }: AmnesiaLayout, a: number, b: number): Span | null {
  const from = Math.round(x.reverse(Math.min(a, b)));
  const to = Math.round(x.reverse(Math.max(a, b)));
  return to > from ? [from, to] : null;
}
