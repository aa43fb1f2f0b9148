// How what was measured is drawn on the picture: its lines, the ends of them, and what it says.

const MEASURE_COLOR = "#7CE0E8";

function drawMeasure(context, volume, place, measure) {
  const on = measure.points.map((point) => pointOn(place, volume, point));
  const ends = on.slice(0, IN_PLANE);
  context.strokeStyle = context.fillStyle = MEASURE_COLOR;
  context.lineWidth = 1.5;
  context.beginPath();
  if (measure.kind === "region" && on.length > 1) traceEllipse(context, on);
  else traceLines(context, measure.kind, ends);
  context.stroke();
  for (const { x, y } of ends) context.fillRect(x - 1.5, y - 1.5, 3, 3);
  writeBeside(context, wordsOf(volume, measure), ends);
}

// Below what was measured, which it must not cover, else above; never cut off; legible on bone too.
function writeBeside(context, words, ends) {
  const { clientWidth: width, clientHeight: height } = context.canvas;
  const [xs, ys] = [ends.map(({ x }) => x), ends.map(({ y }) => y)];
  context.font = "600 13px system-ui, sans-serif";
  context.textAlign = "left";
  context.strokeStyle = "rgb(0 0 0 / 70%)";
  context.lineWidth = 3;
  context.lineJoin = "round";
  const isWide = context.measureText(words).width > width - 2 * MARGIN;
  const lines = isWide ? words.split(", ") : [words];
  const widest = Math.max(...lines.map((line) => context.measureText(line).width));
  const left = Math.max(MARGIN, Math.min(Math.min(...xs), width - MARGIN - widest));
  const more = (lines.length - 1) * LINE;
  const below = Math.max(...ys) + LINE;
  const wished = below + more < height - MARGIN ? below : Math.min(...ys) - 8 - more;
  const first = Math.max(MARGIN + LINE, Math.min(wished, height - MARGIN - more));
  lines.forEach((line, i) => {
    context.strokeText(line, left, first + i * LINE);
    context.fillText(line, left, first + i * LINE);
  });
}

// The slice is turned by quarters alone: an upright ellipse stays one.
function traceEllipse(context, [one, other]) {
  context.ellipse(
    (one.x + other.x) / 2, (one.y + other.y) / 2,
    Math.abs(other.x - one.x) / 2, Math.abs(other.y - one.y) / 2, 0, 0, 2 * Math.PI,
  );
}

function traceLines(context, kind, ends) {
  ends.forEach(({ x, y }, i) => {
    const begins = i === 0 || (kind === "volume" && i === 2);
    if (begins) context.moveTo(x, y);
    else context.lineTo(x, y);
  });
}
