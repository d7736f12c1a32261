"use strict";
const byId = (id) => document.getElementById(id);
const viewer = byId("viewer"), large = byId("large"), caption = byId("caption"), run = byId("run");
let shown = -1, timer = 0;

// visible are the links of the pictures that the two choices leave, the oldest first.
const visible = () => [...document.querySelectorAll(".day:not([hidden])")].reverse()
  .flatMap((day) => [...day.querySelectorAll(".group:not([hidden]) a")]);

function choose() {
  const camera = byId("camera").value, day = byId("day").value;
  for (const section of document.querySelectorAll(".day")) {
    let any = false;
    for (const group of section.querySelectorAll(".group")) {
      group.hidden = camera !== "" && group.dataset.camera !== camera;
      any = any || !group.hidden;
    }
    section.hidden = !any || (day !== "" && section.dataset.day !== day);
  }
  byId("none").hidden = visible().length > 0;
}

function show(i) {
  const list = visible();
  if (list.length === 0) return;
  shown = Math.max(0, Math.min(i, list.length - 1));
  const link = list[shown], text = link.querySelector("img").alt;
  large.src = link.href;
  large.alt = text;
  caption.textContent = `${text} (${shown + 1} of ${list.length})`;
  if (!viewer.open) viewer.showModal();
}

function play(on) {
  clearInterval(timer);
  timer = on ? setInterval(step, 250) : 0;
  run.textContent = on ? "Pause" : "Play";
  run.setAttribute("aria-pressed", String(on));
  caption.setAttribute("aria-live", on ? "off" : "polite");
}

// step goes on when the picture before is there, and stops at the last one.
function step() {
  if (!large.complete) return;
  if (shown + 1 >= visible().length) return play(false);
  show(shown + 1);
}

document.querySelector("main").addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  show(visible().indexOf(link));
});
byId("camera").addEventListener("change", choose);
byId("day").addEventListener("change", choose);
byId("play").addEventListener("click", () => { show(0); play(true); });
byId("back").addEventListener("click", () => show(shown - 1));
byId("next").addEventListener("click", () => show(shown + 1));
byId("close").addEventListener("click", () => viewer.close());
run.addEventListener("click", () => play(timer === 0));
viewer.addEventListener("close", () => {
  play(false);
  const link = visible()[shown];
  if (link) link.focus();
});
viewer.addEventListener("keydown", (event) => {
  const keys = {
    ArrowLeft: () => show(shown - 1), ArrowRight: () => show(shown + 1),
    Home: () => show(0), End: () => show(Infinity), p: () => play(timer === 0),
  };
  if (keys[event.key]) {
    event.preventDefault();
    keys[event.key]();
  }
});
