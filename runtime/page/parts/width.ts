import type { RefObject } from 'preact'
import { useEffect, useState } from 'preact/hooks'

/** Current width of an element in pixels; 0 until it is mounted. */
export function useWidth(place: RefObject<Element | null>): number {
  const [width, setWidth] = useState(0)
  useEffect(() => {
    const watcher = new ResizeObserver(([entry]) => setWidth(Math.floor(entry!.contentRect.width)))
    watcher.observe(place.current!)
    return () => watcher.disconnect()
  }, [place])
  return width
}
