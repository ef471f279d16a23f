import { describe, expect, it } from 'vitest';
import { layoutAmnesia, MASKED, UNDERFLOWED, UNREACHABLE } from './line_amnesia';
import type { AmnesiaInput, Profile } from './line_amnesia';

const T = 101;
const OUTPUT = 50;
const t = Array.from({ length: T }, (_, i) => i);

/** A linear RNN: log10 |g| falls by `slope` decades a step of lag. */
function profile(slope: number, changes: Partial<Profile> = {}): Profile {
  return {
    run: 'run',
    colour: '#123456',
    step: 0,
    outputStep: OUTPUT,
    timesteps: T,
    t,
    log10: t.map((at) => -1 - slope * Math.abs(at - OUTPUT)),
    states: new Uint8Array(T),
    low: null,
    high: null,
    near: -1,
    log10Floor: -38,
    ...changes,
  };
}

function layout(profiles: readonly Profile[], changes: Partial<AmnesiaInput> = {}) {
  const input = { profiles, earlier: [], axis: 'timestep', relative: false, window: null } as const;
  return layoutAmnesia({ ...input, ...changes }, 800, 340);
}

describe('axes', () => {
  it('span all timesteps and whole decades', () => {
    const { x, y, outputs } = layout([profile(0.1)]);
    expect([x.low, x.high]).toEqual([0, 100]);
    expect([y.low, y.high]).toEqual([-7, 0]);
    expect(outputs).toEqual([{ x: x.forward(50), label: 'output at 50', colour: '' }]);
  });

  it('leave a flat curve room, so that noise does not fill the plot', () => {
    const { y } = layout([profile(0)]);
    expect(y.high - y.low).toBeGreaterThanOrEqual(2);
  });

  it('fold at the output step in lags, the side after it dashed', () => {
    const { x, lines } = layout([profile(0.1)], { axis: 'lag' });
    expect([x.low, x.high]).toEqual([0, 50]);
    expect(lines.map(({ dashed }) => dashed)).toEqual([false, true]);
    // The profile is symmetric, so both sides are the same line.
    expect(lines[0].path()).toEqual(lines[1].path());
  });

  it('draw one side where the output is the last timestep', () => {
    const last = profile(0.1, { outputStep: 100, log10: t.map((at) => -0.1 * (100 - at)) });
    expect(layout([last], { axis: 'lag' }).lines).toHaveLength(1);
  });

  it('follow the window', () => {
    const { x, outputs } = layout([profile(0.1)], { window: [60, 80] });
    expect([x.low, x.high]).toEqual([60, 80]);
    expect(outputs).toEqual([]);
  });

  it('survive a single timestep and no curve at all', () => {
    const one = { t: [0], log10: [-2], states: [0], timesteps: 1, outputStep: 0 };
    expect(
      layout([profile(0, one)])
        .lines[0].path()
        .every(Number.isFinite),
    ).toBe(true);
    expect(layout([]).lines).toEqual([]);
  });
});

describe('levels', () => {
  it('mark flat and the decades below it for one run', () => {
    const { guides, y } = layout([profile(0.2)]);
    expect(guides.map(({ label }) => label)).toEqual([
      'flat',
      '10× less',
      '1,000× less',
      '10⁶× less',
      '10⁹× less',
    ]);
    expect(guides[1].y).toBeCloseTo(y.forward(-2));
  });

  it('drop labels that would lie on each other', () => {
    const { guides } = layout([profile(3)]);
    const labelled = guides.filter(({ label }) => label !== '');
    expect(guides).toHaveLength(5);
    expect(labelled.length).toBeLessThan(5);
    for (let i = 1; i < labelled.length; i++) {
      expect(labelled[i].y - labelled[i - 1].y).toBeGreaterThanOrEqual(13);
    }
  });

  it('mark only each flat level where runs have levels of their own', () => {
    const { guides } = layout([profile(0.2), profile(0.1, { run: 'other', near: -3 })]);
    expect(guides.map(({ y }) => y)).toHaveLength(2);
  });

  it('bring runs to one level when relative', () => {
    const other = profile(0.1, {
      run: 'other',
      near: -5,
      log10: t.map((at) => -5 - 0.1 * Math.abs(at - OUTPUT)),
    });
    const { lines, y } = layout([profile(0.1), other], { relative: true });
    expect(y.high).toBeGreaterThanOrEqual(0);
    expect(lines[0].path().map(Math.round)).toEqual(lines[1].path().map(Math.round));
  });
});

