import { expect, it } from 'vitest';
import { coursesLayout, stepAt, type Course } from './courses_layout';

function course(steps: readonly number[], values: readonly number[]): Course {
  return { name: 'a', colour: '#000', dashed: false, steps, values };
}

it('all curves lie inside, also where some values are not defined', () => {
  const courses = [course([0, 100], [0.5, NaN]), course([50, 400], [0.9, 0.7])];
  const { x, y, left, right, top, bottom } = coursesLayout(courses, 300);
  for (const { steps, values } of courses) {
    steps.forEach((step, i) => {
      expect(x.forward(step)).toBeGreaterThanOrEqual(left);
      expect(x.forward(step)).toBeLessThanOrEqual(right);
      if (Number.isNaN(values[i])) return;
      expect(y.forward(values[i])).toBeGreaterThan(top);
      expect(y.forward(values[i])).toBeLessThan(bottom);
    });
  }
});

it('a flat curve and a single step have a place too', () => {
  const { x, y, ticks } = coursesLayout([course([7], [1])], 300);
  expect(Number.isFinite(x.forward(7) + y.forward(1))).toBe(true);
  expect(ticks.length).toBeGreaterThan(0);
});

it('the nearest step of any run is found', () => {
  const courses = [course([0, 100], [1, 2]), course([60], [1])];
  const layout = coursesLayout(courses, 300);
  expect(stepAt(courses, layout, layout.x.forward(55))).toBe(60);
  expect(stepAt(courses, layout, layout.x.forward(99))).toBe(100);
  expect(stepAt([], layout, 0)).toBeNull();
});
