/** Density of each layer per arm, as a bar in each cell. */
import { percent } from '../../format/number.ts'
import type { LayersView } from '../../views/layers.ts'
import { type ArmsShown, colourOf, isShown } from './arms.ts'
import { Scroll, Swatch } from './shared.tsx'

/** Maximum number of arms side by side, the width of a printed page; more arms continue in further tables. */
const abreast = 6

export function Densities({
  view: { layers, arms: measured },
  arms,
}: {
  readonly view: Pick<LayersView, 'layers' | 'arms'>
  readonly arms: ArmsShown
}) {
  const shown = measured.filter(({ arm }) => isShown(arms, arm))
  const blocks = Array.from({ length: Math.max(1, Math.ceil(shown.length / abreast)) }, (_, i) =>
    shown.slice(i * abreast, (i + 1) * abreast),
  )
  return (
    <Scroll label="Densities of layers">
      <div class="blocks">
        {blocks.map((block) => (
          <Block layers={layers} block={block} arms={arms} />
        ))}
      </div>
    </Scroll>
  )
}

function Block({
  layers,
  block,
  arms,
}: {
  readonly layers: readonly string[]
  readonly block: LayersView['arms']
  readonly arms: ArmsShown
}) {
  return (
    <table class="densities">
      <thead>
        <tr>
          <th scope="col">layer</th>
          {block.map(({ arm }) => (
            <th scope="col">
              <span class="arm">
                <Swatch arms={arms} name={arm} />
                {arm}
              </span>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {layers.map((layer, i) => (
          <tr>
            <th scope="row">{layer}</th>
            {block.map(({ arm, densities }) => {
              const density = densities[i]?.mean
              return (
                <td class={density !== undefined && density < 0.001 ? 'worse' : ''}>
                  {density === undefined ? (
                    '–'
                  ) : (
                    <>
                      <span class="bar" style={{ width: `${100 * density}%`, background: colourOf(arms, arm) }} />
                      <span>{percent(density)} %</span>
                    </>
                  )}
                </td>
              )
            })}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
