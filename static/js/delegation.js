// The page of an invitation. Everything works without this file.
(function () {
  "use strict";
  // Opening the page writes nothing; a person who has it before them for two seconds has seen it.
  var form = document.querySelector("form[data-seen]");
  if (form) setTimeout(function () {
    if (document.visibilityState !== "visible") return;
    fetch(form.dataset.seen, { method: "POST", keepalive: true, body: new URLSearchParams(new FormData(form)) });
  }, 2000);

  // The button says how many people it confirms.
  var people = document.querySelector("form[data-delegation]");
  if (!people) return;
  var button = people.querySelector("button[data-one]"), plain = button.textContent;
  function count() {
    var named = people.querySelectorAll("[name$='_name']"), n = 0;
    named.forEach(function (field) { if (field.value.trim()) n += 1; });
    button.textContent = n === 0 ? plain : n === 1 ? button.dataset.one : button.dataset.many.replace("#", n);
  }
  people.addEventListener("input", count);
  count();
})();
