// The session's screen: notes save themselves, a draft survives a crash, others in the item are named, keys do it all.
// Every form works without this file.
(function () {
  "use strict";
  // Keys, always with a modifier: Alt and an arrow, Alt and Shift and a letter. Ctrl+S saves.
  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey && !event.altKey && event.key.toLowerCase() === "s") {
      var notes = document.querySelector("[data-notes]");
      if (notes) { event.preventDefault(); notes.dispatchEvent(new Event("save-now")); }
      return;
    }
    if (!event.altKey || event.ctrlKey || event.metaKey) return;
    var letter = /^Key([A-Z])$/.exec(event.code || "");
    var key = event.shiftKey ? letter && letter[1] : event.key;
    if (!key || !/^([A-Z]|ArrowUp|ArrowDown)$/.test(key)) return;
    var target = document.querySelector('[data-key="' + key + '"]');
    if (target) { event.preventDefault(); target.click(); }
  });

  // How long the item has run, counted here; the page's own words stand until the first count.
  var running = document.querySelector("[data-running]");
  function count() {
    var minutes = Math.max(0, Math.floor((Date.now() - new Date(running.dataset.started)) / 60000));
    running.textContent = running.dataset.words.replace("#", minutes);
  }
  if (running) { count(); setInterval(count, 15000); }

  var here = document.querySelector(".m-run__items [aria-current]"), list = here && here.closest("ol");
  if (list && list.scrollHeight > list.clientHeight) list.scrollTop = here.parentNode.offsetTop - list.offsetTop - list.clientHeight / 3;

  var opened = document.getElementById("anadir"), first = opened && opened.querySelector("textarea, input:not([type=hidden])");
  // After the browser has gone to the anchor, which takes the focus away again.
  if (first && !document.querySelector("[data-focus]")) addEventListener("load", function () { setTimeout(function () { first.focus(); }, 0); });

  var form = document.querySelector("[data-notes]");
  if (!form || !window.fetch) return;
  var said = form.querySelector("[data-state]"), version = form.elements.version;
  var texts = [form.elements.notes, form.elements.reserved_notes];
  var key = "minga:notes:" + form.dataset.draft, closed = "closed" in form.dataset;
  var saved = values(), busy = null, timer = null, halted = false, baseline = Number(version.value || 0);

  function values() { return texts.map(function (t) { return t.value.replace(/\r\n/g, "\n"); }); }
  function dirty() { var now = values(); return now[0] !== saved[0] || now[1] !== saved[1]; }
  function tell(words) { said.textContent = words; }
  function store(kind) { try { return window[kind]; } catch (refused) { return null; } }
  // What is reserved or casa adentro never outlives the tab; open notes outlive a crash.
  function put(kind, value) {
    var box = store(kind);
    if (!box) return;
    try { if (value === null) box.removeItem(key); else box.setItem(key, JSON.stringify(value)); } catch (full) { /* the server still has the last save */ }
  }
  function keep() {
    var now = values();
    put("sessionStorage", { notes: now[0], reserved: now[1] });
    if (!closed) put("localStorage", now[0] === saved[0] ? null : { notes: now[0], reserved: "" });
  }
  function forget() { put("sessionStorage", null); put("localStorage", null); }
  function read() {
    var kinds = closed ? ["sessionStorage"] : ["sessionStorage", "localStorage"];
    for (var i = 0; i < kinds.length; i++) {
      try { var text = store(kinds[i]).getItem(key); if (text) return JSON.parse(text); } catch (broken) { /* nothing to offer */ }
    }
    return null;
  }

  // What was written and never saved is offered, never put in by itself.
  var draft = read(), offer = document.querySelector("[data-draft-offer]");
  if (draft && (missing(saved[0], draft.notes) || missing(saved[1], draft.reserved))) {
    offer.querySelector("[data-draft-text]").textContent = [draft.notes, draft.reserved].filter(Boolean).join("\n\n");
    offer.hidden = false;
    offer.querySelector("[data-draft-take]").addEventListener("click", function () {
      [draft.notes, draft.reserved].forEach(function (text, i) {
        if (missing(saved[i], text)) texts[i].value = saved[i] && text.indexOf(saved[i]) !== 0 ? texts[i].value + "\n" + text : text;
      });
      if (draft.reserved) texts[1].closest("details").open = true;
      offer.hidden = true;
      texts[0].focus();
      changed();
    });
    offer.querySelector("[data-draft-drop]").addEventListener("click", function () { offer.hidden = true; forget(); texts[0].focus(); });
  } else if (draft) forget();
  function missing(kept, text) { return Boolean(text) && kept !== text && kept.indexOf(text) < 0; }

  function changed() {
    if (!dirty()) { forget(); return; }
    keep();
    if (halted) return;
    tell(form.dataset.unsaved);
    clearTimeout(timer);
    timer = setTimeout(save, 1500);
  }
  function save() {
    clearTimeout(timer);
    if (busy) return busy.then(function () { return dirty() && !halted ? save() : null; });
    if (!dirty() || halted) return Promise.resolve();
    var sent = values(), longest = Math.max(sent[0].length, sent[1].length);
    if (longest > Number(form.dataset.longest)) { tell(form.dataset.long.replace("#", longest.toLocaleString())); return Promise.resolve(); }
    tell(form.dataset.saving);
    busy = fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" }, redirect: "manual", credentials: "same-origin" })
      .then(function (answer) {
        if (answer.type === "opaqueredirect") { tell(form.dataset.signedOut); return null; }
        return answer.json().then(function (told) {
          if (answer.ok) {
            saved = sent;
            version.value = baseline = told.version;
            tell(told.told);
            if (!dirty()) forget();
          } else { tell(told.told); if (answer.status === 409) differ(); }
        }, function () { tell(form.dataset.signedOut); });
      }, function () { tell(form.dataset.offline); timer = setTimeout(save, 5000); })
      .then(function () { busy = null; });
    return busy.then(function () { if (!halted && dirty() && !timer) timer = setTimeout(save, 1500); });
  }
  // Somebody else saved: nothing more goes out by itself; the button shows both texts.
  function differ() {
    halted = true;
    form.querySelector("button[type=submit]").textContent = form.dataset.compare;
  }
  texts.forEach(function (text) { text.addEventListener("input", changed); });
  form.addEventListener("save-now", function () { if (halted) form.requestSubmit(); else save(); });
  form.addEventListener("submit", function (event) {
    if (halted) return;
    event.preventDefault();
    if (dirty()) save();
  });
  addEventListener("online", function () { if (dirty()) save(); });

  // Whoever goes on to another item or form takes nothing unsaved along: it is saved first.
  document.addEventListener("click", function (event) {
    var link = event.target.closest("main a[href]");
    if (!link || !dirty() || halted || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    save().then(function () { location.href = link.href; });
  });
  document.addEventListener("submit", function (event) {
    var other = event.target;
    if (other === form || !dirty() || halted || other.dataset.waited) return;
    event.preventDefault();
    other.dataset.waited = "1";
    delete other.dataset.sent;
    var button = event.submitter;
    if (button) button.removeAttribute("aria-disabled");
    save().then(function () { other.requestSubmit(button || undefined); });
  }, true);
  addEventListener("pagehide", function () { if (dirty()) keep(); });

  // The heartbeat: four a minute, while the page is looked at.
  var writers = document.querySelector("[data-writers]"), words = writers.querySelector("[data-writers-words]");
  function beat() {
    if (document.hidden) return;
    var body = new FormData();
    body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    body.append("bloque", form.dataset.block);
    fetch(form.dataset.presence, { method: "POST", body: body, redirect: "manual", credentials: "same-origin" })
      .then(function (answer) { return answer.ok ? answer.json() : null; })
      .then(function (now) {
        if (!now) return;
        writers.hidden = !now.others.length;
        var told = now.others.length ? writers.dataset.words.replace("#", now.others.join(", ")) : "";
        if (words.textContent !== told) words.textContent = told;
        document.querySelector("[data-quorum-organizations]").textContent = now.organizations;
        document.querySelector("[data-quorum-sectors]").textContent = now.sectors;
        var quorum = document.querySelector("[data-quorum]");
        document.querySelector("[data-quorum-words]").textContent = now.met ? quorum.dataset.yes : quorum.dataset.no;
        // Somebody else saved, and nobody is writing here: their text is shown.
        if (now.version > baseline && !busy && !dirty() && !opened && offer.hidden && document.activeElement === document.body) location.reload();
      }, function () { /* without connection the notes say so */ });
  }
  beat();
  setInterval(beat, 15000);
})();
