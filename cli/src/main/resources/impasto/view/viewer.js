// The page's side of the protocol that impasto.view.Viewer describes. No text from outside is ever
// put in as HTML: everything goes through textContent.
"use strict";

const byId = (id) => document.getElementById(id);
const ui = Object.fromEntries(
  ["bundle", "back", "dead", "live", "live-text", "empty", "empty-title", "empty-text", "grid", "more", "bar", "active",
    "examples", "target", "glob", "text", "seed", "send", "clear", "toasts", "card"].map((id) => [id, byId(id)]));

const OUTCOMES = { 0: "UNKNOWN", 1: "STYLIZED", 2: "PASSED_THROUGH", 3: "SKIPPED", 255: "NONE" };
const OUTCOME_WORDS = {
  STYLIZED: "restyled", PASSED_THROUGH: "passed through", SKIPPED: "unchanged", DROPPED: "dropping frames",
  UNKNOWN: "unknown", NONE: "waiting", SILENT: "no pictures",
};
const SILENT_MILLIS = 5000;
const CUSTOM = "\u0000custom"; // no stream name has a control character

const cards = new Map(); // stream index → Card
let prompts = [];
let examples = [];
let focused = null;

// --- one stream ------------------------------------------------------------------------------

class Card {
  constructor({ index, name }) {
    this.index = index;
    this.name = name;
    this.root = ui.card.content.firstElementChild.cloneNode(true);
    this.part = (selector) => this.root.querySelector(selector);
    this.input = this.part(".in canvas");
    this.output = this.part(".out canvas");
    this.input.setAttribute("aria-label", `Camera picture of ${name}`);
    this.output.setAttribute("aria-label", `Restyled picture of ${name}`);
    this.root.dataset.stream = name;
    this.root.dataset.state = "waiting";
    const button = this.part(".name");
    button.textContent = name;
    button.title = `${name}: show alone`;
    button.addEventListener("click", () => focus(focused === this ? null : this));
    this.texts = new Map(); // prompt version → words
    this.version = null;
    this.queue = [];
    this.drawing = false;
    this.lastOutput = 0;
  }

  // Words arrive before the first picture that they made, so that both change together.
  know(prompt) {
    if (prompt) {
      this.texts.set(prompt.version, prompt.text);
      if (this.texts.size > 50) this.texts.delete(this.texts.keys().next().value);
      if (this.version === prompt.version) this.write(prompt.version);
    }
  }

  offer(pair) {
    this.queue.push(pair);
    if (!this.drawing) this.draw();
  }

  async draw() {
    this.drawing = true;
    while (this.queue.length) {
      const pair = this.queue.shift();
      if (!this.queue.length) { // an older one is not worth decoding
        try {
          const [input, output] = await Promise.all([decode(pair.input), decode(pair.output)]);
          paint(this.input, input);
          paint(this.output, output);
          this.shown(pair, output);
        } catch (unreadable) {
          this.root.title = `Picture ${pair.sequence} cannot be shown`;
        }
      }
      acknowledge(this.index);
    }
    this.drawing = false;
  }

  shown(pair, output) {
    this.root.dataset.sequence = pair.sequence;
    if (!output) return;
    this.lastOutput = performance.now();
    this.root.dataset.state = "live";
    this.outcome(OUTCOMES[pair.outcome] ?? "UNKNOWN");
    setRatio(output.width / output.height);
    if (this.version !== pair.version) {
      const first = this.version === null;
      this.version = pair.version;
      this.write(pair.version);
      if (!first && pair.version >= 0) flash(this.part(".version"));
    }
  }

  write(version) {
    const none = version < 0;
    this.root.dataset.version = version;
    this.part(".prompt").classList.toggle("none", none);
    this.part(".quote").textContent = none ? "no prompt" : `“${this.texts.get(version) ?? "…"}”`;
    this.part(".version").hidden = none;
    this.part(".version").textContent = none ? "" : `v${version}`;
    this.part(".version").setAttribute("aria-label", `version ${version}`);
  }

