/** Records of gates as the panel needs them: shares of time, gate by gate. */
import { seriesVector } from '../../api';
import type { Frame, Series } from '../../api';
import { percentLabel } from '../../chart/axis';
import { stuck, type GateSteps } from '../../chart/gates';

/** One gate at one step, by unit. */
export interface Gate {
  readonly name: string;
  /** Shares of the time; NaN where nothing was finite. */
  readonly left: Float64Array;
  readonly right: Float64Array;
}

export interface GatesFrame {
  readonly step: number;
  readonly units: number;
  readonly gates: readonly Gate[];
  readonly thresholds: readonly [number, number];
  readonly damage: readonly string[];
}

/** Reads a frame; null where its counts can't be read. */
export function gatesFrame({ step, header, planes, damaged }: Frame): GatesFrame | null {
  const [left, right, count] = ['left', 'right', 'count'].map((name) => planes.get(name));
  const names = header['gates'];
  const isWhole = [left, right, count].every((plane) => plane && plane.damaged === null);
  if (!isWhole || !Array.isArray(names) || damaged !== null) return null;
  const units = count!.shape[0];
  const shares = (counts: ArrayLike<number>, gate: number): Float64Array =>
    Float64Array.from({ length: units }, (_, unit) =>
      count!.data[unit] > 0 ? counts[gate * units + unit] / count!.data[unit] : NaN,
    );
  return {
    step,
    units,
    gates: names.map((name: string, gate) => ({
      name,
      left: shares(left!.data, gate),
      right: shares(right!.data, gate),
    })),
    thresholds: (header['thresholds'] as [number, number] | undefined) ?? [0.1, 0.9],
    damage: [...planes.values()].flatMap(({ name, damaged: reason }) =>
      reason === null ? [] : [`${name}: ${reason}`],
    ),
  };
}

/** The shares of one gate over the steps, all units together; null where they are not stored. */
export function gateSteps(series: Series, gate: number): GateSteps | null {
  const [left, right] = ['left_share', 'right_share'].map((name) =>
    Float32Array.from(series.steps, (_, row) => seriesVector(series, name, row)[gate] ?? NaN),
  );
  return left.every(Number.isNaN) ? null : { steps: series.steps, left, right };
}

/** "forget: 12 of 64 units right-saturated more than half of the time". */
export function headline({ gates, units }: GatesFrame): string {
  const found = gates
    .flatMap((gate) => {
      const { left, right } = stuck(gate);
      return [
        { gate: gate.name, count: right, side: 'right-saturated' },
        { gate: gate.name, count: left, side: 'left-saturated' },
      ];
    })
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count)
    .slice(0, 2)
    .map(({ gate, count, side }) => `${gate}: ${count} of ${units} units ${side}`);
  if (found.length === 0) return 'No unit of any gate is saturated more than half of the time';
  return `${found.join('; ')} more than half of the time`;
}

/** One gate in a few words, beside its name. */
export function gateWords({ left, right }: Gate): string {
  return `shut ${percentLabel(mean(left))}, open ${percentLabel(mean(right))} of the time`;
}

function mean(shares: Float64Array): number {
  const known = shares.filter((share) => !Number.isNaN(share));
  return known.reduce((sum, share) => sum + share, 0) / known.length;
}
