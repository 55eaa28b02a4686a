// Reads codes: from the camera, from a photo, from what is typed. What the browser cannot read jsQR reads, fetched when
// it is first needed. And the two voices of the door: a tone and a buzz.
(function () {
  "use strict";
  const Door = window.Door = window.Door || {};
  const SIZES = [1280, 800, 500, 320], VIDEO = 640, PAUSE = 90;
  let native = null, reader = null;

  async function detector() {
    if (native === null) {
      try {
        const kinds = window.BarcodeDetector ? await BarcodeDetector.getSupportedFormats() : [];
        native = kinds.includes("qr_code") ? new BarcodeDetector({ formats: ["qr_code"] }) : false;
      } catch (error) { native = false; }
    }
    return native;
  }
  function fetchReader(url) {
    reader = reader || new Promise(function (done, failed) {
      const script = document.createElement("script");
      script.src = url;
      script.onload = () => done();
      script.onerror = function () { reader = null; script.remove(); failed(new Error("reader")); };
      document.head.append(script);
    });
    return reader;
  }
  function drawn(image, width, height, most) {
    const scale = Math.min(1, most / Math.max(width, height)), canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(width * scale));
    canvas.height = Math.max(1, Math.round(height * scale));
    const paper = canvas.getContext("2d", { willReadFrequently: true });
    paper.drawImage(image, 0, 0, canvas.width, canvas.height);
    return paper.getImageData(0, 0, canvas.width, canvas.height);
  }
  function decoded(pixels, tries) {
    const found = window.jsQR(pixels.data, pixels.width, pixels.height, { inversionAttempts: tries });
    return found ? found.data : "";
  }

  // The text of the code in a photo; empty when there is none to be read.
  async function readPhoto(file, url) {
    const image = await createImageBitmap(file);
    try {
      const own = await detector();
      const seen = own ? await own.detect(image).catch(() => []) : [];
      if (seen.length) return seen[0].rawValue;
      await fetchReader(url);
      for (const size of SIZES) {
        const text = decoded(drawn(image, image.width, image.height, size), "attemptBoth");
        if (text) return text;
      }
      return "";
    } finally {
      image.close();
    }
  }

  class Camera {
    constructor(video, url, found) { Object.assign(this, { video: video, url: url, found: found, stream: null }); }
    // Rejects where there is no camera or it may not be used.
    async start() {
      if (this.stream) return;
      if (!navigator.mediaDevices || !navigator.mediaDevices.getUserMedia) throw new Error("none");
      const wanted = this.wanted = {};
      const stream = await navigator.mediaDevices.getUserMedia({
        audio: false, video: { facingMode: { ideal: "environment" }, width: { ideal: 1280 }, height: { ideal: 720 } }
      });
      if (this.wanted !== wanted) { stream.getTracks().forEach((track) => track.stop()); return; } // closed meanwhile
      this.stream = this.video.srcObject = stream;
      await this.video.play().catch(() => {});
      if (!await detector()) await fetchReader(this.url);
      if (navigator.wakeLock) navigator.wakeLock.request("screen").then((lock) => { this.lock = lock; }, () => {});
      this.look();
    }
    async look() {
      if (!this.stream) return;
      const video = this.video;
      if (video.readyState >= 2 && video.videoWidth) {
        let text = "";
        try {
          const own = await detector();
          if (own) text = ((await own.detect(video))[0] || {}).rawValue || "";
          else text = decoded(drawn(video, video.videoWidth, video.videoHeight, VIDEO), "dontInvert");
        } catch (error) {
          // A browser that promises a reader and has none; of ours, a frame that cannot be read: the next one may be.
          if (native) { native = false; await fetchReader(this.url).catch(() => {}); }
        }
        if (text && this.stream) this.found(text);
      }
      setTimeout(() => this.look(), PAUSE);
    }
    get torch() {
      const track = this.stream && this.stream.getVideoTracks()[0];
      return track && track.getCapabilities && track.getCapabilities().torch ? track : null;
    }
    stop() {
      this.wanted = null;
      if (this.stream) this.stream.getTracks().forEach((track) => track.stop());
      this.stream = this.video.srcObject = null;
      if (this.lock) { this.lock.release(); this.lock = null; }
    }
  }

  // What proves who comes: the part after /p/ of the address in the code, or that part alone.
  function tokenOf(text) {
    const found = /(?:^|\/p\/)([\w-]{22}\.[\w-]{32})(?:[/?#\s]|$)/.exec(text.trim());
    return found ? found[1] : "";
  }
  // What the list knows a pass by: it recognizes one and cannot make one.
  async function keyOf(token) {
    if (!window.crypto || !crypto.subtle) return ""; // not over https: the server is asked instead
    const sum = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token));
    return Array.from(new Uint8Array(sum), (byte) => byte.toString(16).padStart(2, "0")).join("").slice(0, 32);
  }

  const NOTES = { // hertz, from, for how long: rising is yes, one long note is "already", low and twice is no
    green: [[880, 0, 0.11], [1320, 0.12, 0.2]], amber: [[740, 0, 0.34]], red: [[196, 0, 0.24], [165, 0.3, 0.38]]
  };
  const BUZZ = { green: [70], amber: [50, 60, 50], red: [260, 90, 260] };
  let sound = null;
  function tell(kind, mute) {
    if (navigator.vibrate) navigator.vibrate(BUZZ[kind]);
    if (mute || !window.AudioContext) return;
    try {
      sound = sound || new AudioContext();
      sound.resume();
      NOTES[kind].forEach(function (note) {
        const voice = sound.createOscillator(), loud = sound.createGain(), at = sound.currentTime + note[1];
        voice.type = kind === "red" ? "square" : "sine";
        voice.frequency.value = note[0];
        loud.gain.setValueAtTime(0.0001, at);
        loud.gain.exponentialRampToValueAtTime(0.35, at + 0.02);
        loud.gain.exponentialRampToValueAtTime(0.0001, at + note[2]);
        voice.connect(loud).connect(sound.destination);
        voice.start(at);
        voice.stop(at + note[2] + 0.02);
      });
    } catch (error) { /* no sound: the screen says it */ }
  }

  Object.assign(Door, {
    Camera: Camera, readPhoto: readPhoto, detector: detector, tokenOf: tokenOf, keyOf: keyOf, tell: tell
  });
})();
