// While letters are leaving, their count refreshes itself. Without this file the page says the same when it is reloaded.
(function () {
  "use strict";
  var wait = 3000;
  function later() {
    var part = document.querySelector("[data-poll]");
    if (!part) return;
    setTimeout(function () {
      if (document.hidden) { later(); return; }
      fetch(part.dataset.poll, { credentials: "same-origin", headers: { "X-Requested-With": "fetch" } })
        .then(function (answer) { return answer.ok && !answer.redirected ? answer.text() : ""; })
        .then(function (html) { if (html) part.outerHTML = html; wait = Math.min(wait * 1.2, 15000); later(); }, later);
    }, wait);
  }
  later();
})();
