/** A small chart of evidence: the course, the threshold, and since when it is passed. */
import type { JSX } from 'preact';
import type { Picture } from './answer';
import { layoutSpark } from './spark_layout';
import type { Marks } from './spark_layout';

const SIZE = { width: 168, height: 52 };

export function Spark({
  picture,
  marks,
  size = SIZE,
}: {
  readonly picture: Picture;
  readonly marks: Marks;
  readonly size?: typeof SIZE;
}): JSX.Element {
  const { line, dots, bars, threshold, onset, now } = layoutSpark(picture, marks, size);
  const { width, height } = size;
  return (
    <svg class="spark" viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      {now !== null && <path class="now" d={`M${now} 0V${height}`} />}
      {onset !== null && (
        <rect class="since" x={onset} y="0" width={Math.max(0, width - onset)} height={height} />
      )}
      {bars.map((box, i) => (
        <rect key={i} class="bar" {...box} />
      ))}
      {threshold !== null && <path class="threshold" d={`M0 ${threshold}H${width}`} />}
      {line !== '' && <path class="line" d={line} />}
      {dots.map(([x, y], i) => (
        <circle key={i} class="dot" cx={x} cy={y} r="2" />
      ))}
      {onset !== null && <path class="onset" d={`M${onset} 0V${height}`} />}
    </svg>
  );
}
