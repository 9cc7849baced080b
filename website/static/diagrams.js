// Draws the page's diagrams, in the colours of the page, and anew when they change.
(() => {
  const SMALLEST = 0.65; // of its own size: rather than made too small to read, a diagram is scrolled
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
        picture.style.minWidth = `${picture.viewBox.baseVal.width * SMALLEST}px`;
      } catch (error) {
        block.classList.add("undrawn");
        console.error(`diagram ${number + 1}: ${error.message}`);
      }
    }
    document.documentElement.dataset.diagrams = drawn ? "dark" : "light";
  };

  new MutationObserver(draw).observe(document.body, { attributeFilter: ["data-theme"] });
  preferred.addEventListener("change", draw);
  draw();
})();