  outcome(outcome, reason) {
    const badge = this.part(".outcome");
    if (badge.dataset.outcome !== outcome) {
      badge.dataset.outcome = outcome;
      const side = this.part(".out figcaption");
      if (outcome === "PASSED_THROUGH") side.textContent = "Passed through";
      if (outcome === "STYLIZED") side.textContent = "Restyled";
      badge.textContent = OUTCOME_WORDS[outcome] ?? outcome.toLowerCase();
    }
    badge.title = reason ?? "";
  }

  count(numbers) {
    const tenths = (value) => (value >= 9.95 ? Math.round(value) : value.toFixed(1));
    const flowing = numbers.fpsOut > 0;
    this.part(".fps").textContent = flowing ? tenths(numbers.fpsOut) : "–";
    this.part(".fps").parentElement.title = `${tenths(numbers.fpsOut)} frames a second come out, ${tenths(numbers.fpsIn)} go in`;
    const latency = this.part(".latency");
    latency.textContent = numbers.latencyMillisP50 === undefined ? "–" : millis(numbers.latencyMillisP50);
    if (numbers.latencyMillisP95 !== undefined) {
      const tail = document.createElement("span");
      tail.textContent = ` / ${millis(numbers.latencyMillisP95)}`;
      latency.append(tail, " ms");
    }
    tally(this.part(".dropped"), numbers.dropped, numbers.outcome === "DROPPED" ? numbers.reason : null);
    tally(this.part(".aside"), numbers.deadLettered, numbers.lastError);
    const silent = this.lastOutput > 0 && performance.now() - this.lastOutput > SILENT_MILLIS && !document.hidden;
    if (numbers.outcome === "DROPPED") {
      this.outcome("DROPPED", numbers.reason);
    } else if (silent) {
      this.outcome("SILENT");
    } else {
      this.part(".outcome").title = numbers.reason ?? "";
    }
    if (silent) {
      this.root.dataset.state = "silent";
      this.part(".veil").textContent = numbers.fpsIn > 0 ? "The job is silent…" : "The camera is silent…";
    }
  }
}

function tally(element, count, title) {
  element.hidden = !count;
  element.lastElementChild.textContent = count;
  element.title = title ?? "";
}

const millis = (value) => (value < 10000 ? String(value) : `${Math.round(value / 1000)} 000`);

function flash(element) {
  element.classList.remove("changed");
  void element.offsetWidth; // starts the animation anew
  element.classList.add("changed");
  setTimeout(() => element.classList.remove("changed"), 1900);
}

function mime(bytes) {
  return bytes[0] === 0x89 ? "image/png" : bytes[0] === 0x52 ? "image/webp" : "image/jpeg";
}

function decode(bytes) {
  return bytes.length ? createImageBitmap(new Blob([bytes], { type: mime(bytes) })) : null;
}

function paint(canvas, bitmap) {
  if (!bitmap) return;
  if (canvas.width !== bitmap.width || canvas.height !== bitmap.height) {
    canvas.width = bitmap.width;
    canvas.height = bitmap.height;
  }
  canvas.getContext("2d").drawImage(bitmap, 0, 0);
  bitmap.close();
}

function setRatio(ratio) {
  const text = ratio.toFixed(3);
  if (Number.isFinite(ratio) && ui.grid.style.getPropertyValue("--ratio") !== text) {
    ui.grid.style.setProperty("--ratio", text);
  }
}

// --- the wall --------------------------------------------------------------------------------

function arrange() {
  const visible = focused ? 1 : cards.size;
  ui.grid.dataset.count = visible;
  ui.grid.dataset.columns = visible <= 1 ? 1 : visible <= 4 ? 2 : visible <= 12 ? 3 : 4;
  for (const card of cards.values()) {
    card.root.hidden = focused !== null && focused !== card;
    card.part(".name").setAttribute("aria-pressed", String(focused === card));
    card.part(".name").title = focused === card ? "Show all streams" : `${card.name}: show alone`;
  }
  ui.back.hidden = focused === null || cards.size < 2;
  ui.empty.hidden = cards.size > 0;
}

function focus(card) {
  focused = cards.size > 1 ? card : null;
  arrange();
}

function setStreams({ streams, more }) {
  for (const stream of streams) {
    if (!cards.has(stream.index)) {
      const card = new Card(stream);
      cards.set(stream.index, card);
      const next = byName().find((other) => compareNames(other.name, card.name) > 0);
      ui.grid.insertBefore(card.root, next ? next.root : null);
    }
    cards.get(stream.index).know(stream.prompt);
  }
  ui.more.hidden = !more;
  arrange();
  setTargets();
}

