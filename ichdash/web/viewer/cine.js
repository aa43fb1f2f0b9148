// Cine: slice after slice by itself, over the end to the first again, at a pace that can be set.

const FIRST_PACE = 10; // slices a second

class Cine {
  constructor(viewer) {
    this.viewer = viewer;
    this.pace = FIRST_PACE;
    this.isOn = false;
  }

  toggle() {
    if (this.isOn) this.stop();
    else this.play();
  }

  play() {
    if (!this.viewer.volume) return;
    this.isOn = true;
    this.since = performance.now();
    this.run();
  }

  stop() {
    this.isOn = false;
    cancelAnimationFrame(this.frame);
    this.viewer.drawSoon();
  }

  setPace(pace) {
    this.pace = pace;
    this.viewer.drawSoon();
  }

  // By the clock, not by the frame: a slow screen shows fewer slices, in the same time.
  run() {
    this.frame = requestAnimationFrame((now) => {
      if (!this.isOn) return;
      const steps = Math.floor(((now - this.since) / 1000) * this.pace);
      if (steps > 0) {
        const { slices } = this.viewer.data.meta;
        this.since += (steps / this.pace) * 1000;
        this.viewer.goTo((this.viewer.index + steps) % slices);
      }
      this.run();
    });
  }
}
