"""What is run inside the page to time it: each gives milliseconds, one entry a change.

A change is timed from the event until the canvas, or the table, tells of what it shows. Events come
at any time between two frames, as a hand's do: pauses of one length would keep in step with the
frames of the screen, and the wait for the next one, not the work, would be what is measured.
"""

from __future__ import annotations

# When the first image was on screen, in seconds since 1970.
SETTLED_AT_S = """async () => {
    const noted = () => performance.getEntriesByName("ichdash-settled")[0];
    while (!noted()) await new Promise((resolve) => setTimeout(resolve, 10));
    return (performance.timeOrigin + noted().startTime) / 1000;
}"""

# From a key press until the canvas tells of the next slice: [milliseconds, what took most of them].
CHANGE_SLICES = """async (canvas, count) => {
    const frames = []; // the long ones, which come to be known after they are shown
    const longFrames = new PerformanceObserver((list) => frames.push(...list.getEntries()));
    longFrames.observe({ type: "long-animation-frame" });
    const message = canvas.parentElement.querySelector(".message");
    const waits = () => message.textContent.startsWith("Loading") && !message.hidden;
    const endOf = ({ startTime, duration }) => startTime + duration;
    const nameOf = ({ sourceURL, invoker }) => sourceURL.split("/").pop() || invoker;
    const causeOf = ({ started, ended, waited }) => {
        if (waited) return "the slice was still to arrive";
        const [longest] = frames
            .flatMap((frame) => [...frame.scripts])
            .filter((script) => script.startTime < ended && endOf(script) > started)
            .sort((one, other) => other.duration - one.duration);
        if (!longest) return "no long script";
        return `${nameOf(longest)} ran for ${Math.round(longest.duration)} ms`;
    };
    const press = (key) => canvas.dispatchEvent(
        new KeyboardEvent("keydown", { key, bubbles: true, composed: true }));
    const changed = () => new Promise((resolve) => {
        const observer = new MutationObserver(() => { observer.disconnect(); resolve(); });
        observer.observe(canvas, { attributeFilter: ["data-slice"] });
    });
    const rest = () => new Promise((resolve) => setTimeout(resolve, 40 + 17 * Math.random()));
    press("Home");
    await rest();
    const changes = [];
    for (let change = 0; change < count; change += 1) {
        const done = changed();
        const one = { started: performance.now(), waited: false };
        press(change % 20 < 10 ? "ArrowDown" : "ArrowUp");
        const frame = () => {
            if (one.ended) return;
            one.waited ||= waits();
            requestAnimationFrame(frame);
        };
        requestAnimationFrame(frame);
        await done;
        one.ended = performance.now();
        changes.push(one);
        await rest();
    }
    longFrames.disconnect();
    return changes.map((one) => [one.ended - one.started, causeOf(one)]);
}"""

# From a click on "Next page" until the table shows another study on top, in milliseconds.
TURN_PAGES = """async (body, count) => {
    const next = () => body.getRootNode().querySelector("[aria-label='Next page']");
    const changed = (top) => new Promise((resolve) => {
        const observer = new MutationObserver(() => {
            if (body.firstElementChild === top) return;
            observer.disconnect();
            resolve();
        });
        observer.observe(body, { childList: true });
    });
    const times = [];
    for (let turn = 0; turn < count; turn += 1) {
        const done = changed(body.firstElementChild);
        const started = performance.now();
        next().click();
        await done;
        times.push(performance.now() - started);
        await new Promise((resolve) => setTimeout(resolve, 200));
    }
    return times;
}"""

# From a move of the mouse that drags the window until the canvas has drawn with it.
DRAG_WINDOW = """async (canvas, count) => {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    const [x, y] = [left + width / 2, top + height / 2];
    const send = (kind, dx) => canvas.dispatchEvent(new PointerEvent(kind, {
        pointerId: 1, button: kind === "pointermove" ? -1 : 2, buttons: 2,
        clientX: x + dx, clientY: y, bubbles: true, composed: true }));
    const drawn = () => new Promise((resolve) => {
        const observer = new MutationObserver(() => { observer.disconnect(); resolve(); });
        observer.observe(canvas, { attributeFilter: ["data-window"] });
    });
    canvas.setPointerCapture = () => {}; // no such pointer is there to be captured
    send("pointerdown", 0);
    const times = [];
    for (let move = 1; move <= count; move += 1) {
        const done = drawn();
        const started = performance.now();
        send("pointermove", move % 40);
        await done;
        times.push(performance.now() - started);
        await new Promise((resolve) => setTimeout(resolve, 30 + 17 * Math.random()));
    }
    send("pointerup", 0);
    return times;
}"""

HEAP_MB = "() => performance.memory.usedJSHeapSize / 1e6"

# Presses the arrow keys at an uneven pace; the slices that were asked for, each with when, in
# milliseconds since 1970, a clock that the pages of one machine share.
STEP_SLICES = """async (canvas, count) => {
    const rest = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    const told = [];
    await rest(2000); // both pages are drawn and linked by now
    let slice = Number(canvas.dataset.slice);
    for (let move = 0; move < count; move += 1) {
        const step = move % 16 < 8 ? 1 : -1;
        slice += step;
        told.push([slice, performance.timeOrigin + performance.now()]);
        canvas.dispatchEvent(new KeyboardEvent(
            "keydown", { key: step > 0 ? "ArrowDown" : "ArrowUp", bubbles: true, composed: true }));
        await rest(300 + 37 * (move % 7));
    }
    await rest(2000);
    return told;
}"""

# Notes each slice that a canvas comes to show, with when; and what was noted.
NOTE_SLICES = """(canvas) => {
    window.noted = [];
    new MutationObserver(() => window.noted.push(
        [Number(canvas.dataset.slice), performance.timeOrigin + performance.now()]
    )).observe(canvas, { attributeFilter: ["data-slice"] });
}"""
NOTED_SLICES = "() => window.noted"
