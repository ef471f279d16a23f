/** What the colours of units over training steps mean; only those that occur. */
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { css } from '../chart/colour';
import { paletteOf } from '../chart/colour_palette';
import { ACTIVE, CONSTANT, DEAD, ON_AND_OFF, UNKNOWN, type UnitSteps } from '../chart/unit_steps';
import { activeColours, presentCodes } from '../chart/unit_steps_paint';
import { theme } from '../state';
import { HealthSwatch } from './legend';

export function StepsLegend({ course }: { readonly course: UnitSteps }): JSX.Element {
  const present = useMemo(() => presentCodes(course), [course]);
  const palette = paletteOf('sequential', theme.value);
  const colours = activeColours(theme.value).map(css).join(', ');
  return (
    <ul class="legend small muted" aria-label="Legend">
      {present.has(ACTIVE) && !course.measured && (
        <li>
          <HealthSwatch health="active" palette={palette} />
          not known to be dead
        </li>
      )}
      {present.has(ACTIVE) && course.measured && (
        <li>
          active: never zero
          <span class="ramp" style={{ background: `linear-gradient(to right, ${colours})` }} />
          nearly always zero
        </li>
      )}
      {present.has(DEAD) && (
        <li>
          <HealthSwatch health="dead" palette={palette} />
          dead
        </li>
      )}
      {present.has(ON_AND_OFF) && (
        <li>
          <span class="cell onoff" />
          dead at times
        </li>
      )}
      {present.has(CONSTANT) && (
        <li>
          <HealthSwatch health="constant" palette={palette} />
          constant
        </li>
      )}
      {present.has(UNKNOWN) && (
        <li>
          <span class="cell hatched" />
          not recorded
        </li>
      )}
    </ul>
  );
}