// camera-2 comes before camera-10, and the order does not depend on whose picture came first.
const compareNames = new Intl.Collator("en", { numeric: true }).compare;
const byName = () => [...cards.values()].sort((a, b) => compareNames(a.name, b.name));

function setTargets() {
  const wanted = [["*", "All streams"], ...byName().map((card) => [card.name, card.name]), [CUSTOM, "Pattern…"]];
  if (ui.target.options.length === wanted.length) return;
  const chosen = ui.target.value;
  ui.target.replaceChildren(...wanted.map(([value, words]) => new Option(words, value)));
  ui.target.value = wanted.some(([value]) => value === chosen) ? chosen : "*";
}

function setStatistics({ streams, framesDeadLettered }) {
  for (const numbers of streams) cards.get(numbers.index)?.count(numbers);
  ui.dead.hidden = !framesDeadLettered;
  ui.dead.textContent = framesDeadLettered === 1 ? "1 frame set aside" : `${framesDeadLettered} frames set aside`;
  ui.dead.title = "Frames that could not be used are on the dead-letter topic";
}

// --- prompts ---------------------------------------------------------------------------------

function setPrompts(message) {
  prompts = message.prompts;
  ui.active.replaceChildren(...prompts.map((prompt) => {
    const item = document.createElement("span");
    item.className = prompt.refused ? "bound refused" : "bound";
    item.setAttribute("role", "listitem");
    item.dataset.prompt = prompt.id;
    item.title = prompt.refused ? `Refused: ${prompt.refused}`
      : `${prompt.text}\nversion ${prompt.version}${prompt.seed === null ? "" : `, seed ${prompt.seed}`}`;
    const target = document.createElement("b");
    target.textContent = prompt.target === "*" ? "All" : prompt.target;
    const text = document.createElement("em");
    text.textContent = prompt.text;
    const clear = document.createElement("button");
    clear.type = "button";
    clear.textContent = "×";
    clear.setAttribute("aria-label", `Clear the prompt “${prompt.text}” on ${target.textContent}`);
    clear.addEventListener("click", () => command({ type: "clear", id: prompt.id }));
    item.append(target, text, clear);
    return item;
  }));
  markExamples();
}

function setExamples(list) {
  examples = list;
  ui.examples.hidden = !list.length;
  ui.examples.replaceChildren(...list.map((example) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "example";
    button.title = example.prompt;
    if (example.thumbnail) {
      const image = document.createElement("img");
      image.src = example.thumbnail;
      image.alt = "";
      image.width = image.height = 32;
      button.append(image);
    } else {
      button.classList.add("bare");
    }
    button.append(example.name);
    button.addEventListener("click", () => {
      ui.text.value = example.prompt;
      send();
    });
    return button;
  }));
  markExamples();
}

function markExamples() {
  const text = prompts.find((prompt) => prompt.target === target() && !prompt.refused)?.text;
  examples.forEach((example, index) =>
    ui.examples.children[index].setAttribute("aria-pressed", String(example.prompt === text)));
  ui.clear.disabled = !connected() || !prompts.some((prompt) => prompt.target === target());
}

const target = () => (ui.target.value === CUSTOM ? ui.glob.value.trim() : ui.target.value);

async function send() {
  if (!ui.text.value.trim()) {
    ui.text.focus();
    return;
  }
  const where = target();
  const reply = await command({ type: "prompt", target: where, text: ui.text.value, seed: ui.seed.value });
  if (reply.ok) {
    toast(`Prompt v${reply.version} sent to ${where === "*" ? "all streams" : where}`);
    ui.text.select();
  }
}

ui.bar.addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});
ui.clear.addEventListener("click", async () => {
  const reply = await command({ type: "clear", target: target() });
  if (reply.ok) toast("Prompt cleared");
});
ui.target.addEventListener("change", () => {
  ui.glob.hidden = ui.target.value !== CUSTOM;
  if (!ui.glob.hidden) ui.glob.focus();
  markExamples();
});
ui.glob.addEventListener("input", markExamples);
ui.back.addEventListener("click", () => focus(null));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && focused) focus(null);
  if (event.key === "/" && !(event.target instanceof HTMLInputElement)) {
    event.preventDefault();
    ui.text.focus();
  }
});

