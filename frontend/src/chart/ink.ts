/** The colours and the font that axes and labels are drawn with. */
export interface Ink {
  readonly surface: string;
  readonly text: string;
  readonly muted: string;
  readonly grid: string;
  /** Where there is no data. */
  readonly void: string;
  readonly accent: string;
  readonly font: string;
}
