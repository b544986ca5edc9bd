/**
 * Downsampled curves. Overviews of long curves are computed and stored when a training's result is published, since reading a million
 * points takes 0.2 s. Unfinished trainings, and parts of curves, are computed from their points.
 */
import { type Curve, type CurveAsked, type CurvePiece, overviewPieces } from '../results.ts'
import type { IndexDb } from './index-db.ts'

/** Minimum number of points for a stored overview: shorter curves are read within milliseconds. */
const long = 20_000

export function curveAt(index: IndexDb, key: string, series: string, { from = 0, to = Number.MAX_SAFE_INTEGER, most }: CurveAsked): Curve {
  const whole = from === 0 && to === Number.MAX_SAFE_INTEGER
  const kept = whole && most === overviewPieces ? overviewOf(index, key, series) : undefined
  if (kept !== undefined) return kept
  const { points, pieces } = readPieces(index, key, series, { from, to, most })
  return { points: whole ? points : pointsOf(index, key, series), pieces }
}

/** Call in the transaction that publishes the training's result, when all its points are there. */
export function noteOverviews(index: IndexDb, key: string): void {
  for (const series of seriesOf(index, key)) {
    if (pointsOf(index, key, series) < long) continue
    const { points, pieces } = readPieces(index, key, series, { from: 0, to: Number.MAX_SAFE_INTEGER, most: overviewPieces })
    const numbers = pieces.map(({ step, mean, low, high }) => [step, mean, low, high])
    // JSON cannot represent infinity.
    if (!numbers.flat().every(Number.isFinite)) continue
    const sql = 'INSERT OR REPLACE INTO overviews (key, series, points, pieces) VALUES (?, ?, ?, ?)'
    index.run(sql, key, series, points, JSON.stringify(numbers))
  }
}

/** Call before the points change. */
export function forgetOverviews(index: IndexDb, key: string): void {
  index.run('DELETE FROM overviews WHERE key = ?', key)
}

function overviewOf(index: IndexDb, key: string, series: string): Curve | undefined {
  const [row] = index.read('overviews', ['points', 'pieces'], 'FROM overviews WHERE key = ? AND series = ?', key, series)
  if (row === undefined) return undefined
  return { points: row.points, pieces: row.pieces.map(([step, mean, low, high]) => ({ step, mean, low, high })) }
}

function pointsOf(index: IndexDb, key: string, series: string): number {
  return Number(index.all('SELECT count(*) AS points FROM metrics WHERE key = ? AND series = ?', key, series)[0]?.points)
}

/** `points` counts those in the range. */
function readPieces(index: IndexDb, key: string, series: string, { from, to, most }: Required<CurveAsked>): Curve {
  const of = [key, series] as const
  const end = (order: string) => index.all(`SELECT step FROM metrics WHERE key = ? AND series = ? ORDER BY step ${order} LIMIT 1`, ...of)[0]
  const [first, last] = [Math.max(from, Number(end('ASC')?.step ?? 0)), Math.min(to, Number(end('DESC')?.step ?? -1))]
  const width = Math.max(1, Math.ceil((last - first + 1) / most))
  // GROUP BY would sort a million rows; range queries read them in index order.
  const piece = `SELECT count(*) AS points, min(iif(value IS NULL, NULL, step)) AS step, avg(value) AS mean, min(value) AS low, max(value) AS high
    FROM metrics WHERE key = ? AND series = ? AND step >= ? AND step < ?`
  const next = 'SELECT min(step) AS step FROM metrics WHERE key = ? AND series = ? AND step >= ?'
  const pieces: CurvePiece[] = []
  let points = 0
  for (let at = first; at <= last; ) {
    const end = Math.min(at + width, last + 1)
    const [row] = index.all(piece, ...of, at, end)
    points += Number(row?.points)
    if (row?.step != null) pieces.push({ step: Number(row.step), mean: Number(row.mean), low: Number(row.low), high: Number(row.high) })
    // Skips gaps between sparse points.
    at = row?.points === 0 ? Number(index.all(next, ...of, end)[0]?.step ?? last + 1) : end
  }
  return { points, pieces }
}

/** A loose index scan: reads one row per series, not a million points. */
export function seriesOf(index: IndexDb, key: string): string[] {
  const rows = index.all(
    `WITH RECURSIVE names (series) AS (
      SELECT min(series) FROM metrics WHERE key = ?
      UNION ALL SELECT (SELECT min(series) FROM metrics WHERE key = ? AND metrics.series > names.series) FROM names WHERE series IS NOT NULL
    ) SELECT series FROM names WHERE series IS NOT NULL`,
    key,
    key,
  )
  return rows.map(({ series }) => String(series))
}
