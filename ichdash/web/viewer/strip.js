// The slice scores under the picture, feet to head: chart and scroll bar in one. Each bar is a
// slice, as wide as the thumb of the range input that lies over them, so that the thumb frames the
// bar of the slice shown; the input brings drag, click and keys.

const AXIS = 14; // CSS pixels below the bars, for the numbers
const NUMBER_EVERY = [1, 2, 5, 10, 20, 50, 100, 200]; // slices
const NUMBER_APART = 34; // CSS pixels at least
const LEAST_THUMB = 3; // CSS pixels: of many slices the thumb is wider than its bar

class Strip {
  constructor(viewer) {
    this.viewer = viewer;
    this.chart = viewer.find(".bars");
    this.scroll = viewer.find(".scroll");
    this.scores = [];
    this.evidence = [];
    this.slices = 1;
    this.scroll.addEventListener("input", () => viewer.goTo(Number(this.scroll.value) - 1));
    this.scroll.addEventListener("pointermove", (event) => this.tell(event.offsetX));
    this.resized = new ResizeObserver(() => this.draw());
    this.resized.observe(this.chart);
  }

  stop() {
    this.resized.disconnect();
  }

  take({ meta, scores, evidence }) {
    this.slices = this.scroll.max = meta.slices;
    this.scores = scores;
    this.evidence = evidence;
    this.viewer.find(".strip .scale").hidden = !scores.length;
    this.scroll.title = "";
    this.draw();
  }

  follow(index) {
    this.scroll.value = index + 1;
    this.scroll.setAttribute("aria-valuetext", this.words(index));
  }

  // of the bar under the pointer
  tell(x) {
    const index = Math.floor((x / this.chart.clientWidth) * this.slices);
    this.scroll.title = this.words(Math.min(this.slices - 1, Math.max(0, index)));
  }

  words(index) {
    const score = this.scores[index];
    const said = score === undefined ? "" : `, score ${score.toFixed(2)}`;
    return `slice ${index + 1} of ${this.slices}${said}`;
  }

  draw() {
    const { clientWidth: width, clientHeight: height } = this.chart;
    const ratio = window.devicePixelRatio || 1;
    this.chart.width = Math.round(width * ratio);
    this.chart.height = Math.round(height * ratio);
    const cell = width / this.slices;
    this.scroll.style.setProperty("--cell", `${Math.max(LEAST_THUMB, cell)}px`);
    const context = this.chart.getContext("2d");
    context.scale(ratio, ratio);
    this.drawBars(context, cell, height - AXIS);
    this.drawNumbers(context, cell, height);
  }

  drawBars(context, cell, height) {
    context.fillStyle = "#26313a";
    const levels = this.scores.length ? [1, 0.5, 0] : [0];
    for (const level of levels) context.fillRect(0, Math.round((height - 1) * (1 - level)), cell * this.slices, 1);
    const gap = cell > 5 ? 1 : 0;
    this.scores.forEach((score, index) => {
      const high = Math.max(1, height * score); // a score of 0 is seen, too
      context.fillStyle = this.evidence.includes(index) ? "#f2a33a" : "#7c8a96";
      context.fillRect(index * cell + gap, height - high, Math.max(1, cell - 2 * gap), high);
    });
  }

  drawNumbers(context, cell, height) {
    const every = NUMBER_EVERY.find((slices) => slices * cell >= NUMBER_APART) ?? this.slices;
    context.fillStyle = "#9fadb8";
    context.font = "11px system-ui, sans-serif";
    context.textAlign = "center";
    for (let number = every; number <= this.slices; number += every) {
      context.fillText(number, (number - 0.5) * cell, height - 2);
    }
  }
}
