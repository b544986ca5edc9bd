/** Pagination of a long list. */
export function Pages({
  from,
  shown,
  total,
  each,
  onFrom,
}: {
  readonly from: number
  readonly shown: number
  readonly total: number
  readonly each: number
  readonly onFrom: (from: number) => void
}) {
  if (total === 0) return <p class="quiet">None.</p>
  return (
    <nav class="pages" aria-label="Pages">
      <button type="button" disabled={from === 0} onClick={() => onFrom(Math.max(0, from - each))}>
        Previous page
      </button>
      <span>
        {(from + 1).toLocaleString('en-US')}–{(from + shown).toLocaleString('en-US')} of {total.toLocaleString('en-US')}
      </span>
      <button type="button" disabled={from + shown >= total} onClick={() => onFrom(from + each)}>
        Next page
      </button>
    </nav>
  )
}
