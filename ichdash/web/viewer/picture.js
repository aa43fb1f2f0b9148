// One frame of the picture: slice, heatmap and every word on it are drawn together.
//
// Drawing the slice number in the same pass as the slice is what keeps the two from disagreeing.

// gray levels of every HU that a volume may hold, as little-endian RGBA
function grayTable(window, { segments, levels }, isInverted = false) {
  const low = segments[0][1];
  const [firstCode, firstHu, step] = segments.at(-1);
  const high = firstHu + step * (levels - 1 - firstCode);
  const floor = window.center - window.width / 2;
  const gray = new Uint32Array(high - low + 1);
  for (let i = 0; i < gray.length; i++) {
    const unit = Math.min(1, Math.max(0, (low + i - floor) / window.width));
    const level = Math.round(255 * (isInverted ? 1 - unit : unit));
    gray[i] = (0xff000000 | (level << 16) | (level << 8) | level) >>> 0;
  }
  return { low, gray };
}

// HU (rows * columns) on a canvas of as many pixels
function paint(canvas, hu, columns, { low, gray }) {
  const rows = hu.length / columns;
  if (canvas.width !== columns || canvas.height !== rows) {
    canvas.width = columns;
    canvas.height = rows;
  }
  const context = canvas.getContext("2d");
  const image = context.createImageData(columns, rows);
  const pixels = new Uint32Array(image.data.buffer);
  for (let i = 0; i < pixels.length; i++) pixels[i] = gray[hu[i] - low];
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
    this.begin();
    this.painted = {};
  }

  // black, and what is drawn next is drawn smoothly and legibly
  begin() {
    this.fitScreen();
    const { context, size } = this;
    context.shadowBlur = 0;
    context.fillStyle = "#000";
    context.fillRect(0, 0, size.width, size.height);
    context.imageSmoothingEnabled = true;
    context.imageSmoothingQuality = "high";
  }

  draw(scene) {
    this.refresh(scene);
    this.begin();
    const { context, size } = this;
    const place = placeOf(scene.volume, scene.view, size);
    drawPlaced(context, this.slice, place);
    if (scene.heat.on && scene.heatmap) {
      context.globalAlpha = scene.heat.opacity;
      drawPlaced(context, this.heat, place);
      context.globalAlpha = 1;
    }
    if (scene.cross) drawCross(context, size, pointOn(place, scene.volume, scene.cross));
    shadeLetters(context);
    for (const measure of scene.measures) drawMeasure(context, scene.volume, place, measure);
    drawSpot(context, scene.volume, place, scene.index, scene.spot);
    writeOn(context, size, { ...scene, hu: this.huAt(scene.pixel, scene.volume) });
  }

  // the value of the pixel as it is drawn, a slab's where one is shown, or null beside the slice
  huAt(pixel, { rows, columns }) {
    if (!pixel) return null;
    const [column, row] = [Math.floor(pixel.x), Math.floor(pixel.y)];
    const isInside = column >= 0 && row >= 0 && column < columns && row < rows;
    return isInside ? this.hu[row * columns + column] : null;
  }

  // an image under the affine map `lay`, as transform takes it
  drawLaid(image, lay) {
    this.context.save();
    this.context.transform(...lay);
    this.context.drawImage(image, 0, 0);
    this.context.restore();
  }

  // repaint only what changed: panning and pointing cost no pass over the voxels
  refresh({ volume, index, slab, window: shown, isInverted, heat, heatmap }) {
    if (this.changed("table", volume, shown, isInverted)) {
      this.table = grayTable(shown, volume, isInverted);
    }
    if (this.changed("slice", this.table, index, slab)) {
      this.hu = axialHu(volume, index, slab);
      paint(this.slice, this.hu, volume.columns, this.table);
    }
    if (heat.on && heatmap && this.changed("heat", heatmap, index, heat.floor)) {
      paintHeat(this.heat, heatOfSlice(heatmap, index), heat.floor);
    }
  }

  changed(what, ...sources) {
    const before = this.painted[what];
    this.painted[what] = sources;
    return !before || sources.some((source, i) => source !== before[i]);
  }
}
