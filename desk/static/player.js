// The player of an item's page: keyboard, lanes, filmstrip, clips and comments all move one film.

import { paint, pictures } from "./storyboard.js";
import { say } from "./words.js";

const SPEEDS = [1, 2, 4];
let speed = 0;
const film = document.getElementById("film");
if (film) start(document.getElementById("player"));

function start(section) {
  const [over, under] = (section.dataset.rate || "25").split("/").map(Number);
  const frame = (under || 1) / over;
  const marks = { in: null, out: null };
  document.addEventListener("keydown", (event) => press(event, frame, marks));
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-seek]");
    if (button) seek(Number(button.dataset.seek), true);
    const side = event.target.closest("[data-mark]")?.dataset.mark;
    if (side) mark(marks, side);
  });
  document.getElementById("help").addEventListener("click", help);
  document.body.addEventListener("htmx:load", comments);
  film.addEventListener("timeupdate", moved);
  const lanes = document.getElementById("lanes");
  lanes.addEventListener("click", (event) => along(event, event.target.closest("svg")));
  if (section.dataset.storyboard) strip(section.dataset.storyboard);
  if (section.dataset.duration) chapters(Number(section.dataset.duration));
  comments();
}

/** Move to a time in seconds. The film's header comes first: nothing of it is loaded before somebody asks. */
export async function seek(seconds, play = false) {
  if (film.readyState < 1) {
    film.preload = "metadata";
    film.load();
    await new Promise((done) => film.addEventListener("loadedmetadata", done, { once: true }));
  }
  film.currentTime = Math.min(Math.max(0, seconds), film.duration || seconds);
  if (play && film.paused) await film.play().catch(() => {});
}

function press(event, frame, marks) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest("input, textarea, select, summary")) return;
  if (event.key === " " && event.target.closest("button, a, video")) return;
  const keys = {
    " ": toggle, k: toggle, K: toggle,
    j: () => back(), J: () => back(), l: () => faster(), L: () => faster(),
    ArrowLeft: () => step(event.shiftKey ? -1 : -frame), ArrowRight: () => step(event.shiftKey ? 1 : frame),
    i: () => mark(marks, "in"), I: () => mark(marks, "in"), o: () => mark(marks, "out"), O: () => mark(marks, "out"),
    "?": help,
  };
  const number = /^[1-9]$/.test(event.key) && document.querySelectorAll(".cuts [data-seek]")[Number(event.key) - 1];
  if (number) keys[event.key] = () => number.click();
  if (!keys[event.key]) return;
  event.preventDefault();
  keys[event.key]();
}

function toggle() {
  speed = 0;
  film.playbackRate = 1;
  film.paused ? film.play().catch(() => {}) : film.pause();
}

function faster() {
  film.playbackRate = SPEEDS[Math.min(speed++, SPEEDS.length - 1)];
  film.play().catch(() => {});
}

function back() {
  speed = 0;
  film.playbackRate = 1;
  seek(film.currentTime - 2);
}

function step(by) {
  film.pause();
  // Half a frame further than the frame's start: a time on the boundary may show the frame before it.
  const frames = Math.round(film.currentTime / Math.abs(by) - 0.5) + Math.sign(by);
  Math.abs(by) < 1 ? seek((frames + 0.5) * Math.abs(by)) : seek(film.currentTime + by);
}

function mark(marks, side) {
  marks[side] = film.currentTime;
  document.dispatchEvent(new CustomEvent("footage:mark", { detail: { side, at: film.currentTime } }));
}

function help() {
  const keys = document.getElementById("keys"), button = document.getElementById("help");
  keys.hidden = !keys.hidden;
  button.setAttribute("aria-expanded", String(!keys.hidden));
}

function moved() {
  const share = film.currentTime / (film.duration || 1);
  for (const row of [document.getElementById("strip"), document.getElementById("lanes")]) {
    if (!row || row.hidden) continue;
    const needle = row.querySelector(".needle") || row.appendChild(Object.assign(document.createElement("i"), { className: "needle" }));
    const track = row.querySelector("svg") || row;
    const left = track.getBoundingClientRect().left - row.getBoundingClientRect().left;
    needle.style.left = `${left + share * track.getBoundingClientRect().width}px`;
  }
  comments();
}

function along(event, track) {
  if (!track) return;
  const box = track.getBoundingClientRect();
  const share = (event.clientX - box.left) / box.width;
  seek(film.duration ? share * film.duration : 0).then(() => film.duration && seek(share * film.duration));
}

async function strip(address) {
  const all = await pictures(address), row = document.getElementById("strip");
  if (!all.length) return;
  row.hidden = false;
  const count = Math.max(1, Math.min(all.length, Math.floor(row.clientWidth / 80)));
  const shown = Array.from({ length: count }, (_, n) => all[Math.floor((n + 0.5) * all.length / count)]);
  for (const _ of shown) row.append(document.createElement("span"));
  [...row.querySelectorAll("span")].forEach((cell, n) => paint(cell, shown[n], all));
  row.addEventListener("click", (event) => along(event, row));
  document.dispatchEvent(new CustomEvent("footage:strip"));
}

/** Show where the highlights lie in the film, each a button that plays from there. */
function chapters(length) {
  const row = document.getElementById("chapters"), clips = [...document.querySelectorAll(".cuts [data-start]")];
  row.hidden = !clips.length;
  row.append(...clips.map(({ dataset: { start, end } }, n) => {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: n + 1 });
    button.setAttribute("aria-label", say("精彩片段 {n}", { n: n + 1 }));
    button.dataset.seek = start;
    button.style.left = `${start / length * 100}%`;
    button.style.width = `${(end - start) / length * 100}%`;
    return button;
  }));
}

/** Offer to put a comment on the moment that the film shows. */
function comments() {
  const box = document.getElementById("comment-at"), shown = document.getElementById("comment-time");
  if (!box) return;
  box.closest("label").hidden = false;
  box.value = film.currentTime.toFixed(3);
  const tenths = Math.round(film.currentTime * 10);
  shown.textContent = `${Math.floor(tenths / 600)}:${String(Math.floor(tenths / 10) % 60).padStart(2, "0")}.${tenths % 10}`;
}
