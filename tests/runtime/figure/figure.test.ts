import { parseHTML } from 'linkedom'
import { describe, expect, test } from 'vitest'
import type { FigureFormat } from '../../../runtime/figure/asked.ts'
import { type Drawable, figureOf } from '../../../runtime/figure/figure.ts'
import type { ArmResult } from '../../../runtime/run-event.ts'
import { layerDensities } from '../../../runtime/views/layers.ts'
import { tradeOff } from '../../../runtime/views/trade-off.ts'
import { view } from '../../../runtime/views/view.ts'

const asked = { file: 'a.pipeline.ts', target: 'default' }
const arms = (names: readonly string[]): ArmResult[] =>
  names.flatMap((name, i) =>
    [0, 1].flatMap((seed) =>
      [0.5, 0.9].map((sparsity) => ({
        path: name,
        labels: [
          { axis: 'seed', value: String(seed) },
          { axis: 'sparsity', value: String(sparsity) },
          { axis: 'arm', value: name },
        ],
        artifact: null,
        metrics: {
          'test/accuracy': 0.95 - 0.02 * i - 0.01 * seed - sparsity / 20,
          compressionRatio: name === 'dense' ? 1 : 1 / (1 - sparsity),
          'density/fc1': 1 - sparsity,
        },
      })),
    ),
  )
const study = (names: readonly string[]): Drawable => view('trade-off', tradeOff(arms(names), asked))
const curves: Drawable = view('curves', {
  ...asked,
  y: { name: 'train/loss', title: 'training loss', unit: 'nats', better: 'lower' },
  curves: [
    {
      arms: ['dense', 'other'],
      stage: 'train',
      seeds: { measured: 2, of: 3 },
      points: Array.from({ length: 1000 }, (_, step) => ({ step, count: 2, mean: 2 / (step + 1), std: 0.1, min: 0, max: 3 })),
      stopped: [{ seed: '0', step: 900 }],
      resumed: [{ seed: '1', step: 500 }],
    },
  ],
  missing: [{ arm: 'late', measured: 0, of: 3 }],
})
const figure = (drawn: Drawable, format: FigureFormat = 'svg', width = 80) => figureOf(drawn, { format, width, bars: 'deviation' })
const text = async (drawn: Drawable) => Buffer.from((await figure(drawn)).bytes).toString()
/** All that is written, line by line. */
const written = async (drawn: Drawable) =>
  [...parseHTML(await text(drawn)).document.querySelectorAll('text')].map(({ textContent }) => textContent)

