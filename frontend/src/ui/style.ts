/** Adds a style sheet to the page, once; TensorBoard's page for plugins brings none. */
const adopted = new Map<string, CSSStyleSheet>();

export function adopt(css: string): void {
  if (adopted.has(css)) return;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  adopted.set(css, sheet);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}
