// Drawings that the server made, shown as images.

/**
 * An SVG that was made to stand in a page, as the address of an image: an image runs nothing and fetches nothing.
 * @param {string} svg
 * @returns {string}
 */
export function pictureOf(svg) {
  const named = svg.includes("xmlns=") ? svg : svg.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"');
  return `data:image/svg+xml,${encodeURIComponent(named)}`;
}
