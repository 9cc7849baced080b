// Draws the page's diagrams, in the colours of the page, and anew when they change.
(() => {
  const SMALLEST = 0.5; // of its own size: rather than made too small to read, a diagram is scrolled
  const blocks = [...document.querySelectorAll(".mermaid")].map((block) => [block, block.textContent]);
  const preferred = window.matchMedia("(prefers-color-scheme: dark)");

  const dark = () => {
    const theme = document.body.dataset.theme;
    return theme === "dark" || (theme !== "light" && preferred.matches);
  };

  let drawn = null;
  const draw = async () => {
    if (drawn === dark()) return;
    drawn = dark();
    mermaid.initialize({ startOnLoad: false, securityLevel: "strict", theme: drawn ? "dark" : "default" });
    for (const [number, [block, source]] of blocks.entries()) {
      try {
        const { svg } = await mermaid.render(`diagram-${number}`, source);
        block.innerHTML = svg;
        const picture = block.querySelector("svg");
        block.style.setProperty("--smallest", `${picture.viewBox.baseVal.width * SMALLEST}px`);
        block.style.setProperty("--natural", `${picture.viewBox.baseVal.width}px`);
      } catch (error) {
        block.classList.add("undrawn");
        console.error(`diagram ${number + 1}: ${error.message}`);
      }
    }
    document.documentElement.dataset.diagrams = drawn ? "dark" : "light";
  };

  // One that was made smaller is seen in its own size, over the page, and goes back by the same click or by Escape.
  for (const [block] of blocks) {
    block.tabIndex = 0;
    block.title = "Click or press Enter to see it large";
    block.addEventListener("click", () => block.classList.toggle("large"));
    block.addEventListener("keydown", ({ key }) => {
      if (key === "Enter") block.classList.toggle("large");
      if (key === "Escape") block.classList.remove("large");
    });
  }

  new MutationObserver(draw).observe(document.body, { attributeFilter: ["data-theme"] });
  preferred.addEventListener("change", draw);
  draw();
})();
