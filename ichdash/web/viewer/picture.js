// One frame of the picture: slice, heatmap and every word on it are drawn together.
//
// Drawing the slice number in the same pass as the slice is what keeps the two from disagreeing.
// Rows run to the patient's back and columns to the patient's left: right is on the left (PS3.3
// C.7.6.1.1.1, the radiological convention).

// gray levels of every code of the volume, as little-endian RGBA
function grayTable(window, volume) {
  const floor = window.center - window.width / 2;
  return Uint32Array.from(volume.huOfCode, (hu) => {
    const unit = Math.min(1, Math.max(0, (hu - floor) / window.width));
    const gray = Math.round(255 * unit);
    return (0xff000000 | (gray << 16) | (gray << 8) | gray) >>> 0;
  });
}

function paintSlice(canvas, volume, index, table) {
  if (canvas.width !== volume.columns || canvas.height !== volume.rows) {
    canvas.width = volume.columns;
    canvas.height = volume.rows;
  }
  const context = canvas.getContext("2d");
  const image = context.createImageData(volume.columns, volume.rows);
  const pixels = new Uint32Array(image.data.buffer);
  const codes = codesOf(volume, index);
  for (let i = 0; i < pixels.length; i++) pixels[i] = table[codes[i]];
  context.putImageData(image, 0, 0);
}

// where the slice lies on the canvas, in CSS pixels, with the patient's proportions
function placeOf(volume, view, size) {
  const [, rowMm, columnMm] = volume.spacing_mm;
  const widthMm = volume.columns * columnMm;
  const heightMm = volume.rows * rowMm;
  const fit = Math.min(size.width / widthMm, size.height / heightMm) * view.zoom;
  const width = widthMm * fit;
  const height = heightMm * fit;
  return {
    x: (size.width - width) / 2 + view.panX,
    y: (size.height - height) / 2 + view.panY,
    width,
    height,
  };
}

class Picture {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d", { alpha: false });
    this.slice = document.createElement("canvas");
    this.heat = document.createElement("canvas");
    this.painted = {};
  }

  get size() {
    return { width: this.canvas.clientWidth, height: this.canvas.clientHeight };
  }

  // the picture keeps the screen's own pixels, however the page is scaled
  fitScreen() {
    const ratio = window.devicePixelRatio || 1;
    const { width, height } = this.size;
    const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.canvas.width !== wide || this.canvas.height !== high) {
      this.canvas.width = wide;
      this.canvas.height = high;
    }
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
  }

  clear() {
    this.fitScreen();
    this.context.fillStyle = "#000";
    this.context.fillRect(0, 0, this.size.width, this.size.height);
    this.painted = {};
  }

  draw(scene) {
    this.fitScreen();
    this.refresh(scene);
    const { context, size } = this;
    const place = placeOf(scene.volume, scene.view, size);
    context.fillStyle = "#000";
    context.fillRect(0, 0, size.width, size.height);
    context.imageSmoothingEnabled = true;
    context.imageSmoothingQuality = "high";
    context.drawImage(this.slice, place.x, place.y, place.width, place.height);
    if (scene.heat.on && scene.heatmap) {
      context.globalAlpha = scene.heat.opacity;
      context.drawImage(this.heat, place.x, place.y, place.width, place.height);
      context.globalAlpha = 1;
    }
    writeOn(context, size, scene);
  }

  // repaint only what changed: panning and pointing cost no pass over the voxels
  refresh({ volume, index, window: shown, heat, heatmap }) {
    if (this.changed("table", volume, shown)) this.table = grayTable(shown, volume);
    if (this.changed("slice", this.table, index)) {
      paintSlice(this.slice, volume, index, this.table);
    }
    if (heat.on && heatmap && this.changed("heat", heatmap, index)) {
      paintHeat(this.heat, heatmap, index);
    }
  }

  changed(what, ...sources) {
    const before = this.painted[what];
    this.painted[what] = sources;
    return !before || sources.some((source, i) => source !== before[i]);
  }
}
