/** What is left of each layer, arm by arm: a bar in each cell. */
import { percent } from '../../format/number.ts'
import type { LayersView } from '../../views/layers.ts'
import { type ArmsShown, colourOf, isShown } from './arms.ts'
import { Scroll } from './shared.tsx'

export function Densities({
  view: { layers, arms: measured },
  arms,
}: {
  readonly view: Pick<LayersView, 'layers' | 'arms'>
  readonly arms: ArmsShown
}) {
  return (
    <Scroll label="Densities of layers">
      <table class="densities">
        <thead>
          <tr>
            <th scope="col">layer</th>
            {measured
              .filter(({ arm }) => isShown(arms, arm))
              .map(({ arm }) => (
                <th scope="col">{arm}</th>
              ))}
          </tr>
        </thead>
        <tbody>
          {layers.map((layer, i) => (
            <tr>
              <th scope="row">{layer}</th>
              {measured
                .filter(({ arm }) => isShown(arms, arm))
                .map(({ arm, densities }) => {
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
    </Scroll>
  )
}
