/** What is used of a document's elements: the types of a browser's are not those of this program. */
export interface SvgElement {
  readonly ownerDocument: { createElementNS(namespace: string, name: string): SvgElement }
  readonly childNodes: Iterable<{ readonly nodeType: number; nodeValue: string | null }>
  readonly outerHTML: string
  textContent: string | null
  setAttribute(name: string, value: string): void
  removeAttribute(name: string): void
  remove(): void
  querySelectorAll(selector: string): Iterable<SvgElement>
  prepend(...elements: readonly SvgElement[]): void
  replaceChildren(...elements: readonly SvgElement[]): void
}

export const svgElement = (near: SvgElement, name: string): SvgElement =>
  near.ownerDocument.createElementNS('http://www.w3.org/2000/svg', name)
