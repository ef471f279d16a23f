import { describe, expect, it } from 'vitest';
import { dotOf, gateColumnAt, gateLayout, stuck, unitsAt, type GateDots } from './gates';

const dots: GateDots = {
  colour: 'red',
  right: [0, 1, 0.5, 0.5, NaN],
  left: [0, 0, 0.25, 0.25, NaN],
  focus: true,
};
const layout = gateLayout(400);

describe('a gate', () => {
  it('has its units between nothing, always shut and always wide open', () => {
    const { x, y, width, height } = layout.scatter;
    expect(dotOf(layout, dots, 0)).toEqual({ x, y: y + height });
    expect(dotOf(layout, dots, 1)).toEqual({ x: x + width, y: y + height });
    expect(dotOf(layout, dots, 2)).toEqual({ x: x + width / 2, y: y + 0.75 * height });
    expect(dotOf(layout, dots, 4)).toBeNull();
  });

  it('finds the unit under the pointer, and those that it covers', () => {
    const { x, y } = dotOf(layout, dots, 2)!;
    expect(unitsAt(layout, dots, x + 3, y - 2)).toEqual([2, 3]);
    expect(unitsAt(layout, dots, x + 40, y)).toEqual([]);
    expect(unitsAt(layout, { ...dots, right: [NaN], left: [NaN] }, x, y)).toEqual([]);
  });

  it('finds the step under the pointer', () => {
    const { bars } = layout;
    expect(gateColumnAt(layout, 10, bars.x + 1, bars.y + 5)).toBe(0);
    expect(gateColumnAt(layout, 10, bars.x + bars.width - 1, bars.y + 5)).toBe(9);
    expect(gateColumnAt(layout, 10, bars.x + 1, bars.y - 20)).toBeNull();
    expect(gateColumnAt(layout, 0, bars.x + 1, bars.y + 5)).toBeNull();
  });

  it('counts units that are on one side for more than half of the time', () => {
    expect(stuck({ left: [0.6, 0.5, NaN], right: [0, 0.51, 0.9] })).toEqual({ left: 1, right: 2 });
  });
});
