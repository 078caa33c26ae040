// Small helpers for building a page's parts; text is always set as text, never as markup.
const SVG = "http://www.w3.org/2000/svg";

export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "class") node.className = value;
    else if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export function fill(node, ...children) {
  node.replaceChildren(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
}

// Icons on a 24 grid, our own strokes.
const ICONS = {
  bell: ["M6 16.5V11a6 6 0 0 1 12 0v5.5l2 2H4z", "M10 21.2h4", "M12 5V3"],
  arrow: ["M4 12h15.5", "M13 5.5l6.5 6.5-6.5 6.5"],
  warning: ["M12 3.6 22 20.4H2z", "M12 9.8v4.6", "M12 17.3v.01"],
  octagon: ["M8 2.8h8L21.2 8v8L16 21.2H8L2.8 16V8z", "M12 7.5v5.6", "M12 16.4v.01"],
  tick: ["M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z", "M7.8 12.2l3 3 5.4-6"],
  clock: ["M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z", "M12 6.8V12l3.6 2.2"],
  unlinked: [
    "M9.5 14.5l5-5",
    "M10.8 6.6l1.6-1.6a4.6 4.6 0 0 1 6.6 6.6l-1.6 1.6",
    "M13.2 17.4l-1.6 1.6A4.6 4.6 0 0 1 5 12.4l1.6-1.6",
    "M4 4l16 16",
  ],
  people: ["M9 4.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7z", "M2.5 20a6.5 6.5 0 0 1 13 0", "M16 5a3.5 3.5 0 0 1 0 6.5", "M18.5 14.5A6.5 6.5 0 0 1 21.5 20"],
  smile: ["M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z", "M8 14.2a5 5 0 0 0 8 0", "M9 9.5v.01", "M15 9.5v.01"],
  face5: ["M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z", "M7.5 13h9a4.5 4.5 0 0 1-9 0z", "M8.8 8.8v.8", "M15.2 8.8v.8"],
  face4: ["M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z", "M8 14.2a5 5 0 0 0 8 0", "M9 9.2v.6", "M15 9.2v.6"],
  face3: ["M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z", "M8.2 15.2h7.6", "M9 9.2v.6", "M15 9.2v.6"],
  face2: ["M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z", "M8 16.2a5 5 0 0 1 8 0", "M9 9.2v.6", "M15 9.2v.6"],
  face1: ["M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z", "M8 16.600a5 5 0 0 1 8 0", "M7.300 8.200l3 1.500", "M16.700 8.200l-3 1.500", "M9.300 11.200v.3", "M14.700 11.200v.3"],
  sound: ["M4 9.500v5h3.500L12.500 19V5L7.500 9.500z", "M15.500 9a4.200 4.200 0 0 1 0 6", "M18 6.500a8 8 0 0 1 0 11"],
  check: ["M4.5 12.5l5 5 10-11"],
  document: ["M6 2.800h8l4.500 4.500V21.200H6z", "M14 2.800v4.500h4.500", "M9 12h6", "M9 16h6"],
  cross: ["M5.500 5.500l13 13", "M18.500 5.500l-13 13"],
};
const BROKEN_RING = new Set(["stale"]);

export function icon(name, size, weight = 2) {
  const svg = document.createElementNS(SVG, "svg");
  const attributes = {
    width: size, height: size, viewBox: "0 0 24 24", fill: "none", stroke: "currentColor",
    "stroke-width": weight, "stroke-linecap": "round", "stroke-linejoin": "round", "aria-hidden": "true", class: "ic",
  };
  for (const [key, value] of Object.entries(attributes)) svg.setAttribute(key, value);
  const strokes = BROKEN_RING.has(name) ? ICONS.clock : ICONS[name];
  strokes.forEach((d, index) => {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", d);
    if (index === 0 && BROKEN_RING.has(name)) path.setAttribute("stroke-dasharray", "3.2 2.45");
    svg.append(path);
  });
  return svg;
}
