// Makes elements. Text is only ever set as text.

/** An element with properties, data-* and aria-* attributes, and children: elements or text. */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "colour") element.style.setProperty("--colour", value);
    else if (name.includes("-")) element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children);
  return element;
}

/** A disc in the colour of a character. */
export function dot(colour) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "dot");
  svg.setAttribute("viewBox", "0 0 12 12");
  svg.setAttribute("aria-hidden", "true");
  const circle = document.createElementNS("http://www.w3.org/2000/svg", "circle");
  for (const [name, value] of Object.entries({ cx: 6, cy: 6, r: 5.25, fill: colour })) circle.setAttribute(name, value);
  svg.append(circle);
  return svg;
}

/** Run a function at most once per frame of the screen. */
export function oncePerFrame(call) {
  let waits = false;
  return () => {
    if (waits) return;
    waits = true;
    requestAnimationFrame(() => { waits = false; call(); });
  };
}
