/**
 * Colour ramps made from a formula, so that equal steps in value look like equal steps in colour.
 *
 * A ramp is a curve through OKLCH anchors, resampled at equal OKLab distance: perceptually even by
 * construction. Lightness rises or falls monotonically and hue runs along blue-yellow, the axis
 * that the common kinds of colour blindness keep.
 * OKLab: Bjorn Ottosson, https://bottosson.github.io/posts/oklab/
 */

export type Theme = 'light' | 'dark';

/** Lightness 0..1, chroma 0..0.37, hue in degrees. */
export type Lch = readonly [lightness: number, chroma: number, hue: number];

/** OKLab coordinates. */
export type Lab = readonly [lightness: number, a: number, b: number];

/** sRGB, 0..255. */
export type Rgb = readonly [red: number, green: number, blue: number];

export function labOfLch([lightness, chroma, hue]: Lch): Lab {
  const angle = (hue * Math.PI) / 180;
  return [lightness, chroma * Math.cos(angle), chroma * Math.sin(angle)];
}

function encoded(linear: number): number {
  const clipped = Math.min(1, Math.max(0, linear));
  const gamma = clipped <= 0.0031308 ? 12.92 * clipped : 1.055 * clipped ** (1 / 2.4) - 0.055;
  return Math.round(255 * gamma);
}

export function rgbOfLab([lightness, a, b]: Lab): Rgb {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    encoded(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    encoded(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    encoded(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

export function distance(x: Lab, y: Lab): number {
  return Math.hypot(x[0] - y[0], x[1] - y[1], x[2] - y[2]);
}

/** One 32-bit pixel of an ImageData on a little-endian machine (every machine with a browser). */
export function pixel([red, green, blue]: Rgb, alpha = 255): number {
  return ((alpha << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

export function css([red, green, blue]: Rgb): string {
  return `rgb(${red} ${green} ${blue})`;
}

const FINE = 1024;

/** A smooth curve through the anchors (Catmull-Rom in OKLCH), FINE + 1 points. */
function curve(anchors: readonly Lch[]): Lab[] {
  const at = (i: number): Lch => anchors[Math.min(anchors.length - 1, Math.max(0, i))];
  return Array.from({ length: FINE + 1 }, (_, i) => {
    const place = (i / FINE) * (anchors.length - 1);
    const k = Math.min(anchors.length - 2, Math.floor(place));
    const u = place - k;
    const [p, q, r, s] = [at(k - 1), at(k), at(k + 1), at(k + 2)];
    const along = (j: 0 | 1 | 2): number =>
      q[j] +
      0.5 *
        u *
        (r[j] -
          p[j] +
          u * (2 * p[j] - 5 * q[j] + 4 * r[j] - s[j] + u * (3 * (q[j] - r[j]) + s[j] - p[j])));
    return labOfLch([along(0), Math.max(0, along(1)), along(2)]);
  });
}

/** `count` colours along the anchors' curve, at equal OKLab distance. */
export function ramp(anchors: readonly Lch[], count: number): Rgb[] {
  const points = curve(anchors);
  const travelled = [0];
  for (let i = 1; i < points.length; i++) {
    travelled.push(travelled[i - 1] + distance(points[i], points[i - 1]));
  }
  const length = travelled[FINE];
  let k = 0;
  return Array.from({ length: count }, (_, i) => {
    const target = (i / (count - 1)) * length;
    while (k < FINE && travelled[k] < target) k++;
    return rgbOfLab(points[k]);
  });
}
