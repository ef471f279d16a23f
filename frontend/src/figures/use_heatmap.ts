/** Makes pictures ready to paint; what does not depend on order and colours is made once. */
import { useMemo } from 'preact/hooks';
import { colourTables, type ColourScale, type ColourTables } from '../chart/colour_scale';
import { heatmap, type Heatmap } from '../chart/heatmap';
import type { Picture } from '../chart/heatmap_picture';
import { timeLevels, type Level } from '../chart/pool';

const made = new WeakMap<Picture, readonly Level[]>();

function levelsOf(picture: Picture): readonly Level[] {
  const known = made.get(picture);
  if (known) return known;
  const levels = timeLevels(picture);
  made.set(picture, levels);
  return levels;
}

const coloured = new WeakMap<
  Picture,
  { readonly scale: ColourScale; readonly tables: ColourTables }
>();

/** A picture's colours; those of the last scale are kept. */
export function tablesOf(picture: Picture, scale: ColourScale): ColourTables {
  const known = coloured.get(picture);
  if (known?.scale.kind === scale.kind && known.scale.limit === scale.limit) return known.tables;
  const tables = colourTables(picture, scale);
  coloured.set(picture, { scale, tables });
  return tables;
}

/** `order` null: by index. */
export function useHeatmap(
  picture: Picture | null,
  order: Uint32Array | null,
  scale: ColourScale,
): Heatmap | null {
  return useMemo(() => {
    if (!picture) return null;
    const rows = order ?? Uint32Array.from({ length: picture.units }, (_, unit) => unit);
    return heatmap(picture, rows, scale, levelsOf(picture), tablesOf(picture, scale));
  }, [picture, order, scale.kind, scale.limit]);
}
