/** It brings no types; these are of what is used. */
declare module 'svg-to-pdfkit' {
  interface Options {
    readonly width: number
    readonly height: number
    readonly assumePt: boolean
    readonly fontCallback: (family: string) => string
  }
  export default function drawSvg(page: PDFKit.PDFDocument, svg: string, x: number, y: number, options: Options): void
}
