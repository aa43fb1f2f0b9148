// Planes through the volume: the slices as scanned, and the coronal and sagittal planes across
// them; each also as a slab, the mean or the highest HU through some millimetres.
//
// Where the gantry was tilted by an angle t, rows and slice normal lie turned by t against the
// patient's axes: `shear` is tan t. A point in row r (mm) of the slice at p (mm along the normal)
// is r cos t to the back and r sin t + p / cos t towards the head. So a coronal plane is the same
// row of every slice and a sagittal one the same column; how they lie on the screen is an affine map.

const SLABS = [
  { mm: 0, how: "slice" },
  { mm: 5, how: "mean" },
  { mm: 10, how: "mean" },
  { mm: 10, how: "max" },
  { mm: 20, how: "max" },
  { mm: 30, how: "max" },
];

function slabWords({ mm, how }) {
  return mm ? `${how} of ${mm} mm` : "";
}

// How a kind of plane runs through the voxels: from pixel to pixel, line to line, plane to plane.
function runOf(volume, kind) {
  const { slices, rows, columns } = volume;
  const slice = rows * columns;
  if (kind === "axial") return { width: columns, across: 1, height: rows, down: columns, deep: slice };
  if (kind === "coronal") return { width: columns, across: 1, height: slices, down: slice, deep: columns };
  return { width: rows, across: columns, height: slices, down: slice, deep: 1 };
}

// where the planes of a kind lie, in mm along the way across them, and how thick each is
function depthsOf(volume, kind) {
  const [sliceMm, rowMm, columnMm] = volume.spacing_mm;
  if (kind === "axial") return { at: (i) => volume.positions_mm[i], step: sliceMm, count: volume.slices };
  if (kind === "sagittal") return { at: (i) => i * columnMm, step: columnMm, count: volume.columns };
  const step = rowMm * tiltOf(volume).cos;
  return { at: (i) => i * step, step, count: volume.rows };
}

function tiltOf({ shear = 0 }) {
  const cos = 1 / Math.hypot(1, shear);
  return { cos, sin: shear * cos };
}

// the planes that a slab around plane `index` holds, each with the part of it that lies inside
function partsOfSlab({ at, step, count }, index, mm) {
  const parts = [];
  for (let i = 0; i < count; i++) {
    const part = Math.min(1, (mm / 2 + step / 2 - Math.abs(at(i) - at(index))) / step);
    if (i === index || part > 0.01) parts.push([i, i === index ? 1 : part]);
  }
  return parts;
}

// HU (width * height) of a plane, or of the slab around it
function huOfPlane(volume, kind, index, slab) {
  const run = runOf(volume, kind);
  const parts = partsOfSlab(depthsOf(volume, kind), index, slab.mm);
  if (slab.how === "mean") return meanOf(volume.hu, run, parts);
  return highestOf(volume.hu, run, parts.filter(([, part]) => part >= 0.5));
}

function axialHu(volume, index, slab) {
  return slab.mm ? huOfPlane(volume, "axial", index, slab) : huOfSlice(volume, index);
}

// whether every slice is there that the picture of a slice, or of the slab around it, is made of
function isHere(volume, index, slab) {
  if (!slab.mm) return Boolean(volume.has[index]);
  return partsOfSlab(depthsOf(volume, "axial"), index, slab.mm).every(([slice]) => volume.has[slice]);
}

function highestOf(hu, { width, across, height, down, deep }, parts) {
  const found = new Int16Array(width * height).fill(-32768);
  for (const [plane] of parts) {
    let pixel = 0;
    for (let line = 0; line < height; line++) {
      let voxel = plane * deep + line * down;
      for (let i = 0; i < width; i++, voxel += across, pixel++) {
        if (hu[voxel] > found[pixel]) found[pixel] = hu[voxel];
      }
    }
  }
  return found;
}

function meanOf(hu, { width, across, height, down, deep }, parts) {
  const sums = new Float32Array(width * height);
  const whole = parts.reduce((sum, [, part]) => sum + part, 0);
  for (const [plane, part] of parts) {
    const weight = part / whole;
    let pixel = 0;
    for (let line = 0; line < height; line++) {
      let voxel = plane * deep + line * down;
      for (let i = 0; i < width; i++, voxel += across, pixel++) sums[pixel] += weight * hu[voxel];
    }
  }
  return Int16Array.from(sums, Math.round);
}

const LINES = { least: 0.4, most: 700 }; // mm from line to line, and lines, of a plane across slices

// Lines of a coronal or sagittal picture, head first: between which slices each lies, and where.
const linesKept = new WeakMap();

function linesOf(volume) {
  if (!linesKept.has(volume)) linesKept.set(volume, linesThrough(volume));
  return linesKept.get(volume);
}

function linesThrough({ positions_mm: at, spacing_mm: [sliceMm, rowMm] }) {
  const [lowest, highest] = [at[0] - sliceMm / 2, at.at(-1) + sliceMm / 2];
  const pitch = Math.max(rowMm, LINES.least, (highest - lowest) / LINES.most);
  const lines = [];
  let upper = at.length - 1;
  for (let mm = highest - pitch / 2; mm > lowest; mm -= pitch) {
    while (upper > 1 && at[upper - 1] > mm) upper -= 1;
    const lower = Math.max(0, upper - 1);
    const part = lower === upper ? 0 : (mm - at[lower]) / (at[upper] - at[lower]);
    lines.push([lower, upper, Math.min(1, Math.max(0, part))]);
  }
  return { lines, pitch, highest };
}

// The lines of a coronal or sagittal plane, (lines * width), of its values slice by slice.
function between(volume, values, width) {
  const { lines } = linesOf(volume);
  const found = new values.constructor(lines.length * width);
  lines.forEach(([lower, upper, part], line) => {
    for (let i = 0; i < width; i++) {
      const from = values[lower * width + i];
      found[line * width + i] = Math.round(from + part * (values[upper * width + i] - from));
    }
  });
  return found;
}

// The affine map from a plane's pixels to the canvas, as transform takes it.
function layOf(volume, kind, size, { zoom, panX, panY }) {
  const { cos, sin } = tiltOf(volume);
  const { lines, pitch } = linesOf(volume);
  const [, rowMm, columnMm] = volume.spacing_mm;
  const [width, mm] = kind === "coronal" ? [volume.columns, columnMm] : [volume.rows, rowMm * cos];
  const rise = kind === "coronal" ? 0 : rowMm * sin; // towards the head, from row to row
  const down = pitch / cos;
  const [acrossMm, downMm] = [width * mm, lines.length * down + Math.abs(width * rise)];
  const scale = Math.min(size.width / acrossMm, size.height / downMm) * zoom;
  const [a, b, d] = [mm * scale, -rise * scale, down * scale];
  const x = size.width / 2 + panX - (a * width) / 2;
  const y = size.height / 2 + panY - (b * width + d * lines.length) / 2;
  return [a, b, 0, d, x, y];
}

// the point of the canvas at a pixel (across) and a height (mm along the slice normal), and back
function layPoint(volume, [a, b, , d, x, y], across, mm) {
  const { pitch, highest } = linesOf(volume);
  return { x: x + a * across, y: y + b * across + (d * (highest - mm)) / pitch };
}

function planePoint(volume, [a, b, , d, x, y], point) {
  const { pitch, highest } = linesOf(volume);
  const across = (point.x - x) / a;
  return { across, mm: highest - ((point.y - y - b * across) / d) * pitch };
}

function nearestSlice({ positions_mm: at }, mm) {
  return at.reduce((best, each, i) => (Math.abs(each - mm) < Math.abs(at[best] - mm) ? i : best), 0);
}
