/** Draws one metric over the training steps. */
import { integerTicks } from '../../../chart/axis';
import { paintBottomAxis, paintLeftLabels, stroke } from '../../../chart/axis_paint';
import type { Context, Ink } from '../../../chart/ink';
import type { Course, CoursesLayout } from './courses_layout';

export function paintCourses(
  context: Context,
  courses: readonly Course[],
  layout: CoursesLayout,
  /** Those that are looked at. */
  steps: readonly number[],
  ink: Ink,
): void {
  const { left, right, top, bottom, x, y, ticks } = layout;
  context.lineWidth = 1;
  context.strokeStyle = ink.grid;
  for (const { value } of ticks) {
    stroke(context, left, Math.round(y.forward(value)) + 0.5, right - left, 0);
  }
  const places = ticks.map(({ value, label }) => ({ y: y.forward(value), label }));
  paintLeftLabels(context, places, left - 5, left - 5, ink);
  context.strokeStyle = ink.line;
  stroke(context, left, bottom + 0.5, right - left, 0);
  const below = { x: left, y: bottom, width: right - left, height: 0 };
  paintBottomAxis(context, below, integerTicks(x.low, x.high, (right - left) / 44), x.forward, ink);
  context.strokeStyle = ink.accent;
  for (const step of steps) {
    stroke(context, Math.round(x.forward(step)) + 0.5, top, 0, bottom - top);
  }
  for (const course of [...courses].reverse()) paintCourse(context, course, layout, steps);
}

function paintCourse(
  context: Context,
  { colour, dashed, steps, values }: Course,
  { x, y }: CoursesLayout,
  marked: readonly number[],
): void {
  context.strokeStyle = colour;
  context.fillStyle = colour;
  context.lineWidth = 1.5;
  context.setLineDash(dashed ? [3, 3] : []);
  context.beginPath();
  let open = false;
  for (let i = 0; i < steps.length; i++) {
    if (!Number.isFinite(values[i])) open = false;
    else {
      const [at, up] = [x.forward(steps[i]), y.forward(values[i])];
      if (open) context.lineTo(at, up);
      else context.moveTo(at, up);
      open = true;
    }
  }
  context.stroke();
  context.setLineDash([]);
  for (let i = 0; i < steps.length; i++) {
    // A point between gaps has no line that shows it.
    const alone = !Number.isFinite(values[i - 1]) && !Number.isFinite(values[i + 1]);
    if (!Number.isFinite(values[i]) || (!alone && !marked.includes(steps[i]))) continue;
    context.beginPath();
    context.arc(x.forward(steps[i]), y.forward(values[i]), dashed ? 2 : 3, 0, 2 * Math.PI);
    context.fill();
  }
}
