// What a measurement says: lengths and angles in the patient's units, and the HU of a region.

function millimetres(volume, from, to) {
  const [, rowMm, columnMm] = volume.spacing_mm;
  return [(to.x - from.x) * columnMm, (to.y - from.y) * rowMm];
}

function lengthMm(volume, from, to) {
  return Math.hypot(...millimetres(volume, from, to));
}

function angleDegrees(volume, [from, vertex, to]) {
  const [ax, ay] = millimetres(volume, vertex, from);
  const [bx, by] = millimetres(volume, vertex, to);
  return (Math.abs(Math.atan2(ax * by - ay * bx, ax * bx + ay * by)) * 180) / Math.PI;
}

// middle and half axes of the ellipse between two corners, in pixels of the slice
function ellipseOf([one, other]) {
  return {
    x: (one.x + other.x) / 2,
    y: (one.y + other.y) / 2,
    across: Math.abs(other.x - one.x) / 2,
    down: Math.abs(other.y - one.y) / 2,
  };
}

// mean, deviation and range of the HU whose pixels' middles lie in the ellipse, and its area
function regionOf(volume, index, points) {
  const { x, y, across, down } = ellipseOf(points);
  const hu = huOfSlice(volume, index);
  const found = [];
  for (let row = Math.max(0, Math.floor(y - down)); row < Math.min(volume.rows, y + down); row++) {
    for (let column = Math.max(0, Math.floor(x - across)); column < Math.min(volume.columns, x + across); column++) {
      const off = ((column + 0.5 - x) / across) ** 2 + ((row + 0.5 - y) / down) ** 2;
      if (off <= 1) found.push(hu[row * volume.columns + column]);
    }
  }
  const [, rowMm, columnMm] = volume.spacing_mm;
  const areaMm2 = Math.PI * across * columnMm * down * rowMm;
  if (!found.length) return { areaMm2 };
  const mean = found.reduce((sum, hu) => sum + hu, 0) / found.length;
  const spread = found.reduce((sum, hu) => sum + (hu - mean) ** 2, 0) / found.length;
  const least = found.reduce((a, b) => Math.min(a, b));
  const most = found.reduce((a, b) => Math.max(a, b));
  return { areaMm2, mean, deviation: Math.sqrt(spread), least, most };
}

const wordsKept = new WeakMap(); // a region counts all its pixels: once is enough

// what a measurement says; nothing before it has all that it needs
function wordsOf(volume, measure) {
  if (!wordsKept.has(measure)) {
    const said = valueOf(volume, measure);
    wordsKept.set(measure, said && measure.by ? `${said} · ${measure.by}` : said);
  }
  return wordsKept.get(measure);
}

function valueOf(volume, { kind, points }) {
  if (points.length < TOOLS[kind].points) return "";
  if (kind === "distance") return `${lengthMm(volume, ...points).toFixed(1)} mm`;
  if (kind === "angle") return `${angleDegrees(volume, points).toFixed(1)}°`;
  if (kind === "volume") return volumeWords(volume, points);
  const { areaMm2, mean, deviation, least, most } = regionOf(volume, points[0].slice, points);
  const area = `${(areaMm2 / 100).toFixed(2)} cm²`;
  if (mean === undefined) return area;
  return `${mean.toFixed(1)} ± ${deviation.toFixed(1)} HU (${least} to ${most}), ${area}`;
}
