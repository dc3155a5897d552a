// Files go by the tus protocol: each goes on where it stopped after a broken line, and after the page was closed.

import { say } from "./words.js";

const FACTS = "footage.facts";
const AT_ONCE = 2;
const ENDED = {
  published: say("已发布"), rejected: say("不合格"), failed: say("没有处理成，请联系管理员"), held: say("已暂存，等管理员查看"), cancelled: say("已取消"),
};
const form = document.getElementById("facts"), list = document.getElementById("sent");
const waiting = [], held = [], open = new Map();
const ASKED = 10;  // files that are asked for in three seconds: a key may make so many requests a minute
let going = 0, following = false;

restore();
form.addEventListener("change", () => {
  localStorage.setItem(FACTS, JSON.stringify(facts()));
  if (held.length && form.checkValidity()) take([]);
});
form.addEventListener("submit", (event) => event.preventDefault());
const input = document.getElementById("files");
input.addEventListener("change", chosen);
if (input.files.length) chosen();  // chosen before this script was there
const drop = document.getElementById("drop");
for (const kind of ["dragenter", "dragover"]) drop.addEventListener(kind, (event) => hover(event, true));
for (const kind of ["dragleave", "drop"]) drop.addEventListener(kind, (event) => hover(event, false));
drop.addEventListener("drop", (event) => take(event.dataTransfer.files));
window.addEventListener("beforeunload", (event) => (going || held.length) && event.preventDefault());

function chosen() {
  take(input.files);
  input.value = "";
}

function facts() {
  return Object.fromEntries([...new FormData(form)].filter(([, value]) => value));
}

function restore() {
  const kept = JSON.parse(localStorage.getItem(FACTS) || "{}");
  for (const [name, value] of Object.entries(kept)) {
    const field = form.elements[name];
    if (field && !field.readOnly) field.value = value;
  }
}

function hover(event, over) {
  event.preventDefault();
  drop.classList.toggle("over", over);
}

/** Send these files, once the facts that are needed are there: until then they wait. */
function take(files) {
  for (const file of files) if (!held.some((one) => same(one, file))) held.push(file);
  const ready = form.reportValidity();
  document.getElementById("held").textContent = ready ? "" : say("{n} 个文件在等：请先选单位，选好就开始传。", { n: held.length });
  if (!ready) return;
  for (const file of held.splice(0)) waiting.push({ file, said: facts(), row: shown(file) });
  next();
}

function same(one, other) {
  return one.name === other.name && one.size === other.size && one.lastModified === other.lastModified;
}

function next() {
  while (going < AT_ONCE && waiting.length) {
    going += 1;
    send(waiting.shift());
  }
}

function send({ file, said, row }) {
  const upload = new window.tus.Upload(file, {
    endpoint: "/api/tus",
    chunkSize: 16 * 2 ** 20,
    retryDelays: [0, 1000, 3000, 5000, 10000, 20000, 30000],
    metadata: { filename: file.name, ...said },
    removeFingerprintOnSuccess: true,
    // A server that is away for a moment has not lost the upload: without this the client would begin anew.
    onAfterResponse: (request, answer) => {
      const status = answer.getStatus();
      if (request.getMethod() === "HEAD" && (status >= 500 || status === 429)) throw new Error("the server is away");
    },
    onProgress: (done, all) => row.move(done, all),
    onShouldRetry: (error) => {
      row.tell(say("断线了，正在重新连接……"));
      const status = error.originalResponse ? error.originalResponse.getStatus() : 0;
      return !(status >= 400 && status < 500 && status !== 409 && status !== 423 && status !== 429);
    },
    onError: (error) => ended(row, () => row.fail(reason(error))),
    onSuccess: () => ended(row, () => row.done(upload.url)),
  });
  upload.findPreviousUploads().then((earlier) => {
    if (earlier.length) upload.resumeFromPreviousUpload(earlier[0]);
    upload.start();
  });
}

function ended(row, tell) {
  going -= 1;
  tell();
  next();
}

/** Return why the server refused, in its own words. */
function reason(error) {
  try {
    return JSON.parse(error.originalResponse.getBody()).detail;
  } catch {
    return say("没有传成，请检查网络后重新选择这个文件，会接着传。");
  }
}

function shown(file) {
  const row = document.createElement("li");
  const name = Object.assign(document.createElement("bdi"), { textContent: file.name });
  const bar = Object.assign(document.createElement("progress"), { max: 1, value: 0 });
  bar.setAttribute("aria-label", file.name);
  const words = Object.assign(document.createElement("span"), { className: "facts", textContent: say("等待上传") });
  row.append(name, bar, words);
  list.prepend(row);
  let since = performance.now(), from = null;
  return {
    tell: (text) => { words.textContent = text; },
    move(done, all) {
      if (from === null) [since, from] = [performance.now(), done];
      bar.value = done / all;
      const speed = (done - from) / Math.max(0.2, (performance.now() - since) / 1000);
      const values = { percent: Math.round(100 * done / all), speed: (speed / 1e6).toFixed(1), left: Math.ceil((all - done) / speed) };
      words.textContent = speed > 0
        ? say("{percent}%，每秒 {speed} MB，约剩 {left} 秒", values) : say("{percent}%，每秒 {speed} MB", values);
    },
    fail(text) {
      row.className = "failed";
      words.textContent = text;
    },
    done(address) {
      bar.remove();
      row.className = "done";
      const job = address.split("/").pop();
      const told = document.createElement("span");
      words.replaceChildren(told, Object.assign(document.createElement("a"), { href: `/items/${job}`, textContent: say("查看") }));
      told.textContent = say("已收到，正在处理 ");
      open.set(job, { row, told });
      if (!following) follow();
    },
  };
}

/** Tell what becomes of each file until it ends: published, or why not. A few are asked for at a time. */
async function follow() {
  following = true;
  while (open.size) {
    await new Promise((done) => setTimeout(done, 3000));
    for (const [job, shown] of [...open].slice(0, ASKED)) {
      open.delete(job);
      const answer = await fetch(`/api/submissions/${job}`).catch(() => null);
      if ([401, 403, 404].includes(answer?.status)) continue;
      if (!answer?.ok || !ending(shown, await answer.json())) open.set(job, shown);  // asked again after the others
    }
  }
  following = false;
}

function ending({ row, told }, { state, percent, findings }) {
  if (state === "running") told.textContent = say("正在处理 {percent}% ", { percent: Math.round(percent) });
  if (!ENDED[state]) return false;
  row.className = state === "published" ? "done" : "failed";
  const why = findings.filter(({ severity }) => severity !== "info").map(({ text }) => text);
  told.textContent = [ENDED[state], ...why].join(" ") + " ";
  return true;
}
