// How what was measured is drawn on the picture: its lines, the ends of them, and what it says.

const MEASURE_COLOR = "#7CE0E8";

function drawMeasure(context, volume, place, measure) {
  const on = measure.points.map((point) => pointOn(place, volume, point));
  context.strokeStyle = context.fillStyle = MEASURE_COLOR;
  context.lineWidth = 1.5;
  context.beginPath();
  if (measure.kind === "region" && on.length > 1) traceEllipse(context, on);
  else traceLines(context, measure.kind, on);
  context.stroke();
  for (const { x, y } of on.slice(0, 4)) context.fillRect(x - 1.5, y - 1.5, 3, 3);
  context.font = "600 13px system-ui, sans-serif";
  context.textAlign = "left";
  const last = on[Math.min(on.length, 4) - 1];
  const words = wordsOf(volume, measure);
  const room = context.canvas.clientWidth - context.measureText(words).width - MARGIN;
  context.fillText(words, Math.max(MARGIN, Math.min(last.x + 8, room)), last.y - 6); // never cut off
}

// The slice is turned by quarters alone: an upright ellipse stays one.
function traceEllipse(context, [one, other]) {
  context.ellipse(
    (one.x + other.x) / 2, (one.y + other.y) / 2,
    Math.abs(other.x - one.x) / 2, Math.abs(other.y - one.y) / 2, 0, 0, 2 * Math.PI,
  );
}

function traceLines(context, kind, on) {
  on.slice(0, 4).forEach(({ x, y }, i) => {
    const begins = i === 0 || (kind === "volume" && i === 2);
    if (begins) context.moveTo(x, y);
    else context.lineTo(x, y);
  });
}
