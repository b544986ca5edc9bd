/** Masks as images: a dot per cell, darker with more remaining weights. */
import { useEffect, useRef } from 'preact/hooks'
import { percent } from '../../format/number.ts'
import type { MaskPicture, MasksView } from '../../views/masks.ts'

export const Masks = ({ view: { layers } }: { readonly view: Pick<MasksView, 'layers'> }) => (
  <div class="masks">
    {layers.map((layer) => (
      <Picture picture={layer} />
    ))}
  </div>
)

function Picture({ picture }: { readonly picture: MaskPicture }) {
  const place = useRef<HTMLCanvasElement>(null)
  const { name, shape, density, rows, columns, cells } = picture
  useEffect(() => {
    const scheme = matchMedia('(prefers-color-scheme: dark)')
    const draw = () => paint(place.current!, picture)
    draw()
    scheme.addEventListener('change', draw)
    return () => scheme.removeEventListener('change', draw)
  }, [picture])
  const says = `${name}, ${shape.join(' × ')}: ${percent(density)} % left`
  return (
    <figure>
      <canvas ref={place} width={columns} height={rows} role="img" aria-label={says} style={{ aspectRatio: `${columns} / ${rows}` }} />
      <figcaption>
        {says}
        {cells.length < shape.reduce((all, size) => all * size, 1) && <span class="quiet">, each dot several weights</span>}
      </figcaption>
    </figure>
  )
}

/** One pixel per cell, scaled up by the style sheet. */
function paint(canvas: HTMLCanvasElement, { rows, columns, cells }: MaskPicture): void {
  const context = canvas.getContext('2d')
  if (context === null || cells.length === 0) return
  const style = getComputedStyle(document.documentElement)
  context.clearRect(0, 0, columns, rows)
  context.fillStyle = style.getPropertyValue('--arm-0')
  for (const [i, left] of cells.entries()) {
    context.globalAlpha = left / 100
    context.fillRect(i % columns, Math.floor(i / columns), 1, 1)
  }
}