function toast(words, error = false) {
  const item = document.createElement("div");
  item.className = error ? "toast error" : "toast";
  if (error) item.setAttribute("role", "alert");
  const text = document.createElement("p");
  text.textContent = words;
  const close = document.createElement("button");
  close.type = "button";
  close.textContent = "×";
  close.setAttribute("aria-label", "Dismiss");
  close.addEventListener("click", () => item.remove());
  item.append(text, close);
  ui.toasts.append(item);
  while (ui.toasts.children.length > 4) ui.toasts.firstElementChild.remove();
  setTimeout(() => item.remove(), error ? 15000 : 3500);
}

// --- the connection --------------------------------------------------------------------------

let socket = null;
let retryMillis = 500;
let requests = 0;
const pending = new Map(); // request → resolve
const unanswered = []; // streams of pictures shown while the page was hidden

const connected = () => socket !== null && socket.readyState === WebSocket.OPEN;

function command(message) {
  return new Promise((resolve) => {
    if (!connected()) {
      toast("Not connected: the prompt was not sent", true);
      resolve({ ok: false });
      return;
    }
    const request = ++requests;
    pending.set(request, resolve);
    socket.send(JSON.stringify({ ...message, request }));
  });
}

// Unanswered pictures hold back the next ones: a hidden page costs next to nothing.
function acknowledge(stream) {
  if (document.hidden) {
    unanswered.push(stream);
  } else if (connected()) {
    socket.send(JSON.stringify({ type: "shown", stream }));
  }
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) unanswered.splice(0).forEach(acknowledge);
});

function connection(state, words) {
  ui.live.dataset.state = state;
  ui["live-text"].textContent = words;
  document.body.classList.toggle("lost", state === "lost");
  ui["empty-title"].textContent = state === "lost" ? "The connection is lost" : "Waiting for the first frame…";
  for (const button of [ui.send, ...ui.examples.children]) button.disabled = state !== "live";
  markExamples();
}

function connect() {
  const mine = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/live`);
  socket = mine;
  mine.binaryType = "arraybuffer";
  mine.addEventListener("message", ({ data }) => (data instanceof ArrayBuffer ? onPicture(data) : onText(JSON.parse(data))));
  mine.addEventListener("close", () => {
    unanswered.length = 0;
    for (const [request, resolve] of pending) {
      pending.delete(request);
      resolve({ ok: false });
      toast("The connection was lost before the prompt was confirmed", true);
    }
    connection("lost", "Reconnecting…");
    setTimeout(connect, retryMillis * (0.75 + Math.random() / 2));
    retryMillis = Math.min(retryMillis * 1.7, 10000);
  });
}

function onText(message) {
  switch (message.type) {
    case "hello": hello(message); break;
    case "streams": setStreams(message); break;
    case "prompts": setPrompts(message); break;
    case "statistics": setStatistics(message); break;
    case "refused":
      toast(`Prompt refused${message.text ? ` (“${message.text}”)` : ""}: ${message.error}`, true);
      break;
    case "failed": toast(message.error, true); break;
    case "reply":
      pending.get(message.request)?.(message);
      pending.delete(message.request);
      if (!message.ok) toast(message.message, true);
      break;
  }
}

// Stream indices hold for one run of the server: after a reconnect the wall is hung anew.
function hello(message) {
  retryMillis = 500;
  cards.clear();
  focused = null;
  ui.grid.replaceChildren();
  ui.bundle.textContent = `model ${message.bundle}`;
  ui.bundle.hidden = false;
  setExamples(message.examples);
  connection("live", "Live");
}

function onPicture(buffer) {
  const view = new DataView(buffer);
  if (view.getUint8(0) !== 1) return;
  const inputBytes = view.getInt32(20);
  cards.get(view.getUint16(2))?.offer({
    outcome: view.getUint8(1),
    sequence: Number(view.getBigInt64(4)),
    version: Number(view.getBigInt64(12)),
    input: new Uint8Array(buffer, 24, inputBytes),
    output: new Uint8Array(buffer, 24 + inputBytes),
  });
}

connection("connecting", "Connecting");
connect();
