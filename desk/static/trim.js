// The clips of a film, changed on the page: nudged by frames, dragged on the filmstrip, added by I and O, put in order.
// Times are whole numbers of frames from end to end; the form sends them as fractions of a second.

import { seek } from "./player.js";
import { say } from "./words.js";

const section = document.getElementById("trim");
if (section) start();

function start() {
  const [over, under] = section.dataset.rate.split("/").map(Number);
  const film = { over, under: under || 1, frames: Math.round(Number(section.dataset.duration) * over / (under || 1)) };
  const marks = { in: null, out: null };
  for (const list of section.querySelectorAll("[data-list]")) {
    const rows = list.querySelector(".stretches");
    for (const row of [...rows.children]) {
      const [from, to] = [row.dataset.start, row.dataset.end].map((time) => frameOf(time, film));
      row.replaceWith(made(list, film, from, to));
    }
    list.querySelector("[data-add]").addEventListener("click", () => add(list, film, marks));
  }
  document.addEventListener("footage:strip", () => section.querySelector(".stretches li")?.dispatchEvent(new Event("focusin")));
  document.addEventListener("footage:mark", ({ detail }) => {
    marks[detail.side] = Math.floor(detail.at * film.over / film.under + 1e-6) + (detail.side === "out" ? 1 : 0);
    const parts = Object.entries(marks).filter(([, at]) => at !== null).map(([side, at]) => `${side === "in" ? say("入点") : say("出点")} ${clock(at, film)}`);
    const told = say("已记下{marks}", { marks: parts.join(say("、")) });
    tell(told);
    document.getElementById("marked").textContent = told;
  });
  document.getElementById("cut-file").addEventListener("change", (event) => take(event.target, film));
  document.body.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (!detail.successful || detail.requestConfig.verb !== "post" || !detail.requestConfig.path.endsWith("/edit")) return;
    for (const list of section.querySelectorAll("[data-changed]")) delete list.dataset.changed;
    for (const field of section.querySelectorAll("#captions input")) field.defaultValue = field.value;
    tell(say("已保存，正在制作"));
  });
  window.addEventListener("beforeunload", (event) => section.querySelector("[data-changed]") && event.preventDefault());
  document.body.addEventListener("htmx:responseError", (event) => refused(event.detail.xhr));
}

/** Return the whole frame of a time written as a fraction or a decimal of a second. */
function frameOf(time, film) {
  const [top, bottom] = time.split("/").map(Number);
  return Math.round(top * film.over / ((bottom || 1) * film.under));
}

function seconds(frame, film) {
  return frame * film.under / film.over;
}

function clock(frame, film) {
  const total = Math.floor(seconds(frame, film) + 1e-6);
  const rest = frame - Math.ceil(total * film.over / film.under - 1e-6);
  const time = `${Math.floor(total / 60)}:${String(total % 60).padStart(2, "0")}`;
  return say("{time} + {n} 帧", { time, n: Math.max(0, rest) });
}

/** Return a row for one stretch, `from` the first frame to before `to`. */
function made(list, film, from, to) {
  const row = document.createElement("li");
  const kept = Object.assign(document.createElement("input"), { type: "hidden", name: list.dataset.list });
  const bounds = { from, to };
  kept.disabled = !("own" in list.dataset);
  row.append(kept, handle(say("入点"), "from"), ...nudges("from"), handle(say("出点"), "to"), ...nudges("to"), ...buttons());
  row.addEventListener("focusin", () => grip(bounds, film, nudge));
  show();
  return row;

  function handle(name, side) {
    const button = Object.assign(document.createElement("span"), { tabIndex: 0, className: "handle", textContent: "" });
    button.setAttribute("role", "slider");
    button.setAttribute("aria-label", name);
    button.dataset.side = side;
    button.addEventListener("focus", () => seek(seconds(side === "to" ? bounds.to - 0.5 : bounds.from + 0.5, film)));
    button.addEventListener("keydown", (event) => {
      const second = Math.round(film.over / film.under);
      const by = { ArrowLeft: -1, ArrowRight: 1, ArrowDown: -1, ArrowUp: 1, PageDown: -second, PageUp: second }[event.key];
      if (!by) return;
      event.preventDefault();
      event.stopPropagation();
      nudge(side, event.shiftKey ? by * second : by);
    });
    return button;
  }

  function nudges(side) {
    const [back, on] = side === "from" ? [say("入点−1帧"), say("入点+1帧")] : [say("出点−1帧"), say("出点+1帧")];
    return [action(say("−1帧"), back, () => nudge(side, -1)), action(say("+1帧"), on, () => nudge(side, 1))];
  }

  function buttons() {
    return [
      action(say("试看"), say("试看这一段"), () => play(bounds, film)),
      action("↑", say("上移"), () => row.previousElementSibling && (row.previousElementSibling.before(row), changed(list))),
      action("↓", say("下移"), () => row.nextElementSibling && (row.nextElementSibling.after(row), changed(list))),
      action(say("删除"), say("删除这一段"), () => (row.remove(), changed(list))),
    ];
  }

  function nudge(side, by) {
    const least = side === "from" ? 0 : bounds.from + 1, most = side === "from" ? bounds.to - 1 : film.frames;
    bounds[side] = Math.min(most, Math.max(least, bounds[side] + by));
    seek(seconds(side === "to" ? bounds.to - 0.5 : bounds.from + 0.5, film));
    show();
    changed(list);
  }

  function show() {
    kept.value = `${bounds.from * film.under}/${film.over}-${bounds.to * film.under}/${film.over}`;
    for (const one of row.querySelectorAll(".handle")) {
      const frame = bounds[one.dataset.side];
      one.textContent = `${one.getAttribute("aria-label")} ${clock(frame, film)}`;
      const said = { valuenow: frame, valuemin: 0, valuemax: film.frames, valuetext: clock(frame, film) };
      for (const [name, value] of Object.entries(said)) one.setAttribute(`aria-${name}`, value);
    }
  }
}

