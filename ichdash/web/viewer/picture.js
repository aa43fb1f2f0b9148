// One frame of the picture: slice, heatmap and every word on it are drawn together.
//
// Drawing the slice number in the same pass as the slice is what keeps the two from disagreeing.

// gray levels of every code of the volume, as little-endian RGBA
function grayTable(window, volume, isInverted = false) {
  const floor = window.center - window.width / 2;
  return Uint32Array.from(volume.huOfCode, (hu) => {
    const unit = Math.min(1, Math.max(0, (hu - floor) / window.width));
    const gray = Math.round(255 * (isInverted ? 1 - unit : unit));
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
    drawPlaced(context, this.slice, place);
    if (scene.heat.on && scene.heatmap) {
      context.globalAlpha = scene.heat.opacity;
      drawPlaced(context, this.heat, place);
      context.globalAlpha = 1;
    }
    context.shadowColor = "#000";
    context.shadowBlur = 3;
    for (const measure of scene.measures) drawMeasure(context, scene.volume, place, measure);
    drawSpot(context, scene.volume, place, scene.index, scene.spot);
    writeOn(context, size, scene);
  }

  // repaint only what changed: panning and pointing cost no pass over the voxels
  refresh({ volume, index, window: shown, isInverted, heat, heatmap }) {
    if (this.changed("table", volume, shown, isInverted)) {
      this.table = grayTable(shown, volume, isInverted);
    }
    if (this.changed("slice", this.table, index)) {
      paintSlice(this.slice, volume, index, this.table);
    }
    if (heat.on && heatmap && this.changed("heat", heatmap, index, heat.floor)) {
      paintHeat(this.heat, heatmap, index, heat.floor);
    }
  }

  changed(what, ...sources) {
    const before = this.painted[what];
    this.painted[what] = sources;
    return !before || sources.some((source, i) => source !== before[i]);
  }
}
