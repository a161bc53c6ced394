"use strict";
(() => {
  const kept = {}; // what the reader chose in each study, so that a live page keeps it
  document.documentElement.classList.add("js");

  const short = (value, digits = 3) => {
    const size = Math.abs(value);
    if (value === 0 || (size >= 1e-3 && size < 1e5)) return String(Number(value.toPrecision(digits)));
    return value.toExponential(digits - 1).replace(/\.?0+e/, "e").replace("e+", "e");
  };

  function curves(article, chosen) {
    const section = article.querySelector("section.curves");
    if (!section) return;
    const data = JSON.parse(section.querySelector(".data").textContent);
    for (const panel of data.panels) {
      for (const curve of panel.curves) {
        for (const kind of ["raw", "smooth"]) curve[kind][0] = curve[kind][0].map((step) => Math.round(step * panel.unit));
      }
    }
    const place = section.querySelector(".panels");
    const chips = [...section.querySelectorAll(".trials button")];
    chosen.scale ??= data.log ? "log" : "linear";
    chosen.curves ??= "smooth";
    let hover = null;
    let plots = [];

    const variable = (name, from) => getComputedStyle(from).getPropertyValue(name).trim();
    const swatch = section.querySelector(".sf-picture");
    const ink = () => variable("--soft", document.documentElement);
    const rule = () => variable("--rule", document.documentElement);

    function look() {
      const alone = chosen.picked ?? hover;
      for (const plot of plots) {
        plot.shown.forEach((curve, number) => {
          const series = plot.series[number + 1];
          const faded = alone !== null && alone !== undefined && curve.trial !== alone;
          series.alpha = faded ? (chosen.picked === undefined ? 0.2 : 0.06) : 1;
          series.width = curve.trial === hover || curve.trial === chosen.picked ? 2.5 : 1.3;
        });
        plot.redraw(false, false);
      }
      chips.forEach((chip, number) => chip.setAttribute("aria-pressed", String(number === chosen.picked)));
    }

    function nearest(plot) {
      const { left, top } = plot.cursor;
      if (left === undefined || left < 0) return null;
      let best = null;
      let least = 28; // pixels within which a curve is meant
      plot.shown.forEach((curve) => {
        if (chosen.picked !== undefined && curve.trial !== chosen.picked) return;
        const [steps, losses] = curve[chosen.curves];
        steps.forEach((step, number) => {
          if (losses[number] === null || Math.abs(plot.valToPos(step, "x") - left) > 28) return;
          const away = Math.hypot(plot.valToPos(step, "x") - left, plot.valToPos(losses[number], "y") - top);
          if (away < least) {
            least = away;
            best = { curve, step, loss: losses[number] };
          }
        });
      });
      return best;
    }

    function follow(plot) {
      const found = nearest(plot);
      const trial = found ? found.curve.trial : null;
      plot.tip.hidden = !found;
      if (found) {
        plot.tip.textContent = `${found.curve.name}. Loss ${short(found.loss)} at update ${found.step.toLocaleString("en")}`;
        const right = plot.cursor.left > plot.over.clientWidth / 2;
        const edge = plot.over.offsetLeft + plot.cursor.left;
        plot.tip.style.left = right ? "auto" : `${edge + 12}px`;
        plot.tip.style.right = right ? `${plot.root.clientWidth - edge + 12}px` : "auto";
        plot.tip.style.top = `${plot.root.offsetTop + plot.cursor.top + 14}px`;
      }
      if (trial !== hover) {
        hover = trial;
        look();
      }
    }

    function marks(plot, values, axis, space, step) { // in so many digits that neighbours differ
      const size = Math.max(...values.map((value) => Math.abs(value ?? 0)));
      const digits = chosen.scale === "log" ? 3 : Math.max(3, Math.ceil(Math.log10(size / step)) + 1);
      return values.map((value) => (value === null ? "" : short(value, digits)));
    }

    function reach() { // from the lowest to the highest loss that is drawn; smoothed ones reach less far down
      const [low, high] = data.limits[chosen.scale];
      if (chosen.curves === "raw") return [low, high];
      const losses = data.panels.flatMap((panel) => panel.curves.flatMap((curve) => curve.smooth[1]));
      const least = losses.reduce((a, b) => Math.min(a, b), Infinity);
      return [Math.max(low, chosen.scale === "log" ? least / 1.3 : least - 0.05 * (high - least)), high];
    }

    function sparse() { // whole decades are enough where there are several
      const limits = reach();
      if (chosen.scale !== "log" || limits[1] / limits[0] < 100) return {};
      const whole = (plot, marks) => marks.map((mark) => (Number.isInteger(Math.round(Math.log10(mark) * 1e6) / 1e6) ? mark : null));
      return { filter: whole, grid: { stroke: rule, width: 1, filter: whole } };
    }

    function draw(panel) {
      const count = new Intl.NumberFormat("en", { notation: panel.stop < 1e5 ? "standard" : "compact" });
      const frame = document.createElement("div");
      frame.className = "panel";
      const heading = document.createElement("h3");
      heading.textContent = panel.heading;
      frame.append(heading);
      place.append(frame);
      const limits = reach();
      const axis = { stroke: ink, grid: { stroke: rule, width: 1 }, ticks: { show: false }, font: "12px system-ui, sans-serif" };
      const shown = panel.curves.filter((curve) => curve[chosen.curves][0].length);
      const options = {
        width: Math.max(200, frame.clientWidth),
        height: 240,
        legend: { show: false },
        cursor: { x: false, y: false, points: { show: false }, drag: { x: false, y: false } },
        scales: {
          x: { time: false, range: () => [0, Math.max(1, panel.stop)] },
          y: { distr: chosen.scale === "log" ? 3 : 1, range: () => limits },
        },
        axes: [
          { ...axis, size: 32, space: 60, values: (plot, values) => values.map(count.format) },
          { ...axis, ...sparse(), size: 54, values: marks },
        ],
        series: [
          {},
          ...shown.map((curve) => ({
            label: curve.name,
            stroke: () => variable(`--c${curve.shade}`, swatch),
            points: { show: curve[chosen.curves][0].length === 1 },
          })),
        ],
        hooks: { setCursor: [follow] },
      };
      const table = shown.length ? uPlot.join(shown.map((curve) => curve[chosen.curves])) : [[]];
      const plot = new uPlot(options, table, (self, start) => {
        self.shown = shown;
        self.tip = document.createElement("div");
        self.tip.className = "tip";
        self.tip.hidden = true;
        frame.append(self.root, self.tip);
        start();
      });
      plot.root.setAttribute("role", "img");
      plot.root.setAttribute("aria-label", `Training loss of the trials of ${panel.heading}; all numbers are in the table below`);
      plot.over.addEventListener("click", () => pick(hover === null || hover === chosen.picked ? undefined : hover));
      new ResizeObserver(() => {
        if (frame.clientWidth && frame.clientWidth !== plot.width) plot.setSize({ width: frame.clientWidth, height: 240 });
      }).observe(frame);
      return plot;
    }

    function redraw() {
      plots.forEach((plot) => plot.destroy());
      place.replaceChildren();
      plots = data.panels.map(draw);
      look();
    }

    function pick(trial) {
      chosen.picked = trial;
      look();
    }

    function choice(name, key) {
      section.querySelectorAll(`input[name^=${name}]`).forEach((input) => {
        input.checked = input.value === chosen[key];
        input.disabled = input.value === "log" && !data.limits.log;
        input.addEventListener("change", () => {
          chosen[key] = input.value;
          redraw();
        });
      });
    }

    choice("scale", "scale");
    choice("smooth", "curves");
    chips.forEach((chip, number) => {
      const point = (trial) => () => {
        hover = trial;
        look();
      };
      chip.addEventListener("click", () => pick(chosen.picked === number ? undefined : number));
      chip.addEventListener("focus", point(number));
      chip.addEventListener("blur", point(null));
      chip.addEventListener("pointerenter", point(number));
      chip.addEventListener("pointerleave", point(null));
    });
    section.addEventListener("keydown", (event) => {
      if (event.key === "Escape") pick(undefined);
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => look());
    redraw();
  }

  function decisions(article, chosen) {
    const section = article.querySelector("section.decisions");
    if (!section) return;
    const items = [...section.querySelectorAll("li")];
    const [back, on] = section.querySelectorAll("button[data-step]");
    const said = section.querySelector("output");
    const all = section.querySelector(".all input");
    const replay = section.querySelector(".replay");
    const bowl = article.querySelector("figure.bowl");
    if (bowl) replay.append(...[...bowl.querySelectorAll(".wide, .narrow")].map((picture) => picture.cloneNode(true)));
    chosen.step = Math.min(chosen.step ?? 0, items.length - 1);

    function show() {
      const item = items[chosen.step];
      const last = chosen.step === items.length - 1;
      const next = new Set(item.dataset.next.split(" "));
      section.classList.toggle("stepping", !all.checked);
      replay.hidden = all.checked;
      items.forEach((one) => one.classList.toggle("now", one === item));
      said.textContent = `decision ${chosen.step + 1} of ${items.length}`;
      back.disabled = all.checked || chosen.step === 0;
      on.disabled = all.checked || last;
      replay.querySelectorAll("svg").forEach((picture) => picture.classList.toggle("open", !last));
      replay.querySelectorAll("[data-n]").forEach((mark) => {
        const known = Number(mark.dataset.n) < Number(item.dataset.after);
        mark.classList.toggle("next", !known && next.has(mark.dataset.n));
        mark.classList.toggle("later", !last && !known && !next.has(mark.dataset.n));
      });
    }

    function step(by) {
      chosen.step = Math.max(0, Math.min(items.length - 1, chosen.step + by));
      show();
    }

    back.addEventListener("click", () => step(-1));
    on.addEventListener("click", () => step(1));
    all.checked = Boolean(chosen.all);
    all.addEventListener("change", () => {
      chosen.all = all.checked;
      show();
    });
    section.querySelector(".stepper").addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (by && event.target !== all) step(by);
    });
    show();
  }

  function copying(article) {
    const button = article.querySelector("button.copy");
    if (!button) return;
    button.addEventListener("click", async () => {
      const lines = article.querySelector(".paste code");
      try {
        await navigator.clipboard.writeText(lines.textContent);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(lines); // where the clipboard is not ours to write
        button.textContent = "Selected";
      }
    });
  }

  function start() {
    document.querySelectorAll("article.study").forEach((article) => {
      const chosen = (kept[article.dataset.study] ??= {});
      curves(article, chosen);
      decisions(article, chosen);
      copying(article);
    });
  }

  function live(address) {
    const main = document.querySelector("main");
    const heard = document.querySelector("#heard");
    const reachable = () => [...main.querySelectorAll("a, button, input, summary")];
    const source = new EventSource(address);
    let last = new Date();
    source.addEventListener("page", (event) => {
      const open = [...main.querySelectorAll("details")].map((one) => one.open);
      const focused = reachable().indexOf(document.activeElement);
      main.innerHTML = JSON.parse(event.data);
      main.querySelectorAll("details").forEach((one, number) => (one.open = Boolean(open[number])));
      start();
      if (focused >= 0) reachable()[focused]?.focus({ preventScroll: true });
    });
    source.addEventListener("heard", () => {
      last = new Date();
      heard.textContent = "";
    });
    source.onerror = () => {
      heard.textContent = `The server does not answer; last heard of it at ${last.toLocaleTimeString()}.`;
    };
  }

  start();
  if (document.body.dataset.live) live(document.body.dataset.live);
})();