/** Draw a stretch on the filmstrip with two grips, which a finger or a mouse drags. */
function grip(bounds, film, nudge) {
  const strip = document.getElementById("strip");
  if (strip.hidden) return;
  const box = strip.querySelector(".marks") || strip.appendChild(Object.assign(document.createElement("i"), { className: "marks" }));
  const place = () => {
    box.style.left = `${bounds.from / film.frames * 100}%`;
    box.style.width = `${(bounds.to - bounds.from) / film.frames * 100}%`;
  };
  place();
  const grips = ["from", "to"].map((side) => {
    const edge = Object.assign(document.createElement("b"), { className: `grip ${side}` });
    edge.addEventListener("click", (event) => event.stopPropagation());
    edge.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      edge.setPointerCapture(event.pointerId);
    });
    edge.addEventListener("pointermove", (event) => {
      if (!edge.hasPointerCapture(event.pointerId)) return;
      const track = strip.getBoundingClientRect();
      nudge(side, Math.round((event.clientX - track.left) / track.width * film.frames) - bounds[side]);
      place();
    });
    return edge;
  });
  box.replaceChildren(...grips);
}

function action(word, label, act) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "plain", textContent: word });
  button.setAttribute("aria-label", label);
  button.addEventListener("click", act);
  return button;
}

function add(list, film, marks) {
  if (marks.in === null || marks.out === null || marks.out <= marks.in) {
    tell(say("请先在影片下面点“记入点”和“记出点”（键盘 I、O），出点在入点之后。"));
    return;
  }
  list.querySelector(".stretches").append(made(list, film, marks.in, Math.min(marks.out, film.frames)));
  changed(list);
}

async function play(bounds, film) {
  const video = document.getElementById("film");
  await seek(seconds(bounds.from + 0.5, film), true);
  const until = seconds(bounds.to, film);
  const stop = () => {
    if (video.currentTime < until && !video.paused) return;
    video.pause();
    video.removeEventListener("timeupdate", stop);
  };
  video.addEventListener("timeupdate", stop);
}

async function take(input, film) {
  const file = input.files[0];
  if (!file) return;
  const said = new URLSearchParams({ kind: file.name.toLowerCase().endsWith(".otio") ? "otio" : "edl", text: await file.text() });
  const answer = await fetch(input.dataset.address, { method: "POST", body: said });
  const found = await answer.json();
  input.value = "";
  if (!answer.ok) return tell(found.detail);
  const list = section.querySelector('[data-list="cut"]');
  list.querySelector(".stretches").replaceChildren(...found.map(({ start, end }) => made(list, film, frameOf(start, film), frameOf(end, film))));
  changed(list);
}

function refused(answer) {
  try {
    tell(JSON.parse(answer.responseText).detail);
  } catch {
    const page = new DOMParser().parseFromString(answer.responseText, "text/html");
    tell(page.querySelector('[role="alert"]')?.textContent || say("没有保存，请重试。"));
  }
}

/** Send this list from now on: an untouched one stays as it was chosen, reasons and all. */
function changed(list) {
  list.dataset.own = "";
  list.dataset.changed = "";
  for (const kept of list.querySelectorAll('input[type="hidden"]')) kept.disabled = false;
  tell(say("有改动，还没有保存"));
}

function tell(said) {
  document.getElementById("trim-said").textContent = said;
}
