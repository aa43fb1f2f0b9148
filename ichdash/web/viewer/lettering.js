// What stands on the picture: identity, slice, window, side markers, HU, heat bar, and the line
// that says what this picture is not for. Nothing of it covers the middle of the head.

const LETTERING = "#DCE3E8";
const QUIET = "#9FADB8";
const STRONG_FONT = "600 14px system-ui, sans-serif";
const MARGIN = 12; // CSS pixels between the lettering and the edge
const LINE = 18; // CSS pixels from line to line
const NARROW = 520; // CSS pixels of a picture whose corners reach its middle
const REGIONS_ALONE = "regions: HU of the slice alone";
const BAR = { width: 150, height: 9 }; // CSS pixels

// legible on any gray
function shadeLetters(context) {
  context.shadowColor = "#000";
  context.shadowBlur = 3;
}

function writeOn(context, size, scene) {
  context.textBaseline = "alphabetic";
  const right = topRight(scene);
  writeCorner(context, size, right, "right", "top");
  writeCorner(context, size, scene.identity, "left", "top", size.width - widthOf(context, right) - 3 * MARGIN);
  const above = size.width < NARROW ? [""] : []; // the notice, which would be written over
  writeCorner(context, size, [...bottomLeft(scene), ...above], "left", "bottom");
  writeCorner(context, size, [scene.notice], "right", "bottom");
  writeEdges(context, size, sidesOf(scene.view));
  if (scene.heat.on && scene.heatmap) drawHeatBar(context, size, scene);
  context.shadowBlur = 0;
}

function topRight({ index, volume, slab, window: shown, score }) {
  const lines = [
    `slice ${index + 1} of ${volume.slices}`,
    `${shown.name} ${Math.round(shown.center)}/${Math.round(shown.width)}`,
    ...(slab.mm ? [slabWords(slab)] : []),
  ];
  return score === undefined ? lines : [...lines, `slice score ${score.toFixed(2)}`];
}

function bottomLeft({ view, hu, next, slab, measures }) {
  const zoom = view.zoom === 1 ? [] : [`zoom ${view.zoom.toFixed(1)}×`];
  const value = hu === null ? [] : [slab.mm ? `HU ${hu} (${slabWords(slab)})` : `HU ${hu}`];
  const alone = slab.mm && measures.some((each) => each.kind === "region") ? [REGIONS_ALONE] : [];
  return [...(next ? [next] : []), ...alone, ...zoom, ...value];
}

function writeCorner(context, size, lines, side, edge, room = Infinity) {
  context.textAlign = side;
  const x = side === "left" ? MARGIN : size.width - MARGIN;
  const first = edge === "top" ? MARGIN + 10 : size.height - MARGIN - (lines.length - 1) * LINE;
  lines.forEach((line, i) => {
    const strong = edge === "top" && i === 0;
    context.font = strong ? STRONG_FONT : "13px system-ui, sans-serif";
    context.fillStyle = strong ? LETTERING : QUIET;
    context.fillText(cutTo(context, line, room), x, first + i * LINE);
  });
}

function widthOf(context, lines) {
  context.font = STRONG_FONT;
  return Math.max(...lines.map((line) => context.measureText(line).width));
}

// a line that would be written over what stands beside it ends earlier
function cutTo(context, line, room) {
  if (context.measureText(line).width <= room) return line;
  let kept = line;
  while (kept && context.measureText(`${kept}…`).width > room) kept = kept.slice(0, -1);
  return `${kept}…`;
}

// the patient's sides at the edges that they lie towards, below what stands in narrow corners
function writeEdges(context, size, sides, inset = size.width < NARROW ? 3 * LINE : 0) {
  context.font = "600 18px system-ui, sans-serif";
  context.fillStyle = LETTERING;
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (const [letter, across, down] of sides) {
    context.fillText(
      letter,
      size.width / 2 + across * (size.width / 2 - MARGIN - 6),
      size.height / 2 + down * (size.height / 2 - MARGIN - 6 - inset),
    );
  }
  context.textBaseline = "alphabetic";
}

function drawHeatBar(context, size, { heat: { floor }, finding }) {
  const x = size.width - MARGIN - BAR.width;
  const y = size.height - MARGIN - 3 * LINE;
  for (let i = 0; i < BAR.width; i++) {
    const value = i / (BAR.width - 1);
    const [red, green, blue] = infernoAt(value);
    context.fillStyle = `rgba(${red}, ${green}, ${blue}, ${heatAlphaAt(value, floor)})`;
    context.fillRect(x + i, y, 1, BAR.height);
  }
  context.strokeStyle = QUIET;
  context.lineWidth = 1;
  context.strokeRect(x - 0.5, y - 0.5, BAR.width + 1, BAR.height + 1);
  writeHeatScale(context, x, y, finding);
}

function writeHeatScale(context, x, y, finding) {
  context.font = "12px system-ui, sans-serif";
  context.fillStyle = LETTERING;
  context.textAlign = "right";
  context.fillText("0", x - 6, y + BAR.height);
  context.fillText(heatCaption(finding), x + BAR.width, y + BAR.height + LINE - 2);
  context.fillText("1", x + BAR.width, y - 5);
}
