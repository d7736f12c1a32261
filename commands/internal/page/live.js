"use strict";
const byId = (id) => document.getElementById(id);
const state = byId("state"), list = byId("list"), said = byId("said"), pause = byId("pause"), now = byId("now");
const maxEvents = Number(list.dataset.max), maxSilence = 45000, retryAfter = 5000, saidEvery = 5000;
let source = null, retry = 0;
let heard = 0;      // when mqtool said something, by this machine's clock
let ahead = 0;      // how far the listener's clock is ahead of this one
let unsaid = 0;     // events that a screen reader was not told of
let saidAt = 0;

// element makes an element of HTML that mqtool has escaped.
function element(html) {
  const t = document.createElement("template");
  t.innerHTML = html;
  return t.content.firstElementChild;
}

function showState(text, lost) {
  if (state.textContent !== text) state.textContent = text;
  document.body.classList.toggle("lost", lost);
}

// showCard shows a card in the place of the one before. A picture that is the same stays, so
// that it does not flicker, and so does the focus.
function showCard(html) {
  const card = element(html), old = byId(card.id);
  if (!old) {
    const cards = document.querySelector(`[data-cards=${card.dataset.kind}]`);
    const behind = [...cards.children].find((c) => c.dataset.label.localeCompare(card.dataset.label) > 0);
    cards.insertBefore(card, behind || null);
    return;
  }
  const picture = old.querySelector("a"), newer = card.querySelector("a");
  const focused = old.contains(document.activeElement);
  if (picture && newer && picture.getAttribute("href") === newer.getAttribute("href")) newer.replaceWith(picture);
  old.replaceWith(card);
  if (focused && card.querySelector("a")) card.querySelector("a").focus();
}

function showEvent(html) {
  list.prepend(element(html));
  while (list.children.length > maxEvents) list.lastElementChild.remove();
  unsaid++;
}

// say tells a screen reader of the last event, and of how many there were: not of each, which
// could be many a second.
function say() {
  if (unsaid === 0 || Date.now() - saidAt < saidEvery) return;
  const last = list.firstElementChild.textContent;
  said.textContent = unsaid === 1 ? last : `${last}. ${unsaid - 1} more before it.`;
  unsaid = 0;
  saidAt = Date.now();
}

function ago(ms) {
  const minutes = Math.floor(ms / 60000);
  if (minutes < 1) return "just now";
  if (minutes < 120) return `${minutes} min ago`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ago`;
  return `${Math.floor(minutes / 60 / 24)} days ago`;
}

// tick writes how long ago things were. What mqtool wrote there, the time itself, becomes the title.
function tick() {
  const moment = Date.now() + ahead;
  for (const t of document.querySelectorAll("[data-ago]")) {
    if (!t.title) t.title = t.textContent;
    const text = ago(moment - Date.parse(t.dateTime));
    if (t.textContent !== text) t.textContent = text;
  }
}

function take(message) {
  heard = Date.now();
  ahead = message.now - heard;
  if (message.whole) list.replaceChildren();
  message.cards.forEach(showCard);
  message.events.forEach(showEvent);
  if (message.whole) unsaid = 0; // it is no news
  byId("more").hidden = message.more === "";
  byId("more").textContent = message.more;
  now.textContent = new Date(heard).toLocaleString();
  showState(message.lost ? "mqtool has lost the connection to the broker: nothing new can come" : "live", message.lost);
  tick();
  say();
}

function close() {
  clearTimeout(retry);
  if (source) source.close();
  source = null;
}

function open() {
  close();
  heard = Date.now();
  source = new EventSource("events");
  source.onmessage = (event) => take(JSON.parse(event.data));
  source.onerror = () => {
    showState("the connection to mqtool is lost; trying again", true);
    if (source.readyState === EventSource.CLOSED) retry = setTimeout(open, retryAfter);
  };
}

pause.addEventListener("click", () => {
  const on = source !== null;
  pause.setAttribute("aria-pressed", String(on));
  pause.textContent = on ? "Go on" : "Pause";
  if (!on) return open();
  close();
  showState("paused", false);
});
setInterval(() => {
  tick();
  say();
  if (source && Date.now() - heard > maxSilence) open(); // as after a sleep of this machine
}, 1000);
open();
