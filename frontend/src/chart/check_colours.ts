/**
 * Colours of lines that are no runs: told apart by the colour-blind, the first ones by their
 * lightness too. After the set of Okabe and Ito, https://jfly.uni-koeln.de/color/, made dark enough
 * to be read on white and light enough on black.
 */
import type { Theme } from './colour';

const COLOURS: Readonly<Record<Theme, readonly string[]>> = {
  light: ['#0072b2', '#d55e00', '#00805d', '#b0558a', '#7a6200', '#5f6368'],
  dark: ['#56b4e9', '#ff9d4d', '#35c79a', '#e8a0c8', '#e6d14a', '#b8bcc0'],
};

/** Once all colours are used, the lines are dashed. */
const DASHES: readonly (readonly number[])[] = [[], [7, 3], [2, 3]];

export interface LineLook {
  readonly colour: string;
  readonly dash: readonly number[];
}

/** The look of the line at a place among others. */
export function lineLook(place: number, theme: Theme): LineLook {
  const colours = COLOURS[theme];
  return {
    colour: colours[place % colours.length],
    dash: DASHES[Math.floor(place / colours.length) % DASHES.length],
  };
}