describe('three kinds of nothing', () => {
  const states = (from: number, state: number): Uint8Array =>
    Uint8Array.from(t, (at) => (at >= from ? state : 0));

  it('shade and name what is masked or unreachable in every run', () => {
    for (const [state, label] of [
      [MASKED, 'masked'],
      [UNREACHABLE, 'unreachable'],
    ] as const) {
      const { gaps, lanes, x } = layout([profile(0.1, { states: states(80, state) })]);
      expect(gaps).toEqual([{ left: x.forward(79.5), right: x.forward(100), label }]);
      expect(lanes).toEqual([]);
    }
  });

  it('tell runs apart in lanes where only some have a gap', () => {
    const { gaps, lanes } = layout([
      profile(0.1),
      profile(0.1, { run: 'b', states: states(80, UNREACHABLE) }),
    ]);
    expect(gaps).toEqual([]);
    expect(lanes).toHaveLength(1);
    expect(lanes[0].marks.map(({ state }) => state)).toEqual([UNREACHABLE]);
  });

  it('draw no line on the floor that stands in for zeros, and say where the floor is', () => {
    const log10 = t.map((at) => (at >= 80 ? -38 : -1));
    const { lines, lanes, floorLabel, y, x } = layout([
      profile(0, { log10, states: states(80, UNDERFLOWED) }),
    ]);
    expect(y.low).toBeGreaterThan(-5);
    expect(
      Math.max(...lines[0].path().filter((value, i) => i % 2 === 0 && !Number.isNaN(value))),
    ).toBe(x.forward(79));
    expect(lanes[0].marks).toEqual([
      { left: x.forward(79.5), right: x.forward(100), state: UNDERFLOWED },
    ]);
    expect(floorLabel).toBe('< 10⁻³⁸');
  });
});

it('fades earlier steps, the oldest most', () => {
  const earlier = [0, 10, 20].map((step) => profile(0.1, { step }));
  const { lines } = layout([profile(0.1, { step: 30 })], { earlier });
  const opacities = lines.map(({ opacity }) => opacity);
  expect(opacities).toEqual([...opacities].sort((a, b) => a - b));
  expect(opacities[3]).toBe(1);
});

it('draws a band only where there are few runs', () => {
  const band = { low: t.map(() => -2), high: t.map(() => 0) };
  expect(layout([profile(0, band)]).bands).toHaveLength(1);
  expect(layout([1, 2, 3, 4, 5].map((i) => profile(0, { ...band, run: `${i}` }))).bands).toEqual(
    [],
  );
});

describe('references', () => {
  const untrained = profile(0.3, { log10: t.map((at) => -1 - 0.3 * Math.abs(at - OUTPUT)) });

  it('have lines of their own, and room on the axis', () => {
    const { references, lines, y } = layout([profile(0.1)], { references: [untrained] });
    expect([references.length, lines.length]).toEqual([1, 1]);
    expect(y.low).toBeLessThanOrEqual(-16);
  });

  it('fold in lags like the curves', () => {
    const { references } = layout([profile(0.1)], { references: [untrained], axis: 'lag' });
    expect(references.map(({ dashed }) => dashed)).toEqual([false, true]);
  });
});

it('spans what another picture on the same axis needs', () => {
  const { y, ramp } = layout([profile(0.1)], { ramp: { extent: [-20, 3], colours: ['#000'] } });
  expect([y.low, y.high]).toEqual([-20, 3]);
  expect(ramp).toEqual({ top: y.forward(3), bottom: y.forward(-20), colours: ['#000'] });
});
