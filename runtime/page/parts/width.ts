import type { RefObject } from 'preact'
import { useEffect, useState } from 'preact/hooks'

/** Of an element in pixels, as it changes; 0 until it is there. */
export function useWidth(place: RefObject<Element | null>): number {
  const [width, setWidth] = useState(0)
  useEffect(() => {
    const watcher = new ResizeObserver(([entry]) => setWidth(Math.floor(entry!.contentRect.width)))
    watcher.observe(place.current!)
    return () => watcher.disconnect()
  }, [place])
  return width
}
