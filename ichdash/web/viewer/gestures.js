// The mouse and the pen on the picture: what each button, the wheel and the pointer do.

const DRAG_STEP = 8; // CSS pixels of dragging for one slice
const WINDOW_STEP = 1; // HU for one CSS pixel at a width of 200; wider windows move faster
const WHEEL_STEP = 30; // CSS pixels that a touchpad scrolls for one slice

// what a press of this button (with these keys) will drag; the first button's is the picture's own
function dragKind(event, own) {
  if (event.button === 1 || event.shiftKey) return "pan";
  return event.button === 2 ? "window" : own;
}

class Gestures {
  constructor(canvas, viewer) {
    this.viewer = viewer;
    this.canvas = canvas;
    this.wheeled = 0;
    this.drag = null;
    this.fingers = new Map(); // pointer → where it is on the canvas
    this.wheelOver(canvas);
    canvas.addEventListener("pointerdown", (event) => this.press(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    canvas.addEventListener("pointerup", (event) => this.release(event));
    canvas.addEventListener("pointercancel", (event) => this.cancel(event));
    canvas.addEventListener("pointerleave", () => viewer.point(null));
    canvas.addEventListener("contextmenu", (event) => event.preventDefault());
    canvas.addEventListener("dblclick", () => viewer.fit());
  }

  wheelOver(part) {
    part.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
  }

  wheel(event) {
    event.preventDefault(); // the page must not scroll away, nor the browser zoom
    if (event.ctrlKey && event.target === this.canvas) {
      const factor = event.deltaY < 0 ? ZOOM.step : 1 / ZOOM.step;
      this.viewer.zoomBy(factor, event.offsetX, event.offsetY);
      return;
    }
    this.viewer.step(this.wheelSlices(event));
  }

  // one notch is one slice; the small steps of a touchpad are added up
  wheelSlices(event) {
    if (event.deltaMode !== WheelEvent.DOM_DELTA_PIXEL || Math.abs(event.deltaY) >= 50) {
      this.wheeled = 0;
      return Math.sign(event.deltaY);
    }
    this.wheeled += event.deltaY;
    const slices = Math.trunc(this.wheeled / WHEEL_STEP);
    this.wheeled -= slices * WHEEL_STEP;
    return slices;
  }

  press(event) {
    event.target.setPointerCapture(event.pointerId);
    event.target.focus({ preventScroll: true });
    event.preventDefault();
    const { offsetX: x, offsetY: y } = event;
    this.fingers.set(event.pointerId, { x, y });
    if (this.fingers.size > 1) {
      this.breakOff(); // the first finger scrolls no more
      return;
    }
    const kind = dragKind(event, this.viewer.draggedAt({ x, y }));
    this.drag = { kind, x, y, from: this.viewer.index, startX: x, startY: y };
    if (kind === "measure") this.viewer.measures.press(this.viewer.pixelAt({ x, y }));
    if (kind === "place") this.viewer.placeAt({ x, y });
  }

  cancel(event) {
    this.breakOff();
    this.lift(event);
  }

  // what has begun is no drag, and a point set by it none of a measurement
  breakOff() {
    if (this.drag?.kind === "measure") this.viewer.measures.takeBack();
    this.drag = null;
  }

  lift(event) {
    this.fingers.delete(event.pointerId);
    this.drag = null;
  }

  release(event) {
    const { drag, viewer } = this;
    const { offsetX: x, offsetY: y } = event;
    this.lift(event);
    if (!drag || !viewer.volume) return;
    const movedBy = Math.hypot(x - drag.startX, y - drag.startY);
    if (drag.kind === "measure") viewer.measures.release(viewer.pixelAt({ x, y }), movedBy);
    if (drag.kind === "ring") viewer.spot.places.release(movedBy);
    if (drag.kind === "scroll" && movedBy <= NEAR) viewer.click({ x, y });
  }

  move(event) {
    const { offsetX: x, offsetY: y } = event;
    if (this.fingers.size > 1) {
      this.pinch(event);
      return;
    }
    this.viewer.point({ x, y });
    if (!this.drag) return;
    const [dx, dy] = [x - this.drag.x, y - this.drag.y];
    if (this.drag.kind === "pan") this.viewer.panBy(dx, dy);
    if (this.drag.kind === "window") this.dragWindow(dx, dy);
    if (this.drag.kind === "place") this.viewer.placeAt({ x, y });
    if (this.drag.kind === "ring") this.viewer.spot.places.drag(this.viewer.pixelAt({ x, y }));
    if (this.drag.kind === "scroll") {
      this.viewer.goTo(this.drag.from + Math.round((y - this.drag.startY) / DRAG_STEP));
    }
    this.drag = { ...this.drag, x, y };
  }

  // two fingers: apart is nearer, together moved is panned
  pinch({ pointerId, offsetX: x, offsetY: y }) {
    const before = this.fingers.get(pointerId);
    const other = [...this.fingers].find(([id]) => id !== pointerId)?.[1];
    if (!before || !other) return;
    this.fingers.set(pointerId, { x, y });
    const [was, is] = [before, { x, y }].map((at) => Math.hypot(at.x - other.x, at.y - other.y));
    const middle = { x: (x + other.x) / 2, y: (y + other.y) / 2 };
    if (was > 0 && is > 0) this.viewer.zoomBy(is / was, middle.x, middle.y);
    this.viewer.panBy((x - before.x) / 2, (y - before.y) / 2);
  }

  // to the right is wider, downwards is brighter, as on a radiology workstation
  dragWindow(dx, dy) {
    const { center, width } = this.viewer.window;
    const pace = WINDOW_STEP * Math.max(0.25, width / 200);
    this.viewer.setWindow({
      name: OWN,
      center: center - dy * pace,
      width: Math.max(2, width + dx * pace),
    });
  }
}
