// The door: what a tap, a code or a name brings about. Each is written on this device before it is shown as done.
(function () {
  "use strict";
  const Door = window.Door || {};
  const { box, at, say, words, el } = Door;
  if (!box) return;
  const ORGS = 4, SAME = 3000, coarse = matchMedia("(pointer: coarse)");
  const screens = ["result", "scan", "person", "guest", "shift"];
  let store = null, sender = null, view = null, channel = null;
  let shown = null, opened = null, guest = {}, last = { text: "", at: 0 }, mute = false, keeping = false, toastTimer = 0;
  const entering = new Set();

  // --- what is kept, read anew and drawn ---
  async function refresh(tellOthers) {
    if (!store || sender.closed) return;
    let kept;
    try { kept = await store.read(); } catch (error) { return; } // closed meanwhile
    view = new Door.View(kept);
    Door.draw(view, sender.state);
    followResult();
    if (tellOthers && channel) channel.postMessage("changed");
  }
  const changed = () => refresh(true);

  function id() {
    if (window.crypto && crypto.randomUUID) return crypto.randomUUID();
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = bytes[6] & 15 | 64;
    bytes[8] = bytes[8] & 63 | 128;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
  }
  function entryOf(kind, about) {
    return Object.assign({
      client_id: id(), block: view.block, kind: kind, delegate: null, pass: null, status: "present", name: "",
      organization: "", represents: false, replaces: null, at: new Date().toISOString()
    }, about);
  }
  async function put(entry, one, what) {
    const hour = view.hour(Date.now() + view.meta.offset);
    await store.add({ entry: entry, hour: hour, told: { name: one.name, organization: one.organization, what: what } });
    if (!keeping && navigator.storage && navigator.storage.persist) navigator.storage.persist().catch(() => {});
    keeping = true;
    await refresh(true);
    sender.run();
    return hour;
  }
  function toast(text) {
    const line = at("toast-door");
    line.textContent = text;
    line.hidden = false;
    clearTimeout(toastTimer);
    toastTimer = setTimeout(() => { line.hidden = true; }, 5000);
  }

  // --- the whole screen: green, amber, red ---
  // `about`: kind, word, who, line, hour, and what can be done: undo (id of the entry), other, find, add.
  function answer(about) {
    shown = about;
    const full = at("result"), colour = at("colour");
    colour.className = "m-door is-" + about.kind;
    at("word").textContent = about.word;
    at("who").textContent = about.who || "";
    at("line").textContent = about.line || "";
    at("hour").textContent = about.hour || "";
    at("undo").hidden = !about.undo;
    at("other").hidden = !about.other;
    at("find").hidden = !about.find;
    at("add").hidden = !about.add;
    at("next").hidden = about.kind === "wait";
    if (!full.open) full.showModal();
    if (about.kind === "wait") return;
    at("next").focus();
    Door.tell(about.kind, mute);
  }
  // What the server refuses while it is still on the screen turns red there.
  function followResult() {
    if (!shown || !shown.undo || !at("result").open || shown.kind === "red") return;
    const refused = view.refused.find((row) => row.id === shown.undo);
    if (refused) answer(refusal(refused.reason, refused.message, refused.told.name));
    else if (shown.at && view.queue.length && sender.state.online === false) at("hour").textContent = say("registered_off", shown.at);
  }
  function refusal(reason, message, who) {
    return {
      kind: "red", word: words["r_" + reason] || words.r_bad, who: who || "", line: message || words.bad_line,
      find: true, add: reason !== "closed"
    };
  }
  function already(one) {
    return {
      kind: "amber", word: words.already, who: one.name, line: say("already_line", one.mark.at || ""), hour: Door.from(one),
      other: one.walkIn ? null : one
    };
  }
  async function enter(one, pass) {
    if (entering.has(one.id)) return; // a second tap on the way
    if (Door.isIn(one)) { answer(already(one)); return; }
    if (one.waiting) { answer(Object.assign(refusal("waiting", words.waiting_line, one.name), { of: one })); return; }
    const about = one.walkIn
      ? entryOf("walk_in", { name: one.name, organization: one.slug, status: one.mark.status, represents: one.mark.status === "substitute" })
      : entryOf("mark", { delegate: one.id, pass: pass || null });
    entering.add(one.id);
    const hour = await put(about, one, words.inside).finally(() => entering.delete(one.id));
    answer({
      kind: "green", word: words.go, who: one.name, line: Door.from(one), undo: about.client_id,
      at: hour, hour: say(sender.state.online === false ? "registered_off" : "registered", hour), name: one.name
    });
  }
  async function check(text) {
    if (!view || !view.list || view.block === null) return;
    const token = Door.tokenOf(text);
    if (!token) { answer({ kind: "red", word: words.r_no_pass, line: words.no_pass_line, find: true }); return; }
    const key = await Door.keyOf(token), known = key && view.list.people.find((one) => one.key === key);
    if (known) { await enter(view.find(known.id), token); return; }
    const unknown = refusal("unknown", say("unknown_line", view.hour(view.meta.listed + view.meta.offset)));
    if (sender.state.online === false) { answer(unknown); return; }
    // Named since the list came, or of another session: the server knows.
    answer({ kind: "wait", word: words.checking });
    const asking = shown, entry = entryOf("mark", { pass: token });
    let told = null;
    try { told = ((await sender.post([entry], 5000)).results || [])[0]; } catch (error) { /* told below */ }
    if (shown !== asking) return;
    if (!told) answer(unknown);
    else if (told.result === "refused") answer(refusal(told.reason, told.message, told.name));
    else if (told.result === "already") {
      answer({ kind: "amber", word: words.already, who: told.name, line: say("already_line", told.at), hour: told.organization });
    } else {
      answer({ kind: "green", word: words.go, who: told.name, line: told.organization, hour: say("registered", told.at), undo: entry.client_id, name: told.name, entry: entry });
    }
    sender.run(true);
  }
  async function takeBack(which, entry, name) {
    const row = view.queue.find((one) => one.entry.client_id === which && one.entry.kind !== "undo");
    const made = view.recent.find((one) => one.id === which);
    const original = row ? row.entry : made ? made.entry : entry;
    if (!original) return;
    const who = name || (made || row).told.name;
    if (!await store.withdraw(which)) {
      const undo = Object.assign({}, original, { kind: "undo", pass: null, at: new Date().toISOString() });
      await store.add({ entry: undo, hour: view.clock, told: { name: who, organization: "", what: words.undo } });
    }
    await refresh(true);
    sender.run();
    toast(say("undone", who));
  }
  function back() {
    shown = null;
    at("result").close();
    if (at("scan").open) return;
    const search = at("search").querySelector("input");
    if (search.value) { search.value = ""; Door.show(); Door.drawList(view); }
    if (coarse.matches) at("scan-open").focus(); else search.focus();
  }

  // --- the camera, a photo, what is typed ---
  const camera = new Door.Camera(at("video").querySelector("video"), box.dataset.reader, function (text) {
    const again = text === last.text && Date.now() - last.at < SAME;
    last = { text: text, at: Date.now() };
    if (!again && !["person", "guest", "shift"].some((name) => at(name).open)) check(text);
  });
  async function openScan() {
    at("camera-trouble").hidden = at("photo-trouble").hidden = at("video").hidden = at("aim").hidden = at("torch").hidden = true;
    last = { text: "", at: 0 };
    at("scan").showModal();
    await aim();
  }
  async function aim() {
    const trouble = at("camera-trouble");
    try {
      await camera.start();
      at("video").hidden = at("aim").hidden = !camera.stream;
      at("torch").hidden = !camera.torch;
    } catch (error) {
      camera.stop();
      trouble.textContent = error.message === "reader" ? words.reader_no : error.name === "NotAllowedError" ? words.camera_no : words.camera_none;
      trouble.hidden = false;
    }
  }
  async function photo(event) {
    const file = event.target.files[0], trouble = at("photo-trouble");
    trouble.hidden = true;
    event.target.value = "";
    if (!file) return;
    let text = "";
    try {
      text = await Door.readPhoto(file, box.dataset.reader);
      trouble.textContent = words.photo_no;
    } catch (error) { trouble.textContent = error.message === "reader" ? words.reader_no : words.photo_bad; }
    if (text) check(text); else trouble.hidden = false;
  }

  // --- one person ---
  function openPerson(one) {
    opened = one;
    const mine = view.recent.find((row) => (one.walkIn ? row.id === one.id : row.entry.delegate === one.id && row.entry.block === view.block) && row.entry.kind !== "left");
    at("person-name").textContent = one.name;
    at("person-from").textContent = Door.from(one);
    at("person-state").replaceChildren(Door.standing(one) || words.not_yet);
    const may = {
      present: !Door.isIn(one) && !one.waiting, left: Door.isIn(one), undo: !!(mine && one.mark),
      stand_in: !one.walkIn && !Door.isIn(one), excused: !one.walkIn && !one.mark
    };
    document.querySelectorAll("[data-act]").forEach((button) => { button.hidden = !may[button.dataset.act]; });
    opened.mine = mine && mine.id;
    at("person").showModal();
  }
  async function act(what) {
    const one = opened;
    at("person").close();
    if (what === "present") await enter(one);
    else if (what === "stand_in") openGuest({ slug: one.slug, replaces: one.id });
    else if (what === "undo") await takeBack(one.mine);
    else if (what === "excused") {
      await put(entryOf("mark", { delegate: one.id, status: "excused" }), one, words.excused);
      toast(say("excused_said", one.name));
    } else if (what === "left") {
      const who = one.walkIn ? { name: one.name, organization: one.slug } : { delegate: one.id };
      toast(say("left_said", one.name, await put(entryOf("left", who), one, say("left_at", "").trim())));
    }
  }

  // --- somebody who is not on the list ---
  function openGuest(about) {
    if (!view.list || view.block === null) return;
    guest = Object.assign({ slug: "", replaces: "", name: "" }, about);
    const chosen = view.list.organizations.find((one) => one.slug === guest.slug);
    at("guest-trouble").hidden = true;
    document.getElementById("d-name").value = guest.name;
    document.getElementById("d-org").value = chosen ? chosen.name : "";
    document.getElementById("d-represents").checked = !!guest.replaces;
    drawOrgs();
    drawInstead();
    at("guest").showModal();
    document.getElementById("d-name").focus();
  }
  function drawOrgs() {
    const query = document.getElementById("d-org").value.trim();
    const called = new Set(view.list.people.map((one) => one.slug));
    const found = view.list.organizations.filter((one) => !query || Door.matches(one.name, query))
      .sort((a, b) => called.has(b.slug) - called.has(a.slug)); // those who are expected first
    const rows = found.slice(0, ORGS), left = found.length - rows.length;
    if (rows.length === 1 && query) guest.slug = rows[0].slug;
    else if (!rows.some((one) => one.slug === guest.slug)) guest.slug = "";
    at("orgs").replaceChildren(...rows.map(function (one) {
      const radio = el("input", { class: "form-check-input", type: "radio", name: "organization", value: one.slug });
      radio.checked = one.slug === guest.slug;
      return el("label", { class: "m-choice" }, radio, el("b", {}, one.name));
    }));
    at("orgs-found").textContent = !found.length ? words.orgs_0 : left > 0 ? say("orgs_more", left) : "";
  }
  function drawInstead() {
    const missing = view.everybody.filter((one) => one.slug === guest.slug && !one.walkIn && !Door.isIn(one)), choice = document.getElementById("d-instead");
    at("instead").hidden = !missing.length;
    choice.replaceChildren(el("option", { value: "" }, words.nobody_instead), ...missing.map((one) => el("option", { value: one.id }, one.name + " (" + one.role + ")")));
    choice.value = missing.some((one) => one.id === guest.replaces) ? guest.replaces : "";
  }
  async function registerGuest(event) {
    event.preventDefault();
    const trouble = at("guest-trouble"), name = document.getElementById("d-name").value.trim().replace(/\s+/g, " ");
    const from = view.list.organizations.find((one) => one.slug === guest.slug);
    if (!name || !from) {
      trouble.textContent = name ? words.need_org : words.need_name;
      trouble.hidden = false;
      document.getElementById(name ? "d-org" : "d-name").focus();
      return;
    }
    const instead = document.getElementById("d-instead").value, stands = !!instead || document.getElementById("d-represents").checked;
    at("guest").close();
    const one = { name: name, organization: from.name, role: words.walk_in };
    const same = view.everybody.find((two) => two.slug === from.slug && two.name.toLowerCase() === name.toLowerCase());
    if (same && Door.isIn(same)) { answer(already(same)); return; }
    const entry = entryOf("walk_in", {
      name: name, organization: from.slug, status: stands ? "substitute" : "present", represents: stands, replaces: instead || null
    });
    const hour = await put(entry, one, words.inside);
    answer({
      kind: "green", word: words.go, who: name, line: Door.from(one), undo: entry.client_id, name: name, at: hour,
      hour: say(sender.state.online === false ? "registered_off" : "registered", hour)
    });
  }

  // --- the end of a shift ---
  async function openShift() {
    if (!at("shift").open) at("shift").showModal();
    at("shift-text").textContent = words.shift_sending;
    ["shift-close", "shift-again", "shift-needs"].forEach((name) => { at(name).hidden = true; });
    if (view.queue.length) await sender.flush();
    await refresh();
    const left = view.queue.length, needs = view.refused.length;
    at("shift-text").textContent = left ? Door.many("shift", left) : needs ? words.shift_needs : words.shift_ready;
    at("shift-again").hidden = !left;
    at("shift-needs").hidden = !!left || !needs;
    at("shift-close").hidden = !!left || !!needs;
    const button = ["shift-close", "shift-again", "shift-needs"].map(at).find((one) => !one.hidden);
    if (button) button.focus();
  }
  async function closeShift() {
    try {
      while (sender.running) await sender.current;
      sender.close();
      await store.wipe();
    } catch (error) {
      sender.closed = false;
      sender.run();
      await openShift();
      return;
    }
    end();
  }
  function end() {
    if (sender) sender.close();
    camera.stop();
    screens.forEach((name) => at(name).close());
    document.querySelectorAll("[data-live], [data-needs], [data-plain], [data-state]").forEach((part) => { part.hidden = true; });
    ["people", "recent-list", "needs-list", "orgs"].forEach((name) => at(name).replaceChildren());
    ["who", "line", "hour", "person-name", "person-from"].forEach((name) => { at(name).textContent = ""; });
    document.querySelectorAll("input, select").forEach((field) => { if (field.type !== "checkbox") field.value = ""; });
    view = shown = opened = null;
    guest = {};
    history.replaceState(null, "", box.dataset.page + "?cerrado=1");
    at("bar").hidden = at("toast-door").hidden = at("sound").hidden = true;
    at("session").textContent = "";
    at("count").textContent = at("count").dataset.bare;
    at("closed").hidden = false;
    at("closed").querySelector("a").focus();
  }

  // --- at the beginning ---
  function listen() {
    const on = (name, kind, work) => at(name).addEventListener(kind, work);
    const click = (name, work) => on(name, "click", work);
    click("scan-open", openScan);
    click("guest-open", function () {
      const typed = at("search").querySelector("input").value.trim();
      openGuest({ name: typed && !view.everybody.some((one) => Door.matches(one.name + " " + one.organization, typed)) ? typed : "" });
    });
    click("shift-open", openShift);
    click("shift-again", openShift);
    click("shift-close", closeShift);
    click("shift-needs", function () { at("shift").close(); at("needs-title").focus(); });
    click("next", back);
    click("undo", async function () { const was = shown; back(); await takeBack(was.undo, was.entry, was.name); });
    click("other", function () { const one = shown.other; back(); openGuest({ slug: one.slug, replaces: "" }); });
    click("find", function () { back(); at("scan").close(); at("search").querySelector("input").focus(); });
    click("add", function () { const one = shown.of; back(); openGuest(one ? { slug: one.slug, name: one.name } : {}); });
    on("result", "cancel", function (event) { event.preventDefault(); if (shown && shown.kind !== "wait") back(); });
    on("result", "close", function () { shown = null; });
    on("scan", "close", () => camera.stop());
    document.addEventListener("visibilitychange", function () {
      if (!at("scan").open) return;
      if (document.hidden) camera.stop(); else aim();
    });
    on("photo", "change", photo);
    on("typed", "submit", function (event) {
      event.preventDefault();
      const field = document.getElementById("d-code");
      if (field.value.trim()) check(field.value);
      field.value = "";
    });
    click("torch", function () {
      const lit = at("torch").getAttribute("aria-pressed") !== "true";
      if (camera.torch) camera.torch.applyConstraints({ advanced: [{ torch: lit }] });
      at("torch").setAttribute("aria-pressed", String(lit));
    });
    document.querySelectorAll("[data-shut]").forEach((button) => button.addEventListener("click", () => button.closest("dialog").close()));
    document.querySelectorAll("[data-act]").forEach((button) => button.addEventListener("click", () => act(button.dataset.act)));
    on("people", "click", function (event) {
      const button = event.target.closest("button"), row = event.target.closest("li"), one = row && view.find(row.dataset.id);
      if (!button || !one) return;
      if (button.matches("[data-enter]")) enter(one); else openPerson(one);
    });
    on("search", "input", function () { Door.show(); Door.drawList(view); });
    on("search", "submit", function (event) {
      event.preventDefault();
      const field = event.target.querySelector("input");
      // A reader of codes that writes like a keyboard: its line ends in Enter.
      if (Door.tokenOf(field.value)) { check(field.value); field.value = ""; Door.drawList(view); }
    });
    click("more-open", function () { Door.show("more"); Door.drawList(view); });
    at("blocks").querySelector("select").addEventListener("change", async function (event) {
      await store.chooseBlock(Number(event.target.value));
      changed();
    });
    on("needs-list", "click", async function (event) {
      const button = event.target.closest("button");
      if (!button) return;
      const again = button.matches("[data-retry-row]"), seq = Number(button.closest("li").dataset.seq);
      await (again ? store.retry(seq) : store.dismiss(seq));
      await refresh(true);
      if (again) sender.run();
      (at("needs").hidden ? at("search").querySelector("input") : at("needs-title")).focus();
    });
    on("recent-list", "click", function (event) {
      if (event.target.closest("[data-take-back]")) takeBack(event.target.closest("li").dataset.id);
    });
    document.getElementById("d-org").addEventListener("input", function () { drawOrgs(); drawInstead(); });
    on("orgs", "change", function (event) { guest.slug = event.target.value; drawInstead(); });
    document.getElementById("d-instead").addEventListener("change", function (event) {
      if (event.target.value) document.getElementById("d-represents").checked = true;
    });
    on("guest-form", "submit", registerGuest);
  }
  function listenToSound() {
    const button = at("sound");
    try { mute = localStorage.getItem("minga-door-mute") === "1"; } catch (error) { /* not remembered */ }
    button.hidden = false;
    button.setAttribute("aria-pressed", String(!mute));
    button.addEventListener("click", function () {
      mute = !mute;
      button.setAttribute("aria-pressed", String(!mute));
      try { localStorage.setItem("minga-door-mute", mute ? "1" : "0"); } catch (error) { /* for this page only */ }
      if (!mute) Door.tell("green", false);
    });
  }
  // The reader of codes comes along in a quiet moment where the browser has none: it must be here without a network too.
  async function keepFrame() {
    if (!navigator.serviceWorker) return;
    await navigator.serviceWorker.register(box.dataset.worker, { scope: box.dataset.page });
    await navigator.serviceWorker.ready;
    if (!navigator.serviceWorker.controller) {
      await new Promise((done) => navigator.serviceWorker.addEventListener("controllerchange", done, { once: true }));
    }
    setTimeout(async function () {
      if (!await Door.detector() && !sender.closed) fetch(box.dataset.reader).catch(() => {});
    }, 2000);
  }
  async function start() {
    at("count").dataset.bare = at("count").textContent;
    document.querySelectorAll("[data-theme-toggle]").forEach((button) => { button.hidden = false; });
    if (new URLSearchParams(location.search).has("cerrado")) { end(); return; }
    try {
      await Door.sweep(box.dataset.id).catch(() => {});
      store = await Door.Store.open(box.dataset.id);
    } catch (error) {
      at("state").hidden = false;
      at("state").className = "m-door-state is-red";
      at("state-text").textContent = words.no_store;
      return;
    }
    store.lost = end;
    sender = new Door.Sender(store, { list: box.dataset.list, sync: box.dataset.sync, page: box.dataset.page }, changed);
    if (window.BroadcastChannel) {
      channel = new BroadcastChannel(Door.NAME + box.dataset.id);
      channel.onmessage = () => refresh(false);
    }
    at("plain").hidden = true;
    document.querySelectorAll("[data-live]").forEach((part) => { part.hidden = false; });
    listenToSound();
    await refresh(false);
    listen();
    sender.run(true);
    keepFrame().catch(() => {});
    setInterval(() => { if (!document.hidden) refresh(false); }, 60000); // the block that is on changes with the hour
  }
  start();
})();
