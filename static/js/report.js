// A report survives a weak network: words stay on the device, large photos shrink before they travel. Works without it.
(function () {
  "use strict";
  var PREFIX = "minga:report:", DAYS = 7, SIDE = 2000;
  function box(kind) { try { return window[kind]; } catch (refused) { return null; } }
  function forget(id) {
    ["sessionStorage", "localStorage"].forEach(function (kind) { var at = box(kind); if (at) at.removeItem(PREFIX + id); });
  }
  function tell(what, shown) {
    document.querySelectorAll(what).forEach(function (el) { el.hidden = !shown; });
  }
  var sent = document.querySelector("[data-draft-sent]");
  if (sent) { forget(sent.dataset.draftSent); return; }

  // A photograph of a telephone is drawn again, smaller: it travels in a tenth of the time and says no longer where it was taken.
  function smaller(file) {
    if (!/^image\/(jpeg|png|webp)$/.test(file.type) || file.size < 700000 || !window.createImageBitmap) return Promise.resolve(file);
    return createImageBitmap(file, { imageOrientation: "from-image" }).then(function (picture) {
      var scale = Math.min(1, SIDE / Math.max(picture.width, picture.height)), canvas = document.createElement("canvas");
      canvas.width = Math.round(picture.width * scale);
      canvas.height = Math.round(picture.height * scale);
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      return new Promise(function (done) {
        canvas.toBlob(function (blob) {
          done(blob && blob.size < file.size ? new File([blob], file.name.replace(/\.[^.]+$/, "") + ".jpg", { type: "image/jpeg" }) : file);
        }, "image/jpeg", 0.85);
      });
    }).catch(function () { return file; });
  }
  document.querySelectorAll("input[type=file][data-shrink]").forEach(function (field) {
    var busy = null, again = false;
    field.addEventListener("change", function () {
      if (again) return;
      var files = Array.prototype.slice.call(field.files);
      if (!window.DataTransfer) return;
      busy = Promise.all(files.map(smaller)).then(function (all) {
        busy = null;
        if (!all.some(function (file, i) { return file !== files[i]; })) return;
        var carried = new DataTransfer();
        all.forEach(function (file) { carried.items.add(file); });
        field.files = carried.files;
        again = true; // for who measures what was chosen, not for us
        field.dispatchEvent(new Event("change"));
        again = false;
      });
    });
    if (field.form) field.form.addEventListener("submit", function (event) {
      var form = field.form, button = event.submitter;
      if (!busy) return;
      event.preventDefault();
      event.stopPropagation();
      tell("[data-sending]", true);
      busy.then(function () { form.requestSubmit(button || undefined); });
    }, true);
  });

  // Sent in the background: when the network is gone, or goes, the page stays with all that was written and chosen.
  function refused(form, is_out) {
    form.querySelector("[data-offline]").hidden = !is_out;
    form.querySelector("[data-sending]").hidden = true;
  }
  document.querySelectorAll("form[data-send]").forEach(function (form) {
    var going = false, pressed = null;
    form.addEventListener("click", function (event) { pressed = event.target.closest("button[type=submit]") || pressed; });
    form.addEventListener("submit", function (event) {
      if (event.defaultPrevented) return;
      if (navigator.onLine === false) { event.preventDefault(); refused(form, true); return; }
      if (!window.fetch || !window.FormData) { tell("[data-sending]", true); return; }
      event.preventDefault();
      if (going) return;
      going = true;
      refused(form, false);
      form.querySelector("[data-sending]").hidden = false;
      var said = new FormData(form), button = event.submitter || pressed;
      if (button && button.name) said.append(button.name, button.value);
      fetch(location.href, { method: "POST", body: said, credentials: "same-origin" }).then(function (answer) {
        if (answer.status >= 500 || answer.status === 413) throw answer;
        if (answer.redirected) { location.replace(answer.url); return null; }
        return answer.text().then(function (page) {
          scrollTo(0, 0); // what needs an answer takes the focus afterwards
          document.open();
          document.write(page);
          document.close();
        });
      }).catch(function () { going = false; refused(form, true); });
    });
  });

  var form = document.querySelector("form[data-draft]");
  if (!form) return;
  var id = form.dataset.draft, key = PREFIX + id, closed = "closed" in form.dataset, note = form.querySelector("[data-draft-note]");
  // What is casa adentro never outlives the tab.
  var kind = closed ? "sessionStorage" : "localStorage";
  function kept() {
    return Array.prototype.filter.call(form.elements, function (el) {
      return el.name && !/^(hidden|file|submit|button)$/.test(el.type) && !/^(taken|opened)$/.test(el.name);
    });
  }
  // The key goes with the words: what was sent and never answered is the same report when it comes again.
  function keep(tried) {
    var words = { at: Date.now(), key: form.elements.key.value, tried: tried === true || came, values: {} }, store = box(kind);
    kept().forEach(function (el) {
      if (el.type === "radio") { if (el.checked) words.values[el.name] = el.value; }
      else words.values[el.name] = el.type === "checkbox" ? el.checked : el.value;
    });
    try { store.setItem(key, JSON.stringify(words)); } catch (full) { /* the page still has it */ }
  }
  function put(values) {
    kept().forEach(function (el) {
      if (!(el.name in values)) return;
      if (el.type === "radio") el.checked = el.value === values[el.name];
      else if (el.type === "checkbox") el.checked = values[el.name] === true;
      else el.value = values[el.name];
      var fold = el.closest("details");
      if (fold && el.value && !/radio|checkbox|date/.test(el.type)) fold.open = true;
    });
  }
  var draft = null, came = form.dataset.bound === "1" || /borrador=/.test(location.search);
  try { draft = JSON.parse(box(kind).getItem(key)); } catch (broken) { /* nothing to bring back */ }
  if (draft && Date.now() - draft.at > DAYS * 86400000) { forget(id); draft = null; }
  if (draft && draft.values.text && !form.dataset.bound && !/corrige=/.test(location.search)) {
    if (draft.tried && draft.key && !came) {
      // It may have arrived, or its files: the server knows by the key.
      location.replace(location.pathname + "?borrador=" + encodeURIComponent(draft.key));
      return;
    }
    if (draft.key) form.elements.key.value = draft.key;
    put(draft.values);
    note.hidden = false;
    note.querySelector("[data-draft-drop]").addEventListener("click", function () {
      forget(id);
      form.reset();
      note.hidden = true;
      form.elements.text.focus();
    });
  }
  form.addEventListener("input", function () { keep(false); });
  form.addEventListener("submit", function () { keep(true); }, true);
  addEventListener("online", function () { tell("[data-offline]", false); });
  addEventListener("pageshow", function () { tell("[data-sending]", false); });
})();
