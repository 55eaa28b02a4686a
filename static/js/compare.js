// Compares a file of the reader's own with the sum of the stored one. The file never leaves the device.
(function () {
  "use strict";
  var box = document.querySelector("[data-compare]");
  if (!box || !window.crypto || !crypto.subtle || !window.FileReader) return;
  var input = box.querySelector("input"), same = box.querySelector("[data-same]"), other = box.querySelector("[data-other]");
  box.querySelector("[data-with-script]").hidden = false;
  box.querySelector("[data-by-hand]").hidden = true;
  input.addEventListener("change", function () {
    var file = input.files[0];
    same.hidden = other.hidden = true;
    if (!file) return;
    file.arrayBuffer().then(function (bytes) { return crypto.subtle.digest("SHA-256", bytes); }).then(function (sum) {
      var text = Array.from(new Uint8Array(sum), function (one) { return one.toString(16).padStart(2, "0"); }).join("");
      (text === box.dataset.compare ? same : other).hidden = false;
    });
  });
})();