describe('figures are files', () => {
  test.each(['svg', 'pdf', 'png'] as const)('%s: the same bytes every time', async (format) => {
    for (const drawn of [study(['dense', 'a', 'b']), curves, view('layers', layerDensities(arms(['a', 'b']), asked))]) {
      const [first, second] = [await figure(drawn, format), await figure(drawn, format)]
      expect(Buffer.compare(first.bytes, second.bytes)).toBe(0)
    }
  })

  test('SVG is as wide as asked, with its font inside, and needs nothing from elsewhere', async () => {
    const svg = await text(study(['a', 'b']))
    expect(svg).toMatch(/^<svg [^>]*width="80mm"/)
    expect(svg).toContain("@font-face{font-family:'Source Sans 3';src:url(data:font/woff2;base64,")
    expect(svg.replace('xmlns="http://www.w3.org/2000/svg"', '')).not.toMatch(/https?:|var\(/)
  })

  test('PDF is a page of that width with the font inside', async () => {
    const pdf = Buffer.from((await figure(study(['a', 'b']), 'pdf')).bytes).toString('latin1')
    expect(pdf).toMatch(/^%PDF-1\.\d/)
    expect(pdf).toContain('/FontFile2')
    expect(pdf).not.toContain('Helvetica')
    expect(Number(/\/MediaBox \[0 0 ([\d.]+)/.exec(pdf)![1])).toBeCloseTo((80 / 25.4) * 72, 1)
  })

  test('PNG has 300 dots an inch', async () => {
    const png = Buffer.from((await figure(study(['a', 'b']), 'png')).bytes)
    expect(png.subarray(1, 4).toString()).toBe('PNG')
    expect(png.readUInt32BE(16)).toBe(Math.round((80 / 25.4) * 300))
  })
})

describe('a figure says', () => {
  test('what its axes and lines are', async () => {
    expect(await written(study(['dense', 'a', 'b']))).toEqual(
      expect.arrayContaining(['test accuracy (%)', 'compression ratio (×)', 'a', 'b', 'dense', 'Pareto front', '2', '10']),
    )
  })

  test('what is missing, where a training was resumed, where it stopped; the caption has the rest', async () => {
    expect(await written(curves)).toEqual(
      expect.arrayContaining(['dense, other (2 of 3 seeds)', 'resumed', 'stopped early', 'training step']),
    )
    expect((await figure(curves)).caption).toBe(
      'Training loss in training: mean over 2 seeds; bands: ± one sample standard deviation. Each point is the mean of 3 neighbours. No curve yet of late.',
    )
  })

  test('large counts in short', async () => {
    const results = arms(['a', 'b']).map((one) => ({
      ...one,
      metrics: { ...one.metrics, parameters: 4e6 * one.metrics.compressionRatio! },
    }))
    expect(await written(view('trade-off', tradeOff(results, { ...asked, x: 'parameters' })))).toEqual(
      expect.arrayContaining(['10M', 'parameters']),
    )
  })

  test('the 95 % interval or the range when they are asked for', async () => {
    const drawn = study(['a', 'b'])
    const captions = await Promise.all(
      (['interval', 'range'] as const).map(async (bars) => (await figureOf(drawn, { format: 'svg', width: 80, bars })).caption),
    )
    expect(captions).toEqual([
      expect.stringContaining('95 % confidence interval of the mean'),
      expect.stringContaining('from the least to the most'),
    ])
  })
})

describe('names from outside stay text', () => {
  const unprintable = ['\u0000', '\u202e', '\ud800', '\ufffe']
  const hostile = ['</text><script>alert(1)</script>', '"><image href="http://x/"/>', '&lt;b&gt;', ']]><!--', 'a\u0000\u202e\ud800b\ufffe']

  test.each(hostile)('%j', async (name) => {
    const svg = await text(study([name, 'b']))
    expect(svg).not.toMatch(/<script|<image|<!--/)
    for (const sign of unprintable) expect(svg).not.toContain(sign)
    expect(svg.match(/<svg/g)).toHaveLength(1)
    const encoded = name.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
    expect(svg).toContain(`>${unprintable.reduce((text, sign) => text.replaceAll(sign, '�'), encoded)}</text>`)
    for (const format of ['pdf', 'png'] as const) expect((await figure(study([name, 'b']), format)).bytes.length).toBeGreaterThan(1000)
  })

  test('a name that has no room is cut, in the legend and below an axis', async () => {
    const long = 'long '.repeat(60)
    expect(await written(study([long, 'b']))).toContainEqual(expect.stringMatching(/^long .{10,60}…$/))
    const layers = view('layers', layerDensities([{ ...arms(['a'])[0]!, metrics: { [`density/${long}`]: 0.5 } }], asked))
    expect(await written(layers)).toContainEqual(expect.stringMatching(/^long .{10,40}…$/))
  })

  test('Greek and Cyrillic letters bring their part of the font, and only then', async () => {
    expect((await text(study(['a', 'b']))).match(/@font-face/g)).toHaveLength(1)
    const mixed = study(['λ = 0.1', 'сеть'])
    expect((await text(mixed)).match(/@font-face/g)).toHaveLength(3)
    const pdf = Buffer.from((await figure(mixed, 'pdf')).bytes).toString('latin1')
    expect(new Set(pdf.match(/\/BaseFont \/[A-Z]+\+\S+/g)).size).toBe(3)
  })
})
